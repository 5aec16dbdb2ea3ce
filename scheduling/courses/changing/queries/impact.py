"""What another rule or choice would do to the courses that are running: their verdict before and after."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db.models import Min, Q, QuerySet

from patients.queries.in_bulk import known_of
from patients.queries.plans import ALWAYS_ON_SKIN, doses_of, usual_on_skin, with_substances
from patients.queries.rules import current_rules
from protocols.eligibility import Finding, Occasion, Plan, RuleSet, Verdict, evaluate
from protocols.models import Substance
from scheduling.models import Course

RUNNING = (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.ON_HOLD)
BATCH = 500  # courses read at a time


class Change(Protocol):
    """A rule or a choice that is not in force yet."""

    def over(self, rules: RuleSet) -> RuleSet: ...


@dataclass(frozen=True, slots=True)
class Affected:
    """A course whose verdict would differ on `on`, the local day of its next visit."""

    course: Course
    on: date
    before: Verdict
    after: Verdict

    @property
    def comes(self) -> list[Finding]:
        """Findings that would be new, or read differently."""
        return [each for each in self.after.findings if mark(each) not in marks(self.before)]

    @property
    def goes(self) -> list[Finding]:
        """Findings that would no longer stand."""
        stays = {each.code for each in self.after.findings}
        return [each for each in self.before.findings if each.code not in stays]


@dataclass(frozen=True, slots=True)
class Impact:
    """How many running courses were looked at, and those that would be judged differently."""

    looked_at: int
    affected: Sequence[Affected]

    @property
    def worse_off(self) -> int:
        """How many may be treated now and could not be then without something being done first."""
        return sum(each.before.is_eligible and not each.after.is_eligible for each in self.affected)


def impact_of(change: Change, courses: QuerySet[Course], *, now: datetime) -> Impact:
    """The effect of `change` on those of `courses` that are running; as many queries for one as for a batch of 500."""
    before = current_rules()
    after = change.over(before)
    usual = usual_on_skin()
    looked_at, found = 0, []
    for batch in batches(courses, now):
        looked_at += len(batch)
        found += [each for each in judged(batch, before, after, usual, now) if differs(each)]
    return Impact(looked_at, found)


def batches(courses: QuerySet[Course], now: datetime) -> Iterator[Sequence[Course]]:
    """Running courses with what their plan is made of and the time of their next visit, in pages by id."""
    ahead = Q(sessions__bookings__active=True, sessions__bookings__start__gte=now)
    rows = courses.filter(status__in=RUNNING).annotate(next_at=Min("sessions__bookings__start", filter=ahead))
    rows = rows.order_by("pk").prefetch_related("areas", with_substances("formulation__items"))
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def judged(
    batch: Iterable[Course], before: RuleSet, after: RuleSet, usual: Mapping[str, Substance], now: datetime
) -> Iterator[Affected]:
    known = known_of([course.patient_id for course in batch])
    for course in batch:
        zone = ZoneInfo(course.location.timezone)
        on = day_of(course, now, zone)
        facts, decisions = known[course.patient_id].facts(course.patient, zone), known[course.patient_id].decided(zone)
        plan = plan_of(course, usual)
        verdicts = [
            evaluate(rules, facts, plan, on=on, occasion=Occasion.PLAN, decisions=decisions)
            for rules in (before, after)
        ]
        yield Affected(course, on, *verdicts)


def day_of(course: Course, now: datetime, zone: ZoneInfo) -> date:
    """The local day of the next visit; without one the day the course is to start, or today."""
    next_at: datetime | None = getattr(course, "next_at", None)
    if next_at:
        return next_at.astimezone(zone).date()
    return max(now.astimezone(zone).date(), course.start_on)


def plan_of(course: Course, usual: Mapping[str, Substance]) -> Plan:
    """What the course plans, from rows read already; `usual`: what is put on the skin unless the mix says (D21)."""
    named = [item.substance for item in course.formulation.items.all()]
    on_skin = [substance for substance in named if not substance.injectable]
    missing = set(ALWAYS_ON_SKIN) - {substance.category for substance in on_skin}
    on_skin += [substance for substance in usual.values() if substance.category in missing]
    return Plan(
        areas=frozenset(area.code for area in course.areas.all()),
        indication=course.indication.code,
        mix=frozenset(substance.code for substance in named if substance.injectable),
        topicals=frozenset(substance.code for substance in on_skin),
        doses=doses_of(course.formulation.items.all()),
        device=course.delivery_device.code if course.delivery_device else None,
        technique=course.technique.code if course.technique else None,
    )


def differs(each: Affected) -> bool:
    return (each.before.status, each.before.until, marks(each.before)) != (
        each.after.status,
        each.after.until,
        marks(each.after),
    )


def marks(verdict: Verdict) -> frozenset[tuple[object, ...]]:
    return frozenset(mark(finding) for finding in verdict.findings)


def mark(finding: Finding) -> tuple[object, ...]:
    """What makes a finding the same one: a reworded sentence is, one that is no longer decided is not."""
    return (finding.code, finding.effect, finding.until, finding.holds_back)
