"""Why each visit has the time it has: codes with parameters, and the English sentence of each code. PURE.

A code is the name of a rule or one of a few more; `SENTENCES` holds the keys for translation. People, rooms and devices
appear in the parameters as ids, for the caller to put names in their place.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from protocols.outline.intervals import Window
from scheduling.planner.engine.daygrid import STRIDE, Grid, bits, day_of, whole_days
from scheduling.planner.engine.plan import stands_of
from scheduling.planner.engine.problem import Infeasible, Problem, Resource, Solution, Term, Visit
from scheduling.planner.engine.rules import (
    PRICE,
    WINDOW,
    Stand,
    ideal_day,
    in_the_future,
    minutes_outside,
    sieve,
    wished_practitioner,
    wished_start,
    wished_time,
)

Param = int | str | date | tuple[date, ...]

SENTENCES: Mapping[str, str] = {
    "stays": "It stays where it was booked.",
    "on_ideal_day": "Best day.",
    "days_after_ideal": "%(amount)d days after the best day (%(ideal)s).",
    "days_before_ideal": "%(amount)d days before the best day (%(ideal)s).",
    "beyond_horizon": "Gets a time later, once booking opens beyond %(horizon)s.",
    "never": "Cannot take place: possible from %(first)s, and its last day is %(last)s.",
    # days nearer to the ideal, and the hard rule that took them away
    "inside_window": "%(dates)s: too soon after the visit before.",
    "in_the_future": "%(dates)s: already over.",
    "allowed_dates": "%(dates)s: not allowed for this visit.",
    "practitioner_suitable": "%(dates)s: nobody who may do this visit.",
    "practitioner_free": "%(dates)s: nobody was free for long enough.",
    "patient_free": "%(dates)s: the patient is not available when somebody is free.",
    "room_free": "%(dates)s: no suitable room was free at the same time.",
    "device_free": "%(dates)s: no suitable device was free at the same time.",
    "costs_more": "%(dates)s: free, but the course as a whole would be worse.",
    # soft rules that cost something
    "wished_time": "%(amount)d minutes outside the time asked for.",
    "wished_time_taken": "Nothing was free at the time asked for on that day.",
    "wished_weekday": "Not on a weekday asked for.",
    "wished_practitioner": "%(wanted)s was asked for.",
    "same_practitioner": "Another practitioner than at the visit before.",
    "same_weekday": "Another weekday than the visit before.",
    "same_hour": "Another time of day than the visit before.",
    "within_latest": "%(amount)d days after the last day; a practitioner has to approve it.",
    "kept_time": "It moves to another time.",
    "kept_practitioner": "It keeps its time but changes the practitioner.",
    "kept_place": "It keeps its time but changes room or device.",
    # no plan
    "no_place": "No free time for visit %(sequence)d between %(first)s and %(last)s.",
    "late_plan": "There is a plan with later dates, %(amount)d days late in all; a practitioner has to approve it.",
    "no_late_plan": "Up to %(horizon)s there is no free time on later dates either.",
}

# The same sentences when their number, `amount`, is 1.
ONE: Mapping[str, str] = {
    "days_after_ideal": "%(amount)d day after the best day (%(ideal)s).",
    "days_before_ideal": "%(amount)d day before the best day (%(ideal)s).",
    "wished_time": "%(amount)d minute outside the time asked for.",
    "within_latest": "%(amount)d day after the last day; a practitioner has to approve it.",
    "late_plan": "There is a plan with later dates, %(amount)d day late in all; a practitioner has to approve it.",
}


# What says nothing to a person: told in other words above, or only which of many free times is taken.
UNTOLD = PRICE | {ideal_day.__name__, wished_start.__name__}


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    params: Mapping[str, Param]


def explain(problem: Problem, solution: Solution) -> tuple[tuple[Reason, ...], ...]:
    """The reasons of every visit, beside `Problem.visits`."""
    stands = stands_of(problem, solution.windows, solution.placed)
    placed = [tuple(_reasons(stand, terms)) for stand, terms in zip(stands, solution.terms, strict=False)]
    rest = zip(problem.visits[len(placed) :], solution.windows[len(placed) :], strict=True)
    return (*placed, *[(_why_waiting(problem, visit, window),) for visit, window in rest])


def _why_waiting(problem: Problem, visit: Visit, window: Window) -> Reason:
    """Whether it gets a time later, or never: what it may not pass comes before its window begins."""
    if visit.deadline and window.floor > visit.deadline:
        return Reason("never", {"first": window.floor, "last": visit.deadline})
    return Reason("beyond_horizon", {"horizon": problem.grid.last})


def explain_infeasible(problem: Problem, infeasible: Infeasible) -> tuple[Reason, ...]:
    """Which visit has no free time, the rule that takes its last start, and whether there is a plan beyond latest."""
    first, last = infeasible.window.floor, infeasible.window.latest
    dates = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    late = Reason("no_late_plan", {"horizon": problem.grid.last})
    if infeasible.plan:
        late = Reason("late_plan", {"amount": sum(infeasible.plan.late_days)})
    where = Reason("no_place", {"sequence": infeasible.sequence, "first": first, "last": last})
    return where, Reason(infeasible.rule, {"dates": dates}), late


def english(reason: Reason) -> str:
    """The sentence of a reason. Ids of people stay ids."""
    sentences = ONE if reason.code in ONE and reason.params.get("amount") == 1 else SENTENCES
    return sentences[reason.code] % {name: _words(value) for name, value in reason.params.items()}


def _words(value: Param) -> int | str:
    if isinstance(value, tuple):
        return ", ".join(_spans(value))
    return f"{value.day} {value:%B}" if isinstance(value, date) else value


def _spans(dates: Iterable[date]) -> Iterator[str]:
    """Dates in a row as "3 May to 6 May"."""
    row: list[date] = []
    for day in sorted(dates):
        if row and (day - row[-1]).days > 1:
            yield _span(row)
            row = []
        row.append(day)
    if row:
        yield _span(row)


def _span(row: list[date]) -> str:
    return f"{_words(row[0])} to {_words(row[-1])}" if len(row) > 1 else str(_words(row[0]))


def _reasons(stand: Stand, terms: tuple[Term, ...]) -> Iterator[Reason]:
    if stand.visit.kept == stand.placement:
        yield Reason("stays", {})
    yield _about_the_day(stand)
    yield from _nearer_days(stand)
    for term in terms:
        if term.rule not in UNTOLD:
            yield Reason(term.rule, _about_the_term(stand, term))
        if term.rule == wished_time.__name__ and not _any_in_wished_time(stand):
            yield Reason("wished_time_taken", {})


def _about_the_term(stand: Stand, term: Term) -> dict[str, Param]:
    """`practitioner` is who was chosen, `wanted` who was asked for; both are ids."""
    params: dict[str, Param] = {"amount": term.amount, "practitioner": stand.placement.practitioner}
    wanted = stand.problem.wishes.practitioner
    return {**params, "wanted": wanted} if term.rule == wished_practitioner.__name__ and wanted else params


def _about_the_day(stand: Stand) -> Reason:
    ideal, days = stand.window.ideal, (stand.day - stand.window.ideal).days
    if not days:
        return Reason("on_ideal_day", {})
    return Reason("days_after_ideal" if days > 0 else "days_before_ideal", {"amount": abs(days), "ideal": ideal})


def _nearer_days(stand: Stand) -> Iterator[Reason]:
    """The days of the window that lie nearer to the ideal, by the rule that took their last start away."""
    off, ideal, last = (
        ideal_day(stand) or wished_start(stand),
        stand.window.ideal,
        min(stand.latest, stand.problem.grid.last),
    )
    nearer = [ideal + timedelta(days=n) for n in range(1 - off, off)]
    days = [day for day in nearer if stand.earliest <= day <= last]
    if not days or stand.visit.fixed:
        return
    found = _blocked_by(stand, days)
    for rule in dict.fromkeys(found.values()):
        yield Reason(rule, {"dates": tuple(day for day in days if found[day] == rule)})


def _blocked_by(stand: Stand, days: list[date]) -> dict[date, str]:
    """For each day the rule that takes its last start away, "costs_more" where starts are left."""
    problem = _narrowed(stand.problem, days[0], days[-1])
    grid = problem.grid
    found = {day: "costs_more" if day >= grid.first else in_the_future.__name__ for day in days}
    for rule, starts in _sieve_to_the_end(problem, stand):
        for day, so_far in found.items():
            if so_far == "costs_more" and not any(day_of(free, grid.index(day)) for free in starts):
                found[day] = rule
    return found


def _sieve_to_the_end(problem: Problem, stand: Stand) -> Iterator[tuple[str, list[int]]]:
    """The sieve, and last of all the hours that must have passed since the visit before."""
    starts: list[int] = []
    for rule, starts in sieve(problem, stand.visit, whole_days(problem.grid)):
        yield rule, starts
    if stand.opens:
        opened = problem.grid.position(stand.opens, up=True)
        yield WINDOW, [free >> opened << opened for free in starts]


def _narrowed(problem: Problem, first: date, last: date) -> Problem:
    """The same problem on the days `first` to `last` only, as far as it has them: short strips are quick to sieve."""
    grid = problem.grid
    low, high = max(grid.index(first), 0), max(grid.index(last), 0)
    part = Grid(grid.zone, grid.date_of(low), high - low + 1)
    whole = (1 << part.days * STRIDE) - 1

    def cut(resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
        return tuple(replace(one, free=one.free >> low * STRIDE & whole) for one in resources)

    patient = None if problem.patient is None else problem.patient >> low * STRIDE & whole
    people, rooms, devices = cut(problem.practitioners), cut(problem.rooms), cut(problem.devices)
    return replace(problem, grid=part, practitioners=people, rooms=rooms, devices=devices, patient=patient)


def _any_in_wished_time(stand: Stand) -> bool:
    """Whether some start within the wished time was possible on the very day."""
    problem = _narrowed(stand.problem, stand.day, stand.day)
    *_, (_rule, starts) = sieve(problem, stand.visit, whole_days(problem.grid))
    walls = (problem.grid.wall_minute(0, mark) for free in starts for mark in bits(free))
    return any(not minutes_outside(problem.wishes, wall, stand.visit.chair_minutes) for wall in walls)
