"""How the visits of a course are counted, the same for staff and patient: treatments and upkeep have numbers; the test
before them, and what is only looked at or measured, has a letter."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from scheduling.models import Course, Session, SessionStatus
from scheduling.planner.rows import PlanRow

SERIES = frozenset({Session.Kind.TREATMENT, Session.Kind.MAINTENANCE})
DROPPED = frozenset({SessionStatus.CANCELLED, SessionStatus.ERROR})


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a visit of a plan or of a change gives it its number. `course` is empty for one that stands alone."""

    course: str
    session: str | None
    sequence: int
    kind: str
    dropped: bool = False


def letter_of(kind: str) -> str:
    """What is in a visit's mark where others have their number."""
    if kind == Session.Kind.ALLERGY_TEST:
        return pgettext("allergy test, in one letter", "T")
    return pgettext("measurement, in one letter", "M") if kind == Session.Kind.MEASUREMENT else "·"


def labels(kinds: Iterable[str]) -> list[str]:
    """One label for each visit of a whole course, in their order."""
    found, number = [], 0
    for kind in kinds:
        number += kind in SERIES
        found.append(str(number) if kind in SERIES else letter_of(kind))
    return found


def labels_of(rows: Sequence[Counted]) -> list[str]:
    """One label for each visit of a plan or a change, which leave out those that took place. "" outside a course.

    A visit that is dropped has the number it had. One query.
    """
    listed = {row.session for row in rows}
    courses = {int(row.course) for row in rows if row.course}
    series = Session.objects.filter(course__in=courses, kind__in=SERIES).exclude(status__in=DROPPED)
    others: dict[str, list[int]] = defaultdict(list)
    for course, pk, sequence in series.values_list("course", "pk", "sequence"):
        if str(pk) not in listed:
            others[str(course)].append(sequence)
    beside: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        beside[row.course].append(row)
    return [_label(row, beside[row.course], others[row.course]) for row in rows]


def counted(course: Course, rows: Iterable[PlanRow]) -> list[Counted]:
    """The visits of a plan of one course."""
    return [Counted(str(course.pk), row.session, row.sequence, row.kind) for row in rows]


def _label(row: Counted, beside: Sequence[Counted], others: Sequence[int]) -> str:
    if not row.course:
        return ""
    if row.kind not in SERIES:
        return letter_of(row.kind)
    counted = [each.sequence for each in beside if each.kind in SERIES and _counts(each, row)]
    return str(sum(sequence <= row.sequence for sequence in (*counted, *others)))


def _counts(each: Counted, row: Counted) -> bool:
    return not each.dropped or row.dropped
