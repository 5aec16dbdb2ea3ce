"""The catalogue as the pure modules take it."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from clinic.base.once import once
from clinic.base.rows import Prepared
from protocols.eligibility.gate import TestLife
from protocols.models import Indication, Phase, Protocol, ProtocolVersion, TreatmentArea
from protocols.outline.intervals import Interval, Span, Unit, stored_interval
from protocols.outline.phases import LatePolicy, PhaseKind, ProtocolOutline
from protocols.outline.phases import Phase as OutlinePhase

POLICIES = "policies"  # the kind of the catalogue's entries that name a clinic's settings and their defaults
NOT_MENTIONED = "not_mentioned"  # the choice that keeps a text from patients

# A plain statement: every verdict, plan and booking page asks it, and putting it together took longer than the answer.
IN_FORCE = Prepared("""
SELECT entry.code, COALESCE(NULLIF(chosen.value, 'null'), NULLIF(entry.data -> 'default', 'null'))
FROM protocols_catalogueentry entry
LEFT JOIN protocols_policy chosen ON chosen.code = entry.code AND chosen.ended_at IS NULL
WHERE entry.kind = %(kind)s AND entry.active
""")


class Policies(dict[str, Any]):
    """Code -> value of every policy; whatever reads one that has a name here reads it through that name."""

    @property
    def test_repeat_after(self) -> timedelta:
        """A test that was read later than this after it was given is repeated (D22)."""
        return timedelta(days=int(self["test_repeat_days"]))

    @property
    def test_life(self) -> TestLife:
        """How long a test serves before the first session with its mix and after the last (D22, D42)."""
        return TestLife(
            repeat_after=self.test_repeat_after,
            valid_for=timedelta(days=int(self["test_valid_days"])),
            serves_months=int(self["test_serves_months"]),
        )

    @property
    def consultation_months(self) -> int:
        """A consultation counts for so many calendar months (D37)."""
        return int(self["consultation_months"])

    @property
    def consent_months(self) -> int:
        """A consent serves so many calendar months (D36)."""
        return int(self["consent_months"])

    @property
    def times_kept_for(self) -> timedelta:
        """How long a course that a reaction put on hold keeps its times (D38)."""
        return timedelta(hours=int(self["hold_hours"]))

    @property
    def offer_for(self) -> timedelta | None:
        """How long a freed time is kept for the patient to whom it is offered; None where none is offered."""
        hours = {"half_hour": 0.5, "one_hour": 1, "two_hours": 2, "four_hours": 4}.get(self["freed_times"])
        return timedelta(hours=hours) if hours else None

    @property
    def chair_minutes(self) -> int:
        """For the allergy test and every visit that no protocol shapes (D33)."""
        return int(self["chair_minutes"])

    @property
    def convenience_first(self) -> bool:
        """Whether a plan puts what suits the patient before the days between visits (ADR 0012)."""
        return bool(self["plan_first"] == "convenience_first")

    @property
    def fifteen_is_fortnight(self) -> bool:
        """Whether 15 days are read as 14 (D07)."""
        return bool(self["fifteen_days"] == "fortnight")

    def hours_of(self, code: str) -> int | None:
        """How long a restriction lasts; None until the clinic has set it (G01, G09)."""
        value = self.get(code)
        return None if value is None else int(value)

    def mentions(self, code: str) -> bool:
        """Whether texts for patients may say what a director must switch on first (C20)."""
        return bool(self.get(code, NOT_MENTIONED) != NOT_MENTIONED)


@once
def policies() -> Policies:
    """Every policy of the catalogue: the director's choice in force, else the default; one query.

    A policy that has no default and was not set yet is missing (G01, G02, D33): nothing is presumed.
    """
    return Policies({code: json.loads(value) for code, value in IN_FORCE.rows(kind=POLICIES) if value is not None})


def offered_fields() -> frozenset[str]:
    """The fields of medicine a new course may be in: what is accepted differs by country (F039)."""
    return frozenset(policies()["therapy_fields"])


def positive_criteria() -> str:
    """What makes an allergy test positive at this clinic, in its own words; "" until it has said so (G02)."""
    return str(policies().get("test_positive_criteria", ""))


def active_versions() -> QuerySet[ProtocolVersion]:
    """The versions in force with everything a page or the API shows of them; five queries however many."""
    return (
        ProtocolVersion.objects.filter(status=ProtocolVersion.Status.ACTIVE, protocol__active=True)
        .select_related("protocol")
        .prefetch_related("phases", "protocol__areas", "protocol__indications", "protocol__sources")
    )


def areas_of(indication: Indication, selectable: Iterable[TreatmentArea]) -> list[TreatmentArea]:
    """Where an indication is treated; one that names no areas is treated wherever the protocol goes."""
    named = {area.pk for area in indication.areas.all()}
    return [area for area in selectable if not named or area.pk in named]


def valid_pairs(protocol: Protocol, offered: Collection[str]) -> list[tuple[str, str]]:
    """(area, indication) of every plan that the protocol allows, in the fields of medicine the clinic offers (F039)."""
    treated = [area for area in protocol.areas.all() if area.selectable and area.active]
    reasons = [each for each in protocol.indications.all() if each.selectable and each.active and each.field in offered]
    return [(area.code, reason.code) for reason in reasons for area in areas_of(reason, treated)]


def outline_of(version: ProtocolVersion) -> ProtocolOutline:
    """What of a published version shapes a course. Reads `phases` unless they were prefetched."""
    return ProtocolOutline(
        code=version.protocol.code,
        version=version.number,
        phases=tuple(_phase(phase) for phase in sorted(version.phases.all(), key=lambda phase: phase.order)),
        needs_confirmation=version.needs_confirmation,
    )


def _phase(row: Phase) -> OutlinePhase:
    lasts = Span(row.duration_amount, Unit(row.duration_unit)) if row.duration_amount else None
    return OutlinePhase(
        order=row.order,
        kind=PhaseKind(row.kind),
        interval=_interval(vars(row)) if row.floor is not None else None,
        sessions_min=row.sessions_min,
        sessions_max=row.sessions_max,
        lasts=lasts,
        interval_by_count=_alternatives(row, "sessions"),
        interval_by_months=_alternatives(row, "maintenance_months"),
        chair_minutes=row.chair_minutes,
        late_policy=LatePolicy(row.late_policy),
        review_after=row.review_after,
    )


def _alternatives(row: Phase, choice: str) -> tuple[tuple[int, Interval], ...]:
    """Other intervals, each for a chosen count of sessions (P06-A) or of months (P02)."""
    return tuple((other[choice], _interval(other["interval"])) for other in row.alternatives if other.get(choice))


def _interval(bounds: Mapping[str, Any]) -> Interval:
    return stored_interval(
        unit=Unit(bounds["unit"]),
        floor=bounds["floor"],
        ideal=bounds["ideal"],
        latest=bounds["latest"],
        latest_plus_days=bounds["latest_plus_days"],
        early_limit_days=bounds["early_limit_days"],
    )
