"""A reaction that stops everything reaches what stands beside one course: other courses, a single test, another record,
an Undo; and each reaction is looked at on the day of the needle (D22, D38)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import AllergyTest, AllergyTestReading, Patient
from protocols.models import ExpectedReaction
from scheduling.courses.actions.sessions import displace_session
from scheduling.models import Course, Message, Session
from scheduling.treatment.actions.reactions import report_reaction
from tests.factories import NOW, TODAY, FormulationFactory, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_visit, at
from tests.steps import DAY, SAID, SENT, clear_answers, make_ready
from tests.stock import as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]


def waiting(patient: Patient, *kinds: str) -> set[str]:
    rows = Message.objects.filter(patient=patient, status="scheduled", kind__in=kinds or Message.PRE_VISIT)
    return set(rows.values_list("kind", flat=True))


def stops(patient: Patient, by: User) -> None:
    report_reaction(patient=patient, text="Cannot breathe", severity="severe", onset_at=NOW, by=by, now=NOW)


@pytest.fixture
def test_visit(other_patient: Patient, practitioner: User, desk: User) -> Session:
    """An allergy test booked alone."""
    return a_visit(other_patient, at(10, day=TODAY + 6 * DAY), practitioner, desk, kind="allergy_test")


def test_the_aspirin_question_of_two_courses_stops_too(
    course: Course, patient: Patient, clinic: Location, practitioner: User
):
    accepted(patient, clinic, practitioner, "P05", areas=("abdomen",))
    assert "aspirin" in waiting(patient)
    stops(patient, practitioner)
    assert waiting(patient) == set()


def test_a_test_booked_alone_is_reminded_of_again_once_a_prescriber_decided(
    test_visit: Session, practitioner: User, browser_of: Browser
):
    before, patient = waiting(test_visit.patient) - {"confirmation"}, test_visit.patient
    stops(patient, practitioner)
    assert waiting(patient) == set()
    decide = reverse("patients:reactions_decide", args=[patient.pk])
    assert browser_of(practitioner).post(decide, {"decision": "It was the plaster"}).status_code == 302
    assert waiting(patient) == before == {"aspirin", "reminder", "same_day"}


def test_an_undo_books_no_needle_while_it_holds(
    test_visit: Session, practitioner: User, desk: User, browser_of: Browser
):
    displace_session(session=test_visit, reason="Ill", by=desk, now=NOW)
    stops(test_visit.patient, practitioner)
    act = test_visit.history.latest("pk").pk
    browser_of(desk).post(reverse("desk:visit_undo", args=[test_visit.pk, act]))
    test_visit.refresh_from_db()
    assert (test_visit.status, waiting(test_visit.patient)) == ("displaced", set())


def test_it_holds_the_courses_of_the_record_it_is_merged_into(
    course: Course, patient: Patient, practitioner: User, browser_of: Browser
):
    twin = PatientFactory(given_name="Ana", family_name="Rosi")
    stops(twin, practitioner)
    browser_of(practitioner).post(reverse("patients:merge", args=[patient.pk]) + f"?other={twin.pk}")
    course.refresh_from_db()
    assert (course.status, waiting(patient)) == ("on_hold", set())


@pytest.mark.parametrize(("result", "status"), [("positive", "on_hold"), ("negative", "active")])
def test_a_positive_test_of_the_record_it_is_merged_into_holds_them_too(
    course: Course,
    patient: Patient,
    clinic: Location,
    practitioner: User,
    browser_of: Browser,
    result: str,
    status: str,
):
    twin = PatientFactory(given_name="Ana", family_name="Rosi")
    make_ready(twin, course.formulation, by=practitioner, location=clinic, now=NOW)
    AllergyTestReading.objects.filter(test__patient=twin).update(result=result)
    browser_of(practitioner).post(reverse("patients:merge", args=[patient.pk]) + f"?other={twin.pk}")
    course.refresh_from_db()
    assert course.status == status


def test_a_positive_test_holds_a_mix_with_what_its_labels_named(
    course: Course, patient: Patient, clinic: Location, practitioner: User, api_of: Api
):
    alone = FormulationFactory(substances={"ascorbic_acid": "1"})
    where = {"areas": ("abdomen",), "formulation": alone, "status": "active"}
    other = make_course(patient, clinic, practitioner, **where)
    test = AllergyTest.objects.get(patient=patient)
    assert "ascorbic_acid" in test.named
    seen = {"read_at": NOW.isoformat(), "result": "positive", "symptoms_since": "none"}
    assert api_of(practitioner).post(f"/api/v1/allergy-tests/{test.pk}/readings/", seen).status_code == 201
    other.refresh_from_db()
    assert other.status == "on_hold"


def test_an_open_reaction_is_looked_at_again_when_the_visit_is_on_another_day(
    course: Course, patient: Patient, practitioner: User, api_of: Api
):
    report_reaction(
        patient=patient, reaction=ExpectedReaction.objects.get(code="rash"), onset_at=NOW - DAY,
        by=practitioner, now=NOW - DAY,
    )  # fmt: skip
    first, doctor = course.sessions.get(sequence=1), api_of(practitioner)

    def send(verb: str, **body: Any) -> Any:
        return doctor.post(f"/api/v1/sessions/{first.pk}/{verb}/", body)

    drawn = {"drawn_up": as_json(drawn_for(first, practitioner))}
    send("check-in", answers=clear_answers("same_day"), **SAID)
    assert send("start", **SENT, **drawn, reactions_seen=True).status_code == 200
    assert send("not-treated", reason="Felt faint").status_code == 200
    start, who = (NOW + timedelta(hours=2)).isoformat(), str(course.practitioner_id)
    assert send("move", start=start, practitioner=who, preview=False).status_code == 200
    send("check-in", answers=clear_answers("same_day"), **SAID)
    again = send("start", **SENT, **drawn)
    assert (again.status_code, [each["code"] for each in again.json()["reasons"]]) == (422, ["reactions"])
    assert send("start", **SENT, **drawn, reactions_seen=True).status_code == 200


def test_the_patient_neither_confirms_nor_moves_a_visit_whose_time_is_kept(
    course: Course, patient: Patient, practitioner: User, browser_of: Browser, api_of: Api
):
    second, mine = course.sessions.get(sequence=2), browser_of(patient.user)
    confirm, move = (reverse(f"portal:visit_{name}", args=[second.pk]) for name in ("confirm", "move"))
    page = mine.get(reverse("portal:visit", args=[second.pk])).content.decode()
    assert confirm in page
    assert move in page
    stops(patient, practitioner)
    for name in ("portal:visit", "portal:home"):
        said = mine.get(reverse(name, args=[second.pk] if name == "portal:visit" else [])).content.decode()
        assert "Your course is paused" in said
        assert "/confirm/" not in said
        assert "/move/" not in said
    assert mine.get(move).status_code == 404
    mine.post(confirm)
    assert not second.history.filter(verb="confirm").exists()
    start = second.bookings.get(active=True).start + DAY
    answer = api_of(patient.user).post(f"/api/v1/sessions/{second.pk}/move/", {"start": start.isoformat()})
    assert (answer.status_code, "on hold" in answer.json()["detail"]) == (409, True)
