"""The sidebar of each role: what a person does all day, in that order."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.base import clock, demonstration
from clinic.base.access import ADMINISTRATOR, CARE, DIRECTOR, PATIENT, STAFF, records_of, role_of, staff_of

Entry = tuple[frozenset[str], str, str, Any]  # roles, page, icon, word

TODAY_ICON = "calendar"  # an empty sheet, on which the page puts today's number

ENTRIES: list[Entry] = [
    (STAFF, "desk:today", TODAY_ICON, _("Today")),
    (CARE, "desk:board", "layout-three-columns", _("Board")),
    (CARE, "patients:list", "people", _("Patients")),
    (CARE, "courses:list", "bezier2", _("Courses")),
    (STAFF, "protocols:library", "journal-medical", _("Protocols")),
    (CARE, "desk:worklists", "inbox", _("Work lists")),
    (CARE, "desk:stock", "box-seam", _("Stock")),
    (frozenset({DIRECTOR}), "desk:practice", "bar-chart-line", _("Practice")),
    (frozenset({ADMINISTRATOR, DIRECTOR}), "settings:home", "gear", _("Settings")),
    (frozenset({PATIENT}), "portal:home", "house-heart", _("My course")),
    (frozenset({PATIENT}), "portal:visits", "calendar-heart", _("Visits")),
    (frozenset({PATIENT}), "portal:messages", "chat-left-text", _("Messages")),
    (frozenset({PATIENT}), "portal:documents", "file-earmark-text", _("Documents")),
]

# The demonstration writes its mail to files; staff read it in the application.
MAIL: Entry = (STAFF, "desk:mailbox", "envelope", _("Mail"))


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the entries this person may open, and where they work."""
    role = role_of(getattr(request, "user", None))
    match = request.resolver_match
    here = match.view_name if match else ""
    staff = staff_of(getattr(request, "user", None))
    today = clock.local_date(clock.now(), staff.location.timezone) if staff else None
    return {
        "role": role,
        "family": role == PATIENT and len(records_of(request.user)) > 1,
        "location_name": staff.location.name if staff else "",
        "navigation": [
            {
                "label": label,
                "icon": icon,
                "day": today.day if today and icon == TODAY_ICON else "",
                "url": reverse(name),
                "active": is_active(name, here),
            }
            for roles, name, icon, label in [*ENTRIES, *mail_of(role)]
            if role in roles
        ],
    }


def mail_of(role: str | None) -> list[Entry]:
    """The demonstration's mailbox, for staff of the demonstration."""
    return [MAIL] if role in STAFF and demonstration.is_here() else []


def is_active(name: str, here: str) -> bool:
    """`patients:list` is lit on every page of the patients section."""
    section, _colon, _page = name.partition(":")
    return here == name or (section not in {"portal", "desk"} and here.partition(":")[0] == section)
