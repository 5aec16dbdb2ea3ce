"""A thing to do is given to somebody, or put off."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.base import clock
from clinic.base.refusals import BadInput, Stale
from clinic.models import Location, StaffMember
from scheduling.desk.queries import todo
from scheduling.desk.queries.worklists import LISTS
from scheduling.models import TodoMark

MOST = timedelta(days=31)
MEANWHILE = gettext_lazy("Somebody else said something about this meanwhile. Look again.")


@transaction.atomic
def mark_todo(
    *,
    item: todo.Todo,
    location: Location,
    owner: StaffMember | None,
    until: datetime | None,
    version: int | None,
    now: datetime | None = None,
) -> bool:
    """Whose it is and until when it is put off; without either the row is as any other.

    BadInput (400) at until when it is over, too far, beyond what the row can wait for, or a reaction, which nobody puts
    off (D32); Stale (412) when somebody said otherwise since.
    """
    now = now or clock.now()
    if until is not None:
        check_until(item, until, now)
    rows = TodoMark.objects.filter(location=location, list=item.list, key=item.row.pk)
    mark = rows.select_for_update().first()
    if version is not None and version != (mark.version if mark else 0):
        raise Stale(str(MEANWHILE))
    if owner is None and until is None:
        rows.delete()
        return True
    if mark:
        mark.owner, mark.until, mark.version = owner, until, mark.version + 1
        mark.save()
        return True
    given = {"location": location, "list": item.list, "key": item.row.pk, "owner": owner, "until": until}
    try:
        with transaction.atomic():
            TodoMark.objects.create(**given)
    except IntegrityError:  # at the same moment
        raise Stale(str(MEANWHILE)) from None
    return True


def check_until(item: todo.Todo, until: datetime, now: datetime) -> None:
    if item.list not in todo.CAN_WAIT:
        raise BadInput.at("until", _("This cannot be put off."))
    if not now < until <= now + MOST:
        raise BadInput.at("until", _("Choose a time within the next month."), "out_of_range")
    if item.list in todo.RUNS_OUT and item.due and now < item.due < until:
        raise BadInput.at("until", _("By then it is too late for this."), "out_of_range")


def forget_marks(*, now: datetime | None = None) -> int:
    """What was said of rows that are done: a row that comes back is nobody's and not put off. How many."""
    now, gone = now or clock.now(), 0
    for place in Location.objects.filter(pk__in=TodoMark.objects.values("location")):
        today = clock.local_date(now, place.timezone)
        for name in TodoMark.objects.filter(location=place).values_list("list", flat=True).distinct():
            marks = TodoMark.objects.filter(location=place, list=name)
            keys = list(marks.values_list("key", flat=True))
            there = set(LISTS[name](place, now, today).filter(pk__in=keys).values_list("pk", flat=True))
            gone += marks.filter(key__in=set(keys) - there).delete()[0]
    return gone
