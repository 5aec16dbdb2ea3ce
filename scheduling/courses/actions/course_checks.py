"""Why a course as asked for may not be: what the protocol does not cover, what the patient's answers rule out, and what
another course on the same skin forbids."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.refusals import BadInput, FieldError, Reason, Refusal
from patients.models import Patient
from patients.queries.eligibility import as_reasons, evaluate
from patients.queries.plans import plan_of
from patients.queries.rules import current_rules
from protocols.eligibility import Occasion, Status
from protocols.outline.checks import find_problems
from protocols.queries import offered_fields
from scheduling.courses.actions.course_input import Wanted
from scheduling.models import Course
from scheduling.planner.choices import clinic_policy, frame_of
from scheduling.planner.engine.guard import MOST_VISITS
from scheduling.planner.neighbours import FORMER, blocked_days, first_free
from scheduling.planner.state import TEST_FIRST, read_state


def check_start(start_on: date, today: date) -> None:
    if start_on < today:
        raise BadInput.at("start_on", _("A course cannot start in the past."), "past")


def check_choices(course: Course) -> None:
    """Counts, typed intervals, confirmation and upkeep as the pinned version allows them (D05); 400 at each field."""
    frame = frame_of(course, clinic_policy())
    problems = find_problems(frame.version, frame.choices)
    if problems:
        errors = [FieldError(each.field, each.code, _(each.text).format(**dict(each.values))) for each in problems]
        raise BadInput(_("Please correct the marked fields."), errors=errors)
    visits = len(frame.visits(needs_test=True))
    if visits > MOST_VISITS:
        text = _("%(visits)s visits are too many for one course; at most %(most)s can be planned.")
        raise BadInput.at("counts", text % {"visits": visits, "most": MOST_VISITS}, "too_many")


def check_scope(wanted: Wanted) -> None:
    """Breast, areas and reasons that the protocol does not serve (422 with reasons, D05, F002)."""
    found = list(_out_of_scope(wanted))
    if found:
        errors = [FieldError(name, reason.code, reason.message) for name, reason in found]
        raise Refusal(found[0][1].message, reasons=[reason for _name, reason in found], errors=errors)


def _out_of_scope(wanted: Wanted) -> Iterator[tuple[str, Reason]]:
    protocol, indication = wanted.version.protocol, wanted.indication
    served = set(protocol.areas.values_list("code", flat=True))
    option = current_rules().options.indications.get(indication.code)
    concerned = option.areas if option else frozenset()
    for area in wanted.areas:
        names = {"area": area.name, "protocol": protocol.code, "indication": indication.name}
        if not area.selectable:
            yield "areas", Reason("area_not_treated", area.reason, cites=area.cites)
        elif area.code not in served:
            text = _("%(protocol)s is not for this area: %(area)s.") % names
            yield "areas", Reason("area_not_served", text, cites=protocol.cites)
        elif concerned and area.code not in concerned:
            text = _("%(indication)s is not treated in this area: %(area)s.") % names
            yield "areas", Reason("area_not_of_indication", text, cites=indication.cites)
    if not indication.selectable:
        yield "indication", Reason("indication_not_treated", indication.reason, cites=indication.cites)
    elif indication.field not in offered_fields():
        text = _("This clinic does not offer this field: %(field)s.") % {"field": indication.get_field_display()}
        yield "indication", Reason("field_not_offered", text, cites=("F039",))
    elif not protocol.indications.filter(pk=indication.pk).exists():
        text = _("%(protocol)s is not for this: %(indication)s.") % {
            "protocol": protocol.code,
            "indication": indication.name,
        }
        yield "indication", Reason("indication_not_served", text, cites=protocol.cites)


def check_eligible(patient: Patient, wanted: Wanted) -> None:
    """A contraindicated plan cannot become a course (422 with every reason and the date it ends, where one exists)."""
    plan = plan_of(
        areas=wanted.areas,
        indication=wanted.indication,
        formulation=wanted.formulation,
        delivery_device=wanted.delivery_device,
        technique=wanted.technique,
    )
    verdict = evaluate(patient, wanted.start_on, Occasion.PLAN, plan, zone=ZoneInfo(wanted.location.timezone))
    if verdict.status is Status.CONTRAINDICATED:
        against = [finding for finding in verdict.findings if finding.status is Status.CONTRAINDICATED]
        text = _("This treatment is ruled out for this patient.")
        raise Refusal(text, reasons=as_reasons(against), next=verdict.until)


def check_spacing(course: Course, now: datetime) -> None:
    """Another course on the same skin keeps its distance: 422 with the first date that would pass (D06)."""
    state = read_state(course.pk, now)
    floor = state.frame.interval(state.frame.version.phases[0].order).floor
    blocked = blocked_days(state.areas, floor, state.others)
    waits_for_test = state.gate is not None and state.gate.status in TEST_FIRST
    wanted = course.start_on + timedelta(days=int(waits_for_test))
    free = first_free(wanted, blocked)
    if free != wanted:
        ours = blocked_days(state.areas, floor, [each for each in state.others if each.course != FORMER])
        text = _("Another course treats this skin too close to that day. Possible from %(day)s.")
        if first_free(wanted, ours) == wanted:
            text = _("The former system tells of a treatment too close to that day. Possible from %(day)s.")
        text %= {"day": free}
        raise Refusal(text, reasons=[Reason("area_floor", text, free, ("D06",))], next=free)
