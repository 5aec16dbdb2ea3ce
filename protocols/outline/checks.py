"""Why a version and the choices made for it cannot become a course: every reason at once, each with its field. PURE."""

from collections.abc import Iterator
from dataclasses import dataclass

from protocols.outline.intervals import Interval, Unit, disordered
from protocols.outline.phases import Choices, Phase, PhaseKind, ProtocolOutline

MOST_TYPED_SESSIONS = 100  # a limit of the program, not of medicine: P04 has no count of its own
LONGEST = {Unit.DAY: 730, Unit.WEEK: 104, Unit.MONTH: 24}
LONGEST_HORIZON_MONTHS = 120
LAST_YEAR = 2500  # two typed phases at their longest still end before the calendar does
LONGEST_CHAIR_MINUTES = 60  # D33


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is the contract's name with the phase's order ("counts.1").

    `text` is the sentence to translate, `message` the same in English with `values` filled in.
    """

    field: str
    code: str
    text: str
    values: tuple[tuple[str, int | str], ...] = ()

    @property
    def message(self) -> str:
        return self.text.format(**dict(self.values))


class OutlineError(Exception):
    """The choices do not fit the version; `problems` lists every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))


def _(text: str) -> str:
    """Marks a sentence for translation; whoever shows it translates it."""
    return text


def find_problems(version: ProtocolOutline, choices: Choices) -> tuple[Problem, ...]:
    """Every reason why `choices` do not fit `version` (B07, C10, C11, D01, D05); () when they do."""
    return tuple(
        problem
        for check in (_confirmation, _unknown_phases, _counts, _typed_intervals, _months, _time, _version)
        for problem in check(version, choices)
    )


def _confirmation(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    if version.needs_confirmation and not choices.confirmed:
        text = _("This protocol runs in an unusual order of phases. Confirm that it is meant.")
        yield Problem("confirmed", "required", text)


def _unknown_phases(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    orders = {phase.order for phase in version.phases}
    for name, given in (("counts", choices.counts), ("intervals", choices.intervals)):
        for order in given:
            if order not in orders:
                text = _("This protocol has no phase {order}.")
                yield Problem(f"{name}.{order}", "unknown_phase", text, (("order", order),))


def _counts(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    for phase in version.phases:
        field, count = f"counts.{phase.order}", choices.counts.get(phase.order)
        by_hand = phase.is_counted_by_hand
        low, high = (1, MOST_TYPED_SESSIONS) if by_hand else (phase.sessions_min, phase.sessions_max)
        if count is None:
            if by_hand:
                yield Problem(field, "required", _("Say how many sessions this phase has; the protocol does not."))
        elif low is None or high is None:
            yield Problem(field, "not_countable", _("This phase has no number of sessions to choose."))
        elif not low <= count <= high:
            text = _("This phase has {low} to {high} sessions, not {count}.")
            yield Problem(field, "out_of_range", text, (("low", low), ("high", high), ("count", count)))


def _typed_intervals(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    for phase in version.phases:
        field, typed = f"intervals.{phase.order}", choices.intervals.get(phase.order)
        if phase.interval is not None:
            if typed is not None:
                yield Problem(field, "fixed", _("The protocol gives the interval of this phase; it cannot be typed."))
        elif typed is None:
            yield Problem(field, "required", _("Say how far apart these sessions are; the protocol does not."))
        else:
            yield from _bad_interval(field, typed)


def _bad_interval(field: str, interval: Interval) -> Iterator[Problem]:
    bounds = (interval.early_limit, interval.floor, interval.ideal, interval.latest)
    if any(span.unit not in LONGEST for span in bounds):
        yield Problem(field, "unit", _("Intervals are given in days, weeks or months."))
    elif any(not 1 <= span.amount <= LONGEST[span.unit] for span in bounds):
        yield Problem(field, "out_of_range", _("An interval is from one day to two years."))
    else:
        text = _("The bounds contradict each other: early limit, floor, ideal and latest must follow in this order.")
        yield from (Problem(f"{field}.{bound}", "contradiction", text) for bound in disordered(interval))


def _months(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    offered = [months for phase in version.phases for months in phase.months_offered]
    if choices.maintenance_months is not None and choices.maintenance_months not in offered:
        text = _("Maintenance every {months} months is not offered by this protocol.")
        yield Problem("maintenance_months", "not_offered", text, (("months", choices.maintenance_months),))


def _time(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    if choices.start_on.year > LAST_YEAR:
        yield Problem(
            "start_on", "out_of_range", _("A course starts before the year {last}."), (("last", LAST_YEAR + 1),)
        )
    if not 0 <= choices.maintenance_horizon_months <= LONGEST_HORIZON_MONTHS:
        text = _("Maintenance can be listed for up to {most} months.")
        yield Problem("maintenance_horizon_months", "out_of_range", text, (("most", LONGEST_HORIZON_MONTHS),))


def _version(version: ProtocolOutline, choices: Choices) -> Iterator[Problem]:
    """A version edited into a contradiction."""
    if not version.phases:
        yield Problem("protocol", "empty", _("This protocol version has no phases."))
    for phase in version.phases:
        field = f"phases.{phase.order}"
        for interval in phase.intervals:
            yield from _bad_interval(f"{field}.interval", interval)
        if not 0 < phase.chair_minutes <= LONGEST_CHAIR_MINUTES:
            text = _("Chair time is from 1 to {most} minutes.")
            yield Problem(f"{field}.chair_minutes", "out_of_range", text, (("most", LONGEST_CHAIR_MINUTES),))
        yield from _sessions(field, phase)


def _sessions(field: str, phase: Phase) -> Iterator[Problem]:
    low, high = phase.sessions_min, phase.sessions_max
    if (low is None) != (high is None) or (low is not None and high is not None and not 1 <= low <= high):
        yield Problem(f"{field}.sessions", "contradiction", _("The numbers of sessions contradict each other."))
    elif low is None and phase.kind is PhaseKind.MEASUREMENT:
        yield Problem(f"{field}.sessions", "required", _("A measurement phase needs a number of visits."))
    if phase.lasts and not 1 <= phase.lasts.amount <= LONGEST.get(phase.lasts.unit, 0):
        yield Problem(f"{field}.lasts", "out_of_range", _("A phase lasts from one day to two years."))
