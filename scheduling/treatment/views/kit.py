"""The emergency kit of the day."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, allow
from clinic.base.forms import status_of
from clinic.base.requests import HttpRequest
from scheduling.base.pages import carried_out, done, place_of, show
from scheduling.treatment.actions.kit import check_kit
from scheduling.treatment.forms.visits import KitForm


@allow(CLINICAL)
def kit(request: HttpRequest) -> HttpResponse:
    """Checked once a day, by name, with contents and expiries (D54)."""
    location = place_of(request)
    initial = {"adrenaline_expires_on": location.adrenaline_expires_on, "contents": location.kit_contents}
    form = KitForm(request.POST or None, initial=initial)
    if carried_out(form, check_kit, location=location, by=request.user):
        return done(request, _("Checked."), to=f"{reverse('desk:today')}?location={location.pk}")
    context = {"form": form, "layout": "base.html"}
    return show(request, "scheduling/treatment/kit.html", context, location=location, status=status_of(form))
