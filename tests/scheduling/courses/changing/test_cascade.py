"""One visit moves and its course follows: what is shown is what is done, nothing leaves its window unasked."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal, Stale
from clinic.models import Location
from scheduling.courses.changing.actions.cascade import change_phase, place_session, reassign, stay_away
from scheduling.models import Booking, Course, Message, Practitioner, Replan, Session
from tests.factories import NOW, PatientFactory, RoomFactory
from tests.scheduling.course_steps import local
from tests.scheduling.running import accepted, booked_days, shape
from tests.scheduling.visits import a_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(course: Course) -> Callable[[int], Session]:
    return lambda number: course.sessions.get(sequence=number, status__in=["planned", "booked", "displaced"])


def nobody_from(day: date, location: Location, days: int = 13) -> None:
    """Nobody works for so many days from `day` on."""
    for doctor in Practitioner.objects.filter(staff__location=location):
        for number in range(days):
            start = local(location, day + timedelta(days=number), 0)
            end = start + timedelta(hours=23)
            Booking.objects.create(
                kind="block", practitioner=doctor, start=start, end=end, occupied_start=start, occupied_end=end
            )


def gaps(days: list[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(days)]


def at(session: Session, *, days: int = 0, hour: int | None = None) -> datetime:
    """The visit's start, so many days later, at another hour of the wall if given."""
    start = session.bookings.get(active=True).start + timedelta(days=days)
    return start if hour is None else local(session.location, start.date(), hour)


class TestMoving:
    def test_within_the_slack_moves_nothing_else(self, course, visit, desk):
        third = visit(3)
        cascade = place_session(session=third, start=at(third, hour=17), by=desk, now=NOW)
        assert [step.sequence for step in cascade.moved] == [3]
        assert at(visit(3)) == local(course.location, at(third).date(), 17)

    def test_by_days_takes_the_later_visits_along_as_far_as_they_must(self, course, visit, practitioner):
        third = visit(3)
        cascade = place_session(session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW)
        assert cascade.moved[0].why == "asked"
        assert {step.why for step in cascade.moved[1:]} == {"too_soon"}
        gaps = [
            (later - earlier).days
            for earlier, later in zip(booked_days(course)[2:], booked_days(course)[3:], strict=False)
        ]
        assert all(15 <= gap <= 22 for gap in gaps[:3])

    def test_never_touches_the_visits_before(self, course, visit, practitioner):
        third, before = visit(3), booked_days(course)[:2]
        place_session(session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW)
        assert booked_days(course)[:2] == before

    def test_raises_the_revision_of_what_moved_and_of_nothing_else(self, course, visit, practitioner):
        third = visit(3)
        cascade = place_session(session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW)
        moved = {step.sequence for step in cascade.moved}
        assert {number for number in range(1, 7) if visit(number).revision == 2} == moved

    def test_replaces_the_messages_of_what_moved(self, course, visit, desk):
        third = visit(3)
        place_session(session=third, start=at(third, hour=17), by=desk, now=NOW)
        reminders = Message.objects.filter(session=third, kind="reminder", channel="portal").order_by("revision")
        assert [row.status for row in reminders] == ["superseded", "scheduled"]

    def test_two_visits_may_not_stand_in_each_others_way_while_they_move(self, course, visit, practitioner, colleague):
        second, third = visit(2), visit(3)
        start = at(third)
        Booking.objects.filter(session__in=[second, third], active=True).update(
            practitioner=practitioner.staff.practitioner
        )
        cascade = place_session(session=second, start=start, reason="Away", by=practitioner, now=NOW)
        assert at(visit(2)) == start
        assert at(visit(3)) > start
        assert not cascade.unplaceable

    def test_a_planned_visit_is_booked_the_same_way(self, course, visit, desk):
        upkeep = course.sessions.get(kind="maintenance", status="planned", sequence=7)
        Location.objects.update(horizon_days=400)
        start = local(course.location, upkeep.ideal, 10)
        start += timedelta(days=(7 - start.weekday()) % 7 if start.weekday() > 4 else 0)
        cascade = place_session(session=upkeep, start=start, by=desk, now=NOW)
        assert at(visit(7)) == start
        assert cascade.of("placed")[0].session == str(upkeep.pk)

    def test_the_first_visit_may_begin_later_than_was_wished(self, course, visit, desk):
        first = visit(1)
        cascade = place_session(session=first, start=at(first, days=21), by=desk, now=NOW)
        assert not cascade.unplaceable
        assert at(visit(1)).date() == at(first).date()

    def test_keeps_the_person_unless_another_is_named(self, course, visit, desk, colleague):
        third = visit(3)
        before = third.bookings.get(active=True).practitioner
        place_session(session=third, start=at(third, hour=17), by=desk, now=NOW)
        assert visit(3).bookings.get(active=True).practitioner == before
        other = Practitioner.objects.exclude(pk=before.pk).get()
        place_session(session=third, start=at(third, hour=17), practitioner=other, by=desk, now=NOW)
        assert visit(3).bookings.get(active=True).practitioner == other

    def test_takes_the_room_that_was_asked_for(self, course, visit, desk):
        room = RoomFactory(location=course.location, name="Room 9")
        place_session(session=visit(3), start=at(visit(3), hour=17), room=room, by=desk, now=NOW)
        assert visit(3).bookings.get(active=True).room == room


class TestPreview:
    def test_writes_nothing(self, course, visit, practitioner):
        third, before = visit(3), shape(course)
        place_session(session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW, preview=True)
        assert shape(course) == before
        assert not Replan.objects.exists()

    @pytest.mark.parametrize("days", [1, 3, 6])
    def test_is_what_apply_does(self, course, visit, practitioner, days):
        third = visit(3)
        start = at(third, days=days)
        while start.weekday() > 4:
            start += timedelta(days=1)
        wanted = {"session": third, "start": start, "reason": "Ill", "by": practitioner, "now": NOW}
        seen = place_session(**wanted, preview=True)
        done = place_session(**wanted, expect=seen.digest)
        assert (done.steps, done.digest, done.applied) == (seen.steps, seen.digest, True)
        stands = {str(row.session_id): row.start for row in Booking.objects.filter(active=True)}
        assert {step.session: step.after.start for step in seen.steps if step.after} == stands

    def test_that_the_calendar_made_another_since_is_not_applied(self, course, visit, practitioner, other_patient):
        third = visit(3)
        wanted = {"session": third, "start": at(third, days=5), "reason": "Ill", "by": practitioner, "now": NOW}
        seen = place_session(**wanted, preview=True)
        place = seen.moved[1].after
        doctor = Practitioner.objects.get(pk=place.practitioner).staff.user
        a_visit(other_patient, place.start, doctor, practitioner)
        before = shape(course)
        with pytest.raises(Conflict) as refused:
            place_session(**wanted, expect=seen.digest)
        assert refused.value.extra["cascade"]["digest"] != seen.digest
        assert shape(course) == before

    def test_answers_the_api_with_names_and_sentences(self, course, visit, practitioner):
        third = visit(3)
        seen = place_session(
            session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW, preview=True
        ).as_json()
        moved = seen["moved"][0]
        assert (seen["applied"], moved["session"], moved["message"]) == (False, str(third.pk), "Asked for.")
        assert moved["after"]["practitioner_name"].startswith("Dr ")
        assert moved["before"]["room_name"].startswith("Room ")

    def test_replanning_a_course_that_stands_well_changes_nothing(self, course, practitioner):
        before = shape(course)
        cascade = stay_away(course=course, away=[], by=practitioner, now=NOW)
        assert (cascade.moved, cascade.unplaceable) == ((), ())
        assert shape(course) == before


class TestWhoMay:
    """D01: the desk and the patient stay inside the window, a practitioner may leave it with a reason."""

    def test_the_desk_not_before_the_floor(self, course, visit, desk):
        third = visit(3)
        with pytest.raises(Refusal) as refused:
            place_session(session=third, start=at(third, days=-1), reason="Asked", by=desk, now=NOW)
        assert (refused.value.status, refused.value.next) == (422, third.floor)

    def test_a_practitioner_down_to_the_early_limit_with_a_reason(self, course, visit, practitioner):
        third = visit(3)
        cascade = place_session(session=third, start=at(third, days=-1), reason="Travels", by=practitioner, now=NOW)
        assert not cascade.unplaceable
        assert {"code": "approved_early", "params": {"days": 1}} in visit(3).why

    def test_a_practitioner_not_without_a_reason(self, course, visit, practitioner):
        third = visit(3)
        with pytest.raises(Refusal):
            place_session(session=third, start=at(third, days=-1), by=practitioner, now=NOW)

    def test_nobody_below_the_early_limit(self, course, visit, practitioner):
        third = visit(3)
        with pytest.raises(Refusal):
            place_session(session=third, start=at(third, days=-4), reason="Travels", by=practitioner, now=NOW)

    def test_a_practitioner_beyond_latest_with_a_reason(self, course, visit, practitioner):
        third = visit(3)
        start = local(course.location, third.latest + timedelta(days=4), 10)
        place_session(session=third, start=start, reason="Travels", by=practitioner, now=NOW)
        assert at(visit(3)) == start
        assert "approved_late" in [reason["code"] for reason in visit(3).why]

    def test_what_a_practitioner_allowed_stays_allowed(self, course, visit, practitioner, desk):
        third = visit(3)
        place_session(session=third, start=at(third, days=-1), reason="Travels", by=practitioner, now=NOW)
        stands = at(visit(3))
        fifth = visit(5)
        place_session(session=fifth, start=at(fifth, hour=17), by=desk, now=NOW)
        assert at(visit(3)) == stands

    def test_the_desk_cannot_allow_a_late_visit(self, course, desk):
        with pytest.raises(Forbidden):
            stay_away(course=course, away=[], allow_late=[{"sequence": 3, "days": 5}], by=desk, now=NOW)


class TestRefused:
    def test_a_taken_time_is_named_with_the_next_free_start(self, course, visit, desk, practitioner, other_patient):
        third = visit(3)
        start = at(third, hour=17)
        doctor = third.bookings.get(active=True).practitioner.staff.user
        a_visit(other_patient, start, doctor, practitioner)
        with pytest.raises(Conflict) as refused:
            place_session(session=third, start=start, by=desk, now=NOW)
        assert refused.value.extra["conflicts"][0]["taken"] == ["practitioner"]
        assert refused.value.next >= start
        assert other_patient.family_name not in str(refused.value.extra)

    @pytest.mark.parametrize(
        ("start", "field"),
        [
            (NOW - timedelta(days=1), "start"),
            (NOW + timedelta(minutes=3), "start"),
            (NOW + timedelta(days=400), "start"),
        ],
    )
    def test_a_time_that_makes_no_sense_is_refused_at_its_field(self, course, visit, desk, start, field):
        with pytest.raises(BadInput) as refused:
            place_session(session=visit(3), start=start, by=desk, now=NOW)
        assert [error.field for error in refused.value.errors] == [field]

    def test_a_room_of_another_clinic_is_refused_at_its_field(self, course, visit, desk):
        with pytest.raises(BadInput) as refused:
            place_session(session=visit(3), start=at(visit(3)), room=RoomFactory(), by=desk, now=NOW)
        assert [error.field for error in refused.value.errors] == ["room"]

    def test_an_older_version_of_the_visit_is_stale(self, course, visit, desk):
        with pytest.raises(Stale):
            place_session(session=visit(3), start=at(visit(3), hour=17), by=desk, now=NOW, version=99)

    def test_a_visit_that_took_place_moves_no_more(self, course, visit, desk):
        first = visit(1)
        Session.objects.filter(pk=first.pk).update(status="completed", performed_at=NOW)
        with pytest.raises(Conflict):
            place_session(session=first, start=NOW + timedelta(days=2), by=desk, now=NOW)

    def test_a_practitioner_is_asked_before_another_visit_comes_too_late(self, course, visit, practitioner):
        third = visit(3)
        nobody_from(at(visit(4)).date() + timedelta(days=1), course.location)
        wanted = {"session": third, "start": at(third, days=5), "reason": "Ill", "by": practitioner, "now": NOW}
        seen = place_session(**wanted, preview=True)
        assert seen.unplaceable
        with pytest.raises(Refusal) as refused:
            place_session(**wanted)
        assert (refused.value.status, bool(refused.value.extra["cascade"]["unplaceable"])) == (422, True)


class TestTheResponse:
    """A recorded response lengthens, shortens or ends a phase."""

    def test_lengthens_a_phase_and_moves_the_upkeep_behind_it(self, course, practitioner):
        cascade = change_phase(course=course, phase=1, by_sessions=2, reason="Slow", by=practitioner, now=NOW)
        rows = course.sessions.exclude(status="cancelled").order_by("sequence")
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        assert [row.kind for row in rows][:9] == ["treatment"] * 8 + ["maintenance"]
        gaps = [
            (later - earlier).days
            for earlier, later in zip(booked_days(course)[:8], booked_days(course)[1:8], strict=False)
        ]
        assert all(15 <= gap <= 22 for gap in gaps)
        assert len(cascade.of("placed")) == 2

    def test_shortens_a_phase(self, course, practitioner):
        change_phase(course=course, phase=1, by_sessions=-2, reason="Result reached", by=practitioner, now=NOW)
        left = course.sessions.filter(phase=1).exclude(status="cancelled")
        assert left.count() == 4

    def test_cannot_take_more_than_there_is(self, course, practitioner):
        with pytest.raises(BadInput) as refused:
            change_phase(course=course, phase=1, by_sessions=-7, reason="Enough", by=practitioner, now=NOW)
        assert [error.field for error in refused.value.errors] == ["by_sessions"]

    def test_is_the_practitioners_to_judge(self, course, desk):
        with pytest.raises(Forbidden):
            change_phase(course=course, phase=1, by_sessions=1, reason="Slow", by=desk, now=NOW)

    def test_knows_no_phase_that_is_not_there(self, course, practitioner):
        with pytest.raises((BadInput, Conflict)):
            change_phase(course=course, phase=9, by_sessions=1, reason="Slow", by=practitioner, now=NOW)


class TestHandingOn:
    def test_the_new_practitioner_has_every_visit_and_the_course(self, course, practitioner):
        old = course.practitioner
        new = Practitioner.objects.exclude(pk=old.pk).get()
        cascade = reassign(course=course, to=new, reason="Maternity leave", by=practitioner, now=NOW)
        course.refresh_from_db()
        assert course.practitioner == new
        people = Booking.objects.filter(session__course=course, active=True).values_list("practitioner", flat=True)
        assert set(people) == {new.pk}
        assert all(step.before.start == step.after.start for step in cascade.moved[1:])


class TestDaysAway:
    def test_only_the_visits_on_those_days_move_and_what_they_push(self, course, visit, practitioner):
        day = at(visit(3)).date()
        away = [[(day - timedelta(days=1)).isoformat(), (day + timedelta(days=2)).isoformat()]]
        cascade = stay_away(course=course, away=away, by=practitioner, now=NOW)
        assert cascade.moved[0].sequence == 3
        assert cascade.moved[0].why == "patient_free"
        assert all(
            not (date.fromisoformat(away[0][0]) <= each <= date.fromisoformat(away[0][1]))
            for each in booked_days(course)
        )

    def test_entered_with_what_follows_they_are_shown_first_and_kept_with_the_course(self, course, visit, practitioner):
        day = at(visit(3)).date()
        away = [[day.isoformat(), (day + timedelta(days=2)).isoformat()]]
        before, wishes = shape(course), course.preferences
        shown = stay_away(course=course, away=away, preview=True, by=practitioner, now=NOW)
        course.refresh_from_db()
        assert (shape(course), course.preferences) == (before, wishes)
        done = stay_away(course=course, away=away, expect=shown.digest, by=practitioner, now=NOW)
        course.refresh_from_db()
        assert (done.digest, done.moved[0].why) == (shown.digest, "patient_free")
        assert course.preferences == {**wishes, "away": away}
        replanned = stay_away(course=course, away=away, by=practitioner, now=NOW)
        assert not replanned.moved

    def test_that_nobody_can_read_are_refused(self, course, practitioner):
        with pytest.raises(BadInput) as refused:
            stay_away(course=course, away=[["2026-06-09", "2026-06-01"]], by=practitioner, now=NOW)
        assert [error.field for error in refused.value.errors] == ["preferences.away"]


def test_somebody_elses_course_is_not_touched(course, visit, clinic, practitioner):
    stranger = accepted(PatientFactory(), clinic, practitioner)
    before = shape(stranger)
    third = visit(3)
    place_session(session=third, start=at(third, days=5), reason="Ill", by=practitioner, now=NOW)
    assert shape(stranger) == before
