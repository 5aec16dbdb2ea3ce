"""How the clinic reaches a patient, and who stands beside them: the desk's page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import CARE, allow
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from patients.access import access_contact_person, access_patient
from patients.actions.contacts import add_contact_person, remove_contact_person
from patients.models import ContactPreference, Patient
from patients.views.shared import patient_page
from scheduling.desk.forms import ContactPersonForm, ReachForm
from scheduling.messages.actions.preferences import open_channels, set_contact


@allow(CARE)
def reach(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="how to reach")
    form = reach_form(request, patient)
    if attempt(form, lambda: set_contact(patient=patient, **form.given(), by=request.user)):
        messages.success(request, _("Saved. What is due goes that way."))
        return redirect("patients:reach", patient.pk)
    return reach_page(request, patient, form, ContactPersonForm())


def reach_form(request: HttpRequest, patient: Patient) -> ReachForm:
    kept = getattr(patient, "contact", None) or ContactPreference(patient=patient)
    start = {"no_calls": kept.no_calls}
    return ReachForm(posted(request), channels=open_channels(patient), kept=kept, initial=start)


def reach_page(request: HttpRequest, patient: Patient, form: ReachForm, person: ContactPersonForm) -> HttpResponse:
    contact = getattr(patient, "contact", None)
    context = {
        "form": form,
        "person": person,
        "contact_persons": list(patient.contact_persons.all()),
        "mail_unused": bool(patient.email) and contact is not None and contact.channel != "email",
    }
    code = max(status_of(form), status_of(person))
    return patient_page(request, "scheduling/desk/reach.html", patient, "detail", status=code, **context)


@allow(CARE)
@require_POST
def contact_new(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Somebody beside the patient."""
    patient = access_patient(request.user, patient_id, what="how to reach")
    person = ContactPersonForm(request.POST)
    if attempt(person, lambda: add_contact_person(patient=patient, **person.cleaned_data, by=request.user)):
        messages.success(request, _("Saved."))
        return redirect("patients:reach", patient.pk)
    form = reach_form(request, patient)
    form.is_bound = False
    return reach_page(request, patient, form, person)


@allow(CARE)
@require_POST
def contact_remove(request: HttpRequest, person_id: int) -> HttpResponse:
    person = access_contact_person(request.user, person_id)
    remove_contact_person(person=person)
    messages.success(request, _("Removed."))
    return redirect("patients:reach", person.patient_id)
