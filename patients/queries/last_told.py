"""What a patient last told about medicines, allergies and illnesses, and when (D46)."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from patients.models import Patient
from patients.queries.answers import Given, answered_on, newest_answers
from patients.queries.questions import intake_questions
from protocols.eligibility import Occasion
from protocols.models import IntakeQuestion

TOPICS = frozenset({"heart_and_blood", "illnesses", "cancer", "infections", "allergies", "medicines"})


@dataclass(frozen=True, slots=True)
class LastTold:
    """Answers that say something, in the order of the intake; `since`: the day the newest of all was given."""

    since: date | None
    answers: tuple[tuple[IntakeQuestion, Given], ...]


def last_told(patient: Patient, zone: ZoneInfo) -> LastTold:
    newest = newest_answers(patient)
    asked = [each for each in intake_questions() if each.topic in TOPICS and each.occasions == [str(Occasion.PLAN)]]
    told = [(each, newest[each.link_id]) for each in asked if each.link_id in newest]
    since = max((answered_on(given, zone) for _question, given in told), default=None)
    return LastTold(since, tuple((question, given) for question, given in told if given.value))
