"""A patient in the middle of a course, for the tests of the patient's own pages and of the staff's overview."""

from dataclasses import dataclass
from datetime import timedelta

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.transitions import say
from scheduling.models import Course, Session
from tests.factories import TODAY
from tests.scheduling.course_steps import book_treatment, make_course

FIRST = TODAY - timedelta(days=8)  # the first treatment, Monday 27 April
NEXT = FIRST + timedelta(days=15)  # Tuesday 12 May


@dataclass
class Running:
    """A course with one treatment done, two booked and one that waits for the calendar to reach it."""

    course: Course
    done: Session
    following: Session
    later: Session
    beyond: Session


def running_course(patient: Patient, clinic: Location, by: User, *, more: int = 0) -> Running:
    """Treatments on 27 April (done), 12 and 27 May, `more` of them after that, and one in a window without a time."""
    clinic.horizon_days = 30  # so that the last visit still waits for its time
    clinic.save()
    course = make_course(patient, clinic, by, status="active", start_on=FIRST)
    done = book_treatment(course, FIRST, 10, sequence=1)
    performed = done.bookings.get().start
    say(verb="complete", at=performed, by=by, reason="", details={done.pk: {}})
    Session.objects.filter(pk=done.pk).update(
        status="completed", performed_at=performed, performed_by=course.practitioner
    )
    following = open_window(book_treatment(course, NEXT, 10, sequence=2))
    later = open_window(book_treatment(course, NEXT + timedelta(days=15), 10, sequence=3))
    for number in range(more):
        book_treatment(course, NEXT + timedelta(days=17 + number), 15, sequence=4 + number)
    beyond = Session.objects.create(
        patient=patient,
        course=course,
        location=clinic,
        sequence=4 + more,
        phase=1,
        kind="treatment",
        floor=NEXT + timedelta(days=30),
        ideal=NEXT + timedelta(days=30),
        latest=NEXT + timedelta(days=37),
    )
    done.refresh_from_db()
    return Running(course, done, following, later, beyond)


def open_window(session: Session) -> Session:
    """From its day on, a week of room (D01)."""
    session.latest = session.floor + timedelta(days=7)
    session.early_limit = session.floor - timedelta(days=1)
    session.save()
    return session
