"""Which booked visits may not take place as of now: every visit ahead of a running course, for its own day (D16).

Nothing is taken from the patient by this: who acts sees it, and moves the visit, decides, or holds the course.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, OuterRef, Prefetch, QuerySet, Subquery

from patients.queries.eligibility import sentence
from patients.queries.in_bulk import Known, known_of
from patients.queries.plans import usual_on_skin, with_substances
from patients.queries.rules import current_rules
from protocols.eligibility import Finding, Occasion, RuleSet, Status, Verdict, evaluate
from protocols.models import Substance
from scheduling.courses.changing.queries.impact import plan_of
from scheduling.models import NEEDLE_KINDS, Booking, Course, Session, SessionStatus

RULED_OUT = frozenset({Status.CONTRAINDICATED, Status.DEFERRED})


@dataclass(frozen=True, slots=True)
class Against:
    """A booked visit that may not take place, the local day it stands on, and what the rules say of that day."""

    session: Session
    on: date
    verdict: Verdict

    @property
    def code(self) -> str:
        return str(self.verdict.status)

    @property
    def sentences(self) -> list[str]:
        """Why, for those who may read it (D17)."""
        return [sentence(finding) for finding in self.verdict.holding]

    def as_json(self) -> dict[str, Any]:
        until = self.verdict.until
        return {
            "session": self.session.pk,
            "on": self.on.isoformat(),
            "verdict": self.code,
            "until": until.isoformat() if until else None,
        }


def visits_against(courses: QuerySet[Course], *, now: datetime) -> dict[int, list[Against]]:
    """course id -> its visits that may not take place, for each running one of `courses` (empty: all may).

    As many queries for one course as for hundreds.
    """
    rows = list(with_visits_ahead(courses.filter(status=Course.Status.ACTIVE), now))
    if not rows:
        return {}
    rules, known = current_rules(), known_of([course.patient_id for course in rows])
    usual = usual_on_skin()
    return {course.pk: list(against(course, known[course.patient_id], rules, usual, now)) for course in rows}


def with_visits_ahead(courses: QuerySet[Course], now: datetime) -> QuerySet[Course]:
    """Courses with what their plan is made of; `ahead` holds their booked visits with a needle, each with `start`."""
    bookings = Booking.objects.filter(session=OuterRef("pk"), active=True, start__gte=now)
    start = Subquery(bookings.values("start")[:1], output_field=DateTimeField())
    booked = Session.objects.filter(status=SessionStatus.BOOKED, kind__in=NEEDLE_KINDS)
    ahead = booked.annotate(start=start).filter(start__isnull=False).order_by("sequence")
    rows = courses.select_related("patient", "location", "indication", "delivery_device", "technique")
    return rows.prefetch_related(
        "areas", with_substances("formulation__items"), Prefetch("sessions", queryset=ahead, to_attr="ahead")
    )


def against(
    course: Any, known: Known, rules: RuleSet, usual: Mapping[str, Substance], now: datetime
) -> Iterator[Against]:
    """The visits of `course.ahead` that the rules exclude."""
    zone = ZoneInfo(course.location.timezone)
    facts, decisions, plan = known.facts(course.patient, zone), known.decided(zone), plan_of(course, usual)

    def judge(on: date) -> Verdict:
        return evaluate(rules, facts, plan, on=on, occasion=Occasion.PLAN, decisions=decisions)

    today = {finding.code for finding in judge(now.astimezone(zone).date()).holding}
    for session in course.ahead:
        on = session.start.astimezone(zone).date()
        verdict = judge(on)
        if stands_against(verdict.holding, today):
            yield Against(session, on, verdict)


def stands_against(holding: Iterable[Finding], today: Collection[str]) -> bool:
    """Whether something keeps the visit from taking place. A review that only falls due later, such as the renewal of a
    decision (D12), waits for its day: it would put every long course on the list."""
    return any(finding.code in today or finding.status in RULED_OUT for finding in holding)
