"""Seasonal hours: for a span of days another week holds, and the weekly hours go on afterwards as if it had not been.

A season's stretches are working hours like all others, of just its days, so whoever reads hours reads them.
"""

from collections.abc import Sequence
from datetime import date, time
from itertools import groupby
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.base.limits import LAST_DAY, is_sane
from clinic.base.refusals import BadInput
from clinic.models import Location, User
from scheduling.models import Practitioner, Season, WorkingHours
from scheduling.planner.hours import hours_at, minute_of, minute_of_end, not_over
from scheduling.setup.actions.hours import DAY, Stretch, by_days, check_elsewhere, check_week, end_hours


@transaction.atomic
def set_season(
    *,
    practitioner: Practitioner,
    location: Location,
    week: Sequence[Stretch],
    valid_from: date,
    valid_until: date,
    by: User,
) -> Season:
    """On these days, both included, the practitioner works `week` at `location`.

    BadInput as for `set_week`, and at valid_from when a season of theirs there holds on one of the days.
    """
    check_days(location, valid_from, valid_until)
    check_week(week)
    locked = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    others = WorkingHours.objects.filter(not_over(valid_from), practitioner=locked, valid_from__lte=valid_until)
    check_elsewhere(week, others.exclude(location=location))
    stretches = [(each.weekday, each.start, each.end) for stretch in week for each in by_days(stretch)]
    hours = [dict(zip(("weekday", "start", "end"), each, strict=True)) for each in stretches]
    return put(locked, location, valid_from, valid_until, [row | span(valid_from, valid_until) for row in hours])


@transaction.atomic
def open_only(
    *, location: Location, week: Sequence[Stretch], valid_from: date, valid_until: date, by: User
) -> list[Season]:
    """On these days the place is open for `week` only: of the hours of everybody there what lies inside it stays.

    BadInput as for `set_season`, naming whoever has a season already.
    """
    check_days(location, valid_from, valid_until)
    check_week(week)
    opened = [each for stretch in week for each in by_days(stretch)]
    people = Practitioner.objects.filter(hours__in=hours_at(location, valid_from, valid_until)).distinct()
    locked = Practitioner.objects.select_for_update().filter(pk__in=list(people.values_list("pk", flat=True)))
    rows = list(hours_at(location, valid_from, valid_until).order_by("practitioner_id"))
    if not rows:
        raise BadInput.at("valid_from", _("Nobody has hours here on these days."))
    found = {pk: list(each) for pk, each in groupby(rows, key=lambda row: row.practitioner_id)}
    return [
        put(
            each,
            location,
            valid_from,
            valid_until,
            [inside for row in found.get(each.pk, ()) for inside in cut(row, opened, valid_from, valid_until)],
        )
        for each in locked.order_by("pk")
    ]


@transaction.atomic
def end_seasons(*, seasons: Sequence[Season], by: User) -> None:
    """The weekly hours hold on their days after all."""
    people = Practitioner.objects.select_for_update().filter(pk__in=[each.practitioner_id for each in seasons])
    list(people.order_by("pk"))
    still = Season.objects.filter(pk__in=[each.pk for each in seasons])
    for season in still.select_related("location", "practitioner__staff").order_by("pk"):
        rows = season.instead_of
        here = {"practitioner_id": season.practitioner_id, "location_id": season.location_id}
        season.delete()
        WorkingHours.objects.bulk_create(WorkingHours(**here, **row) for row in rows)
        mend(WorkingHours.objects.filter(season=None, **here))
        for last_day in (season.location.last_day, season.practitioner.staff.leaves_on):
            if last_day:
                end_hours(last_day=last_day, **here)


def check_days(location: Location, first: date, last: date) -> None:
    if last < first:
        raise BadInput.at("valid_until", _("The last day lies before the first."))
    for name, day in (("valid_from", first), ("valid_until", last)):
        if not is_sane(day) or day == LAST_DAY:
            raise BadInput.at(name, _("Please check the year."))
    closes = Location.objects.values_list("last_day", flat=True).get(pk=location.pk)
    if closes and last > closes:
        raise BadInput.at("valid_until", _("This location is closed by then."), "out_of_range")


def put(practitioner: Practitioner, location: Location, first: date, last: date, hours: list[dict[str, Any]]) -> Season:
    """The season with its stretches; the weekly hours leave its days out and are kept with it."""
    weekly = WorkingHours.objects.filter(practitioner=practitioner, location=location, season=None)
    season = Season(practitioner=practitioner, location=location, first=first, last=last)
    season.instead_of = left_out(weekly, first, last)
    try:
        with transaction.atomic():
            season.save()
    except IntegrityError as error:
        text = _("%(name)s has seasonal hours for some of these days already.") % {"name": practitioner.name}
        raise BadInput.at("valid_from", text, "taken") from error
    rows = (WorkingHours(practitioner=practitioner, location=location, season=season, **row) for row in hours)
    WorkingHours.objects.bulk_create(rows)
    return season


def left_out(weekly: "QuerySet[WorkingHours]", first: date, last: date) -> list[dict[str, Any]]:
    """Take days out of weekly hours; what held on them, as it can be written again."""
    rows = list(weekly.filter(not_over(first), valid_from__lte=last))
    weekly.filter(pk__in=[row.pk for row in rows if row.valid_from >= first]).delete()
    weekly.filter(pk__in=[row.pk for row in rows if row.valid_from < first]).update(valid_until=first - DAY)
    gone = []
    for row in rows:
        began, ended = row.valid_from, row.valid_until
        kept = {"weekday": row.weekday, "start": row.start.isoformat(), "end": row.end.isoformat()}
        gone.append(kept | dated(max(began, first), min(ended or last, last)))
        if ended is None or ended > last:
            row.pk, row.valid_from, row.valid_until = None, last + DAY, ended
            row.save(force_insert=True)
    return gone


def cut(row: WorkingHours, opened: Sequence[Stretch], first: date, last: date) -> list[dict[str, Any]]:
    """What of a weekly stretch lies inside opening hours, on the days from `first` to `last`."""
    held = span(max(row.valid_from, first), min(row.valid_until or last, last))
    found = []
    for each in opened:
        start: time = max(row.start, each.start)
        end = min(row.end, each.end, key=minute_of_end)
        if row.weekday == each.weekday and minute_of(start) < minute_of_end(end):
            found.append({"weekday": row.weekday, "start": start, "end": end} | held)
    return found


def mend(weekly: "QuerySet[WorkingHours]") -> None:
    """Stretches that follow each other from day to day with the same times are one again."""
    before: WorkingHours | None = None
    for row in weekly.order_by("weekday", "start", "end", "valid_from"):
        if before and same(before, row) and before.valid_until and before.valid_until + DAY == row.valid_from:
            before.valid_until = row.valid_until
            row.delete()
            before.save(update_fields=["valid_until"])
        else:
            before = row


def same(one: WorkingHours, other: WorkingHours) -> bool:
    return (one.weekday, one.start, one.end) == (other.weekday, other.start, other.end)


def span(first: date, last: date) -> dict[str, date]:
    return {"valid_from": first, "valid_until": last}


def dated(first: date, last: date) -> dict[str, str]:
    return {name: day.isoformat() for name, day in span(first, last).items()}
