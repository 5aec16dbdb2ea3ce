"""Finding people: search, filters for the list, and who a new patient may already be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.contrib.postgres.search import SearchQueryField, SearchVectorField, TrigramSimilarity, TrigramWordSimilarity
from django.db.models import BooleanField, CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Length

from clinic.base import clock, phones
from clinic.base.names import digits, fold
from patients.models import IntakeResponse, Patient, Screening
from patients.queries.allergy import tests_to_read
from protocols.eligibility import Status

SAME_NAME, LIKE_NAME = 0.6, 0.3  # trigram similarity, 0 to 1; what PostgreSQL calls similar begins at 0.3
SHOWN = 5
SORTED = 500
ENOUGH = 3  # found by their words: then nobody is guessed
DAY = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)|(?P<one>\d\d?)([./-])(?P<two>\d\d?)\5(?P<short>\d{4}|\d\d)"
)


# --- search -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed into a search: words of a name, a phone as it is said, birth dates it may mean, an e-mail."""

    names: tuple[str, ...] = ()
    phone: str = ""
    born: tuple[date, ...] = ()
    email: str = ""


def asked(text: str, today: date) -> Asked:
    words = text[:100].split()
    if address := next((word for word in words if "@" in word), ""):
        return Asked(email=address.lower())
    born = tuple(day for word in words for day in days_of(word, today))
    rest = [word for word in words if not days_of(word, today)]
    names = fold(" ".join(word for word in rest if not digits(word))).split()
    return Asked(tuple(names), phones.said(" ".join(word for word in rest if digits(word))), born)


def days_of(word: str, today: date) -> list[date]:
    """The days that a typed date may mean: day before month, then month before day. Two digits are a year gone by."""
    found = DAY.fullmatch(word)
    if found is None:
        return []
    if found["year"]:
        orders = [(int(found["year"]), int(found["month"]), int(found["day"]))]
    else:
        one, two, year = int(found["one"]), int(found["two"]), int(found["short"])
        if year < 100:
            year += 2000 if year <= today.year % 100 else 1900
        orders = [(year, two, one), (year, one, two)]
    return list(dict.fromkeys(day for order in orders if (day := real_day(*order))))


def real_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def has_words(names: tuple[str, ...], ending: str = "") -> Func:
    """Every word is in the name, in whatever order; with ":*" its beginning is enough. The index of words answers."""
    wanted = Cast(Value(" & ".join(f"'{name}'{ending}" for name in names)), SearchQueryField())
    return Func(
        Cast(F("folded"), SearchVectorField()),
        wanted,
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def sure(patients: QuerySet[Patient], wanted: Asked) -> QuerySet[Patient]:
    """Those whose phone, birth date and e-mail agree with what was asked; nobody where nothing was."""
    if wanted == Asked():
        return patients.none()
    if wanted.email:
        patients = patients.filter(email__startswith=wanted.email)
    if wanted.born:
        patients = patients.filter(birth_date__in=wanted.born)
    return patients.filter(phone__contains=wanted.phone) if wanted.phone else patients


def search(patients: QuerySet[Patient], words: str) -> QuerySet[Patient]:
    """Everybody whom the words may mean, a slip in the name forgiven; in the order of the queryset.

    Each condition has an index of its own, so that a large clinic is searched as fast as a small one.
    """
    wanted = asked(words, clock.now().date())
    found = sure(patients, wanted) if words.strip() else patients
    if not wanted.names:
        return found
    nearly = Q(folded__trigram_word_similar=" ".join(wanted.names))
    return found.filter(Q(has_words(wanted.names, ":*")) | nearly)


def best(patients: QuerySet[Patient], words: str, most: int) -> list[Patient]:
    """At most `most` people, those who fit best first: whole words, beginnings of words, then slips."""
    wanted = asked(words, clock.now().date())
    found: dict[int, Patient] = {}
    for stage, enough in stages(sure(patients, wanted), wanted.names):
        if len(found) < min(enough, most):
            found |= {row.pk: row for row in stage[:most] if row.pk not in found}
    first = list(islice(found.values(), most))
    return sorted(first, key=lambda row: wanted.born.index(row.birth_date)) if wanted.born else first


def stages(patients: QuerySet[Patient], names: tuple[str, ...]) -> Iterator[tuple[QuerySet[Patient], int]]:
    """Ever looser ways to read the words, and how many found before make each needless. The last only guesses."""
    if not names:
        yield patients, SORTED
        return
    yield some(patients, has_words(names)).order_by(Length("folded"), "family_name", "given_name", "id"), SORTED
    yield some(patients, has_words(names, ":*")), SORTED
    text = " ".join(names)
    close = some(patients, Q(folded__trigram_word_similar=text))
    yield close.annotate(fit=TrigramWordSimilarity(text, "folded")).order_by("-fit", "family_name", "id"), ENOUGH


def some(patients: QuerySet[Patient], fits: Q | Func) -> QuerySet[Patient]:
    """Of a very common name only so many are put in order: nobody reads them all, and sorting thousands takes long."""
    return patients.filter(pk__in=patients.filter(fits).order_by().values("pk")[:SORTED])


# --- who it may already be ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody registered already who may be the same person, or of the same family; `same` names what agrees."""

    patient: Patient
    same: tuple[str, ...]

    @property
    def relative(self) -> bool:
        """They share a telephone or mailbox and not a name: rather a family."""
        return not {"name", "birth_date"} & set(self.same)


def likely_duplicates(*, patients: QuerySet[Patient], like: Patient) -> list[Likely]:
    """People with the same phone or e-mail, with nearly the same name, or a like name born the same day. Best first.

    `like` need not be saved; `patients` are those that may be looked at.
    """
    name = fold(str(like))
    shared = Q(pk=None)
    for field in ("phone", "email"):
        if value := getattr(like, field):
            shared |= Q(**{field: value})
    nearly = Q(folded__trigram_word_similar=name)
    born = Q(birth_date=like.birth_date) if like.birth_date else Q(pk=None)
    close = patients.filter(shared | born | nearly)
    scored = close.annotate(likeness=TrigramSimilarity("folded", name), shares=shared).order_by("-shares", "-likeness")
    likely = [alike(row, row.likeness, like) for row in scored[: SHOWN * 10]]
    return sorted((each for each in likely if each.same), key=lambda each: -len(each.same))[:SHOWN]


def alike(row: Patient, likeness: float, like: Patient) -> Likely:
    """What agrees, if it is enough to ask: a phone, a mailbox, a whole name, or a like name and the birth date."""
    born = like.birth_date is not None and row.birth_date == like.birth_date
    another_birth = like.birth_date is not None and row.birth_date is not None and not born
    same = {
        "name": likeness >= SAME_NAME,
        "phone": bool(like.phone) and row.phone == like.phone,
        "email": bool(like.email) and row.email == like.email,
        "birth_date": born and likeness >= LIKE_NAME,
    }
    if another_birth and not (same["phone"] or same["email"]):
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
