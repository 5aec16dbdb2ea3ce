"""Sharps injuries: the steps at once, the record of whoever was hurt, and what a director made of it (D55)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import CARE, DIRECTOR, allow, role_of
from clinic.base.clock import now
from clinic.base.forms import posted, status_of
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import patients_for
from scheduling.access import access_injury, injuries_for
from scheduling.base.pages import carried_out, done, place_of, show
from scheduling.courses.queries.visits import seen_on_the_day
from scheduling.treatment.actions.sharps import close_injury, report_injury
from scheduling.treatment.forms.sharps import FollowUpForm, InjuryForm


@allow(CARE)
def sharps(request: HttpRequest) -> HttpResponse:
    """What to do first, then the form. Everybody reads their own, a director all of them."""
    location = place_of(request)
    patients = patients_for(request.user).filter(pk__in=seen_on_the_day(location, now()))
    form = InjuryForm(posted(request), zone=zone_of(request.user), patients=patients)
    here = f"{reverse('desk:sharps')}?location={location.pk}"
    if carried_out(form, report_injury, location=location, by=request.user):
        return done(request, _("Written down. Go through the steps now."), to=here)
    context = {"form": form, "injuries": injuries_for(request.user), "director": role_of(request.user) == DIRECTOR}
    return show(request, "scheduling/treatment/sharps.html", context, location=location, status=status_of(form))


@allow(DIRECTOR)
def sharps_close(request: HttpRequest, injury_id: int) -> HttpResponse:
    injury = access_injury(request.user, injury_id)
    form = FollowUpForm(posted(request), initial={"version": injury.version})
    if carried_out(form, close_injury, injury=injury, by=request.user):
        return done(request, _("Closed."), to=f"{reverse('desk:sharps')}?location={injury.location_id}")
    context = {"form": form, "injury": injury}
    template = "scheduling/treatment/sharps_close.html"
    return show(request, template, context, location=injury.location, status=status_of(form))
