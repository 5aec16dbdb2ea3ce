"""What one version of a protocol changes in another, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocols.library.phase_words import FACETS, sentence_of
from protocols.models import Phase, ProtocolVersion


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that reads differently. `where`: the phase, empty for the whole. An empty side was not there."""

    where: str
    what: str
    before: str
    after: str


# Of the protocol itself: its definition's field, and how it is called.
WHOLE = {
    "name": gettext_lazy("Name"),
    "caveat": gettext_lazy("Caveat"),
    "areas": gettext_lazy("Areas"),
    "indications": gettext_lazy("Indications"),
    "fields": gettext_lazy("Fields"),
    "flags": gettext_lazy("Contradictions"),
    "evidence": gettext_lazy("Evidence"),
    "needs_confirmation": gettext_lazy("The order must be confirmed"),
    "needs_counts": gettext_lazy("The practitioner types the numbers"),
    "cites": gettext_lazy("Rests on"),
}


def differences(old: ProtocolVersion, new: ProtocolVersion) -> list[Difference]:
    """What `new` changes in `old`: the protocol first, then phase by phase. Both with their phases prefetched."""
    pairs = zip_longest(in_order(old), in_order(new))
    return [*of_the_whole(old.definition, new.definition), *(each for pair in pairs for each in of_phases(*pair))]


def in_order(version: ProtocolVersion) -> list[Phase]:
    return sorted(version.phases.all(), key=lambda phase: phase.order)


def of_the_whole(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for field, label in WHOLE.items():
        before, after = old.get(field), new.get(field)
        if before != after:
            yield Difference("", str(label), plain(before), plain(after))


def plain(value: Any) -> str:
    """A value of a definition for a person to read."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(each).replace("_", " ") for each in value)
    return "" if value is None else str(value)


def of_phases(old: Phase | None, new: Phase | None) -> Iterator[Difference]:
    if old is None or new is None:
        yield from of_one(old, new)
        return
    where = place_of(new)
    if old.name != new.name:
        yield Difference(where, _("Name"), old.name, new.name)
    for label, words in FACETS:
        before, after = words(old), words(new)
        if before != after:
            yield Difference(where, str(label), before, after)
    if old.cites != new.cites:
        yield Difference(where, _("Rests on"), plain(old.cites), plain(new.cites))


def of_one(old: Phase | None, new: Phase | None) -> Iterator[Difference]:
    """A phase that only one of the versions has."""
    if old:
        yield Difference(place_of(old), _("Phase"), f"{old.name}. {sentence_of(old)}", "")
    if new:
        yield Difference(place_of(new), _("Phase"), "", f"{new.name}. {sentence_of(new)}")


def place_of(phase: Phase) -> str:
    return _("Phase %(order)s, %(kind)s") % {"order": phase.order, "kind": phase.get_kind_display().lower()}
