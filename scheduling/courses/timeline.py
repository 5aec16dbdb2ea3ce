"""The picture of a course: where every session may be, where it is booked, and why. Pure geometry, drawn by
`templates/_components/timeline.html`.

Time runs left to right. x and widths are percentages of the picture's width, y and heights pixels. Nothing here is a
word a person reads, except what the caller passed in; the template names months and dates in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduling.courses.timeaxis import MonthTick, TimeAxis, place_labels

DONE = frozenset({"completed"})
GONE = frozenset({"cancelled", "entered_in_error", "no_show"})
MARK_ROOM = 20  # pixels between the middles of two neighbouring marks
NARROWEST, WIDEST = 560, 1480
DATE_LABEL, NEXT_LABEL = 52, 66  # pixels that "28 Sep" needs, plain and as the next session's plate
TODAY_REACH = timedelta(days=45)  # today is drawn when it lies at most this far outside the course
CHARACTER = 6.6  # pixels of an average character in a phase's label

# Rows of the picture, from the top, in pixels.
TODAY_Y, BAND_Y, BAND_LABEL_Y, DATE_Y, TRACK_Y, NUMBER_Y, FLAG_Y, AXIS_Y = 14, 24, 41, 66, 92, 121, 139, 160
BAND_HEIGHT, HEIGHT = 122, 172
LANE = 5  # windows that overlap lie in two lanes, this far above and below the track


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase and the sequence numbers of its first and last session."""

    label: str
    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SessionMark:
    """One visit. Window and `start` (booked or performed) are local to the location; `status` is Session.status."""

    sequence: int
    status: str
    floor: date | None
    ideal: date | None
    latest: date | None
    start: datetime | None = None
    kind: str = "treatment"
    moved_from: date | None = None
    review: bool = False
    why: str = ""
    url: str = ""
    label: str = ""

    @property
    def day(self) -> date:
        """When the visit is: its booked or performed day, else its ideal."""
        day = self.start.date() if self.start else self.ideal or self.floor or self.latest
        if day is None:
            raise ValueError(f"session {self.sequence} has neither a start nor a window")
        return day


@dataclass(frozen=True, slots=True)
class Shade:
    """Days on which nobody can be treated: an absence or a public holiday, both ends included."""

    first: date
    last: date
    label: str
    kind: str = "absence"


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the picture: a window, a phase's band or a shade."""

    x: float
    width: float
    y: float = 0.0
    label: str = ""
    kind: str = ""
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A session as drawn. `look`: done, next, booked, planned, moved, displaced, missed or cancelled."""

    session: SessionMark
    look: str
    x: float
    bar: Bar | None
    ideal_x: float | None
    ghost_x: float | None
    day: date
    number: str
    show_number: bool
    show_date: bool

    @property
    def finished(self) -> bool:
        """Nothing more will happen here."""
        return self.look in {"done", "missed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything the template draws."""

    min_width: int
    height: int
    marks: tuple[Mark, ...]
    bands: tuple[Bar, ...]
    shades: tuple[Bar, ...]
    months: tuple[MonthTick, ...]
    today_x: float | None
    today: date | None

    @property
    def has_reviews(self) -> bool:
        """Whether any session carries a flag."""
        return any(mark.session.review for mark in self.marks)

    @property
    def counts(self) -> dict[str, int]:
        """How many sessions carry each look, for the legend."""
        looks = [mark.look for mark in self.marks]
        return {look: looks.count(look) for look in dict.fromkeys(looks)}


def build_timeline(
    *,
    sessions: Sequence[SessionMark],
    phases: Sequence[PhaseSpan] = (),
    shades: Sequence[Shade] = (),
    today: date | None = None,
) -> Timeline:
    """The geometry of a course of any length, the empty one included. `sessions` may come in any order."""
    ordered = sorted(sessions, key=lambda session: (session.day, session.sequence))
    axis = _axis(ordered, today)
    shown_today = today if today and axis.covers(today) else None
    return Timeline(
        min_width=axis.min_width,
        height=HEIGHT,
        marks=_marks(ordered, axis),
        bands=tuple(_band(phase, ordered, phases, axis) for phase in phases if _members(phase, ordered)),
        shades=tuple(_shade(shade, axis) for shade in shades if shade.last >= axis.first and shade.first <= axis.last),
        months=axis.months(),
        today_x=axis.x(shown_today, 0.5) if shown_today else None,
        today=shown_today,
    )


def _axis(ordered: Sequence[SessionMark], today: date | None) -> TimeAxis:
    """From the first thing that happens to the end of the last window, and to today when it is near."""
    days = [day for s in ordered for day in (s.floor, s.latest, s.moved_from, s.day) if day] or [today or date.min]
    first, last = min(days), max(days)
    if today and first - TODAY_REACH <= today <= last + TODAY_REACH:
        first, last = min(first, today), max(last, today)
    last = max(last, first + timedelta(days=28))
    return TimeAxis(first, last, _min_width(ordered, (last - first).days))


def _min_width(ordered: Sequence[SessionMark], span: int) -> int:
    """Wide enough that two sessions of the tightest phase do not touch; a test read next day does not count."""
    days = [session.day for session in ordered if session.kind in {"treatment", "maintenance"}]
    gaps = [(b - a).days for a, b in pairwise(days) if (b - a).days >= 5]
    wanted = span * MARK_ROOM / min(gaps) * 1.05 if gaps else NARROWEST
    return int(min(max(wanted, NARROWEST), WIDEST))


def _marks(ordered: Sequence[SessionMark], axis: TimeAxis) -> tuple[Mark, ...]:
    following = next_session(ordered)
    xs = _spread([axis.x(session.day, 0.5) for session in ordered], axis)
    dated = _dated(ordered, xs, following, axis)
    numbered = place_labels([(x - axis.percent(8), x + axis.percent(8)) for x in xs])
    bars = _in_lanes([_window(session, axis) for session in ordered])
    return tuple(
        Mark(
            session=session,
            look=_look(session, session is following),
            x=xs[index],
            bar=bars[index],
            ideal_x=axis.x(session.ideal, 0.5) if session.ideal else None,
            ghost_x=axis.x(session.moved_from, 0.5) if session.moved_from else None,
            day=session.day,
            number=session.label or str(session.sequence),
            show_number=numbered[index],
            show_date=dated[index],
        )
        for index, session in enumerate(ordered)
    )


def next_session(ordered: Sequence[SessionMark]) -> SessionMark | None:
    """The session everybody waits for: the first open one that has a time, else the first open one."""
    still_open = [session for session in ordered if session.status not in DONE | GONE]
    return next((session for session in still_open if session.start), still_open[0] if still_open else None)


def _look(session: SessionMark, is_next: bool) -> str:
    if session.status in DONE:
        return "done"
    if session.status == "no_show":
        return "missed"
    if session.status in GONE:
        return "cancelled"
    if session.status == "displaced":
        return "displaced"
    if is_next:
        return "next"
    if session.moved_from:
        return "moved"
    return "booked" if session.start else "planned"


def _spread(xs: list[float], axis: TimeAxis) -> list[float]:
    """Marks a day apart step aside, so that both can be seen and pressed; the bars keep the true dates."""
    room = axis.percent(MARK_ROOM - 1)
    spread: list[float] = []
    for x in xs:
        spread.append(max(x, spread[-1] + room) if spread else x)
    overflow = max(0.0, spread[-1] - (100 - axis.percent(axis.margin / 2))) if spread else 0.0
    return [round(x - overflow, 3) for x in spread]


def _dated(
    ordered: Sequence[SessionMark], xs: list[float], following: SessionMark | None, axis: TimeAxis
) -> list[bool]:
    """Which sessions carry their date above the mark: the next one always, then the ends, then whoever has room."""
    last = len(ordered) - 1
    order = sorted(range(len(ordered)), key=lambda i: (ordered[i] is not following, i not in {0, last}, i))
    half = {i: axis.percent(NEXT_LABEL if ordered[i] is following else DATE_LABEL) / 2 for i in order}
    drawn = place_labels([(xs[i] - half[i], xs[i] + half[i]) for i in order])
    shown = dict(zip(order, drawn, strict=True))
    return [shown[i] for i in range(len(ordered))]


def _window(session: SessionMark, axis: TimeAxis) -> Bar | None:
    """Floor to latest, last day included."""
    if session.floor is None or session.latest is None:
        return None
    x = axis.x(session.floor)
    return Bar(x, round(max(axis.x(session.latest, 1) - x, axis.percent(6)), 3), TRACK_Y)


def _in_lanes(bars: list[Bar | None]) -> list[Bar | None]:
    """One lane while no two windows touch; else neighbours alternate, so that each can be told from the next."""
    drawn = [bar for bar in bars if bar]
    if all(a.x + a.width <= b.x for a, b in pairwise(drawn)):
        return bars
    lane = {id(bar): TRACK_Y + (LANE if n % 2 else -LANE) for n, bar in enumerate(drawn)}
    return [replace(bar, y=lane[id(bar)]) if bar else None for bar in bars]


def _members(phase: PhaseSpan, ordered: Sequence[SessionMark]) -> list[SessionMark]:
    return [session for session in ordered if phase.first <= session.sequence <= phase.last]


def _band(phase: PhaseSpan, ordered: Sequence[SessionMark], phases: Sequence[PhaseSpan], axis: TimeAxis) -> Bar:
    """From the phase's first day to the end of its last window, but never into the band that follows."""
    days = [day for s in _members(phase, ordered) for day in (s.floor or s.day, s.day, s.latest or s.day)]
    later = [s.day for other in phases if other.first > phase.last for s in _members(other, ordered)]
    left = axis.x(min(days)) - axis.percent(14)
    right = axis.x(max(days), 1) + axis.percent(14)
    if later:
        right = min(right, axis.x(min(later)) - axis.percent(17))
    left = max(left, 0.0)
    width = round(max(min(right, 100.0) - left, axis.percent(20)), 3)
    return Bar(
        round(left, 3),
        width,
        BAND_Y,
        phase.label,
        phase.kind,
        labelled=len(phase.label) * CHARACTER + 16 <= axis.pixels(width),
    )


def _shade(shade: Shade, axis: TimeAxis) -> Bar:
    first, last = max(shade.first, axis.first), min(shade.last, axis.last)
    x = axis.x(first)
    return Bar(x, round(max(axis.x(last, 1) - x, axis.percent(3)), 3), BAND_Y, shade.label, shade.kind)
