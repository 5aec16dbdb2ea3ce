"""A treatment that already happened is entered with its real time and runs every gate as of then (D03, D39)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, FieldError, Reason, Refusal
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from patients.actions.checks import recent
from patients.actions.identity import Born, check_identity
from patients.queries.readiness_words import DRAWN_UP
from scheduling.calendar.actions.booking import release
from scheduling.calendar.actions.placing import lock_session
from scheduling.calendar.actions.transitions import transition
from scheduling.models import Session, TreatmentRecord
from scheduling.treatment.actions.deviations import deviate
from scheduling.treatment.actions.drawn_up import from_lots, keep_strange, take
from scheduling.treatment.actions.record import BEYOND, TREATED, Record, Used, areas_beyond, write_record
from scheduling.treatment.actions.visits import check_clinical, follow_up, performer
from scheduling.treatment.queries.drawn_up import Line, Syringe
from scheduling.treatment.queries.readiness import stopped


@with_retry
@transaction.atomic
def enter_treatment(
    *,
    session: Session,
    performed_at: datetime,
    record: Record,
    reasons: Mapping[str, str] | None = None,
    emergency_kit: bool = False,
    consent_confirmed: bool = False,
    born: Born | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """The visit took place at `performed_at`, at most seven days back, and was not started here.

    Whatever would have stopped its start then, its lots included, needs a reason of its own in `reasons` {code: why}:
    Refusal (422) naming every code at `reasons.<code>`. Each is a serious deviation, of which the director is told.
    What was injected leaves the stock and is found by its lot (D40).
    """
    now = now or clock.now()
    check_clinical(by)
    row = lock_session(session.pk)
    check_version(row, version)
    if row.kind not in TREATED:
        raise BadInput.at("performed_at", _("Only a treatment is entered here."), "invalid")
    check_identity(row.patient, born)
    began = recent("performed_at", performed_at, now)
    said = {"emergency_kit": emergency_kit, "consent_confirmed": consent_confirmed}
    why, (known, unknown) = reasons or {}, from_lots(record.substances, row.location)
    against = [*failures(row, began, said, known, by=by), *of_unknown_lots(unknown), *of_areas(row, record)]
    check_reasons(against, why)
    for failure in against:
        deviate(session=row, code=failure.code, reason=why[failure.code], serious=True, by=by, now=now)
    beside = "; ".join(why[failure.code] for failure in against if failure.code in DRAWN_UP)
    take(lines=known, location=row.location, by=by, now=now, reason=beside, patient=row.patient, session=row)
    keep_strange(row, unknown, beside, by=by, now=now)
    TreatmentRecord.objects.create(session=row, started_at=began, **said, by=by)
    write_record(session=row, record=record, ended_at=min(began + timedelta(minutes=row.chair_minutes), now), by=by)
    detail = {"performed_at": began.isoformat()}
    transition(
        session=row,
        verb="enter_done",
        by=by,
        now=now,
        detail=detail,
        performed_at=began,
        performed_by=performer(row, by),
    )
    release(sessions=[row.pk])
    follow_up(row, by=by, now=now)
    return row


def failures(
    session: Session, at: datetime, said: dict[str, bool], drawn_up: Sequence[Line], *, by: User
) -> Iterator[Reason]:
    """What would have stopped the start at that instant, each code once."""
    kit, aloud = said["emergency_kit"], said["consent_confirmed"]
    syringe = Syringe(lines=tuple(drawn_up)) if drawn_up else None
    found = stopped(session, at=at, emergency_kit=kit, consent_confirmed=aloud, syringe=syringe, by=by)
    seen: set[str] = set()
    for reason in found.reasons if found else ():
        if reason.code not in seen:
            seen.add(reason.code)
            yield reason
    day = local_date(at, session.location.timezone)
    if session.floor is not None and day < session.floor:
        text = _("It came %(days)s days before its window.") % {"days": (session.floor - day).days}
        yield Reason("early", text, session.floor, ("D39",))


def of_unknown_lots(unknown: Sequence[Used]) -> Iterator[Reason]:
    if unknown:
        names, numbers = (", ".join(words) for words in zip(*((used.code, used.lot) for used in unknown), strict=True))
        text = str(DRAWN_UP["lot_unknown"]) % {"product": names, "what": numbers}
        yield Reason("lot_unknown", text, cites=("D40",))


def of_areas(session: Session, record: Record) -> Iterator[Reason]:
    if areas := areas_beyond(session, record):
        text = _("The course does not plan this area: %(areas)s.") % {"areas": ", ".join(areas)}
        yield Reason(BEYOND, text, cites=("D36", "D37"))


def check_reasons(against: list[Reason], given: Mapping[str, str]) -> None:
    open_ones = [each for each in against if not given.get(each.code, "").strip()]
    if open_ones:
        errors = [FieldError(f"reasons.{each.code}", "required", each.message) for each in open_ones]
        raise Refusal(_("Each of these needs a reason of its own."), reasons=open_ones, errors=errors)
