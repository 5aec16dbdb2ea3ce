"""Finding people: search, filters for the list, and who a new patient may already be."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Lower

from patients.models import IntakeResponse, Patient, Screening
from patients.queries.allergy import tests_to_read
from protocols.eligibility import Status

FULL_NAME = Lower(Concat("given_name", Value(" "), "family_name"))
SAME_NAME, LIKE_NAME = 0.6, 0.3  # trigram similarity, 0 to 1; what PostgreSQL calls similar begins at 0.3
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody already registered who may be the same person; `same` names what agrees."""

    patient: Patient
    same: tuple[str, ...]


def search(patients: QuerySet[Patient], words: str) -> QuerySet[Patient]:
    """Digits are looked for in the phone number, other words in the name, where a slip is forgiven; @ is an e-mail.

    Each condition has an index of its own, so that a large clinic is searched as fast as a small one.
    """
    text = " ".join(words.lower().split())[:100]
    if "@" in text:
        return patients.filter(email__istartswith=text)
    names = [word for word in text.split() if not digits(word)]
    if names:
        every = Q(*(Q(full_name__contains=word) for word in names))
        nearly = Q(full_name__trigram_word_similar=" ".join(names))
        patients = patients.annotate(full_name=FULL_NAME).filter(every | nearly)
    numbers = [digits(word) for word in text.split() if digits(word)]
    return patients.filter(phone__contains="".join(numbers)) if numbers else patients


def digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def stored_phone(text: str) -> str:
    """A typed number in the form in which numbers are stored."""
    return ("+" if text.strip().startswith("+") else "") + digits(text)


def likely_duplicates(*, patients: QuerySet[Patient], like: Patient) -> list[Likely]:
    """People with the same phone, with nearly the same name, or with a like name born the same day. Best first.

    `like` need not be saved, and its phone may be as it was typed; `patients` are those that may be looked at.
    """
    name, phone = str(like).lower(), stored_phone(like.phone)
    close = patients.annotate(full_name=FULL_NAME).filter(Q(phone=phone) | Q(full_name__trigram_similar=name))
    scored = close.annotate(likeness=TrigramSimilarity("full_name", name)).order_by("-likeness", "id")
    likely = [alike(row, row.likeness, like) for row in scored[: SHOWN * 10]]
    return sorted((each for each in likely if each.same), key=lambda each: -len(each.same))[:SHOWN]


def alike(row: Patient, likeness: float, like: Patient) -> Likely:
    """What agrees, if it is enough to ask: a phone, a whole name, or a like name and the birth date."""
    born = like.birth_date is not None and row.birth_date == like.birth_date
    another_birth = like.birth_date is not None and row.birth_date is not None and not born
    same = {
        "name": likeness >= SAME_NAME,
        "phone": row.phone == stored_phone(like.phone),
        "birth_date": born and likeness >= LIKE_NAME,
    }
    if another_birth and not same["phone"]:
        return Likely(row, ())
    return Likely(row, tuple(key for key, agrees in same.items() if agrees))


# --- the list ---------------------------------------------------------------------------------------------------


def with_state(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Each patient with `verdict`, `verdict_until` of the last screening, `intake_done` and `draft_open`."""
    newest = Screening.objects.filter(patient=OuterRef("pk"), occasion="plan").order_by("-evaluated_at", "-id")
    intakes = IntakeResponse.objects.filter(patient=OuterRef("pk"), occasion="plan")
    return patients.annotate(
        verdict=Subquery(newest.values("verdict")[:1], output_field=CharField()),
        verdict_until=Subquery(newest.values("until")[:1]),
        intake_done=Exists(intakes.filter(status=IntakeResponse.Status.COMPLETED)),
        draft_open=Exists(intakes.filter(status=IntakeResponse.Status.IN_PROGRESS)),
    )


def reading_due(now: datetime) -> Q:
    """A test of the patient waits for its reading."""
    return Q(pk__in=tests_to_read(now).values("patient"))


FILTERS: dict[str, Q] = {
    "no_intake": Q(intake_done=False),
    "decide": Q(verdict=Status.NEEDS_REVIEW),
    "not_bookable": Q(verdict__in=[Status.CONTRAINDICATED, Status.DEFERRED]),
    "bookable": Q(verdict=Status.ELIGIBLE),
}


def filtered(patients: QuerySet[Patient], state: str, now: datetime) -> QuerySet[Patient]:
    if state == "reading_due":
        return patients.filter(reading_due(now))
    return patients.filter(FILTERS[state]) if state in FILTERS else patients
