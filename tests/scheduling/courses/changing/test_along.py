"""A visit of an arrival is moved: the other one comes along, unless somebody says that only this one moves (D06)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Conflict, Refusal
from clinic.models import User
from patients.models import Patient
from scheduling.courses.actions.sessions import cancel_session
from scheduling.courses.changing.actions.along import place_together, try_along
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.messages.texts import text_of
from scheduling.models import Booking, Course, Message, Session
from tests.factories import NOW
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]
Browser = Callable[[User | None], Client]
ROME = ZoneInfo("Europe/Rome")
GAP = timedelta(minutes=10)  # five after a visit and five before the next


@pytest.fixture
def both(course: Course, practitioner: User) -> list[Session]:
    """The last treatments of two courses that were planned together, in order of time."""
    given = {"areas": ("abdomen",), "formulation": course.formulation, "practitioner": course.practitioner}
    other = make_course(course.patient, course.location, practitioner, preferences={"together": True}, **given)
    row = build_proposal(proposal_id=request_proposal(course=other, by=practitioner, now=NOW).pk, now=NOW)
    accept_proposal(proposal=row, by=practitioner, now=NOW)
    Message.objects.filter(kind="confirmation").update(status="sent", attempts=1, sent_at=NOW)
    mine = {start(each).date(): each for each in course.sessions.filter(kind="treatment")}
    theirs = {start(each).date(): each for each in other.sessions.filter(kind="treatment")}
    day = max(mine.keys() & theirs.keys())
    return sorted((mine[day], theirs[day]), key=start)


def start(session: Session) -> datetime:
    return Booking.objects.get(session=session, active=True).start


def end(session: Session) -> datetime:
    return Booking.objects.get(session=session, active=True).end


@pytest.mark.parametrize("moved", [0, 1])
def test_both_move_and_still_follow_each_other(moved: int, both: list[Session], practitioner: User):
    later = start(both[moved]) + timedelta(days=1)
    place_together(session=both[moved], start=later, by=practitioner, now=NOW)
    assert start(both[moved]) == later
    assert start(both[1]) == end(both[0]) + GAP


def test_the_patient_hears_of_it_once(both: list[Session], practitioner: User):
    later = start(both[0]) + timedelta(days=1)
    place_together(session=both[0], start=later, by=practitioner, now=NOW)
    told = Message.objects.filter(kind="confirmation", channel="email", status="scheduled")
    assert [each.session_id for each in told] == [both[0].pk]
    assert "These are 2 visits, one after the other" in text_of(told[0]).mail[1]


def test_the_page_asks_and_the_tick_is_for_both(both: list[Session], practitioner: User, browser_of: Browser):
    later = start(both[0]) + timedelta(days=1)
    browser, address = browser_of(practitioner), reverse("desk:visit_move", args=[both[0].pk])
    wall = later.astimezone(ROME).strftime("%Y-%m-%dT%H:%M")
    page = browser.post(address, {"start": wall})
    assert "Move the other visit along" in page.content.decode()
    assert [each for each, _at in page.context["along"].visits] == [both[1]]
    sent = {"start": wall, "apply": "1", "expect": page.context["form"]["expect"].value()}
    was = start(both[1])
    assert browser.post(address, sent).status_code == 302
    assert (start(both[0]), start(both[1])) == (later, was)
    assert try_along(session=both[0], start=later, by=practitioner) is None


def test_with_the_tick_both_are_there(both: list[Session], practitioner: User, browser_of: Browser):
    later = start(both[0]) + timedelta(days=1)
    wall = later.astimezone(ROME).strftime("%Y-%m-%dT%H:%M")
    address = reverse("desk:visit_move", args=[both[0].pk])
    assert browser_of(practitioner).post(address, {"start": wall, "apply": "1", "along": "on"}).status_code == 302
    assert start(both[1]) == end(both[0]) + GAP


def test_one_undo_puts_both_back_and_the_patient_hears_nothing(both: list[Session], practitioner: User):
    before = [start(each) for each in both]
    later = before[0] + timedelta(days=1)
    cascade = place_together(session=both[0], start=later, by=practitioner, now=NOW)
    undo_cascade(course=both[0].course, act=cascade.act, by=practitioner, now=NOW + timedelta(minutes=1))
    assert [start(each) for each in both] == before
    assert not Message.objects.filter(kind="confirmation", channel="email", status="scheduled").exists()
    with pytest.raises(Conflict):
        undo_cascade(course=both[0].course, act=cascade.act, by=practitioner, now=NOW + timedelta(minutes=1))


def test_undo_is_refused_for_both_when_one_was_changed_since(both: list[Session], practitioner: User, desk: User):
    cascade = place_together(session=both[0], start=start(both[0]) + timedelta(days=1), by=practitioner, now=NOW)
    moved = start(both[1])
    cancel_session(session=both[1], reason="Cannot", by=desk, now=NOW + timedelta(minutes=1))
    with pytest.raises(Conflict):
        undo_cascade(course=both[0].course, act=cascade.act, by=practitioner, now=NOW + timedelta(minutes=2))
    assert start(both[0]) < moved


def test_what_cannot_come_along_is_said_and_nothing_is_written(
    both: list[Session], practitioner: User, desk: User, other_patient: Patient
):
    later = start(both[0]) + timedelta(days=1)
    a_visit(other_patient, later + timedelta(minutes=45), practitioner, desk)
    before = [start(each) for each in both]
    along = try_along(session=both[0], start=later, by=practitioner)
    assert along is not None
    assert along.refused
    with pytest.raises(Refusal):
        place_together(session=both[0], start=later, by=practitioner, now=NOW)
    assert [start(each) for each in both] == before


def test_a_patient_who_moves_theirs_takes_the_other_along(both: list[Session], browser_of: Browser):
    browser, address = browser_of(both[0].patient.user), reverse("portal:visit_move", args=[both[0].pk])
    days = browser.get(address).context["days"]
    place = next(each.place for day, times in days if day != start(both[0]).date() for each in times)
    sent = {"place": str(place), "version": both[0].version}
    answer = browser.post(address, sent)
    if answer.status_code == 200:  # later visits of the course move too: seen first
        answer = browser.post(address, sent | {"expect": answer.context["form"]["expect"].value()})
    assert answer.status_code == 302
    assert start(both[0]) == place.start
    assert start(both[1]) == end(both[0]) + GAP
