"""The clinic's settings as pages show them: what each may be, what holds now, and who chose it (D15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protocols.models import CatalogueEntry, Policy
from protocols.queries import POLICIES

# What every location says for itself, in its own settings.
OF_THE_LOCATION = frozenset(
    {"observation_after_test_minutes", "observation_after_session_minutes", "antisepsis_protocol"}
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One policy of the catalogue. `chosen` is the director's choice in force; without one the default holds."""

    entry: Mapping[str, Any]
    chosen: Policy | None = None

    @property
    def code(self) -> str:
        return str(self.entry["code"])

    @property
    def value(self) -> Any:
        """What holds now; None when nothing was set and no source states anything.

        A choice that is offered no longer holds no longer: what loosened an absolute rule is read strictly (D56).
        """
        withdrawn = self.entry["kind"] == "choice" and self.chosen and self.chosen.value not in dict(self.choices)
        return self.chosen.value if self.chosen and not withdrawn else self.entry["default"]

    @property
    def is_set(self) -> bool:
        return self.value is not None

    @property
    def of_the_location(self) -> bool:
        return self.code in OF_THE_LOCATION

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(choice["code"], _(choice["name"])) for choice in self.entry["choices"]]

    def words(self, value: Any) -> str:
        """A value of this setting as a person says it."""
        names = dict(self.choices)
        if self.entry["kind"] == "choice":
            return names.get(value, str(value))
        if self.entry["kind"] == "several":
            return ", ".join(names.get(code, str(code)) for code in value)
        return amount(value, self.entry["unit"]) if self.entry["unit"] else str(value)

    @property
    def in_words(self) -> str:
        return self.words(self.value) if self.is_set else ""


def amount(value: int, unit: str) -> str:
    """So many days, hours or minutes."""
    words = {
        "days": ngettext("%(n)s day", "%(n)s days", value),
        "hours": ngettext("%(n)s hour", "%(n)s hours", value),
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", value),
        "months": ngettext("%(n)s month", "%(n)s months", value),
    }
    return words.get(unit, f"%(n)s {unit}") % {"n": value}


def all_settings() -> list[Setting]:
    """Every policy, in the catalogue's order; two queries."""
    chosen = {row.code: row for row in Policy.objects.filter(ended_at=None).select_related("set_by")}
    entries = CatalogueEntry.objects.filter(kind=POLICIES, active=True).order_by("order")
    return [Setting(entry.data, chosen.get(entry.code)) for entry in entries]


def hours_not_set() -> list[Setting]:
    """The hours that no source states and the director has not set yet: patients are told to ask (D45)."""
    return [setting for setting in all_settings() if setting.entry["kind"] == "hours" and not setting.is_set]


def setting_of(code: str) -> Setting | None:
    return next((setting for setting in all_settings() if setting.code == code), None)


def history_of(code: str) -> Sequence[Policy]:
    """Every choice ever made, newest first."""
    return list(Policy.objects.filter(code=code).select_related("set_by"))
