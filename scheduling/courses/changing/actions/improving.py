"""A batch made better after its first pass, in which each course and single visit took what was free in its turn.

Large neighbourhood search (Shaw 1998): the new times of a few that stand near a visit without one are given back, that
visit is planned first, then they. The result is kept when more visits have a time, or as many for less: late days, then
moves, then what the plans cost. So it never ends worse than the first pass.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import monotonic

from scheduling.courses.changing.actions.disruption_steps import Planned
from scheduling.planner.calendars import Timetable
from scheduling.planner.engine.cascade import Fate

MOST_SECONDS = 20.0  # somebody waits at the progress bar
MOST_IDLE = 300  # rounds in a row without a better plan
MOST_DAYS = 2  # of practitioners; who stands there is planned anew with the one that has no time
MOST_LACKING = 3  # others without a time that may take what is left there
SIDEWAYS = 0.5  # how often a round that places as many for more is kept, to come away from where nothing is better

Worth = tuple[int, int, int, int]  # visits with a new time, then late days, moves and cost, each counted below zero


@dataclass(slots=True, eq=False)
class Job:
    """A course or a single visit of the batch. `plan` places it on the timetable as it is and takes its times there;
    `most`: how many of its lost visits have a time when nobody else of the batch does."""

    plan: Callable[[], Planned]
    planned: Planned = field(init=False)
    most: int = 0

    def __post_init__(self) -> None:
        self.planned = self.plan()

    @property
    def hopeful(self) -> bool:
        return self.planned.placed < self.most and self.planned.free


def improve(jobs: Sequence[Job], timetable: Timetable, *, seed: int, each_round: Callable[[], None]) -> int:
    """Plan the jobs anew while that brings something; how many visits could have a time at most (a bound: each course
    alone). A job that moved visits with a time stays as it is: nobody is asked to move twice for others."""
    look_alone(jobs, timetable)
    drawn, until, idle = random.Random(seed), monotonic() + MOST_SECONDS, 0  # noqa: S311  # no secret
    best, plans = worth(jobs), [job.planned for job in jobs]
    while idle < MOST_IDLE and monotonic() < until and (stuck := [job for job in jobs if job.hopeful]):
        each_round()
        idle += 1
        chosen = around(drawn.choice(stuck), jobs, timetable, drawn)
        make_anew(chosen, timetable, sideways=drawn.random() < SIDEWAYS)
        if (found := worth(jobs)) > best:
            best, plans, idle = found, [job.planned for job in jobs], 0
    for job, planned in zip(jobs, plans, strict=True):
        job.planned = planned
    return sum(job.most for job in jobs)


def look_alone(jobs: Sequence[Job], timetable: Timetable) -> None:
    """What each job that lacks a time could have if nobody else of the batch had one."""
    lacking = [job for job in jobs if job.planned.lacks and job.planned.free]
    for job in jobs:
        job.most = job.planned.placed
    if not lacking:
        return
    held = timetable.snapshot()
    for job in jobs:
        if job.planned.free:
            timetable.give_back(job.planned.took)
    alone = timetable.snapshot()
    for job in lacking:
        job.most = job.plan().placed
        timetable.restore(alone)
    timetable.restore(held)


def worth(jobs: Sequence[Job]) -> Worth:
    plans = [job.planned for job in jobs]
    return (
        sum(plan.placed for plan in plans),
        -sum(step.late_days for plan in plans for step in plan.steps if plan.rows),
        -sum(step.fate == Fate.MOVED for plan in plans for step in plan.steps),
        -sum(plan.cost for plan in plans),
    )


def around(first: Job, jobs: Sequence[Job], timetable: Timetable, drawn: random.Random) -> list[Job]:
    """The job without a time, those who share a day of somebody inside its windows, then others without a time."""
    windows = [(step.floor, step.latest) for step in first.planned.steps if step.fate == Fate.UNPLACEABLE]
    day_of = timetable.grid.local_date
    there: dict[tuple[date, int | None], list[Job]] = defaultdict(list)
    for job in jobs:
        for slot in job.planned.took if job is not first and job.planned.free else ():
            day = day_of(slot.start)
            if any(floor <= day <= latest for floor, latest in windows):
                there[day, slot.practitioner_id].append(job)
    days = drawn.sample(list(there), min(len(there), drawn.randint(1, MOST_DAYS)))
    beside = list(dict.fromkeys(job for day in days for job in there[day]))
    lacking = [job for job in jobs if job.hopeful and job is not first]
    drawn.shuffle(beside)
    return [first, *beside, *drawn.sample(lacking, min(len(lacking), MOST_LACKING))]


def make_anew(chosen: Sequence[Job], timetable: Timetable, *, sideways: bool) -> None:
    """Plan these in this order, and go back unless it is worth more, or places as many and `sideways` will do."""
    before, held, plans = worth(chosen), timetable.snapshot(), [job.planned for job in chosen]
    for job in chosen:
        timetable.give_back(job.planned.took)
    for job in chosen:
        job.planned = job.plan()
    found = worth(chosen)
    if found > before or (sideways and found[:3] >= before[:3]):
        return
    timetable.restore(held)
    for job, planned in zip(chosen, plans, strict=True):
        job.planned = planned
