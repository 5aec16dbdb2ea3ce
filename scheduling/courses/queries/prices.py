"""What patients were told that their courses cost (F233)."""

from collections.abc import Iterable

from scheduling.models import Course, PriceTold

OVER = (Course.Status.COMPLETED, Course.Status.REVOKED)


def prices_of(courses: Iterable[Course]) -> list[PriceTold]:
    """Everything told about those that are not over, in the order in which it was told. One query."""
    rows = PriceTold.objects.filter(course__in=[each.pk for each in courses]).exclude(course__status__in=OVER)
    return list(rows.select_related("told_by"))
