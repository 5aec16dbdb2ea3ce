"""The sheet of paper a patient takes home: dates, what to do before and after, whom to call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.courses.queries.patient_visits import Visit
from scheduling.courses.queries.prices import Used, prices_of, used_of
from scheduling.models import Course, PriceTold
from scheduling.treatment.queries.care import BEFORE, TREATED, Advice, Guides


@dataclass(frozen=True, slots=True)
class Sheet:
    """`later`: visits without a time yet. `before` and `after` hold for every session, so only what runs through a
    stretch of them has dates. What two courses or two stretches both say stands once."""

    coming: Sequence[Visit]
    later: Sequence[Visit]
    before: Sequence[Advice]
    after: Sequence[Advice]
    throughout: Sequence[Advice]
    prices: Sequence[PriceTold]
    used: Sequence[Used]


def sheet_of(visits: Sequence[Visit], courses: Iterable[Course], now: datetime) -> Sheet:
    mine = list(courses)
    guides = Guides(mine, now)
    ahead = [each for each in visits if each.ahead]
    coming = [each for each in ahead if each.start]
    first_of_course = first_each(each for each in coming if each.session.kind in TREATED)
    return Sheet(
        coming=[each for each in coming if not each.joins],
        later=[each for each in ahead if not each.start],
        before=said_once(one for each in coming for one in guides.before(each)),
        after=said_once(one for each in first_of_course for one in guides.of(each).after(each)),
        throughout=said_once(
            one
            for each in first_each(each for each in ahead if each.session.course_id)
            for one in guides.of(each).throughout()
        ),
        prices=prices_of(mine),
        used=used_of(mine),
    )


def first_each(visits: Iterable[Visit]) -> list[Visit]:
    """The first visit of each course, and of those that belong to none."""
    found: dict[int | None, Visit] = {}
    for each in visits:
        found.setdefault(each.session.course_id, each)
    return list(found.values())


def said_once(advice: Iterable[Advice]) -> list[Advice]:
    """Each line once. What runs through a stretch stands with its days, so each stretch has it."""
    found = {(each.text, each.stage == BEFORE and (each.first, each.last)): each for each in advice}
    return list(found.values())
