"""What the library's pages share: their tabs, and who may change them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import DIRECTOR, role_of


def tabs(here: str) -> list[dict[str, Any]]:
    """The sections of the library; `here` is the one shown."""
    sections = [
        ("library", _("Protocols")),
        ("sources", _("Sources")),
        ("rules", _("Screening rules")),
        ("policies", _("Clinic policies")),
    ]
    return [{"label": label, "url": reverse(f"protocols:{name}"), "active": name == here} for name, label in sections]


def is_director(user: Any) -> bool:
    return role_of(user) == DIRECTOR
