"""What the library's pages share: their tabs, and a form that calls one action."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import DIRECTOR, role_of
from clinic.base.forms import RefusalForm
from clinic.base.refusals import Refusal

Answer = TypeVar("Answer")
SHOWN_AT_FIELDS = frozenset({400, 409, 422})


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


def status_of(form: RefusalForm) -> int:
    """422 for a page that comes back with errors."""
    return 422 if form.is_bound and form.errors else 200
