"""What every page of one patient shares: its tabs, its zone, and who may see what."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, is_prescriber, role_of
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import sees_conditions
from patients.models import Patient
from patients.queries.alerts import alerts_of
from patients.queries.mixes import tried
from patients.queries.plans import items_of
from patients.queries.readiness_words import gate_sentence
from protocols.models import Formulation

# (name of the page, its word, only for clinicians)
TABS: tuple[tuple[str, Any, bool], ...] = (
    ("detail", lambda: _("Overview"), False),
    ("intake", lambda: _("Intake"), True),
    ("eligibility", lambda: _("Eligibility"), False),
    ("mix", lambda: _("Mix"), True),
    ("allergy_test", lambda: _("Allergy test"), True),
    ("consent", lambda: _("Consent"), False),
    ("measurements", lambda: _("Measurements"), True),
    ("photos", lambda: _("Photographs"), True),
)
DIRECTORS = (("opened", lambda: _("Opened by"), True),)


def tabs_for(patient: Patient, user: Any, here: str) -> list[dict[str, Any]]:
    """The tabs of a patient's pages for this person; `here` is the name of the page shown."""
    return [
        {"label": word(), "url": reverse(f"patients:{name}", args=[patient.pk]), "active": name == here}
        for name, word, clinical in (*TABS, *(DIRECTORS if role_of(user) == DIRECTOR else ()))
        if not clinical or sees_conditions(user)
    ]


def shown_mixes(patient: Patient, mixes: list[Formulation], at: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Mixes with what their tests say for this patient."""
    return [
        {
            "mix": each.mix,
            "amounts": amounts_of(each.mix),
            "gate": str(each.gate.status),
            "open": each.gate.is_open,
            "text": gate_sentence(each.gate, zone),
        }
        for each in tried(patient, mixes, at)
    ]


def amounts_of(mix: Formulation) -> str:
    """The ingredients with their amounts, in one line."""
    return " · ".join(f"{item.substance} {item.amount.normalize():f} {item.unit}" for item in items_of(mix))


def patient_page(
    request: HttpRequest, template: str, patient: Patient, here: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page about one patient, its times in the zone of whoever looks."""
    zone = zone_of(request.user)
    shared = {
        "patient": patient,
        "tabs": tabs_for(patient, request.user, here),
        "zone": zone.key,
        "clinical": sees_conditions(request.user),
        "prescriber": is_prescriber(request.user),
        "alerts": alerts_of(patient, clock.now()),
    }
    with timezone.override(zone):
        return render(request, template, shared | context, status=status)


def back_to(request: HttpRequest) -> str:
    """Where the reader came from, when that is a page of ours."""
    url = request.GET.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
