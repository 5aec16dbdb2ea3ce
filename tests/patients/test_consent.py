"""Consent: every line read, signed for its own act, backdated a little at most, refused, withdrawn (D20, D23)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.base.refusals import BadInput, Conflict, Refusal, Stale
from clinic.models import User
from patients.actions.consent import refuse_consent, sign_consent, withdraw_consent
from patients.models import Consent, Patient
from patients.queries.consent import consent_in_force
from patients.queries.plans import plan_of
from patients.queries.rules import current_options
from patients.queries.statements import statements_for, statements_for_plan
from protocols.models import TreatmentArea
from tests.factories import NOW

DAY = timedelta(days=1)


def lines(act: str) -> list[str]:
    """The lines that always apply."""
    return [line.code for line in statements_for(act) if not line.scope]


def sign(patient: Patient, by: User, act: str = "treatment", **rest: Any) -> Consent:
    given = {"statements": lines(act), "signed_name": "Ana Rossi"}
    return sign_consent(**({"patient": patient, "act": act, "by": by, "now": NOW} | given | rest))


def in_force(patient: Patient, act: str = "treatment", at: datetime = NOW) -> bool:
    return consent_in_force(patient, act, at) is not None


def test_a_signed_consent_keeps_the_lines_as_they_were_read(patient: Patient, practitioner: User):
    consent = sign(patient, practitioner)
    assert consent.signed_at == NOW
    assert [line["code"] for line in consent.statements] == lines("treatment")
    assert "There is little evidence that this treatment works." in [line["text"] for line in consent.statements]


def test_test_and_treatment_are_consented_to_apart(patient: Patient, practitioner: User):
    sign(patient, practitioner, "test")
    assert in_force(patient, "test")
    assert not in_force(patient, "treatment")


def test_a_line_left_out_is_named_and_nothing_is_signed(patient: Patient, practitioner: User):
    with pytest.raises(Refusal) as refused:
        sign(patient, practitioner, statements=[code for code in lines("treatment") if code != "little-evidence"])
    assert [reason.code for reason in refused.value.reasons] == ["little-evidence"]
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("statements", {"statements": ["no-such-line"]}),
        ("statements", {"statements": ["test-own-act"]}),
        ("signed_name", {"signed_name": " "}),
        ("signed_at", {"signed_at": NOW + timedelta(minutes=3)}),
        ("signed_at", {"signed_at": NOW - 8 * DAY, "paper": "Folder 7"}),
    ],
)
def test_what_cannot_be_signed_is_named(patient: Patient, practitioner: User, field: str, wrong: dict[str, Any]):
    with pytest.raises(BadInput) as refused:
        sign(patient, practitioner, **wrong)
    assert {error.field for error in refused.value.errors} == {field}
    assert not Consent.objects.exists()


def test_lines_with_a_scope_are_read_where_the_plan_needs_them(catalogue: None):
    scalp = plan_of(areas=TreatmentArea.objects.filter(code="scalp"))
    shown = {line.code for line in statements_for_plan("treatment", scalp, current_options())}
    assert shown - set(lines("treatment")) == {"hair-little-evidence", "hair-not-shown", "hair-claims"}


def test_a_consent_counts_from_its_signature_on(patient: Patient, practitioner: User):
    sign(patient, practitioner, signed_at=NOW - DAY, paper="Folder 7")
    assert in_force(patient, at=NOW)
    assert not in_force(patient, at=NOW - 2 * DAY)


def test_a_withdrawn_consent_does_not_count_and_keeps_who_and_when(patient: Patient, practitioner: User, desk: User):
    withdrawn = withdraw_consent(consent=sign(patient, practitioner), reason="Moves away", by=desk, version=1, now=NOW)
    assert (withdrawn.status, withdrawn.withdrawn_by, withdrawn.withdrawn_at, withdrawn.version) == (
        "inactive",
        desk,
        NOW,
        2,
    )
    assert not in_force(patient)


def test_a_refusal_outweighs_an_earlier_yes(patient: Patient, practitioner: User, desk: User):
    sign(patient, practitioner, now=NOW - DAY)
    refuse_consent(patient=patient, act="treatment", name="Ana Rossi", by=desk, now=NOW)
    assert not in_force(patient)


def test_a_later_signature_outweighs_a_refusal(patient: Patient, practitioner: User, desk: User):
    refuse_consent(patient=patient, act="treatment", name="Ana Rossi", by=desk, now=NOW - DAY)
    sign(patient, practitioner)
    assert in_force(patient)


def test_a_consent_is_withdrawn_once(patient: Patient, practitioner: User):
    consent = sign(patient, practitioner)
    withdraw_consent(consent=consent, by=practitioner, now=NOW)
    with pytest.raises(Conflict):
        withdraw_consent(consent=consent, by=practitioner, now=NOW)


def test_who_saw_an_old_version_withdraws_nothing(patient: Patient, practitioner: User):
    consent = sign(patient, practitioner)
    with pytest.raises(Stale):
        withdraw_consent(consent=consent, by=practitioner, version=7, now=NOW)
    assert in_force(patient)
