"""What a change does to a course, as a page shows it: who moves where, who stays, who has no free time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from scheduling.courses.changing.actions.cascade_steps import Cascade, Kept, Step
from scheduling.courses.queries.courses import names_of, why_moved
from scheduling.courses.queries.numbering import Counted, labels_of
from scheduling.models import Replan, Session, SessionStatus
from scheduling.planner.rows import Place

TITLES: Mapping[str, tuple[str | Promise, str]] = {
    "unplaceable": (_("Needs your decision"), "bad"),
    "lost": (_("Without a time for now"), "bad"),
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
    fate: str = ""
    session: str | None = None
    near: Spot | None = None  # where it could be `late_days` beyond latest
    late_days: int = 0

    @property
    def stuck(self) -> bool:
        return self.fate == "unplaceable"

    @property
    def same_time(self) -> bool:
        return self.before is not None and self.after is not None and self.before.start == self.after.start


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
    names = names_of(places(cascade.steps))
    groups = grouped([step for name in TITLES for step in cascade.of(name)], names)
    late = [{"sequence": step.sequence, "days": step.late_days} for step in cascade.steps if step.late_days]
    return Diff(groups, cascade.digest, late)


def places(steps: Iterable[Step]) -> Iterator[Place]:
    return (place for step in steps for place in (step.before, step.after) if place)


@dataclass(frozen=True, slots=True)
class Affected:
    """One patient of a batch: what each of their visits does, and whom to ring up where one has no time."""

    patient: Patient
    needs: bool
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch by patient, those who need somebody first; `kept`, `new`, `needs` count visits, `late` is what would give
    everybody without a time the nearest one: session -> days beyond latest."""

    people: list[Affected]
    kept: int
    new: int
    needs: int
    late: dict[str, int]


def batch_of(replan: Replan) -> Batch:
    """What a batch does, by patient. Five queries."""
    every = [Kept.read(each) for each in replan.steps]
    kept = [each for each in every if concerns(each)]
    names = names_of([*places(each.step for each in kept), *(each.step.near for each in kept if each.step.near)])
    sessions = Session.objects.filter(pk__in={int(each.session) for each in kept}).select_related("patient")
    patients = {str(session.pk): session.patient for session in sessions}
    seen = [Counted(each.course, each.session, each.sequence, each.kind) for each in (one.step for one in kept)]
    lines: dict[Patient, list[Line]] = {}
    for each, label in zip(kept, labels_of(seen), strict=True):
        told = line(each.step, label, names, {"why": each.message})
        lines.setdefault(patients[each.session], []).append(told)
    people = [Affected(patient, any(one.stuck for one in mine), mine) for patient, mine in lines.items()]
    fates = Counter("new" if each.step.after != each.step.before else "kept" for each in every if each.step.after)
    stuck = [each for each in kept if each.step.fate == "unplaceable"]
    late = {each.session: each.step.late_days for each in stuck if each.step.near}
    return Batch(sorted(people, key=lambda each: not each.needs), fates["kept"], fates["new"], len(stuck), late)


def lost(kept: Kept) -> bool:
    return kept.was is not None and kept.was["status"] == SessionStatus.DISPLACED


def concerns(kept: Kept) -> bool:
    """A visit of a batch that lost its time, moves or stands in the way; not one whose turn has not come yet."""
    step = kept.step
    return step.fate != "kept" and (lost(kept) or step.before != step.after or step.fate == "unplaceable")


def grouped(steps: Sequence[Step], names: Mapping[str, str]) -> list[Group]:
    lines: dict[str, list[Line]] = {name: [] for name in TITLES}
    seen = [Counted(each.course, each.session, each.sequence, each.kind, each.fate == "dropped") for each in steps]
    for step, label in zip(steps, labels_of(seen), strict=True):
        lost_it = step.fate == "waiting" and step.before is not None
        lines["lost" if lost_it else step.fate].append(line(step, label, names, {}))
    return [Group(name, *TITLES[name], found) for name, found in lines.items() if found]


def line(step: Step, label: str, names: Mapping[str, str], said: Mapping[str, str]) -> Line:
    return Line(
        sequence=step.sequence,
        label=label,
        kind=str(dict(Session.Kind.choices).get(step.kind, step.kind)),
        before=spot(step.before, names),
        after=spot(step.after, names),
        fate=step.fate,
        session=step.session,
        near=spot(step.near, names),
        late_days=step.late_days,
        **{"why": why_moved(step.why), **said},
    )


def spot(place: Place | None, names: Mapping[str, str]) -> Spot | None:
    if place is None:
        return None
    practitioner, room = names.get(f"practitioner:{place.practitioner}", ""), names.get(f"room:{place.room}", "")
    return Spot(place.start, practitioner, room)
