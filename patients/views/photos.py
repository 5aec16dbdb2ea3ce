"""Photographs before and after, and the only address that serves one."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import CLINICAL, allow
from clinic.base.clock import now
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient, access_photo
from patients.actions.photos import add_photo, remove_photo
from patients.forms.photos import PhotoForm
from patients.models import Photo
from patients.queries.photos import agrees, pairs, photos_of
from patients.views.shared import patient_page


@allow(CLINICAL)
def photos(request: HttpRequest, patient_id: int) -> HttpResponse:
    """By site and pose, the first beside the newest or the two that are chosen, and the form for another."""
    patient = access_patient(request.user, patient_id, what="photos")
    form = PhotoForm(posted(request), request.FILES or None, zone=zone_of(request.user))

    def add() -> object:
        given = dict(form.cleaned_data)
        return add_photo(patient=patient, sent=given.pop("file").read(), by=request.user, **given)

    if attempt(form, add):
        messages.success(request, _("Kept."))
        return redirect("patients:photos", patient.pk)
    found = pairs(photos_of(patient, now()), request.GET.getlist("show"))
    context = {"form": form, "agrees": agrees(patient, now()), "pairs": found}
    return patient_page(request, "patients/photos.html", patient, "photos", status=status_of(form), **context)


def shown_photo(request: HttpRequest, photo_id: int) -> Photo:
    """404 while the patient does not agree to photographs: a withdrawal hides them (D36)."""
    found = access_photo(request.user, photo_id)
    return get_object_or_404(photos_of(found.patient, now()), pk=found.pk)


@allow(CLINICAL)
def photo(request: HttpRequest, photo_id: int) -> FileResponse:
    """The picture itself, for whoever may see the patient, while the consent stands."""
    found = shown_photo(request, photo_id)
    return FileResponse(found.file.open(), content_type="image/jpeg", filename="photo.jpg")


@allow(CLINICAL)
@require_POST
def photo_remove(request: HttpRequest, photo_id: int) -> HttpResponse:
    found = shown_photo(request, photo_id)
    remove_photo(photo=found, by=request.user)
    messages.success(request, _("Taken away."))
    return redirect("patients:photos", found.patient_id)
