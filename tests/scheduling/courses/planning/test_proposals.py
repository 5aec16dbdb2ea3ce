"""A schedule is asked for, built by whoever takes it up, and accepted as a whole or not at all."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.apps import apps
from rest_framework.test import APIClient

from clinic.base import doorbell
from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal, Stale
from clinic.models import Location, User
from patients.models import Patient
from protocols.models import Formulation
from scheduling.courses.planning.actions import proposal_building
from scheduling.courses.planning.actions.proposal_building import build_proposal, sweep_proposals
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.messages.actions import leases
from scheduling.messages.actions.leases import LEASE
from scheduling.models import (
    Booking,
    Course,
    Import,
    ImportLine,
    Message,
    MovedVisit,
    Practitioner,
    Proposal,
    PublicHoliday,
    Room,
    Session,
    SessionEvent,
)
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, book_treatment, local, make_course
from tests.scheduling.visits import a_visit
from tests.steps import DAY, consent_to, hold_consultation, inject_test, make_ready, take_intake

pytestmark = pytest.mark.django_db


class KilledError(Exception):
    """A worker that is gone in the middle of its work."""


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(substances=MIX)


@pytest.fixture
def course(clinic: Location, patient: Patient, practitioner: User, mix: Formulation) -> Course:
    """P07 on the thigh for a patient whose test was negative: six sessions and upkeep."""
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    return make_course(patient, clinic, practitioner, formulation=mix)


@pytest.fixture
def build(practitioner: User) -> Callable[..., Proposal]:
    """Ask for a schedule and build it at once."""

    def built(course: Course, now: datetime = NOW, **options) -> Proposal:
        proposal = request_proposal(course=course, by=practitioner, now=now, **options)
        return build_proposal(proposal_id=proposal.pk, now=now)

    return built


def days(proposal: Proposal) -> list[date]:
    return [datetime.fromisoformat(row["start"]).date() for row in proposal.sessions if row["start"]]


def fill(clinic: Location, first: date, last: date, *, but: set[date] = frozenset()) -> None:
    """Nobody is there from `first` to `last` but on the days of `but`."""
    for practitioner in Practitioner.objects.filter(staff__location=clinic):
        day = first
        while day <= last:
            if day not in but:
                start, end = local(clinic, day, 0), local(clinic, day, 23)
                Booking.objects.create(
                    kind="block",
                    practitioner=practitioner,
                    start=start,
                    end=end,
                    occupied_start=start,
                    occupied_end=end,
                )
            day += timedelta(days=1)


class TestAsking:
    def test_leaves_a_queued_row_and_rings_once_the_row_is_there(
        self, course, practitioner, django_capture_on_commit_callbacks
    ):
        with patch.object(doorbell, "_ring_now") as ring, django_capture_on_commit_callbacks(execute=True):
            proposal = request_proposal(course=course, by=practitioner, now=NOW)
            ring.assert_not_called()
        assert (proposal.status, proposal.requested_at) == ("queued", NOW)
        ring.assert_called_once_with("scheduling.build_proposal", (proposal.pk,))

    def test_does_not_mind_a_broker_that_is_gone(self, course, practitioner, django_capture_on_commit_callbacks):
        gone = patch.object(doorbell, "Connection", side_effect=OSError)
        with gone, django_capture_on_commit_callbacks(execute=True):
            proposal = request_proposal(course=course, by=practitioner, now=NOW)
        doorbell.Breaker.quiet_until = 0.0
        assert Proposal.objects.get(pk=proposal.pk).status == "queued"
        assert sweep_proposals(now=NOW) == 1

    def test_twice_gives_the_one_in_the_making(self, course, practitioner):
        first = request_proposal(course=course, by=practitioner, now=NOW)
        assert request_proposal(course=course, by=practitioner, now=NOW) == first

    def test_anew_makes_the_older_schedule_stale(self, course, practitioner, build):
        older = build(course)
        request_proposal(course=course, by=practitioner, now=NOW)
        older.refresh_from_db()
        assert older.status == "stale"

    def test_for_something_else_replaces_what_is_in_the_making(self, course, practitioner):
        first = request_proposal(course=course, by=practitioner, now=NOW)
        late = [{"sequence": 2, "days": 3}]
        second = request_proposal(course=course, by=practitioner, allow_late=late, now=NOW)
        first.refresh_from_db()
        assert (first.status, second.status, second.allow_late) == ("stale", "queued", late)

    @pytest.mark.parametrize("status", ["on_hold", "completed", "revoked"])
    def test_is_refused_for_a_course_that_is_not_planned_any_more(self, course, practitioner, status):
        Course.objects.filter(pk=course.pk).update(status=status, status_reason="Holiday")
        with pytest.raises(Conflict) as refused:
            request_proposal(course=course, by=practitioner, now=NOW)
        assert refused.value.extra == {"state": status}

    @pytest.mark.parametrize(
        "allowed",
        [{"sequence": 2}, {"sequence": 2, "days": 0}, {"sequence": 2, "days": 400}, {"sequence": "2", "days": 1}],
    )
    def test_for_a_late_visit_says_which_and_by_how_many_days(self, course, practitioner, allowed):
        with pytest.raises(BadInput) as refused:
            request_proposal(course=course, by=practitioner, allow_late=[allowed], now=NOW)
        assert refused.value.errors[0].field.startswith("allow_late.0")

    def test_for_a_late_visit_is_the_practitioners_word_not_the_desks(self, course, desk):
        with pytest.raises(Forbidden):
            request_proposal(course=course, by=desk, allow_late=[{"sequence": 2, "days": 3}], now=NOW)


class TestBuilding:
    def test_puts_every_gap_inside_its_window(self, course, build):
        proposal = build(course)
        assert (proposal.status, proposal.progress) == ("ready", 100)
        gaps = [(later - earlier).days for earlier, later in zip(days(proposal)[:6], days(proposal)[1:6], strict=False)]
        assert all(15 <= gap <= 22 for gap in gaps)
        assert len(gaps) == 5

    def test_lists_what_lies_beyond_the_horizon_without_a_time(self, course, build, clinic):
        Location.objects.filter(pk=clinic.pk).update(horizon_days=60)
        rows = build(course).sessions
        assert [bool(row["start"]) for row in rows] == [True] * 4 + [False] * (len(rows) - 4)
        assert all(row["floor"] <= row["ideal"] <= row["latest"] for row in rows)

    def test_says_who_built_it(self, course, build):
        assert build(course).built_by.split(":")[1].isdigit()

    def test_stands_around_what_is_booked(self, course, build, practitioner, other_patient):
        before = build(course)
        start = datetime.fromisoformat(before.sessions[0]["start"])
        a_visit(other_patient, start, practitioner, practitioner)
        after = build(course)
        assert (after.sessions[0]["start"], after.sessions[0]["practitioner"]) != (
            before.sessions[0]["start"],
            str(practitioner.staff.practitioner.pk),
        )

    def test_says_why_when_nothing_fits_and_shows_the_cheapest_plan_beyond_latest(self, course, build, clinic):
        fill(clinic, TODAY + timedelta(days=1), TODAY + timedelta(days=40))
        proposal = build(course)
        assert proposal.status == "infeasible"
        assert {reason["sequence"] for reason in proposal.reasons if reason["code"] != "alternative"} == {2}
        assert all(reason["message"] for reason in proposal.reasons)
        assert [row["late_days"] > 0 for row in proposal.sessions][:2] == [False, True]

    def test_uses_the_days_that_a_practitioner_allowed(self, course, build, clinic, practitioner):
        fill(clinic, TODAY + timedelta(days=1), TODAY + timedelta(days=40))
        late = build(course).sessions[1]["late_days"]
        approved = build(course, allow_late=[{"sequence": 2, "days": late}])
        assert approved.status == "ready"
        assert approved.sessions[1]["why"][-1] == {"code": "approved_late", "params": {"days": late}}

    def test_of_a_course_that_changed_meanwhile_is_stale(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        Course.objects.filter(pk=course.pk).update(version=2)
        assert build_proposal(proposal_id=proposal.pk, now=NOW).status == "stale"

    def test_of_a_clinic_where_nobody_works_is_a_clear_refusal(self, course, build):
        Practitioner.objects.update(active=False)
        proposal = build(course)
        assert (proposal.status, proposal.reasons[0]["code"]) == ("failed", "empty_roster")

    def test_of_what_is_built_already_does_nothing(self, course, build):
        assert build_proposal(proposal_id=build(course).pk, now=NOW) is None


class TestAWorkerThatDies:
    def test_half_way_leaves_nothing_half_saved(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        with patch.object(proposal_building, "solve", side_effect=KilledError), pytest.raises(KilledError):
            build_proposal(proposal_id=proposal.pk, now=NOW)
        proposal.refresh_from_db()
        assert (proposal.status, proposal.sessions, proposal.attempts) == ("running", [], 1)

    def test_is_waited_for_until_its_lease_lapses_and_then_followed_by_another(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        with patch.object(proposal_building, "solve", side_effect=KilledError), pytest.raises(KilledError):
            build_proposal(proposal_id=proposal.pk, now=NOW)
        assert sweep_proposals(now=NOW + LEASE) == 0
        assert sweep_proposals(now=NOW + LEASE + timedelta(seconds=1)) == 1
        proposal.refresh_from_db()
        assert (proposal.status, proposal.attempts) == ("ready", 2)

    def test_while_saving_is_as_if_it_had_saved_nothing(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        save = Proposal.save

        def killed(row: Proposal, **options) -> None:
            save(row, **options)
            if row.sessions:
                raise KilledError

        with patch.object(Proposal, "save", killed), pytest.raises(KilledError):
            build_proposal(proposal_id=proposal.pk, now=NOW)
        proposal.refresh_from_db()
        assert (proposal.status, proposal.sessions) == ("running", [])

    def test_again_and_again_is_given_up(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        later = NOW
        with patch.object(proposal_building, "solve", side_effect=KilledError):
            for _attempt in range(3):
                with pytest.raises(KilledError):
                    sweep_proposals(now=later)
                later += LEASE + timedelta(seconds=1)
            assert sweep_proposals(now=later) == 0
        proposal.refresh_from_db()
        assert (proposal.status, proposal.reasons[0]["code"]) == ("failed", "gave_up")

    def test_and_comes_back_late_saves_nothing_over_the_other(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        solve = proposal_building.solve

        def slow(problem):
            Proposal.objects.filter(pk=proposal.pk).update(lease_until=NOW - LEASE)
            with patch.object(proposal_building, "solve", solve):
                build_proposal(proposal_id=proposal.pk, now=NOW)
            return solve(problem)

        with patch.object(proposal_building, "solve", slow):
            assert build_proposal(proposal_id=proposal.pk, now=NOW) is None
        proposal.refresh_from_db()
        assert (proposal.status, proposal.attempts, proposal.version) == ("ready", 2, 2)

    def test_and_comes_back_while_the_other_still_works_saves_nothing_either(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        solve = proposal_building.solve

        def slow(problem):
            Proposal.objects.filter(pk=proposal.pk).update(lease_until=NOW - LEASE)
            leases.claim(Proposal, proposal.pk, NOW, given_up={})
            return solve(problem)

        with patch.object(proposal_building, "solve", slow):
            assert build_proposal(proposal_id=proposal.pk, now=NOW) is None
        proposal.refresh_from_db()
        assert (proposal.status, proposal.attempts, proposal.sessions) == ("running", 2, [])

    def test_a_sweep_builds_what_nobody_was_rung_for(self, course, practitioner):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        assert sweep_proposals(now=NOW) == 1
        proposal.refresh_from_db()
        assert proposal.status == "ready"


class TestAccepting:
    def test_makes_every_visit_and_books_all_that_have_a_time(self, course, build, practitioner, clinic):
        Location.objects.filter(pk=clinic.pk).update(horizon_days=60)
        proposal = build(course)
        sessions = accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        assert [session.status for session in sessions] == ["booked"] * 4 + ["planned"] * (len(sessions) - 4)
        assert [session.sequence for session in sessions] == [row["sequence"] for row in proposal.sessions]
        booked = Booking.objects.filter(session__course=course, active=True).order_by("start")
        assert [row.start.isoformat() for row in booked] == [row["start"] for row in proposal.sessions if row["start"]]

    def test_writes_each_visit_once_as_it_stands_then(self, course, build, practitioner, clinic):
        Location.objects.filter(pk=clinic.pk).update(horizon_days=60)
        sessions = accept_proposal(proposal=build(course), by=practitioner, now=NOW)
        history = apps.get_model("scheduling", "SessionHistory")
        written = history.objects.filter(course_id=course.pk).order_by("sequence")
        assert [(row.pgh_label, row.status) for row in written] == [("insert", each.status) for each in sessions]
        stood = ("pk", "status", "version", "revision", "created_at")
        for session, row in zip(sessions, Session.objects.filter(course=course).order_by("sequence"), strict=True):
            assert [getattr(session, name) for name in stood] == [getattr(row, name) for name in stood]
        assert {(each.version, each.revision) for each in sessions} == {(2, 1), (1, 0)}  # booked, or without a time

    def test_keeps_the_windows_and_the_reasons_with_each_visit(self, course, build, practitioner):
        proposal = build(course)
        second = accept_proposal(proposal=proposal, by=practitioner, now=NOW)[1]
        second.refresh_from_db()
        assert second.floor.isoformat() == proposal.sessions[1]["floor"]
        assert second.why == proposal.sessions[1]["why"]

    def test_starts_the_course_and_closes_the_proposal(self, course, build, practitioner):
        proposal = build(course)
        accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        course.refresh_from_db()
        proposal.refresh_from_db()
        assert (course.status, course.version) == ("active", 2)
        assert (proposal.status, proposal.accepted_by, proposal.accepted_at) == ("accepted", practitioner, NOW)

    def test_leaves_a_trace_and_arms_the_messages_of_each_visit(self, course, build, practitioner):
        sessions = accept_proposal(proposal=build(course), by=practitioner, now=NOW)
        booked = [session for session in sessions if session.status == "booked"]
        assert SessionEvent.objects.filter(session__in=booked, verb="book", by=practitioner).count() == len(booked)
        reminded = Message.objects.filter(kind="reminder", channel="portal", session__in=booked)
        assert reminded.count() == len(booked) - 1  # the first is today

    def test_a_leading_allergy_test_may_still_be_ahead(self, clinic, patient, practitioner, build, mix):
        take_intake(patient, by=practitioner, now=NOW)
        course = make_course(patient, clinic, practitioner, formulation=mix)
        proposal = build(course)
        test, first = accept_proposal(proposal=proposal, by=practitioner, now=NOW)[:2]
        ends = Booking.objects.get(session=test).end
        assert (test.kind, first.kind) == ("allergy_test", "treatment")
        assert first.not_before == ends + timedelta(hours=24)
        assert Booking.objects.get(session=first).start >= first.not_before

    def test_after_a_test_nothing_is_planned_before_its_24_hours_are_over_to_the_second(
        self, clinic, patient, practitioner, build, mix, api_of
    ):
        hold_consultation(patient, location=clinic, at=NOW - DAY)
        take_intake(patient, by=practitioner, now=NOW - DAY)
        consent_to(patient, "test", by=practitioner, at=NOW - DAY)
        given = inject_test(patient, mix, by=practitioner, at=NOW + timedelta(minutes=5, seconds=30))
        course = make_course(patient, clinic, practitioner, formulation=mix)
        proposal = build(course, now=NOW + timedelta(minutes=10))
        shown = api_of(practitioner).get(f"/api/v1/proposals/{proposal.pk}/").json()
        assert given.opens_at == NOW + DAY + timedelta(minutes=5, seconds=30)
        first_quarter = NOW + DAY + timedelta(minutes=15)
        assert datetime.fromisoformat(shown["sessions"][0]["start"]) == first_quarter

    def test_is_for_eligible_patients_only(self, clinic, patient, practitioner, build, mix):
        course = make_course(patient, clinic, practitioner, formulation=mix)  # nothing answered
        with pytest.raises(Refusal) as refused:
            accept_proposal(proposal=build(course), by=practitioner, now=NOW)
        assert (refused.value.status, bool(refused.value.reasons)) == (422, True)
        assert not Session.objects.filter(course=course).exists()

    def test_twice_is_refused(self, course, build, practitioner):
        proposal = build(course)
        accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        with pytest.raises(Conflict) as refused:
            accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        assert refused.value.extra == {"state": "accepted"}

    def test_of_an_older_version_is_stale(self, course, build, practitioner):
        with pytest.raises(Stale):
            accept_proposal(proposal=build(course), by=practitioner, now=NOW, version=1)

    @pytest.mark.parametrize("status", ["queued", "infeasible", "failed"])
    def test_of_what_is_not_ready_is_a_conflict(self, course, practitioner, status):
        proposal = request_proposal(course=course, by=practitioner, now=NOW)
        Proposal.objects.filter(pk=proposal.pk).update(status=status)
        with pytest.raises(Conflict) as refused:
            accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        assert refused.value.extra == {"state": status}


class TestLosingARace:
    """Somebody was quicker: nothing of the plan is booked, what was taken is named, and a fresh plan is on its way."""

    @pytest.fixture
    def proposal(self, course: Course, build: Callable[..., Proposal]) -> Proposal:
        return build(course)

    def lost(self, proposal: Proposal, by: User, now: datetime = NOW) -> Conflict:
        before = Booking.objects.filter(active=True).count()
        with pytest.raises(Conflict) as refused:
            accept_proposal(proposal=proposal, by=by, now=now)
        assert Booking.objects.filter(active=True).count() == before
        assert not Session.objects.filter(course=proposal.course).exists()
        fresh = Proposal.objects.get(pk=refused.value.extra["proposal"])
        proposal.refresh_from_db()
        assert (fresh.status, proposal.status) == ("queued", "stale")
        return refused.value

    def test_of_a_slot_names_the_resource_and_never_the_other_patient(self, proposal, practitioner, other_patient):
        row = proposal.sessions[2]
        start = datetime.fromisoformat(row["start"])
        doctor = Practitioner.objects.get(pk=row["practitioner"]).staff.user
        a_visit(other_patient, start, doctor, practitioner)
        conflict = self.lost(proposal, practitioner)
        assert "practitioner" in [error.field for error in conflict.errors]
        assert other_patient.family_name not in str(conflict.detail) + str(conflict.extra)

    def test_of_a_practitioner_who_left(self, proposal, practitioner):
        Practitioner.objects.filter(pk=proposal.sessions[0]["practitioner"]).update(active=False)
        assert {each["taken"][0] for each in self.lost(proposal, practitioner).extra["conflicts"]} == {"practitioner"}

    def test_of_a_room_taken_out_of_use(self, proposal, practitioner):
        Room.objects.filter(pk=proposal.sessions[0]["room"]).update(active=False)
        assert {each["taken"][0] for each in self.lost(proposal, practitioner).extra["conflicts"]} == {"room"}

    def test_of_a_day_that_was_closed(self, proposal, practitioner, clinic):
        day = datetime.fromisoformat(proposal.sessions[1]["start"]).date()
        PublicHoliday.objects.create(location=clinic, date=day, name="Patron saint")
        assert [each["sequence"] for each in self.lost(proposal, practitioner).extra["conflicts"]] == [2]

    def test_against_the_patients_own_other_course_on_the_same_skin(self, proposal, practitioner, clinic, patient):
        other = make_course(patient, clinic, practitioner, areas=("inner_thigh",), status="active")
        day = datetime.fromisoformat(proposal.sessions[1]["start"]).date()
        book_treatment(other, day + timedelta(days=3), 17)
        assert 2 in [each["sequence"] for each in self.lost(proposal, practitioner).extra["conflicts"]]

    def test_against_a_treatment_that_was_moved_in_meanwhile(self, proposal, practitioner, clinic, patient):
        asked = {"requested_by": practitioner, "requested_at": NOW}
        of = Import.objects.create(
            location=clinic, what="visits", name="a.csv", fingerprint="1", separator=";", **asked
        )
        line = ImportLine.objects.create(of=of, line=2, outcome="new")
        MovedVisit.objects.create(line=line, patient=patient, start=NOW - timedelta(days=5), told="Botox")
        assert 1 in [each["sequence"] for each in self.lost(proposal, practitioner).extra["conflicts"]]

    def test_against_the_clock(self, proposal, practitioner):
        self.lost(proposal, practitioner, now=NOW + timedelta(days=2))

    def test_against_a_change_of_the_course(self, proposal, practitioner):
        Course.objects.filter(pk=proposal.course_id).update(version=2)
        self.lost(proposal, practitioner)

    def test_the_fresh_plan_can_be_accepted(self, proposal, practitioner, other_patient):
        row = proposal.sessions[0]
        doctor = Practitioner.objects.get(pk=row["practitioner"]).staff.user
        a_visit(other_patient, datetime.fromisoformat(row["start"]), doctor, practitioner)
        conflict = self.lost(proposal, practitioner)
        fresh = build_proposal(proposal_id=int(conflict.extra["proposal"]), now=NOW)
        assert accept_proposal(proposal=fresh, by=practitioner, now=NOW)


def test_a_day_after_the_test_begins_with_the_next_step_of_the_calendar(
    clinic: Location, patient: Patient, practitioner: User, api_of: Callable[..., APIClient]
):
    """Given at 10:05:30 yesterday: nothing is offered today before 10:10, and 10:10 is (D22)."""
    mix, given = FormulationFactory(substances=MIX), NOW - timedelta(days=1) + timedelta(minutes=5, seconds=30)
    take_intake(patient, by=practitioner, now=given - timedelta(days=2))
    hold_consultation(patient, location=clinic, at=given - timedelta(days=2))
    consent_to(patient, "test", by=practitioner, at=given - timedelta(hours=1))
    inject_test(patient, mix, by=practitioner, at=given)
    course = make_course(patient, clinic, practitioner, formulation=mix)
    caller = api_of(practitioner)
    with time_machine.travel(NOW, tick=False):
        asked = caller.post(f"/api/v1/courses/{course.pk}/proposals/", {}, format="json").json()
        build_proposal(proposal_id=asked["id"], now=NOW)
        plan = caller.get(f"/api/v1/proposals/{asked['id']}/").json()
        starts = [datetime.fromisoformat(each["start"]) for each in plan["sessions"] if each["kind"] == "treatment"]
        assert starts[0] >= NOW + timedelta(minutes=10)
        answer = caller.post(f"/api/v1/proposals/{asked['id']}/accept/", {}, format="json")
        first = course.sessions.filter(kind="treatment").earliest("sequence")
        day = {"from": str(TODAY), "to": str(TODAY), "session": first.pk, "limit": 5}
        offered = [datetime.fromisoformat(each["start"]) for each in caller.get("/api/v1/slots/", day).json()]
    assert (answer.status_code, offered[0]) == (201, NOW + timedelta(minutes=10))
