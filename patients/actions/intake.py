"""Answers: saved page by page, handed in, asked on the day, and corrected by a prescriber with original and reason."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import is_prescriber
from clinic.base.refusals import BadInput, FieldError, Forbidden
from clinic.base.versions import check_version
from clinic.base.zones import zone_of
from clinic.models import User
from patients.actions.answers import check_answers, with_them
from patients.actions.checks import tidy_note
from patients.actions.screening import record_screening
from patients.models import FindingDecision, IntakeResponse, Patient
from patients.queries.answers import draft_of, facts_of, newest_answers
from patients.queries.eligibility import last_screening
from patients.queries.plans import NOTHING_PLANNED, plan_from_json
from patients.queries.questions import as_answers, for_prescriber, intake_questions
from patients.queries.rules import current_rules
from protocols.eligibility import Occasion
from protocols.eligibility.conditions import AnswerIn
from protocols.models import Formulation, IntakeQuestion

ONLY_BY_CORRECTION = "D10"  # a rule that rests on it is never lifted by answering again, only by a prescriber (D14)


@transaction.atomic
def save_answers(
    *,
    patient: Patient,
    occasion: Occasion | str,
    answers: Mapping[str, Any],
    by: User,
    now: datetime | None = None,
    complete: bool = True,
    version: int | None = None,
) -> IntakeResponse:
    """Save answers on top of what was begun; `complete` hands all of it in and screens again.

    `answers`: link id -> value; None is "asked, none", the text `unknown` "asked, not known". Raises BadInput naming
    each wrong answer (nothing is saved then), Forbidden for a prescriber's question, Stale for an old draft version.
    """
    now, zone, occasion = now or clock.now(), zone_of(by), Occasion(occasion)
    Patient.objects.select_for_update().get(pk=patient.pk)  # one draft, whoever types first
    draft = draft_of(patient, occasion)
    if draft:
        check_version(draft, version)
    tidy = checked(patient, answers, by, now, zone)
    merged = (draft.answers if draft else {}) | tidy
    if not merged:
        raise BadInput.at("answers", _("No answers were given."), "required")
    response = draft or IntakeResponse(patient=patient, occasion=str(occasion), version=0)
    response.answers, response.answered_at, response.author = merged, now, by
    response.status = IntakeResponse.Status.COMPLETED if complete else IntakeResponse.Status.IN_PROGRESS
    response.version += 1
    response.save()
    if complete:
        screen_again(patient, occasion, by, now, zone)
    return response


@transaction.atomic
def amend_answers(
    *,
    patient: Patient,
    answers: Mapping[str, Any],
    amends: IntakeResponse,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> IntakeResponse:
    """Correct answers of one earlier response (D14): a new response that names it; the original stays.

    Forbidden unless `by` prescribes; BadInput without a reason or for an answer that response does not hold.
    Malformed at an answer of another type than its question's.
    """
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may correct an answer."))
    now, zone = now or clock.now(), zone_of(by)
    Patient.objects.select_for_update().get(pk=patient.pk)
    why = tidy_note("reason", reason, required=True)
    if amends.patient_id != patient.pk or amends.status != IntakeResponse.Status.COMPLETED:
        raise BadInput.at("amends", _("That is not a completed intake of this patient."))
    tidy = check_answers(answers, known_questions(), today=now.astimezone(zone).date())
    foreign = sorted(set(tidy) - set(amends.answers) - with_them(tidy))
    if foreign or not tidy:
        raise BadInput(
            _("Only answers of the intake named can be corrected."),
            errors=[
                FieldError(f"answers.{name}", "not_there", _("That intake has no such answer.")) for name in foreign
            ],
        )
    corrected = IntakeResponse.objects.create(
        patient=patient, occasion=amends.occasion, answers=tidy, answered_at=now, author=by, amends=amends, reason=why
    )
    screen_again(patient, Occasion(amends.occasion), by, now, zone)
    return corrected


def checked(patient: Patient, answers: Mapping[str, Any], by: User, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Possible answers, by somebody who may give them, that lift no absolute rule and hide nothing."""
    questions, today = known_questions(), now.astimezone(zone).date()
    tidy = check_answers(answers, questions, today=today)
    reserved = [link_id for link_id in tidy if for_prescriber(questions[link_id])]
    if reserved and not is_prescriber(by):
        raise Forbidden(_("A prescriber answers this question at the consultation."))
    if errors := [*lifted(patient, tidy, now, zone)]:
        raise BadInput(_("An answer that rules out treatment holds until a prescriber corrects it."), errors=errors)
    return tidy if is_prescriber(by) else tidy | unseen(patient, tidy, today, zone)


def known_questions() -> dict[str, IntakeQuestion]:
    return {question.link_id: question for question in intake_questions()}


def lifted(patient: Patient, tidy: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Iterator[FieldError]:
    """Answers that would end an absolute finding by being given again (D10, D14)."""
    rules, today = current_rules(), now.astimezone(zone).date()
    before = facts_of(patient, zone)
    after = facts_of(patient, zone, extra=as_answers(tidy, today))
    then, later = (rules.case(facts, NOTHING_PLANNED, on=today, occasion=Occasion.PLAN) for facts in (before, after))
    changed = {
        name for name, value in tidy.items() if name not in before.answers or before.answers[name].value != value
    }
    for rule in rules.rules:
        if ONLY_BY_CORRECTION in rule.cites and rule.when.match(then) and not rule.when.match(later):
            for link_id in sorted(rules.answers_read(rule.when) & changed):
                yield FieldError(
                    f"answers.{link_id}",
                    "needs_correction",
                    _("You answered this before. Only a prescriber can correct it."),
                )


def unseen(patient: Patient, tidy: Mapping[str, Any], today: date, zone: ZoneInfo) -> dict[str, Any]:
    """Answers given again that a prescriber has to see, such as a lump: as they were until one decided (C43, D32)."""
    rules, facts = current_rules(), facts_of(patient, zone)
    case = rules.case(facts, NOTHING_PLANNED, on=today, occasion=Occasion.PLAN)
    kept: dict[str, Any] = {}
    for rule in rules.rules:
        when = rule.when
        if isinstance(when, AnswerIn) and when.until_seen and when.question in tidy and when.match(case):
            was = newest_answers(patient)[when.question]
            decided = FindingDecision.objects.filter(patient=patient, code=rule.code, decided_at__gte=was.at)
            if not decided.filter(by_prescriber=True).exists():
                several = isinstance(was.value, list)
                kept[when.question] = sorted({*was.value, *(tidy[when.question] or ())}) if several else was.value
    return kept


def screen_again(patient: Patient, occasion: Occasion, by: User, now: datetime, zone: ZoneInfo) -> None:
    """The verdict for what was last planned, in the light of new answers."""
    last = last_screening(patient)
    kept = last.plan if last else {}
    record_screening(
        patient=patient,
        on=now.astimezone(zone).date(),
        occasion=occasion,
        plan=plan_from_json(kept),
        formulation=Formulation.objects.filter(pk=kept.get("formulation") or 0).first(),
        by=by,
        now=now,
        zone=zone,
    )
