"""Everything about one patient that the first page of their record shows, in as many queries for one visit as for
thirty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models import Merge, Patient
from scheduling.courses.changing.queries.against import Against, visits_against
from scheduling.courses.queries.course_pages import in_the_making
from scheduling.models import AdverseEvent, Course, Message, Proposal, Session, SessionEvent

APART_WITHIN = timedelta(hours=24)  # how long merged records can be taken apart
HISTORY, NEXT_MESSAGES, LAST_MESSAGES = 12, 3, 5
RUNNING = (Course.Status.ACTIVE, Course.Status.ON_HOLD)
VERBS: Mapping[str, str | Promise] = {
    "book": _("Booked"),
    "move": _("Moved"),
    "displace": _("Time cancelled by the clinic"),
    "unbook": _("Time freed"),
    "confirm": _("Confirmed by the patient"),
    "check_in": _("Checked in"),
    "start": _("Started"),
    "complete": _("Completed"),
    "no_show": _("Did not come"),
    "cancel": _("Cancelled"),
    "see_reactions": _("Open reactions acknowledged"),
    "enter": _("Entered afterwards"),
    "enter_done": _("Entered afterwards"),
    "not_treated": _("Not treated"),
    "undo": _("Undone"),
    "sign": _("Record signed"),
    "mark_error": _("Entered in error"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    event: SessionEvent
    word: str | Promise


def history(sessions: QuerySet[Session]) -> list[Happened]:
    """What happened to the visits last, newest first. One query."""
    events = SessionEvent.objects.filter(session__in=sessions.values("pk"))
    rows = events.select_related("session", "by").order_by("-at", "-id")[:HISTORY]
    return [Happened(row, VERBS.get(row.verb, row.verb)) for row in rows]


def near_messages(messages: QuerySet[Message], now: datetime) -> list[Message]:
    """What goes out next and what went out last, newest first. Two queries.

    The patient's own page repeats the same, and what was replaced says nothing any more.
    """
    rows = messages.exclude(channel=Message.Channel.PORTAL).exclude(status=Message.Status.SUPERSEDED)
    following = list(rows.filter(due_at__gt=now).order_by("due_at", "id")[:NEXT_MESSAGES])
    return following[::-1] + list(rows.filter(due_at__lte=now).order_by("-due_at", "-id")[:LAST_MESSAGES])


def reactions(events: QuerySet[AdverseEvent]) -> list[AdverseEvent]:
    """Open ones first, by when they must be answered."""
    return sorted(events, key=lambda event: (event.closed_at is not None, event.answer_by))


def not_allowed(courses: QuerySet[Course], now: datetime) -> list[Against]:
    """Booked visits that may not take place as of now, the soonest first."""
    found = [each for visits in visits_against(courses, now=now).values() for each in visits]
    return sorted(found, key=lambda each: each.on)


def running(courses: list[Course]) -> Course | None:
    return next((course for course in courses if course.status in RUNNING), None)


def drafted(courses: list[Course]) -> tuple[Course | None, Proposal | None]:
    """The course being planned and the schedule that is being built, or that somebody must look at."""
    draft = next((course for course in courses if course.status == Course.Status.DRAFT), None)
    return draft, in_the_making(draft) if draft else None


def age_on(born: date | None, today: date) -> int | None:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None


def merged_lately(patient: Patient, now: datetime) -> QuerySet[Merge]:
    """Merges into this record that can still be taken apart, the last first."""
    rows = Merge.objects.filter(kept=patient, undone_at=None, merged_at__gte=now - APART_WITHIN)
    return rows.select_related("retired", "merged_by")
