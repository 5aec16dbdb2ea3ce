"""The questions of the day, answered on a phone or at the desk. The desk learns whether, never why (D17)."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.base.access import CARE, PATIENT, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient, own_record, sees_conditions
from patients.actions.intake import save_answers
from patients.forms.day import DayForm
from patients.models import Patient
from patients.queries.answers import answered_today
from patients.queries.eligibility import evaluate, plan_in_view
from patients.queries.last_told import LastTold, last_told
from patients.queries.questionnaire import Questionnaire, questionnaire_of
from patients.views.answers import in_words
from patients.views.verdict_card import shown_verdict
from protocols.eligibility import Occasion


@allow(CARE)
def same_day(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="same-day check")
    return check(request, patient, "patients/patient.html", reverse("patients:same_day", args=[patient.pk]))


@allow(PATIENT)
def own_same_day(request: HttpRequest) -> HttpResponse:
    return check(request, own_record(request.user, what="same-day check"), "portal.html", reverse("portal:same_day"))


def check(request: HttpRequest, patient: Patient, base: str, url: str) -> HttpResponse:
    """The form; or, once it is answered today, what follows from it."""
    questionnaire = todays_questionnaire(request, patient)
    told = last_told(patient, zone_of(request.user))
    form = day_form(questionnaire, posted(request), told.since)
    if form.is_valid() and save(request, patient, form, questionnaire):
        return redirect(url)
    done = answered_today(patient, questionnaire.on, zone_of(request.user))
    portal = base == "portal.html"
    context: dict[str, Any] = {"base": base, "patient": patient, "form": form, "portal": portal, "day": True}
    context["told"] = told_words(told) if portal or sees_conditions(request.user) else []
    if done and request.method == "GET" and "again" not in request.GET:
        verdict = evaluate(patient, questionnaire.on, Occasion.SAME_DAY, questionnaire.plan, zone=zone_of(request.user))
        clinical = sees_conditions(request.user)
        context |= {"done": done, "clinical": clinical, **shown_verdict(verdict, clinical)}
    with timezone.override(zone_of(request.user)):
        return render(request, "patients/same_day.html", context)


def todays_questionnaire(request: HttpRequest, patient: Patient) -> Questionnaire:
    zone = zone_of(request.user)
    return questionnaire_of(
        patient,
        occasion=Occasion.SAME_DAY,
        on=now().astimezone(zone).date(),
        plan=plan_in_view(patient),
        zone=zone,
        prescriber=False,
    )


def day_form(questionnaire: Questionnaire, data: Any, since: date | None) -> DayForm:
    """Every question of the day, blank: yesterday's answers are no answers (B09)."""
    questions = questionnaire.asked()
    if data and "preview" in data:
        return DayForm(questions=questions, since=since, typed=data)
    return DayForm(data, questions=questions, since=since)


def told_words(told: LastTold) -> list[dict[str, Any]]:
    """What was last told, in words; not for the desk (D17)."""
    return [{"question": question, "words": in_words(question, given.value)} for question, given in told.answers]


def save(request: HttpRequest, patient: Patient, form: DayForm, questionnaire: Questionnaire) -> bool:
    """Whether all was answered and kept; what is open is named at its question."""
    answers = form.given()
    for link_id in form.questions:
        if link_id not in answers:
            form.add_error(f"q-{link_id}", _("Please answer this question."))
    if form.errors:
        return False
    try:
        save_answers(patient=patient, occasion=Occasion.SAME_DAY, answers=answers, by=request.user)
    except Refusal as refusal:
        form.add_refusal(refusal)
        return False
    return True
