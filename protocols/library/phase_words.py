"""A phase in words and literal numbers: 15 days stay 15 days, a month is a calendar month (D01, D07)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from protocols.library.cards import amount, count_of, gap_of
from protocols.models import Phase

JOINTS = {
    "own": gettext_lazy("this phase’s own interval"),
    "previous": gettext_lazy("the interval of the phase before it"),
    "larger": gettext_lazy("the larger of the two intervals"),
}


def sentence_of(phase: Phase) -> str:
    """The phase as one would say it."""
    if phase.kind == Phase.Kind.MEASUREMENT:
        return _("One measurement, %(gap)s after the last session.") % {"gap": gap_of(phase)}
    if phase.floor is None:
        return _("The practitioner types how many sessions and how far apart.")
    said = {"sessions": sessions_of(phase), "gap": gap_of(phase)}
    if phase.sessions_max == 1:
        return _("%(sessions)s, %(gap)s after the one before.") % said
    return _("%(sessions)s, %(gap)s apart.") % said


def sessions_of(phase: Phase) -> str:
    """How many sessions, or until when."""
    if phase.duration_amount:
        return _("As many sessions as fit %(time)s") % {"time": amount(phase.duration_amount, phase.duration_unit)}
    if phase.sessions_min is None:
        return _("As long as wanted") if phase.floor is not None else _("you decide")
    words = ngettext("%(n)s session", "%(n)s sessions", phase.sessions_max or phase.sessions_min)
    return words % {"n": count_of(phase)}


def earliest_of(phase: Phase) -> str:
    return bound(phase.floor, phase.unit)


def ideal_of(phase: Phase) -> str:
    return bound(phase.ideal, phase.unit)


def latest_of(phase: Phase) -> str:
    return and_days(phase.latest, phase.unit, phase.latest_plus_days)


def early_limit_of(phase: Phase) -> str:
    """How close a practitioner may book with a reason."""
    if phase.early_limit_days is None:
        return _("you decide")
    return _("%(days)s, with a reason") % {"days": amount(phase.early_limit_days, "day")}


def bound(number: int | None, unit: str) -> str:
    return _("you decide") if number is None else amount(number, unit)


def and_days(number: int | None, unit: str, days: int) -> str:
    text = bound(number, unit)
    if number is None or not days:
        return text
    return _("%(time)s and %(days)s") % {"time": text, "days": amount(days, "day")}


def others_of(phase: Phase) -> str:
    """Intervals that take its place when another count or rhythm is chosen (D05)."""
    return "; ".join(other_words(other) for other in phase.alternatives)


def other_words(other: Mapping[str, Any]) -> str:
    bounds = other["interval"]
    said = {
        "earliest": bound(bounds["floor"], bounds["unit"]),
        "ideal": bound(bounds["ideal"], bounds["unit"]),
        "latest": and_days(bounds["latest"], bounds["unit"], bounds["latest_plus_days"]),
        "limit": amount(bounds["early_limit_days"], "day"),
    }
    return f"{ground_of(other)}: " + _("%(earliest)s, best %(ideal)s, latest %(latest)s, limit %(limit)s") % said


def ground_of(other: Mapping[str, Any]) -> str:
    """The choice for which another interval counts."""
    if other.get("sessions"):
        return _("With %(n)s sessions") % {"n": other["sessions"]}
    return _("Every %(n)s months") % {"n": other["maintenance_months"]}


def joint_of(phase: Phase) -> str:
    return str(JOINTS[phase.joint]) if phase.joint in JOINTS else ""


def chair_of(phase: Phase) -> str:
    said = {"usual": phase.chair_minutes, "least": phase.chair_minutes_min, "most": phase.chair_minutes_max}
    return _("%(usual)s minutes (%(least)s to %(most)s)") % said


def late_of(phase: Phase) -> str:
    return str(Phase.LatePolicy(phase.late_policy).label)


def review_of(phase: Phase) -> str:
    return _("after session %(n)s") % {"n": phase.review_after} if phase.review_after else _("none")


# What a phase says, fact by fact: how it is called, and the words. Pages list these; a diff compares them.
FACETS: tuple[tuple[Any, Callable[[Phase], str]], ...] = (
    (gettext_lazy("Sessions"), sessions_of),
    (gettext_lazy("Earliest"), earliest_of),
    (gettext_lazy("Ideal"), ideal_of),
    (gettext_lazy("Latest"), latest_of),
    (gettext_lazy("Early limit"), early_limit_of),
    (gettext_lazy("Other intervals"), others_of),
    (gettext_lazy("Before its first session"), joint_of),
    (gettext_lazy("In the chair"), chair_of),
    (gettext_lazy("When a session is late"), late_of),
    (gettext_lazy("Review"), review_of),
)


def facets_of(phase: Phase) -> Iterator[tuple[str, str]]:
    """(what, in words) for everything the phase says."""
    for label, words in FACETS:
        if text := words(phase):
            yield str(label), text
