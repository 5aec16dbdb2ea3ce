"""When a location is closed: days that it names, and public holidays of its country and region, ticked."""

from datetime import date
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import allow
from clinic.base.forms import attempt, status_of
from clinic.base.phones import country_of
from clinic.base.requests import HttpRequest
from scheduling.access import MANAGERS, locations_for
from scheduling.calendar.queries.stranded import would_strand
from scheduling.setup import public_holidays
from scheduling.setup import queries as setup
from scheduling.setup.actions import places as actions
from scheduling.setup.forms import HolidayForm, PublicHolidaysForm, RegionForm
from scheduling.setup.views.places import location_tabs, warn_of


@allow(MANAGERS)
def holidays(request: HttpRequest, location_id: int) -> HttpResponse:
    """Closing days ahead; one to add, the public holidays of a year to tick, and the region that they are of. What a
    day would strand is shown before it is closed."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    today = clock.local_date(clock.now(), place.timezone)
    country, wanted = country_of(place.timezone), request.POST.get("add", "day")
    offered = public_holidays.coming(place, today)
    given = {wanted: request.POST} if request.method == "POST" else {}
    form = HolidayForm(given.get("day"))
    public = PublicHolidaysForm(given.get("public"), offered=offered)
    region = RegionForm(given.get("region"), country=country, initial={"region": place.region})
    if attempt(region, lambda: actions.save_region(location=place, by=request.user, **region.cleaned_data)):
        messages.success(request, _("Saved."))
        return redirect("settings:holidays", place.pk)
    asked = public if wanted == "public" else form
    action = actions.close_on_holidays if asked is public else actions.close_on
    closing = partial(action, location=place, by=request.user)
    lost = attempt(asked, lambda: would_strand(lambda: closing(**asked.cleaned_data), location=place, now=clock.now()))
    if lost is not None and (not lost or request.POST.get("apply") == str(len(lost))):
        closing(**asked.cleaned_data)
        count = len(asked.cleaned_data.get("days", "1"))
        text = ngettext("Closing day added.", "%(count)s closing days added.", count)
        messages.success(request, text % {"count": count})
        warn_of(request, lost)
        return redirect("settings:holidays", place.pk)
    closed = list(setup.holidays(place, today))
    context = {
        "place": place,
        "form": form,
        "public": public,
        "region": region,
        "country": country and public_holidays.country_name(country),
        "offered": rows(offered, {each.date for each in closed}, public),
        "asked": wanted,
        "lost": lost,
        "holidays": closed,
        "tabs": location_tabs(place, "holidays"),
    }
    return render(request, "scheduling/setup/holidays.html", context, status=status_of(form, public, region))


def rows(offered: dict[date, str], closed: set[date], form: PublicHolidaysForm) -> list[tuple[date, str, bool, bool]]:
    """(day, name, whether it is closed already, whether it is ticked)."""
    ticked = form["days"].value() or []
    return [(day, name, day in closed, day.isoformat() in ticked) for day, name in offered.items()]


@allow(MANAGERS)
@require_POST
def holiday_remove(request: HttpRequest, location_id: int, holiday_id: int) -> HttpResponse:
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    row = get_object_or_404(place.holidays, pk=holiday_id)
    actions.open_on(holiday=row, by=request.user)
    messages.success(request, _("The clinic is open on that day again."))
    return redirect("settings:holidays", place.pk)
