"""What is missing before the needle, as far as the patient's own record says (D20).

The consultation, the emergency kit and the antisepsis protocol belong to the visit; scheduling adds them.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.refusals import Reason
from clinic.base.zones import home_zone
from patients.models import Consent, FindingDecision, Patient
from patients.queries.allergy import gate_for
from patients.queries.eligibility import as_reasons, evaluate
from patients.queries.plans import plan_from_json, plan_of
from protocols.eligibility import Act, Gate, GateStatus, Need, Occasion, Plan, Verdict
from protocols.models import Formulation


def missing_before(
    act: Act | str,
    patient: Patient,
    *,
    plan: Plan,
    formulation: Formulation | None,
    at: datetime,
    occasion: Occasion | str = Occasion.PLAN,
    zone: ZoneInfo | None = None,
) -> tuple[Reason, ...]:
    """Every reason of the patient's record why `act` (test or treatment) may not start at `at`; empty when it may."""
    zone, act = zone or home_zone(), Act(act)
    return (
        *consent_missing(act, patient, at),
        *eligibility_missing(evaluate(patient, local_date(at, zone.key), occasion, plan, zone=zone)),
        *(test_missing(patient, formulation, at, zone) if act is Act.TREATMENT else ()),
    )


def consent_missing(act: Act, patient: Patient, at: datetime) -> Iterator[Reason]:
    if consent_in_force(patient, act, at) is not None:
        return
    words = {
        Act.TEST: _("The patient has not signed the consent to the allergy test."),
        Act.TREATMENT: _("The patient has not signed the consent to the treatment."),
    }
    yield Reason(Need.CONSENT, words[act], cites=("F228", "D20"))


def consultation_missing(patient: Patient, at: datetime) -> Iterator[Reason]:
    """Read through the patient's visits, which are scheduling's: only prescribers hold consultations there."""
    held = patient.sessions.filter(kind="consultation", status="completed", performed_at__lte=at)
    if not held.exists():
        yield Reason(Need.CONSULTATION, _("No consultation with a prescriber has taken place."), cites=("F228", "D20"))


def consent_in_force(patient: Patient, act: Act | str, at: datetime) -> Consent | None:
    """The newest word on this act, if it was a yes that still stands (D20, D23)."""
    newest = Consent.objects.filter(patient=patient, act=act, signed_at__lte=at).first()
    return newest if newest and newest.status == Consent.Status.ACTIVE else None


def consents_of(patient: Patient) -> list[Consent]:
    """Every word on record, newest first."""
    return list(Consent.objects.filter(patient=patient).select_related("recorded_by", "withdrawn_by"))


def eligibility_missing(verdict: Verdict) -> tuple[Reason, ...]:
    return as_reasons(verdict.holding)


def test_missing(patient: Patient, formulation: Formulation | None, at: datetime, zone: ZoneInfo) -> Iterator[Reason]:
    if formulation is None:
        yield Reason(Need.ALLERGY_TEST, _("No mix has been chosen, so no test can cover it."), cites=("D21",))
        return
    gate = gate_for(patient, formulation, at)
    if not gate.is_open:
        yield Reason(Need.ALLERGY_TEST, gate_sentence(gate, zone), until=gate.opens_at, cites=gate.cites)


def gate_sentence(gate: Gate, zone: ZoneInfo) -> str:
    """What the allergy gate waits for, in one sentence; times are wall times in `zone`."""
    opens = date_format(gate.opens_at.astimezone(zone), "j M, H:i") if gate.opens_at else ""
    return {
        GateStatus.OPEN: _("The allergy test was negative."),
        GateStatus.NOT_APPLICABLE: _("No allergy test is needed: own blood only."),
        GateStatus.ACKNOWLEDGE: _("The mix is stronger than the one tested; a prescriber must acknowledge it."),
        GateStatus.SIGN_READING: _("The photo reading is provisional until a prescriber signs it."),
        GateStatus.SIGN_OWN_BLOOD: _("Own plasma needs no test; a prescriber must sign that."),
        GateStatus.READING_DUE: _("The allergy test has not been read yet."),
        GateStatus.WAITING: _("24 hours after the allergy test are not over; possible from %(opens)s."),
        GateStatus.REPEAT: _("The allergy test has to be repeated."),
        GateStatus.NO_TEST: _("This mix has no allergy test yet."),
        GateStatus.POSITIVE: _(
            "The allergy test was positive; no mix with its ingredients until a prescriber decides."
        ),
    }[gate.status] % {"opens": opens}


def eligible_for_test(patient: Patient, formulation: Formulation, at: datetime, zone: ZoneInfo) -> Verdict:
    """The verdict a test of this mix rests on.

    Decisions are bound to what was planned, so a review settled for the whole plan counts for its test too: the first
    plan with this mix that is eligible, else the verdict for the mix by itself.
    """
    on = local_date(at, zone.key)
    alone = evaluate(patient, on, Occasion.PLAN, plan_of(formulation=formulation), zone=zone)
    if alone.is_eligible:
        return alone
    decided = FindingDecision.objects.filter(patient=patient, plan__formulation=str(formulation.pk))
    plans = {plan_from_json(row.plan) for row in decided}
    verdicts = (evaluate(patient, on, Occasion.PLAN, plan, zone=zone) for plan in plans)
    return next((verdict for verdict in verdicts if verdict.is_eligible), alone)
