"""All nine protocols on a clinic that is 70 % full, with people away and a holiday: every gap lies inside its window.

The figures are the sources' and the clinic's own (D01 to D05), typed here and not computed by the product.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoDbBlocker

from clinic.base.refusals import Conflict
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.models import Booking, Message, Proposal, PublicHoliday, Session
from tests.databases import shared_rows
from tests.factories import NOW, TODAY, FormulationFactory, PractitionerFactory, RoomFactory, aventino
from tests.scheduling.course_steps import MIX, local, make_course
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("full clinic")]
HOLIDAY = date(2026, 6, 2)
HORIZON = 800


def months(day: date, number: int) -> date:
    """So many calendar months on, clipped at the end of the month."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def after_days(fewest: int, most: int) -> Callable[[date], tuple[date, date]]:
    return lambda day: (day + timedelta(days=fewest), day + timedelta(days=most))


def after_months(fewest: int, most: int, plus: int = 0) -> Callable[[date], tuple[date, date]]:
    return lambda day: (months(day, fewest), months(day, most) + timedelta(days=plus))


WEEKLY, FORTNIGHTLY, FIFTEEN_DAYS = after_days(7, 14), after_days(14, 21), after_days(15, 22)
MONTHLY = after_months(1, 1, 14)
AFTER_TEST = after_days(1, 7)

# protocol: what is chosen, and the gap before each visit from the second on. The allergy test leads every course.
COURSES = {
    "P01": ({"confirmed": True}, [AFTER_TEST, *[MONTHLY] * 5, MONTHLY, *[FIFTEEN_DAYS] * 9, MONTHLY, *[MONTHLY] * 11]),
    "P02": ({"counts": {"1": 8}}, [AFTER_TEST, *[FORTNIGHTLY] * 7, after_months(12, 12, 14)]),
    "P03": ({"counts": {"1": 10}}, [AFTER_TEST, *[WEEKLY] * 9]),
    "P04": (
        {
            "counts": {"1": 4, "2": 3},
            "intervals": {
                "1": {"floor": 3, "ideal": 4, "latest": 6, "unit": "day"},
                "2": {"floor": 2, "ideal": 2, "latest": 3, "unit": "week"},
            },
        },
        [AFTER_TEST, *[after_days(3, 6)] * 3, after_days(14, 21), *[after_days(14, 21)] * 2],
    ),
    "P05": ({}, [AFTER_TEST, *[WEEKLY] * 9, WEEKLY]),
    "P06-A": ({"counts": {"1": 4}}, [AFTER_TEST, *[after_days(7, 9)] * 3, *[after_months(2, 4)] * 4]),
    "P06-B": ({"counts": {"1": 3}}, [AFTER_TEST, *[after_days(14, 28)] * 2, *[after_months(2, 4)] * 4]),
    "P07": ({"counts": {"1": 8}}, [AFTER_TEST, *[FIFTEEN_DAYS] * 7, *[after_months(4, 4, 14)] * 3]),
    "P08": ({}, [AFTER_TEST, *[after_days(28, 42)] * 5, *[after_months(6, 6, 14)] * 2]),
}
ON = {
    "P06-A": ("face", "wrinkles"),
    "P06-B": ("face", "wrinkles"),
    "P08": ("scalp", "alopecia"),
    "P04": ("neck", "stiff_neck"),
}


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with shared_rows(django_db_blocker):
        yield full_clinic().pk


@pytest.fixture
def clinic(db: None, filled: int) -> Location:
    return Location.objects.get(pk=filled)


def full_clinic() -> Location:
    """Four practitioners, three rooms; 70 % of every working day is taken, one is away for three weeks, one holiday."""
    clinic = aventino()
    clinic.horizon_days = HORIZON
    clinic.save()
    for number in range(2):
        PractitionerFactory(staff__location=clinic, staff__prescriber=bool(number))
    RoomFactory(location=clinic, name="Room 3")
    PublicHoliday.objects.create(location=clinic, date=HOLIDAY, name="Republic day")
    staff = list(clinic.staff.filter(practitioner__isnull=False).order_by("pk"))
    rows = [row for place, member in enumerate(staff) for row in taken(clinic, member.practitioner, place)]
    Booking.objects.bulk_create(rows)
    return clinic


def taken(clinic: Location, practitioner, place: int) -> list[Booking]:
    """Nine hours a day from 9 to 18: 380 of 540 minutes are gone, at other hours for each person and day."""
    rows = []
    for number in range(HORIZON + 1):
        day = TODAY + timedelta(days=number)
        if day.weekday() > 4:
            continue
        if place == 0 and 30 <= number < 51:  # away for three weeks
            rows.append(block(practitioner, local(clinic, day, 0), 23 * 60))
            continue
        first = (number * 7 + place * 40) % 160 // 5 * 5  # the free minutes lie before and after one long stretch
        rows.append(block(practitioner, local(clinic, day, 9) + timedelta(minutes=first), 380))
    return rows


def block(practitioner, start: datetime, minutes: int) -> Booking:
    end = start + timedelta(minutes=minutes)
    return Booking(
        kind="block", practitioner=practitioner, start=start, end=end, occupied_start=start, occupied_end=end
    )


def proposed(code: str, clinic: Location, patient: Patient, by: User) -> Proposal:
    """The schedule of a course of an eligible patient whose mix has not been tested yet."""
    chosen, _gaps = COURSES[code]
    area, indication = ON.get(code, ("thigh", "cellulite"))
    take_intake(patient, by=by, now=NOW - timedelta(days=1))
    mix = FormulationFactory(substances=MIX)
    course = make_course(patient, clinic, by, code, areas=(area,), indication=indication, formulation=mix, **chosen)
    return build_proposal(proposal_id=request_proposal(course=course, by=by, now=NOW).pk, now=NOW)


def days_of(proposal: Proposal, clinic: Location) -> list[date]:
    zone = ZoneInfo(clinic.timezone)
    return [datetime.fromisoformat(row["start"]).astimezone(zone).date() for row in proposal.sessions if row["start"]]


@pytest.mark.parametrize("code", COURSES)
def test_every_gap_lies_inside_the_window_of_the_source(code, clinic, patient, practitioner):
    proposal = proposed(code, clinic, patient, practitioner)
    assert (proposal.status, proposal.reasons) == ("ready", [])
    days, gaps = days_of(proposal, clinic), COURSES[code][1]
    assert len(days) == len(gaps) + 1
    for number, ((earlier, later), gap) in enumerate(zip(pairwise(days), gaps, strict=True), start=2):
        first, last = gap(earlier)
        assert first <= later <= last, f"visit {number}: {later} is not in {first} to {last}"


@pytest.mark.parametrize("code", ["P01", "P07"])
def test_nobody_is_booked_on_a_holiday_at_a_weekend_or_with_somebody_away(code, clinic, patient, practitioner):
    proposal = proposed(code, clinic, patient, practitioner)
    days = days_of(proposal, clinic)
    assert HOLIDAY not in days
    assert all(day.weekday() < 5 for day in days)
    gone = Booking.objects.filter(kind="block", active=True)
    for row in proposal.sessions:
        clash = gone.filter(
            practitioner=row["practitioner"], occupied_start__lt=row["end"], occupied_end__gt=row["start"]
        )
        assert not clash.exists()


def test_session_one_waits_for_24_elapsed_hours_after_the_test(clinic, patient, practitioner):
    test, first = proposed("P07", clinic, patient, practitioner).sessions[:2]
    waited = datetime.fromisoformat(first["start"]) - datetime.fromisoformat(test["end"])
    assert (test["kind"], waited >= timedelta(hours=24)) == ("allergy_test", True)


def test_all_28_sessions_of_p01_have_a_time_under_a_horizon_of_800_days(clinic, patient, practitioner):
    rows = proposed("P01", clinic, patient, practitioner).sessions
    kinds = [row["kind"] for row in rows if row["start"]]
    assert kinds == ["allergy_test", *["treatment"] * 16, *["maintenance"] * 12]


def test_p05_measures_a_week_after_the_tenth_session(clinic, patient, practitioner):
    rows = proposed("P05", clinic, patient, practitioner).sessions
    assert [row["kind"] for row in rows][-2:] == ["treatment", "measurement"]


def test_p08_treats_for_six_calendar_months_and_no_longer(clinic, patient, practitioner):
    rows = proposed("P08", clinic, patient, practitioner).sessions
    treated = [datetime.fromisoformat(row["start"]).date() for row in rows if row["kind"] == "treatment"]
    assert treated[-1] <= months(treated[0], 6)


@pytest.mark.parametrize("code", ["P01", "P05"])
def test_acceptance_books_all_of_it_with_its_messages(code, clinic, patient, practitioner):
    proposal = proposed(code, clinic, patient, practitioner)
    sessions = accept_proposal(proposal=proposal, by=practitioner, now=NOW)
    assert {session.status for session in sessions} == {"booked"}
    assert len(sessions) == len(COURSES[code][1]) + 1
    reminded = Message.objects.filter(kind="reminder", channel="portal", session__in=sessions)
    starts = Booking.objects.filter(session__in=sessions, start__gt=NOW + timedelta(days=2))
    assert reminded.count() >= starts.count()


def test_acceptance_of_28_sessions_books_nothing_when_the_last_was_taken(clinic, patient, practitioner):
    proposal = proposed("P01", clinic, patient, practitioner)
    last = proposal.sessions[-1]
    start, end = (datetime.fromisoformat(last[edge]) for edge in ("start", "end"))
    Booking.objects.create(
        kind="block", room_id=int(last["room"]), start=start, end=end, occupied_start=start, occupied_end=end
    )
    booked = Booking.objects.count()
    with pytest.raises(Conflict) as refused:
        accept_proposal(proposal=proposal, by=practitioner, now=NOW)
    assert [error.field for error in refused.value.errors] == ["room"]
    assert Booking.objects.count() == booked
    assert not Session.objects.filter(course=proposal.course).exists()
