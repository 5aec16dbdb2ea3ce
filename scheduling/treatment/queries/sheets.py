"""The sheet of paper a patient takes home: dates, what to do before and after, whom to call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.courses.queries.patient_visits import Visit
from scheduling.models import Course
from scheduling.treatment.queries.care import BEFORE, TREATED, Advice, Guides


@dataclass(frozen=True, slots=True)
class Sheet:
    """`later`: visits without a time yet. `before` and `after` hold for every session, so only what runs through all of
    them has dates. With two courses what both say stands once."""

    coming: Sequence[Visit]
    later: Sequence[Visit]
    before: Sequence[Advice]
    after: Sequence[Advice]
    throughout: Sequence[Advice]


def sheet_of(visits: Sequence[Visit], courses: Iterable[Course]) -> Sheet:
    guides = Guides(courses)
    ahead = [each for each in visits if each.ahead]
    coming = [each for each in ahead if each.start]
    first_of_course = first_each(each for each in coming if each.session.kind in TREATED)
    return Sheet(
        coming=coming,
        later=[each for each in ahead if not each.start],
        before=said_once(one for each in first_of_course for one in guides.of(each).before(each, visits)),
        after=said_once(one for each in first_of_course for one in guides.of(each).after(each)),
        throughout=said_once(one for each in first_each(ahead) for one in guides.of(each).throughout()),
    )


def first_each(visits: Iterable[Visit]) -> list[Visit]:
    """The first visit of each course."""
    found: dict[int, Visit] = {}
    for each in visits:
        if each.session.course_id:
            found.setdefault(each.session.course_id, each)
    return list(found.values())


def said_once(advice: Iterable[Advice]) -> list[Advice]:
    """Each line once. What runs through a course stands with its days, so two courses may each have it."""
    found = {(each.text, each.open_ended, each.stage == BEFORE and (each.first, each.last)): each for each in advice}
    return list(found.values())
