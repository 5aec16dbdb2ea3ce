"""What the course workspace offers: protocols that serve a wish, what they need, and the windows they would give."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from patients.models import AllergyTest, Patient
from patients.queries.plans import with_substances
from patients.queries.rules import current_rules
from protocols.eligibility.limits import upper_age_day
from protocols.models import (
    DeliveryDevice,
    Formulation,
    Indication,
    Phase,
    ProtocolVersion,
    Technique,
    TreatmentArea,
)
from protocols.outline.checks import OutlineError
from protocols.outline.visits import windows
from protocols.queries import active_versions, offered_fields
from scheduling.courses.queries.pictures import outline_timeline
from scheduling.courses.timeline import Timeline
from scheduling.models import Course
from scheduling.planner.choices import clinic_policy, frame_of


@dataclass(frozen=True, slots=True)
class Needs:
    """What the practitioner still chooses within a version: counts in a range, typed phases, upkeep, a confirmation."""

    ranges: tuple[Phase, ...] = ()
    typed: tuple[Phase, ...] = ()
    months: tuple[int, ...] = ()
    confirmation: bool = False


def areas() -> QuerySet[TreatmentArea]:
    return TreatmentArea.objects.filter(active=True).select_related("parent")


def indications() -> QuerySet[Indication]:
    """What a new course may treat, in the fields this clinic offers (F039)."""
    rows = Indication.objects.filter(active=True, selectable=True, field__in=offered_fields())
    return rows.order_by("field", "name")


def versions_for(codes: Collection[str], indication: str) -> list[ProtocolVersion]:
    """Active versions that serve every chosen area and the indication (D05), in the catalogue's order."""
    if not codes or not indication:
        return []
    served = Count("protocol__areas", filter=Q(protocol__areas__code__in=codes), distinct=True)
    rows = active_versions().filter(protocol__indications__code=indication).annotate(served=served)
    return list(rows.filter(served=len(set(codes))))


def version_of(code: str) -> ProtocolVersion | None:
    return active_versions().filter(protocol__code=code).first() if code else None


def needs_of(version: ProtocolVersion | None) -> Needs:
    if version is None:
        return Needs()
    phases = list(version.phases.all())
    return Needs(
        ranges=tuple(phase for phase in phases if phase.sessions_min != phase.sessions_max),
        typed=tuple(phase for phase in phases if version.needs_counts and phase.kind == Phase.Kind.INDUCTION),
        months=tuple(version.maintenance_choices),
        confirmation=version.needs_confirmation,
    )


def mixes_for(patient: Patient) -> QuerySet[Formulation]:
    """Mixes this patient was tested with or had, then the newest ones of the clinic."""
    tested = Exists(AllergyTest.objects.filter(formulation=OuterRef("pk"), patient=patient))
    had = Exists(Course.objects.filter(formulation=OuterRef("pk"), patient=patient))
    rows = Formulation.objects.annotate(own=tested | had).order_by("-own", "-created_at")
    return rows.prefetch_related(with_substances())


def techniques() -> QuerySet[Technique]:
    return Technique.objects.filter(active=True)


def delivery_devices() -> QuerySet[DeliveryDevice]:
    return DeliveryDevice.objects.filter(active=True)


def too_old_from(course: Course, chosen: Sequence[TreatmentArea], *, needs_test: bool) -> date | None:
    """The birthday inside the course from which on the upper age rules treatment out (D48)."""
    day = upper_age_day(current_rules(), course.patient.birth_date)
    try:
        visits = frame_of(course, clinic_policy(), chosen).visits(needs_test=needs_test)
    except OutlineError:
        return None
    ideals = [each.ideal for each in windows(visits, course.start_on) if each]
    return day if day and ideals and ideals[-1] >= day else None


def preview(course: Course, chosen: Sequence[TreatmentArea], *, needs_test: bool, today: date) -> Timeline | None:
    """The windows of a course that is not saved yet; None while a choice is missing."""
    try:
        visits = frame_of(course, clinic_policy(), chosen).visits(needs_test=needs_test)
    except OutlineError:
        return None
    return outline_timeline(course, visits, windows(visits, course.start_on), today=today)
