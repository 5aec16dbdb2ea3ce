"""How the clinic reaches the patient."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base.access import PATIENT, allow
from clinic.base.forms import attempt, status_of
from clinic.base.requests import HttpRequest
from patients.models import ContactPreference
from scheduling.messages.actions.preferences import open_channels, set_contact
from scheduling.messages.forms import ContactForm
from scheduling.portal.views.shared import visitor


@allow(PATIENT)
def preferences(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="preferences")
    kept = getattr(who.patient, "contact", None) or ContactPreference(patient=who.patient)
    channels = open_channels(who.patient, no_calls=kept.no_calls)
    form = ContactForm(request.POST or None, channels=channels, kept=kept)
    if attempt(form, lambda: set_contact(patient=who.patient, **form.given(), by=request.user)):
        messages.success(request, _("Saved."))
        return redirect("portal:preferences")
    return who.page("scheduling/portal/preferences.html", form=form, status=status_of(form))
