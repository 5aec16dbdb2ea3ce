"""The protocols as the library shows them: found, compared, with their history and their findings."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from protocols.library.cards import DAYS_OF
from protocols.models import Fact, Indication, Phase, Protocol, ProtocolVersion, TreatmentArea
from protocols.pictures.rhythm import Rhythm, Stretch, build_rhythm
from protocols.queries import active_versions

MONTH_DAYS = 365.25 / 12


def found(*, words: str = "", area: str = "", indication: str = "", field: str = "") -> QuerySet[ProtocolVersion]:
    """Versions in force that match every wish; an empty wish matches all."""
    rows = active_versions()
    if words:
        named = Q(protocol__name__icontains=words) | Q(protocol__code__icontains=words)
        rows = rows.filter(named | Q(protocol__caveat__icontains=words))
    if area:
        rows = rows.filter(protocol__areas__code=area)
    if indication:
        rows = rows.filter(protocol__indications__code=indication)
    if field:
        rows = rows.filter(definition__fields__contains=[field])
    return rows


def areas_served() -> QuerySet[TreatmentArea]:
    return (
        TreatmentArea.objects.filter(active=True, selectable=True, protocols__active=True).distinct().order_by("name")
    )


def indications_served() -> QuerySet[Indication]:
    rows = Indication.objects.filter(active=True, protocols__active=True).distinct()
    return rows.order_by("field", "name")


def protocol_of(code: str) -> Protocol | None:
    return Protocol.objects.filter(code=code, active=True).first()


def shown_version(code: str, number: int | None = None) -> ProtocolVersion | None:
    """One version with everything a page shows of it: the one in force, or the one of this number."""
    rows = ProtocolVersion.objects.filter(protocol__code=code, protocol__active=True)
    wanted = {"number": number} if number is not None else {"status": ProtocolVersion.Status.ACTIVE}
    rows = rows.filter(**wanted).select_related("protocol", "published_by")
    return rows.prefetch_related("phases", "protocol__areas", "protocol__indications", "protocol__sources").first()


def history_of(protocol: Protocol) -> list[ProtocolVersion]:
    """Every version, newest first."""
    return list(protocol.versions.select_related("published_by").order_by("-number"))


def contradictions_of(protocol: Protocol) -> list[Fact]:
    return list(Fact.objects.filter(code__in=protocol.flags))


def phases_of(version: ProtocolVersion) -> list[Phase]:
    return sorted(version.phases.all(), key=lambda phase: phase.order)


def rhythm_of(versions: Iterable[ProtocolVersion]) -> Rhythm:
    """The courses on one scale. One whose numbers the practitioner types has no dots."""
    return build_rhythm([stretches_of(phases_of(version)) for version in versions])


def stretches_of(phases: Sequence[Phase]) -> list[Stretch]:
    stretches: list[Stretch] = []
    for phase in phases:
        if phase.ideal is None:
            continue
        gap = phase.ideal * DAYS_OF[phase.unit]
        before = stretches[-1].gap_days if stretches else gap
        joints = {"own": gap, "previous": before, "larger": max(before, gap)}
        stretches.append(
            Stretch(
                gap_days=gap,
                sessions=phase.sessions_max,
                lasts_days=round(phase.duration_amount * MONTH_DAYS) if phase.duration_amount else None,
                joint_days=joints.get(phase.joint, 0),
                kind=phase.kind,
                review_after=phase.review_after,
            )
        )
    return stretches
