"""Who opened this record: with names for the director, by role for the patient."""

from django.http import HttpResponse
from django.shortcuts import render

from clinic.base.access import DIRECTOR, PATIENT, allow, role_of
from clinic.base.disclosure import may_read
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient, own_record
from patients.queries.opened import openings_of
from patients.views.shared import patient_page


@allow(DIRECTOR)
def opened(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="opened by")
    names = may_read(role_of(request.user), "Opening", "name")
    return patient_page(request, "patients/opened.html", patient, "opened", openings=openings_of(patient), names=names)


@allow(PATIENT)
def own_opened(request: HttpRequest) -> HttpResponse:
    patient = own_record(request.user, what="opened by")
    names = may_read(role_of(request.user), "Opening", "name")
    context = {"patient": patient, "openings": openings_of(patient), "names": names, "zone": zone_of(request.user).key}
    return render(request, "patients/own_opened.html", context)
