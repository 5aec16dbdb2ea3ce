"""The director's dated choices where sources disagree or none speaks (D07, D15, D33)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict, Refusal, Stale
from clinic.models import User
from protocols.models import CatalogueEntry, Policy
from protocols.queries import POLICIES
from protocols.rules.policies import Setting, setting_of
from protocols.rules.queries import PolicyChange, rules_reading

LIMITS = {"integer": (1, 365), "hours": (0, 8760), "minutes": (1, 240), "months": (1, 24)}
LIMITS_OF = {"chair_minutes": (20, 60)}  # one figure for every area, so the body's lower bound holds (D33)
LONGEST_TEXT = 5000


def limits_of(setting: Setting) -> tuple[int, int]:
    """The least and the most a number may be."""
    return LIMITS_OF.get(setting.code) or LIMITS[setting.entry["kind"]]


def choice(*, code: str, value: Any) -> PolicyChange:
    """`value` checked for the policy `code`, and the rules that read differently under it; nothing is written.

    BadInput (400) at `value` for what the policy cannot be. Refusal (422) for what each location says for itself.
    """
    setting = setting_of(code)
    if setting is None:
        raise BadInput.at("code", _("There is no such setting."))
    if setting.of_the_location:
        raise Refusal(_("Each location sets this in its own settings."))
    return PolicyChange(code=code, value=CHECKS[setting.entry["kind"]](setting, value), rules=rules_reading(code))


@transaction.atomic
def set_policy(
    *, code: str, value: Any, reason: str, by: User, seen: int | None = None, now: datetime | None = None
) -> Policy:
    """Put a choice in force from `now` on; the one before it ends and stays for the record.

    `seen` is the id of the choice the director saw, 0 for none; Stale (412) when it is another by now. Conflict (409)
    when it already holds. BadInput (400) without a reason. Otherwise as `choice`.
    """
    checked = choice(code=code, value=value)
    if not reason.strip():
        raise BadInput.at("reason", _("Please say why."))
    CatalogueEntry.objects.select_for_update().get(kind=POLICIES, code=code)
    old = Policy.objects.filter(code=code, ended_at=None).first()
    if seen is not None and seen != (old.pk if old else 0):
        raise Stale(_("Somebody changed this setting while you were looking. Reload and try again."))
    if old and old.value == checked.value:
        raise Conflict(_("This is already so."))
    now = now or clock.now()
    if old:
        old.ended_at = now
        old.save(update_fields=["ended_at"])
    return Policy.objects.create(code=code, value=checked.value, reason=reason.strip(), set_by=by, set_at=now)


def one_choice(setting: Setting, value: Any) -> str:
    if value not in dict(setting.choices):
        raise BadInput.at("value", _("This is none of the choices."))
    return str(value)


def several(setting: Setting, value: Any) -> list[str]:
    known = [code for code, _name in setting.choices]
    if not isinstance(value, list | tuple) or not value or not set(value) <= set(known):
        raise BadInput.at("value", _("Please choose one or more of these."))
    return [code for code in known if code in value]


def number(setting: Setting, value: Any) -> int:
    least, most = limits_of(setting)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadInput.at("value", _("From %(least)s to %(most)s.") % {"least": least, "most": most})
    return value


def words(setting: Setting, value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= LONGEST_TEXT:
        raise BadInput.at("value", _("Please write it down, in at most %(most)s characters.") % {"most": LONGEST_TEXT})
    return text


CHECKS: Mapping[str, Callable[[Setting, Any], Any]] = {
    "choice": one_choice,
    "several": several,
    "integer": number,
    "hours": number,
    "minutes": number,
    "months": number,
    "text": words,
}
