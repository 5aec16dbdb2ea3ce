"""The list of patients, registering one, and keeping the contact data right."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clinic.base.access import CARE, allow
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from patients.access import access_patient, patients_for, sees_conditions
from patients.actions.register import update_patient
from patients.forms.people import PatientForm, RegisterForm
from patients.models import Patient
from patients.queries.people import best, filtered, with_state
from patients.views.shared import patient_page

PAGE_SIZE = 30
MOST_FOUND = 300  # beyond that more words find faster than more pages


@allow(CARE)
def patient_list(request: HttpRequest) -> HttpResponse:
    """Every patient, found by name, phone or e-mail and by what is to do."""
    words, clinical = request.GET.get("q", "").replace("\x00", ""), sees_conditions(request.user)
    states = list_states(clinical)
    state = request.GET.get("state", "")
    state = state if state in dict(states) else ""
    rows = filtered(with_state(patients_for(request.user)), state, now())
    found = best(rows, words, MOST_FOUND, every=bool(state)) if words.strip() else rows
    context = {
        "most": MOST_FOUND,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "q": words,
        "state": state,
        "states": states,
        "clinical": clinical,
    }
    return render(request, "patients/list.html", context)


def list_states(clinical: bool) -> list[tuple[str, str]]:
    """The filters of the list; what a verdict rests on is for clinicians (D17)."""
    states = [("", _("Everyone")), ("no_intake", _("Intake missing")), ("bookable", _("May be treated"))]
    if clinical:
        states += [("decide", _("Needs a decision")), ("reading_due", _("Test to be read"))]
    return [*states, ("not_bookable", _("Not bookable now"))]


@allow(CARE)
def register(request: HttpRequest) -> HttpResponse:
    """Name and phone are enough. Somebody who may be registered already is shown first."""
    form = RegisterForm(posted(request))
    if form.is_valid() and (patient := form.save(request.user)):
        messages.success(request, _("%(name)s is registered.") % {"name": patient})
        return redirect("patients:detail", patient.pk)
    context = {"form": form, "clinical": sees_conditions(request.user)}
    return render(request, "patients/register.html", context)


@allow(CARE)
def edit(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Contact data, birth date and sex."""
    patient = access_patient(request.user, patient_id, what="contact data")
    start = {name: getattr(patient, name) for name in PatientForm.base_fields if name != "not_these"}
    form = PatientForm(posted(request), initial=start)
    if form.is_valid():
        try:
            given, seen = form.given(), form.cleaned_data["version"]
            saved = update_patient(patient=patient, changes=given, by=request.user, version=seen)
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, said_of(saved, given["email"]))
            asks = saved.email and not patient.email  # whether messages go there now
            return redirect("patients:reach" if asks else "patients:detail", patient.pk)
    return patient_page(request, "patients/edit.html", patient, "", form=form)


def said_of(saved: Patient, address: str) -> str:
    """A new address of somebody who signs in waits for the mailboxes, a first one perhaps for a practitioner."""
    if saved.email == address.lower():
        waits = bool(address and saved.user is None)
        return (
            _("Saved. A practitioner who saves this address opens the patient's own pages.") if waits else _("Saved.")
        )
    return _(
        "Saved. The address changes when the new mailbox says yes, and the old one too if the desk asked. "
        "Both have mail now."
    )
