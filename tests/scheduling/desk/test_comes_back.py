"""A patient comes back after a year: one page says what has expired, one press books the consultation and drafts the
old course anew."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Conflict
from clinic.models import User
from patients.models import Patient
from scheduling.calendar.queries.offers import Place
from scheduling.desk.actions.returning import come_back
from scheduling.models import Booking, Course, Practitioner, Session
from tests.factories import NOW
from tests.scheduling.visits import a_visit, who
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_course")]

Browser = Callable[[User | None], Client]
LATER = NOW + timedelta(days=399)  # a Tuesday again


@pytest.fixture
def old(patient: Patient, practitioner: User) -> Iterator[Course]:
    """One treatment was held thirteen months ago, then the course was stopped."""
    course = Course.objects.get()
    Booking.objects.update(active=False)
    course.sessions.exclude(sequence=1).update(status="cancelled")
    course.sessions.filter(sequence=1).update(status="completed", performed_at=NOW, performed_by=who(practitioner))
    Course.objects.filter(pk=course.pk).update(
        status="revoked",
        status_reason="Moved away",
        preferences={"weekdays": [1], "away": [["2026-06-01", "2026-06-02"]]},
    )
    with time_machine.travel(LATER, tick=False):
        course.refresh_from_db()
        yield course


def page(course: Course) -> str:
    return reverse("patients:comes_back", args=[course.patient_id])


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_one_page_says_what_has_expired_and_one_press_does_the_rest(
    old: Course, practitioner: User, browser_of: Browser
):
    browser = browser_of(practitioner)
    assert page(old) in browser.get(reverse("patients:detail", args=[old.patient_id])).content.decode()
    shown = browser.get(page(old))
    assert {"consultation", "allergy_test"} <= shown.context["expired"]
    assert "A new allergy test comes first" in words(shown)
    offer = shown.context["days"][0][1][0]
    answer = browser.post(page(old), {"place": str(offer.place)})
    draft = Course.objects.exclude(pk=old.pk).get()
    assert answer.headers["Location"] == reverse("courses:detail", args=[draft.pk])
    consultation = Session.objects.get(kind="consultation", status="booked")
    assert (consultation.bookings.get(active=True).start, consultation.talked_about["areas"]) == (
        offer.start,
        [area.code for area in old.areas.all()],
    )
    same = ("protocol_version", "indication", "formulation", "practitioner", "location", "counts")
    assert [getattr(draft, name) for name in same] == [getattr(old, name) for name in same]
    assert (draft.status, draft.start_on > LATER.date()) == ("draft", True)
    assert draft.preferences == {"weekdays": [1]}, "days away of long ago are over"
    assert "Nothing to repeat" in words(browser.get(page(old))), "there is a draft now"
    browser.post(page(old), {"place": str(offer.place)})
    assert Course.objects.count() == 2


def test_the_desk_books_the_consultation_and_leaves_the_course_to_a_practitioner(
    old: Course, desk: User, browser_of: Browser
):
    browser = browser_of(desk)
    shown = browser.get(page(old))
    assert "Book the consultation" in words(shown)
    refused = browser.post(page(old), {})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["place"])
    browser.post(page(old), {"place": str(shown.context["days"][0][1][0].place)})
    assert Session.objects.filter(kind="consultation", status="booked").count() == 1
    assert Course.objects.count() == 1


def test_nothing_is_half_done_when_the_course_is_refused_or_the_time_is_taken(
    old: Course, practitioner: User, other_patient: Patient, browser_of: Browser
):
    browser = browser_of(practitioner)
    place: Place = browser.get(page(old)).context["days"][0][1][0].place
    take_intake(old.patient, by=practitioner, now=LATER, pregnant=True)
    refused = browser.post(page(old), {"place": str(place)})
    assert (refused.status_code, Course.objects.count()) == (422, 1)
    assert not Session.objects.filter(kind="consultation", status="booked").exists()
    take_intake(old.patient, by=practitioner, now=LATER + timedelta(seconds=1))
    person = Practitioner.objects.get(pk=place.practitioner_id).staff.user
    a_visit(other_patient, place.start, person, practitioner, now=LATER, kind="review")
    taken = browser.post(page(old), {"place": str(place)})
    assert (taken.status_code, Course.objects.count()) == (422, 1)


def test_while_another_course_runs_or_was_begun_meanwhile_there_is_nothing_to_repeat(
    old: Course, practitioner: User, browser_of: Browser
):
    Course.objects.filter(pk=old.pk).update(status="active")
    assert "Nothing to repeat" in words(browser_of(practitioner).get(page(old)))
    with pytest.raises(Conflict):
        come_back(course=old, place=None, by=practitioner, now=LATER)
