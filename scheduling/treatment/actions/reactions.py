"""Something feels wrong after a visit: somebody owns it, a clock runs, and it ends with an outcome (D32, B10)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.versions import check_version
from clinic.models import Role, StaffMember, User
from patients.actions.allergies import suspect_substance
from patients.actions.checks import CLOCK_SKEW, tidy_note
from patients.actions.photos import add_photo
from patients.models import Patient, Photo
from protocols.models import ExpectedReaction, Substance, TreatmentArea
from scheduling.calendar.queries.opening import next_open
from scheduling.courses.changing.actions.course_states import hold_for_reaction
from scheduling.courses.queries.patient_visits import location_of
from scheduling.messages.actions.ledger import quiet_of
from scheduling.messages.duetimes import after_quiet
from scheduling.models import AdverseEvent, Booking, Course, Session

logger = logging.getLogger(__name__)

Severity = AdverseEvent.Severity
NAMED = frozenset({"substance", "anaesthetic", "antiseptic"})  # causes that name a substance of the catalogue

# How soon somebody answers. The sources say that each alert has a timer and not how long it is (D32): clinic policy.
AT_ONCE, SAME_DAY, NEXT_DAY = timedelta(hours=1), timedelta(hours=4), timedelta(hours=24)
FURTHEST_BACK = timedelta(days=3 * 365)  # a rare infection shows weeks later, a scar stays (F341, F331)
# Anaphylaxis, trouble breathing, infection, necrosis, by their codes in the catalogue (D38).
STOPPING = frozenset(
    {"anaphylaxis", "allergic_reaction", "trouble_breathing", "infection", "mycobacterial_skin_infection", "necrosis"}
)
ROUTES_TO_A_DOCTOR = ("physician", "emergency")


@transaction.atomic
def report_reaction(
    *,
    patient: Patient,
    reaction: ExpectedReaction | None = None,
    text: str = "",
    severity: str = Severity.MILD.value,
    onset_at: datetime,
    worsening: bool = False,
    area: TreatmentArea | None = None,
    sent: bytes = b"",
    session: Session | None = None,
    by: User,
    now: datetime | None = None,
) -> AdverseEvent:
    """Write down a reaction, give it to whoever treated the patient, and start its clock.

    `sent`: a photograph of it, kept as every other (Refusal without the consent to photographs, BadInput at file).
    Without `session` it is put to the last visit at which something was injected. BadInput at reaction, text, severity,
    onset_at or session.
    Graded severe or named as one that stops everything, it holds every course in the same transaction (D38).
    """
    now = now or clock.now()
    text = tidy_note("text", text)
    if reaction is None and not text:
        raise BadInput.at("text", _("Please say what it is like."), "required")
    if severity not in Severity.values:
        raise BadInput.at("severity", _("Please choose one of the list."), "invalid_choice")
    if session is not None and session.patient_id != patient.pk:
        raise BadInput.at("session", _("This visit is another patient's."), "invalid_choice")
    check_onset(onset_at, now)
    session = session or last_injection(patient, now)
    event = AdverseEvent(
        patient=patient,
        session=session,
        reaction=reaction,
        text=text,
        severity=severity,
        onset_at=onset_at,
        worsening=worsening,
        area=area,
        photo=add_photo(patient=patient, sent=sent, pose=Photo.Pose.CLOSE, area=area, by=by, now=now) if sent else None,
        reported_by=by,
        reported_at=now,
        owner=owner_for(patient, session),
    )
    event.stops = stops_everything(event)
    event.answer_by = answer_by(event, now)
    event.save(force_insert=True)
    if event.stops:
        hold_for_reaction(event=event, now=now)
    return event


def stops_everything(event: AdverseEvent) -> bool:
    """Whether nothing is injected any more until a prescriber has decided (D38). A faint does so only when severe."""
    return event.severity == Severity.SEVERE or bool(event.reaction and event.reaction.code in STOPPING)


def check_onset(onset_at: datetime, now: datetime) -> None:
    if onset_at > now + CLOCK_SKEW:
        raise BadInput.at("onset_at", _("This time lies in the future."), "future")
    if onset_at < now - FURTHEST_BACK:
        raise BadInput.at("onset_at", _("Please check the year."), "too_long_ago")


def last_injection(patient: Patient, now: datetime) -> Session | None:
    """The last visit with a needle that took place; not one that was entered in error."""
    kinds = (Session.Kind.ALLERGY_TEST, Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)
    done = Session.objects.filter(patient=patient, kind__in=kinds, status="completed", performed_at__lte=now)
    return done.select_related("location", "performed_by__staff").order_by("-performed_at", "-id").first()


def owner_for(patient: Patient, session: Session | None) -> StaffMember | None:
    """Who performed the visit, else who had it, else whose course it is, else a director."""
    booked = Booking.objects.filter(session=session).order_by("-id").first() if session else None
    course = Course.objects.filter(patient=patient).exclude(status=Course.Status.DRAFT).first()
    people = (
        session and session.performed_by,
        booked and booked.practitioner,
        course and course.practitioner,
    )
    found = next((person.staff for person in people if person and person.active and person.staff.active), None)
    return found or director_for(session)


def director_for(session: Session | None) -> StaffMember | None:
    """A medical director, of the visit's location where it has one."""
    directors = list(StaffMember.objects.filter(role=Role.DIRECTOR.value, active=True).order_by("pk"))
    here = [each for each in directors if session is not None and each.location_id == session.location_id]
    return next(iter(here or directors), None)


def answer_by(event: AdverseEvent, now: datetime) -> datetime:
    """The clock starts in the morning for what comes in at night, when nobody watches: the form says so (D32).

    What can wait starts when the clinic is next open, so that nobody is promised an answer on a Sunday.
    """
    location = event.session.location if event.session else location_of(event.patient, now)
    if location is None:
        return now + patience(event, now)
    morning = after_quiet(now, quiet_of(location))
    begins = morning if is_urgent(event) else next_open(location, morning) or morning
    return begins + patience(event, now)


def patience(event: AdverseEvent, now: datetime) -> timedelta:
    """Serious or severe: at once. What grows, outlasts its usual hours or needs a doctor's eye: the same day (B10)."""
    reaction = event.reaction
    if is_urgent(event):
        return AT_ONCE
    lasts = reaction and reaction.usual_hours and now - event.onset_at > timedelta(hours=reaction.usual_hours)
    doctor = reaction and (reaction.lasting or reaction.route in ROUTES_TO_A_DOCTOR)
    if event.worsening or event.severity == Severity.MODERATE or lasts or doctor:
        return SAME_DAY
    return NEXT_DAY


def is_urgent(event: AdverseEvent) -> bool:
    """Whether the patient is told to call now instead of waiting for an answer."""
    return event.severity == Severity.SEVERE or bool(event.reaction and event.reaction.serious)


@transaction.atomic
def take_reaction(*, event: AdverseEvent, by: User, version: int | None = None) -> AdverseEvent:
    """Somebody makes it theirs. Forbidden unless clinical, Conflict when it is closed.

    Stale (412) for another `version`.
    """
    row = lock_open(event, by, version)
    row.owner, row.version = by.staff, row.version + 1
    row.save(update_fields=["owner", "version"])
    return row


@transaction.atomic
def suspect_cause(
    *,
    event: AdverseEvent,
    cause: str,
    substance: Substance | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> AdverseEvent:
    """What a clinician suspects. A substance that is named is a suspected allergy from now on (D38).

    BadInput at cause, and at substance when a substance, anaesthetic or antiseptic is not named.
    """
    now = now or clock.now()
    if cause not in AdverseEvent.Cause.values:
        raise BadInput.at("cause", _("Please choose one of the list."), "invalid_choice")
    if (cause in NAMED) != (substance is not None):
        raise BadInput.at("substance", _("Say which substance, and only where it was one."), "required")
    row = lock_open(event, by, version)
    row.cause, row.suspected, row.version = cause, substance, row.version + 1
    row.save(update_fields=["cause", "suspected", "version"])
    if substance is not None:
        suspect_substance(patient=row.patient, substance=substance, by=by, now=now)
    return row


@transaction.atomic
def close_reaction(
    *, event: AdverseEvent, outcome: str, by: User, now: datetime | None = None, version: int | None = None
) -> AdverseEvent:
    """End it with what came of it. Forbidden unless clinical, BadInput at outcome, Conflict when closed already.

    Stale (412) for another `version`.
    """
    row = lock_open(event, by, version)
    row.outcome = tidy_note("outcome", outcome, required=True)
    row.closed_at, row.version = now or clock.now(), row.version + 1
    row.save(update_fields=["outcome", "closed_at", "version"])
    return row


def lock_open(event: AdverseEvent, by: User, version: int | None) -> AdverseEvent:
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may answer this."))
    row = AdverseEvent.objects.select_for_update().get(pk=event.pk)
    check_version(row, version)
    if row.closed_at is not None:
        raise Conflict(_("This was closed already."), extra={"state": "closed"})
    return row


@transaction.atomic
def escalate_overdue(*, now: datetime | None = None, limit: int = 200) -> int:
    """Reactions nobody answered in time go to a medical director; how many. Any number of workers may sweep at once."""
    now = now or clock.now()
    open_ones = AdverseEvent.objects.filter(closed_at=None, escalated_at=None, answer_by__lte=now)
    rows = open_ones.select_for_update(skip_locked=True, of=("self",)).select_related("session__location")[:limit]
    for row in rows:
        row.owner = director_for(row.session) or row.owner
        row.escalated_at, row.version = now, row.version + 1
        row.save(update_fields=["owner", "escalated_at", "version"])
        logger.info("reaction %s: escalated to user %s", row.pk, row.owner_id)
    return len(rows)
