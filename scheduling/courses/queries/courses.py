"""Courses and schedules as pages and the API show them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from clinic.models import Location
from protocols.models import Phase
from scheduling.models import Course, Device, Practitioner, Proposal, Room, Session, SessionStatus
from scheduling.models.booking import LONGEST
from scheduling.planner.engine.explain import ONE, SENTENCES
from scheduling.planner.rows import Place

LATE_ANSWER = "late_policy"  # the verb in the history of a late visit once a practitioner has decided
Resource = type[Practitioner] | type[Room] | type[Device]
RESOURCES: Mapping[str, Resource] = {"practitioner": Practitioner, "room": Room, "device": Device}

# What stands beside the explainer's own sentences.
OURS: Mapping[str, str] = {
    "approved_late": gettext_noop("%(days)d days after the last day; a practitioner approved it."),
    "approved_early": gettext_noop("%(days)d days sooner than usual; a practitioner approved it."),
    "nothing_to_plan": gettext_noop("Every visit of this course has taken place."),
    "gave_up": gettext_noop("The schedule could not be built after %(attempts)d attempts."),
}

# Why a change of the course moves a visit: a word of the cascade's, or the hard rule against its old place.
MOVES: Mapping[str, str] = {
    "": "",
    "asked": gettext_noop("Asked for."),
    "too_soon": gettext_noop("Too soon after the visit before it."),
    "too_late": gettext_noop("Too late after the visit before it."),
    "made_room": gettext_noop("So that fewer other visits have to move."),
    "new": gettext_noop("It has a time now."),
    "gone": gettext_noop("It will not take place."),
    "beyond_horizon": gettext_noop("The calendar is not open that far yet."),
    "behind": gettext_noop("A visit before it has no time."),
    "open": gettext_noop("It gets a time from the list, or by itself once the calendar is open that far."),
    "no_place": gettext_noop("Nothing else is free for it: it goes on the list of visits without a time."),
    "inside_window": gettext_noop("Nothing is free between its first and last day."),
    "in_the_future": gettext_noop("That time is over."),
    "allowed_dates": gettext_noop(
        "The date is not allowed for this visit, because of another course, the end of its phase, or the next visit at"
        " another location."
    ),
    "practitioner_suitable": gettext_noop("Nobody there may do this visit."),
    "practitioner_free": gettext_noop("The practitioner is not free then."),
    "patient_free": gettext_noop("The patient is not available then."),
    "room_free": gettext_noop("No suitable room is free then."),
    "device_free": gettext_noop("No suitable device is free then."),
    "together": gettext_noop("Another visit of its course has no free time, so nothing of the course is changed."),
    "by_hand": gettext_noop("It cannot be planned together with others. Find a time by hand."),
}


def sentence(reason: Mapping[str, Any], course: Course | None = None) -> str:
    """A stored reason {code, params} in the reader's language; its stored message when the code has no sentence here.

    `course` gives the name of the practitioner who was asked for; the stored reason has at most the id.
    """
    code, params = reason["code"], reason["params"]
    text = SENTENCES.get(code) or OURS.get(code)
    if text is None:
        return str(reason.get("message", code))
    told = ngettext(ONE[code], text, params["amount"]) if code in ONE else _(text)
    words = {name: _words(value) for name, value in params.items()}
    if code == "wished_practitioner":
        words["wanted"] = course.practitioner.name if course else _("Another practitioner")
    return told % words


def why_here(session: Session, *, has_time: bool) -> str:
    """Why a visit of a course has the time it has, for a reader: the planner's reasons for the time it has or had
    when it took place; else what keeps it without one. Never empty."""
    done = session.status == SessionStatus.COMPLETED
    if has_time or done:
        shown = [reason for reason in session.why if not (done and reason["code"] == "wished_practitioner")]
        told = " ".join(sentence(reason, session.course) for reason in shown)
        return told or _("Somebody chose this time by hand.")
    waits = [sentence(reason) for reason in session.why if reason["code"] in {"beyond_horizon", "never"}]
    if session.status == SessionStatus.PLANNED and waits:
        return " ".join(waits)
    return {
        SessionStatus.DISPLACED.value: _("Its time was cancelled. It needs a new one."),
        SessionStatus.NO_SHOW.value: _("The patient did not come. It can be booked again."),
    }.get(session.status, _("No time yet. Can be on any day of its window."))


def _words(value: int | str | list[str]) -> int | str:
    if isinstance(value, list):
        return _spans([date.fromisoformat(day) for day in value])
    try:
        return _day(date.fromisoformat(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _day(day: date) -> str:
    return date_format(day, "j F")


def _spans(days: Iterable[date]) -> str:
    """Dates in a row as "3 May – 6 May"."""
    rows: list[list[date]] = []
    for day in sorted(days):
        if rows and (day - rows[-1][-1]).days == 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    return ", ".join(_day(row[0]) if len(row) == 1 else f"{_day(row[0])} – {_day(row[-1])}" for row in rows)


def late_approval(proposal: Proposal) -> list[dict[str, int]]:
    """What a practitioner has to allow for the plan beyond latest that an infeasible proposal shows (D04)."""
    new = {row["sequence"]: row["late_days"] for row in proposal.sessions if row["late_days"]}
    known = {each["sequence"]: each["days"] for each in proposal.allow_late}
    return [
        {"sequence": number, "days": new.get(number, 0) + known.get(number, 0)} for number in sorted({*new, *known})
    ]


def why_moved(code: str) -> str:
    """Why a visit moves, or has no free time, in the reader's language; "" for one that stays."""
    return _(MOVES[code]) if code in MOVES else code


def names_of(places: Iterable[Place]) -> dict[str, str]:
    """{"practitioner:3": name, "room:1": name} for everyone and everything in `places`. Three queries."""
    rows = list(places)
    return {f"{field}:{pk}": name for field, model in RESOURCES.items() for pk, name in _names(model, rows, field)}


def _names(model: Resource, places: Iterable[Place], field: str) -> list[tuple[int, str]]:
    keys = {getattr(place, field) for place in places} - {None}
    return list(model._default_manager.filter(pk__in=keys).values_list("pk", "name"))


def misfits(location: Location, *, now: datetime) -> QuerySet[Session]:
    """Booked visits that are outside their window since a visit before them was performed, moved or dropped, and
    that nobody approved there: the work list for the practitioner. Visits that are over cannot move any more.

    The rooms and the first start say nothing new; they are the index by which a location's bookings ahead are found.
    Room by room: joined, the database reads everybody's bookings. Two queries.
    """
    rooms = list(location.rooms.values_list("pk", flat=True))
    ahead = {"active": True, "room__in": rooms, "occupied_start__gt": now - LONGEST, "end__gt": now}
    booked = Session.objects.filter(
        location=location,
        status=SessionStatus.BOOKED,
        course__status=Course.Status.ACTIVE,
        **{f"bookings__{name}": value for name, value in ahead.items()},
    )
    early = Q(day__lt=F("floor")) & ~Q(why__contains=[{"code": "approved_early"}])
    late = Q(day__gt=F("latest")) & ~Q(why__contains=[{"code": "approved_late"}])
    rows = booked.annotate(day=TruncDate("bookings__start", tzinfo=ZoneInfo(location.timezone))).filter(early | late)
    return rows.select_related("course", "patient").order_by("latest", "pk")


def late_question(course: Course) -> Session | None:
    """The session after which a practitioner has to decide what becomes of its phase: performed beyond latest, in a
    phase whose policy is to ask, and not answered yet. The newest one counts."""
    done = list(course.sessions.filter(status=SessionStatus.COMPLETED).order_by("-sequence")[:2])
    last = done[0] if len(done) > 1 else None  # no interval counts before the first visit
    if last is None or last.latest is None or last.performed_at is None:
        return None
    asks = Phase.objects.filter(version=course.protocol_version_id, order=last.phase, late_policy="ask").exists()
    late = last.performed_at.astimezone(ZoneInfo(course.location.timezone)).date() > last.latest
    answered = last.history.filter(verb=LATE_ANSWER).exists() if asks and late else True
    return None if answered else last


def with_names(place: Place | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    """A place as JSON with the names of who and what beside their ids."""
    if place is None:
        return None
    named = {f"{field}_name": names.get(f"{field}:{getattr(place, field)}", "") for field in RESOURCES}
    return {**place.as_json(), **named}


def reviewed_course(session: Session) -> Course | None:
    """The course that a review is about: its own, else the only one of the patient that runs."""
    if session.kind != Session.Kind.REVIEW:
        return None
    running = list(Course.objects.filter(patient=session.patient_id, status=Course.Status.ACTIVE)[:2])
    return session.course or (running[0] if len(running) == 1 else None)
