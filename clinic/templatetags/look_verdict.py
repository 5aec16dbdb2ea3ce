"""The findings of a verdict, sorted by what a person can do about each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Group:
    """Findings with the same way out."""

    key: str
    title: str | Promise
    icon: str
    findings: list[Any]


GROUPS: dict[str, tuple[str | Promise, str]] = {
    "fixed": (_("Cannot be changed"), "lock-fill"),
    "option": (_("Choose something else"), "signpost-split-fill"),
    "answer": (_("Needs an answer"), "question-circle-fill"),
    "prescriber": (_("Needs a prescriber"), "person-badge-fill"),
    "clinician": (_("Needs to be acknowledged"), "hand-index-thumb-fill"),
    "time": (_("Ends by itself"), "hourglass-split"),
    "settled": (_("Decided"), "check-circle-fill"),
}
WAYS_OUT = {
    "correction": "fixed",
    "other_option": "option",
    "answer": "answer",
    "prescriber": "prescriber",
    "clinician": "clinician",
    "time": "time",
    "recovery": "time",
}
EFFECTS = {
    "blocks": "fixed",
    "excluded_option": "option",
    "incomplete": "answer",
    "deferred": "time",
    "review": "prescriber",
    "caution": "clinician",
}


def read(thing: Any, name: str, default: Any = None) -> Any:
    """An attribute of an object or an entry of a dict: views may pass either."""
    return thing.get(name, default) if isinstance(thing, dict) else getattr(thing, name, default)


def group_of(finding: Any) -> str:
    """Which group a finding belongs to: settled ones apart, else by its way out, else by effect and end date."""
    if read(finding, "holds_back", True) is False:
        return "settled"
    if way_out := read(finding, "way_out"):
        return WAYS_OUT[str(way_out)]
    if read(finding, "until"):
        return "time"
    return EFFECTS[str(read(finding, "effect"))]


def grouped(findings: Iterable[Any]) -> list[Group]:
    """The groups that have findings, hardest first; the order inside a group is the caller's."""
    members: dict[str, list[Any]] = {key: [] for key in GROUPS}
    for finding in findings:
        members[group_of(finding)].append(finding)
    return [Group(key, *GROUPS[key], found) for key, found in members.items() if found]


def sentence(finding: Any) -> str:
    """What the finding says, in the reader's language."""
    message = str(read(finding, "message"))
    params = read(finding, "params")
    return gettext(message) % params if params else gettext(message)
