"""What a change does to a course, as a page shows it: who moves where, who stays, who has no free time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.queries.courses import names_of, with_names
from scheduling.courses.queries.numbering import labels_of
from scheduling.models import Replan, Session, SessionStatus

TITLES: Mapping[str, tuple[str | Promise, str]] = {
    "unplaceable": (_("Needs your decision"), "bad"),
    "moved": (_("Moves"), "warn"),
    "placed": (_("Gets a time"), "ok"),
    "waiting": (_("Gets a time later"), "warn"),
    "dropped": (_("Will not take place"), "bad"),
    "kept": (_("Unchanged"), "plain"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    start: datetime
    practitioner: str
    room: str


@dataclass(frozen=True, slots=True)
class Line:
    sequence: int
    label: str  # its number as everybody counts, or a letter
    kind: str
    before: Spot | None
    after: Spot | None
    why: str
    patient: str = ""
    phone: str = ""  # of somebody to ring up: lost a time and was given no other


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

    @property
    def keeps_all(self) -> bool:
        """Whether every visit stands, or waits, as it did."""
        lines = [line for group in self.groups if group.name != "kept" for line in group.lines]
        return self.applicable and all(line.before is None and line.after is None for line in lines)


def diff_of(cascade: Cascade) -> Diff:
    groups = grouped([step for steps in told_by(cascade) for step in steps])
    late = [{"sequence": step.sequence, "days": step.late_days} for step in cascade.steps if step.late_days]
    return Diff(groups, cascade.digest, late)


def told_by(cascade: Cascade) -> list[list[Mapping[str, Any]]]:
    told = cascade.as_json()
    return [told.get(name, []) for name in TITLES]


def batch_groups(replan: Replan) -> list[Group]:
    """What a batch does, with the patients' names, and the numbers of those whom somebody must call. Five queries."""
    steps: list[Mapping[str, Any]] = [step for step in replan.steps if concerns(step)]
    names = names_of(place for step in steps for place in (step["before"], step["after"]) if place)
    sessions = Session.objects.filter(pk__in={int(step["session"]) for step in steps}).select_related("patient")
    patients = {str(session.pk): session.patient for session in sessions}
    told = [
        {
            **step,
            "before": with_names(step["before"], names),
            "after": with_names(step["after"], names),
            "patient": str(patients[step["session"]]),
            "phone": patients[step["session"]].phone if lost(step) and not given(step) else "",
        }
        for step in steps
    ]
    return grouped(told)


def lost(step: Mapping[str, Any]) -> bool:
    return bool(step["was"]["status"] == SessionStatus.DISPLACED)


def given(step: Mapping[str, Any]) -> bool:
    """Whether applying the batch gives the visit a time."""
    return bool(step["row"] and step["row"]["start"])


def concerns(step: Mapping[str, Any]) -> bool:
    """A visit of a batch that lost its time, moves or is in the way; not one whose turn has not come yet."""
    return step["fate"] != "kept" and (lost(step) or step["before"] != step["after"] or step["fate"] == "unplaceable")


def grouped(steps: Sequence[Mapping[str, Any]]) -> list[Group]:
    lines: dict[str, list[Line]] = {name: [] for name in TITLES}
    for step, label in zip(steps, labels_of(steps), strict=True):
        lines[step["fate"]].append(line(step, label))
    return [Group(name, *TITLES[name], found) for name, found in lines.items() if found]


def line(step: Mapping[str, Any], label: str) -> Line:
    return Line(
        sequence=step["sequence"],
        label=label,
        kind=str(dict(Session.Kind.choices).get(step["kind"], step["kind"])),
        before=spot(step["before"]),
        after=spot(step["after"]),
        why=step["message"],
        patient=step.get("patient", ""),
        phone=step.get("phone", ""),
    )


def spot(place: Mapping[str, Any] | None) -> Spot | None:
    if place is None or not place["start"]:
        return None
    return Spot(datetime.fromisoformat(place["start"]), place["practitioner_name"], place["room_name"])
