"""The day of a visit: it arrives, starts when nothing is missing, and is written down as it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, is_prescriber, role_of
from clinic.base.refusals import FieldError, Forbidden, Reason, Refusal, Unusable
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from patients.access import sees_conditions
from patients.actions.checks import recent, tidy_note
from patients.actions.intake import save_answers
from patients.models import AllergyTest
from patients.queries.eligibility import as_reasons, evaluate
from protocols.eligibility import Occasion, Plan, Status, Verdict
from scheduling.calendar.actions.calling_off import call_off
from scheduling.calendar.actions.placing import lock_session
from scheduling.calendar.actions.transitions import transition
from scheduling.calendar.queries import search as calendar
from scheduling.courses.actions import course_progress
from scheduling.courses.actions.about import about_of
from scheduling.courses.queries.plans import plan_of
from scheduling.messages import duetimes
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.actions.due import arm_reading
from scheduling.models import NEEDLE_KINDS, PRESCRIBER_KINDS, Booking, Practitioner, Session, TreatmentRecord
from scheduling.treatment.actions.drawn_up import errors_of, settled, take
from scheduling.treatment.actions.record import Record, write_record
from scheduling.treatment.queries.drawn_up import NOTHING_DRAWN, Syringe
from scheduling.treatment.queries.readiness import stopped


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visit after its check-in, and the refusal when the day's answers exclude it."""

    session: Session
    refusal: Refusal | None = None


def check_in(
    *, session: Session, answers: dict[str, Any], by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """The patient is here and has answered the same-day questions (D16).

    Refusal (422), raised after the answers were committed: with `next`, the first free time, when the patient should
    come another day (the visit is then displaced); naming the questions when some are open. A finding that a prescriber
    must look at lets the patient in and keeps the visit from starting.
    BadInput at an answer; Stale (412) for another `version`.
    """
    now = now or clock.now()
    arrival = arrive(session=session, answers=answers, by=by, now=now, version=version)
    if arrival.refusal is not None:
        raise arrival.refusal
    return arrival.session


@with_retry
@transaction.atomic
def arrive(*, session: Session, answers: dict[str, Any], by: User, now: datetime, version: int | None) -> Arrival:
    row = lock_session(session.pk)
    check_version(row, version)
    if row.status != "booked" or row.kind not in NEEDLE_KINDS:
        transition(session=row, verb="check_in", by=by, now=now)
        return Arrival(row)
    if answers:
        save_answers(patient=row.patient, occasion=Occasion.SAME_DAY, answers=answers, by=by, now=now)
    verdict = verdict_today(row, now)
    if verdict.status is Status.INCOMPLETE:
        return Arrival(row, still_open(verdict, by))
    if verdict.status is Status.DEFERRED:
        return another_day(row, verdict, by=by, now=now)
    transition(session=row, verb="check_in", by=by, now=now, detail={"verdict": str(verdict.status)})
    return Arrival(row)


def verdict_today(session: Session, now: datetime) -> Verdict:
    zone = ZoneInfo(session.location.timezone)
    plan = plan_of(session.course) if session.course else Plan()
    return evaluate(session.patient, now.astimezone(zone).date(), Occasion.SAME_DAY, plan, zone=zone)


def still_open(verdict: Verdict, by: User) -> Refusal:
    """Which questions want an answer before the patient is let in."""
    named = [finding for finding in verdict.holding if finding.question is not None]
    text = _("Some questions are not answered yet.")
    errors = [FieldError(f"answers.{finding.question}", "required", _("Please answer this.")) for finding in named]
    return Refusal(text, reasons=as_reasons(named) if sees_conditions(by) else (), errors=errors)


def another_day(session: Session, verdict: Verdict, *, by: User, now: datetime) -> Arrival:
    """Not today: the time is freed, and the first one after the reason has ended is offered (D16, D17)."""
    today = clock.local_date(now, session.location.timezone)
    until = max(verdict.until or today, today + timedelta(days=1))
    why = _("Not well enough today")
    call_off(sessions=[session], verb="displace", by=by, now=now, reason=why, rebook=True, told=True)
    text = _("Not today. The visit needs a new time, from %(day)s on.") % {"day": until}
    reasons = as_reasons(verdict.holding) if sees_conditions(by) else (Reason("not_today", text, until, ("D16",)),)
    return Arrival(session, Refusal(text, reasons=reasons, next=first_time(session, until, now)))


def first_time(session: Session, day: date, now: datetime) -> datetime | date:
    """The first free start from a local day on, else the day itself."""
    zone = session.location.timezone
    midnight = duetimes.at_wall(day, datetime.min.time(), zone)
    return calendar.next_start(calendar.Search.for_session(session), after=midnight, now=now) or day


@with_retry
@transaction.atomic
def start_session(
    *,
    session: Session,
    emergency_kit: bool = False,
    consent_confirmed: bool = False,
    syringe: Syringe = NOTHING_DRAWN,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """Begin. A test or treatment does not begin while anything of D20 is missing, nor a treatment while what is drawn
    up does not match (D40): Refusal (422) with every reason, and the lines that do not match.

    `consent_confirmed`: the patient has just said aloud that the consent stands (D36).
    """
    now = now or clock.now()
    check_clinical(by)
    row = lock_session(session.pk)
    check_version(row, version)
    transition(session=row, verb="start", by=by, now=now)
    given = {"emergency_kit": emergency_kit, "consent_confirmed": consent_confirmed}
    if found := stopped(row, at=now, **given, syringe=syringe, by=by):
        errors = errors_of(found.mismatches)
        raise Refusal(_("This visit cannot start yet."), reasons=found.reasons, errors=errors, next=found.next)
    if row.kind in NEEDLE_KINDS:
        TreatmentRecord.objects.create(session=row, started_at=now, **given, by=by)
    why = syringe.over_maximum_reason.strip()
    check_injects(row, syringe)
    take(lines=syringe.lines, location=row.location, by=by, now=now, reason=why, patient=row.patient, session=row)
    return row


@with_retry
@transaction.atomic
def complete_session(
    *,
    session: Session,
    record: Record | None = None,
    outcome: str = "",
    areas: Iterable[str] = (),
    indications: Iterable[str] = (),
    performed_at: datetime | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """The visit took place. What differs from the plan is recorded with a reason, never refused (D03).

    After-care and check-ins are armed, and the windows of the visits after it count from now. BadInput at the fields of
    the record; Forbidden unless clinical, for consultation and test unless a prescriber; Refusal without a test done.
    `areas`, `indications`: codes of what a consultation was about (D37). `outcome` is what came of a visit without a
    record, in the clinician's words, and `performed_at` when it took place if that was earlier, at most seven days; the
    history keeps both.
    """
    now = now or clock.now()
    check_clinical(by)
    row = lock_session(session.pk)
    check_version(row, version)
    check_may_complete(row, by)
    done = performed(row, record or Record(), performed_at, by=by, now=now)
    if about := about_of(row.kind, areas, indications):
        done["about"] = about
    told = {"performed_at": performed_at.isoformat()} if performed_at else {}
    transition(session=row, verb="complete", by=by, now=now, reason=tidy_note("outcome", outcome), detail=told, **done)
    messages.supersede(sessions=[row.pk])
    messages.arm_performed(session=row, now=now)
    if row.course_id:
        course_progress.session_performed(session=row, by=by, now=now)
    arm_aspirin(sessions=[row], now=now)
    return row


def performed(row: Session, record: Record, at: datetime | None, *, by: User, now: datetime) -> dict[str, Any]:
    """What the session itself keeps: when, by whom, and which test. Writes the record of a visit with a needle."""
    done: dict[str, Any] = {"performed_at": recent("performed_at", at or now, now), "performed_by": performer(row, by)}
    if row.kind not in NEEDLE_KINDS or row.status != "in_progress":
        return done
    if row.kind != Session.Kind.ALLERGY_TEST:
        record = settled(session=row, record=record, by=by, now=now)
    written = write_record(session=row, record=record, ended_at=now, by=by)
    done["performed_at"] = written.started_at
    if row.kind == Session.Kind.ALLERGY_TEST:
        test = test_of(row, written)
        arm_reading(test=test, location=row.location)
        done |= {"allergy_test": test, "performed_at": test.administered_at}
    return done


def performer(session: Session, by: User) -> Practitioner | None:
    """Who did it: the clinician who says so, else the one who was booked."""
    own = Practitioner.objects.filter(staff__user=by).first()
    booked = Booking.objects.filter(session=session, active=True).select_related("practitioner").first()
    return own or (booked.practitioner if booked else None)


def test_of(session: Session, record: TreatmentRecord) -> AllergyTest:
    """The test done at this visit."""
    since = record.started_at - timedelta(hours=12)
    tests = AllergyTest.objects.filter(patient=session.patient_id, administered_at__gte=since)
    found = tests.select_related("patient__contact").first()
    if found is None:
        text = _("Record the allergy test first: which mix, where, how many injections.")
        raise Refusal(text, reasons=[Reason("allergy_test", text, cites=("F219", "F227"))])
    return found


def check_injects(session: Session, syringe: Syringe) -> None:
    if syringe.lines and (session.kind not in NEEDLE_KINDS or session.kind == Session.Kind.ALLERGY_TEST):
        raise Unusable.at("drawn_up", _("Nothing is drawn up here; the products of a test are recorded with it."))


def check_clinical(by: User) -> None:
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may do this."))


def check_may_complete(session: Session, by: User) -> None:
    if session.kind in PRESCRIBER_KINDS and not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may do this."))
