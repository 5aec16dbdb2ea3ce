"""What the worker is rung for and what the clock asks of it: an id in, one call. Each names its scope."""

from celery import shared_task

from clinic.base import scope
from scheduling.courses.changing.actions import course_states, disruption_building, horizon, judging, slot_offers
from scheduling.courses.planning.actions import proposal_building
from scheduling.desk.actions import todo
from scheduling.messages.actions import dispatch, due
from scheduling.setup.actions import exporting, importing, staff
from scheduling.treatment.actions import reactions


@shared_task(name="scheduling.build_proposal")
@scope.whole()
def build_proposal(proposal_id: int) -> None:
    proposal_building.build_proposal(proposal_id=proposal_id)


@shared_task(name="scheduling.sweep_proposals")
@scope.whole()
def sweep_proposals() -> None:
    proposal_building.sweep_proposals()
    disruption_building.sweep_disruptions()
    importing.sweep_imports()
    exporting.sweep_exports()


@shared_task(name="scheduling.run_import")
@scope.whole()
def run_import(import_id: int) -> None:
    importing.run_import(import_id=import_id)


@shared_task(name="scheduling.forget_strays")
@scope.whole()
def forget_strays() -> None:
    importing.forget_strays()


@shared_task(name="scheduling.run_export", soft_time_limit=3600, time_limit=3620)
@scope.whole()
def run_export(export_id: int) -> None:
    exporting.run_export(export_id=export_id)


@shared_task(name="scheduling.build_disruption")
@scope.whole()
def build_disruption(replan_id: int) -> None:
    disruption_building.build_disruption(replan_id=replan_id)


@shared_task(name="scheduling.advance_horizon")
@scope.whole()
def advance_horizon() -> None:
    horizon.advance_horizon()


@shared_task(name="scheduling.sweep_offers")
@scope.whole()
def sweep_offers() -> None:
    slot_offers.sweep_offers()


@shared_task(name="scheduling.judge_patient")
@scope.whole()
def judge_patient(patient_id: int) -> None:
    judging.judge_patient(patient_id=patient_id)


@shared_task(name="scheduling.judge_changed")
@scope.whole()
def judge_changed() -> None:
    judging.judge_changed()


@shared_task(name="scheduling.dispatch_messages")
@scope.whole()
def dispatch_messages() -> None:
    dispatch.dispatch_due()


@shared_task(name="scheduling.arm_due")
@scope.whole()
def arm_due() -> None:
    due.arm_due()
    todo.forget_marks()


@shared_task(name="scheduling.escalate_reactions")
@scope.whole()
def escalate_reactions() -> None:
    reactions.escalate_overdue()
    course_states.free_held_times()


@shared_task(name="scheduling.end_employments")
@scope.whole()
def end_employments() -> None:
    staff.end_employments()
