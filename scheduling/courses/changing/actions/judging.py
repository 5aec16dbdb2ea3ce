"""Whether the visits ahead may still take place is asked again when something it rests on has changed (D16).

A change is a row with its time: an answer, a decision, an allergy, another time for a visit, a rule, a setting. Whoever
writes one rings; the sweep finds it without. A course is also asked about once a day, whatever changed or not.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from clinic.base import clock
from patients.models import Allergy, FindingDecision, IntakeResponse
from protocols.models import Policy, ScreeningRule
from scheduling.courses.changing.queries.against import visits_against
from scheduling.models import Course, CourseJudgement, SessionEvent

logger = logging.getLogger(__name__)

SETTLES = timedelta(minutes=2)  # a change may be committed so long after the moment it bears
AT_LEAST_EVERY = timedelta(days=1)
BATCH = 200  # courses in one run

OF_THE_PATIENT: tuple[tuple[type[Model], str], ...] = (
    (IntakeResponse, "answered_at"),
    (FindingDecision, "decided_at"),
    (Allergy, "recorded_at"),
)
OF_EVERYBODY: tuple[tuple[type[Model], str], ...] = ((ScreeningRule, "active_from"), (Policy, "set_at"))


def judge_patient(*, patient_id: int, now: datetime | None = None) -> int:
    """Ask about the running courses of one patient now; how many."""
    return judge(Course.objects.filter(patient=patient_id), now=now or clock.now())


def judge_changed(*, now: datetime | None = None, limit: int = BATCH) -> int:
    """Ask about running courses of which something has changed since they were last asked about; how many."""
    now = now or clock.now()
    found = changed(now).order_by(F("judgement__judged_at").asc(nulls_first=True), "pk")[:limit]
    return judge(Course.objects.filter(pk__in=list(found.values_list("pk", flat=True))), now=now)


def judge(courses: QuerySet[Course], *, now: datetime) -> int:
    rows = [
        CourseJudgement(course_id=course, judged_at=now, against=[each.as_json() for each in found])
        for course, found in visits_against(courses, now=now).items()
    ]
    CourseJudgement.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["course"], update_fields=["judged_at", "against"]
    )
    for row in rows:
        logger.info("course %s: judged, %s visits may not take place", row.course_id, len(row.against))
    return len(rows)


def changed(now: datetime) -> QuerySet[Course]:
    """Running courses that were never asked about, not for a day, or not since something changed."""
    stale = Q(judgement=None) | Q(judgement__judged_at__lt=now - AT_LEAST_EVERY)
    for model, field in OF_THE_PATIENT:
        stale |= Q(since(model, field, patient=OuterRef("patient")))
    for model, field in OF_EVERYBODY:
        stale |= Q(since(model, field))
    stale |= Q(since(SessionEvent, "at", session__course=OuterRef("pk")))
    return Course.objects.filter(stale, status=Course.Status.ACTIVE)


def since(model: type[Model], field: str, **of: Any) -> Exists:
    """Whether a row was written since the course was last asked about."""
    return Exists(model._default_manager.filter(**of, **{f"{field}__gte": OuterRef("judgement__judged_at") - SETTLES}))
