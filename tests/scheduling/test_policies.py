"""Every policy of the clinic, set to two values: whatever speaks of it says the one that is in force (D15)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import BadInput
from clinic.models import Location, User
from patients.models import AllergyTest, AllergyTestReading, Consent, Patient
from protocols.actions.policies import set_policy
from protocols.models import CareInstruction
from protocols.rules.policies import OF_THE_LOCATION, all_settings
from scheduling.courses.changing.actions.course_states import free_held_times
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.models import Course, Session, TreatmentRecord
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.portal.portal_cast import running_course
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_visit, at
from tests.steps import make_ready, take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

HOURS = {
    "sun_hours": "no-sun",
    "sunscreen_hours": "sunscreen",
    "heat_hours": "no-extreme-temperature",
    "sauna_hours": "no-sauna",
    "gym_hours": "no-gym",
    "pool_hours": "no-pool",
    "tight_clothes_hours": "no-tight-clothes",
    "waxing_hours": "no-waxing",
    "skin_closure_hours": "no-make-up-after",
}
OWN_TEST = {"test_repeat_days"}  # test_readiness.py has gate, lists, mail and Today; the planner is below


@dataclass
class Scene:
    """A patient, the clinic, and who looks: staff on pages and over HTTP, the patient on theirs."""

    patient: Patient
    clinic: Location
    practitioner: User
    director: User
    staff: Client
    phone: Client
    api: APIClient

    def choose(self, code: str, value: Any) -> None:
        set_policy(code=code, value=value, reason="Ours", by=self.director, now=NOW)

    def page(self, name: str, *args: object, **query: object) -> str:
        answer = self.staff.get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return plain(answer.content.decode())

    def on_the_phone(self, name: str, *args: object) -> str:
        return plain(self.phone.get(reverse(f"portal:{name}", args=args)).content.decode())

    def proposed(self, course: Course) -> list[dict[str, Any]]:
        proposal = build_proposal(
            proposal_id=request_proposal(course=course, by=self.practitioner, now=NOW).pk, now=NOW
        )
        rows: list[dict[str, Any]] = self.api.get(f"/api/v1/proposals/{proposal.pk}/").json()["sessions"]
        return rows

    def verdicts(self) -> set[str]:
        """What the eligibility page and the overview of the patient say."""
        pages = [
            self.staff.get(reverse(name, args=[self.patient.pk]))
            for name in ("patients:eligibility", "patients:detail")
        ]
        return {str(pages[0].context["verdict"]["status"]), str(pages[1].context["summary"]["verdict"])}


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def scene(
    patient: Patient, clinic: Location, practitioner: User, director: User, browser_of: Any, api_of: Any
) -> Scene:
    assert patient.user
    return Scene(
        patient,
        clinic,
        practitioner,
        director,
        browser_of(practitioner),
        browser_of(patient.user),
        api_of(practitioner),
    )


# --- readings of the rules -------------------------------------------------------------------------------------------

READINGS: list[tuple[str, dict[str, Any], date, dict[str, str]]] = [
    (
        "diabetes_reading",
        {"diabetes": True},
        date(1990, 3, 14),
        {"any_diabetes": "contraindicated"},  # the looser reading is refused (D56)
    ),
    (
        "heart_reading",
        {"heart_disease": True},
        date(1990, 3, 14),
        {"any_heart_disease": "contraindicated"},
    ),
    ("upper_age", {}, date(1951, 1, 2), {"until_76th_birthday": "eligible", "until_75th_birthday": "contraindicated"}),
    (
        "aspirin_reading",
        {"aspirin_last_dose": (TODAY - timedelta(days=14)).isoformat()},
        date(1990, 3, 14),
        {"fourteen_days": "eligible", "fourteen_free_days": "deferred"},
    ),
]


@pytest.mark.parametrize(("code", "looser"), [("diabetes_reading", "insulin_only"), ("heart_reading", "severe_only")])
def test_d56_a_reading_looser_than_the_strictest_source_is_refused(code: str, looser: str, scene: Scene):
    with pytest.raises(BadInput):
        scene.choose(code, looser)


@pytest.mark.parametrize(("code", "answers", "born", "verdicts"), READINGS)
def test_a_reading_of_the_sources_decides_on_every_page(
    code: str, answers: dict[str, Any], born: date, verdicts: dict[str, str], scene: Scene
):
    Patient.objects.filter(pk=scene.patient.pk).update(birth_date=born)
    scene.patient.refresh_from_db()
    take_intake(scene.patient, by=scene.practitioner, now=NOW, **answers)
    for choice, verdict in verdicts.items():
        scene.choose(code, choice)
        assert scene.verdicts() == {verdict}


# --- the course ------------------------------------------------------------------------------------------------------


def test_fifteen_days_or_a_fortnight_shape_the_plan(scene: Scene):
    mix = FormulationFactory(substances=MIX)
    make_ready(scene.patient, mix, by=scene.practitioner, location=scene.clinic, now=NOW)
    course = make_course(scene.patient, scene.clinic, scene.practitioner, formulation=mix)
    for choice, days in (("literal", 15), ("fortnight", 14)):
        scene.choose("fifteen_days", choice)
        rows = scene.proposed(course)
        first, second = (datetime.fromisoformat(row["start"]).date() for row in rows[:2])
        assert date.fromisoformat(rows[1]["floor"]) - first == timedelta(days=days)
        assert (second - first).days >= days


def test_spacing_or_convenience_comes_first_in_a_plan(scene: Scene):
    mix = FormulationFactory(substances=MIX)
    make_ready(scene.patient, mix, by=scene.practitioner, location=scene.clinic, now=NOW)
    course = make_course(
        scene.patient, scene.clinic, scene.practitioner, formulation=mix, preferences={"weekdays": [0]}
    )
    planned = {}
    for choice in ("spacing_first", "convenience_first"):
        scene.choose("plan_first", choice)
        starts = (datetime.fromisoformat(row["start"]) for row in scene.proposed(course) if row["start"])
        planned[choice] = [start.weekday() for start in starts]
    assert set(planned["convenience_first"]) == {0}
    assert set(planned["spacing_first"]) > {0}  # a fortnight and a day is not worth a week's slip


def test_the_days_until_a_test_is_repeated_end_the_first_sessions_window(scene: Scene):
    take_intake(scene.patient, by=scene.practitioner, now=NOW)
    course = make_course(scene.patient, scene.clinic, scene.practitioner)
    for days in (5, 14):
        scene.choose("test_repeat_days", days)
        test, first = scene.proposed(course)[:2]
        given = datetime.fromisoformat(test["start"]).date()
        assert (test["kind"], date.fromisoformat(first["latest"]) - given) == ("allergy_test", timedelta(days=days))


def started(scene: Scene) -> set[str]:
    """What the page of a treatment of today says is still to do."""
    visit = Session.objects.get(course__patient=scene.patient, sequence=1, kind="treatment")
    items = scene.staff.get(reverse("desk:visit", args=[visit.pk])).context["items"]
    said = scene.api.post(f"/api/v1/sessions/{visit.pk}/start/", {"emergency_kit": True, "consent_confirmed": True})
    codes = {reason["code"] for reason in said.json()["reasons"]} if said.status_code == 422 else set()
    todo = {item.code for item in items if item.state == "todo"}
    assert codes & AGEING <= todo
    return todo


AGEING = {"consultation", "consent", "allergy_test"}


@pytest.mark.parametrize(
    ("code", "values", "old", "need"),
    [
        ("test_valid_days", (20, 40), timedelta(days=30), "allergy_test"),
        ("consultation_months", (3, 9), timedelta(days=150), "consultation"),
        ("consent_months", (3, 9), timedelta(days=150), "consent"),
    ],
)
def test_what_ages_is_missing_once_the_clinics_time_is_over(
    code: str, values: tuple[int, int], old: timedelta, need: str, scene: Scene
):
    accepted(scene.patient, scene.clinic, scene.practitioner)
    Session.objects.filter(kind="consultation").update(performed_at=NOW - old)
    Consent.objects.update(signed_at=NOW - old, recorded_at=NOW - old)
    if need == "allergy_test":
        AllergyTest.objects.update(administered_at=NOW - old)
        AllergyTestReading.objects.update(read_at=NOW - old + timedelta(days=1))
    for value, missing in zip(values, (True, False), strict=True):
        scene.choose(code, value)
        assert (need in started(scene)) is missing


def test_months_after_a_session_end_what_its_test_serves(scene: Scene):
    course = accepted(scene.patient, scene.clinic, scene.practitioner)
    last = NOW - timedelta(days=120)
    Session.objects.create(
        patient=scene.patient,
        course=course,
        location=scene.clinic,
        sequence=90,
        kind="treatment",
        status="completed",
        performed_at=last,
    )
    AllergyTest.objects.update(administered_at=last - timedelta(days=3))
    AllergyTestReading.objects.update(read_at=last - timedelta(days=2))
    for months, missing in ((2, True), (5, False)):
        scene.choose("test_serves_months", months)
        assert ("allergy_test" in started(scene)) is missing


def test_the_minutes_in_the_chair_are_those_of_slots_and_plans(scene: Scene):
    take_intake(scene.patient, by=scene.practitioner, now=NOW)
    course = make_course(scene.patient, scene.clinic, scene.practitioner)
    asked = {"location": scene.clinic.pk, "kind": "consultation", "from": TODAY.isoformat(), "to": TODAY.isoformat()}
    for minutes in (20, 45):
        scene.choose("chair_minutes", minutes)
        slots = scene.api.get("/api/v1/slots/", asked).json()
        test = scene.proposed(course)[0]
        assert {length(slot) for slot in slots} == {length(test)} == {timedelta(minutes=minutes)}


def length(row: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"])


def test_the_fields_offered_are_those_of_the_workspace(scene: Scene):
    for fields, offered in ((["aesthetic"], True), (["pain"], False)):
        scene.choose("therapy_fields", fields)
        assert ("Cellulite" in scene.page("courses:new", patient=scene.patient.pk)) is offered


# --- what is said ----------------------------------------------------------------------------------------------------


def test_what_makes_a_test_positive_is_said_where_it_is_given_and_where_it_is_read(scene: Scene):
    mix = FormulationFactory(substances=MIX)
    make_ready(scene.patient, mix, by=scene.practitioner, location=scene.clinic, now=NOW)
    AllergyTestReading.objects.all().delete()
    test = AllergyTest.objects.get()
    for words in ("A wheal of 3 mm.", "A flare of 10 mm."):
        scene.choose("test_positive_criteria", words)
        assert words in scene.page("patients:allergy_test", scene.patient.pk)
        assert words in scene.page("patients:reading", test.pk)


@pytest.mark.parametrize("code", HOURS)
def test_each_restriction_lasts_as_long_on_the_phone_as_the_clinic_says(code: str, scene: Scene):
    running = running_course(scene.patient, scene.clinic, scene.practitioner)
    text = CareInstruction.objects.get(code=HOURS[code]).text
    others = set(HOURS) - {code}
    for other in others:
        scene.choose(other, 24 * 10)
    for hours, until in ((24, "Wednesday 13 May"), (72, "Friday 15 May")):
        scene.choose(code, hours)
        said = scene.on_the_phone("visit", running.following.pk)
        assert text in said.split(f"Until {until}")[1].split("Until")[0]


def test_a_compress_is_mentioned_on_phone_and_paper_once_the_director_says_so(scene: Scene):
    running = running_course(scene.patient, scene.clinic, scene.practitioner)
    text = CareInstruction.objects.get(code="herbal-compress").text

    def mentioned() -> set[bool]:
        said = (
            scene.on_the_phone("visit", running.following.pk),
            scene.on_the_phone("sheet"),
            scene.page("patients:sheet", scene.patient.pk),
        )
        return {text in page for page in said}

    for choice, wanted in (("not_mentioned", False), ("after_closure", True)):
        scene.choose("herbal_compress", choice)
        assert mentioned() == {wanted}


# --- what each place says for itself ---------------------------------------------------------------------------------


def test_the_minutes_of_observation_are_those_of_the_place(scene: Scene, desk: User, director: User, browser_of: Any):
    visit = a_visit(scene.patient, at(11, day=TODAY), scene.practitioner, desk, kind="treatment")
    Session.objects.filter(pk=visit.pk).update(status="in_progress")
    TreatmentRecord.objects.create(session=visit, started_at=NOW, by=scene.practitioner)
    for minutes in (20, 35):
        Location.objects.update(observation_minutes=minutes)
        assert f"The patient stays {minutes} minutes" in scene.page("desk:visit_chair", visit.pk)


def test_the_antisepsis_protocol_is_that_of_the_place(scene: Scene, desk: User):
    visit = a_visit(scene.patient, at(11, day=TODAY), scene.practitioner, desk, kind="treatment")
    for words, state in (("Chlorhexidine", "done"), ("", "todo")):
        Location.objects.update(antisepsis_protocol=words)
        items = scene.staff.get(reverse("desk:visit", args=[visit.pk])).context["items"]
        assert {item.code: item.state for item in items}["antisepsis"] == state


def test_a_course_that_a_reaction_stopped_keeps_its_times_for_the_hours_that_the_director_chose(scene: Scene):
    running = running_course(scene.patient, scene.clinic, scene.practitioner)
    scene.choose("hold_hours", 24)
    reaction = {"text": "Hives", "severity": "severe", "onset_at": NOW.isoformat()}
    assert scene.api.post(f"/api/v1/patients/{scene.patient.pk}/reactions/", reaction).status_code == 201
    day = NOW + timedelta(hours=24)
    assert (free_held_times(now=day - timedelta(seconds=1)), free_held_times(now=day)) == (0, 1)
    running.following.refresh_from_db()
    assert running.following.status == "planned"  # without a time


def looked_at() -> Iterable[str]:
    yield from (code for code, *_rest in READINGS)
    yield from HOURS
    yield from OWN_TEST
    yield from OF_THE_LOCATION
    # The second: treatment/test_drawn_up.py; the third: courses/changing/test_slot_offers.py.
    yield from ("hold_hours", "anaesthetic_limit", "freed_times")
    yield from ("test_valid_days", "test_serves_months", "consultation_months", "consent_months")
    yield from (
        "fifteen_days",
        "plan_first",
        "chair_minutes",
        "therapy_fields",
        "test_positive_criteria",
        "herbal_compress",
    )


def test_no_policy_of_the_catalogue_is_left_out():
    assert {setting.code for setting in all_settings()} == set(looked_at())
