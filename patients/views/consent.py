"""Consent: the lines to read and sign on a tablet or on paper, what was signed, refused and withdrawn."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
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
from patients.access import access_consent, access_patient
from patients.actions.consent import refuse_consent, sign_consent, withdraw_consent
from patients.forms.acts import ConsentForm, ReasonForm
from patients.models import Consent, Patient
from patients.queries.consent import consent_in_force, consents_of, lines_to_sign
from patients.queries.eligibility import plans_in_view
from patients.views.consent_pdf import consent_pdf
from patients.views.shared import patient_page
from protocols.eligibility import Act, Plan

Record = Callable[..., Any]
Plans = Callable[[Patient], list[Plan]]


def act_of(request: HttpRequest, patient: Patient) -> str:
    """The act in the address, else the first that is not consented to."""
    asked = request.GET.get("act")
    if asked in Consent.Act.values:
        return str(asked)
    return str(Act.TREATMENT if consent_in_force(patient, Act.TEST, now()) else Act.TEST)


@allow(CARE)
def consent(request: HttpRequest, patient_id: int, plans: Plans = plans_in_view) -> HttpResponse:
    """Read, tick and sign the lines of one act that do not stand yet; below, everything signed so far.

    Whoever knows of courses hands in the `plans` that also name theirs (D36).
    """
    patient = access_patient(request.user, patient_id, what="consent")
    act, zone = act_of(request, patient), zone_of(request.user)
    lines = lines_to_sign(patient, plans(patient), now())[act]
    form = ConsentForm(posted(request), lines=lines, zone=zone, initial={"signed_name": str(patient)})
    if form.is_valid() and save(form, patient, act, request):
        messages.success(request, _("Consent recorded."))
        return redirect(f"{reverse('patients:consent', args=[patient.pk])}?act={act}")
    context: dict[str, Any] = {
        "form": form,
        "act": act,
        "heading": headings()[act],
        "acts": act_tabs(patient, act),
        "in_force": consent_in_force(patient, act, now()),
        "signed": consents_of(patient),
    }
    return patient_page(request, "patients/consent.html", patient, "consent", **context)


def headings() -> dict[str, str]:
    return {
        Consent.Act.TEST: _("Consent to the allergy test"),
        Consent.Act.TREATMENT: _("Consent to the treatment"),
        Consent.Act.PHOTOS: _("Consent to photographs"),
    }


def act_tabs(patient: Patient, here: str) -> list[dict[str, Any]]:
    url = reverse("patients:consent", args=[patient.pk])
    return [{"label": act.label, "url": f"{url}?act={act}", "active": act == here} for act in Consent.Act]


def save(form: ConsentForm, patient: Patient, act: str, request: HttpRequest) -> bool:
    try:
        sign_consent(patient=patient, act=act, by=request.user, **form.wanted())
    except Refusal as refusal:
        form.add_refusal(refusal)
        return False
    return True


@allow(CARE)
def consent_print(request: HttpRequest, patient_id: int, plans: Plans = plans_in_view) -> HttpResponse:
    """The sheet for paper: the lines of one act that are to be signed, with room for date and signature."""
    patient = access_patient(request.user, patient_id, what="consent")
    act = act_of(request, patient)
    context = {"patient": patient, "act": act, "heading": headings()[act]}
    context["lines"] = lines_to_sign(patient, plans(patient), now())[act]
    with timezone.override(zone_of(request.user)):
        return render(request, "patients/consent_print.html", context | {"today": now()})


@allow(CARE | {PATIENT})
def consent_file(request: HttpRequest, consent_id: int) -> HttpResponse:
    """What was signed, as a file to take home. Its name holds no person."""
    found = access_consent(request.user, consent_id)
    answer = HttpResponse(consent_pdf(found, zone_of(request.user)), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="consent.pdf"'
    return answer


@allow(CARE)
def consent_refuse(request: HttpRequest, patient_id: int, record: Record = refuse_consent) -> HttpResponse:
    """The patient says no to one act (D23). Whoever knows of courses hands in the `record` that also closes them."""
    patient = access_patient(request.user, patient_id, what="consent")
    act, form = act_of(request, patient), ReasonForm(posted(request))
    if form.is_valid():
        record(patient=patient, act=act, name=str(patient), reason=form.cleaned_data["reason"], by=request.user)
        messages.info(request, _("The refusal is recorded."))
        return redirect("patients:consent", patient.pk)
    page, shown = "patients/consent_end.html", Consent.Act(act)
    return patient_page(request, page, patient, "consent", form=form, refusing=True, act=shown)


@allow(CARE)
def consent_withdraw(request: HttpRequest, consent_id: int, record: Record = withdraw_consent) -> HttpResponse:
    """The patient takes a consent back (D23); `record` as in consent_refuse."""
    consent = access_consent(request.user, consent_id)
    form = ReasonForm(posted(request))
    if form.is_valid():
        record(consent=consent, reason=form.cleaned_data["reason"], by=request.user)
        messages.info(request, _("The withdrawal is recorded."))
        return redirect("patients:consent", consent.patient_id)
    page, act = "patients/consent_end.html", Consent.Act(consent.act)
    return patient_page(request, page, consent.patient, "consent", form=form, refusing=False, act=act, consent=consent)
