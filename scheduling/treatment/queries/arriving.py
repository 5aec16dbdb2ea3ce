"""Who comes in one arrival, and what is asked of them on the day."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from clinic.base import clock
from clinic.base.clock import local_date
from patients.queries.questionnaire import questionnaire_of
from protocols.eligibility import Occasion, Plan
from protocols.models import IntakeQuestion
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Booking, Session


def todays_questions(sessions: Iterable[Session]) -> list[IntakeQuestion]:
    """The questions of the day of all visits of an arrival, each once."""
    found: dict[str, IntakeQuestion] = {}
    for session in sessions:
        zone = ZoneInfo(session.location.timezone)
        questionnaire = questionnaire_of(
            session.patient,
            occasion=Occasion.SAME_DAY,
            on=local_date(clock.now(), zone.key),
            plan=plan_of(session.course) if session.course else Plan(),
            zone=zone,
            prescriber=False,
        )
        found |= {question.link_id: question for question in questionnaire.asked()}
    return list(found.values())


def others_of(arrival: Sequence[Booking], session: Session) -> list[Session]:
    """The other visits of its arrival that are booked."""
    return [row.visit for row in arrival if row.session_id != session.pk and row.visit.status == "booked"]
