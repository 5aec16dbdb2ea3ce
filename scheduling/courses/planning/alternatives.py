"""When a draft does not fit: the changes of it that come nearest, each with what it would mean. Writes nothing."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.base.refusals import Refusal
from clinic.models import Location
from scheduling.access import locations_for
from scheduling.courses.actions.course_input import check_practitioner
from scheduling.models import Course, Practitioner
from scheduling.planner.engine.problem import Problem, Solution
from scheduling.planner.engine.solver import solve
from scheduling.planner.problem import problem_of, visits_of
from scheduling.planner.state import CourseState, owned_devices

LATER = (1, 2, 3, 4, 6, 8, 12)  # weeks after the wished start that are tried, the first that fits is offered
CANNOT = ("cannot_days", "cannot_before", "cannot_after")  # as the course form names them
Row = dict[str, Any]


def alternatives(state: CourseState, problem: Problem) -> list[Row]:
    """Reasons with the code "alternative": `change` {field of the course form: value} fits, and the message says how.

    `problem` is the whole calendar with the draft that does not fit.
    """
    return [*relaxed(state), *later_start(state, problem), *elsewhere(state)]


def relaxed(state: CourseState) -> Iterator[Row]:
    """Without what was said to be kept whatever it costs, one thing at a time."""
    said = {
        "only": (_("Also with others than the practitioner asked for: %(plan)s"), ("only",)),
        "cannot": (_("Also at times at which the patient cannot come: %(plan)s"), CANNOT),
    }
    for name, (text, fields) in said.items():
        if state.course.preferences.get(name):
            course = copy(state.course)
            course.preferences = {key: value for key, value in course.preferences.items() if key != name}
            freer = replace(state, course=course)
            if (problem := problem_of(freer)) and fits(plan := solve(problem)):
                yield offer(text % {"plan": told(plan, freer)}, **dict.fromkeys(fields, ""))


def later_start(state: CourseState, problem: Problem) -> Iterator[Row]:
    for weeks in LATER:
        course = copy(state.course)
        course.start_on = max(course.start_on, state.today) + timedelta(weeks=weeks)
        later = replace(state, course=course)
        if (visits := visits_of(later, {})) and fits(plan := solve(replace(problem, visits=visits))):
            text = ngettext(
                "Start %(n)s week later, from %(day)s: %(plan)s",
                "Start %(n)s weeks later, from %(day)s: %(plan)s",
                weeks,
            )
            said = {"n": weeks, "day": date_format(course.start_on, "j M Y"), "plan": told(plan, later)}
            yield offer(text % said, start_on=course.start_on.isoformat())
            return


def elsewhere(state: CourseState) -> Iterator[Row]:
    """The same course at another place of whoever planned it, with somebody who works there."""
    for place in locations_for(state.course.created_by).exclude(pk=state.course.location_id).order_by("name"):
        somebody = works_at(place, state.course)
        if somebody is None:
            continue
        course = copy(state.course)
        course.location, course.practitioner = place, somebody
        there = replace(state, course=course, owns_device=owned_devices(course))
        if (problem := problem_of(there)) and fits(plan := solve(problem)):
            said = {"place": place.name, "practitioner": somebody, "plan": told(plan, there)}
            yield offer(_("At %(place)s with %(practitioner)s: %(plan)s") % said, practitioner=str(somebody.pk))


def works_at(place: Location, course: Course) -> Practitioner | None:
    rows = Practitioner.objects.filter(active=True, staff__location=place).select_related("staff__location")
    for each in rows.order_by("-staff__prescriber", "pk"):
        try:
            check_practitioner(each, place, course.start_on)
        except Refusal:
            continue
        return each
    return None


def fits(outcome: object) -> bool:
    return isinstance(outcome, Solution) and bool(outcome.placed)


def told(plan: Any, state: CourseState) -> str:
    """The price in a sentence: from when to when, and how far off the best days."""
    days = [each.start.astimezone(state.zone).date() for each in plan.placed]
    said = {"first": date_format(days[0], "j M Y"), "last": date_format(days[-1], "j M Y")}
    off = sum(abs((day - window.ideal).days) for day, window in zip(days[1:], plan.windows[1:], strict=False))
    text = _("first visit %(first)s, last %(last)s") % said
    away = ngettext("%(n)s day off the best days in sum", "%(n)s days off the best days in sum", off) % {"n": off}
    return f"{text}, {away}." if off else f"{text}, {_('every visit on its best day')}."


def offer(text: str, **change: str) -> Row:
    return {"code": "alternative", "params": {"change": change}, "message": text, "cites": []}
