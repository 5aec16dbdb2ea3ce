"""Free starts: everyone who must be there is, nothing that is taken is offered, and no gap is overlooked."""

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from protocols.actions.policies import set_policy
from protocols.models import Phase, Protocol
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.queries.lateness import late_options
from scheduling.calendar.queries.search import STRETCHES, Opening, Search, free_slots, next_start
from scheduling.models import Booking, Device, Practitioner, PublicHoliday, Room, WorkingHours
from tests.factories import NOW, TODAY, LocationFactory, PractitionerFactory, RoomFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import TOMORROW, a_session, a_visit, at, who

pytestmark = pytest.mark.django_db

FIVE = timedelta(minutes=5)


def starts(search: Search, now: datetime = NOW) -> list[datetime]:
    return [opening.start for opening in free_slots(search=search, now=now)]


def tomorrow(clinic, **given) -> Search:
    """Visits of half an hour, tomorrow."""
    return Search(clinic, **{"first": TOMORROW, "last": TOMORROW, "limit": 1000, **given})


class TestADay:
    def test_the_first_start_leaves_time_to_prepare_the_last_time_to_clear(self, clinic, practitioner):
        found = starts(tomorrow(clinic, practitioner_id=who(practitioner).pk))
        assert found[0] == at(9, 5)
        assert found[-1] == at(17, 25)
        assert len(found) == 101
        assert all(second - first == FIVE for first, second in pairwise(found))

    def test_soonest_first_and_of_one_time_the_lower_practitioner(self, clinic, practitioner, colleague):
        found = free_slots(search=tomorrow(clinic, limit=4), now=NOW)
        assert [(o.start, o.practitioner_id) for o in found] == [
            (at(9, 5), who(practitioner).pk),
            (at(9, 5), who(colleague).pk),
            (at(9, 10), who(practitioner).pk),
            (at(9, 10), who(colleague).pk),
        ]

    def test_a_visit_takes_its_practitioner_and_its_room(self, clinic, patient, practitioner, colleague, desk):
        a_visit(patient, at(10), practitioner, desk)
        found = free_slots(search=tomorrow(clinic), now=NOW)
        assert not [o for o in found if o.practitioner_id == who(practitioner).pk and at(9, 25) < o.start < at(10, 40)]
        at_ten = next(o for o in found if o.start == at(10))
        assert (at_ten.practitioner_id, at_ten.room_id) == (who(colleague).pk, Room.objects.get(name="Room 2").pk)

    def test_without_a_free_room_nobody_is_free(self, clinic, patient, practitioner, desk):
        Room.objects.filter(name="Room 2").update(active=False)
        a_visit(patient, at(10), practitioner, desk)
        assert not [start for start in starts(tomorrow(clinic)) if at(9, 25) < start < at(10, 40)]

    def test_the_patients_own_visits_count(self, clinic, patient, practitioner, colleague, desk):
        a_visit(patient, at(10), practitioner, desk)
        found = starts(tomorrow(clinic, patient_id=patient.pk))
        assert at(10, 30) in found  # the colleague prepares while the patient is still next door
        assert not [start for start in found if at(9, 30) < start < at(10, 30)]

    def test_a_prescriber_where_one_is_needed(self, clinic, practitioner, colleague):
        search = Search.for_kind(clinic, "consultation", first=TOMORROW, last=TOMORROW, limit=1000)
        assert {o.practitioner_id for o in free_slots(search=search, now=NOW)} == {who(practitioner).pk}

    def test_a_device_of_the_kind(self, clinic, patient, practitioner, desk, gun):
        visit = a_visit(patient, at(10), practitioner, desk)
        Booking.objects.filter(session=visit).update(device=gun)
        found = free_slots(search=tomorrow(clinic, device_kind_id=gun.kind_id), now=NOW)
        assert {o.device_id for o in found} == {gun.pk}
        assert at(10) not in [o.start for o in found]

    def test_a_location_that_owns_no_such_device_needs_none(self, clinic, practitioner, gun):
        Device.objects.update(active=False)
        assert starts(tomorrow(clinic, device_kind_id=gun.kind_id))[0] == at(9, 5)

    def test_absences_and_holidays_are_no_time(self, clinic, practitioner, colleague, desk):
        report_absence(practitioner=who(practitioner), start=at(9), end=at(18), reason="x", by=desk, now=NOW)
        found = free_slots(search=tomorrow(clinic), now=NOW)
        assert {o.practitioner_id for o in found} == {who(colleague).pk}
        PublicHoliday.objects.create(location=clinic, date=TOMORROW, name="Fair")
        assert starts(tomorrow(clinic)) == []

    def test_nothing_in_the_past_and_nothing_beyond_the_horizon(self, clinic, practitioner):
        assert starts(Search(clinic, limit=1))[0] == NOW
        assert starts(Search(clinic, limit=1), now=NOW + timedelta(seconds=1))[0] == NOW + FIVE
        far = TODAY + timedelta(days=181)
        assert starts(Search(clinic, first=far, last=far)) == []

    def test_hours_hold_between_their_dates(self, clinic, practitioner, colleague):
        WorkingHours.objects.update(valid_until=TODAY)
        assert starts(tomorrow(clinic)) == []
        assert starts(Search(clinic, limit=1))


class TestSpacing:
    def test_every_quarter_of_an_hour_when_asked(self, clinic, practitioner):
        found = starts(tomorrow(clinic, every=15, practitioner_id=who(practitioner).pk))
        assert found[:3] == [at(9, 15), at(9, 30), at(9, 45)]

    def test_a_gap_between_the_quarters_is_offered_too(self, clinic, patient, other_patient, practitioner, desk):
        search = tomorrow(clinic, every=15, practitioner_id=who(practitioner).pk)
        a_visit(patient, at(9, 35), practitioner, desk)  # occupied until 10:10
        a_visit(other_patient, at(10, 55), practitioner, desk)  # occupied from 10:50
        found = starts(search)
        assert [start for start in found if start < at(11)] == [at(10, 15)]


class TestASession:
    @pytest.fixture
    def session(self, patient, clinic, practitioner, colleague):
        floor = TODAY + timedelta(days=7)
        return a_session(patient, clinic, kind="review", floor=floor, ideal=floor, latest=floor + timedelta(days=7))

    def test_only_inside_its_window(self, session):
        found = starts(Search.for_session(session, now=NOW, limit=10_000))
        assert found[0] == at(9, 5, day=session.floor)
        assert found[-1] == at(17, 25, day=session.latest)

    def test_dates_asked_for_narrow_the_window_and_never_widen_it(self, session):
        search = Search.for_session(session, now=NOW, first=TODAY, last=session.floor, limit=10_000)
        assert {start.date() for start in starts(search)} == {session.floor}

    def test_its_own_time_counts_as_free(self, session, practitioner, desk):
        visit = a_visit(session.patient, at(10), practitioner, desk)
        found = starts(Search.for_session(visit, now=NOW, first=TOMORROW, last=TOMORROW, limit=1000))
        assert at(10) in found
        assert at(10, 10) in found

    def test_not_before_the_hours_are_over(self, session):
        session.not_before = at(11, 2, day=session.floor)
        assert starts(Search.for_session(session, now=NOW, limit=1)) == [at(11, 5, day=session.floor)]

    def test_a_courses_device(self, patient, clinic, practitioner, desk, gun):
        course = make_course(patient, clinic, desk, delivery_device=gun.kind)
        session = a_session(patient, clinic, course=course, kind="treatment", phase=1, sequence=1)
        assert free_slots(search=Search.for_session(session, now=NOW, limit=1), now=NOW)[0].device_id == gun.pk

    def test_the_chair_time_of_a_protocol(self, clinic):
        protocol = Protocol.objects.get(code="P07")
        minutes = Phase.objects.get(version__protocol=protocol, version__status="active", order=1).chair_minutes
        assert Search.for_kind(clinic, "treatment", protocol=protocol).chair_minutes == minutes

    def test_the_usual_chair_time_is_the_clinics_own_where_no_protocol_speaks(self, clinic, director):
        set_policy(code="chair_minutes", value=45, reason="We take our time", by=director, now=NOW)
        protocol = Protocol.objects.get(code="P07")
        assert Search.for_kind(clinic, "consultation").chair_minutes == 45
        assert Search.for_kind(clinic, "treatment", protocol=protocol).chair_minutes == 30  # as its version says

    def test_the_next_start_reaches_two_weeks_past_a_window_that_is_full(self, session, clinic):
        WorkingHours.objects.update(valid_from=session.latest + timedelta(days=3))
        day = next_start(Search.for_session(session, now=NOW), after=at(10, day=session.latest), now=NOW)
        assert day is not None
        assert day.date() > session.latest


class TestCounting:
    def test_a_search_takes_two_statements_and_one_more_for_each_stretch(
        self, clinic, patient, practitioner, desk, django_assert_num_queries
    ):
        visit = a_visit(patient, at(10), practitioner, desk)
        soon, later = Search.for_session(visit, now=NOW, limit=20), Search.for_session(visit, now=NOW, first=TOMORROW)
        with django_assert_num_queries(2):
            assert starts(soon)
        WorkingHours.objects.update(valid_until=TODAY)
        with django_assert_num_queries(1 + len(STRETCHES) + 1):
            assert starts(later) == []

    @pytest.mark.parametrize(
        ("zone", "change", "hours"),
        [
            ("Europe/Rome", date(2026, 10, 25), 25),
            ("Europe/Rome", date(2027, 3, 28), 23),
            ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ],
    )
    def test_days_with_a_clock_change_have_the_hours_they_have(self, zone, change, hours, db):
        location = LocationFactory(timezone=zone, horizon_days=400, preparation_minutes=0, turnover_minutes=0)
        RoomFactory(location=location)
        person = PractitionerFactory(staff__location=location, hours=False)
        WorkingHours.objects.create(
            practitioner=person,
            location=location,
            weekday=change.weekday(),
            start=time(0),
            end=time(23, 55),
            valid_from=TODAY,
        )
        found = starts(Search(location, 5, change, change, limit=1000))
        assert len(found) == hours * 12 - 1
        assert all(second - first == FIVE for first, second in pairwise(found))


class TestAgainstBruteForce:
    """A clinic filled at random: every start is tried by hand, minute by minute of the rules."""

    @pytest.fixture
    def two_people(self, practitioner, colleague):
        return who(practitioner), who(colleague)

    @pytest.mark.parametrize("seed", range(6))
    def test_exactly_the_starts_that_work(
        self, seed, clinic, patient, other_patient, practitioner, colleague, desk, gun
    ):
        rng = random.Random(seed)
        clinic.preparation_minutes, clinic.turnover_minutes = rng.choice([(5, 5), (0, 10), (10, 0), (15, 5)])
        clinic.save()
        days = [TOMORROW, TOMORROW + timedelta(days=1)]
        self.fill(rng, clinic, days, [patient, other_patient])
        search = Search(
            clinic,
            rng.choice([20, 30, 45]),
            days[0],
            days[-1],
            patient_id=patient.pk,
            device_kind_id=gun.kind_id if rng.random() < 0.5 else None,
            limit=10_000,
        )
        found = {(o.start, o.practitioner_id) for o in free_slots(search=search, now=NOW)}
        assert found == self.by_hand(search, days)

    def fill(self, rng, clinic, days, patients):
        people, rooms = list(Practitioner.objects.all()), list(Room.objects.all())
        device = Device.objects.get()
        for _try in range(40):
            start = at(rng.randrange(8, 18), rng.randrange(0, 60, 5), day=rng.choice(days))
            self.try_booking(rng, start, rng.choice(patients), rng.choice(people), rng.choice(rooms), device)

    def try_booking(self, rng, start, patient, person, room, device):
        end = start + timedelta(minutes=rng.choice([15, 30, 50]))
        session = a_session(patient, room.location)
        names = {"patient": patient, "practitioner": person, "room": room}
        if rng.random() < 0.3:
            names["device"] = device
        if any(
            Booking.objects.filter(**{name: thing}, start__lt=end, end__gt=start).exists()
            for name, thing in names.items()
        ):
            return
        Booking.objects.create(session=session, start=start, end=end, occupied_start=start, occupied_end=end, **names)

    def by_hand(self, search: Search, days) -> set[tuple[datetime, int]]:
        rows = list(Booking.objects.filter(active=True))
        zone = ZoneInfo(search.location.timezone)
        found = set()
        for person in Practitioner.objects.all():
            for day in days:
                for mark in range(288):
                    start = datetime.combine(day, time(), zone).astimezone(UTC) + mark * FIVE
                    if self.works(search, rows, start, person, day):
                        found.add((start, person.pk))
        return found

    def works(self, search: Search, rows, start, person, day) -> bool:
        end = start + timedelta(minutes=search.chair_minutes)
        before = start - timedelta(minutes=search.location.preparation_minutes)
        after = end + timedelta(minutes=search.location.turnover_minutes)

        def free(name: str, pk: int | None, first: datetime, last: datetime) -> bool:
            touching = [row for row in rows if row.occupied_start < last and row.occupied_end > first]
            return all(getattr(row, f"{name}_id") != pk for row in touching)

        return (
            at(9, day=day) <= before
            and after <= at(18, day=day)
            and start >= NOW
            and free("practitioner", person.pk, before, after)
            and free("patient", search.patient_id, start, end)
            and any(free("room", room.pk, before, after) for room in Room.objects.all())
            and (
                search.device_kind_id is None
                or any(free("device", device.pk, before, after) for device in Device.objects.all())
            )
        )


class TestLateness:
    """The patient comes late: it still fits until …, or it must be shorter, or moved."""

    @pytest.fixture
    def visit(self, patient, practitioner, desk):
        return a_visit(patient, at(10), practitioner, desk)

    def test_with_nobody_after_it_still_fits(self, visit):
        options = late_options(visit, at(10, 12))
        assert (options.start, options.minutes, options.fits) == (at(10, 15), 30, True)

    def test_with_somebody_after_it_has_to_be_shorter(self, visit, other_patient, practitioner, desk):
        a_visit(other_patient, at(10, 50), practitioner, desk)  # preparation from 10:45
        options = late_options(visit, at(10, 14))
        assert options.fits_until == at(10, 40)
        assert (options.minutes, options.fits, options.fits_shortened) == (25, False, True)

    def test_too_late_to_make_sense(self, visit, other_patient, practitioner, desk):
        a_visit(other_patient, at(10, 50), practitioner, desk)
        options = late_options(visit, at(10, 31))
        assert (options.minutes, options.fits, options.fits_shortened) == (5, False, False)

    def test_the_room_counts_too(self, visit, other_patient, colleague, desk):
        after = a_visit(other_patient, at(10, 50), colleague, desk, kind="review")
        Booking.objects.filter(session=after).update(room=Booking.objects.get(session=visit).room)
        assert late_options(visit, at(10, 10)).fits_until == at(10, 40)

    def test_the_day_ends(self, patient, practitioner, desk):
        visit = a_visit(patient, at(17), practitioner, desk)
        assert late_options(visit, at(17, 40)).fits_until == at(17, 55)

    @pytest.mark.parametrize(("areas", "shortest"), [(("thigh",), 20), (("face",), 15)])
    def test_the_shortest_visit_is_that_of_the_region(self, areas, shortest, visit, clinic, patient, desk):
        visit.course, visit.kind = make_course(patient, clinic, desk, areas=areas), "treatment"
        assert late_options(visit, at(10)).shortest == shortest


def test_an_opening_can_be_booked_as_it_is(clinic, patient, practitioner, desk):
    search = Search.for_kind(clinic, "consultation", first=TOMORROW, limit=1)
    [opening] = free_slots(search=search, now=NOW)
    assert isinstance(opening, Opening)
    visit = a_visit(patient, opening.start, practitioner, desk)
    assert Booking.objects.get(session=visit).room_id == opening.room_id


def test_no_search_waits_until_the_database_has_started_helpers():
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_parallel_workers_per_gather")
        assert cursor.fetchone() == ("0",)
