"""Finding people: search, filters for the list, and who a new patient may already be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from clinic.base import clock, phones
from clinic.base.names import clean, digits, fold
from patients.models import IntakeResponse, Patient, Screening
from patients.queries.allergy import tests_to_read
from protocols.eligibility import Status

SHOWN = 5
SORTED = 500
LIKE = re.compile(r"[\\%_]")  # what has a meaning of its own in a pattern of SQL
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ø": "oe", "ü": "ue"})
WRITTEN_OUT, LONG_ENOUGH = re.compile("([aou])e"), 5
ENOUGH = 3  # found by their words: then nobody is guessed
DAY = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)|(?P<one>\d\d?)([./-])(?P<two>\d\d?)\5(?P<short>\d{4}|\d\d)"
)


# --- search -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed into a search: words of a name, a phone as it is said, birth dates it may mean, an e-mail."""

    names: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()  # the same words with their umlauts written out
    phone: str = ""
    born: tuple[date, ...] = ()
    email: str = ""


def asked(text: str, today: date) -> Asked:
    words = text[:100].split()
    if address := next((word for word in words if "@" in word), ""):
        return Asked(email=address.lower())
    born = tuple(day for word in words for day in days_of(word, today))
    rest = [word for word in words if not days_of(word, today)]
    names = " ".join(word for word in rest if not digits(word))
    spelled = fold(clean(names).casefold().translate(UMLAUTS)).split()
    return Asked(
        tuple(fold(names).split()), tuple(spelled), phones.said(" ".join(word for word in rest if digits(word))), born
    )


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


def words_of(wanted: Asked, ending: str = "") -> str:
    """Every word is in the name, in whatever order; with ":*" its beginning is enough. Müller and Mueller are one."""
    words = zip(wanted.names, wanted.spelled, strict=True)
    either = ({name, spelled, without_umlauts(name)} for name, spelled in words)
    return " & ".join("(" + " | ".join(f"'{form}'{ending}" for form in sorted(forms)) + ")" for forms in either)


def without_umlauts(name: str) -> str:
    """As the name is kept where an e stands for the dots: mueller, muller. Short words are beginnings of others."""
    return WRITTEN_OUT.sub(r"\1", name) if len(name) >= LONG_ENOUGH else name


def found(wanted: Asked, *, words: str | None = None, near: str | None = None, most: int | None = None) -> Q:
    """Whose phone, birth date and e-mail agree with what was asked, and whose name with `words` or nearly with `near`.

    A function of the database looks among all whom the scope shows, since under the row policies no index of a name
    would be used; at most `most` of them.
    """
    phones = f"%{wanted.phone}%" if wanted.phone else None
    emails = LIKE.sub(r"\\\g<0>", wanted.email) + "%" if wanted.email else None
    given = [words, near, phones, emails, list(wanted.born) or None, most]
    return Q(pk__in=RawSQL("SELECT patients_found(%s, %s, %s, %s, %s::date[], %s)", given))


def search(patients: QuerySet[Patient], words: str) -> QuerySet[Patient]:
    """Everybody whom the words may mean, a slip in the name forgiven; in the order of the queryset."""
    wanted = asked(words, clock.now().date())
    if wanted == Asked():
        return patients.none() if words.strip() else patients
    if not wanted.names:
        return patients.filter(found(wanted))
    near = found(wanted, near=" ".join(wanted.names))
    return patients.filter(found(wanted, words=words_of(wanted, ":*")) | near)


def best(patients: QuerySet[Patient], words: str, most: int, *, every: bool = False) -> list[Patient]:
    """At most `most` people, those who fit best first: whole words, beginnings of words, then slips.

    Of a very common name only so many are put in order, since nobody reads them all; all (`every`) where `patients` are
    few of those whom the scope shows."""
    wanted = asked(words, clock.now().date())
    people: dict[int, Patient] = {}
    for stage, enough in stages(patients, wanted, None if every else SORTED) if wanted != Asked() else ():
        if len(people) < min(enough, most):
            people |= {row.pk: row for row in stage[:most] if row.pk not in people}
    first = list(islice(people.values(), most))
    return sorted(first, key=lambda row: wanted.born.index(row.birth_date)) if wanted.born else first


def stages(patients: QuerySet[Patient], wanted: Asked, most: int | None) -> Iterator[tuple[QuerySet[Patient], int]]:
    """Ever looser ways to read the words, and how many found before make each needless. The last only guesses."""
    names = wanted.names
    if not names:
        yield patients.filter(found(wanted)), SORTED
        return
    whole = patients.filter(found(wanted, words=words_of(wanted), most=most))
    yield whole.order_by(Length("folded"), "family_name", "given_name", "id"), SORTED
    yield patients.filter(found(wanted, words=words_of(wanted, ":*"), most=most)), SORTED
    text = " ".join(names)
    close = patients.filter(found(wanted, near=text, most=most))
    yield close.annotate(fit=TrigramWordSimilarity(text, "folded")).order_by("-fit", "family_name", "id"), ENOUGH


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


def alike(*likes: Patient) -> list[dict[int, tuple[str, ...]]]:
    """For each of these, who, at whatever location, has the same phone or e-mail, nearly the same name, or a like name
    and birth date: id and what agrees, best first. They need not be saved. One query."""
    found: list[dict[int, tuple[str, ...]]] = [{} for _like in likes]
    if not likes:
        return found
    rows = [(like.pk, fold(str(like)), like.phone, like.email, like.birth_date) for like in likes]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM patients_alike(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[])",
            [list(each) for each in zip(*rows, strict=True)],
        )
        for asked_by, pk, same in cursor.fetchall():
            found[asked_by - 1][pk] = tuple(same)
    return found


def likely_duplicates(*, patients: QuerySet[Patient], like: Patient) -> list[Likely]:
    """Who of `patients` may be the same person. Best first. Two queries."""
    (agreeing,) = alike(like)
    rows = patients.in_bulk(agreeing)
    return [Likely(rows[pk], same) for pk, same in agreeing.items() if pk in rows][:SHOWN]


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
