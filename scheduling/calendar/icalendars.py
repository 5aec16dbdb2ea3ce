"""Calendars in the words of RFC 5545. An entry says when, and "Appointment": nothing of the treatment or the clinic."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from scheduling.calendar.queries.feeds import Appointment
from scheduling.calendar.vtimezone import vtimezone

REFRESH = timedelta(hours=6)
CONTENT_TYPE = "text/calendar; charset=utf-8"


def calendar_of(appointments: Sequence[Appointment], *, subscribed: bool = True) -> bytes:
    """A calendar object; `subscribed` ones say how often to look again. A file may name the address, a feed that could
    leak may not."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mesoplan//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if subscribed:
        calendar.add("name", _("Appointments"))
        calendar.add("x-wr-calname", _("Appointments"))
        calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", "PT6H")
    for zone in zones_of(appointments):
        calendar.add_component(zone)
    for appointment in appointments:
        calendar.add_component(event_of(appointment, with_address=not subscribed))
    text: bytes = calendar.to_ical()
    return text


def zones_of(appointments: Sequence[Appointment]) -> Iterable[Timezone]:
    for zone in sorted({each.zone for each in appointments}, key=str):
        times = [each.start for each in appointments if each.zone == zone]
        yield vtimezone(zone, min(times), max(times))


def event_of(appointment: Appointment, *, with_address: bool) -> Event:
    """The same visit keeps its UID for ever; SEQUENCE tells a calendar which version is the newer one."""
    event = Event()
    event.add("uid", f"visit-{appointment.session_id}@{settings.SITE_HOST}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.changed_at)
    event.add("last-modified", appointment.changed_at)
    event.add("dtstart", local(appointment.start, appointment))
    event.add("dtend", local(appointment.end, appointment))
    event.add("summary", _("Appointment"))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if appointment.cancelled else "OPAQUE")
    if with_address and appointment.address:
        event.add("location", appointment.address)
    return event


def local(instant: datetime, appointment: Appointment) -> datetime:
    return instant.astimezone(appointment.zone)
