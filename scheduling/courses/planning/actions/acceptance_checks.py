"""Whether a plan that was built a while ago may still be accepted: the patient, the people, the skin."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.refusals import Conflict, Refusal
from clinic.models import User
from patients.access import sees_conditions
from patients.queries.eligibility import as_reasons, evaluate_dates
from protocols.eligibility import Status, Verdict
from scheduling.calendar.actions.booking import occupied
from scheduling.calendar.queries.location_calendar import LocationCalendar, read_location_calendar
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Course
from scheduling.planner.choices import clinic_policy, frame_of
from scheduling.planner.hours import covers, on_day
from scheduling.planner.neighbours import ON_THE_SKIN, blocked_days, read_paths, read_uses, told_days
from scheduling.planner.rows import Place, PlanRow

Placed = tuple[PlanRow, Place]


def check_eligible(course: Course, rows: Sequence[PlanRow], by: User) -> None:
    """422 unless the patient may be treated on the first day and nothing known rules the last one out (design, §5).

    What time can only end, such as a wait, is gone by the last day if it is by the first; what it brings, such as an
    age, is on the last. The days between say nothing more.
    """
    zone = ZoneInfo(course.location.timezone)
    days = sorted({row.place.start.astimezone(zone).date() for row in rows if row.place}) or [course.start_on]
    verdicts = evaluate_dates(course.patient, {days[0], days[-1]}, plan_of(course), zone=zone)
    for day, verdict in sorted(verdicts.items()):
        if not verdict.is_eligible and (day == days[0] or verdict.status is Status.CONTRAINDICATED):
            raise not_eligible(day, verdict, by)


def not_eligible(day: date, verdict: Verdict, by: User) -> Refusal:
    """Why is for those who read conditions (D17)."""
    text = _("On %(day)s this patient cannot be treated as planned.") % {"day": day}
    reasons = as_reasons(verdict.holding) if sees_conditions(by) else ()
    return Refusal(text, reasons=reasons, next=verdict.until)


def check_standing(course: Course, rows: Sequence[PlanRow], now: datetime) -> None:
    """Conflict (409) when somebody left, a room was taken out of use, a day was closed, or another course of the
    patient came too close on the same skin since the plan was built. What others booked the database refuses."""
    placed = [(row, row.place) for row in rows if row.place]
    calendar = calendar_of(course, placed, now)
    troubles = [*not_working(course, placed, calendar), *out_of_use(placed, calendar), *too_close(course, placed)]
    if troubles:
        text = _("The calendar changed since this schedule was built.")
        raise Conflict(text, extra={"conflicts": troubles})


def trouble(row: PlanRow, place: Place, what: str) -> dict[str, Any]:
    return {"session": row.session, "sequence": row.sequence, "start": place.start.isoformat(), "taken": [what]}


def calendar_of(course: Course, placed: Sequence[Placed], now: datetime) -> LocationCalendar:
    """Who works and what is in use from today to the last of these visits."""
    zone = course.location.timezone
    today = local_date(now, zone)
    last = max((local_date(place.start, zone) for _row, place in placed), default=today)
    return read_location_calendar(location=course.location_id, first=today, last=last, kind=course.delivery_device_id)


def not_working(course: Course, placed: Sequence[Placed], calendar: LocationCalendar) -> Iterable[dict[str, Any]]:
    """Visits outside the working hours of the person planned for them, holidays included."""
    location = course.location
    for row, place in placed:
        start, end = occupied(location, place.start, place.end)
        day = local_date(start, location.timezone)
        week = calendar.hours.get(place.practitioner, [])
        if day in calendar.closed or not covers(on_day(week, day), day, location, start, end):
            yield trouble(row, place, "practitioner")


def out_of_use(placed: Sequence[Placed], calendar: LocationCalendar) -> Iterable[dict[str, Any]]:
    yield from (trouble(row, place, "room") for row, place in placed if place.room not in calendar.rooms)
    yield from (
        trouble(row, place, "device") for row, place in placed if place.device and place.device not in calendar.devices
    )


def too_close(course: Course, placed: Sequence[Placed]) -> Iterable[dict[str, Any]]:
    """Visits that another course or a treatment moved in meanwhile has come too close to (D06)."""
    alone = not Course.objects.filter(patient=course.patient_id).exclude(pk=course.pk).exists()
    if alone and not told_days([course.patient_id]):
        return
    policy, paths, zone = clinic_policy(), read_paths(), ZoneInfo(course.location.timezone)
    others = read_uses([course.patient_id], policy, paths, but_for={course.pk}).get(course.patient_id, [])
    if not others:
        return
    frame, areas = frame_of(course, policy), frozenset(paths[area.code] for area in course.areas.all())
    for row, place in placed:
        day = place.start.astimezone(zone).date()
        if row.kind in ON_THE_SKIN:
            blocked = blocked_days(areas, frame.interval(row.phase).floor, others)
            if any(first <= day <= last for first, last in blocked):
                yield trouble(row, place, "patient")
