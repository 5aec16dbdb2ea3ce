"""The board: a day or a week of a location by person or room. What is dropped is previewed, never moved at once."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, allow
from clinic.base.limits import is_sane
from clinic.base.refusals import BadInput
from clinic.base.requests import HttpRequest
from clinic.base.zones import day_begins, instant_of
from clinic.models import Location
from scheduling.access import access_session, locations_for
from scheduling.base.pages import day_of, place_of, show
from scheduling.courses.changing.forms import MoveForm
from scheduling.courses.changing.views.moves import answer
from scheduling.desk.queries import board as boards

VIEWS = ("resourceTimeGridDay", "resourceTimeGridWeek", "listDay")


@allow(CARE)
def board(request: HttpRequest) -> HttpResponse:
    location = place_of(request)
    by, here = side_of(request), [location.pk]
    first, last = boards.opening_hours(location)
    view = request.GET.get("view", "")
    today = clock.local_date(clock.now(), location.timezone)
    context = {
        "events_url": reverse("desk:board_events", args=here),
        "resources_url": reverse("desk:board_resources", args=here),
        "preview_url": reverse("desk:board_preview", args=here),
        "slot_url": reverse("desk:board_slot", args=here),
        "view": view if view in VIEWS else VIEWS[0],
        "date": day_of(request, location).isoformat(),
        "by": by,
        "from": first,
        "to": last,
        "time_zone": location.timezone,
        "locations": locations_for(request.user),
        "queue": boards.queue(location, today),
        "today": today,
    }
    return show(request, "scheduling/desk/board.html", context, location=location)


@allow(CARE)
def board_resources(request: HttpRequest, location_id: int) -> JsonResponse:
    location = get_object_or_404(locations_for(request.user), pk=location_id)
    return JsonResponse(boards.resources(location, side_of(request)), safe=False)


@allow(CARE)
def board_events(request: HttpRequest, location_id: int) -> JsonResponse:
    location = get_object_or_404(locations_for(request.user), pk=location_id)
    first, last = (instant(request.GET.get(name, ""), location) for name in ("start", "end"))
    return JsonResponse(boards.events(location, first, last, side_of(request)), safe=False)


@allow(CARE)
def board_queue(request: HttpRequest, location_id: int) -> HttpResponse:
    """The list beside the board, read again after a change."""
    location = get_object_or_404(locations_for(request.user), pk=location_id)
    today = clock.local_date(clock.now(), location.timezone)
    context = {"queue": boards.queue(location, today), "today": today}
    return show(request, "scheduling/desk/_queue.html", context, location=location)


@allow(CARE)
def board_slot(request: HttpRequest, location_id: int) -> HttpResponse:
    """A free spot was clicked: book somebody there."""
    location = get_object_or_404(locations_for(request.user), pk=location_id)
    query = QueryDict(mutable=True)
    query.update({"location": str(location.pk), "start": request.GET.get("start", "")})
    resource = request.GET.get("resource", "")
    if boards.column_of(location, side_of(request), resource):
        query[side_of(request)] = resource
    return HttpResponseRedirect(f"{reverse('desk:book')}?{query.urlencode()}")


@allow(CARE)
@require_POST
def board_preview(request: HttpRequest, location_id: int) -> HttpResponse:
    """A visit was dropped somewhere: what would that change?"""
    location = get_object_or_404(locations_for(request.user), pk=location_id)
    session = access_session(request.user, request.POST.get("session", ""))
    by = side_of(request)
    column = boards.column_of(location, by, request.POST.get("resource", ""))
    if column is None or session.location_id != location.pk:
        raise Http404
    dropped = {"start": request.POST.get("start", ""), by: column.pk, "version": session.version}
    return answer(request, session, MoveForm(dropped, session=session))


def side_of(request: HttpRequest) -> str:
    by = request.GET.get("by") or request.POST.get("by")
    return by if by in boards.SIDES else boards.PRACTITIONER


def instant(wall: str, location: Location) -> datetime:
    """A wall time of the location as the calendar in the browser writes it: the bound of a day, as a rule midnight."""
    try:
        naive, zone = datetime.fromisoformat(wall).replace(tzinfo=None), ZoneInfo(location.timezone)
    except ValueError as error:
        raise BadInput.at("start", "A time is written as 2026-05-05T09:30.") from error
    if naive.time() == time() and is_sane(naive.date()):
        return day_begins(naive.date(), zone)
    return instant_of(naive, zone, "start")
