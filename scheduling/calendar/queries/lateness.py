"""A patient is late: does the visit still fit, does a shorter one, or does it need another time?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.base.clock import local_date
from protocols.outline.visits import SHORTEST_FACE_MINUTES, SHORTEST_MINUTES
from scheduling.models import Booking, Session
from scheduling.planner.busy import busy_strip, read_busy, ticks, without
from scheduling.planner.engine.daygrid import STEP, STRIDE, Grid, bits, marks, minutes_from, to_instant, to_minutes
from scheduling.planner.hours import hours_at, open_strip, read_holidays


@dataclass(frozen=True, slots=True)
class LateOptions:
    """`start` is the next mark after the arrival, `fits_until` when practitioner and room must be free again.

    `minutes`: chair time that is left, at most the planned one. `shortest`: the least that makes sense (D33).
    """

    start: datetime
    fits_until: datetime
    minutes: int
    planned: int
    shortest: int

    @property
    def fits(self) -> bool:
        return self.minutes >= self.planned

    @property
    def fits_shortened(self) -> bool:
        return self.shortest <= self.minutes < self.planned


def late_options(session: Session, arrives: datetime) -> LateOptions:
    """What is possible for a booked visit whose patient comes at `arrives`; before its time nobody is late. A fixed
    number of queries."""
    booking = Booking.objects.select_related("practitioner").get(session=session, active=True)
    location, arrives = session.location, max(arrives, booking.start)
    day = local_date(arrives, location.timezone)
    grid = Grid(location.timezone, day, 1)
    start = to_instant(-(-minutes_from(arrives) // STEP) * STEP)
    before, after = marks(location.preparation_minutes), marks(location.turnover_minutes)
    first = grid.locate(to_minutes(start))[1]
    free = free_strip(session, booking, grid, day) >> max(first - before, 0)
    run = next(bits(~free & (1 << STRIDE) - 1), STRIDE)
    left = max(run - min(first, before) - after, 0) * STEP
    return LateOptions(
        start=start,
        fits_until=start + timedelta(minutes=left),
        minutes=min(left, session.chair_minutes),
        planned=session.chair_minutes,
        shortest=shortest_of(session),
    )


def free_strip(session: Session, booking: Booking, grid: Grid, day: date) -> int:
    """When practitioner, room and device of the visit are free that day, its own time counted as free."""
    hours = hours_at(session.location, day, day).filter(practitioner=booking.practitioner_id)
    strip = open_strip(grid, hours, [0], read_holidays(session.location, day, day))
    wanted = {"practitioner": booking.practitioner_id, "room": booking.room_id, "device": booking.device_id}
    span = (to_instant(grid.midnights[0]), to_instant(grid.midnights[-1]))
    rows = read_busy({name: [pk] for name, pk in wanted.items() if pk is not None}, [span])
    for taken in rows.values():
        strip &= ~busy_strip(grid, without(taken, [ticks(booking.occupied_start)]))
    return strip


def shortest_of(session: Session) -> int:
    """D33: fifteen minutes for the face, twenty for the body; other visits may be cut to the planned half."""
    if session.course is None or session.kind not in (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE):
        return max(session.chair_minutes // 2, STEP)
    regions = {area.region for area in session.course.areas.all()}
    return SHORTEST_FACE_MINUTES if regions == {"face"} else SHORTEST_MINUTES
