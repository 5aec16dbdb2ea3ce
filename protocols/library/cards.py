"""A protocol as a card: how many sessions, how far apart, how long in all, and what follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protocols.models import Phase, ProtocolVersion
from protocols.pictures.strip import Strip, StripPhase, build_strip

DAYS_OF = {"day": 1, "week": 7, "month": 30}
SHOWN_UPKEEP = 2  # visits of an open-ended phase that the small picture shows


@dataclass(frozen=True, slots=True)
class Card:
    """What `_components/protocol_card.html` shows."""

    code: str
    name: str
    version: str
    sessions: str
    gap: str
    span: str
    maintenance: str
    source: dict[str, str]
    flags: Sequence[dict[str, str]]
    strip: Strip | None
    note: str = ""
    evidence: str = ""
    url: str = ""
    choose: dict[str, Any] | None = None
    recommended: bool = False
    phases: Sequence[Phase] = field(default_factory=tuple)


def card_of(version: ProtocolVersion, *, url: str = "", choose: dict[str, Any] | None = None) -> Card:
    """The card of a version whose phases, protocol and sources were prefetched."""
    phases = sorted(version.phases.all(), key=lambda phase: phase.order)
    course = [phase for phase in phases if phase.kind != Phase.Kind.MAINTENANCE]
    upkeep = [phase for phase in phases if phase.kind == Phase.Kind.MAINTENANCE]
    return Card(
        code=version.protocol.code,
        name=version.protocol.name,
        version=_("version %(number)s") % {"number": version.number},
        sessions=" + ".join(count_of(phase) for phase in course if phase.kind == Phase.Kind.INDUCTION),
        gap=", ".join(dict.fromkeys(gap_of(phase) for phase in course if phase.kind == Phase.Kind.INDUCTION)),
        span=span_of(course),
        maintenance=", ".join(upkeep_of(phase) for phase in upkeep),
        source=source_of(version),
        flags=list(flags_of(version, phases)),
        strip=build_strip(list(strip_phases(phases))) if not version.needs_counts else None,
        note=version.protocol.caveat,
        evidence=_("little evidence") if version.protocol.evidence == "low" else _("claimed only"),
        url=url,
        choose=choose,
        phases=phases,
    )


def count_of(phase: Phase) -> str:
    if phase.sessions_min is None:
        return (
            _("as fit %(amount)s months") % {"amount": phase.duration_amount}
            if phase.duration_amount
            else _("you decide")
        )
    if phase.sessions_min == phase.sessions_max:
        return str(phase.sessions_min)
    return f"{phase.sessions_min}–{phase.sessions_max}"


def gap_of(phase: Phase) -> str:
    """The interval in the source's own unit: 15 days stay 15 days (D07)."""
    if phase.floor is None or phase.latest is None:
        return _("you decide")
    if phase.floor != phase.latest:
        return f"{phase.floor}–{amount(phase.latest, phase.unit)}"
    return amount(phase.floor, phase.unit)


def amount(number: int, unit: str) -> str:
    """A number of days, weeks or months in words."""
    words = {
        "day": ngettext("%(n)s day", "%(n)s days", number),
        "week": ngettext("%(n)s week", "%(n)s weeks", number),
        "month": ngettext("%(n)s month", "%(n)s months", number),
    }
    return words[unit] % {"n": number}


def upkeep_of(phase: Phase) -> str:
    text = _("every %(gap)s") % {"gap": gap_of(phase)}
    return f"{text} × {phase.sessions_min}" if phase.sessions_min else text


def span_of(phases: Iterable[Phase]) -> str:
    """From the first to the last session at the ideal pace, the fewest and the most."""
    low = high = 0
    before = 0
    for phase in phases:
        if phase.ideal is None:
            return _("you decide")
        days = phase.ideal * DAYS_OF[phase.unit]
        if phase.sessions_min is None:
            return amount(phase.duration_amount or 0, phase.duration_unit or "month")
        joint = max(before, days) if before else 0
        low += joint + (phase.sessions_min - 1) * days
        high += joint + ((phase.sessions_max or phase.sessions_min) - 1) * days
        before = days
    if high > 200:
        return _("about %(months)s months") % {"months": round(high / 30.4)}
    return amount(low, "day") if low == high else f"{low}–{amount(high, 'day')}"


def source_of(version: ProtocolVersion) -> dict[str, str]:
    codes = [source.code for source in version.protocol.sources.all()]
    return {"label": _("source %(codes)s") % {"codes": ", ".join(codes)}, "url": ""}


def flags_of(version: ProtocolVersion, phases: Sequence[Phase]) -> Iterable[dict[str, str]]:
    if version.needs_confirmation:
        yield {"tone": "warn", "icon": "exclamation-triangle", "text": _("confirm the order")}
    if version.needs_counts:
        yield {"tone": "warn", "icon": "pencil", "text": _("you type the numbers")}
    reviews = [phase.review_after for phase in phases if phase.review_after]
    if reviews:
        yield {"tone": "info", "icon": "flag", "text": _("review after %(n)s") % {"n": reviews[0]}}


def strip_phases(phases: Iterable[Phase]) -> Iterable[StripPhase]:
    for phase in phases:
        if phase.ideal is None:
            continue
        days = phase.ideal * DAYS_OF[phase.unit]
        count = phase.sessions_max or (180 // days + 1 if phase.duration_amount else SHOWN_UPKEEP)
        kind = "maintenance" if phase.kind == Phase.Kind.MAINTENANCE else "induction"
        yield StripPhase(sessions=count, gap_days=days, kind=kind)
