"""What a patient has answered: the newest answer per question, and where it came from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from clinic.base.once import once
from clinic.models import User
from patients.models import Allergy, FindingDecision, IntakeResponse, Patient
from protocols import eligibility
from protocols.eligibility import Answer

SEX_NOT_STATED = Patient.Sex.UNKNOWN
OfPatient = TypeVar("OfPatient", Allergy, FindingDecision, IntakeResponse)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as given: in which response, when and by whom, and which earlier answer it corrected (D14)."""

    link_id: str
    value: Any
    at: datetime
    by: User
    response: IntakeResponse

    @property
    def amended(self) -> bool:
        return self.response.amends_id is not None


@once
def completed_responses(patient: Patient) -> list[IntakeResponse]:
    """Oldest first, each with its author; drafts do not count until they are handed in."""
    rows = stored_responses(patient)
    prefetch_related_objects(rows, "author")
    return rows


def stored_responses(patient: Patient) -> list[IntakeResponse]:
    """The same for whoever does not ask for the authors."""
    return responses_in_bulk((patient.pk,)).get(patient.pk, [])


@once
def responses_in_bulk(patients: tuple[int, ...]) -> dict[int, list[IntakeResponse]]:
    """Patient id -> completed responses, the oldest first; one query."""
    rows = IntakeResponse.objects.filter(patient__in=patients, status=IntakeResponse.Status.COMPLETED)
    return by_patient(rows.order_by("answered_at", "id"))


def newest_answers(patient: Patient) -> dict[str, Given]:
    """link id -> the answer in force."""
    return newest_in(completed_responses(patient))


def newest_in(responses: Iterable[IntakeResponse]) -> dict[str, Given]:
    """link id -> the answer in force, of completed responses from the oldest to the newest."""
    return {
        link_id: Given(link_id, value, response.answered_at, response.author, response)
        for response in responses
        for link_id, value in response.answers.items()
    }


def history_of(patient: Patient, link_id: str) -> list[Given]:
    """Every answer ever given to one question, newest first."""
    return [
        Given(link_id, response.answers[link_id], response.answered_at, response.author, response)
        for response in reversed(completed_responses(patient))
        if link_id in response.answers
    ]


def answered_today(patient: Patient, on: date, zone: ZoneInfo) -> IntakeResponse | None:
    """The newest same-day check of the local date `on`, if there is one."""
    rows = IntakeResponse.objects.filter(patient=patient, occasion="same_day", status=IntakeResponse.Status.COMPLETED)
    newest = rows.order_by("-answered_at", "-id").first()
    return newest if newest and newest.answered_at.astimezone(zone).date() == on else None


def response_of(patient: Patient, pk: str) -> IntakeResponse | None:
    """A completed response of this patient by its id."""
    known = pk.isascii() and pk.isdigit() and len(pk) < 19
    rows = IntakeResponse.objects.filter(patient=patient, status=IntakeResponse.Status.COMPLETED)
    return rows.filter(pk=int(pk)).first() if known else None


def draft_of(patient: Patient, occasion: str = "plan") -> IntakeResponse | None:
    """The intake somebody began and has not handed in."""
    return IntakeResponse.objects.filter(
        patient=patient, occasion=occasion, status=IntakeResponse.Status.IN_PROGRESS
    ).first()


def facts_of(patient: Patient, zone: ZoneInfo, *, extra: dict[str, Answer] | None = None) -> eligibility.Patient:
    """The plain facts rules read; answers carry the local date in `zone`. `extra` lies over what is stored."""
    return facts_from(patient, stored_responses(patient), allergies_known(patient), zone, extra=extra)


def allergies_known(patient: Patient) -> list[Allergy]:
    """Each with its substance."""
    return allergies_in_bulk((patient.pk,)).get(patient.pk, [])


@once
def allergies_in_bulk(patients: tuple[int, ...]) -> dict[int, list[Allergy]]:
    """Patient id -> allergies with their substance; one query."""
    return by_patient(Allergy.objects.filter(patient__in=patients).select_related("substance"))


def by_patient(rows: Iterable[OfPatient]) -> dict[int, list[OfPatient]]:
    """Patient id -> the rows of that patient, in the order given."""
    found: dict[int, list[OfPatient]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def facts_from(
    patient: Patient,
    responses: Iterable[IntakeResponse],
    allergies: Iterable[Allergy],
    zone: ZoneInfo,
    *,
    extra: dict[str, Answer] | None = None,
) -> eligibility.Patient:
    """The same from rows read already: completed responses from the oldest to the newest, allergies with substance."""
    newest = {link: (value, each.answered_at) for each in responses for link, value in each.answers.items()}
    answers = {link: Answer(value, at.astimezone(zone).date()) for link, (value, at) in newest.items()}
    allergies = list(allergies)
    return eligibility.Patient(
        birth_date=patient.birth_date,
        sex=None if patient.sex == SEX_NOT_STATED else patient.sex,
        answers=answers | (extra or {}),
        allergies=frozenset(allergen(row) for row in allergies if row.verification == Allergy.Verification.CONFIRMED),
        suspected=frozenset(allergen(row) for row in allergies if row.verification == Allergy.Verification.SUSPECTED),
    )


def allergen(row: Allergy) -> str:
    """The code rules compare: the allergen named, else the substance itself."""
    return row.allergen or (row.substance.code if row.substance else "")


def intake_state(patient: Patient) -> str:
    """How far the health questions are: missing, begun or done. A draft on top of a finished intake is begun again."""
    states = set(patient.intakes.filter(occasion="plan").values_list("status", flat=True))
    if IntakeResponse.Status.IN_PROGRESS in states:
        return "begun"
    return "done" if states else "missing"


def answered_on(given: Given, zone: ZoneInfo) -> date:
    """The local day of an answer."""
    return given.at.astimezone(zone).date()
