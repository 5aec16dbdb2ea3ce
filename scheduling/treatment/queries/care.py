"""What to do and what to leave around a visit, with real dates. The words are the catalogue's (D30, D31)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.base.clock import local_date
from clinic.base.once import once
from patients.queries.rules import current_options, in_force
from patients.queries.statements import concerns
from protocols.models import CareInstruction
from protocols.queries import Policies
from scheduling.courses.queries.patient_visits import Visit
from scheduling.courses.queries.plans import plan_of
from scheduling.messages.queries.stretches import stretches_by_patient
from scheduling.messages.stretches import Stretch
from scheduling.models import NEEDLE_KINDS, Course, Session

NO_ASPIRIN = "no-own-aspirin"
BEFORE, ON_THE_DAY, DURING, AFTER, THROUGHOUT = "before", "day", "during", "after", "course"
AFTERCARE_SHOWN = timedelta(weeks=26)  # as long as somebody asks about a late infection (D53)
TREATED = (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Advice:
    """One instruction. `text` is the whole line, the clinic's hours in it; `first` and `last` are local dates.

    `unset`: the clinic has not said yet how long, or from when; the line says to ask (D45).
    """

    stage: str
    text: str
    first: date | None = None
    last: date | None = None
    unset: bool = False

    def stands_on(self, today: date) -> bool:
        """Whether it applies today."""
        return (self.first is None or self.first <= today) and (self.last is None or today <= self.last)


@dataclass(frozen=True, slots=True)
class Days:
    """Instructions that hold over the same days."""

    stage: str
    first: date | None
    last: date | None
    unset: bool
    texts: tuple[str, ...]


def by_days(advice: Iterable[Advice]) -> list[Days]:
    """Instructions by the days they hold; those with a last day first, since they have one."""
    groups: dict[tuple[str, date | None, date | None, bool], list[str]] = {}
    for each in advice:
        first = each.first if each.last else None  # what has no end is said together, whenever it begins
        groups.setdefault((each.stage, first, each.last, each.unset), []).append(each.text)
    found = [Days(*days, tuple(texts)) for days, texts in groups.items()]
    return sorted(found, key=lambda each: (each.last is None, not each.unset))


@dataclass(frozen=True, slots=True)
class Guide:
    """The instructions of one plan, and for how long the clinic lets each last."""

    rows: Sequence[CareInstruction]
    policies: Policies

    @classmethod
    def read(cls, course: Course | None) -> "Guide":
        """Two queries, more only where an instruction is for special plans."""
        chosen = in_force().policies
        rows = [row for row in wanted(instructions(), course) if allowed(row, chosen)]
        return cls(rows, chosen)

    def before(self, visit: Visit, stretch: Stretch | None) -> list[Advice]:
        """What to do before a visit with a needle; what begins days before it runs through its stretch (D44)."""
        if visit.session.kind not in NEEDLE_KINDS or visit.day is None:
            return []
        through = [spanning(row, stretch) for row in self.of(BEFORE)] if stretch else []
        return through + [on_the_day(row, visit) for row in self.of(ON_THE_DAY)]

    def after(self, visit: Visit) -> list[Advice]:
        """What to do after a treatment, each from its day and until its day."""
        if visit.session.kind not in TREATED or visit.end is None:
            return []
        return [self.lasting(row, visit.end, visit.zone) for row in self.of(AFTER)]

    def lasting(self, row: CareInstruction, end: datetime, zone: ZoneInfo) -> Advice:
        """A line with its hours, the same on phone, page and paper (D45); 0 hours is a setting like any other."""
        begins = self.hours(row.begins_policy, row.offset_from_hours or 0)
        lasts = self.hours(row.duration_policy, row.offset_until_hours)
        set_by_clinic = row.duration_policy or row.begins_policy
        unset = bool(set_by_clinic) and self.policies.hours_of(set_by_clinic) is None
        start = end + timedelta(hours=begins or 0)
        last = None if lasts is None or unset else local_date(start + timedelta(hours=lasts), zone.key)
        return Advice(row.stage, self.line(row), local_date(start, zone.key), last, unset)

    def hours(self, policy: str, stated: int | None) -> int | None:
        return self.policies.hours_of(policy) if policy else stated

    def line(self, row: CareInstruction) -> str:
        """The instruction, and for how long or from when where the clinic says so."""
        if row.begins_policy:
            return f"{_(row.text)} {since(self.policies.hours_of(row.begins_policy))}"
        if row.duration_policy:
            return f"{_(row.text)} {how_long(self.policies.hours_of(row.duration_policy))}"
        return _(row.text)

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


def how_long(hours: int | None) -> str:
    if hours is None:
        return _("Ask us first how long.")
    if hours == 0:
        return _("The clinic sets 0 hours for this.")
    return ngettext("For %(n)s hour after the session.", "For %(n)s hours after the session.", hours) % {"n": hours}


def since(hours: int | None) -> str:
    if hours is None:
        return _("Ask us first from when.")
    return ngettext("From %(n)s hour after the session.", "From %(n)s hours after the session.", hours) % {"n": hours}


class Guides:
    """The instructions of each of a patient's courses: what holds for one need not hold for the other."""

    def __init__(self, courses: Iterable[Course], now: datetime) -> None:
        self.courses = {course.pk: course for course in courses}
        self.now = now
        self.known: dict[int | None, Guide] = {}
        self.stretches: dict[int, list[Stretch]] = {}

    def before(self, visit: Visit) -> list[Advice]:
        """What to do before the visit, by the instructions of its course and the days of its stretch."""
        return self.of(visit).before(visit, self.stretch(visit.session))

    def stretch(self, session: Session) -> Stretch | None:
        """The stretch that the visit belongs to; one query for each patient."""
        patient = session.patient_id
        if patient not in self.stretches:
            self.stretches |= stretches_by_patient([patient], self.now)
        return next((each for each in self.stretches[patient] if session.pk in each.sessions), None)

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


def spanning(row: CareInstruction, stretch: Stretch) -> Advice:
    """From its days before the stretch, that of aspirin by the rule in force, to the last of its days."""
    begins = stretch.first + timedelta(hours=row.offset_from_hours or 0)
    return Advice(row.stage, _(row.text), stretch.aspirin_free_from if row.code == NO_ASPIRIN else begins, stretch.last)


def on_the_day(row: CareInstruction, visit: Visit) -> Advice:
    """From its hours before the visit to the day of the visit."""
    assert visit.start is not None
    begins = visit.start + timedelta(hours=row.offset_from_hours or 0)
    return Advice(row.stage, _(row.text), local_date(begins, visit.zone.key), visit.day)
