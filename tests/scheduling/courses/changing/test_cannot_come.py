"""“I cannot come”: the time is free at once and nothing else moves; what is offered instead is taken as offered."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.queries import offers
from scheduling.calendar.queries.search import Search
from scheduling.courses.actions.sessions import displace_session, move_session, no_show
from scheduling.courses.changing.actions.cascade import leave_out, place_session, stay_away
from scheduling.courses.changing.views.moves import EVERY_MINUTES, SHOWN
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.messages.texts import text_of
from scheduling.models import Booking, Course, Message, Practitioner, Session
from tests.factories import NOW, FormulationFactory, PatientFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.courses.changing.test_cascade import nobody_from
from tests.scheduling.running import accepted, shape
from tests.scheduling.visits import at
from tests.sizes import size
from tests.steps import consent_to, hold_consultation, take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]
DAY = timedelta(days=1)


def untested(patient: Patient, clinic: Location, by: User) -> Course:
    """A course whose first visit is the allergy test."""
    mix = FormulationFactory(substances=MIX)
    hold_consultation(patient, location=clinic, at=NOW - 3 * DAY)
    take_intake(patient, by=by, now=NOW - 3 * DAY)
    for act in ("test", "treatment"):
        consent_to(patient, act, by=by, at=NOW - 2 * DAY)
    course = make_course(patient, clinic, by, formulation=mix)
    proposal = build_proposal(proposal_id=request_proposal(course=course, by=by, now=NOW).pk, now=NOW)
    accept_proposal(proposal=proposal, by=by, now=NOW)
    return course


def visit(course: Course, number: int) -> Session:
    return course.sessions.get(sequence=number)


def start(session: Session) -> Any:
    booking = Booking.objects.filter(session=session, active=True).first()
    return booking and booking.start


def stands(course: Course, *but: int) -> list[Any]:
    """Number, state and place of every visit but these."""
    return [(row[1], row[2], row[6]) for row in shape(course) if row[1] not in but and row[2] != "cancelled"]


def free_now(course: Course, number: int, by: User) -> Session:
    return displace_session(session=visit(course, number), reason="Cannot come", by=by, now=NOW)


def offered(session: Session, now: Any = NOW) -> list[offers.Offer]:
    return offers.offers(Search.for_session(session, now=now, limit=SHOWN, every=EVERY_MINUTES), now=now)


class TestFreeNowAndPlanLater:
    def test_is_one_press_on_a_page_that_offers_it_first(
        self, course: Course, desk: User, browser_of: Callable[[User], Client]
    ):
        third, before, browser = visit(course, 3), stands(course, 3), browser_of(desk)
        page = reverse("desk:visit_cancel", args=[third.pk])
        words = browser.get(page).content.decode()
        ways = [words.index(way) for way in ('value="later"', "move/?not_on=", 'value="out"')]
        assert ways == sorted(ways)
        browser.post(page, {"reason": "Cannot come", "then": "later", "version": third.version})
        third.refresh_from_db()
        assert (third.status, start(third), stands(course, 3)) == ("displaced", None, before)
        listed = browser.get(reverse("desk:worklists"), {"tab": "displaced"}).content.decode()
        assert third.patient.family_name in listed

    def test_tells_the_patient_once(self, course: Course, desk: User):
        Message.objects.all().delete()
        free_now(course, 3, desk)
        said = Message.objects.filter(channel="email", kind__in=["confirmation", "cancellation"])
        assert [row.kind for row in said] == ["cancellation"]
        assert "cannot" not in " ".join(text_of(said.get()).paragraphs)


class TestAVisitWithoutAPlace:
    """stops no act on another, and no act on another looks for a place for it."""

    @pytest.mark.parametrize("number", [2, 4])
    def test_another_is_moved_and_the_open_one_is_listed(self, course: Course, desk: User, number: int):
        free_now(course, 3, desk)
        other, before = visit(course, number), stands(course, number)
        cascade = place_session(session=other, start=start(other).replace(hour=13), by=desk, now=NOW)
        assert (3, "open") in [(step.sequence, step.why) for step in cascade.of("waiting")]
        assert stands(course, number) == before

    def test_another_is_left_out(self, course: Course, desk: User):
        free_now(course, 2, desk)
        leave_out(session=visit(course, 5), reason="Enough", by=desk, now=NOW)
        assert (visit(course, 2).status, visit(course, 5).status) == ("displaced", "cancelled")

    def test_after_a_missed_one_the_next_goes_where_it_was_offered(self, course: Course, desk: User):
        first, now = visit(course, 1), start(visit(course, 1)) + timedelta(hours=1)
        no_show(session=first, by=desk, now=now)
        place = offered(visit(course, 2), now)[-1]
        place_session(session=visit(course, 2), start=place.start, by=desk, now=now)
        assert (start(visit(course, 2)), visit(course, 1).status) == (place.start, "no_show")

    def test_one_that_a_move_pushes_out_of_its_time_waits_on_the_list(self, course: Course, desk: User):
        third, fourth = visit(course, 3), visit(course, 4)
        nobody_from(start(fourth).date() + DAY, course.location)
        cascade = place_session(session=third, start=start(third) + 5 * DAY, by=desk, now=NOW)
        assert (4, "no_place") in [(step.sequence, step.why) for step in cascade.of("waiting")]
        assert (visit(course, 4).status, start(fourth)) == ("planned", None)

    def test_can_itself_be_left_out(self, course: Course, desk: User):
        leave_out(session=free_now(course, 3, desk), reason="Enough", by=desk, now=NOW)
        assert course.sessions.filter(status="cancelled").count() == 1


class TestLeftOut:
    @pytest.mark.parametrize("number", [1, 3])
    def test_the_day_called_off_stays_free_for_this_patient(self, course: Course, desk: User, number: int):
        day = start(visit(course, number)).date()
        leave_out(session=visit(course, number), reason="Away", by=desk, now=NOW)
        booked = Booking.objects.filter(session__course=course, active=True)
        assert day not in [each.date() for each in booked.values_list("start", flat=True)]

    def test_without_the_first_the_others_stay_where_they_are(self, course: Course, desk: User):
        before = stands(course, 1)
        leave_out(session=visit(course, 1), reason="Away", by=desk, now=NOW)
        assert stands(course, 1) == before


def test_another_time_is_never_on_the_day_that_does_not_suit(
    course: Course, desk: User, browser_of: Callable[[User], Client]
):
    third = visit(course, 3)
    page = reverse("desk:visit_move", args=[third.pk])
    day = start(third).date()
    shown = [on for on, _rows in browser_of(desk).get(page, {"not_on": day.isoformat()}).context["days"]]
    assert shown
    assert day not in shown


def test_all_that_one_move_changes_is_told_in_one_message(course: Course, practitioner: User):
    Message.objects.all().delete()
    third = visit(course, 3)
    cascade = place_session(session=third, start=start(third) + 5 * DAY, reason="Ill", by=practitioner, now=NOW)
    moved = [step.after.start.isoformat() for step in cascade.moved if step.after]
    assert len(moved) > 1
    told = Message.objects.get(channel="email", kind="confirmation")
    assert [each[2] for each in told.context["visits"]] == moved


def test_what_a_practitioner_allowed_late_fits_at_the_counter_too(course: Course, practitioner: User, desk: User):
    third = visit(course, 3)
    late = third.latest + DAY * (7 - third.latest.weekday() % 7 + 1)
    place_session(session=third, start=at(10, day=late), reason="Travels", by=practitioner, now=NOW)
    move_session(session=visit(course, 3), start=at(11, day=late), by=desk, now=NOW)
    assert start(visit(course, 3)) == at(11, day=late)


def test_the_first_treatment_after_the_test_is_offered_only_with_who_may_hold_it(
    clinic: Location, patient: Patient, practitioner: User, colleague: User, desk: User
):
    first = visit(untested(patient, clinic, practitioner), 2)
    assert {each.place.practitioner_id for each in offered(first)} == {practitioner.staff.practitioner.pk}


def drawn(luck: Random, clinic: Location, by: User) -> Course:
    """A course in some situation: visits freed, moved or left out, days away, perhaps with the test ahead."""
    patient = PatientFactory()
    course = accepted(patient, clinic, by) if luck.random() < 0.7 else untested(patient, clinic, by)
    for _turn in range(luck.randint(0, 3)):
        try:
            befall(luck, course, by)
        except Refusal:
            continue
        course.refresh_from_db()
    return course


def befall(luck: Random, course: Course, by: User) -> None:
    session = luck.choice(list(course.sessions.filter(status="booked")))
    when, how = start(session) + luck.randint(1, 6) * DAY, {"by": by, "now": NOW}
    what = luck.choice(["free", "move", "away", "out"])
    if what == "free":
        displace_session(session=session, reason="Cannot come", **how)
    elif what == "move":
        place_session(session=session, start=when, reason="Asked", **how)
    elif what == "away":
        stay_away(course=course, away=[[str(when.date()), str((when + 2 * DAY).date())]], **how)
    else:
        leave_out(session=session, reason="Enough", **how)


@pytest.mark.parametrize("seed", range(size(4, in_proof=200)))
def test_every_time_that_is_offered_is_accepted(seed: int, clinic: Location, practitioner: User, desk: User):
    luck = Random(seed)
    course = drawn(luck, clinic, practitioner)
    ahead = list(course.sessions.filter(status__in=["planned", "booked", "displaced"]))
    for session in luck.sample(ahead, 2):
        found = offered(session)
        for place in luck.sample(found, min(len(found), 5)):
            person = Practitioner.objects.get(pk=place.place.practitioner_id)
            wanted = {"session": session, "start": place.start, "practitioner": person, "by": desk, "now": NOW}
            assert not place_session(**wanted, preview=True).unplaceable, (seed, session.sequence, place.start)
