"""What the staff's pages share: the location they look at, its wall clock, and a form that calls one action."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.base import clock
from clinic.base.access import staff_of
from clinic.base.forms import RefusalForm
from clinic.base.refusals import Refusal
from clinic.models import Location
from scheduling.queries import setup

Answer = TypeVar("Answer")
SHOWN_AT_FIELDS = frozenset({400, 409, 422})


def place_of(request: HttpRequest) -> Location:
    """The location of `?location=`, else the person's own."""
    wanted = request.GET.get("location", "")
    staff = staff_of(request.user)
    if not wanted and staff:
        return staff.location
    found = setup.locations().filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 16 else None
    if found is None:
        raise Http404
    return found


def day_of(request: HttpRequest, location: Location) -> date:
    """The local day of `?date=`, else today there. A day nobody can read is today."""
    try:
        return date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return clock.local_date(clock.now(), location.timezone)


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, location: Location, status: int = 200
) -> HttpResponse:
    """Render with the wall clock of `location`, which the template also gets."""
    with timezone.override(ZoneInfo(location.timezone)):
        return render(request, template, {"location": location} | context, status=status)


def carried_out(form: RefusalForm, action: Callable[..., Answer], **fixed: Any) -> Answer | None:
    """Call `action` with the form's own values; None when form or action refused, and the form says why."""
    return attempt(form, lambda: action(**form.cleaned_data, **fixed))


def attempt(form: RefusalForm, action: Callable[[], Answer]) -> Answer | None:
    """The action's answer; None while the form is not in order, or for a refusal that can be mended in it."""
    if not form.is_valid():
        return None
    try:
        return action()
    except Refusal as refusal:
        if refusal.status not in SHOWN_AT_FIELDS:
            raise
        form.add_refusal(refusal)
        return None


def status_of(*forms: RefusalForm) -> int:
    """422 for a page that comes back with errors, so that scripts and caches do not take it for a success."""
    return 422 if any(form.is_bound and form.errors for form in forms) else 200
