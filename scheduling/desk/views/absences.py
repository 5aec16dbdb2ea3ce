"""Absences: who is away, whom that hits, and taking it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, allow
from clinic.base.forms import attempt, status_of
from clinic.base.requests import HttpRequest
from scheduling.access import absences_for, access_absence, locations_for
from scheduling.base.pages import place_of, show
from scheduling.calendar.actions.absences import Absent, cancel_absence, report_absence
from scheduling.calendar.queries import absences as reading
from scheduling.desk.forms import AbsenceForm


@allow(CARE)
def absences(request: HttpRequest) -> HttpResponse:
    location = place_of(request)
    now = clock.now()
    rows = reading.at_location(absences_for(request.user), location, now=now)
    context = {"absences": rows, "now": now, "locations": locations_for(request.user)}
    return show(request, "scheduling/desk/absences.html", context, location=location)


@allow(CARE)
def absence_new(request: HttpRequest) -> HttpResponse:
    """First who would need a new time, then the action."""
    location = place_of(request)
    now = clock.now()
    today = clock.local_date(now, location.timezone)
    form = AbsenceForm(request.POST or None, location=location, initial={"first_day": today, "last_day": today})
    hit, here = None, []
    if form.is_bound and form.is_valid():
        wanted = form.wanted()
        del wanted["reason"]
        hit, here = list(reading.hits(**wanted)), list(reading.hits(**wanted, statuses=reading.HERE))
        if not hit and wanted["end"] <= now:  # a year mistyped, rather than a visit left behind
            form.add_error("last_day", _("These days are over."))
            hit = None
    if "apply" in request.POST:
        absent = attempt(form, lambda: report_absence(**form.wanted(), by=request.user))
        if absent:
            undo = reverse("desk:absence_cancel", args=[absent.absence.pk])
            messages.success(request, said(absent), extra_tags=f"undo:{undo}")
            return redirect(after(absent, location.pk))
    context = {"form": form, "hit": hit, "here": here, "locations": locations_for(request.user)}
    return show(request, "scheduling/desk/absence.html", context, location=location, status=status_of(form))


def said(absent: Absent) -> str:
    count = len(absent.displaced)
    if not count:
        return _("The absence is in the calendar. No visit was booked in it.")
    return ngettext(
        "The absence is in the calendar. %(count)s visit needs a new time.",
        "The absence is in the calendar. %(count)s visits need a new time.",
        count,
    ) % {"count": count}


def after(absent: Absent, location_id: int) -> str:
    """On to those who need a new time, if anybody did."""
    if absent.displaced:
        return f"{reverse('desk:worklists')}?tab=displaced&location={location_id}"
    return f"{reverse('desk:absences')}?location={location_id}"


@allow(CARE)
@require_POST
def absence_cancel(request: HttpRequest, absence_id: int) -> HttpResponse:
    cancel_absence(absence=access_absence(request.user, absence_id), by=request.user)
    messages.success(request, _("The absence is undone. Visits that need a new time stay on the list."))
    return redirect("desk:absences")
