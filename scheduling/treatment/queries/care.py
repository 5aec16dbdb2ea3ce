"""What to do and what to leave around a visit, with real dates. The words are the catalogue's (D30, D31)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.once import once
from patients.queries.rules import current_options
from patients.queries.statements import concerns
from protocols.models import CareInstruction
from protocols.queries import Policies, policies
from scheduling.courses.queries.patient_visits import Visit
from scheduling.courses.queries.plans import plan_of
from scheduling.models import NEEDLE_KINDS, Course, Session

BEFORE, ON_THE_DAY, DURING, AFTER, THROUGHOUT = "before", "day", "during", "after", "course"
AFTERCARE_SHOWN = timedelta(days=3)  # how long most marks last (C15, B10)
TREATED = (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Advice:
    """One instruction. `first` and `last` are local dates; `last` is None where the clinic says how long (G01)."""

    stage: str
    text: str
    first: date | None = None
    last: date | None = None
    open_ended: bool = False

    def stands_on(self, today: date) -> bool:
        """Whether it applies today."""
        return (self.first is None or self.first <= today) and (self.last is None or today <= self.last)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Instructions that hold over the same days."""

    stage: str
    first: date | None
    last: date | None
    open_ended: bool
    texts: tuple[str, ...]


def stretches(advice: Iterable[Advice]) -> list[Stretch]:
    """Instructions by the days they hold; those with a last day first, since they have one."""
    groups: dict[tuple[str, date | None, date | None, bool], list[str]] = {}
    for each in advice:
        first = each.first if each.last else None  # what has no end is said together, whenever it begins
        groups.setdefault((each.stage, first, each.last, each.open_ended), []).append(each.text)
    found = [Stretch(*days, tuple(texts)) for days, texts in groups.items()]
    return sorted(found, key=lambda each: (each.last is None, not each.open_ended))


@dataclass(frozen=True, slots=True)
class Guide:
    """The instructions of one plan, and for how long the clinic lets each last."""

    rows: Sequence[CareInstruction]
    policies: Policies

    @classmethod
    def read(cls, course: Course | None) -> "Guide":
        """Two queries, more only where an instruction is for special plans."""
        chosen = policies()
        rows = [row for row in wanted(instructions(), course) if allowed(row, chosen)]
        return cls(rows, chosen)

    def before(self, visit: Visit, course_visits: Iterable[Visit]) -> list[Advice]:
        """What to do before a visit with a needle; what begins days before it runs through the whole course (D30)."""
        if visit.session.kind not in NEEDLE_KINDS or visit.start is None:
            return []
        span = treatments(visit, course_visits)
        through = [spanning(row, *span, visit.zone) for row in self.of(BEFORE)] if span else []
        return through + [spanning(row, visit.start, visit.start, visit.zone) for row in self.of(ON_THE_DAY)]

    def after(self, visit: Visit) -> list[Advice]:
        """What to do after a treatment, each until its day."""
        if visit.session.kind not in TREATED or visit.end is None:
            return []
        return [self.lasting(row, visit.end, visit.zone) for row in self.of(AFTER)]

    def lasting(self, row: CareInstruction, end: datetime, zone: ZoneInfo) -> Advice:
        hours = self.policies.hours_of(row.duration_policy) if row.duration_policy else row.offset_until_hours
        first = local_date(end + timedelta(hours=row.offset_from_hours or 0), zone.key)
        last = local_date(end + timedelta(hours=hours), zone.key) if hours else None
        unsaid = bool(row.duration_policy) and last is None
        return Advice(row.stage, _(row.text), first, last, unsaid)

    def during(self) -> list[Advice]:
        return [Advice(row.stage, _(row.text)) for row in self.of(DURING)]

    def throughout(self) -> list[Advice]:
        return [Advice(row.stage, _(row.text)) for row in self.of(THROUGHOUT)]

    def of(self, stage: str) -> list[CareInstruction]:
        return [row for row in self.rows if row.stage == stage]


@once
def instructions() -> list[CareInstruction]:
    return list(CareInstruction.objects.filter(active=True))


def allowed(row: CareInstruction, chosen: Policies) -> bool:
    """What a director must switch on is not said until then."""
    return not row.enabled_by or chosen.mentions(row.enabled_by)


class Guides:
    """The instructions of each of a patient's courses: what holds for one need not hold for the other."""

    def __init__(self, courses: Iterable[Course]) -> None:
        self.courses = {course.pk: course for course in courses}
        self.known: dict[int | None, Guide] = {}

    def of(self, visit: Visit) -> Guide:
        """The instructions of the visit's own course, or those for everybody; read when first asked for."""
        key = visit.session.course_id
        if key not in self.known:
            self.known[key] = Guide.read(self.courses.get(key) if key else None)
        return self.known[key]


def wanted(rows: Sequence[CareInstruction], course: Course | None) -> list[CareInstruction]:
    """The instructions that concern the plan: those without a scope, and those whose scope it touches."""
    if not any(row.scope for row in rows):
        return list(rows)
    if course is None:
        return [row for row in rows if not row.scope]
    plan, options = plan_of(course), current_options()
    return [row for row in rows if concerns(row, plan, options)]


def treatments(visit: Visit, course_visits: Iterable[Visit]) -> tuple[datetime, datetime] | None:
    """First and last treatment of the visit's course with a time; an upkeep visit, or one without a course, alone."""
    if visit.start and (visit.session.course_id is None or visit.session.kind == Session.Kind.MAINTENANCE):
        return visit.start, visit.start
    starts = [
        each.start
        for each in course_visits
        if each.start
        and each.session.course_id == visit.session.course_id
        and each.session.kind == Session.Kind.TREATMENT
    ]
    return (min(starts), max(starts)) if starts else None


def spanning(row: CareInstruction, first: datetime, last: datetime, zone: ZoneInfo) -> Advice:
    """From its hours before `first` to the day of `last`."""
    begins = first + timedelta(hours=row.offset_from_hours or 0)
    return Advice(row.stage, _(row.text), local_date(begins, zone.key), local_date(last, zone.key))
