"""Somebody known at another location: add this one with their yes, or open their record in an emergency."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import CARE, CLINICAL, allow, home_of
from clinic.base.forms import attempt, status_of
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.actions.emergencies import open_in_emergency
from patients.actions.places import add_location
from patients.forms.elsewhere import AddLocationForm, EmergencyForm
from patients.queries.elsewhere import patient_behind


@allow(CARE)
@require_POST
def location_add(request: HttpRequest) -> HttpResponse:
    """One press and the patient's yes: this location treats them too."""
    patient, place = patient_behind(request.user, request.POST.get("key", "")), home_of(request.user)
    assert place is not None  # staff in care have one
    form = AddLocationForm(request.POST)
    agreed = "agreed" in request.POST
    if attempt(form, lambda: add_location(patient=patient, location=place, agreed=agreed, by=request.user)):
        messages.success(request, _("%(place)s treats %(name)s from now on.") % {"place": place, "name": patient})
        return redirect("patients:detail", patient.pk)
    context = {"form": form, "place": place}
    return render(request, "patients/location_add.html", context, status=status_of(form))


@allow(CLINICAL)
@require_POST
def emergency(request: HttpRequest) -> HttpResponse:
    """First the form, then the record, for as long as was chosen."""
    key = request.POST.get("key", "")
    patient = patient_behind(request.user, key)
    form = EmergencyForm(request.POST if "reason" in request.POST else None, initial={"key": key})
    if form.is_bound and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("reason", "hours")}
        if opened := attempt(form, lambda: open_in_emergency(patient=patient, **given, by=request.user)):
            until = opened.until.astimezone(zone_of(request.user))
            messages.success(request, _("Open to you until %(time)s.") % {"time": f"{until:%H:%M}"})
            return redirect("patients:detail", patient.pk)
    return render(request, "patients/emergency.html", {"form": form}, status=status_of(form))
