"""When a patient is away or cannot come: said once, with any of their courses, and kept by all of them."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from scheduling.models import Course
from scheduling.planner import hours

MIDNIGHT, LAST = time(0), time(23, 59)
Stretch = tuple[date, date]  # first and last day, both included


def stretches(preferences: Mapping[str, Any]) -> list[Stretch]:
    """The days away that a course keeps among its preferences."""
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in preferences.get("away", ())]


def away_of(courses: Iterable[Course], since: date = date.min) -> list[Stretch]:
    """All days away of the patient whose `courses` these are, in order, without what was over before `since`."""
    said = {each for course in courses for each in stretches(course.preferences)}
    return sorted(each for each in said if each[1] >= since)


def cannot_of(courses: Iterable[Course]) -> list[hours.Stretch]:
    """The times of the week at which the patient whose `courses` these are cannot come, as weekly stretches."""
    said = [each for course in courses for each in course.preferences.get("cannot", ())]
    return [
        hours.Stretch(day, _at(each, "from", MIDNIGHT), _at(each, "to", LAST), date.min, None)
        for each in said
        for day in each.get("weekdays") or range(7)
    ]


def _at(said: Mapping[str, Any], name: str, otherwise: time) -> time:
    return time.fromisoformat(said[name]) if said.get(name) else otherwise
