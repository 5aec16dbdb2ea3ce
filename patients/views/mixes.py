"""The mix builder and the measurements of one patient."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient
from patients.actions.formulations import create_formulation
from patients.actions.measurements import record_measurement
from patients.forms.mixes import ROWS, WORDS, MeasurementForm, MixForm
from patients.models import Patient
from patients.queries.catalogue import usual_topicals
from patients.queries.measurements import Series, series_of
from patients.queries.mixes import mixes_for
from patients.views.shared import back_to, patient_page, shown_mixes
from protocols.library.expected import goals

MOST_ROWS = 12
Draw = Callable[[Patient, Sequence[Series], ZoneInfo], Sequence[object]]  # one picture for each series


@allow(CLINICAL)
def mix(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Mixes of this patient with how their tests stand, and the builder for another."""
    patient = access_patient(request.user, patient_id, what="mix")
    rows = MOST_ROWS if "more" in request.GET or f"substance-{ROWS}" in request.POST else ROWS
    form = MixForm(posted(request), rows=rows, initial={"topicals": usual_topicals()})
    if form.is_valid():
        try:
            made = create_formulation(name=form.cleaned_data["name"], items=form.items(), by=request.user)
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("“%(name)s” is mixed on paper. Check it against the answers.") % {"name": made})
            back = back_to(request) or reverse("patients:eligibility", args=[patient.pk])
            return redirect(f"{back}{'&' if '?' in back else '?'}formulation={made.pk}")
    shown = shown_mixes(patient, mixes_for(patient), now(), zone_of(request.user))
    more = rows < MOST_ROWS
    return patient_page(request, "patients/mix.html", patient, "mix", form=form, mixes=shown, more=more, goals=goals())


@allow(CLINICAL)
def measurements(request: HttpRequest, patient_id: int, draw: Draw) -> HttpResponse:
    """What was measured, series by series and drawn, and the form for the next value."""
    patient, zone = access_patient(request.user, patient_id, what="measurements"), zone_of(request.user)
    form = MeasurementForm(posted(request), zone=zone)
    if form.is_valid():
        try:
            record_measurement(patient=patient, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("patients:measurements", patient.pk)
    found = series_of(patient)
    series = [
        {"word": WORDS.get(each.code, each.code), "series": each, "plot": plot}
        for each, plot in zip(found, draw(patient, found, zone), strict=True)
    ]
    return patient_page(request, "patients/measurements.html", patient, "measurements", form=form, series=series)
