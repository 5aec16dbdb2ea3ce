"""The card that stands for all of this app on a patient's overview; `templates/patients/_summary.html` draws it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import staff_of
from clinic.base.clock import now
from clinic.base.zones import zone_of
from patients.access import sees_conditions
from patients.models import Patient
from patients.queries.alerts import alerts_of
from patients.queries.catalogue import formulation
from patients.queries.checklist import before_treatment
from patients.queries.eligibility import evaluate, last_screening
from patients.queries.plans import plan_from_json
from patients.views.verdict_card import row
from protocols.eligibility import Plan, Status
from protocols.models import Formulation


def summary_of(
    patient: Patient, user: Any, *, plan: Plan | None = None, mix: Formulation | None = None
) -> dict[str, Any]:
    """Verdict for `plan` with `mix`, else for what was last planned; what is missing, and quick links; for the desk no
    condition (D17)."""
    zone, at, clinical, staff = zone_of(user), now(), sees_conditions(user), staff_of(user)
    if plan is None:
        plan, mix = last_planned(patient)
    verdict = evaluate(patient, at.astimezone(zone).date(), plan=plan, zone=zone)
    items = before_treatment(patient, plan, mix, at=at, zone=zone, location=staff.location if staff else None)
    held_back = verdict.status is Status.ELIGIBLE and alerts_of(patient, at).needs_decision
    return {
        "clinical": clinical,
        "verdict": str(Status.NEEDS_REVIEW if held_back else verdict.status),
        "until": verdict.until,
        "plan": mix.name if mix and clinical else "",
        "rows": [row(item, patient, clinical) for item in items],
        "links": quick_links(patient, clinical),
    }


def last_planned(patient: Patient) -> tuple[Plan, Formulation | None]:
    """What the patient was last screened for."""
    screening = last_screening(patient)
    kept = screening.plan if screening else {}
    return plan_from_json(kept), formulation(kept.get("formulation") or "")


def quick_links(patient: Patient, clinical: bool) -> list[dict[str, Any]]:
    pages = [
        ("same_day", "calendar-check", _("Questions of today"), False),
        ("eligibility", "shield-check", _("Eligibility"), False),
        ("mix", "droplet-half", _("Mix"), True),
        ("allergy_new", "exclamation-octagon", _("Record an allergy"), True),
        ("edit", "pencil", _("Contact data"), False),
    ]
    return [
        {"url": reverse(f"patients:{name}", args=[patient.pk]), "icon": icon, "label": label}
        for name, icon, label, needs_clinician in pages
        if clinical or not needs_clinician
    ]
