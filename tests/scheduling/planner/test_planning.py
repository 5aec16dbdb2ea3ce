"""From rows to the planner's question: who is free when, which days are read, and how far apart visits must be."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Location
from patients.models import AllergyTest, Patient
from patients.queries.rules import current_rules
from protocols.outline.intervals import Span, Unit
from scheduling.models import Booking, Practitioner, PublicHoliday, Room, Session, WorkingHours
from scheduling.planner.calendars import Timetable, read_timetable
from scheduling.planner.engine.daygrid import Grid, bits, day_of
from scheduling.planner.neighbours import blocked_days, first_free, too_close
from scheduling.planner.problem import problem_of
from scheduling.planner.state import read_state, read_states
from tests.factories import NOW, TODAY, PatientFactory, PractitionerFactory, RoomFactory
from tests.scheduling.course_steps import local, make_course

pytestmark = pytest.mark.django_db
FORTNIGHT, MONTH = Span(15, Unit.DAY), Span(1, Unit.MONTH)


def timetable(clinic: Location, days: int = 7, **wanted) -> Timetable:
    grid = Grid(clinic.timezone, TODAY, days)
    return read_timetable(location=clinic, grid=grid, ranges=[(TODAY, grid.last)], **wanted)


def hours_free(strip: int, day: int) -> list[str]:
    """The wall times (no clock change here) at which a run of free time begins and ends, as ["09:00-18:00"]."""
    runs: list[list[int]] = []
    for mark in bits(day_of(strip, day)):
        if runs and runs[-1][1] == mark:
            runs[-1][1] = mark + 1
        else:
            runs.append([mark, mark + 1])
    return ["-".join(f"{edge * 5 // 60:02}:{edge * 5 % 60:02}" for edge in run) for run in runs]


def block(start: datetime, end: datetime, **who) -> Booking:
    return Booking.objects.create(kind="block", start=start, end=end, occupied_start=start, occupied_end=end, **who)


def visit(patient: Patient, start: datetime, minutes: int = 30, **who) -> Booking:
    """A booked consultation with five minutes before and after it."""
    place = who.pop("practitioner"), who.pop("room")
    session = Session.objects.create(
        patient=patient, location=place[1].location, kind="consultation", status="booked", **who
    )
    end, around = start + timedelta(minutes=minutes), timedelta(minutes=5)
    return Booking.objects.create(
        session=session,
        patient=patient,
        practitioner=place[0],
        room=place[1],
        start=start,
        end=end,
        occupied_start=start - around,
        occupied_end=end + around,
    )


@pytest.fixture
def bianchi(clinic: Location) -> Practitioner:
    return Practitioner.objects.get(name="Dr Bianchi")


@pytest.fixture
def room(clinic: Location) -> Room:
    return Room.objects.get(name="Room 1")


class TestFreeTime:
    def test_a_weekday_is_the_working_hours_and_the_weekend_is_closed(self, clinic, bianchi):
        free = timetable(clinic).resources("practitioner")[0].free
        assert hours_free(free, 0) == ["09:00-18:00"]
        assert hours_free(free, 4) == hours_free(free, 5) == []  # Saturday, Sunday

    def test_a_visit_takes_staff_for_the_occupied_range_and_the_patient_from_start_to_end(
        self, clinic, bianchi, room, patient
    ):
        visit(patient, local(clinic, TODAY, 10), practitioner=bianchi, room=room)
        free = timetable(clinic, patients=[patient.pk])
        assert hours_free(free.resources("practitioner")[0].free, 0) == ["09:00-09:55", "10:35-18:00"]
        assert hours_free(free.resources("room")[0].free, 0) == ["00:00-09:55", "10:35-24:00"]
        assert hours_free(free.resources("room")[1].free, 0) == ["00:00-24:00"]
        assert hours_free(free.patient(patient.pk), 0) == ["00:00-10:00", "10:30-24:00"]

    def test_odd_minutes_are_rounded_against_the_slot(self, clinic, bianchi):
        block(local(clinic, TODAY, 10, 2), local(clinic, TODAY, 10, 33), practitioner=bianchi)
        assert hours_free(timetable(clinic).resources("practitioner")[0].free, 0) == ["09:00-10:00", "10:35-18:00"]

    def test_a_block_across_midnight_is_seen_on_both_days(self, clinic, room):
        block(local(clinic, TODAY, 20), local(clinic, TODAY + timedelta(days=1), 11), room=room)
        free = timetable(clinic).resources("room")[0].free
        assert (hours_free(free, 0), hours_free(free, 1)) == (["00:00-20:00"], ["11:00-24:00"])

    def test_a_block_that_began_the_day_before_the_grid_is_seen(self, clinic, room):
        block(local(clinic, TODAY - timedelta(days=1), 20), local(clinic, TODAY, 11), room=room)
        assert hours_free(timetable(clinic).resources("room")[0].free, 0) == ["11:00-24:00"]

    def test_a_cancelled_visit_takes_no_time(self, clinic, bianchi, room, patient):
        gone = visit(patient, local(clinic, TODAY, 10), practitioner=bianchi, room=room)
        Booking.objects.filter(pk=gone.pk).update(active=False)
        assert hours_free(timetable(clinic).resources("practitioner")[0].free, 0) == ["09:00-18:00"]

    def test_a_public_holiday_closes_the_clinic(self, clinic):
        PublicHoliday.objects.create(location=clinic, date=TODAY, name="Patron saint")
        assert all(not day_of(each.free, 0) for each in timetable(clinic).resources("practitioner"))

    def test_hours_hold_from_and_until_their_dates(self, clinic, bianchi):
        bianchi.hours.update(valid_until=TODAY)
        free = timetable(clinic).resources("practitioner")[0].free
        assert (hours_free(free, 0), hours_free(free, 1)) == (["09:00-18:00"], [])

    def test_two_stretches_leave_the_lunch_out(self, clinic, bianchi):
        bianchi.hours.filter(weekday=1).update(end=time(13))
        WorkingHours.objects.create(
            practitioner=bianchi, location=clinic, weekday=1, start=time(14), end=time(18), valid_from=TODAY
        )
        assert hours_free(timetable(clinic).resources("practitioner")[0].free, 0) == ["09:00-13:00", "14:00-18:00"]

    def test_who_left_the_clinic_is_not_offered(self, clinic, bianchi):
        Practitioner.objects.filter(pk=bianchi.pk).update(active=False)
        assert [each.id for each in timetable(clinic).resources("practitioner")] == [
            str(Practitioner.objects.get(name="Dr Conti").pk)
        ]

    def test_a_prescriber_is_marked(self, clinic, bianchi):
        first, second = timetable(clinic).resources("practitioner")
        assert (first.tags, second.tags) == ({"prescriber"}, set())

    @pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
    def test_on_a_day_with_a_clock_change_nine_to_six_is_still_nine_hours(self, clinic, bianchi, day, hours):
        WorkingHours.objects.create(
            practitioner=bianchi, location=clinic, weekday=6, start=time(9), end=time(18), valid_from=date(2026, 1, 1)
        )
        grid = Grid(clinic.timezone, day, 1)
        free = read_timetable(location=clinic, grid=grid, ranges=[(day, day)]).resources("practitioner")[0].free
        marks = list(bits(day_of(free, 0)))
        assert (len(marks), marks[0]) == (9 * 12, (9 + hours - 24) * 12)

    def test_days_outside_the_ranges_are_not_worked(self, clinic):
        grid = Grid(clinic.timezone, TODAY, 30)
        ranges = [(TODAY + timedelta(days=7), TODAY + timedelta(days=8))]
        free = read_timetable(location=clinic, grid=grid, ranges=ranges).resources("practitioner")[0].free
        assert [day for day in range(30) if day_of(free, day)] == [7, 8]

    def test_bookings_given_back_are_free_and_what_is_taken_is_not(self, clinic, bianchi, room, patient):
        row = visit(patient, local(clinic, TODAY, 10), practitioner=bianchi, room=room)
        free = timetable(clinic, patients=[patient.pk])
        free.give_back([row])
        assert hours_free(free.resources("practitioner")[0].free, 0) == ["09:00-18:00"]
        assert hours_free(free.patient(patient.pk), 0) == ["00:00-24:00"]
        free.take([row])
        assert hours_free(free.resources("practitioner")[0].free, 0) == ["09:00-09:55", "10:35-18:00"]

    def test_a_patient_away_is_not_free(self, clinic, patient):
        away = [(TODAY + timedelta(days=1), TODAY + timedelta(days=2))]
        free = timetable(clinic).patient(patient.pk, away)
        assert [bool(day_of(free, day)) for day in range(4)] == [True, False, False, True]


class TestNumberOfQueries:
    def test_reading_a_clinic_of_two_or_of_six_takes_the_same_queries(self, clinic, patient):
        with CaptureQueriesContext(
            connection,
        ) as few:
            timetable(clinic)
        for _number in range(4):
            PractitionerFactory(staff__location=clinic)
            RoomFactory(location=clinic)
        with CaptureQueriesContext(connection) as many:
            timetable(clinic, days=180, patients=[patient.pk])
        assert len(few) == len(many) <= 6

    def test_a_problem_takes_the_same_queries_whatever_the_course(self, clinic, desk, patient, other_patient):
        short = make_course(patient, clinic, desk, "P07")
        long = make_course(other_patient, clinic, desk, "P01", confirmed=True)
        current_rules()  # kept by the process once somebody has read them
        with CaptureQueriesContext(connection) as few:
            problem_of(read_state(short.pk, NOW))
        with CaptureQueriesContext(connection) as many:
            problem_of(read_state(long.pk, NOW))
        assert len(few) == len(many)


class TestProblemOfADraft:
    def test_p07_is_a_test_six_treatments_and_upkeep(self, clinic, desk, patient):
        problem = problem_of(read_state(make_course(patient, clinic, desk).pk, NOW))
        assert [visit.kind for visit in problem.visits][:8] == ["allergy_test", *["treatment"] * 6, "maintenance"]
        assert problem.visits[1].gap.floor == Span(24, Unit.HOUR)
        assert problem.visits[2].gap.floor == FORTNIGHT
        assert (problem.visits[0].window.floor, problem.anchor) == (TODAY, None)

    def test_the_grid_reaches_to_the_horizon(self, clinic, desk, patient):
        problem = problem_of(read_state(make_course(patient, clinic, desk).pk, NOW))
        assert (problem.grid.first, problem.grid.last) == (TODAY, TODAY + timedelta(days=180))

    def test_today_is_the_date_at_the_location(self, clinic, desk, patient):
        late = datetime(2026, 5, 5, 22, 30, tzinfo=UTC)  # half past midnight in Rome
        problem = problem_of(read_state(make_course(patient, clinic, desk).pk, late))
        assert problem.grid.first == date(2026, 5, 6)

    def test_test_and_first_session_need_a_prescriber(self, clinic, desk, patient):
        problem = problem_of(read_state(make_course(patient, clinic, desk).pk, NOW))
        assert [bool(visit.practitioner_tags) for visit in problem.visits][:3] == [True, True, False]

    def test_a_running_test_is_waited_for_by_the_hour(self, clinic, desk, patient):
        course = make_course(patient, clinic, desk)
        at = NOW - timedelta(hours=2)
        AllergyTest.objects.create(
            patient=patient,
            formulation=course.formulation,
            ingredients={"vitamins": ["2.0", "ml"], "organic_silicon": ["1.5", "ml"]},
            administered_at=at,
            injections=1,
            site="forearm",
            emergency_kit=True,
            administered_by=desk,
        )
        problem = problem_of(read_state(course.pk, NOW))
        assert problem.visits[0].kind == "treatment"
        assert (problem.anchor.at, problem.visits[0].gap.floor) == (at, Span(24, Unit.HOUR))

    def test_preferences_become_wishes_and_days_away(self, clinic, desk, patient):
        wanted = {"weekdays": [1, 3], "from": "09:00", "to": "13:00", "away": [["2026-05-06", "2026-05-07"]]}
        course = make_course(patient, clinic, desk, preferences=wanted)
        problem = problem_of(read_state(course.pk, NOW))
        assert (problem.wishes.weekdays, problem.wishes.latest) == ({1, 3}, time(13))
        assert problem.wishes.practitioner == str(course.practitioner_id)
        assert (day_of(problem.patient, 1), day_of(problem.patient, 2)) == (0, 0)


class TestAPhaseThatEndsByDate:
    """P08: six calendar months from session 1 (D05)."""

    @pytest.fixture
    def hair(self, clinic, desk, patient):
        return make_course(patient, clinic, desk, "P08", areas=("scalp",), indication="alopecia")

    def test_allows_no_session_after_it(self, hair, patient):
        problem = problem_of(read_state(hair.pk, NOW))
        deadlines = {visit.kind: visit.deadline for visit in problem.visits}
        eve = patient.birth_date.replace(year=patient.birth_date.year + 76) - timedelta(days=1)  # D48
        assert deadlines == {"allergy_test": eve, "treatment": date(2026, 11, 6), "maintenance": eve}

    def test_counts_from_the_day_session_one_took_place(self, hair, bianchi, room, patient):
        row = visit(patient, local(hair.location, TODAY, 9), practitioner=bianchi, room=room, course=hair, phase=1)
        Session.objects.filter(pk=row.session_id).update(kind="treatment", status="completed", performed_at=row.start)
        window = dict.fromkeys(("early_limit", "floor", "ideal", "latest"), date(2026, 6, 9))
        Session.objects.create(
            patient=patient, location=hair.location, course=hair, phase=1, sequence=2, kind="treatment", **window
        )
        problem = problem_of(read_state(hair.pk, NOW))
        assert [visit.deadline for visit in problem.visits] == [date(2026, 11, 5)]


class TestOtherCourses:
    def test_the_larger_floor_holds_before_and_after_a_session_of_another_course(self):
        on = date(2026, 6, 30)
        assert too_close(on, Span(1, Unit.WEEK), FORTNIGHT) == (date(2026, 6, 16), date(2026, 7, 14))
        assert too_close(on, MONTH, FORTNIGHT) == (date(2026, 6, 1), date(2026, 7, 29))  # 31 May is a month before

    def test_a_day_that_is_far_enough_both_ways_is_free(self):
        blocked = ((date(2026, 6, 16), date(2026, 7, 14)), (date(2026, 7, 10), date(2026, 8, 8)))
        assert first_free(date(2026, 6, 15), blocked) == date(2026, 6, 15)
        assert first_free(date(2026, 6, 16), blocked) == date(2026, 8, 9)

    def test_an_area_inside_another_is_the_same_skin_and_a_neighbour_is_not(self, clinic, desk, patient, bianchi, room):
        first = make_course(patient, clinic, desk, areas=("thigh",), status="active")
        row = visit(patient, local(clinic, TODAY, 10), practitioner=bianchi, room=room, course=first, phase=1)
        Session.objects.filter(pk=row.session_id).update(kind="treatment")
        inside = read_state(make_course(patient, clinic, desk, areas=("inner_thigh",)).pk, NOW)
        beside = read_state(make_course(patient, clinic, desk, areas=("abdomen",)).pk, NOW)
        floor = inside.frame.interval(1).floor
        assert blocked_days(inside.areas, floor, inside.others) == ((date(2026, 4, 21), date(2026, 5, 19)),)
        assert blocked_days(beside.areas, floor, beside.others) == ()

    def test_two_courses_of_one_patient_see_each_other_when_both_are_planned_at_once(
        self, clinic, desk, patient, bianchi, room
    ):
        courses = [make_course(patient, clinic, desk, status="active") for _number in range(2)]
        for course, hour in zip(courses, (10, 12), strict=True):
            row = visit(patient, local(clinic, TODAY, hour), practitioner=bianchi, room=room, course=course, phase=1)
            Session.objects.filter(pk=row.session_id).update(kind="treatment")
        seen = [[use.course for use in state.others] for state in read_states([each.pk for each in courses], NOW)]
        assert seen == [[str(courses[1].pk)], [str(courses[0].pk)]]

    def test_somebody_elses_course_is_none_of_ours(self, clinic, desk, patient, bianchi, room):
        stranger = PatientFactory()
        first = make_course(stranger, clinic, desk, status="active")
        row = visit(stranger, local(clinic, TODAY, 10), practitioner=bianchi, room=room, course=first, phase=1)
        Session.objects.filter(pk=row.session_id).update(kind="treatment")
        assert read_state(make_course(patient, clinic, desk).pk, NOW).others == ()
