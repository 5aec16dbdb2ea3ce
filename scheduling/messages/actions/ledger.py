"""Rows of the message ledger: which kinds, when due, over which channels. Written in the transaction of the cause."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from clinic.base.rows import as_json, inserting
from clinic.models import Location
from patients.models import ContactPreference, Patient
from scheduling.messages.duetimes import Quiet
from scheduling.models import Course, Message, Session

Kind, Channel, Way = Message.Kind, Message.Channel, ContactPreference.Channel
SENT = (Channel.EMAIL.value, Channel.SMS.value)
FALLBACK = (Channel.CALL, Channel.EMAIL, Channel.LETTER, Channel.IN_PERSON)
# What a contact person may hear.
ABOUT_TIMES = frozenset({Kind.CONFIRMATION, Kind.CANCELLATION, Kind.REMINDER, Kind.SLOT_OFFER})

# What the desk rings up about. The rest is said at the counter or lies on the printed sheet.
CALLED = frozenset(
    {
        Kind.CANCELLATION,
        Kind.ASPIRIN,
        Kind.REMINDER,
        Kind.CHECK_24H,
        Kind.CHECK_72H,
        *Message.LATE,
        Kind.READING_DUE,
        Kind.MAINTENANCE_DUE,
        Kind.RECALL,
        Kind.SLOT_OFFER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to say: `due` on every channel, or `visible` earlier on the patient's page; nothing after `expires`."""

    kind: str
    due: datetime
    expires: datetime | None = None
    visible: datetime | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the entries are about. `key` and `revision` begin the dedupe key."""

    key: str
    revision: int
    patient: Patient
    location: Location
    session: Session | None = None
    course: Course | None = None

    @classmethod
    def of_session(cls, session: Session) -> "Subject":
        return cls(
            key=f"session-{session.pk}",
            revision=session.revision,
            patient=session.patient,
            location=session.location,
            session=session,
            course=session.course,
        )

    @classmethod
    def of_course(cls, course: Course, *, patient: Patient, location: Location, revision: int = 0) -> "Subject":
        return cls(key=f"course-{course.pk}", revision=revision, patient=patient, location=location, course=course)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the ledger before it is written; its fields are the table's columns."""

    patient_id: int
    session_id: int | None
    course_id: int | None
    location_id: int
    kind: str
    channel: str
    revision: int
    dedupe_key: str
    due_at: datetime
    expires_at: datetime | None
    context: Mapping[str, Any]


def quiet_of(location: Location) -> Quiet:
    return Quiet(location.timezone, location.quiet_from, location.quiet_until)


def channels_for(patient: Patient, kind: str) -> list[str]:
    """The patient's page always; beside it the way to the patient, by hand only for what is worth it."""
    contact: ContactPreference | None = getattr(patient, "contact", None)
    if contact and kind in contact.opted_out:
        return [Channel.PORTAL.value]
    way = way_to(patient, contact, kind)
    return [Channel.PORTAL.value, way] if way in SENT or kind in CALLED else [Channel.PORTAL.value]


def way_to(patient: Patient, contact: ContactPreference | None, kind: str) -> str:
    """The wanted channel where it leads to the patient; else a call, or what is left for somebody nobody may phone."""
    wanted = contact.channel if contact else Channel.EMAIL.value
    if wanted == Way.HELPER and kind in ABOUT_TIMES:
        return Channel.CALL.value  # of the contact person, who hears times and never health
    leads = {
        Channel.EMAIL.value: bool(patient.email),
        Channel.SMS.value: bool(settings.SMS_URL and patient.phone),
        Channel.CALL.value: bool(patient.phone) and not (contact and contact.no_calls),
        Channel.LETTER.value: bool(patient.address),
        Channel.IN_PERSON.value: True,
    }
    if leads.get(wanted):
        return wanted
    left = (Channel.LETTER, Channel.IN_PERSON) if wanted == Way.HELPER else FALLBACK
    return next(way.value for way in left if leads[way])


def rows(subject: Subject, entries: Iterable[Entry]) -> Iterator[Line]:
    """One row a channel. What would be due on a channel after it expires is not written there."""
    patient, session, course = subject.patient, subject.session, subject.course
    for entry in entries:
        for channel in channels_for(patient, entry.kind):
            due = (entry.visible or entry.due) if channel == Channel.PORTAL else entry.due
            if entry.expires is not None and due >= entry.expires:
                continue
            yield Line(
                patient_id=patient.pk,
                session_id=session.pk if session else None,
                course_id=course.pk if course else None,
                location_id=subject.location.pk,
                kind=entry.kind,
                channel=channel,
                revision=subject.revision,
                dedupe_key=f"{subject.key}:{subject.revision}:{entry.kind}:{channel}:p{patient.pk}",
                context=entry.context,
                due_at=due,
                expires_at=entry.expires,
            )


COLUMNS = tuple(each.name for each in fields(Line))
INSERT = inserting(Message, COLUMNS, then="ON CONFLICT (dedupe_key) DO NOTHING")


def write(lines: Iterable[Line]) -> None:
    """Insert what is not in the ledger yet; the dedupe key decides, so a second call writes nothing."""
    new = list(lines)
    if new:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, {"rows": as_json(COLUMNS, new)})
