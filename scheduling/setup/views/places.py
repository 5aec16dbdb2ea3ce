"""Settings of the clinic: its locations, what is in them, and when they are closed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.base import clock
from clinic.base.access import allow, may_call, roles_of
from clinic.base.forms import status_of
from clinic.base.requests import HttpRequest
from clinic.models import Location, User
from scheduling.access import MANAGERS, locations_for
from scheduling.base.pages import carried_out
from scheduling.models import Booking
from scheduling.setup import queries as setup
from scheduling.setup.actions import places as actions
from scheduling.setup.forms import DeviceForm, LocationForm, RoomForm


def tabs(active: str, user: User) -> list[dict[str, Any]]:
    """The sections of the settings that open to this person."""
    named = [("home", _("Locations")), ("staff", _("People")), ("first_day", _("First day")), ("moving", _("Moving"))]
    found = [(name, text, reverse(f"settings:{name}")) for name, text in named]
    return [
        {"label": text, "url": url, "active": name == active}
        for name, text, url in found
        if may_call(user, roles_of(url))
    ]


def location_tabs(location: Location, active: str) -> list[dict[str, Any]]:
    pages = [
        ("location", _("Details")),
        ("rooms", _("Rooms and devices")),
        ("hours", _("Weekly hours")),
        ("holidays", _("Closing days")),
    ]
    return [
        {"label": text, "url": reverse(f"settings:{name}", args=[location.pk]), "active": name == active}
        for name, text in pages
    ]


@allow(MANAGERS)
def home(request: HttpRequest) -> HttpResponse:
    rows = setup.with_state(locations_for(request.user), clock.now().date())
    return render(request, "scheduling/setup/home.html", {"locations": rows, "tabs": tabs("home", request.user)})


@allow(MANAGERS)
def location_new(request: HttpRequest) -> HttpResponse:
    initial = model_to_dict(Location())
    form = LocationForm(request.POST or None, initial=initial)
    if saved := carried_out(form, actions.save_location, by=request.user):
        messages.success(request, _("Location added. Rooms and hours come next."))
        return redirect("settings:rooms", saved.pk)
    return render(request, "scheduling/setup/location.html", {"form": form}, status=status_of(form))


@allow(MANAGERS)
def location(request: HttpRequest, location_id: int) -> HttpResponse:
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    form = LocationForm(request.POST or None, initial=model_to_dict(place))
    if carried_out(form, actions.save_location, location=place, by=request.user):
        messages.success(request, _("Saved."))
        return redirect("settings:location", place.pk)
    context = {"form": form, "place": place, "tabs": location_tabs(place, "location")}
    return render(request, "scheduling/setup/location.html", context, status=status_of(form))


@allow(MANAGERS)
def rooms(request: HttpRequest, location_id: int) -> HttpResponse:
    """Rooms and devices of a location, each with its own small form to add one."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    wanted = request.POST.get("add")
    room_form = RoomForm(request.POST if wanted == "room" else None, prefix="room")
    device_form = DeviceForm(request.POST if wanted == "device" else None, prefix="device")
    here = {"location": place, "by": request.user}
    if wanted == "room" and carried_out(room_form, actions.save_room, **here) is not None:
        messages.success(request, _("Room added."))
        return redirect("settings:rooms", place.pk)
    if wanted == "device" and carried_out(device_form, actions.save_device, **here) is not None:
        messages.success(request, _("Device added."))
        return redirect("settings:rooms", place.pk)
    context = {
        "place": place,
        "rooms": setup.rooms(place),
        "devices": setup.devices(place),
        "room_form": room_form,
        "device_form": device_form,
        "tabs": location_tabs(place, "rooms"),
    }
    return render(request, "scheduling/setup/rooms.html", context, status=status_of(room_form, device_form))


@allow(MANAGERS)
def room(request: HttpRequest, location_id: int, room_id: int) -> HttpResponse:
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    row = get_object_or_404(setup.rooms(place), pk=room_id)
    form = RoomForm(request.POST or None, initial={"name": row.name, "active": row.active})
    if carried_out(form, actions.save_room, room=row, location=place, by=request.user):
        messages.success(request, _("Saved."))
        return redirect("settings:rooms", place.pk)
    context = {"form": form, "place": place, "thing": row}
    return render(request, "scheduling/setup/thing.html", context, status=status_of(form))


@allow(MANAGERS)
def device(request: HttpRequest, location_id: int, device_id: int) -> HttpResponse:
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    row = get_object_or_404(setup.devices(place), pk=device_id)
    initial = {"name": row.name, "active": row.active, "kind": row.kind_id}
    form = DeviceForm(request.POST or None, initial=initial)
    if carried_out(form, actions.save_device, device=row, location=place, by=request.user):
        messages.success(request, _("Saved."))
        return redirect("settings:rooms", place.pk)
    context = {"form": form, "place": place, "thing": row}
    return render(request, "scheduling/setup/thing.html", context, status=status_of(form))


def warn_of(request: HttpRequest, lost: Sequence[Booking]) -> None:
    """How many visits nobody is there for now; they are listed at the desk."""
    if lost:
        text = ngettext(
            "%(count)s visit is outside these hours. It is on the desk's list “Nobody there”.",
            "%(count)s visits are outside these hours. They are on the desk's list “Nobody there”.",
            len(lost),
        )
        messages.warning(request, text % {"count": len(lost)})
