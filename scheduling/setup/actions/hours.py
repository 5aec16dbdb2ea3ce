"""The weekly hours of a practitioner: from a day on, what was before stays on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic.base.refusals import BadInput
from clinic.models import Location, Post, User
from scheduling.models import Practitioner, WorkingHours

GRID_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of work on one weekday (Monday is 0), local wall time."""

    weekday: int
    start: time
    end: time


@transaction.atomic
def set_week(
    *, practitioner: Practitioner, location: Location, week: Sequence[Stretch], valid_from: date, by: User
) -> list[WorkingHours]:
    """From `valid_from` on the practitioner works `week` at `location`; stretches of later plans there are replaced.

    BadInput (400) at `week.<position>` for a stretch that ends before it begins, is off the 5-minute grid, or overlaps
    another one of that day, here or at another location. Visits outside the new hours keep their times. Who has hours
    at a location has a post there.
    """
    locked = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    check_week(week)
    hours = WorkingHours.objects.filter(practitioner=locked)
    check_elsewhere(week, hours.exclude(location=location).filter(Q(valid_until=None) | Q(valid_until__gte=valid_from)))
    if week and location.pk != locked.staff.location_id:
        Post.objects.get_or_create(staff=locked.staff, location=location, defaults={"role": locked.staff.role})
    here = hours.filter(location=location)
    here.filter(valid_from__gte=valid_from).delete()
    here.filter(Q(valid_until=None) | Q(valid_until__gte=valid_from)).update(valid_until=valid_from - timedelta(days=1))
    return WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=locked,
            location=location,
            weekday=each.weekday,
            start=each.start,
            end=each.end,
            valid_from=valid_from,
        )
        for each in week
    )


def check_week(week: Sequence[Stretch]) -> None:
    for number, each in enumerate(week):
        if each.end <= each.start:
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
    return one.weekday == other.weekday and one.start < other.end and other.start < one.end
