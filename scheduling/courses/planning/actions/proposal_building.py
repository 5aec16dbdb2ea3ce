"""Building a proposal in the worker. The row is the work: whoever holds its lease builds it, one transaction saves it,
and what a killed worker left behind is taken up again once the lease has lapsed."""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base import clock
from protocols.outline.checks import OutlineError
from scheduling.courses.planning.alternatives import alternatives
from scheduling.messages.actions import leases
from scheduling.models import MOST_BUILDS, Proposal
from scheduling.planner.beside import beside_count, bookings_beside, bound_to
from scheduling.planner.engine.explain import english, explain, explain_infeasible
from scheduling.planner.engine.problem import Infeasible, Outcome, Problem, ProblemError, Solution
from scheduling.planner.engine.solver import solve
from scheduling.planner.problem import Late, left_out, problem_of, reaches_beyond_age
from scheduling.planner.rows import cost_of, reason_json, rows_of
from scheduling.planner.state import CourseState, read_state

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 20
Status = Proposal.Status


@dataclass(frozen=True, slots=True)
class Built:
    """What came out, as the row keeps it."""

    status: str
    cost: int | None = None
    sessions: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)


def build_proposal(*, proposal_id: int, now: datetime | None = None) -> Proposal | None:
    """Build one proposal; None when it is done, given up, or in another worker's hands."""
    now = now or clock.now()
    gave_up = _reason("gave_up", attempts=MOST_BUILDS)
    claimed = leases.claim(Proposal, proposal_id, now, given_up={"reasons": [gave_up]})
    saved = _save(claimed, _build(claimed, now), now) if claimed else None
    logger.info("proposal %s: %s", proposal_id, saved.status if saved else "nothing to build here")
    return saved


def sweep_proposals(*, now: datetime | None = None) -> int:
    """Build what nobody has built: never rung for, or left by a worker that died. How many were built."""
    now = now or clock.now()
    waiting = Proposal.objects.filter(leases.waiting(now)).order_by("requested_at").values_list("pk", flat=True)
    return sum(build_proposal(proposal_id=pk, now=now) is not None for pk in list(waiting[:SWEPT_AT_ONCE]))


def _build(row: Proposal, now: datetime) -> Built:
    """Reads and thinks, outside any transaction; what makes no sense is an answer too."""
    late = {int(each["sequence"]): int(each["days"]) for each in row.allow_late}
    try:
        state = read_state(row.course_id, now)
        problem = problem_of(state, late=late)
        if problem is None:
            return Built(Status.FAILED, reasons=too_old(state, problem) or [_reason("nothing_to_plan")])
        leases.report(row, 40)
        problem, outcome = solved(state, problem, late)
    except ProblemError as error:
        return Built(Status.FAILED, reasons=[_reason(error.rule, error.message)])
    except OutlineError as error:
        return Built(
            Status.FAILED, reasons=[_reason(each.code, each.message, field=each.field) for each in error.problems]
        )
    leases.report(row, 90)
    return _answer(state, problem, outcome)


def solved(state: CourseState, problem: Problem, late: Late) -> tuple[Problem, Outcome]:
    """The best plan, together with the patient's other courses where that is wanted and possible; when there is none,
    the search for one beyond latest needs every day of the calendar (D04).

    A last visit that has no free time before the patient is too old is left out like those after it (D48).
    """
    for bound in bound_to(problem, bookings_beside(state)):
        if isinstance(plan := solve(bound), Solution):
            return bound, plan
    outcome = solve(problem)
    while isinstance(outcome, Infeasible) and reaches_beyond_age(state, problem.visits):
        problem = replace(problem, visits=problem.visits[:-1])
        outcome = solve(problem)
    if isinstance(outcome, Infeasible) and (everything := problem_of(state, late=late, whole=True)):
        return everything, solve(everything)
    return problem, outcome


def too_old(state: CourseState, problem: Problem | None) -> list[dict[str, Any]]:
    """Why visits are missing at the end, if an upper age is why (D48)."""
    count, day = left_out(state, problem), state.too_old_from
    if not count or day is None:
        return []
    text = _("From %(day)s on the upper age limit rules treatment out. Visits left out: %(count)s.")
    said = {"day": date_format(day, "j M Y"), "count": count}
    found = {"day": day.isoformat(), "count": count}
    return [{"code": "upper_age", "params": found, "message": text % said, "cites": ["F211", "D10", "D48"]}]


def in_one_visit(state: CourseState, problem: Problem, plan: Solution) -> list[dict[str, Any]]:
    """How many visits are in one arrival with the other courses, where that was wanted (D06)."""
    if not state.course.preferences.get("together"):
        return []
    said = {"count": beside_count(problem.grid, plan, bookings_beside(state)), "all": len(plan.placed)}
    text = _("%(count)s of %(all)s visits follow one of the other course or come before it: the patient comes once.")
    return [{"code": "together", "params": said, "message": text % said, "cites": ["D06"]}]


def _answer(state: CourseState, problem: Problem, outcome: Outcome) -> Built:
    if not isinstance(outcome, Infeasible):
        rows = rows_of(state, problem, outcome, explain(problem, outcome))
        said = [*too_old(state, problem), *in_one_visit(state, problem, outcome)]
        return Built(Status.READY, cost_of(outcome), [row.as_json() for row in rows], said)
    about = {"sequence": outcome.sequence, "rule": outcome.rule, "until": outcome.window.latest.isoformat()}
    found = explain_infeasible(problem, outcome)
    reasons = [{**reason_json(reason), "message": english(reason), "cites": ["D04"], **about} for reason in found]
    plan = outcome.plan
    rows = rows_of(state, problem, plan, explain(problem, plan)) if plan else []
    reasons += [*too_old(state, problem), *(alternatives(state, problem) if state.gate else ())]
    return Built(Status.INFEASIBLE, cost_of(plan) if plan else None, [row.as_json() for row in rows], reasons)


def _reason(code: str, message: str = "", **params: int | str) -> dict[str, Any]:
    return {"code": code, "params": params, "message": message, "cites": []}


@transaction.atomic
def _save(claimed: Proposal, built: Built, now: datetime) -> Proposal | None:
    """Everything or nothing."""
    row = leases.still_mine(claimed)
    if row is None:
        return None
    row.status = built.status if row.course.version == row.course_version else Status.STALE
    row.cost, row.sessions, row.reasons = built.cost, built.sessions, built.reasons
    row.progress, row.lease_until, row.ready_at, row.version = 100, None, now, row.version + 1
    row.save()
    return row
