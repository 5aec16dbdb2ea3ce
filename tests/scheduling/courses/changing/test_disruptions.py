"""Somebody is away and many visits lose their time: one batch, most urgent first, looked at and applied as a whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from unittest.mock import patch

import pytest
from pytest_django import DjangoDbBlocker

from clinic.base.refusals import Conflict, Stale
from clinic.models import Location, StaffMember, User
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.actions.sessions import displace_session, move_session
from scheduling.courses.changing.actions import disruption_building
from scheduling.courses.changing.actions.disruption_building import build_disruption, sweep_disruptions
from scheduling.courses.changing.actions.disruption_singles import days_refused
from scheduling.courses.changing.actions.disruptions import apply_disruption, request_disruption
from scheduling.courses.changing.actions.undo import undo
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.queries.acts import last_act
from scheduling.messages.actions import leases
from scheduling.messages.actions.leases import LEASE
from scheduling.models import Booking, Course, Practitioner, Replan, Session
from tests.databases import shared_rows
from tests.factories import NOW, TODAY, PatientFactory, aventino
from tests.scheduling.courses.changing.test_cascade import nobody_from
from tests.scheduling.running import accepted, booked_days, shape
from tests.scheduling.visits import a_visit, at

pytestmark = pytest.mark.django_db
AWAY = (NOW + timedelta(days=1), NOW + timedelta(days=21))


@pytest.fixture(scope="module")
def kept_courses(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        clinic = aventino()
        for _number in range(3):
            accepted(PatientFactory(), clinic, User.objects.get(email="practitioner@example.test"))
        yield


@pytest.fixture
def courses(kept_courses: None, clinic: Location, practitioner: User) -> list[Course]:
    """Three courses of three patients, all with the same practitioner."""
    return list(Course.objects.order_by("pk"))


@pytest.fixture
def absence(courses: list[Course], practitioner: User):
    """That practitioner is away for three weeks."""
    doctor = practitioner.staff.practitioner
    return report_absence(
        practitioner=doctor, start=AWAY[0], end=AWAY[1], reason="Ill", by=practitioner, now=NOW
    ).absence


def batch(clinic: Location, by: User, now: datetime = NOW, **more) -> Replan:
    asked = request_disruption(location=clinic, by=by, now=now, **more)
    return build_disruption(replan_id=asked.pk, now=now)


class TestThePlan:
    def test_gives_every_displaced_visit_a_place_inside_its_window(self, clinic, courses, absence, practitioner):
        lost = set(Session.objects.filter(status="displaced").values_list("pk", flat=True))
        assert lost
        plan = batch(clinic, practitioner, absence=absence)
        placed = {int(step["session"]) for step in plan.steps if step["fate"] == "placed"}
        assert (plan.status, plan.progress, lost <= placed) == ("ready", 100, True)
        for step in plan.steps:
            assert not step["after"] or step["floor"] <= step["after"]["start"][:10] <= step["latest"]

    def test_gives_no_place_twice(self, clinic, courses, absence, practitioner):
        plan = batch(clinic, practitioner)
        taken = [(step["after"]["start"], step["after"]["practitioner"]) for step in plan.steps if step["after"]]
        assert len(taken) == len(set(taken))

    def test_begins_with_the_visit_whose_window_ends_soonest(self, clinic, courses, absence, practitioner):
        urgent = Session.objects.filter(status="displaced").order_by("-pk").first()
        Session.objects.filter(pk=urgent.pk).update(latest=NOW.date() + timedelta(days=20), ideal=urgent.floor)
        plan = batch(clinic, practitioner)
        assert plan.steps[0]["course"] == str(urgent.course_id)

    def test_leaves_a_course_that_finds_no_place_and_says_so(self, clinic, courses, absence, practitioner):
        for doctor in Practitioner.objects.all():
            start, end = NOW + timedelta(days=21), NOW + timedelta(days=90)
            report_absence(practitioner=doctor, start=start, end=end, reason="Works", by=practitioner, now=NOW)
        plan = batch(clinic, practitioner)
        assert {step["fate"] for step in plan.steps} >= {"unplaceable"}
        assert all(step["row"] is None for step in plan.steps if step["fate"] == "unplaceable")
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        assert Session.objects.filter(status="displaced").exists()

    def test_of_a_course_places_what_it_can_when_one_visit_finds_no_time(self, clinic, practitioner):
        course = accepted(PatientFactory(), clinic, practitioner)
        third, fifth = (course.sessions.get(sequence=number) for number in (3, 5))
        Booking.objects.filter(session__course=course, session__sequence__in=(4, 6)).delete()
        course.sessions.filter(sequence__in=(4, 6)).update(status="planned")
        for session in (third, fifth):
            displace_session(session=session, reason="Away", by=practitioner, now=NOW)
        nobody_from(third.floor - timedelta(days=10), clinic, days=35)
        plan = batch(clinic, practitioner)
        fates = {step["session"]: step["fate"] for step in plan.steps}
        assert (fates[str(third.pk)], fates[str(fifth.pk)]) == ("unplaceable", "placed")
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        assert [course.sessions.get(pk=each.pk).status for each in (third, fifth)] == ["displaced", "booked"]

    def test_never_goes_back_to_the_day_that_the_patient_gave_back(self, clinic, desk, practitioner):
        course, alone = (
            accepted(PatientFactory(), clinic, practitioner),
            a_visit(PatientFactory(), at(11), practitioner, desk),
        )
        lost = [course.sessions.get(sequence=3), alone]
        days = {str(each.pk): each.bookings.get(active=True).start.date().isoformat() for each in lost}
        for session in lost:
            displace_session(session=session, reason="Cannot come", by=desk, now=NOW)
        new = {step["session"]: step["after"] for step in batch(clinic, practitioner).steps}
        assert all(new[pk]["start"][:10] != day for pk, day in days.items())
        fourth = course.sessions.get(sequence=4)
        assert days_refused([fourth]).keys() == {str(lost[0].pk)}, "also when another visit of the course is sought"
        undo_visit(session=lost[0], act=last_act(lost[0], desk), by=desk, now=NOW)
        assert not days_refused([fourth]), "not once it is back"

    def test_of_a_clinic_where_nobody_lost_a_time_is_empty(self, clinic, courses, practitioner):
        assert batch(clinic, practitioner).steps == []

    def test_writes_nothing(self, clinic, courses, absence, practitioner):
        before = [shape(course) for course in courses]
        batch(clinic, practitioner)
        assert [shape(course) for course in courses] == before


class TestApplying:
    def test_does_what_was_shown(self, clinic, courses, absence, practitioner):
        plan = batch(clinic, practitioner)
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        stands = {
            str(row.session_id): row.start.isoformat() for row in Booking.objects.filter(active=True, kind="session")
        }
        shown = {step["session"]: step["after"]["start"] for step in plan.steps if step["after"]}
        assert shown.items() <= stands.items()
        assert not Session.objects.filter(status="displaced").exists()

    def test_keeps_every_gap(self, clinic, courses, absence, practitioner):
        apply_disruption(replan=batch(clinic, practitioner), by=practitioner, now=NOW)
        for course in courses:
            days = booked_days(course)[:6]
            assert all(15 <= (later - earlier).days <= 22 for earlier, later in pairwise(days))

    def test_of_another_version_is_stale(self, clinic, courses, absence, practitioner):
        with pytest.raises(Stale):
            apply_disruption(replan=batch(clinic, practitioner), by=practitioner, now=NOW, version=99)

    def test_twice_is_refused(self, clinic, courses, absence, practitioner):
        plan = batch(clinic, practitioner)
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        with pytest.raises(Conflict) as refused:
            apply_disruption(replan=plan, by=practitioner, now=NOW)
        assert refused.value.extra == {"state": "applied"}

    def test_that_loses_one_place_books_none_and_queues_a_fresh_plan(
        self, clinic, courses, absence, practitioner, other_patient
    ):
        plan = batch(clinic, practitioner)
        place = next(step["after"] for step in plan.steps if step["fate"] == "placed")
        doctor = Practitioner.objects.get(pk=place["practitioner"]).staff.user
        a_visit(other_patient, datetime.fromisoformat(place["start"]), doctor, practitioner, kind="review")
        before = [shape(course) for course in courses]
        with pytest.raises(Conflict) as refused:
            apply_disruption(replan=plan, by=practitioner, now=NOW)
        assert [shape(course) for course in courses] == before
        plan.refresh_from_db()
        fresh = Replan.objects.get(pk=refused.value.extra["replan"])
        assert (plan.status, fresh.status) == ("stale", "queued")

    def test_after_a_course_changed_is_refused_by_name(self, clinic, courses, absence, practitioner):
        plan = batch(clinic, practitioner)
        Course.objects.filter(pk=courses[0].pk).update(version=50)
        with pytest.raises(Conflict) as refused:
            apply_disruption(replan=plan, by=practitioner, now=NOW)
        assert refused.value.extra["courses"] == [str(courses[0].pk)]

    def test_can_be_taken_back_within_minutes(self, clinic, courses, absence, practitioner):
        before = [[row[:3] + row[6:] for row in shape(course)] for course in courses]
        plan = batch(clinic, practitioner)
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        undo(replan=plan, by=practitioner, now=NOW + timedelta(minutes=2))
        after = [[row[:3] + row[6:] for row in shape(course)] for course in courses]
        lost = [(row[0], row[3]) for rows in before for row in rows]
        assert [(row[0], row[3]) for rows in after for row in rows] == lost


class TestVisitsThatStandAlone:
    """Consultations and tests outside a course lose their time like any other, and nobody may be out of sight."""

    @pytest.fixture
    def single(self, clinic: Location, practitioner: User, desk: User) -> Session:
        return a_visit(PatientFactory(), at(11), practitioner, desk)

    @pytest.fixture
    def alone(self, single: Session, courses: list[Course], absence) -> Session:
        """A consultation of tomorrow at 11, lost with the visits of three courses; a colleague may hold it too."""
        StaffMember.objects.exclude(practitioner=None).update(prescriber=True)
        return single

    def test_get_a_time_near_the_day_they_had_which_no_course_is_given(self, clinic, alone, practitioner):
        plan = batch(clinic, practitioner)
        (step,) = [step for step in plan.steps if step["session"] == str(alone.pk)]
        assert (step["course"], step["fate"]) == ("", "placed")
        assert "2026-05-06" <= step["after"]["start"][:10] <= "2026-05-20"
        taken = [(step["after"]["start"], step["after"]["practitioner"]) for step in plan.steps if step["after"]]
        assert len(taken) == len(set(taken))

    def test_stand_in_their_order_among_the_courses(self, clinic, alone, practitioner):
        assert batch(clinic, practitioner).steps[0]["session"] == str(alone.pk)

    def test_are_booked_where_they_were_shown_and_bound_by_no_window(self, clinic, alone, practitioner):
        plan = batch(clinic, practitioner)
        (step,) = [step for step in plan.steps if step["session"] == str(alone.pk)]
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        alone.refresh_from_db()
        booking = alone.bookings.get(active=True)
        assert (booking.start.isoformat(), str(booking.practitioner_id)) == (
            step["after"]["start"],
            step["after"]["practitioner"],
        )
        assert (alone.status, alone.floor, alone.latest) == ("booked", None, None)

    def test_keep_to_a_prescriber_where_only_one_may_do_it(self, clinic, single, practitioner):
        """The only prescriber is away, for longer than two weeks around the day the visit had."""
        for doctor in Practitioner.objects.filter(staff__prescriber=True):
            report_absence(
                practitioner=doctor, start=NOW, end=NOW + timedelta(days=60), reason="Ill", by=practitioner, now=NOW
            )
        (step,) = batch(clinic, practitioner).steps
        assert (step["fate"], step["after"], step["row"]) == ("unplaceable", None, None)
        assert step["why"]["code"] == "practitioner_free"

    def test_go_back_to_the_list_when_the_batch_is_taken_back(self, clinic, alone, practitioner):
        plan = batch(clinic, practitioner)
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        undo(replan=plan, by=practitioner, now=NOW + timedelta(minutes=2))
        alone.refresh_from_db()
        assert (alone.status, alone.bookings.filter(active=True).count()) == ("displaced", 0)

    def test_that_were_moved_since_are_not_taken_back(self, clinic, alone, practitioner):
        plan = batch(clinic, practitioner)
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        alone.refresh_from_db()
        move_session(session=alone, start=at(16, day=TODAY + timedelta(days=30)), by=practitioner, now=NOW)
        with pytest.raises(Conflict):
            undo(replan=plan, by=practitioner, now=NOW + timedelta(minutes=2))
        alone.refresh_from_db()
        assert alone.bookings.get(active=True).start == at(16, day=TODAY + timedelta(days=30))


class TestNobodyIsOutOfSight:
    def test_each_visit_without_a_time_has_a_line(self, clinic, courses, absence, practitioner):
        lost = {str(pk) for pk in Session.objects.filter(status="displaced").values_list("pk", flat=True)}
        assert lost <= {step["session"] for step in batch(clinic, practitioner).steps}

    def test_one_that_a_later_visit_has_overtaken_can_still_be_placed(self, clinic, courses, absence, practitioner):
        lost = Session.objects.filter(status="displaced", course=courses[0]).order_by("sequence").first()
        following = courses[0].sessions.get(sequence=lost.sequence + 1)
        Session.objects.filter(pk=following.pk).update(status="completed", performed_at=NOW)
        Booking.objects.filter(session=following).update(active=False)
        (step,) = [step for step in batch(clinic, practitioner).steps if step["session"] == str(lost.pk)]
        assert (step["fate"], step["row"]["session"]) == ("placed", str(lost.pk))

    def test_what_is_shown_as_given_is_written_and_nothing_else(self, clinic, courses, absence, practitioner):
        """A visit that finds no time stops none of the others, and does not look as if it had one."""
        for doctor in Practitioner.objects.all():
            start, end = NOW + timedelta(days=21), NOW + timedelta(days=90)
            report_absence(practitioner=doctor, start=start, end=end, reason="Works", by=practitioner, now=NOW)
        plan = batch(clinic, practitioner)
        given = {step["session"] for step in plan.steps if step["fate"] in ("placed", "moved")}
        assert all(step["after"] for step in plan.steps if step["session"] in given)
        lost = set(Session.objects.filter(status="displaced").values_list("pk", flat=True))
        apply_disruption(replan=plan, by=practitioner, now=NOW)
        booked = Session.objects.filter(pk__in=lost, status="booked").values_list("pk", flat=True)
        assert {str(pk) for pk in booked} == {str(pk) for pk in lost} & given


class TestTheWorker:
    def test_is_waited_for_and_followed_by_another(self, clinic, courses, absence, practitioner):
        asked = request_disruption(location=clinic, by=practitioner, now=NOW)
        with patch.object(disruption_building, "read_timetable", side_effect=RuntimeError), pytest.raises(RuntimeError):
            build_disruption(replan_id=asked.pk, now=NOW)
        assert sweep_disruptions(now=NOW + LEASE) == 0
        assert sweep_disruptions(now=NOW + LEASE + timedelta(seconds=1)) == 1
        asked.refresh_from_db()
        assert asked.status == "ready"

    def test_shows_how_far_it_is(self, clinic, courses, absence, practitioner):
        seen: list[int] = []
        report = leases.report

        def watched(row, percent, **more):
            seen.append(percent)
            report(row, percent, **more)

        with patch.object(leases, "report", watched):
            batch(clinic, practitioner)
        assert seen == sorted(seen)
        assert len(seen) > 1

    def test_asked_twice_makes_one_batch(self, clinic, courses, absence, practitioner):
        first = request_disruption(location=clinic, by=practitioner, now=NOW)
        assert request_disruption(location=clinic, by=practitioner, now=NOW) == first
