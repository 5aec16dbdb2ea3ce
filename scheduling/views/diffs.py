"""What a change does to a course, as a page shows it: who moves where, who stays, who finds no place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling.actions.cascade_steps import Cascade
from scheduling.models import Session

TITLES: Mapping[str, tuple[str | Promise, str]] = {
    "unplaceable": (_("Finds no place"), "bad"),
    "moved": (_("Moves"), "warn"),
    "placed": (_("Gets a time"), "ok"),
    "waiting": (_("Waits for a time"), "warn"),
    "dropped": (_("Will not take place"), "bad"),
    "kept": (_("Stays as it is"), "plain"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    start: datetime
    practitioner: str
    room: str


@dataclass(frozen=True, slots=True)
class Line:
    sequence: int
    kind: str
    before: Spot | None
    after: Spot | None
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str | Promise
    tone: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Diff:
    """`digest` names what was seen; `late` is what a practitioner would have to allow (D01)."""

    groups: list[Group]
    digest: str
    late: list[dict[str, int]]

    @property
    def applicable(self) -> bool:
        return all(group.name != "unplaceable" for group in self.groups)


def diff_of(cascade: Cascade) -> Diff:
    told = cascade.as_json()
    groups = [
        Group(name, title, tone, [line(step) for step in told.get(name, ())])
        for name, (title, tone) in TITLES.items()
        if told.get(name)
    ]
    late = [{"sequence": step.sequence, "days": step.late_days} for step in cascade.steps if step.late_days]
    return Diff(groups, cascade.digest, late)


def line(step: Mapping[str, Any]) -> Line:
    kind = dict(Session.Kind.choices).get(step["kind"], step["kind"])
    return Line(step["sequence"], str(kind), spot(step["before"]), spot(step["after"]), step["message"])


def spot(place: Mapping[str, Any] | None) -> Spot | None:
    if place is None or not place["start"]:
        return None
    return Spot(datetime.fromisoformat(place["start"]), place["practitioner_name"], place["room_name"])
