"""What a patient's other courses do to the same skin: the days a course must stay away from (D06). A treatment of which
only a former system tells may have been anywhere, so every course keeps its own floor from the last one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from clinic.base.clock import local_date
from protocols.models import TreatmentArea
from protocols.outline.intervals import Span, Unit, reach, shift
from protocols.outline.phases import Policy
from protocols.outline.spacing import AreaPath, AreaUse, overlaps
from scheduling.models import NEEDLE_KINDS, Booking, Course, MovedVisit, Session, SessionStatus
from scheduling.planner.choices import clinic_policy, frame_of

ON_THE_SKIN = NEEDLE_KINDS - {"allergy_test"}
FORMER, ANYWHERE, NO_FLOOR = "former system", (), Span(0, Unit.DAY)
Blocked = tuple[tuple[date, date], ...]


def read_paths() -> dict[str, AreaPath]:
    """Every area's path from its outermost ancestor down. One query."""
    parents = dict(TreatmentArea.objects.values_list("code", "parent__code"))

    @cache
    def path(code: str) -> AreaPath:
        above = parents[code]
        return (*(path(above) if above else ()), code)

    return {code: path(code) for code in parents}


def read_uses(
    patients: Iterable[int],
    policy: Policy,
    paths: Mapping[str, AreaPath],
    *,
    but_for: Set[int] = frozenset(),
    booked: bool = True,
) -> dict[int, list[AreaUse]]:
    """What each patient's courses did and will do to the skin, one entry a course and phase. Seven queries at most,
    three for patients who have no course except those in `but_for` (keys).

    Days done and, with `booked`, those ahead count; a visit that has no time yet is checked when it gets one.
    """
    days = _treated_days(patients, booked=booked)
    wanted = {course for course, _phase in days} - but_for
    courses = Course.objects.filter(pk__in=wanted).select_related("protocol_version")
    uses: dict[int, list[AreaUse]] = defaultdict(list)
    for course in courses.prefetch_related("areas", "protocol_version__phases", "protocol_version__protocol"):
        frame, areas = frame_of(course, policy), frozenset(paths[area.code] for area in course.areas.all())
        for (pk, phase), treated in days.items():
            if pk == course.pk:
                use = AreaUse(str(course.pk), areas, frame.interval(phase).floor, tuple(sorted(treated)))
                uses[course.patient_id].append(use)
    for patient, day in told_days(patients).items():
        uses[patient].append(AreaUse(FORMER, frozenset({ANYWHERE}), NO_FLOOR, (day,)))
    return uses


def told_days(patients: Iterable[int]) -> dict[int, date]:
    """The local date of the last treatment of each patient that a former system tells of."""
    rows = MovedVisit.objects.filter(patient__in=list(patients), session=None, on_skin=True)
    last = rows.order_by("patient", "-start").distinct("patient")
    told = last.values_list("patient", "start", "line__of__location__timezone")
    return {patient: local_date(start, zone) for patient, start, zone in told}


def _treated_days(patients: Iterable[int], *, booked: bool) -> dict[tuple[int, int], list[date]]:
    """Local dates by course and phase."""
    ids = list(patients)
    of_a_course = {"patient__in": ids, "course__isnull": False, "kind__in": ON_THE_SKIN}
    done = Session.objects.filter(**of_a_course, status=SessionStatus.COMPLETED)
    ahead = Booking.objects.filter(active=True, **{f"session__{name}": value for name, value in of_a_course.items()})
    days: dict[tuple[int, int], list[date]] = defaultdict(list)
    for course, phase, at, zone in [
        *done.values_list("course", "phase", "performed_at", "location__timezone"),
        *(ahead if booked else ahead.none())
        .exclude(session__status=SessionStatus.COMPLETED)
        .values_list("session__course", "session__phase", "start", "session__location__timezone"),
    ]:
        if at is not None:
            days[course, phase].append(at.astimezone(ZoneInfo(zone)).date())
    return days


def free_of_others(session: Session, day: date, *, booked: bool = False) -> date:
    """The first date from `day` on that other courses leave to this visit by what they did, or are to do, to the same
    skin (D06)."""
    course = session.course
    if course is None or session.kind not in ON_THE_SKIN:
        return day
    policy, paths = clinic_policy(), read_paths()
    others = read_uses([course.patient_id], policy, paths, but_for={course.pk}, booked=booked).get(
        course.patient_id, []
    )
    areas = frozenset(paths[area.code] for area in course.areas.all()) if others else frozenset()
    blocked = blocked_days(areas, frame_of(course, policy).interval(session.phase).floor, others) if others else ()
    return first_free(day, blocked)


def blocked_days(areas: frozenset[AreaPath], floor: Span, others: Iterable[AreaUse]) -> Blocked:
    """Date ranges, ends included, in which a session on `areas` would be too close to one of another course."""
    return tuple(
        too_close(day, floor, other.floor)
        for other in others
        if any(overlaps(mine, theirs) for mine in areas for theirs in other.areas)
        for day in other.days
    )


def too_close(day: date, floor: Span, other: Span) -> tuple[date, date]:
    """First and last date on which the larger of two floors is not kept before or after `day`."""
    first = day - timedelta(days=max(reach(floor)[1], reach(other)[1]))
    while _clear(first, floor, other) <= day:
        first += timedelta(days=1)
    return first, _clear(day, floor, other) - timedelta(days=1)


def _clear(day: date, floor: Span, other: Span) -> date:
    return max(shift(day, floor), shift(day, other))


def first_free(start: date, blocked: Blocked) -> date:
    """The first date from `start` on outside every blocked range."""
    for first, last in sorted(blocked):
        if first <= start <= last:
            start = last + timedelta(days=1)
    return start
