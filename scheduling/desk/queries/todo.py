"""All work lists as one, by what expires first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Cast

from clinic.models import Location
from scheduling.desk.queries.worklists import LISTS

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
CALL = ("calls", "requests", "letters", "to_confirm", "messages")
BOOK = ("displaced", "to_book", "overtaken", "misfits", "without_staff", "consultations", "returning")
CLINICAL = ("alerts", "unclosed", "readings", "reviews", "not_allowed", "stopped", "lot_alerts")
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

    @property
    def due_day(self) -> date | None:
        """The day, where it can wait until a day and not until an hour."""
        return self.due.date() if self.due and EXPIRES[self.list] in ("latest", "back_on") else None


def keys(location: Location, now: datetime, today: date, names: Iterable[str]) -> QuerySet[Any]:
    """(list, primary key, until when) of everything on these lists, what expires first before the rest."""
    first, *rest = [keyed(name, LISTS[name](location, now, today)) for name in names]
    return first.union(*rest, all=True).order_by(F("due").asc(nulls_last=True), "list", "key")


def keyed(name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    field = EXPIRES[name]
    due = Cast(F(field), DateTimeField()) if field else Value(None, output_field=DateTimeField())
    found: QuerySet[Any] = rows.order_by().annotate(list=Value(name), key=F("pk"), due=due)
    return found.values_list("list", "key", "due")


def todos(
    location: Location, now: datetime, today: date, found: Iterable[tuple[str, int, datetime | None]]
) -> list[Todo]:
    """The rows of one page, one query a list that is on it."""
    page = list(found)
    rows: dict[tuple[str, int], Any] = {}
    for name in {name for name, _key, _due in page}:
        wanted = [key for other, key, _due in page if other == name]
        rows |= {(name, row.pk): row for row in LISTS[name](location, now, today).filter(pk__in=wanted)}
    return [Todo(name, rows[name, key], due) for name, key, due in page if (name, key) in rows]
