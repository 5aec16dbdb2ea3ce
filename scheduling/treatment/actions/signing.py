"""Done and signed are two steps: who stands for a record, what is added to it afterwards, and that it was an error
(D41)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import is_prescriber
from clinic.base.refusals import Conflict, FieldError, Forbidden, Refusal
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from patients.actions.checks import tidy_note
from protocols.models import CatalogueEntry
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.placing import lock_session
from scheduling.calendar.actions.transitions import add_event
from scheduling.courses.actions.course_growth import planned_again
from scheduling.courses.actions.course_progress import session_cancelled
from scheduling.messages.actions import said as messages
from scheduling.models import Addendum, Course, Session, SessionStatus, TreatmentRecord
from scheduling.treatment.actions.deviations import deviate
from scheduling.treatment.actions.drawn_up import give_back
from scheduling.treatment.actions.record import TREATED, Record
from scheduling.treatment.actions.visits import check_clinical, complete_session

# The catalogue's record fields of a session -> the fields of the record that answer them.
ANSWERED_BY: Mapping[str, tuple[str, ...]] = {
    "target_zone": ("areas",),
    "injection_points": ("injection_points",),
    "technique": ("technique",),
    "intended_depth": ("depth",),
    "needle_type": ("needle", "needle_length_mm"),
    "operator_skill": ("operator_skill",),
    "substances_used": ("substances",),
    "hands_on_minutes": ("hands_on_minutes",),
    "clinical_response": ("clinical_response",),
    "skin_response": ("skin_response",),
}

IN_ERROR = "entered_in_error"  # the departure of which a director is told
FILLED_IN = (
    "technique",
    "needle",
    "needle_length_mm",
    "depth",
    "injection_points",
    "operator_skill",
    "hands_on_minutes",
    "skin_response",
    "clinical_response",
)  # what may still be filled in when the record is signed


@transaction.atomic
def sign_record(
    *,
    session: Session,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """The author signs; where the author is absent a prescriber does, with a reason. `fields`: what was still empty.

    Forbidden for anybody else, BadInput at reason, Refusal (422) at each field that the catalogue requires and that is
    empty, Conflict (409) when there is nothing to sign.
    """
    row = lock_session(session.pk)
    check_version(row, version)
    record = TreatmentRecord.objects.select_for_update().filter(session=row, ended_at__isnull=False).first()
    if record is None or record.signed_at is not None:
        raise Conflict(_("There is no record that waits for a signature."), extra={"state": row.status})
    if record.by_id != by.pk:
        check_stands_in(by)
        reason = tidy_note("reason", reason, required=True)
    for name, value in (fields or {}).items():
        setattr(record, name, value)
    errors = list(unanswered(record, row.kind))
    if errors:
        raise Refusal(_("Some fields are still to be filled in before it is signed."), errors=errors)
    record.signed_by, record.signed_at, record.signed_for = by, now or clock.now(), reason
    record.version += 1
    record.save()
    add_event(session=row, verb="sign", at=record.signed_at, by=by, reason=reason)
    return row


def check_stands_in(by: User) -> None:
    if not is_prescriber(by):
        raise Forbidden(_("Only whoever wrote the record, or a prescriber in their absence, may sign it."))


def unanswered(record: TreatmentRecord | Record, kind: str) -> Iterator[FieldError]:
    """The fields of a treatment that the catalogue marks required and that are empty; a visit of another `kind` has
    none."""
    if kind not in TREATED:
        return
    rows = CatalogueEntry.objects.filter(kind="record_fields", active=True)
    wanted = [row for row in rows if row.data["at"] == "session" and row.data["required"]]
    for row in wanted:
        for name in ANSWERED_BY[row.code]:
            if getattr(record, name) in (None, "", [], ()):
                yield FieldError(name, "required", _("Please fill this in before signing."))


@transaction.atomic
def add_addendum(
    *, session: Session, text: str, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """After the signature: what is added, by whom, when and why. BadInput at text or reason, Conflict when unsigned."""
    check_clinical(by)
    row = lock_session(session.pk)
    check_version(row, version)
    record = TreatmentRecord.objects.filter(session=row, signed_at__isnull=False).first()
    if record is None:
        raise Conflict(_("The record is not signed yet: write it there."), extra={"state": row.status})
    words = {"text": tidy_note("text", text, required=True), "reason": tidy_note("reason", reason, required=True)}
    Addendum.objects.create(record=record, by=by, at=now or clock.now(), **words)
    return row


@with_retry
@transaction.atomic
def enter_in_error(
    *, session: Session, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """This treatment never was: another patient's, or written twice. The record stays to be read and counts for nothing
    (FHIR entered-in-error): the stock is as before, after-care is not sent any more, and the course waits for the visit
    again unless somebody ended it. A director is told.

    Forbidden unless a prescriber, BadInput at reason, Conflict (409) unless it is a treatment on record.
    """
    now = now or clock.now()
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may say that a record was entered in error."))
    reason = tidy_note("reason", reason, required=True)
    row = lock_session(session.pk)
    check_version(row, version)
    if row.kind not in TREATED or row.status != SessionStatus.COMPLETED:
        raise Conflict(_("Only a treatment that is on record can be entered in error."), extra={"state": row.status})
    leave_calendar(sessions=[row], verb="mark_error", by=by, now=now, reason=reason, rebook=False, told=True)
    deviate(session=row, code=IN_ERROR, reason=reason, serious=True, by=by, now=now)
    give_back(row)
    since = (row.performed_at or now) - messages.ONE_VISIT
    others = Session.objects.filter(patient=row.patient, status=SessionStatus.COMPLETED, performed_at__gt=since)
    messages.say_again(sessions=others.values_list("pk", flat=True), now=now, kinds=messages.AFTER)
    messages.ask_after_last(patient=row.patient_id, now=now)
    if row.course and not was_ended(row.course, row):
        planned_again([row], location=row.course.location)  # where the course goes on, if it went elsewhere since
        Course.objects.filter(pk=row.course.pk, status=Course.Status.COMPLETED).update(status=Course.Status.ACTIVE)
        session_cancelled(session=row, by=by, now=now)
    return row


def was_ended(course: Course, session: Session) -> bool:
    """Whether somebody ended the course, or left out what came after the visit, rather than its last visit was done."""
    if course.status == Course.Status.COMPLETED:
        return course.sessions.filter(status=SessionStatus.CANCELLED, sequence__gt=session.sequence).exists()
    return bool(course.status == Course.Status.REVOKED)


@with_retry
@transaction.atomic
def complete_and_sign(*, session: Session, by: User, now: datetime | None = None, **done: Any) -> Session:
    """Both steps at once, by whoever did it; nothing is kept when the signature is refused."""
    now = now or clock.now()
    row = complete_session(session=session, by=by, now=now, **done)
    return sign_record(session=row, by=by, now=now)
