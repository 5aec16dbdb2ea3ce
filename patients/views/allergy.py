"""The allergy test page: tests of this patient, their readings, and what a prescriber settles."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import CLINICAL, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_allergy, access_patient, access_reading, access_test
from patients.actions.allergies import record_allergy, settle_allergy
from patients.actions.allergy_test import acknowledge_gate, administer_test, read_test, sign_reading
from patients.actions.identity import born_of
from patients.forms.acts import AllergyForm, ReadingForm, SettleForm, SignedReasonForm, TestForm
from patients.models import AllergyTest, AllergyTestReading, Patient
from patients.queries import catalogue
from patients.queries.allergy import allergies_of, known_allergens, tests_of
from patients.queries.mixes import mixes_for, tried
from patients.queries.readiness_words import gate_sentence
from patients.queries.suppressants import suppressants_of
from patients.views.shared import patient_page, shown_mixes
from protocols.eligibility.gate import ASK_AFTER
from protocols.queries import positive_criteria

# How a test stands, in the words of the status pills.
PENDING, PROVISIONAL = "pending", "provisional"


class NoLines:
    """Where nothing is known of products."""

    def __init__(self, data: Any, *, today: Any) -> None:
        pass

    def is_valid(self) -> bool:
        return True

    def given(self) -> dict[str, Any]:
        return {}

    def add_refusal(self, refusal: Refusal) -> None:
        """The form of the test shows it."""


@allow(CLINICAL)
def allergy_test(
    request: HttpRequest,
    patient_id: int,
    act: Callable[..., Any] = administer_test,
    lines: Callable[..., Any] = NoLines,
) -> HttpResponse:
    """What was tested and read, and the form for a new test.

    Whoever knows of products hands in `lines`, the form of what is drawn up, and the `act` that takes it (D40).
    """
    patient = access_patient(request.user, patient_id, what="allergy test")
    zone, at = zone_of(request.user), now()
    mixes = mixes_for(patient)
    start = {"administered_at": at.replace(second=0, microsecond=0), "formulation": request.GET.get("mix")}
    form = TestForm(posted(request), mixes=mixes, zone=zone, initial=start)
    drawn = lines(posted(request), today=at.astimezone(zone).date())
    if form.is_valid() and drawn.is_valid():
        try:
            act(patient=patient, by=request.user, **born_of(form.cleaned_data), **drawn.given())
        except Refusal as refusal:
            form.add_refusal(refusal)
            drawn.add_refusal(refusal)
        else:
            messages.success(request, _("The test is recorded. It can be read after 24 hours."))
            return redirect("patients:allergy_test", patient.pk)
    context: dict[str, Any] = {
        "form": form,
        "drawn": drawn,
        "criteria": positive_criteria(),
        "hidden_by": suppressants_of(patient, at.astimezone(zone).date(), zone),
        "tests": [shown_test(test, at) for test in tests_of(patient)],
        "allergies": allergies_of(patient),
        "mixes": shown_mixes(patient, mixes, at, zone),
    }
    return patient_page(request, "patients/allergy_test.html", patient, "allergy_test", **context)


def shown_test(test: AllergyTest, at: datetime) -> dict[str, Any]:
    readings = list(test.readings.all())
    return {"test": test, "readings": readings, "status": status_of(readings), "readable": at >= test.opens_at}


def status_of(readings: list[AllergyTestReading]) -> str:
    if not readings:
        return PENDING
    if any(reading.result == AllergyTestReading.Result.POSITIVE for reading in readings):
        return AllergyTestReading.Result.POSITIVE
    return PROVISIONAL if readings[-1].provisional else readings[-1].result


@allow(CLINICAL)
def reading(request: HttpRequest, test_id: int, act: Callable[..., Any] = read_test) -> HttpResponse:
    """The form for one reading. Whoever knows of courses hands in the `act` that also holds them (D22)."""
    test = access_test(request.user, test_id)
    zone, at = zone_of(request.user), now()
    looks = AllergyTestReading.Look
    look = looks.DELAYED if at >= test.opens_at else looks.IMMEDIATE
    start = {"read_at": at.replace(second=0, microsecond=0), "look": look}
    form = ReadingForm(posted(request), zone=zone, initial=start)
    if form.is_valid():
        try:
            act(test=test, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The reading is recorded."))
            return redirect("patients:allergy_test", test.patient_id)
    return patient_page(
        request,
        "patients/reading.html",
        test.patient,
        "allergy_test",
        form=form,
        test=test,
        ask=at > test.administered_at + ASK_AFTER,
        readable=at >= test.opens_at,
        criteria=positive_criteria(),
    )


@allow(CLINICAL)
@require_POST
def reading_sign(request: HttpRequest, reading_id: int) -> HttpResponse:
    """A prescriber signs a photo reading."""
    found = access_reading(request.user, reading_id)
    sign_reading(reading=found, by=request.user)
    messages.success(request, _("The reading is signed."))
    return redirect("patients:allergy_test", found.test.patient_id)


@allow(CLINICAL)
def allergy_new(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The form for an allergy that is known: reported by the patient, or proved."""
    patient = access_patient(request.user, patient_id, what="allergies")
    form = AllergyForm(posted(request), allergens=known_allergens())
    if form.is_valid():
        try:
            record_allergy(patient=patient, note=form.cleaned_data["note"], by=request.user, **form.named())
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded. No mix may hold it from now on."))
            return redirect("patients:allergy_test", patient.pk)
    return patient_page(request, "patients/allergy_new.html", patient, "allergy_test", form=form)


@allow(CLINICAL)
def settle(request: HttpRequest, allergy_id: int) -> HttpResponse:
    """A prescriber confirms or rules out a suspected allergy."""
    allergy = access_allergy(request.user, allergy_id)
    form = SettleForm(posted(request))
    if form.is_valid():
        confirmed = form.cleaned_data["verdict"] == "confirmed"
        settle_allergy(allergy=allergy, confirmed=confirmed, note=form.cleaned_data["note"], by=request.user)
        messages.success(request, _("Decided and signed."))
        return redirect("patients:allergy_test", allergy.patient_id)
    return patient_page(request, "patients/settle.html", allergy.patient, "allergy_test", form=form, allergy=allergy)


@allow(CLINICAL)
def acknowledge(request: HttpRequest, patient_id: int, formulation_id: int) -> HttpResponse:
    """A prescriber accepts a stronger mix, or signs that own plasma needs no test."""
    patient: Patient = access_patient(request.user, patient_id, what="allergy test")
    mix = catalogue.formulation_or_404(formulation_id)
    form = SignedReasonForm(posted(request))
    if form.is_valid():
        acknowledge_gate(patient=patient, formulation=mix, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("Acknowledged and signed."))
        return redirect("patients:allergy_test", patient.pk)
    found = tried(patient, [mix], now())[0]
    page, text = "patients/acknowledge.html", gate_sentence(found.gate, zone_of(request.user))
    return patient_page(request, page, patient, "allergy_test", form=form, mix=mix, text=text)
