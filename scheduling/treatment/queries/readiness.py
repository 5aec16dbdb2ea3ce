"""The facts of visits before the needle: for one as for many, in the same number of queries (D20).

The rule is `protocols.eligibility.readiness`, the record's facts are `patients.queries.readiness`; this adds the visit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, Min, OuterRef, Q
from django.utils.translation import gettext as _

from clinic.base.access import is_prescriber
from clinic.base.clock import local_date
from clinic.base.refusals import Reason
from clinic.models import User
from patients.queries.plans import usual_on_skin
from patients.queries.readiness import AskedAct, facts_of
from patients.queries.readiness_words import Word, reasons_of, waits_for
from patients.queries.visits_before import FromVisits
from protocols.eligibility import Act, Facts, Mismatch, Occasion, Plan, missing, next_start
from protocols.eligibility.consultation import Consultation
from protocols.eligibility.gate import Treated
from protocols.models import FormulationItem, Substance
from scheduling.courses.changing.queries.impact import plan_of
from scheduling.models import (
    NEEDLE_KINDS,
    AdverseEvent,
    Booking,
    Course,
    Session,
    SessionEvent,
    SessionStatus,
    TreatmentRecord,
)
from scheduling.planner.neighbours import free_of_others
from scheduling.treatment.queries.drawn_up import NOTHING_DRAWN, Syringe, drawn_of

TREATED = NEEDLE_KINDS - {Session.Kind.ALLERGY_TEST}


# As severe as can be, however it was graded (D37, D38); an infection that heals leaves the consultation as it was.
NAMED_SEVERE = ("anaphylaxis", "allergic_reaction", "trouble_breathing", "necrosis")
SEVERE = Q(severity="severe") | Q(reaction__code__in=NAMED_SEVERE)

SEEN = "see_reactions"  # the verb of a prescriber's acknowledgement in the history of a visit


def visits_of_patients(patients: Collection[int], at: datetime) -> dict[int, FromVisits]:
    """Patient id -> what the calendar knows at `at`: only prescribers hold consultations there. Six queries."""
    held = Session.objects.filter(
        patient__in=patients, kind=Session.Kind.CONSULTATION, status="completed", performed_at__lte=at
    )
    consultations: dict[int, list[Consultation]] = defaultdict(list)
    told = held.order_by("performed_at").values_list("patient", "performed_at", "talked_about")
    for patient, performed, about in told:
        if performed is not None:
            consultations[patient].append(consultation_of(performed, about))
    severe = AdverseEvent.objects.filter(SEVERE, patient__in=patients, reported_at__lte=at)
    severe_at: dict[int, list[datetime]] = defaultdict(list)
    for patient, reported in severe.values_list("patient", "reported_at"):
        severe_at[patient].append(reported)
    treated, reactions, unsigned = treated_of(patients, at), reactions_of(patients, at), unsigned_of(patients, at)
    return {
        patient: FromVisits(
            consultations=tuple(consultations.get(patient, ())),
            severe_at=tuple(severe_at.get(patient, ())),
            treated=tuple(treated.get(patient, ())),
            unsigned_since=unsigned.get(patient),
            on_hold=any(event.holds for event in reactions.get(patient, ())),
            open_reactions=frozenset(event.pk for event in reactions.get(patient, ()) if event.closed_at is None),
        )
        for patient in {*consultations, *severe_at, *treated, *reactions, *unsigned}
    }


def consultation_of(at: datetime, about: Mapping[str, list[str]] | None) -> Consultation:
    if about is None:
        return Consultation(at=at)
    return Consultation(at=at, areas=frozenset(about["areas"]), indications=frozenset(about["indications"]))


def treated_of(patients: Collection[int], at: datetime) -> dict[int, list[Treated]]:
    """Patient id -> the sessions that took place by `at`, each with the ingredients of its mix (D42)."""
    done = Session.objects.filter(patient__in=patients, kind__in=TREATED, status="completed", performed_at__lte=at)
    rows = list(done.order_by().values_list("patient", "performed_at", "course__formulation"))
    items = FormulationItem.objects.filter(formulation__in={mix for *_rest, mix in rows}, substance__injectable=True)
    mixes: dict[int, set[str]] = defaultdict(set)
    for mix, code in items.values_list("formulation", "substance__code"):
        mixes[mix].add(code)
    treated: dict[int, list[Treated]] = defaultdict(list)
    for patient, performed, mix in rows:
        if performed is not None:
            treated[patient].append(Treated(at=performed, mix=frozenset(mixes[mix])))
    return treated


def unsigned_of(patients: Collection[int], at: datetime) -> dict[int, datetime]:
    """Patient id -> the start of the oldest session whose record nobody has signed (D41). One query."""
    rows = TreatmentRecord.objects.filter(session__patient__in=patients, ended_at__lte=at, signed_at=None)
    rows = rows.exclude(session__status=SessionStatus.ERROR)
    return dict(rows.order_by().values_list("session__patient").annotate(at=Min("started_at")))


def reactions_of(patients: Collection[int], at: datetime) -> dict[int, list[AdverseEvent]]:
    """Patient id -> the reactions not over at `at`: open, or waiting for a prescriber's decision (D38)."""
    found: dict[int, list[AdverseEvent]] = defaultdict(list)
    not_over = Q(closed_at=None) | Q(stops=True, decided_at=None)
    for event in AdverseEvent.objects.filter(not_over, patient__in=patients, reported_at__lte=at).order_by("pk"):
        found[event.patient_id].append(event)
    return found


def acknowledged_for(sessions: Sequence[Session]) -> dict[int, frozenset[int]]:
    """Session id -> the reactions that a prescriber acknowledged for it since its patient came. One query."""
    came = SessionEvent.objects.filter(session=OuterRef("session"), to_status="checked_in", pk__gt=OuterRef("pk"))
    rows = SessionEvent.objects.filter(~Exists(came), session__in=[session.pk for session in sessions], verb=SEEN)
    found: dict[int, frozenset[int]] = {}
    for row in rows:
        found[row.session_id] = found.get(row.session_id, frozenset()) | frozenset(row.detail["reactions"])
    return found


def facts_for(
    sessions: Iterable[Session],
    *,
    at: datetime,
    occasion: Occasion = Occasion.PLAN,
    kit_checked: bool | None = None,
    consent_confirmed: bool | None = None,
    by: User | None = None,
    day: date | None = None,
) -> dict[int, Facts]:
    """session id -> the facts of each visit with a needle; `sessions` come with patient and location.

    On the day itself say who is about to begin, whether the emergency kit was checked and the consent confirmed aloud,
    and `occasion` same_day.
    """
    wanted = [session for session in sessions if session.kind in NEEDLE_KINDS]
    if not wanted:
        return {}
    courses, starts, seen = courses_of(wanted), starts_of(wanted), acknowledged_for(wanted)
    usual = usual_on_skin()
    acts = [
        asked(
            session,
            courses.get(session.course_id),
            usual,
            start=starts.get(session.pk),
            occasion=occasion,
            kit_checked=kit_checked,
            consent_confirmed=consent_confirmed,
            by=by,
            acknowledged=seen.get(session.pk, frozenset()),
            day=day,
        )
        for session in wanted
    ]
    return {session.pk: facts for session, facts in zip(wanted, facts_of(acts, at=at), strict=True)}


def courses_of(sessions: Sequence[Session]) -> dict[int | None, Course]:
    """The courses of these visits with what their plan is made of, four queries."""
    rows = Course.objects.filter(pk__in={session.course_id for session in sessions if session.course_id})
    rows = rows.select_related("indication", "delivery_device", "technique", "formulation")
    return {row.pk: row for row in rows.prefetch_related("areas", "formulation__items__substance")}


def starts_of(sessions: Sequence[Session]) -> dict[int | None, datetime]:
    booked = Booking.objects.filter(active=True, session__in=[session.pk for session in sessions])
    return dict(booked.values_list("session_id", "start"))


def asked(
    session: Session,
    course: Course | None,
    usual: Mapping[str, Substance],
    *,
    start: datetime | None,
    occasion: Occasion,
    kit_checked: bool | None,
    consent_confirmed: bool | None,
    by: User | None,
    acknowledged: frozenset[int],
    day: date | None,
) -> AskedAct:
    """What the visit means to do, as the patient's record is asked about it."""
    return AskedAct(
        patient=session.patient,
        act=Act.TEST if session.kind == Session.Kind.ALLERGY_TEST else Act.TREATMENT,
        plan=plan_of(course, usual) if course else Plan(),
        formulation=course.formulation if course else None,
        zone=ZoneInfo(session.location.timezone),
        location=session.location,
        occasion=occasion,
        on=local_date(start, session.location.timezone) if start else None,
        tolerance_days=(session.latest - session.ideal).days if session.latest and session.ideal else 0,
        kit_checked=kit_checked,
        consent_confirmed=consent_confirmed,
        by_prescriber=None if by is None else is_prescriber(by),
        acknowledged=acknowledged,
        day=day,
        on_hold=bool(course and course.status == Course.Status.ON_HOLD),
    )


# --- what is missing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing a visit waits for. The words name no condition, so the desk may read them (D17)."""

    code: str
    word: Word


def lacking_of(facts: Facts) -> tuple[Lacking, ...]:
    """What a visit waits for, each need once."""
    found = {lack.need: Lacking(lack.need, waits_for(lack, facts)) for lack in missing(facts)}
    return tuple(found.values())


def missing_for(sessions: Iterable[Session], *, at: datetime) -> dict[int, tuple[Lacking, ...]]:
    """session id -> what it still lacks, for visits with a needle."""
    return {session: lacking_of(facts) for session, facts in facts_for(sessions, at=at).items()}


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a visit may not start now; `next`: the first instant at which it may, if nobody has to do anything first."""

    reasons: tuple[Reason, ...]
    next: datetime | None
    mismatches: tuple[Mismatch, ...] = ()  # of what is drawn up


def checked_in_at(session: Session) -> datetime | None:
    """When the patient came, the last time."""
    came = SessionEvent.objects.filter(session=session, to_status="checked_in").order_by("-at", "-id")
    return came.values_list("at", flat=True).first()


def stopped(
    session: Session,
    *,
    at: datetime,
    emergency_kit: bool,
    consent_confirmed: bool,
    syringe: Syringe | None = NOTHING_DRAWN,
    by: User,
    day: date | None = None,
) -> Stopped | None:
    """What stops the start of a visit on its day; None when it may begin, as one without a needle always may.

    `syringe`: what is drawn up; None where nothing can be compared any more, for a visit entered afterwards. `day`: the
    local date whose answers count, where it is not that of `at`.
    """
    found = facts_for(
        [session],
        at=at,
        occasion=Occasion.SAME_DAY,
        kit_checked=emergency_kit,
        consent_confirmed=consent_confirmed,
        by=by,
        day=day,
    )
    facts = found.get(session.pk)
    if facts and syringe is not None and facts.act is Act.TREATMENT:
        facts = replace(facts, drawn_up=drawn_of(session, syringe, facts.gate, at=at, by=by))
    on = day or local_date(at, session.location.timezone)
    close = tuple(too_close(session, on))
    reasons = (*reasons_of(facts), *close) if facts else ()
    if facts is None or not reasons:
        return None
    lacking = missing(facts)
    wrong = tuple(lack.mismatch for lack in lacking if lack.mismatch)
    return Stopped(reasons, None if close else next_start(lacking), wrong)


def too_close(session: Session, day: date) -> Iterator[Reason]:
    """Another course treated this skin too short a time ago, however that came (D06)."""
    if (free := free_of_others(session, day)) > day:
        text = _("Another course treated this skin too close to that day. Possible from %(day)s.") % {"day": free}
        yield Reason("area_floor", text, free, ("D06",))
