"""Steps of the walk before a treatment, taken through the real actions, for tests that begin after them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from clinic.models import Location, User
from patients.actions.allergy_test import administer_test, read_test
from patients.actions.consent import sign_consent
from patients.actions.intake import save_answers
from patients.models import AllergyTest, AllergyTestReading, Consent, IntakeResponse, Patient
from protocols.models import ConsentStatement, Formulation, IntakeQuestion, Technique
from scheduling.models import Session
from scheduling.treatment.actions.record import Record, Used
from tests.stock import named_in

DAY = timedelta(days=1)
BORN = (14, 3)  # the birthday of everybody in the cast (tests/factories.py)
SAID = {"birth_day": 14, "birth_month": 3}  # the same, as forms and callers send it
# What is said at the start of a visit.
BEGIN = {"emergency_kit": True, "consent_confirmed": True, "place_confirmed": True, "born": BORN}
SENT = {
    "emergency_kit": True,
    "consent_confirmed": True,
    "place_confirmed": True,
    **SAID,
}  # as forms and callers send it
ANTISEPSIS = {
    f"antisepsis_{when}{rest}": value
    for when in ("before", "during", "after")
    for rest, value in (("", True), ("_note", "chlorhexidine"))
}


def clear_answers(occasion: str = "plan", **changes: Any) -> dict[str, Any]:
    """An answer to every question a patient is asked on that occasion, none of which raises anything."""
    questions = IntakeQuestion.objects.filter(active=True, occasions__contains=[occasion], asked_of="patient")
    nothing = {"boolean": False, "multiple": []}
    return {question.link_id: nothing.get(question.type) for question in questions} | changes


def take_intake(patient: Patient, *, by: User, now: datetime, **changes: Any) -> IntakeResponse:
    """A complete intake in which only `changes` exclude treatment."""
    return save_answers(patient=patient, occasion="plan", answers=clear_answers(**changes), by=by, now=now)


def check_same_day(patient: Patient, *, by: User, now: datetime, **changes: Any) -> IntakeResponse:
    return save_answers(
        patient=patient, occasion="same_day", answers=clear_answers("same_day", **changes), by=by, now=now
    )


def hold_consultation(patient: Patient, *, location: Location, at: datetime) -> Session:
    """A consultation that took place."""
    return Session.objects.create(
        patient=patient, location=location, kind="consultation", status="completed", performed_at=at
    )


def consent_to(patient: Patient, act: str, *, by: User, at: datetime) -> Consent:
    """Every line of the act signed, also those of special plans."""
    lines = ConsentStatement.objects.filter(act__in=[act, "both"]).values_list("code", flat=True)
    return sign_consent(
        patient=patient, act=act, statements=list(lines), signed_name=str(patient), signed_at=at, by=by, now=at
    )


def inject_test(
    patient: Patient, mix: Formulation, *, by: User, at: datetime, named: Sequence[str] | None = None
) -> AllergyTest:
    """A test with the products of `tests.stock`, or with such as name these, so that what they name was tested too
    (D40)."""
    return administer_test(
        named=named or named_in(mix.items.values_list("substance__code", flat=True)),
        patient=patient,
        formulation=mix,
        administered_at=at,
        injections=1,
        site="Left forearm",
        emergency_kit=True,
        by=by,
        now=at,
    )


def read(test: AllergyTest, *, by: User, at: datetime | None = None, result: str = "negative") -> AllergyTestReading:
    """A reading, 24 hours after the test unless said otherwise."""
    at = at or test.administered_at + DAY
    return read_test(test=test, read_at=at, result=result, symptoms_since="none", by=by, now=at)


def make_ready(
    patient: Patient,
    mix: Formulation,
    *,
    by: User,
    location: Location,
    now: datetime,
    named: Sequence[str] | None = None,
) -> None:
    """Everything of the patient's own record that a treatment with `mix` waits for, as of `now`."""
    hold_consultation(patient, location=location, at=now - 3 * DAY)
    take_intake(patient, by=by, now=now - 3 * DAY)
    consent_to(patient, "test", by=by, at=now - 2 * DAY)
    consent_to(patient, "treatment", by=by, at=now - 2 * DAY)
    read(inject_test(patient, mix, by=by, at=now - 2 * DAY, named=named), by=by)


def a_record(**changes: Any) -> Record:
    """A treatment as it was done, with all that can be asked before it is signed."""
    usual = {
        "areas": ("thigh",),
        "technique": Technique.objects.first(),
        "needle": "30 G",
        "needle_length_mm": Decimal(4),
        "depth": "intradermal",
        "injection_points": 40,
        "substances": (Used(code="vitamins", amount=Decimal(2), lot="A1"),),
        "operator_skill": "experienced",
        "hands_on_minutes": 20,
        "skin_response": "calm",
        "clinical_response": "better",
        **ANTISEPSIS,
    }
    return Record(**{**usual, **changes})
