"""The verdict page: the findings, what can be done about it, what is missing, and the soonest route."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import CARE, CLINICAL, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.once import reads_once
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
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
from patients.views.answers import words_of
from patients.views.shared import back_to, patient_page
from patients.views.verdict_card import (
    card,
    checklists,
    deciding,
    is_open_to,
    next_step,
    shown_finding,
    shown_route,
)
from protocols.eligibility import Finding, Occasion, Plan, RuleSet
from protocols.eligibility.decisions import topics_of
from protocols.models import Formulation

PLAN_KEYS = {"areas": "area", "indication": "indication", "device": "delivery_device", "technique": "technique"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page evaluates: a plan, its mix and a day, as read from the address."""

    form: PlanForm
    areas: list[str]  # their codes
    plan: Plan
    formulation: Formulation | None
    on: date
    at: datetime
    zone: ZoneInfo
    query: str


@allow(CARE)
@reads_once
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
            "chosen_areas": asked.areas,
            "decisions": decided_findings(patient, verdict),
            "deciding": deciding(verdict, patient, asked.query, request.user),
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
    on, areas = form.day(at.astimezone(zone).date()), query.getlist("area")
    return Asked(form, areas, plan, formulation, on, at, zone, query.urlencode())


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
    """One finding: a prescriber settles a review, a named clinician a caution, for the plan in the address (D34)."""
    return decisions_page(request, patient_id, lambda finding: finding.code == code)


@allow(CLINICAL)
def decide_all(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Everything that this person has to decide, in one place; what is left blank stays open."""
    return decisions_page(request, patient_id, lambda finding: is_open_to(finding, request.user), several=True)


def decisions_page(
    request: HttpRequest, patient_id: int, wanted: Callable[[Finding], bool], *, several: bool = False
) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="decision")
    asked, rules = read_plan(request, patient), current_rules()
    verdict = evaluate(patient, asked.on, Occasion.PLAN, asked.plan, rules=rules, zone=asked.zone)
    findings = [finding for finding in verdict.findings if wanted(finding)]
    if not findings and not several:
        raise Http404
    back = back_to(request) or f"{reverse('patients:eligibility', args=[patient.pk])}?{asked.query}"
    forms = [decision_form(request, finding, several) for finding in findings]
    if request.method == "POST" and signed(forms, findings, patient, asked, request):
        messages.success(request, _("Decided and signed."))
        return redirect(back)
    words = words_of(patient)
    rows = [
        {"form": form, "finding": shown_finding(finding), "words": bound_words(finding, rules, words)}
        for form, finding in zip(forms, findings, strict=True)
    ]
    return patient_page(
        request,
        "patients/decide.html",
        patient,
        "eligibility",
        rows=rows,
        back=back,
        asked=asked,
        named=asked.plan.is_named,
        several=several,
    )


def decision_form(request: HttpRequest, finding: Finding, several: bool) -> DecisionForm:
    prefix = finding.code if several else None
    return DecisionForm(posted(request), prefix=prefix, empty_permitted=several, use_required_attribute=not several)


def bound_words(finding: Finding, rules: RuleSet, words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers a decision on the finding binds, in full (D34)."""
    rule = next((each for each in rules.rules if each.code == finding.code), None)
    topics = topics_of(rule, rules.questions) if rule else frozenset()
    return [row for row in words if row["question"].topic in topics]


@transaction.atomic
def signed(
    forms: list[DecisionForm], findings: list[Finding], patient: Patient, asked: Asked, request: HttpRequest
) -> bool:
    """Whether every form that was filled in, or that has to be, is a decision now; all of them or none."""
    filled = [
        (form, each)
        for form, each in zip(forms, findings, strict=True)
        if form.has_changed() or not form.empty_permitted
    ]
    wrong = [form for form, _finding in filled if not form.is_valid()]
    if wrong or not filled:
        return False
    refused = [each for form, each in filled if not save_decision(form, patient, each.code, asked, request)]
    if refused:
        transaction.set_rollback(True)
    return not refused


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
