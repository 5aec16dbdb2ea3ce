"""What the clinic does, timed on a stored clinic.

    python -m tests.with_django bench.jobs JOB      with DATABASE_URL of a filled database

Every job prints its figures as JSON in its last line; bench.tables makes rows of them. Seconds are medians.
"""

import csv
import gc
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from bench.calendars import MINUTES, ZONE
from clinic.base import scope
from clinic.base.tokens import issue_token
from clinic.models import Location, User
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.queries.location_calendar import read_location_calendar
from scheduling.courses.actions.sessions import book_session
from scheduling.courses.changing.actions.cascade import stay_away
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import apply_disruption, request_disruption
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.models import Booking, Course, DrawnUp, Message, Practitioner, Proposal, Session
from scheduling.planner.busy import busy_strips, read_busy
from scheduling.planner.engine.daygrid import STEP, Grid, bits, marks, runs, to_instant
from scheduling.planner.engine.solver import solve
from scheduling.planner.hours import open_strip
from scheduling.planner.problem import problem_of
from scheduling.planner.state import read_state
from tests.factories import (
    FormulationFactory,
    LocationFactory,
    PatientFactory,
    PractitionerFactory,
    RoomFactory,
    UserFactory,
)
from tests.scheduling.course_steps import MIX, make_course
from tests.steps import make_ready

PEAK = Path("/proc/self/clear_refs")
ROUNDS = 31
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo(ZONE)).date()
DAY = timedelta(days=1)
Figures = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on the wall, and what came out."""
    began = perf_counter()
    found = work()
    return perf_counter() - began, found


def middle(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    work()
    return median(timed(work)[0] for _round in range(rounds))


def first_house() -> Location:
    return Location.objects.get(name="House 0")


def director(location: Location) -> User:
    return Practitioner.objects.filter(staff__location=location).earliest("pk").staff.user


# --- free times -----------------------------------------------------------------------------------------------------


def slots() -> Figures:
    """The next 20 free starts over the API for a visit of a course that needs a person, a room and a device."""
    location = first_house()
    visit = course_visit(location)
    token = issue_token(user=User.objects.get(email="front_desk@bench.test"))
    api = APIClient(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Token {token}"})

    def ask() -> Any:
        return api.get("/api/v1/slots/", {"session": visit.pk, "limit": 20})

    seconds = middle(ask)
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    found = answer.json()
    assert len(found) == 20
    assert all(each["device"] for each in found)
    return {"seconds": seconds, "queries": len(queries), "first": found[0]["start"], "last": found[-1]["start"]}


def course_visit(location: Location) -> Session:
    """A planned treatment with the multi-injector, whose window is open for months."""
    course = make_course(PatientFactory(), location, director(location), start_on=TODAY, status="active")
    course.delivery_device_id = location.devices.earliest("pk").kind_id
    course.save()
    window = {"early_limit": TODAY, "floor": TODAY, "ideal": TODAY + DAY, "latest": TODAY + 90 * DAY}
    return Session.objects.create(
        course=course,
        patient=course.patient,
        location=location,
        phase=1,
        kind="treatment",
        chair_minutes=MINUTES,
        **window,
    )


# Opening hours less what is taken, all in the database. Of the stretches that remain only the number of starts in them
# comes back, so that no time is spent on turning them into objects.
REMAINS = """
SELECT sum(1 + floor(extract(epoch FROM upper(free) - lower(free) - %(wide)s) / 300)) FROM (
    SELECT unnest(p.opens - COALESCE(b.taken, '{}'::tstzmultirange)) AS free FROM (
        SELECT h.practitioner_id AS person, range_agg(tstzrange(
            (d::date + h.start) AT TIME ZONE %(zone)s, (d::date + h."end") AT TIME ZONE %(zone)s)) AS opens
        FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d
        JOIN scheduling_workinghours h ON h.location_id = %(location)s AND h.weekday = extract(isodow FROM d) - 1
        WHERE NOT EXISTS (
            SELECT FROM scheduling_publicholiday c WHERE c.location_id = h.location_id AND c.date = d::date)
        GROUP BY h.practitioner_id
    ) AS p LEFT JOIN LATERAL (
        SELECT range_agg(tstzrange(occupied_start, occupied_end)) AS taken FROM scheduling_booking
        WHERE active AND practitioner_id = p.person AND occupied_start >= %(since)s AND occupied_start < %(until)s
    ) AS b ON TRUE
) AS remains WHERE upper(free) - lower(free) >= %(wide)s
"""


def starts() -> Figures:
    """All free starts of ten people on 60 days, from the database to places, beside subtraction in the database."""
    location, first, last = first_house(), TODAY + DAY, TODAY + 60 * DAY
    length = marks(MINUTES + location.preparation_minutes + location.turnover_minutes)
    grid = Grid(ZONE, first, 60)
    span = (to_instant(grid.midnights[0]), to_instant(grid.midnights[-1]))

    def ours() -> dict[int, list[int]]:
        grid = Grid(ZONE, first, 60)
        calendar = read_location_calendar(location=location.pk, first=first, last=last)
        busy = read_busy({"practitioner": calendar.hours}, [span])
        taken = dict(zip(busy, busy_strips(grid, list(busy.values())), strict=True))
        free = {
            pk: open_strip(grid, rows, range(grid.days), calendar.closed) & ~taken["practitioner", pk]
            for pk, rows in calendar.hours.items()
        }
        return {pk: list(bits(runs(strip, length))) for pk, strip in free.items()}

    given = {"zone": ZONE, "first": first, "last": last, "location": location.pk, "since": span[0], "until": span[1]}
    given["wide"] = timedelta(minutes=length * STEP)

    def theirs() -> int:
        with connection.cursor() as cursor:
            cursor.execute(REMAINS, given)
            return int(cursor.fetchone()[0])

    found, fitting = sum(map(len, ours().values())), theirs()
    assert found == fitting, (found, fitting)
    return {"seconds": middle(ours), "reference": middle(theirs), "starts": found}


# --- writing --------------------------------------------------------------------------------------------------------


def annex(name: str, people: int = 2, rooms: int = 2) -> tuple[Location, list[Practitioner]]:
    """A further location whose calendar is empty, so that every time we ask for is free."""
    location = LocationFactory(name=f"{name} {Location.objects.count()}", timezone=ZONE, horizon_days=800)
    RoomFactory.create_batch(rooms, location=location)
    return location, [PractitionerFactory(staff__location=location) for _person in range(people)]


def working_times(count: int) -> list[datetime]:
    """Starts 45 minutes apart from ten to five on working days, from the day after tomorrow on."""
    zone, found, day = ZoneInfo(ZONE), [], TODAY + DAY
    while len(found) < count:
        day += DAY
        if day.weekday() < 5:
            ten = datetime.combine(day, time(10), zone).astimezone(UTC)
            found += [ten + timedelta(minutes=45) * place for place in range(9)]
    return found[:count]


def booking() -> Figures:
    """One planned visit given a time through the action: checks, exclusion guards, history, ledger."""
    location, [person, *_others] = annex("Booking")
    times = working_times(200)
    patients = [PatientFactory(email=f"somebody{n}@bench.test") for n in range(len(times))]
    visits = [Session.objects.create(patient=each, location=location, kind="consultation") for each in patients]

    as_they_work = scope.staff(person.staff.user_id, person.staff.role)

    def book(place: int) -> None:
        with scope.of(as_they_work):
            book_session(session=visits[place], start=times[place], practitioner=person, by=person.staff.user)

    took = [timed(partial(book, place))[0] for place in range(len(times))]
    assert Booking.objects.filter(session__in=visits, active=True).count() == len(times)
    assert Message.objects.filter(session__in=visits).count() >= 2 * len(times)
    return {"seconds": median(took), "p90": sorted(took)[len(took) * 9 // 10]}


AGAIN = """
INSERT INTO scheduling_booking (kind, session_id, patient_id, practitioner_id, room_id, device_id, start, "end",
    occupied_start, occupied_end, active, created_at)
SELECT kind, session_id, patient_id, practitioner_id, room_id, device_id, start, "end", occupied_start, occupied_end,
    TRUE, created_at
FROM scheduling_booking WHERE id = ANY(%s)
"""


def acceptance() -> Figures:
    """The 28 sessions of P01 accepted, beside the bare insert of the same 28 bookings in one statement."""
    location, [person, *_others] = annex("Acceptance", people=6, rooms=6)
    took, bare = [], []
    for _round in range(12):
        proposal = build_proposal(
            proposal_id=request_proposal(course=ready(location, person.staff.user), by=person.staff.user).pk
        )
        assert proposal is not None
        seconds, sessions = timed(partial(accept_proposal, proposal=proposal, by=person.staff.user))
        assert len(sessions) == 28
        took.append(seconds)
        bare.append(inserted([each.pk for each in sessions]))
    return {"seconds": median(took[2:]), "reference": median(bare[2:]), "best": min(took)}


def ready(location: Location, by: User, code: str = "P01", **chosen: Any) -> Course:
    """A course that may begin: intake, consents and a negative test are there."""
    patient, mix = PatientFactory(email="somebody@bench.test"), FormulationFactory(substances=MIX)
    make_ready(patient, mix, by=by, location=location, now=NOW)
    start_on = chosen.pop("start_on", TODAY + 2 * DAY)
    return make_course(patient, location, by, code, formulation=mix, start_on=start_on, confirmed=True, **chosen)


def inserted(sessions: list[int]) -> float:
    """Seconds for the same rows again, in a transaction that is rolled back."""
    with transaction.atomic():
        rows = Booking.objects.filter(session__in=sessions, active=True)
        keys = list(rows.values_list("pk", flat=True))
        rows.update(active=False)
        with connection.cursor() as cursor:
            seconds, _none = timed(lambda: cursor.execute(AGAIN, [keys]))
            assert cursor.rowcount == len(sessions)
        transaction.set_rollback(True)
    return seconds


# --- planning -------------------------------------------------------------------------------------------------------


def proposal() -> Figures:
    """The 28 sessions of P01 in a full clinic: from the request's row to the plan's row, and the solver alone."""
    location = first_house()
    by = director(location)
    courses = [ready(location, by) for _round in range(9)]
    asked = [request_proposal(course=course, by=by) for course in courses]
    PEAK.write_text("5")  # forget the highest so far: making nine patients ready took memory too
    idle = megabytes("VmRSS")
    took = [timed(partial(build_proposal, proposal_id=row.pk))[0] for row in asked[1:]]
    most = megabytes("VmHWM")
    with CaptureQueriesContext(connection) as queries:
        built = build_proposal(proposal_id=asked[0].pk)
    assert built is not None
    assert built.status == Proposal.Status.READY, built.reasons
    assert len(built.sessions) == 28
    problem = problem_of(read_state(courses[0].pk, NOW), late={})
    assert problem is not None
    return {
        "seconds": median(took),
        "solver": middle(lambda: solve(problem)),
        "queries": len(queries),
        "megabytes": most - idle,
        "cost": built.cost,
    }


def megabytes(name: str) -> float:
    """VmRSS (now) or VmHWM (highest) of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def disruption() -> Figures:
    """One of four people falls ill: 200 visits in one batch, planned and applied; beside one course on its own."""
    location, people = annex("Disruption", people=4, rooms=4)
    by, wanted = people[0].staff.user, 200
    until = NOW + 60 * DAY
    theirs = Booking.objects.filter(practitioner=people[0], active=True, start__lt=until, session__course__isnull=False)
    while theirs.count() < wanted:
        course = ready(location, by, "P07", start_on=TODAY + 3 * DAY, practitioner=people[0])
        built = build_proposal(proposal_id=request_proposal(course=course, by=by).pk)
        assert built is not None
        accept_proposal(proposal=built, by=by)
    one = Course.objects.filter(location=location).earliest("pk")
    single = middle(lambda: stay_away(course=one, away=[], by=by, reason="Bench", preview=True), rounds=9)
    report_absence(practitioner=people[0], start=NOW, end=until, reason="Ill", by=by)
    hit = Session.objects.filter(location=location, status="displaced").count()
    asked = request_disruption(location=location, by=by)
    planning, built_batch = timed(lambda: build_disruption(replan_id=asked.pk))
    applying, done = timed(lambda: apply_disruption(replan=built_batch, by=by))
    left = Session.objects.filter(location=location, status="displaced").count()
    return {
        "hit": hit,
        "left": left,
        "planning": planning,
        "applying": applying,
        "single": single,
        "steps": len(done.steps),
    }


def received() -> Figures:
    """Who received the lot that most did: the page's file, and beside it every use that there is, read and compared."""
    director = User.objects.get(email="medical_director@bench.test")
    uses = DrawnUp.objects.filter(lot__location=first_house())
    [number] = uses.values_list("number", flat=True).annotate(n=Count("pk")).order_by("-n", "number")[:1]
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(director)

    def ask() -> list[dict[str, str]]:
        answer = browser.get("/stock/received/", {"number": number.lower(), "as": "csv"})
        return list(csv.DictReader(answer.content.decode().splitlines()))

    def everything() -> list[tuple[int, Any]]:
        rows = DrawnUp.objects.values_list(
            "patient_id", "number", "session__performed_at", "allergy_test__administered_at"
        )
        return sorted((who, visit or test) for who, named, visit, test in rows if named.lower() == number.lower())

    brute, all_of_them = timed(everything)
    found = sorted((int(row["patient"]), datetime.fromisoformat(row["at"])) for row in ask())
    return {
        "seconds": middle(ask),
        "reference": brute,
        "uses": DrawnUp.objects.count(),
        "found": len(found),
        "equal": found == all_of_them,
    }


JOBS = {job.__name__: job for job in (slots, starts, booking, acceptance, proposal, disruption, received)}

if __name__ == "__main__":
    UserFactory.reset_sequence(User.objects.latest("pk").pk + 1)  # other jobs were here before
    gc.freeze()  # as the web process does (clinic.wsgi)
    with scope.whole():  # what asks over HTTP has the scope of who asks
        print(json.dumps(JOBS[sys.argv[1]]()))
