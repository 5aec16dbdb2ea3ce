"""How the clinic reaches the patient."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base.access import PATIENT, allow
from clinic.base.forms import attempt, status_of
from clinic.base.requests import HttpRequest
from patients.models import ContactPreference, Patient
from scheduling.messages.actions.preferences import MAY_BE_LEFT_OUT, open_channels, set_contact
from scheduling.messages.forms import ContactForm
from scheduling.portal.views.shared import visitor


@allow(PATIENT)
def preferences(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="preferences")
    kept = getattr(who.patient, "contact", None) or ContactPreference(patient=who.patient)
    kinds = [str(kind) for kind in MAY_BE_LEFT_OUT]
    form = ContactForm(
        request.POST or None,
        channels=open_channels(who.patient, no_calls=kept.no_calls),
        kinds=kinds,
        initial={
            "channel": kept.channel,
            "wanted": [kind for kind in kinds if kind not in kept.opted_out],
            "version": kept.version,
        },
    )
    if attempt(form, lambda: save(who.patient, form, request)):
        messages.success(request, _("Saved."))
        return redirect("portal:preferences")
    return who.page("scheduling/portal/preferences.html", form=form, status=status_of(form))


def save(patient: Patient, form: ContactForm, request: HttpRequest) -> ContactPreference:
    given = form.cleaned_data
    return set_contact(
        patient=patient,
        channel=given["channel"],
        opted_out=form.opted_out(),
        by=request.user,
        version=given["version"],
    )
