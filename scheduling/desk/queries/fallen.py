"""Visits of a day for which a prescriber's decision has fallen: an answer changed, or the plan gained something."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from clinic.models import Location
from patients.queries.in_bulk import Known, known_of
from patients.queries.plans import usual_on_skin, with_substances
from patients.queries.rules import current_rules
from protocols.eligibility import Finding, Occasion, RuleSet, evaluate
from protocols.models import Substance
from scheduling.courses.changing.queries.impact import plan_of
from scheduling.desk.queries.agenda import bounds
from scheduling.models import NEEDLE_KINDS, Session, SessionStatus

STILL_AHEAD = (SessionStatus.BOOKED, SessionStatus.CHECKED_IN, SessionStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Fallen:
    """A visit and the findings that are open again, each with the decision that held before (D34)."""

    session: Session
    findings: tuple[Finding, ...]


def fallen_on(location: Location, day: date) -> list[Fallen]:
    """In order of time; as many queries for one visit as for many."""
    first, last = bounds(location, day)
    rows = Session.objects.filter(
        location=location,
        kind__in=NEEDLE_KINDS,
        status__in=STILL_AHEAD,
        course__isnull=False,
        bookings__active=True,
        bookings__start__gte=first,
        bookings__start__lt=last,
    ).order_by("bookings__start", "id")
    joined = ("patient", "course__indication", "course__delivery_device", "course__technique")
    visits = list(
        rows.select_related(*joined).prefetch_related("course__areas", with_substances("course__formulation__items"))
    )
    known = known_of({visit.patient_id for visit in visits})
    decided = [visit for visit in visits if known[visit.patient_id].decisions]
    if not decided:
        return []
    rules = current_rules()
    usual = usual_on_skin()
    zone = ZoneInfo(location.timezone)
    found = [
        Fallen(visit, tuple(standing_again(visit, known[visit.patient_id], rules, usual, day, zone)))
        for visit in decided
    ]
    return [each for each in found if each.findings]


def standing_again(
    visit: Session, known: Known, rules: RuleSet, usual: dict[str, Substance], day: date, zone: ZoneInfo
) -> Iterator[Finding]:
    """Findings whose approval was for the same reason to treat and holds no longer."""
    assert visit.course is not None  # fallen_on reads visits of courses
    plan, decisions = plan_of(visit.course, usual), known.decided(zone)
    facts = known.facts(visit.patient, zone)
    verdict = evaluate(rules, facts, plan, on=day, occasion=Occasion.PLAN, decisions=decisions)
    for finding in verdict.holding:
        if finding.fallen and finding.fallen.approved and finding.fallen.plan.indication == plan.indication:
            yield finding
