"""What is still missing before a visit may start: on the patient's record, at the visit, in the house (D20)."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.access import is_prescriber
from clinic.base.refusals import Reason
from clinic.models import Location, User
from patients.queries.gates import consultation_missing, missing_before
from protocols.eligibility import Act, Need, Occasion, Plan
from scheduling.courses.queries.plans import plan_of
from scheduling.models import NEEDLE_KINDS, Session


def missing_to_start(
    session: Session,
    *,
    at: datetime,
    occasion: Occasion = Occasion.PLAN,
    emergency_kit: bool = True,
    by: User | None = None,
) -> tuple[Reason, ...]:
    """Every reason why `session` may not start at `at`; empty when it may, and for visits without a needle.

    Ask with the defaults for a visit that lies ahead. On the day itself give `occasion` same_day, whether the emergency
    kit was checked, and who is about to do it.
    """
    if session.kind not in NEEDLE_KINDS:
        return ()
    act = Act.TEST if session.kind == Session.Kind.ALLERGY_TEST else Act.TREATMENT
    course = session.course
    return (
        *consultation_missing(session.patient, at),
        *missing_before(
            act,
            session.patient,
            plan=plan_of(course) if course else Plan(),
            formulation=course.formulation if course else None,
            at=at,
            occasion=occasion,
            zone=ZoneInfo(session.location.timezone),
        ),
        *missing_in_house(session.location, emergency_kit),
        *missing_right(act, by),
    )


def missing_in_house(location: Location, emergency_kit: bool) -> Iterator[Reason]:
    if not emergency_kit:
        yield Reason(Need.EMERGENCY_KIT, _("The emergency kit was not checked."), cites=("D20",))
    if not location.antisepsis_protocol.strip():
        text = _("No skin antisepsis protocol is defined for %(place)s.") % {"place": location.name}
        yield Reason(Need.ANTISEPSIS, text, cites=("F280",))


def missing_right(act: Act, by: User | None) -> Iterator[Reason]:
    if act is Act.TEST and by is not None and not is_prescriber(by):
        yield Reason("prescriber", _("Only a prescriber may do the allergy test."), cites=("F229", "D20"))
