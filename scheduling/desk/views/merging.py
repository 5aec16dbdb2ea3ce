"""Two records of one person: looked at side by side, made one, and taken apart again within a day."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.requests import HttpRequest
from patients.access import access_patient, patients_for
from patients.queries.people import best, likely_duplicates
from patients.views.shared import patient_page
from scheduling.desk.actions import merging
from scheduling.desk.queries.overview import merged_lately

SHOWN = 8


@allow(CARE)
def merge(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Without `?other=` the records that may be the same person; with one what merging does, and the act itself."""
    patient = access_patient(request.user, patient_id, what="merge")
    others = patients_for(request.user).exclude(pk=patient.pk)
    if not request.GET.get("other"):
        words = request.GET.get("q", "")
        found = best(others, words, SHOWN) if words.strip() else []
        likely = [each.patient for each in likely_duplicates(patients=others, like=patient)]
        shown = found or likely
        return patient_page(request, "scheduling/desk/merge.html", patient, "detail", q=words, found=shown)
    other = access_patient(request.user, request.GET["other"], what="merge")
    if request.method == "POST":
        merging.merge(kept=patient, retired=other, by=request.user)
        messages.success(request, _("The two records are one now. Within a day they can be taken apart again."))
        return redirect("patients:detail", patient.pk)
    seen = merging.preview(patient, other)
    clinical = role_of(request.user) in CLINICAL
    may = not seen.obstacles and (clinical or not seen.differences)
    return patient_page(request, "scheduling/desk/merge_preview.html", patient, "detail", preview=seen, may=may)


@allow(CARE)
@require_POST
def take_apart(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="merge")
    done = merged_lately(patient, clock.now()).first()
    if done is None:
        raise Http404
    merging.take_apart(done=done, by=request.user)
    messages.success(request, _("There are two records again."))
    return redirect("patients:detail", patient.pk)
