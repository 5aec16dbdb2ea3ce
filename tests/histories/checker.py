"""Whether what many clients saw of one calendar could have happened one act after the other.

A history is linearizable when every act can be given one instant between its call and its answer, so that a calendar
that does one act at a time answers the same. The search is that of Wing and Gong with Lowe's memory of what was tried
(WGL): take any act that was called before the first answer of those not yet placed, see whether the calendar would
have answered so, go on from there, and take it back when that leads nowhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

Lane = tuple[int, str]  # a practitioner and a day
Place = tuple[Lane, int]  # and the minute at which a visit starts there
State = frozenset[tuple[str, Place]]  # visit -> where it stands
EMPTY: State = frozenset()


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a client: `called` and `answered` are instants of one clock, `done` says whether it was allowed.

    `kind` is book, move, cancel or read; `to` is the place wanted, `seen` what a read saw of its lanes.
    """

    kind: str
    visit: str
    called: float
    answered: float
    done: bool
    to: Place | None = None
    seen: State = EMPTY
    lanes: frozenset[Lane] = frozenset()  # of a read


class Calendar:
    """The calendar as it should be: visits of `width` minutes, at most one at a time in a lane."""

    def __init__(self, width: int) -> None:
        self.width = width

    def after(self, state: State, act: Act) -> State | None:
        """The state after the act; None when this calendar would not have answered so."""
        if act.kind == "read":
            return state if frozenset(each for each in state if each[1][0] in act.lanes) == act.seen else None
        mine = next((each for each in state if each[0] == act.visit), None)
        allowed = (mine is None) == (act.kind == "book") and self.free(state, act)
        if allowed != act.done:
            return None
        if not allowed:
            return state
        rest = state - {mine} if mine else state
        return rest | {(act.visit, act.to)} if act.to else rest

    def free(self, state: State, act: Act) -> bool:
        """Nobody else stands where the visit is to go."""
        if act.to is None:
            return True
        lane, start = act.to
        near = (other for visit, (where, other) in state if where == lane and visit != act.visit)
        return all(abs(other - start) >= self.width for other in near)


# --- the search -----------------------------------------------------------------------------------------------------


class Entry:
    """A call or an answer in the order of time, in a list from which both ends of an act are lifted and put back."""

    __slots__ = ("after", "answer", "before", "number")

    def __init__(self, number: int, answer: "Entry | None") -> None:
        self.number, self.answer = number, answer  # of a call; an answer has none
        self.before: Entry | None = None
        self.after: Entry | None = None

    def lift(self) -> None:
        for end in (self, self.answer):
            assert end
            assert end.before
            end.before.after = end.after
            if end.after:
                end.after.before = end.before

    def put_back(self) -> None:
        for end in (self.answer, self):
            assert end
            assert end.before
            end.before.after = end
            if end.after:
                end.after.before = end


def in_order(acts: Sequence[Act]) -> Entry:
    """The head of the list of calls and answers. Of one instant calls come first: then the two overlap."""
    events: list[tuple[float, int, Entry]] = []
    for number, act in enumerate(acts):
        answer = Entry(number, None)
        events += [(act.called, 0, Entry(number, answer)), (act.answered, 1, answer)]
    head = last = Entry(-1, None)
    for _at, _kind, entry in sorted(events, key=lambda each: each[:2]):
        last.after, entry.before, last = entry, last, entry
    return head


def linearizable(acts: Sequence[Act], calendar: Calendar, start: State = EMPTY) -> bool:
    """Whether one order explains every answer."""
    head, state, placed = in_order(acts), start, 0
    tried: set[tuple[int, State]] = set()
    path: list[tuple[Entry, State]] = []
    entry = head.after
    while head.after:
        assert entry
        if entry.answer is None:  # everything called before this answer was tried
            if not path:
                return False
            entry, state = path.pop()
            entry.put_back()
            placed ^= 1 << entry.number
            entry = entry.after
            continue
        found = calendar.after(state, acts[entry.number])
        seen = (placed | 1 << entry.number, found)
        if found is None or seen in tried:
            entry = entry.after
            continue
        tried.add((seen[0], found))
        path.append((entry, state))
        state, placed = found, seen[0]
        entry.lift()
        entry = head.after
    return True


def by_brute_force(acts: Sequence[Act], calendar: Calendar, start: State = EMPTY) -> bool:
    """The same by trying every order: what the search is measured by."""
    return any(explains(order, calendar, start) for order in permutations(acts))


def explains(order: Sequence[Act], calendar: Calendar, start: State) -> bool:
    state: State | None = start
    for place, act in enumerate(order):
        if any(later.answered < act.called for later in order[place + 1 :]):
            return False
        state = calendar.after(state, act) if state is not None else None
    return state is not None


# --- what has nothing to do with each other is looked at singly -------------------------------------------------------


def partitions(acts: Iterable[Act]) -> list[list[Act]]:
    """The acts of each lane, or of several that a visit was moved or wanted to move between."""
    acts = list(acts)
    leader: dict[Lane, Lane] = {}

    def head(lane: Lane) -> Lane:
        while leader.setdefault(lane, lane) != lane:
            lane = leader[lane]
        return lane

    first: dict[str, Lane] = {}
    for act in acts:
        for lane in lanes_of(act):
            leader[head(lane)] = head(first.setdefault(act.visit, lane))
    found: dict[Lane, list[Act]] = defaultdict(list)
    for act in acts:
        for lane in {head(each) for each in lanes_of(act)} or {head(first[act.visit])}:
            found[lane].append(act)
    return list(found.values())


def lanes_of(act: Act) -> frozenset[Lane]:
    return act.lanes if act.to is None else frozenset({act.to[0]})


def anomalies(acts: Iterable[Act], calendar: Calendar) -> list[list[Act]]:
    """The partitions that no order explains."""
    return [each for each in partitions(acts) if not linearizable(each, calendar)]
