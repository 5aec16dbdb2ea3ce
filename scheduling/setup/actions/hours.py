"""The weekly hours of a practitioner: from a day on, what was before stays on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic.base.limits import LAST_DAY
from clinic.base.refusals import BadInput
from clinic.models import Location, Post, User
from scheduling.models import Practitioner, Season, WorkingHours
from scheduling.planner.hours import MIDNIGHT, minute_of, minute_of_end, not_over

DAY = timedelta(days=1)
GRID_MINUTES = 5
A_NIGHT = 12 * 60  # minutes; a longer stretch past midnight is a mistake in typing


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of work that begins on a weekday (Monday is 0), local wall time; it may end on the next day."""

    weekday: int
    start: time
    end: time


@transaction.atomic
def set_week(
    *, practitioner: Practitioner, location: Location, week: Sequence[Stretch], valid_from: date, by: User
) -> list[WorkingHours]:
    """From `valid_from` on the practitioner works `week` at `location`; stretches of later plans there are replaced.
    Seasons stay, and the week holds before and after them.

    A stretch past midnight is kept as two. BadInput (400) at `week.<position>` for a stretch without length, of more
    than 12 hours past midnight or off the 5-minute grid, or one that overlaps another, here or at another location.
    Visits outside the new hours keep their times. Who has hours at a location has a post there; nobody has any after
    the last day of a location (BadInput at valid_from).
    """
    last_day = Location.objects.values_list("last_day", flat=True).get(pk=location.pk)
    if last_day and week and valid_from > last_day:
        raise BadInput.at("valid_from", _("This location is closed by then."), "out_of_range")
    locked = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    check_week(week)
    hours = WorkingHours.objects.filter(practitioner=locked)
    check_elsewhere(week, hours.exclude(location=location).filter(not_over(valid_from)))
    if week and location.pk != locked.staff.location_id:
        Post.objects.get_or_create(staff=locked.staff, location=location, defaults={"role": locked.staff.role})
    here = hours.filter(location=location, season=None)
    here.filter(valid_from__gte=valid_from).delete()
    here.filter(not_over(valid_from)).update(valid_until=valid_from - DAY)
    each_day = [each for stretch in week for each in by_days(stretch)]
    spans: list[tuple[date, date | None]] = []
    begin = valid_from
    for season in locked.seasons.filter(location=location, last__gte=valid_from, first__lte=last_day or LAST_DAY):
        since = max(begin, season.first)
        spans += [(begin, since - DAY)] if begin < since else []
        begin = season.last + DAY
        season.instead_of = until(season.instead_of, since) + [
            {"weekday": each.weekday, "start": each.start.isoformat(), "end": each.end.isoformat()}
            | {"valid_from": since.isoformat(), "valid_until": season.last.isoformat()}
            for each in each_day
        ]
        season.save(update_fields=["instead_of"])
    spans += [(begin, last_day)] if last_day is None or begin <= last_day else []
    return WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=locked,
            location=location,
            weekday=each.weekday,
            start=each.start,
            end=each.end,
            valid_from=first,
            valid_until=last,
        )
        for first, last in spans
        for each in each_day
    )


def until(rows: Sequence[Mapping[str, str]], day: date) -> list[dict[str, str]]:
    """What of stretches, as a season keeps them, is before a day."""
    last = (day - DAY).isoformat()
    return [{**row, "valid_until": min(row["valid_until"], last)} for row in rows if row["valid_from"] <= last]


def end_hours(*, last_day: date, **of: Any) -> list[dict[str, Any]]:
    """Nobody works after the last day `of` a practitioner or a location; the stretches that reach it or go, as they
    were."""
    ahead = WorkingHours.objects.filter(Q(valid_until=None) | Q(valid_until__gte=last_day), **of)
    rows = list(ahead.values())
    ahead.filter(valid_from__gt=last_day).delete()
    ahead.update(valid_until=last_day)
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in rows
    ]


def restore_hours(*, last_day: date, rows: Sequence[Mapping[str, Any]], **of: Practitioner | Location) -> None:
    """What `end_hours` ended holds again, but for whoever got other hours since: those go on. What was entered for
    after the last day gives way. Nothing holds beyond the last day of a practitioner or a location that still has one.
    """
    hours = WorkingHours.objects.filter(**of)
    hours.filter(valid_from__gt=last_day).delete()
    cut = {row["id"]: row["practitioner_id"] for row in rows if row["valid_from"] <= last_day.isoformat()}
    ends_then = dict(hours.filter(valid_until=last_day).values_list("pk", "practitioner"))
    given_others = {who for pk, who in (cut | ends_then).items() if (pk in cut) != (pk in ends_then)}
    hours.filter(valid_until=last_day, practitioner__in=given_others).exclude(pk__in=cut).update(valid_until=None)
    ended = {row.get("season_id") for row in rows} - {None, *Season.objects.values_list("pk", flat=True)}
    back = [row for row in rows if row["practitioner_id"] not in given_others and row.get("season_id") not in ended]
    hours.filter(pk__in=[row["id"] for row in back]).delete()
    WorkingHours.objects.bulk_create(WorkingHours(**row) for row in back)
    for last in ("practitioner__staff__leaves_on", "location__last_day"):
        for day in set(hours.exclude(**{last: None}).values_list(last, flat=True)):
            end_hours(last_day=day, **of, **{last: day})


def by_days(stretch: Stretch) -> list[Stretch]:
    """The same, cut at midnight."""
    if minute_of(stretch.start) < minute_of_end(stretch.end):
        return [stretch]
    tomorrow = (stretch.weekday + 1) % 7
    return [Stretch(stretch.weekday, stretch.start, MIDNIGHT), Stretch(tomorrow, MIDNIGHT, stretch.end)]


def minutes(stretch: Stretch) -> int:
    return sum(minute_of_end(part.end) - minute_of(part.start) for part in by_days(stretch))


def check_week(week: Sequence[Stretch]) -> None:
    for number, each in enumerate(week):
        if each.end == each.start or (len(by_days(each)) > 1 and minutes(each) > A_NIGHT):
            raise BadInput.at(f"week.{number}", _("The end must be after the beginning."))
        if each.start.minute % GRID_MINUTES or each.end.minute % GRID_MINUTES:
            raise BadInput.at(f"week.{number}", _("Times go in steps of five minutes."))
        if any(overlap(each, other) for other in week[:number]):
            raise BadInput.at(f"week.{number}", _("Two stretches of this day overlap."))


def check_elsewhere(week: Sequence[Stretch], others: "QuerySet[WorkingHours]") -> None:
    for other in others.select_related("location"):
        for number, each in enumerate(week):
            if overlap(each, Stretch(other.weekday, other.start, other.end)):
                message = _("At that time they work at %(location)s.") % {"location": other.location.name}
                raise BadInput.at(f"week.{number}", message)


def overlap(one: Stretch, other: Stretch) -> bool:
    return any(
        a.weekday == b.weekday
        and minute_of(a.start) < minute_of_end(b.end)
        and minute_of(b.start) < minute_of_end(a.end)
        for a in by_days(one)
        for b in by_days(other)
    )
