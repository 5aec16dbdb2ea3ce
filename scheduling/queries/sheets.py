"""The sheet of paper a patient takes home: dates, what to do before and after, whom to call."""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.models import Course
from scheduling.queries.care import TREATED, Advice, Guide
from scheduling.queries.portal import Visit


@dataclass(frozen=True, slots=True)
class Sheet:
    """`later`: visits without a time yet. `before` and `after` hold for every session, so only what runs through all of
    them has dates."""

    coming: Sequence[Visit]
    later: Sequence[Visit]
    before: Sequence[Advice]
    after: Sequence[Advice]
    throughout: Sequence[Advice]


def sheet_of(visits: Sequence[Visit], course: Course | None) -> Sheet:
    guide = Guide.read(course)
    coming = [each for each in visits if each.ahead and each.start]
    needles = [each for each in coming if each.session.kind in TREATED]
    return Sheet(
        coming=coming,
        later=[each for each in visits if each.ahead and not each.start],
        before=guide.before(needles[0], visits) if needles else [],
        after=guide.after(needles[0]) if needles else [],
        throughout=guide.throughout() if course else [],
    )
