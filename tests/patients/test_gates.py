"""What is missing before the needle, the lists of it, and the soonest route, step by step (D20, D22, F220)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.base.refusals import Reason
from clinic.models import Location, User
from patients.models import Patient
from patients.queries.checklist import before_test, before_treatment
from patients.queries.plans import NOTHING_PLANNED, plan_of
from patients.queries.readiness import AskedAct, facts_of
from patients.queries.readiness_words import reasons_of
from patients.queries.route import Route, soonest_route
from patients.views.summary import summary_of
from protocols.eligibility import Act, Occasion
from protocols.models import Formulation
from tests.factories import NOW, TODAY
from tests.steps import DAY, check_same_day, consent_to, hold_consultation, inject_test, make_ready, read, take_intake

ROME = ZoneInfo("Europe/Rome")
HOUR = timedelta(hours=1)


def reasons(act: str, patient: Patient, mix: Formulation | None, at: datetime = NOW, **rest: Any) -> tuple[Reason, ...]:
    plan = plan_of(formulation=mix) if mix else NOTHING_PLANNED
    location = Location.objects.get(name="Aventino")
    asked = AskedAct(patient=patient, act=Act(act), plan=plan, formulation=mix, zone=ROME, location=location, **rest)
    (facts,) = facts_of([asked], at=at)
    return reasons_of(facts)


def missing(*asked: Any, **rest: Any) -> list[str]:
    return [reason.code for reason in reasons(*asked, **rest)]


@pytest.fixture
def ready(patient: Patient, mix: Formulation, practitioner: User, clinic: Location) -> Patient:
    hold_consultation(patient, location=clinic, at=NOW - 3 * DAY)
    take_intake(patient, by=practitioner, now=NOW - 3 * DAY, silicon_long_term=False)
    consent_to(patient, "test", by=practitioner, at=NOW - 3 * DAY)
    return patient


def test_nothing_is_missing_once_all_is_there(patient: Patient, mix: Formulation, practitioner: User, clinic: Location):
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    assert missing("test", patient, mix) == missing("treatment", patient, mix) == []


def test_the_test_waits_for_its_own_consent_and_not_for_itself(ready: Patient, mix: Formulation):
    assert missing("test", ready, mix) == []
    assert missing("treatment", ready, mix) == ["consent", "allergy_test"]


def test_without_a_mix_no_test_can_cover_it(ready: Patient):
    assert missing("treatment", ready, None) == ["consent", "allergy_test"]


def test_the_day_itself_asks_for_that_days_answers(ready: Patient, mix: Formulation, practitioner: User):
    assert "unanswered:cough" in missing("test", ready, mix, occasion=Occasion.SAME_DAY)
    check_same_day(ready, by=practitioner, now=NOW)
    assert missing("test", ready, mix, occasion=Occasion.SAME_DAY) == []
    assert "unanswered:cough" in missing("test", ready, mix, at=NOW + DAY, occasion=Occasion.SAME_DAY)


def test_a_waiting_test_says_until_when(ready: Patient, mix: Formulation, practitioner: User):
    inject_test(ready, mix, by=practitioner, at=NOW - HOUR)
    consent_to(ready, "treatment", by=practitioner, at=NOW)
    found = reasons("treatment", ready, mix)
    assert [(reason.code, reason.until) for reason in found] == [("allergy_test", NOW + 23 * HOUR)]
    assert "6 May, 09:00" in found[0].message


def test_the_lists_say_what_is_there_what_waits_and_what_is_missing(
    ready: Patient, mix: Formulation, clinic: Location, practitioner: User
):
    inject_test(ready, mix, by=practitioner, at=NOW - HOUR)
    shared = {"at": NOW, "zone": ROME, "location": clinic}
    treatment = before_treatment(ready, plan_of(formulation=mix), mix, **shared)
    assert {item.step: item.state for item in treatment} == {
        "intake": "done",
        "consultation": "done",
        "eligibility": "done",
        "allergy_test": "wait",
        "consent_treatment": "todo",
        "antisepsis": "done",
        "kit": "wait",
    }
    clinic.antisepsis_protocol = ""
    test = before_test(ready, None, **shared)
    assert {item.step for item in test if item.state == "todo"} == {"mix", "antisepsis"}


# --- the soonest route ---------------------------------------------------------------------------------------------


def route(patient: Patient, mix: Formulation | None, at: datetime = NOW) -> Route:
    plan = plan_of(formulation=mix) if mix else NOTHING_PLANNED
    return soonest_route(patient, plan, mix, now=at, zone=ROME)


def test_test_today_first_session_tomorrow(ready: Patient, mix: Formulation):
    found = route(ready, mix, NOW + timedelta(minutes=7))
    assert (found.test_at, found.opens_at) == (NOW + HOUR / 4, NOW + HOUR / 4 + DAY)
    assert (found.first_on, found.first_at) == (TODAY + DAY, NOW + HOUR / 4 + DAY)


def test_no_session_is_promised_for_today_before_a_mix_is_chosen(ready: Patient):
    """Whatever mix it will be, its test still needs 24 hours."""
    found = route(ready, None)
    assert (found.test_at, found.first_on, found.first_at) == (None, TODAY + DAY, NOW + DAY)


def test_what_defers_the_test_defers_everything_and_is_named(ready: Patient, mix: Formulation, practitioner: User):
    take_intake(ready, by=practitioner, now=NOW, silicon_long_term=False, aspirin_last_dose="2026-05-01")
    found = route(ready, mix)
    assert found.test_at is not None
    assert found.test_at.date() == TODAY + 10 * DAY
    assert found.first_on == TODAY + 11 * DAY
    assert [each.code for each in found.test_because] == ["aspirin"]


def test_a_running_test_opens_the_first_session(ready: Patient, mix: Formulation, practitioner: User):
    inject_test(ready, mix, by=practitioner, at=NOW - 2 * HOUR)
    found = route(ready, mix)
    assert (found.test_at, found.opens_at) == (None, NOW + 22 * HOUR)
    assert found.first_at == NOW + 22 * HOUR


def test_a_negative_test_leaves_nothing_to_wait_for(ready: Patient, mix: Formulation, practitioner: User):
    read(inject_test(ready, mix, by=practitioner, at=NOW - DAY), by=practitioner)
    found = route(ready, mix)
    assert (found.test_at, found.opens_at, found.first_on) == (None, None, TODAY)


def test_a_positive_test_or_a_block_has_no_route(ready: Patient, mix: Formulation, practitioner: User):
    read(inject_test(ready, mix, by=practitioner, at=NOW - DAY), by=practitioner, result="positive")
    assert route(ready, mix).first_on is None
    take_intake(ready, by=practitioner, now=NOW, silicon_long_term=False, stroke=True)
    blocked = route(ready, None)
    assert blocked.first_on is None
    assert [each.code for each in blocked.stopped_by] == ["stroke"]


def test_what_a_person_can_settle_does_not_move_the_day(ready: Patient, mix: Formulation, practitioner: User):
    take_intake(ready, by=practitioner, now=NOW, silicon_long_term=False, herpes_past=True)
    found = route(ready, mix)
    assert found.first_on == TODAY + DAY
    assert [each.code for each in found.waiting_for] == ["herpes-past"]


# --- the card on the overview --------------------------------------------------------------------------------------


def test_the_card_shows_the_desk_no_condition(ready: Patient, practitioner: User, desk: User, time_machine: Any):
    time_machine.move_to(NOW, tick=False)
    take_intake(ready, by=practitioner, now=NOW, silicon_long_term=False, aspirin_last_dose="2026-05-01")
    for_desk, for_clinician = summary_of(ready, desk), summary_of(ready, practitioner)
    assert (for_desk["clinical"], for_clinician["clinical"]) == (False, True)
    assert for_desk["until"] == TODAY + 10 * DAY
    assert "aspirin" not in str(for_desk).lower()
    assert "Mix" not in [link["label"] for link in for_desk["links"]]
