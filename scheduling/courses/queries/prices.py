"""What patients were told that their courses cost (F233), and how many sessions of them are used and left."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, prefetch_related_objects

from scheduling.courses.queries.numbering import DROPPED, SERIES
from scheduling.models import Course, PriceTold, Session, SessionStatus

OVER = (Course.Status.COMPLETED, Course.Status.REVOKED)


def prices_of(courses: Iterable[Course]) -> list[PriceTold]:
    """Everything told about those that are not over, in the order in which it was told. One query."""
    rows = PriceTold.objects.filter(course__in=[each.pk for each in courses]).exclude(course__status__in=OVER)
    return list(rows.select_related("told_by"))


@dataclass(frozen=True, slots=True)
class Used:
    """Numbered sessions of a course: those held, and all that are not dropped."""

    course: Course
    done: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.done


def used_of(courses: Iterable[Course]) -> list[Used]:
    """Of those that are not over, in their order. Two queries, however many."""
    mine = [each for each in courses if each.status not in OVER]
    rows = Session.objects.filter(course__in=[each.pk for each in mine], kind__in=SERIES).exclude(status__in=DROPPED)
    done = Count("pk", filter=Q(status=SessionStatus.COMPLETED))
    found = {pk: counts for pk, *counts in rows.order_by().values_list("course").annotate(done=done, n=Count("pk"))}
    prefetch_related_objects(mine, "areas")
    return [Used(each, *found[each.pk]) for each in mine if each.pk in found]
