"""The phases of a draft as one form; each field is called by its path in the definition, `phases-0-interval-floor`."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from protocols.library.phase_words import ground_of
from protocols.models import Phase

Path = tuple[str | int, ...]
MOST_SESSIONS, MOST_AMOUNT, MOST_DAYS = 100, 400, 1000


def whole(label: Any, most: int, least: int = 1, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **kwargs)


def name_fields() -> dict[str, forms.Field]:
    return {"name": forms.CharField(label=_("Name"), max_length=120)}


def session_fields() -> dict[str, forms.Field]:
    return {"min": whole(_("Fewest sessions"), MOST_SESSIONS), "max": whole(_("Most sessions"), MOST_SESSIONS)}


def interval_fields() -> dict[str, forms.Field]:
    return {
        "unit": forms.ChoiceField(label=_("Counted in"), choices=Phase.Unit.choices),
        "floor": whole(_("Earliest"), MOST_AMOUNT),
        "ideal": whole(_("Ideal"), MOST_AMOUNT),
        "latest": whole(_("Latest"), MOST_AMOUNT),
        "latest_plus_days": whole(_("… plus days"), MOST_DAYS, least=0),
        "early_limit_days": whole(_("Early limit, days"), MOST_DAYS),
    }


def chair_fields() -> dict[str, forms.Field]:
    return {
        "default": whole(_("Usual"), 60),
        "min": whole(_("Shortest"), 60, help_text=_("20 at least, 15 for the face.")),
        "max": whole(_("Longest"), 60),
    }


def rest_fields() -> dict[str, forms.Field]:
    return {
        "late_policy": forms.ChoiceField(label=_("When a session is late"), choices=Phase.LatePolicy.choices),
        "review_after": whole(_("Review after session"), MOST_SESSIONS, required=False),
    }


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together: `path` is where they are in the phase."""

    title: Any
    path: Path
    fields: dict[str, forms.Field]


def groups_of(phase: Mapping[str, Any]) -> Iterator[Group]:
    """What can be edited in this phase: only what it has."""
    yield Group("", (), name_fields())
    if phase["sessions"]:
        yield Group(_("Sessions"), ("sessions",), session_fields())
    if phase["ends_after"]:
        yield Group(_("It lasts"), ("ends_after",), {"amount": whole(_("Months"), 60)})
    if phase["interval"]:
        yield Group(_("Interval"), ("interval",), interval_fields())
    for number, other in enumerate(phase["alternatives"]):
        yield Group(ground_of(other), ("alternatives", number, "interval"), interval_fields())
    yield Group(_("Minutes in the chair"), ("chair_minutes",), chair_fields())
    yield Group(_("Along the way"), (), rest_fields())


@dataclass(frozen=True, slots=True)
class Place:
    """One field and where its value is in the definition."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields as the page shows it."""

    title: Any
    places: list[Place]


class DraftForm(RefusalForm):
    """`definition` is the draft's; `phases()` gives its phases with what was typed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, data: QueryDict | None = None, *, definition: Mapping[str, Any], seen: str) -> None:
        super().__init__(data, initial={"seen": seen})
        self.definition = definition
        self.sections = [list(self._sections(number)) for number in range(len(definition["phases"]))]

    def _sections(self, number: int) -> Iterator[Section]:
        phase = self.definition["phases"][number]
        for group in groups_of(phase):
            places = []
            for name, field in group.fields.items():
                path: Path = ("phases", number, *group.path, name)
                place = Place("-".join(str(step) for step in path), path)
                self.fields[place.name] = field
                self.initial[place.name] = value_at(self.definition, path)
                places.append(place)
            yield Section(group.title, places)

    def shown(self) -> Iterator[dict[str, Any]]:
        """Phase by phase: its kind, and its groups of bound fields."""
        for phase, sections in zip(self.definition["phases"], self.sections, strict=True):
            groups = [{"title": each.title, "fields": self._bound(each)} for each in sections]
            yield {"order": phase["order"], "kind": Phase.Kind(phase["kind"]).label, "groups": groups}

    def _bound(self, section: Section) -> list[BoundField]:
        return [self[place.name] for place in section.places]

    def phases(self) -> list[dict[str, Any]]:
        definition: Any = deepcopy(dict(self.definition))
        for sections in self.sections:
            for section in sections:
                for place in section.places:
                    value_at(definition, place.path[:-1])[place.path[-1]] = self.cleaned_data[place.name]
        return list(definition["phases"])


def value_at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
