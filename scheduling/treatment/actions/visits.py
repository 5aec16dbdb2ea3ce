"""The day of a visit: it arrives, starts when nothing is missing, and is written down as it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, is_prescriber, role_of, works_at
from clinic.base.clock import local_date
from clinic.base.refusals import Conflict, FieldError, Forbidden, Reason, Refusal, Unusable
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import Location, User
from patients.access import sees_conditions
from patients.actions.checks import recent, tidy_note
from patients.actions.identity import Born, check_identity
from patients.actions.intake import save_answers
from patients.models import AllergyTest
from patients.queries.eligibility import as_reasons, evaluate
from patients.queries.plans import mix_of
from protocols.eligibility import Occasion, Plan, Status, Verdict
from protocols.eligibility.gate import OWN_BLOOD
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.placing import lock_arrival, lock_session
from scheduling.calendar.actions.transitions import add_event, transition
from scheduling.calendar.queries import search as calendar
from scheduling.courses.actions import course_progress
from scheduling.courses.actions.about import about_of
from scheduling.courses.actions.sessions import move_session
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.queries.plans import plan_of
from scheduling.messages import duetimes
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.actions.due import arm_reading
from scheduling.models import (
    NEEDLE_KINDS,
    PRESCRIBER_KINDS,
    Booking,
    DrawnUp,
    Practitioner,
    RecordDraft,
    Room,
    Session,
    TreatmentRecord,
)
from scheduling.treatment.actions.deviations import deviate
from scheduling.treatment.actions.drawn_up import errors_of, settled, take
from scheduling.treatment.actions.recall import tell_late
from scheduling.treatment.actions.record import Record, write_record
from scheduling.treatment.queries.drawn_up import NOTHING_DRAWN, Syringe
from scheduling.treatment.queries.readiness import SEEN, checked_in_at, reactions_of, stopped

START_WITHIN = timedelta(hours=4)  # after the check-in (D39)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visit after its check-in, and the refusal when the day's answers exclude it."""

    session: Session
    refusal: Refusal | None = None


def check_in(
    *,
    session: Session,
    answers: dict[str, Any],
    born: Born | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """The patient is here, has said name and birthday (`born`, D51) and has answered the same-day questions (D16).

    Refusal (422) on another day than the visit's own: it is moved first (D39).

    Refusal (422), raised after the answers were committed: with `next`, the first free time, when the patient should
    come another day (the visit is then displaced); naming the questions when some are open. A finding that a prescriber
    must look at lets the patient in and keeps the visit from starting.
    BadInput at an answer; Stale (412) for another `version`.
    """
    now = now or clock.now()
    arrival = arrive(session=session, answers=answers, born=born, by=by, now=now, version=version)
    if arrival.refusal is not None:
        raise arrival.refusal
    return arrival.session


def come_now(
    *,
    session: Session,
    start: datetime,
    practitioner: Practitioner,
    room: Room,
    answers: dict[str, Any],
    born: Born | None = None,
    here: Location | None = None,
    by: User,
    now: datetime | None = None,
) -> Session:
    """The patient is here on another day than the visit's, or at another place (`here`): it is moved to `start`, under
    the rules of any move (D01, D39), and checked in. Neither is kept when either is refused, as `place_session`,
    `move_session` and `check_in` do. Forbidden where one does not work `here`.

    Conflict (409) when another visit of the course would move with it: that is looked at first.
    """
    where = {"start": start, "practitioner": practitioner, "room": room}
    if here and not works_at(by, here.pk):
        raise Forbidden(_("A visit is moved to a location at which you work."))
    how: dict[str, Any] = {"session": session, "answers": answers, "born": born, "by": by, "now": now or clock.now()}
    arrival = moved_and_in(where=where, here=here, **how)
    if arrival.refusal is not None:
        raise arrival.refusal
    return arrival.session


@with_retry
@transaction.atomic
def moved_and_in(
    *,
    session: Session,
    where: dict[str, Any],
    answers: dict[str, Any],
    born: Born | None,
    here: Location | None,
    by: User,
    now: datetime,
) -> Arrival:
    left = lock_session(session.pk).location_id
    if session.course_id is None:
        Session.objects.filter(pk=session.pk).update(location=here or left)
        session.location = here or session.location
        move_session(session=session, **where, by=by, now=now)
    elif moves_along(place_session(session=session, **where, here=here, by=by, now=now), session):
        text = _("Other visits of the course would move with it. Please look at them first.")
        raise Conflict(text, extra={"state": session.status})
    return arrive(
        session=session, answers=answers, born=born, by=by, now=now, version=None, came={"came": True, "left": left}
    )


def moves_along(cascade: Cascade, session: Session) -> int:
    """How many other visits a move changes."""
    return sum(step.before != step.after for step in cascade.steps if step.session != str(session.pk))


@with_retry
@transaction.atomic
def arrive(
    *,
    session: Session,
    answers: dict[str, Any],
    born: Born | None,
    by: User,
    now: datetime,
    version: int | None,
    came: Mapping[str, Any] = MappingProxyType({}),
) -> Arrival:
    """Every visit of the arrival is checked in at once (D06); one whose area or mix the answers exclude today is not.
    `came` {came, left}: the visit was moved for it, from the location with this id, which goes back with the check-in,
    and comes alone."""
    rows, moved = [lock_session(session.pk)] if came else lock_arrival(session), dict(came)
    row = rows[0]
    check_version(row, version)
    if row.status == "booked":
        check_its_day(row, now)
        if row.kind in NEEDLE_KINDS:
            check_identity(row.patient, born)
    if row.status != "booked" or row.kind not in NEEDLE_KINDS:
        transition(session=row, verb="check_in", by=by, now=now, detail=moved)
        return Arrival(row)
    if answers:
        save_answers(patient=row.patient, occasion=Occasion.SAME_DAY, answers=answers, by=by, now=now)
    verdicts = {each.pk: (each, verdict_today(each, now)) for each in rows if each.status == "booked"}
    if unanswered := [found for _each, found in verdicts.values() if found.status is Status.INCOMPLETE]:
        return Arrival(row, still_open(unanswered, by))
    arrived = [arrived_at(each, found, moved, by=by, now=now) for each, found in verdicts.values()]
    return arrived[0]


def arrived_at(row: Session, verdict: Verdict, moved: dict[str, Any], *, by: User, now: datetime) -> Arrival:
    if verdict.status is Status.DEFERRED:
        return another_day(row, verdict, by=by, now=now)
    transition(session=row, verb="check_in", by=by, now=now, detail=moved | {"verdict": str(verdict.status)})
    return Arrival(row)


def check_its_day(session: Session, now: datetime) -> None:
    """A visit is treated on its own local date (D39): Refusal with `next`, the first free time from now on."""
    booked = Booking.objects.filter(session=session, active=True).values_list("start", flat=True).first()
    zone = ZoneInfo(session.location.timezone)
    if booked is not None and local_date(booked, zone.key) != local_date(now, zone.key):
        at = date_format(booked.astimezone(zone), "l j F, H:i")
        text = _("This visit is booked for %(at)s. Move it to today first.") % {"at": at}
        free = calendar.next_start(calendar.Search.for_session(session, now=now), after=now, now=now)
        raise Refusal(text, reasons=[Reason("another_day", text, cites=("D39",))], next=free)


def verdict_today(session: Session, now: datetime) -> Verdict:
    zone = ZoneInfo(session.location.timezone)
    plan = plan_of(session.course) if session.course else Plan()
    return evaluate(session.patient, now.astimezone(zone).date(), Occasion.SAME_DAY, plan, zone=zone)


def still_open(verdicts: Iterable[Verdict], by: User) -> Refusal:
    """Which questions want an answer before the patient is let in, each once."""
    open_ones = {each.question: each for found in verdicts for each in found.holding if each.question is not None}
    named = list(open_ones.values())
    text = _("Some questions are not answered yet.")
    errors = [FieldError(f"answers.{finding.question}", "required", _("Please answer this.")) for finding in named]
    return Refusal(text, reasons=as_reasons(named) if sees_conditions(by) else (), errors=errors)


def another_day(session: Session, verdict: Verdict, *, by: User, now: datetime) -> Arrival:
    """Not today: the time is freed, and the first one after the reason has ended is offered (D16, D17)."""
    today = local_date(now, session.location.timezone)
    until = max(verdict.until or today, today + timedelta(days=1))
    why = _("Not well enough today")
    leave_calendar(sessions=[session], verb="displace", by=by, now=now, reason=why, rebook=True, told=True)
    text = _("Not today. The visit needs a new time, from %(day)s on.") % {"day": until}
    reasons = as_reasons(verdict.holding) if sees_conditions(by) else (Reason("not_today", text, until, ("D16",)),)
    return Arrival(session, Refusal(text, reasons=reasons, next=first_time(session, until, now)))


def first_time(session: Session, day: date, now: datetime) -> datetime | date:
    """The first free start from a local day on, else the day itself."""
    zone = session.location.timezone
    midnight = duetimes.at_wall(day, datetime.min.time(), zone)
    return calendar.next_start(calendar.Search.for_session(session, now=now), after=midnight, now=now) or day


@with_retry
@transaction.atomic
def start_session(
    *,
    session: Session,
    emergency_kit: bool = False,
    consent_confirmed: bool = False,
    syringe: Syringe = NOTHING_DRAWN,
    reactions_seen: bool = False,
    born: Born | None = None,
    place_confirmed: bool = False,
    early_reason: str = "",
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """Begin. A test or treatment does not begin while anything of D20 is missing, nor a treatment while what is drawn
    up does not match (D40): Refusal (422) with every reason, and the lines that do not match.

    `consent_confirmed`: the patient has just said aloud that the consent stands (D36).
    `reactions_seen`: a prescriber has looked at the reactions that are still open (D38). `born`: the birthday that the
    patient says again, and `place_confirmed`: area and side, confirmed by the patient (D51). `early_reason`: needed
    before the floor of the window; before its early limit only a prescriber may begin (D39).
    """
    now = now or clock.now()
    check_clinical(by)
    row = lock_session(session.pk)
    check_version(row, version)
    if reactions_seen:
        acknowledge_reactions(session=row, by=by, now=now)
    transition(session=row, verb="start", by=by, now=now)
    came = checked_in_at(row) if row.kind in NEEDLE_KINDS else None
    check_fresh(came, now)
    day = local_date(came, row.location.timezone) if came else None
    given = {"emergency_kit": emergency_kit, "consent_confirmed": consent_confirmed}
    if found := stopped(row, at=now, **given, syringe=syringe, by=by, day=day):
        errors = errors_of(found.mismatches)
        raise Refusal(_("This visit cannot start yet."), reasons=found.reasons, errors=errors, next=found.next)
    if row.kind in NEEDLE_KINDS:
        check_identity(row.patient, born)
        check_place(place_confirmed)
        begin_early(row, early_reason, by=by, now=now)
        TreatmentRecord.objects.create(session=row, started_at=now, **given, by=by)
    why = syringe.over_maximum_reason.strip()
    check_injects(row, syringe)
    take(lines=syringe.lines, location=row.location, by=by, now=now, reason=why, patient=row.patient, session=row)
    return row


def check_fresh(came: datetime | None, now: datetime) -> None:
    """The start follows the check-in within hours, over midnight too (D39)."""
    if came is not None and came < now - START_WITHIN:
        text = _("The check-in is more than four hours old: give the time back and check in again.")
        raise Refusal(text, reasons=[Reason("check_in_too_old", text, cites=("D39",))])


def check_place(confirmed: bool) -> None:
    if not confirmed:
        text = _("The patient confirms area and side before the needle.")
        raise Refusal(text, [Reason("place", text, cites=("D51",))], [FieldError("place_confirmed", "required", text)])


def begin_early(session: Session, reason: str, *, by: User, now: datetime) -> None:
    """Before the floor with a reason; before the early limit by a prescriber, as a serious deviation (D39)."""
    day = local_date(now, session.location.timezone)
    if session.floor is None or day >= session.floor:
        return
    days = (session.floor - day).days
    too_early = session.early_limit is not None and day < session.early_limit
    if too_early and not is_prescriber(by):
        text = _("%(days)s days are missing to the window: only a prescriber may begin.") % {"days": days}
        raise Refusal(text, reasons=[Reason("early_limit", text, session.early_limit, ("D39", "D56"))])
    if not reason.strip():
        text = _("%(days)s days are missing to the window: say why it begins now.") % {"days": days}
        reasons = [Reason("early", text, session.floor, ("D39",))]
        raise Refusal(text, reasons=reasons, errors=[FieldError("early_reason", "required", text)])
    deviate(session=session, code="early", reason=reason, serious=too_early, by=by, now=now)


@with_retry
@transaction.atomic
def not_treated(
    *, session: Session, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """Stopped before the needle: no substance, not counted, a new time is needed (D41). BadInput at reason."""
    now = now or clock.now()
    check_clinical(by)
    reason = tidy_note("reason", reason, required=True)
    row = lock_session(session.pk)
    check_version(row, version)
    leave_calendar(sessions=[row], verb="not_treated", by=by, now=now, reason=reason, rebook=True, told=True)
    TreatmentRecord.objects.filter(session=row, ended_at=None).delete()
    RecordDraft.objects.filter(session=row).delete()
    DrawnUp.objects.filter(session=row).delete()  # thrown away: nobody received it, another start draws up anew
    return row


def acknowledge_reactions(*, session: Session, by: User, now: datetime) -> None:
    """A prescriber has looked at every open reaction; from anybody else it counts for nothing."""
    events = reactions_of([session.patient_id], now)[session.patient_id]
    if events and is_prescriber(by):
        seen = {"reactions": [event.pk for event in events]}
        add_event(session=session, verb=SEEN, at=now, by=by, detail=seen)


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
        done["talked_about"] = about
    told = {"performed_at": performed_at.isoformat()} if performed_at else {}
    transition(session=row, verb="complete", by=by, now=now, reason=tidy_note("outcome", outcome), detail=told, **done)
    follow_up(row, by=by, now=now)
    return row


def follow_up(row: Session, *, by: User, now: datetime) -> None:
    """What follows a visit that took place."""
    messages.supersede(sessions=[row.pk])
    messages.arm_performed(session=row, now=now)
    if row.course_id:
        course_progress.session_performed(session=row, by=by, now=now)
    arm_aspirin(sessions=[row], now=now)
    if row.kind in NEEDLE_KINDS:
        tell_late(session=row, now=now)


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
    """The test done at this visit: in a course, of its mix."""
    since = record.started_at - timedelta(hours=12)
    tests = AllergyTest.objects.filter(patient=session.patient_id, administered_at__gte=since)
    needs = set(mix_of(session.course.formulation)) - OWN_BLOOD if session.course else set()
    found = next((each for each in tests.select_related("patient__contact") if needs <= set(each.ingredients)), None)
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
