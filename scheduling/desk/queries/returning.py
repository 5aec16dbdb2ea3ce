"""Somebody who was treated once and comes back."""

from django.db.models import Exists, OuterRef, QuerySet

from scheduling.models import NEEDLE_KINDS, Course, Session, SessionStatus

ENDED = (Course.Status.COMPLETED, Course.Status.REVOKED)


def course_to_repeat(courses: QuerySet[Course]) -> Course | None:
    """The last ended course of a patient in which somebody was treated; None while another one is planned or runs."""
    if courses.exclude(status__in=ENDED).exists():
        return None
    held = Session.objects.filter(course=OuterRef("pk"), status=SessionStatus.COMPLETED, kind__in=NEEDLE_KINDS)
    return courses.filter(Exists(held)).order_by("-pk").first()


def treatment_today(course: Course) -> Session:
    """A treatment of the course as if it were today; not stored."""
    return Session(patient=course.patient, course=course, location=course.location, kind=Session.Kind.TREATMENT)
