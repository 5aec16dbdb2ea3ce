"""The director's look at the practice: each figure as somebody would count it by hand."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.actions.transitions import transition
from scheduling.courses.actions.sessions import book_session, cancel_session, displace_session, move_session, no_show
from scheduling.desk.queries.practice import WAITS, Practice, Span, practice
from scheduling.models import Booking, Deviation, Practitioner, Proposal, PublicHoliday, Room, Session, SlotOffer
from tests.factories import NOW, LocationFactory, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_session, at, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
FIRST, LAST = date(2026, 4, 27), date(2026, 5, 3)  # a week from Monday to Sunday
BEFORE, HOUR, DAY = at(9, day=date(2026, 4, 23)), timedelta(hours=1), timedelta(days=1)
AFTER = date(2026, 6, 8)


@pytest.fixture
def week(clinic: Location) -> Location:
    """Friday is a holiday: two people work four days of nine hours. Ten minutes follow each visit."""
    clinic.preparation_minutes, clinic.turnover_minutes, clinic.horizon_days = 0, 10, 90
    clinic.save()
    PublicHoliday.objects.create(location=clinic, date=date(2026, 5, 1), name="First of May")
    return clinic


def look(clinic: Location) -> Practice:
    return practice(Span(clinic, FIRST, LAST), NOW)


def booked(patient: Patient, person: Practitioner, start: datetime, by: User) -> Session:
    visit = a_session(patient, person.staff.location, kind="review")
    return book_session(session=visit, start=start, practitioner=person, by=by, now=BEFORE)


def hold(visit: Session, start: datetime, off: int = 0) -> None:
    """It is held at `start`, `off` days after the best day of a window from two days before that to three after."""
    best = start.date() - off * DAY
    window = {"floor": best - 2 * DAY, "ideal": best, "latest": best + 3 * DAY}
    Session.objects.filter(pk=visit.pk).update(status="completed", performed_at=start, **window)


def total(weeks: dict[date, tuple[int, int]]) -> tuple[int, int]:
    some, all_ = zip(*weeks.values(), strict=True)
    return sum(some), sum(all_)


class TestByHand:
    def test_a_quiet_week(self, week: Location, patient: Patient, practitioner: User, colleague: User, desk: User):
        mon, tue, wed = (FIRST + number * DAY for number in range(3))
        hold(booked(patient, who(practitioner), at(9, day=mon), desk), at(9, day=mon), off=2)
        hold(booked(patient, who(practitioner), at(9, day=tue), desk), at(9, day=tue), off=-9)
        missed = booked(patient, who(colleague), at(9, day=wed), desk)
        no_show(session=missed, by=desk, now=at(10, day=wed))
        given_back = booked(patient, who(colleague), at(15, day=wed), desk)
        displace_session(session=given_back, reason="Away", by=desk, now=BEFORE)
        report_absence(practitioner=who(colleague), start=at(9, day=tue), end=at(18, day=tue), reason="x", by=desk)
        found = look(week)
        assert found.people == [
            ("Dr Bianchi", (pytest.approx(80 / 60), 36)),
            ("Dr Conti", (pytest.approx(40 / 60), 27)),
        ]
        assert [opened for _name, (_taken, opened) in found.rooms] == [36, 36]  # while anybody works
        assert sum(taken for _name, (taken, _open) in found.rooms) == pytest.approx(2)
        assert found.in_window == {FIRST: (1, 2)}
        assert (found.off, found.mean_off) == ({0: 1, 4: 1}, 5.5)  # two days late, nine early
        assert found.no_shows == {FIRST: (1, 3)}
        assert found.refilled == {FIRST: (0, 1)}

    def test_a_visit_of_the_hour_before_the_week_or_after_it_is_not_of_it(
        self, week: Location, patient: Patient, practitioner: User, desk: User
    ):
        person = who(practitioner)
        for start in (at(0, day=FIRST), at(0, day=LAST + DAY)):  # midnight in Rome
            for moment in (start - HOUR, start):
                hold(a_session(patient, week), moment)
        assert total(look(week).in_window) == (2, 2)
        assert look(week).people[0] == (person.name, (0, 36))

    def test_courses_that_stand_still(self, week: Location, patient: Patient, practitioner: User, desk: User):
        today = NOW.date()

        def course(status: str, *latest: int, **more: Any) -> None:
            made = make_course(patient, week, practitioner, status=status, **more)
            for number, days in enumerate(latest, start=1):
                day = today - days * DAY
                made.sessions.create(
                    patient=patient, location=week, kind="treatment", sequence=number, floor=day, ideal=day, latest=day
                )

        course("active", 14, 3)
        course("active", 15)
        course("active", 43)
        course("active", 0)  # its last day is today
        course("draft", 9)
        course("on_hold", 9, status_reason="Ill")
        course("on_hold", 9, status_reason="Travelling", ask_on=today + 90 * DAY, back_on=today + 90 * DAY)
        course("active", 20)
        Session.objects.create(
            patient=patient,
            location=week,
            course=patient.courses.first(),
            kind="treatment",
            sequence=2,
            status="booked",
        )
        found = look(week)
        assert (found.stalled, found.on_hold) == ({0: 1, 1: 1, 2: 1}, 1)

    def test_the_wait_ends_with_the_first_treatment_of_a_course(
        self, week: Location, patient: Patient, practitioner: User
    ):
        for waited, treated in ((7, [1]), (8, [1, 2]), (70, [-9, 1]), (None, [1])):  # the third began before
            course = make_course(patient, week, practitioner, status="active")
            starts = [at(10, day=FIRST + number * DAY) for number in treated]
            for number, start in enumerate(starts, start=1):
                row = {"sequence": number, "status": "completed", "performed_at": start, "kind": "treatment"}
                course.sessions.create(patient=patient, location=week, **row)
            for later in (0, 3) if waited else ():
                asked = starts[0] - waited * DAY + later * DAY
                Proposal.objects.create(
                    course=course, course_version=1, status="stale", requested_by=practitioner, requested_at=asked
                )
        found = look(week)
        assert (found.waits, found.median_wait, WAITS[0]) == ({0: 1, 1: 1}, 7.5, 7)

    def test_serious_deviations(self, week: Location, patient: Patient, practitioner: User):
        for number, (code, serious, day) in enumerate(
            (("early", True, 0), ("early", True, 6), ("late", True, 7), ("late", False, 1), ("partial", True, 1))
        ):
            visit = a_session(patient, week, sequence=number)
            when = at(10, day=FIRST + day * DAY)
            Deviation.objects.create(session=visit, code=code, serious=serious, reason="x", by=practitioner, at=when)
        assert list(look(week).serious.items()) == [("early", 2), ("partial", 1)]

    def test_a_freed_time_that_an_offer_filled(
        self, week: Location, patient: Patient, other_patient: Patient, practitioner: User, desk: User
    ):
        start, person = at(11, day=FIRST), who(practitioner)
        displace_session(session=booked(patient, person, start, desk), reason="Away", by=desk, now=BEFORE)
        visit = booked(other_patient, person, start, desk)
        around = {"start": start, "end": start + HOUR / 2, "occupied_start": start, "occupied_end": start + HOUR / 2}
        kept = Booking.objects.create(
            kind="hold", practitioner=person, room=Room.objects.first(), held_until=start, active=False, **around
        )
        SlotOffer.objects.create(
            session=visit,
            hold=kept,
            revision=0,
            offered_at=BEFORE,
            answer="accepted",
            answered_at=BEFORE,
            answered_by=desk,
        )
        found = look(week)
        assert (found.refilled, found.by_offer) == ({FIRST: (1, 1)}, 1)


def play(
    fate: str, visit: Session, start: datetime, person: Practitioner, by: User, later: Iterator[datetime]
) -> Session:
    """What becomes of a booked visit; the one that stands at its time afterwards."""
    when = start + HOUR
    if fate in ("missed", "again", "slip", "came"):
        no_show(session=visit, by=by, now=when)
        visit.refresh_from_db()
    if fate == "again":
        book_session(session=visit, start=next(later), practitioner=person, by=by, now=when + HOUR)
    if fate in ("slip", "came"):
        verb, how = ("undo", {}) if fate == "slip" else ("enter_done", {"performed_at": start})
        transition(session=visit, verb=verb, by=by, now=when, **how)
    if fate in ("off", "filled"):
        displace_session(session=visit, reason="Away", by=by, now=BEFORE)
    if fate in ("moved", "nudged"):
        there = next(later) if fate == "moved" else start + HOUR / 4
        move_session(session=visit, start=there, by=by, now=BEFORE)
    if fate == "late":
        cancel_session(session=visit, reason="She rang late", by=by, now=when)
    return booked(PatientFactory(), person, start, by) if fate == "filled" else visit


@pytest.mark.parametrize("seed", range(3))
def test_a_drawn_week_is_counted_as_it_was_played(
    seed: int, week: Location, practitioner: User, colleague: User, desk: User
):
    """Every fate of a visit, in any number: what the page tells is what was played."""
    random, played, apart = Random(seed), Counter[str](), []
    hours = [at(hour, day=FIRST + number * DAY) for number in range(4) for hour in range(9, 17)]
    slots = [(start, who(user)) for start in hours for user in (practitioner, colleague)]
    later = iter(at(hour, day=AFTER + number * DAY) for number in range(5) for hour in range(9, 17))
    fates = ["held", "missed", "again", "slip", "came", "off", "filled", "moved", "nudged", "late"]
    for start, person in random.sample(slots, 30):
        fate = random.choice(fates)
        played[fate] += 1
        visit = play(fate, booked(PatientFactory(), person, start, desk), start, person, desk, later)
        if fate in ("held", "slip", "came", "filled"):
            apart.append(random.randint(-10, 10))
            hold(visit, start, off=apart[-1])
    found, missed, freed = look(week), played["missed"] + played["again"], played["filled"] + played["off"]
    assert total(found.in_window) == (sum(-2 <= off <= 3 for off in apart), len(apart))
    assert found.mean_off == pytest.approx(sum(map(abs, apart)) / len(apart))
    assert total(found.no_shows) == (missed, missed + len(apart))
    assert total(found.refilled) == (played["filled"], freed + played["moved"])
    mine = list(Booking.objects.filter(active=True, start__gte=at(0, day=FIRST), start__lt=at(0, day=LAST)))
    for person in (who(practitioner), who(colleague)):
        taken = sum((row.occupied_end - row.occupied_start) / HOUR for row in mine if row.practitioner_id == person.pk)
        assert dict(found.people)[person.name] == (pytest.approx(taken), 36)


class TestThePage:
    @pytest.fixture
    def page(self, week: Location, director: User, browser_of: Browser) -> Callable[..., Any]:
        browser = browser_of(director)
        return lambda **asked: browser.get(reverse("desk:practice"), {"first": FIRST, "last": LAST, **asked})

    def test_it_tells_each_figure_with_its_table(
        self, page: Callable[..., Any], patient: Patient, practitioner: User, desk: User
    ):
        hold(booked(patient, who(practitioner), at(9, day=FIRST), desk), at(9, day=FIRST), off=9)
        told = page().content.decode()
        for words in ("Dr Bianchi", "of 36", "8 or more days late", "9 days on average", "Week of 27 Apr"):
            assert words in told
        rows = list(csv.DictReader(StringIO(page(**{"as": "csv"}).content.decode())))
        (busy,) = (row for row in rows if row["of"] == "Dr Bianchi")
        assert (busy["value"], busy["out_of"], busy["first"], busy["last"]) == (
            "0.67",
            "36.0",
            "2026-04-27",
            "2026-05-03",
        )
        assert {row["figure"] for row in rows} >= {
            "use_of_rooms",
            "in_window",
            "no_shows",
            "stalled",
            "wait",
            "days_off",
        }

    def test_without_days_it_is_the_eight_weeks_until_yesterday(self, director: User, browser_of: Browser):
        span = browser_of(director).get(reverse("desk:practice")).context["span"]
        assert (span.first, span.last) == (date(2026, 3, 10), date(2026, 5, 4))

    @pytest.mark.parametrize(
        "days",
        [
            {"first": "soon"},
            {"first": "2026-05-04"},
            {"first": "2024-01-01"},
            {"last": "9999-12-31"},
            {"first": "0001-01-01", "last": "0001-01-02"},
        ],
    )
    def test_days_that_make_no_sense_are_told_at_their_field(self, page: Callable[..., Any], days: dict[str, str]):
        for way in ({}, {"as": "csv"}):
            answer = page(**days, **way)
            assert (answer.status_code, answer["Content-Type"]) == (422, "text/html; charset=utf-8")
            assert {"first", "last"} & answer.context["form"].errors.keys()

    def test_of_another_place_nothing_is_told(self, page: Callable[..., Any]):
        assert page(location=LocationFactory().pk).status_code == 404

    def test_thirty_visits_cost_the_queries_of_one(
        self, page: Callable[..., Any], week: Location, practitioner: User, desk: User
    ):
        def play(starts: list[datetime]) -> int:
            for start in starts:
                visit = booked(PatientFactory(), who(practitioner), start, desk)
                hold(visit, start)
                Deviation.objects.create(session=visit, code="late", serious=True, reason="x", by=desk, at=start)
                gone = booked(PatientFactory(), who(practitioner), start + HOUR / 2 + HOUR / 6, desk)
                displace_session(session=gone, reason="Away", by=desk, now=BEFORE)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                page()
            return len(asked)

        hours = [at(hour, day=FIRST + number * DAY) for number in range(4) for hour in range(9, 17)]
        page()
        one = play(hours[:1])
        assert play(hours[1:30]) == one <= 20
