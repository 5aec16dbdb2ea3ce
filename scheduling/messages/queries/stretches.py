"""The stretches of treatment of patients (D44): what messages, the patient's pages and the printed sheet read."""

from collections.abc import Iterable
from datetime import date, datetime

from clinic.base.clock import local_date
from clinic.base.rows import Prepared
from patients.queries.rules import current_rules
from protocols.eligibility.limits import washout
from scheduling.messages.stretches import Act, Stretch, stretches_of

ACTS = Prepared("""
SELECT s.patient_id, s.id, s.course_id, l.timezone, coalesce(s.performed_at, b.start), s.ideal, s.latest,
       s.status = 'booked' AND (c.status IS NULL OR c.status = 'active') AND NOT EXISTS (
           SELECT FROM scheduling_adverseevent e WHERE e.patient_id = s.patient_id AND e.stops AND e.decided_at IS NULL
       )
FROM scheduling_session s
JOIN clinic_location l ON l.id = s.location_id
LEFT JOIN scheduling_booking b ON b.session_id = s.id AND b.active AND s.status <> 'no_show'
LEFT JOIN scheduling_course c ON c.id = s.course_id
WHERE s.patient_id = ANY(%(patients)s) AND s.kind IN ('allergy_test', 'treatment', 'maintenance')
  AND (s.status IN ('booked', 'checked_in', 'in_progress', 'completed')
       OR s.status IN ('planned', 'displaced', 'no_show') AND (c.status IS NULL OR c.status IN ('active', 'on_hold')))
""")


def stretches_by_patient(patients: Iterable[int], now: datetime) -> dict[int, list[Stretch]]:
    """Patient -> stretches, the earliest first, those that are over included; one query for all patients."""
    acts: dict[int, list[Act]] = {pk: [] for pk in patients}
    for patient, session, course, zone, start, ideal, latest, held in ACTS.rows(patients=list(acts)):
        if days := days_of(start, ideal, latest, zone, now):
            ahead = held and start is not None and start > now
            acts[patient].append(Act(session, *days, booked_ahead=ahead, course=course))
    free = washout(current_rules())
    return {patient: stretches_of(each, free) for patient, each in acts.items()}


def days_of(
    start: datetime | None, ideal: date | None, latest: date | None, zone: str, now: datetime
) -> tuple[date, date] | None:
    """First and last day on which an act may stand: the day of its time, else today or later within its window."""
    if start is not None:
        day = local_date(start, zone)
        return day, day
    if ideal is None:
        return None
    today = local_date(now, zone)
    return max(ideal, today), max(latest or ideal, today)
