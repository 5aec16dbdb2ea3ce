"""All work lists as one, by what expires first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from clinic.models import Location
from scheduling.desk.queries.worklists import LISTS
from scheduling.models import Session, SessionEvent, TodoMark

# By list: until when it can wait, as a field of its rows; None where nothing runs out.
EXPIRES: Mapping[str, str | None] = {
    "alerts": "answer_by",
    "unclosed": "start",
    "without_staff": "start",
    "to_confirm": "start",
    "calls": "due_at",
    "letters": "due_at",
    "messages": "due_at",
    "requests": "asked_at",
    "offers": "hold__held_until",
    "displaced": "latest",
    "to_book": "latest",
    "overtaken": "latest",
    "misfits": "latest",
    "upkeep": "latest",
    "readings": "administered_at",
    "reviews": "performed_at",
    "not_allowed": "judged_at",
    "lot_alerts": "raised_at",
    "consultations": None,
    "stopped": None,
    "returning": "back_on",
}
CALL = ("calls", "offers", "requests", "letters", "to_confirm", "messages")
BOOK = ("displaced", "to_book", "overtaken", "misfits", "without_staff", "consultations", "returning")
CLINICAL = ("alerts", "unclosed", "readings", "reviews", "not_allowed", "stopped", "lot_alerts")
# By list: since when it waits, as a field of its rows; of visits, since the last word of their history.
SINCE: Mapping[str, str] = {
    "alerts": "reported_at",
    "calls": "due_at",
    "letters": "due_at",
    "lot_alerts": "raised_at",
    "messages": "due_at",
    "not_allowed": "judged_at",
    "readings": "administered_at",
    "offers": "offered_at",
    "requests": "asked_at",
    "reviews": "performed_at",
    "unclosed": "start",
}
# Too late after `due`.
RUNS_OUT = frozenset({"offers", "without_staff", "to_confirm", "displaced", "to_book", "overtaken"})
CAN_WAIT = frozenset(LISTS) - {"alerts", "lot_alerts"}  # a reaction is answered in time (D32)
FILTERS: Mapping[str, tuple[str, ...]] = {
    "all": (*CALL, *BOOK, *CLINICAL),
    "call": CALL,
    "book": BOOK,
    "clinical": CLINICAL,
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: the list it is on, its row there, and until when it can wait."""

    list: str
    row: Any
    due: datetime | None
    mark: TodoMark | None = None
    since: datetime | None = None

    @property
    def due_day(self) -> date | None:
        """The day, where it can wait until a day and not until an hour."""
        return self.due.date() if self.due and EXPIRES[self.list] in ("latest", "back_on") else None


def keys(location: Location, now: datetime, today: date, names: Iterable[str], *, marks: Q | None = None) -> Any:
    """(list, primary key, until when) of everything on these lists, what expires first before the rest; what is put off
    is left out, or with `marks` only what has such a mark."""
    first, *rest = [keyed(name, of_list(name, location, now, today, marks)) for name in names]
    return first.union(*rest, all=True).order_by(F("due").asc(nulls_last=True), "list", "key")


def of_list(name: str, location: Location, now: datetime, today: date, marks: Q | None) -> QuerySet[Any]:
    marked = Exists(TodoMark.objects.filter(marks or put_off(now), location=location, list=name, key=OuterRef("pk")))
    return LISTS[name](location, now, today).filter(marked if marks else ~marked)


def put_off(now: datetime) -> Q:
    return Q(until__gt=now)


def of_person(user: Any) -> Q:
    return Q(owner__user=user)


def marked(location: Location, now: datetime, today: date, marks: Q) -> dict[str, int]:
    """How many rows of each list have such a mark. One query, and one for each list that somebody marked."""
    names = TodoMark.objects.filter(marks, location=location).values_list("list", flat=True)
    return {name: of_list(name, location, now, today, marks).count() for name in set(names) & set(LISTS)}


def keyed(name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    field = EXPIRES[name]
    due = Cast(F(field), DateTimeField()) if field else Value(None, output_field=DateTimeField())
    found: QuerySet[Any] = rows.order_by().annotate(list=Value(name), key=F("pk"), due=due)
    return found.values_list("list", "key", "due")


def todos(
    location: Location, now: datetime, today: date, found: Iterable[tuple[str, int, datetime | None]]
) -> list[Todo]:
    """The rows of one page: one query a list that is on it, one for what was said about them, one for their history."""
    page = list(found)
    rows: dict[tuple[str, int], Any] = {}
    for name in {name for name, _key, _due in page}:
        wanted = [key for other, key, _due in page if other == name]
        rows |= {(name, row.pk): row for row in LISTS[name](location, now, today).filter(pk__in=wanted)}
    said = TodoMark.objects.filter(location=location, key__in={key for _name, key, _due in page})
    marks = {(mark.list, mark.key): mark for mark in said.select_related("owner__user")}
    last = last_words(row for (name, _key), row in rows.items() if name not in SINCE)
    return [
        Todo(
            name, row, due, marks.get((name, key)), getattr(row, SINCE[name], None) if name in SINCE else last.get(row)
        )
        for name, key, due in page
        if (row := rows.get((name, key)))
    ]


def last_words(rows: Iterable[Any]) -> dict[Any, datetime]:
    """When each visit among these rows was last moved, freed or planned."""
    visits = {row.pk: row for row in rows if isinstance(row, Session)}
    events = SessionEvent.objects.filter(session__in=visits).values("session").annotate(last=Max("at"))
    return {visits[each["session"]]: each["last"] for each in events}


def one(location: Location, now: datetime, today: date, name: str, key: int) -> Todo | None:
    """The row of a list, if it is on it."""
    rows = keyed(name, LISTS[name](location, now, today).filter(pk=key)) if name in LISTS and name in EXPIRES else []
    return next(iter(todos(location, now, today, list(rows))), None)
