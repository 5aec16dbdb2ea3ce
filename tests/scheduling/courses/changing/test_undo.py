"""A slip is undone within minutes: every visit of the cascade returns, or none."""

from datetime import datetime, timedelta

import pytest

from clinic.base.refusals import Conflict
from clinic.models import Location, User
from scheduling.courses.changing.actions.cascade import change_phase, leave_out, place_session, reassign, stay_away
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.models import Course, Message, Practitioner, Replan
from tests.factories import NOW
from tests.scheduling.course_steps import book_treatment, local, make_course
from tests.scheduling.running import shape
from tests.scheduling.visits import a_visit

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def places(course: Course) -> list[tuple]:
    """Status, window and place of every visit: what undoing brings back (numbers of writes only rise)."""
    return [row[:5] + row[6:] for row in shape(course)]


def undo_last(course: Course, *, by: User, now: datetime) -> Replan:
    act = Replan.objects.filter(course=course).latest("pk").pk
    return undo_cascade(course=course, act=act, by=by, now=now)


def move_third(course: Course, by: User, days: int = 5) -> datetime:
    third = course.sessions.get(sequence=3)
    start = third.bookings.get(active=True).start + timedelta(days=days)
    place_session(session=third, start=start, reason="Ill", by=by, now=NOW)
    return start


def test_every_visit_is_back_where_it_stood(course, practitioner):
    before = places(course)
    move_third(course, practitioner)
    assert places(course) != before
    undone = undo_last(course, by=practitioner, now=NOW + 9 * MINUTE)
    assert (places(course), undone.status) == (before, "undone")


def test_it_does_not_come_back_beside_another_course_on_the_same_skin(course, clinic, patient, practitioner):
    third = course.sessions.get(sequence=3)
    day = third.bookings.get(active=True).start.date()
    move_third(course, practitioner, days=7)
    other = make_course(patient, clinic, practitioner, areas=("inner_thigh",), status="active")
    book_treatment(other, day, 16)
    before = places(course)
    with pytest.raises(Conflict):
        undo_last(course, by=practitioner, now=NOW + MINUTE)
    assert places(course) == before


def test_what_a_practitioner_had_allowed_is_allowed_again(course, practitioner):
    move_third(course, practitioner, days=-1)
    before = places(course)
    third = course.sessions.get(sequence=3)
    start = third.bookings.get(active=True).start + timedelta(days=6)
    place_session(session=third, start=start, reason="Later after all", by=practitioner, now=NOW)
    third.refresh_from_db()
    assert "approved_early" not in [reason["code"] for reason in third.why]
    undo_last(course, by=practitioner, now=NOW)
    assert places(course) == before
    third.refresh_from_db()
    assert {"code": "approved_early", "params": {"days": 1}} in third.why


def test_a_visit_that_had_no_time_has_none_again(course, practitioner):
    Location.objects.update(horizon_days=400)
    upkeep = course.sessions.filter(status="planned").first()
    start = local(course.location, upkeep.ideal + timedelta(days=(7 - upkeep.ideal.weekday()) % 7), 10)
    before = places(course)
    place_session(session=upkeep, start=start, by=practitioner, now=NOW)
    undo_last(course, by=practitioner, now=NOW)
    upkeep.refresh_from_db()
    assert (upkeep.status, places(course)[:6]) == ("planned", before[:6])


def test_the_course_is_its_practitioners_again(course, practitioner):
    old = course.practitioner
    reassign(course=course, to=Practitioner.objects.exclude(pk=old.pk).get(), reason="Leave", by=practitioner, now=NOW)
    undo_last(course, by=practitioner, now=NOW)
    course.refresh_from_db()
    assert course.practitioner == old


def test_the_days_away_go_with_the_times_they_moved(course, practitioner):
    before, wishes = places(course), course.preferences
    day = course.sessions.get(sequence=3).bookings.get(active=True).start.date().isoformat()
    stay_away(course=course, away=[[day, day]], by=practitioner, now=NOW)
    undo_last(course, by=practitioner, now=NOW)
    course.refresh_from_db()
    assert (places(course), course.preferences) == (before, wishes)


def test_the_patient_hears_of_the_old_time(course, practitioner):
    move_third(course, practitioner)
    undo_last(course, by=practitioner, now=NOW + MINUTE)
    third = course.sessions.get(sequence=3)
    waiting = Message.objects.filter(session=third, kind="reminder", channel="portal", status="scheduled")
    assert [row.context["start"] for row in waiting] == [third.bookings.get(active=True).start.isoformat()]


def test_it_is_too_late_after_ten_minutes(course, practitioner):
    move_third(course, practitioner)
    stands = shape(course)
    with pytest.raises(Conflict):
        undo_last(course, by=practitioner, now=NOW + 11 * MINUTE)
    assert shape(course) == stands


def test_once_is_enough(course, practitioner):
    move_third(course, practitioner)
    undo_last(course, by=practitioner, now=NOW)
    with pytest.raises(Conflict):
        undo_last(course, by=practitioner, now=NOW)


def test_a_course_that_changed_since_is_left_alone(course, practitioner):
    move_third(course, practitioner)
    Course.objects.filter(pk=course.pk).update(version=99)
    with pytest.raises(Conflict):
        undo_last(course, by=practitioner, now=NOW)


def test_an_old_time_that_was_taken_is_named_and_nothing_changes(course, practitioner, other_patient):
    third = course.sessions.get(sequence=3)
    old = third.bookings.get(active=True)
    move_third(course, practitioner)
    a_visit(other_patient, old.start, old.practitioner.staff.user, practitioner)
    stands = shape(course)
    with pytest.raises(Conflict) as refused:
        undo_last(course, by=practitioner, now=NOW)
    assert "practitioner" in refused.value.extra["conflicts"][0]["taken"]
    assert shape(course) == stands


class TestVisitsThatWereAdded:
    def test_are_off_again_and_the_others_have_their_numbers_back(self, course, practitioner):
        before = places(course)
        change_phase(course=course, phase=1, by_sessions=2, reason="Slow", by=practitioner, now=NOW)
        added = course.sessions.exclude(pk__in=[row[0] for row in before])
        assert added.count() == 2
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        assert [row for row in places(course) if row[2] != "cancelled"] == before
        assert {row.status for row in added.all()} == {"cancelled"}

    def test_are_off_again_when_the_calendar_was_not_open_for_them(self, course, practitioner):
        Location.objects.update(horizon_days=60)
        before = places(course)
        change_phase(course=course, phase=1, by_sessions=2, reason="Slow", by=practitioner, now=NOW)
        added = course.sessions.exclude(pk__in=[row[0] for row in before])
        assert set(added.values_list("status", flat=True)) == {"planned"}
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        assert [row for row in places(course) if row[2] != "cancelled"] == before

    def test_are_not_announced_any_more(self, course, practitioner):
        before = [row[0] for row in shape(course)]
        change_phase(course=course, phase=1, by_sessions=1, reason="Slow", by=practitioner, now=NOW)
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        added = Message.objects.filter(session__course=course).exclude(session__in=before)
        assert {row.kind for row in added.filter(status="scheduled")} <= {"cancellation"}

    def test_stay_when_somebody_has_come_to_one(self, course, practitioner):
        before = [row[0] for row in shape(course)]
        change_phase(course=course, phase=1, by_sessions=1, reason="Slow", by=practitioner, now=NOW)
        course.sessions.exclude(pk__in=before).update(status="checked_in")
        stands = shape(course)
        with pytest.raises(Conflict):
            undo_last(course, by=practitioner, now=NOW)
        assert shape(course) == stands


class TestVisitsThatWereDropped:
    def test_stand_again_where_they_stood(self, course, practitioner):
        before = places(course)
        leave_out(session=course.sessions.get(sequence=3), reason="Enough", by=practitioner, now=NOW)
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        live = [row for row in places(course) if row[2] != "entered_in_error"]
        assert [row[1:] for row in live] == [row[1:] for row in before]
        assert [row[0] == old[0] for row, old in zip(live, before, strict=True)].count(False) == 1

    def test_come_back_when_a_phase_was_shortened(self, course, practitioner):
        before = places(course)
        change_phase(course=course, phase=1, by_sessions=-2, reason="Reached", by=practitioner, now=NOW)
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        live = [row for row in places(course) if row[2] != "entered_in_error"]
        assert [row[1:] for row in live] == [row[1:] for row in before]

    def test_are_said_to_take_place_after_all(self, course, practitioner):
        dropped = course.sessions.get(sequence=3)
        start = dropped.bookings.get(active=True).start.isoformat()
        leave_out(session=dropped, reason="Enough", by=practitioner, now=NOW)
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        third = course.sessions.get(sequence=3, status="booked")
        told = Message.objects.filter(session=third, channel="portal", kind__in=["confirmation", "reminder"])
        assert {(row.status, row.context["start"]) for row in told} == {("scheduled", start)}
        assert not Message.objects.filter(session=dropped, status__in=["scheduled", "retry"]).exists()

    def test_leave_the_cancelled_row_as_the_mistake_it_was(self, course, practitioner):
        dropped = course.sessions.get(sequence=3)
        leave_out(session=dropped, reason="Enough", by=practitioner, now=NOW)
        undo_last(course, by=practitioner, now=NOW + MINUTE)
        verbs = list(dropped.history.values_list("verb", flat=True))
        assert verbs[-2:] == ["cancel", "mark_error"]

    def test_stay_dropped_when_their_time_is_taken_and_it_is_said_what_is(self, course, practitioner, other_patient):
        dropped = course.sessions.get(sequence=3)
        old = dropped.bookings.get(active=True)
        leave_out(session=dropped, reason="Enough", by=practitioner, now=NOW)
        a_visit(other_patient, old.start, old.practitioner.staff.user, practitioner)
        stands = shape(course)
        with pytest.raises(Conflict) as refused:
            undo_last(course, by=practitioner, now=NOW)
        assert "practitioner" in refused.value.extra["conflicts"][0]["taken"]
        assert shape(course) == stands
