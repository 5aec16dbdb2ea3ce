"""What the staff's pages share: the location they look at, its wall clock, and a form that calls one action."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from clinic.base import clock
from clinic.base.access import home_of, role_of
from clinic.base.forms import RefusalForm, attempt
from clinic.base.limits import is_sane, whole
from clinic.base.refusals import BadInput
from clinic.base.requests import HttpRequest
from clinic.models import Location
from scheduling.access import locations_for

Answer = TypeVar("Answer")
PANEL = "panel"


def place_of(request: HttpRequest) -> Location:
    """The location of `?location=`, else the person's own; 404 for one where they do not work."""
    wanted = request.GET.get("location", "")
    if not wanted and (home := home_of(request.user)):
        return home
    pk = whole(wanted)
    found = locations_for(request.user).filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404
    return found


def day_of(request: HttpRequest, location: Location) -> date:
    """The local day of `?date=`, else today there. A day nobody can read is today; one beyond all calendars is not."""
    try:
        day = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return clock.local_date(clock.now(), location.timezone)
    if not is_sane(day):
        raise BadInput.at("date", _("Please check the year."))
    return day


def in_panel(request: HttpRequest) -> bool:
    """Whether the answer lands in the side panel of a page that stays, as on the board."""
    return bool(request.htmx) and request.htmx.target == PANEL


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, location: Location, status: int = 200
) -> HttpResponse:
    """Render with the wall clock of `location`, as a page or into the panel: the template extends `layout`."""
    narrow = in_panel(request)
    layout = "scheduling/base/_panel.html" if narrow else "base.html"
    with timezone.override(ZoneInfo(location.timezone)):
        given = {"location": location, "layout": layout, "in_panel": narrow, "role": role_of(request.user)}
        return render(request, template, given | context, status=200 if request.htmx else status)


def done(request: HttpRequest, said: str, *, to: str, undo: str = "") -> HttpResponse:
    """After a change: on to the next page, or close the panel and let the board read again."""
    if not in_panel(request):
        messages.success(request, said, extra_tags=f"undo:{undo}" if undo else "")
        return HttpResponseRedirect(to)
    toast = {"message": said, "tone": "ok"} | ({"undo": undo} if undo else {})
    return trigger_client_event(trigger_client_event(HttpResponse(), "toast", toast), "board:refresh")


def when(moment: date | datetime, location: Location) -> str:
    """A day, or an instant on the wall clock of `location`, in words."""
    if not isinstance(moment, datetime):
        return formats.date_format(moment, "D j M")
    return formats.date_format(moment.astimezone(ZoneInfo(location.timezone)), "D j M, H:i")


def carried_out(form: RefusalForm, action: Callable[..., Answer], **fixed: Any) -> Answer | None:
    """Call `action` with the form's own values; None when form or action refused, and the form says why."""
    return attempt(form, lambda: action(**form.cleaned_data, **fixed))
