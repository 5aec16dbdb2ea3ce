"""When a patient is away: said once, with any of their courses, and kept by all of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from scheduling.models import Course

Stretch = tuple[date, date]  # first and last day, both included


def stretches(preferences: Mapping[str, Any]) -> list[Stretch]:
    """The days away that a course keeps among its preferences."""
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in preferences.get("away", ())]


def away_of(courses: Iterable[Course], since: date = date.min) -> list[Stretch]:
    """All days away of the patient whose `courses` these are, in order, without what was over before `since`."""
    said = {each for course in courses for each in stretches(course.preferences)}
    return sorted(each for each in said if each[1] >= since)
