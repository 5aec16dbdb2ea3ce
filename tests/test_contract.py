"""The main job over HTTP, as an outside program would do it: plan all nine protocols, refuse what must be refused.

Gaps are checked against the literal numbers of test_all_protocols.py, not against the product.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from clinic.base.tokens import issue_token
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.models import Booking, Practitioner, Room, Session
from tests.databases import shared_rows
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX
from tests.scheduling.courses.planning.test_all_protocols import COURSES, ON, full_clinic
from tests.steps import SAID, SENT, clear_answers, consent_to, hold_consultation, inject_test, make_ready, take_intake

pytestmark = pytest.mark.django_db

Caller = Callable[[User | None], APIClient]
V1 = "/api/v1"


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def doctor(api_of: Caller, practitioner: User) -> APIClient:
    return api_of(practitioner)


@pytest.fixture
def counter(api_of: Caller, desk: User) -> APIClient:
    return api_of(desk)


def body_of(patient: Patient, clinic: Location, code: str = "P07", **changes: Any) -> dict[str, Any]:
    """What a caller sends to plan a course."""
    area, indication = ON.get(code, ("thigh", "cellulite"))
    chosen, _gaps = COURSES[code]
    return {
        "patient": str(patient.pk),
        "protocol": code,
        "areas": [area],
        "indication": indication,
        "formulation": str(FormulationFactory(substances=MIX).pk),
        "start_on": TODAY.isoformat(),
        "location": str(clinic.pk),
        "practitioner": str(Practitioner.objects.filter(staff__location=clinic).order_by("pk")[0].pk),
        **chosen,
        **changes,
    }


def scheduled(doctor: APIClient, body: dict[str, Any]) -> dict[str, Any]:
    """Plan, ask, let a worker build, read the proposal."""
    course = doctor.post(f"{V1}/courses/", body)
    assert course.status_code == 201, course.json()
    asked = doctor.post(f"{V1}/courses/{course.json()['id']}/proposals/", {})
    assert asked.status_code == 202
    build_proposal(proposal_id=int(asked.json()["id"]), now=NOW)
    ready = doctor.get(f"{V1}/proposals/{asked.json()['id']}/").json()
    assert ready["status"] == "ready", ready["reasons"]
    return ready


def days_of(proposal: dict[str, Any], clinic: Location) -> list[date]:
    zone = ZoneInfo(clinic.timezone)
    return [
        datetime.fromisoformat(row["start"]).astimezone(zone).date() for row in proposal["sessions"] if row["start"]
    ]


@pytest.fixture(scope="class")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with shared_rows(django_db_blocker):
        yield full_clinic().pk


@pytest.mark.xdist_group("contract in a full clinic")
class TestNineProtocols:
    @pytest.fixture
    def clinic(self, db: None, filled: int) -> Location:
        return Location.objects.get(pk=filled)

    @pytest.mark.parametrize("code", COURSES)
    def test_a_course_is_planned_inside_its_windows_and_booked_as_a_whole(
        self, code: str, clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
    ) -> None:
        take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
        proposal = scheduled(doctor, body_of(patient, clinic, code))
        _chosen, gaps = COURSES[code]
        days = days_of(proposal, clinic)
        assert len(days) >= (28 + 1 if code == "P01" else 3)
        for (before, day), gap in zip(pairwise(days), gaps, strict=False):
            floor, latest = gap(before)
            assert floor <= day <= latest
        accepted = doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {})
        assert accepted.status_code == 201, accepted.json()
        booked = [row for row in accepted.json()["sessions"] if row["booking"]]
        assert len(booked) == len(days)
        for row in booked:
            if datetime.fromisoformat(row["booking"]["start"]) > NOW + timedelta(days=3):  # nearer: too late for it
                messages = doctor.get(f"{V1}/messages/?session={row['id']}").json()["results"]
                assert "reminder" in {message["kind"] for message in messages}, row


def test_the_loser_of_a_race_gets_the_conflict_and_a_fresh_proposal(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    proposal = scheduled(doctor, body_of(patient, clinic))
    taken = proposal["sessions"][3]
    start, end = (datetime.fromisoformat(taken[name]) for name in ("start", "end"))
    Booking.objects.create(
        kind="block", practitioner_id=int(taken["practitioner"]), start=start, end=end, occupied_start=start,
        occupied_end=end,
    )  # fmt: skip
    answer = doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {})
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["proposal"] != proposal["id"]
    assert Session.objects.filter(course__patient=patient).count() == 0


# --- what must be refused --------------------------------------------------------------------------------------------


def test_diabetes_rules_a_course_out_with_its_reason(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1), diabetes=True, insulin=False)
    answer = doctor.post(f"{V1}/courses/", body_of(patient, clinic))
    assert answer.status_code == 422
    assert "F173" in answer.json()["reasons"][0]["cites"]


def test_a_missing_answer_keeps_a_proposal_from_being_accepted(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    proposal = scheduled(doctor, body_of(patient, clinic))
    answer = doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {})
    assert answer.status_code == 422
    assert Session.objects.filter(course__patient=patient).count() == 0


def test_the_breast_is_refused_with_the_reason(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    answer = doctor.post(f"{V1}/courses/", body_of(patient, clinic, areas=["breast"], indication="skin_laxity"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "areas"


def test_a_reading_after_23_hours_59_minutes_is_refused_and_names_the_hour_that_passes(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    mix = FormulationFactory(substances=MIX)
    hold_consultation(patient, location=clinic, at=NOW - timedelta(days=2))
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=2))
    consent_to(patient, "test", by=practitioner, at=NOW - timedelta(days=2))
    test = inject_test(patient, mix, by=practitioner, at=NOW - timedelta(hours=23, minutes=59))
    early = doctor.post(f"{V1}/allergy-tests/{test.pk}/readings/", {"read_at": NOW.isoformat(), "result": "negative"})
    assert early.status_code == 422
    assert datetime.fromisoformat(early.json()["next"]) == NOW + timedelta(minutes=1)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        passed = doctor.post(
            f"{V1}/allergy-tests/{test.pk}/readings/",
            {"read_at": (NOW + timedelta(minutes=1)).isoformat(), "result": "negative"},
        )
    assert passed.status_code == 201


def test_a_positive_reading_over_http_holds_the_course(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    mix = FormulationFactory(substances=MIX)
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    proposal = scheduled(doctor, body_of(patient, clinic, formulation=str(mix.pk)))
    doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {})
    test = inject_test(patient, mix, by=practitioner, at=NOW - timedelta(hours=25))
    doctor.post(f"{V1}/allergy-tests/{test.pk}/readings/", {"read_at": NOW.isoformat(), "result": "positive"})
    assert doctor.get(f"{V1}/courses/{proposal['course']}/").json()["status"] == "on_hold"
    assert not Booking.objects.filter(session__course__patient=patient, active=True).exists()


def test_a_start_without_consent_is_refused_with_everything_that_is_missing(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient, counter: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    proposal = scheduled(doctor, body_of(patient, clinic))
    sessions = doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {}).json()["sessions"]
    first = sessions[0]
    begins = datetime.fromisoformat(first["booking"]["start"])
    with time_machine.travel(begins, tick=False):
        arrived = counter.post(f"{V1}/sessions/{first['id']}/check-in/", {"answers": clear_answers("same_day"), **SAID})
        assert arrived.status_code == 200, arrived.json()
        refused = doctor.post(f"{V1}/sessions/{first['id']}/start/", SENT)
    assert refused.status_code == 422
    assert {"consent", "consultation"} <= {row["code"] for row in refused.json()["reasons"]}


def test_a_second_course_on_the_same_skin_inside_the_floor_is_refused_with_the_first_day(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    proposal = scheduled(doctor, body_of(patient, clinic))
    doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {})
    again = doctor.post(f"{V1}/courses/", body_of(patient, clinic, "P03", areas=["inner_thigh"]))
    assert again.status_code == 422
    assert again.json()["next"]


@pytest.mark.parametrize(
    ("changes", "field", "status"),
    [
        ({"areas": ["elbow"]}, "areas", 422),
        ({"start_on": "2026-05-04"}, "start_on", 422),
        ({"start_on": "9999-12-31"}, "start_on", 400),
        ({"counts": {"1": 9}}, "counts.1", 422),
        ({"counts": {"1": 10**30}}, "counts.1", 400),
        ({"protocol": "P99"}, "protocol", 422),
        ({"formulation": "999999"}, "formulation", 422),
        ({"status": "active"}, "status", 400),
        ({"practitioner": "x"}, "practitioner", 400),
    ],
)
def test_a_slip_is_named_at_its_field(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient, changes: dict[str, Any], field: str,
    status: int,
) -> None:  # fmt: skip
    """400 for what is malformed by the description; 422 for what is well formed and names what cannot be."""
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    answer = doctor.post(f"{V1}/courses/", body_of(patient, clinic) | changes)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_protocol_that_does_not_serve_the_area_is_refused(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    answer = doctor.post(f"{V1}/courses/", body_of(patient, clinic, areas=["scalp"], indication="alopecia"))
    assert answer.status_code == 422
    assert answer.json()["reasons"]


# --- the desk --------------------------------------------------------------------------------------------------------


def visit(patient: Patient, start: datetime, **changes: Any) -> dict[str, Any]:
    doctor = Practitioner.objects.get(staff__prescriber=True)
    return {
        "patient": str(patient.pk), "kind": "consultation", "start": start.isoformat(), "practitioner": str(doctor.pk),
    } | changes  # fmt: skip


def test_the_same_request_twice_books_once_and_another_body_under_the_key_is_refused(
    clinic: Location, patient: Patient, counter: APIClient
) -> None:
    body, key = visit(patient, NOW + timedelta(hours=2)), {"HTTP_IDEMPOTENCY_KEY": "abc"}
    first = counter.post(f"{V1}/sessions/", body, **key)
    again = counter.post(f"{V1}/sessions/", body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = counter.post(f"{V1}/sessions/", visit(patient, NOW + timedelta(hours=4)), **key)
    assert other.status_code == 422
    assert Session.objects.count() == 1


def test_a_taken_time_is_a_conflict_that_names_the_next_one_and_not_the_other_patient(
    clinic: Location, patient: Patient, other_patient: Patient, counter: APIClient
) -> None:
    start = NOW + timedelta(hours=2)
    counter.post(f"{V1}/sessions/", visit(other_patient, start))
    answer = counter.post(f"{V1}/sessions/", visit(patient, start))
    assert answer.status_code == 409
    assert datetime.fromisoformat(answer.json()["next"]) > start
    assert other_patient.family_name not in answer.content.decode()


def test_a_visit_moves_and_a_stale_version_is_told(clinic: Location, patient: Patient, counter: APIClient) -> None:
    made = counter.post(f"{V1}/sessions/", visit(patient, NOW + timedelta(hours=2))).json()
    url, later = f"{V1}/sessions/{made['id']}/move/", (NOW + timedelta(hours=5)).isoformat()
    preview = counter.post(url, {"start": later, "preview": True})
    assert (preview.status_code, preview.json()["applied"]) == (200, False)
    moved = counter.post(url, {"start": later}, HTTP_IF_MATCH=str(made["version"]))
    assert (moved.status_code, moved.json()["applied"]) == (200, True), moved.json()
    stale = counter.post(url, {"start": later}, HTTP_IF_MATCH=str(made["version"]))
    assert (stale.status_code, stale.json()["version"]) == (412, moved.json()["version"])


def test_moving_a_course_visit_shows_the_cascade_and_applies_what_was_shown(
    clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
) -> None:
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    proposal = scheduled(doctor, body_of(patient, clinic))
    sessions = doctor.post(f"{V1}/proposals/{proposal['id']}/accept/", {}).json()["sessions"]
    second = sessions[2]
    later = datetime.fromisoformat(second["booking"]["start"]) + timedelta(days=1)
    url = f"{V1}/sessions/{second['id']}/move/"
    preview = doctor.post(url, {"start": later.isoformat(), "preview": True}).json()
    assert preview["applied"] is False
    applied = doctor.post(url, {"start": later.isoformat(), "expect": preview["digest"]})
    assert applied.status_code == 200, applied.json()
    assert [step["after"] for step in applied.json()["moved"]] == [step["after"] for step in preview["moved"]]


def test_free_starts_come_soonest_first(clinic: Location, counter: APIClient) -> None:
    rows = counter.get(f"{V1}/slots/", {"location": clinic.pk, "kind": "consultation", "limit": 20}).json()
    starts = [row["start"] for row in rows]
    assert len(starts) == 20
    assert starts == sorted(starts)
    assert counter.get(f"{V1}/slots/").status_code == 422, "well formed, and names neither a location nor a session"


def test_another_patients_data_is_not_found(
    api_of: Caller, clinic: Location, patient: Patient, other_patient: Patient, counter: APIClient
) -> None:
    made = counter.post(f"{V1}/sessions/", visit(other_patient, NOW + timedelta(hours=2))).json()
    mine = api_of(patient.user)
    assert mine.get(f"{V1}/sessions/{made['id']}/").status_code == 404
    assert mine.get(f"{V1}/patients/{other_patient.pk}/").status_code == 404
    assert mine.get(f"{V1}/sessions/").json()["results"] == []
    assert mine.get(f"{V1}/messages/?patient={other_patient.pk}").json()["results"] == []


def test_the_calendar_is_filtered_by_time_room_and_person(
    clinic: Location, patient: Patient, counter: APIClient
) -> None:
    made = counter.post(f"{V1}/sessions/", visit(patient, NOW + timedelta(hours=2))).json()
    room = made["booking"]["room"]
    day = {"from": "2026-05-05T00:00:00+02:00", "to": "2026-05-06T00:00:00+02:00"}
    assert [row["id"] for row in counter.get(f"{V1}/sessions/", day | {"room": room}).json()["results"]] == [made["id"]]
    other = Room.objects.exclude(pk=int(room)).order_by("pk")[0].pk
    assert counter.get(f"{V1}/sessions/", day | {"room": other}).json()["results"] == []
    assert counter.get(f"{V1}/sessions/", {"from": "yesterday"}).status_code == 400


def test_a_token_opens_the_api_until_it_is_revoked(clinic: Location, desk: User) -> None:
    from_command = issue_token(user=desk)
    caller = APIClient(HTTP_AUTHORIZATION=f"Token {from_command}")
    assert caller.get(f"{V1}/locations/").status_code == 200
    desk.tokens.update(revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert caller.get(f"{V1}/locations/").status_code == 401
