"""A treatment that never was is entered in error: it is still read, counts for nothing, and its visit waits again."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Post, User
from scheduling.courses.changing.actions.cascade import go_on_elsewhere
from scheduling.courses.changing.actions.course_states import finish_course
from scheduling.models import Course, Lot, Message, Session
from scheduling.treatment.actions.reactions import last_injection, report_reaction
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from tests.factories import NOW, LocationFactory, PractitionerFactory, RoomFactory
from tests.steps import BEGIN, BORN, a_record, clear_answers
from tests.stock import drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
WHY = {"reason": "It was Lia, not Ana"}


@pytest.fixture
def begun(course: Course, practitioner: User, desk: User) -> Session:
    first = course.sessions.get(sequence=1)
    check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)
    return start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=NOW)


@pytest.fixture
def treated(begun: Session, practitioner: User) -> Session:
    return complete_and_sign(session=begun, record=a_record(), by=practitioner, now=NOW)


def page(session: Session, name: str = "visit_in_error") -> str:
    return reverse(f"desk:{name}", args=[session.pk])


def shelf(session: Session) -> dict[int, Decimal]:
    """What is left of each lot that was drawn up for the visit."""
    return dict(Lot.objects.filter(drawn_up__session=session).values_list("pk", "left"))


def test_it_counts_for_nothing_and_the_visit_waits_again(
    treated: Session, course: Course, practitioner: User, browser_of: Browser
):
    doctor, low = browser_of(practitioner), shelf(treated)
    taken = dict(treated.drawn_up.values_list("lot", "amount"))
    assert page(treated) in doctor.get(page(treated, "visit")).content.decode()
    assert Message.objects.filter(session=treated, kind="aftercare", status="scheduled").exists()
    assert doctor.post(page(treated), WHY).status_code == 302
    treated.refresh_from_db()
    assert treated.status == "entered_in_error"
    assert shelf(treated) == {lot: left + taken[lot] for lot, left in low.items()}
    assert not Message.objects.filter(session=treated, status="scheduled").exists()
    assert not treated.bookings.filter(active=True).exists()
    again = course.sessions.get(sequence=1, status="planned")
    assert (again.kind, again.phase) == ("treatment", 1)
    assert page(again, "visit") in doctor.get(reverse("desk:worklists"), {"tab": "to_book"}).content.decode()


def test_the_question_about_a_late_infection_counts_from_the_session_before_it_again(
    treated: Session, course: Course, practitioner: User, desk: User, browser_of: Browser
):
    second = course.sessions.get(sequence=2)
    later = second.bookings.get(active=True).start
    with time_machine.travel(later, tick=False):
        check_in(session=second, answers=clear_answers("same_day"), born=BORN, by=desk, now=later)
        drawn = drawn_for(second, practitioner)
        begun = start_session(session=second, **BEGIN, syringe=drawn, by=practitioner, now=later)
        complete_and_sign(session=begun, record=a_record(), by=practitioner, now=later)
        asked = Message.objects.filter(kind__in=Message.LATE, status="scheduled", channel="portal")
        assert {each.session_id for each in asked} == {second.pk}
        browser_of(practitioner).post(page(second), WHY)
        again = set(asked.values_list("session", "kind"))  # two weeks are over by then
        assert again == {(treated.pk, kind) for kind in ("late_6w", "late_12w", "late_26w")}


def test_it_stays_to_be_read_with_who_and_why_and_a_director_is_told(
    treated: Session, practitioner: User, director: User, browser_of: Browser
):
    browser_of(practitioner).post(page(treated), WHY)
    said = browser_of(practitioner).get(page(treated, "visit")).content.decode()
    assert WHY["reason"] in said
    assert "chlorhexidine" in said
    assert f"Entered in error: {WHY['reason']}" in browser_of(director).get(reverse("desk:today")).content.decode()


def test_nobody_received_its_lots(treated: Session, practitioner: User, browser_of: Browser):
    doctor, number = browser_of(practitioner), treated.drawn_up.first().number
    chart, whose = (reverse("desk:lot_received"), {"number": number}), str(treated.patient)
    assert whose in doctor.get(*chart).content.decode()
    doctor.post(page(treated), WHY)
    assert whose not in doctor.get(*chart).content.decode()


def test_an_unsigned_one_waits_for_no_signature_any_more(begun: Session, practitioner: User, browser_of: Browser):
    done = complete_session(session=begun, record=a_record(skin_response=""), by=practitioner, now=NOW)
    doctor = browser_of(practitioner)
    assert page(done, "visit_sign") in doctor.get(reverse("desk:today")).content.decode()
    doctor.post(page(done), WHY)
    assert page(done, "visit_sign") not in doctor.get(reverse("desk:today")).content.decode()


def test_the_last_one_opens_its_course_again(treated: Session, course: Course, practitioner: User, api_of: Api):
    course.sessions.exclude(pk=treated.pk).update(course=None)  # the first is the last
    Course.objects.filter(pk=course.pk).update(status="completed")
    answer = api_of(practitioner).post(f"/api/v1/sessions/{treated.pk}/in-error/", WHY)
    assert (answer.status_code, answer.json()["status"]) == (200, "entered_in_error")
    course.refresh_from_db()
    assert course.status == "active"
    assert course.sessions.get(status="planned").sequence == 1


def test_the_visit_waits_where_the_course_goes_on_since(
    treated: Session, course: Course, practitioner: User, browser_of: Browser
):
    there = PractitionerFactory(staff__location=LocationFactory(name="Lisboa"))
    RoomFactory(location=there.staff.location)
    Post.objects.create(staff=practitioner.staff, location=there.staff.location, role=practitioner.staff.role)
    how: dict[str, Any] = {"practitioner": there, "since": 2, "by": practitioner, "now": NOW}
    go_on_elsewhere(course=course, to=there.staff.location, **how)
    browser_of(practitioner).post(page(treated), WHY)
    assert course.sessions.get(sequence=1, status="planned").location == there.staff.location
    treated.refresh_from_db()
    assert treated.location != there.staff.location


def test_a_course_that_somebody_ended_stays_ended(treated: Session, course: Course, practitioner: User, api_of: Api):
    finish_course(course=course, reason="The goal is reached", by=practitioner, now=NOW)
    assert api_of(practitioner).post(f"/api/v1/sessions/{treated.pk}/in-error/", WHY).status_code == 200
    course.refresh_from_db()
    assert course.status == "completed"
    assert not course.sessions.filter(status="planned").exists()


def test_a_reaction_is_not_put_down_to_it(treated: Session, practitioner: User, browser_of: Browser):
    assert last_injection(treated.patient, NOW) == treated
    browser_of(practitioner).post(page(treated), WHY)
    event = report_reaction(
        patient=treated.patient, text="Red", onset_at=NOW, severity="mild", by=treated.patient.user, now=NOW
    )
    assert event.session_id != treated.pk


def test_it_is_a_prescribers_with_a_reason_and_once(
    treated: Session, course: Course, practitioner: User, colleague: User, api_of: Api, browser_of: Browser
):
    at, doctor = f"/api/v1/sessions/{treated.pk}/in-error/", api_of(practitioner)
    assert api_of(colleague).post(at, WHY).status_code == 403
    assert page(treated) not in browser_of(colleague).get(page(treated, "visit")).content.decode()
    assert browser_of(practitioner).post(page(treated), {"reason": " "}).status_code == 422
    assert doctor.post(at, WHY, headers={"If-Match": '"1"'}).status_code == 412
    assert doctor.post(at, WHY).status_code == 200
    assert doctor.post(at, WHY).status_code == 409
    second = course.sessions.get(sequence=2)
    assert doctor.post(f"/api/v1/sessions/{second.pk}/in-error/", WHY).status_code == 409
    assert course.sessions.filter(sequence=1, status="planned").count() == 1
