"""The verdict page: what speaks against, what can be done about it, what is missing, and the soonest route."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import CARE, CLINICAL, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.zones import zone_of
from patients.access import access_patient, sees_conditions
from patients.actions.decisions import decide_finding
from patients.forms.plan import DecisionForm, PlanForm
from patients.models import Patient
from patients.queries.eligibility import decided_findings, evaluate, last_screening
from patients.queries.mixes import mixes_for
from patients.queries.questions import topic_of
from patients.queries.route import soonest_route
from patients.queries.rules import current_rules
from patients.views.shared import patient_page
from patients.views.verdict_card import card, checklists, next_step, shown_finding, shown_route
from protocols.eligibility import Occasion, Plan
from protocols.models import Formulation

PLAN_KEYS = {"areas": "area", "indication": "indication", "device": "delivery_device", "technique": "technique"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page evaluates: a plan, its mix and a day, as read from the address."""

    form: PlanForm
    plan: Plan
    formulation: Formulation | None
    on: date
    at: datetime
    zone: ZoneInfo
    query: str


@allow(CARE)
def eligibility(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Clinicians get findings and what to do; the desk gets bookable or not, and a date (D17)."""
    patient = access_patient(request.user, patient_id, what="eligibility")
    clinical = sees_conditions(request.user)
    asked = read_plan(request, patient)
    rules = current_rules()
    verdict = evaluate(patient, asked.on, Occasion.PLAN, asked.plan, rules=rules, zone=asked.zone)
    lists = checklists(patient, asked.plan, asked.formulation, at=asked.at, zone=asked.zone, user=request.user)
    context: dict[str, Any] = {"lists": lists, "next_step": next_step(lists)}
    if clinical:
        context |= {
            "form": asked.form,
            "verdict": card(verdict, patient, query=asked.query, rules=rules, user=request.user),
            "areas": asked.form.areas(),
            "chosen_areas": asked.form.data.getlist("area"),
            "decisions": decided_findings(patient, verdict),
            "route": shown_route(soonest_route(patient, asked.plan, asked.formulation, now=asked.at, zone=asked.zone)),
            "query": asked.query,
        }
    else:
        context |= {"bookable": verdict.is_eligible, "until": verdict.until, "on": verdict.on}
    return patient_page(request, "patients/eligibility.html", patient, "eligibility", **context)


def read_plan(request: HttpRequest, patient: Patient) -> Asked:
    """The plan in the address; without one the plan the patient was last screened for."""
    zone, at = zone_of(request.user), now()
    query = request.GET.copy()
    if not set(query) & {*PLAN_KEYS.values(), "formulation", "on"}:
        query = last_plan_query(patient, query)
    form = PlanForm(query, mixes=mixes_for(patient))
    if not form.is_valid():  # an address somebody made up: what is wrong in it is left out
        for name in form.errors:
            query.pop(name, None)
        form = PlanForm(query, mixes=mixes_for(patient))
        form.is_valid()
    plan, formulation = form.plan()
    return Asked(form, plan, formulation, form.day(at.astimezone(zone).date()), at, zone, query.urlencode())


def last_plan_query(patient: Patient, query: Any) -> Any:
    screening = last_screening(patient)
    kept = screening.plan if screening else {}
    for name, key in PLAN_KEYS.items():
        if value := kept.get(name):
            query.setlist(key, value if isinstance(value, list) else [value])
    if kept.get("formulation"):
        query["formulation"] = kept["formulation"]
    return query


# --- deciding --------------------------------------------------------------------------------------------------------


@allow(CLINICAL)
def decide(request: HttpRequest, patient_id: int, code: str) -> HttpResponse:
    """A prescriber settles a review, a named clinician acknowledges a caution, for exactly the plan in the address."""
    patient = access_patient(request.user, patient_id, what="decision")
    asked = read_plan(request, patient)
    verdict = evaluate(patient, asked.on, Occasion.PLAN, asked.plan, zone=asked.zone)
    finding = next((each for each in verdict.findings if each.code == code), None)
    if finding is None:
        raise Http404
    form = DecisionForm(posted(request))
    back = f"{reverse('patients:eligibility', args=[patient.pk])}?{asked.query}"
    if form.is_valid() and save_decision(form, patient, code, asked, request):
        messages.success(request, _("Decided and signed."))
        return redirect(back)
    context = {"form": form, "finding": shown_finding(finding), "back": back, "asked": asked}
    return patient_page(request, "patients/decide.html", patient, "eligibility", **context)


def save_decision(form: DecisionForm, patient: Patient, code: str, asked: Asked, request: HttpRequest) -> bool:
    try:
        decide_finding(
            patient=patient,
            code=code,
            decision=form.cleaned_data["decision"],
            reason=form.cleaned_data["reason"],
            plan=asked.plan,
            formulation=asked.formulation,
            on=asked.on,
            by=request.user,
        )
    except Refusal as refusal:
        form.add_refusal(refusal)
        return False
    return True


@allow(CLINICAL)
def answer(request: HttpRequest, patient_id: int, link_id: str) -> HttpResponse:
    """The page on which one question is asked, for the plan in the address: some questions belong to one plan alone."""
    patient = access_patient(request.user, patient_id, what="intake")
    topic = topic_of(link_id)
    if topic is None:
        raise Http404
    page = reverse("patients:intake_topic", args=[patient.pk, topic])
    return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
