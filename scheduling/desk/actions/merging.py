"""Two records of one person become one, in one transaction, and can be taken apart within a day.

What is said about the patient goes over to the kept record, whatever table it is in; a yes of either stays a yes, and
what either lists, such as medicines, stays listed. What was decided on fewer answers than there are now goes nowhere:
decisions and screenings stay with the retired record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import F, Model, Q, UniqueConstraint, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from clinic.base import clock, scope
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import Conflict, Forbidden
from clinic.base.zones import zone_of
from clinic.models import User
from patients.actions.intake import screen_again
from patients.models import (
    AccessLog,
    Allergy,
    AllergyTest,
    AllergyTestReading,
    ContactPreference,
    FindingDecision,
    IntakeResponse,
    Merge,
    Patient,
    Screening,
)
from patients.queries.allergy import cleared
from patients.queries.answers import newest_answers
from patients.queries.questions import intake_questions
from protocols.eligibility import UNKNOWN, Occasion, QuestionType
from scheduling.courses.actions.courses import lock_courses
from scheduling.courses.changing.actions.course_safety import hold_for_test
from scheduling.courses.changing.actions.course_states import hold_for_reaction
from scheduling.desk.queries.overview import APART_WITHIN
from scheduling.models import AdverseEvent, Booking, Course, Message, Session

STAYS = (AccessLog, ContactPreference, FindingDecision, Merge, Patient, Screening)
FILLED = ("phone", "email", "birth_date", "address", "needs_note", "user_id")
STRICTER = [Allergy.Verification.REFUTED, Allergy.Verification.SUSPECTED, Allergy.Verification.CONFIRMED]
DURING = ("checked_in", "in_progress")


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would do. `differences` are clinical; `obstacles` must be out of the way first."""

    kept: Patient
    retired: Patient
    rows: list[tuple[str, int]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


@scope.whole()
def preview(kept: Patient, retired: Patient) -> Preview:
    counted = [(str(model._meta.verbose_name_plural), rows.count()) for model, rows in moving(retired)]
    return Preview(
        kept=kept,
        retired=retired,
        rows=[(name, number) for name, number in counted if number],
        differences=[*differences(kept, retired)],
        obstacles=[*obstacles(kept, retired)],
    )


def moving(retired: Patient) -> Iterator[tuple[type[Model], Any]]:
    """Every table of the product that names a patient, with the rows of this one; history writes itself."""
    for model in apps.get_models():
        if model in STAYS or hasattr(model, "pgh_label") or model._meta.proxy:
            continue
        for each in model._meta.concrete_fields:
            if each.related_model is Patient:
                yield model, model._default_manager.filter(**{each.name: retired})


def differences(kept: Patient, retired: Patient) -> Iterator[str]:
    """Where the two records do not say the same of somebody's health, or a mailbox would open answers that it did not
    open before: a desk that may not read them cannot become the patient."""
    if kept.birth_date and retired.birth_date and kept.birth_date != retired.birth_date:
        yield _("Date of birth: %(one)s or %(other)s.") % {"one": kept.birth_date, "other": retired.birth_date}
    if {kept.sex, retired.sex} - {Patient.Sex.UNKNOWN} == {Patient.Sex.FEMALE, Patient.Sex.MALE}:
        yield _("Sex: the records differ.")
    words = {each.link_id: each.text for each in intake_questions()}
    mine, theirs = newest_answers(kept), newest_answers(retired)
    reader = kept.user_id or retired.user_id
    if any(told and reader not in (None, each.user_id) for each, told in ((kept, mine), (retired, theirs))):
        yield _("Mailbox: whoever signs in with the one that stays will read answers given without it.")
    for link_id in sorted(set(mine) & set(theirs)):
        if mine[link_id].value != theirs[link_id].value:
            yield _("Different answers: %(question)s") % {"question": words.get(link_id, link_id)}
    states = {row.substance_id: row.verification for row in Allergy.objects.filter(patient=kept)}
    for row in Allergy.objects.filter(patient=retired).select_related("substance"):
        if states.get(row.substance_id) != row.verification:
            yield _("Allergy to %(what)s: %(state)s.") % {"what": row, "state": row.get_verification_display()}


def obstacles(kept: Patient, retired: Patient) -> Iterator[str]:
    """What merging cannot do: somebody is being treated, or has two visits at one time."""
    if kept.pk == retired.pk or kept.merged_into_id or retired.merged_into_id:
        yield _("These are not two records any more.")
    if Session.objects.filter(patient__in=[kept, retired], status__in=DURING).exists():
        yield _("A visit is under way. Merge when it is over.")
    mine = Booking.objects.filter(active=True, patient=kept)
    for other in Booking.objects.filter(active=True, patient=retired):
        if mine.filter(start__lt=other.end, end__gt=other.start).exists():
            yield _("Both records have a visit at one time. Move or cancel one of them first.")
            return


@scope.whole()
@transaction.atomic
def merge(*, kept: Patient, retired: Patient, by: User, now: datetime | None = None) -> Merge:
    """`retired` leads to `kept` from now on, and what was said of it is said of `kept`.

    Conflict (409) for an obstacle of the preview; Forbidden where the records differ clinically and `by` is no
    clinician: reading the preview and merging is the confirmation.
    """
    now = now or clock.now()
    lock_courses(Course.objects.filter(patient__in=[kept, retired]).values_list("pk", flat=True))
    kept, retired = locked(kept, retired)
    for obstacle in obstacles(kept, retired):
        raise Conflict(obstacle)
    if role_of(by) not in CLINICAL and any(differences(kept, retired)):
        raise Forbidden(_("The records differ in what matters for treatment. A practitioner merges them."))
    yes = either_yes(kept, retired)
    done = Merge(kept=kept, retired=retired, merged_by=by, merged_at=now, before=fields_of(kept, retired))
    done.before["allergies"] = unite_allergies(kept, retired)
    move_all(done)
    unite_fields(kept, retired)
    done.before["written"] = write_yes(kept, yes, by, now)
    done.save()
    hold_where_needed(kept, by, now)
    screen_again(kept, Occasion.PLAN, by, now, zone_of(by))
    return done


def hold_where_needed(kept: Patient, by: User, now: datetime) -> None:
    """A reaction or a positive test that stops one record's courses stops all of the person's; apart again, each goes
    on by a prescriber's word (D22, D38)."""
    event = AdverseEvent.objects.filter(patient=kept, stops=True, decided_at=None).order_by("pk").first()
    if event is not None:
        hold_for_reaction(event=event, now=now)
    ruled_out = cleared(kept.allergies.select_related("substance"))
    positive = AllergyTest.objects.filter(patient=kept, readings__result=AllergyTestReading.Result.POSITIVE)
    for test in positive.distinct().order_by("pk"):
        if {*test.ingredients, *test.named} - ruled_out:
            hold_for_test(test=test, by=by, now=now)


def locked(*patients: Patient) -> tuple[Patient, ...]:
    rows = Patient.objects.select_for_update(of=("self",)).filter(pk__in=[each.pk for each in patients]).order_by("pk")
    found = {row.pk: row for row in rows}
    return tuple(found[each.pk] for each in patients)


def fields_of(kept: Patient, retired: Patient) -> dict[str, Any]:
    """The fields that merging changes, as they are."""
    names = (*FILLED, "needs", "sex")
    values = {name: getattr(kept, name) for name in names}
    values["birth_date"] = kept.birth_date.isoformat() if kept.birth_date else None
    return {"kept": values, "retired": {"user_id": retired.user_id}}


def unite_allergies(kept: Patient, retired: Patient) -> dict[str, str]:
    """One substance is in one row: the stricter of both counts. {id: what the kept row said before}."""
    before: dict[str, str] = {}
    mine = {row.substance_id: row for row in Allergy.objects.filter(patient=kept, substance__isnull=False)}
    for other in Allergy.objects.filter(patient=retired, substance__in=mine):
        row = mine[other.substance_id]
        if rank(other) > rank(row):
            before[str(row.pk)] = row.verification
            Allergy.objects.filter(pk=row.pk).update(verification=other.verification, version=F("version") + 1)
    return before


def rank(row: Allergy) -> int:
    return STRICTER.index(Allergy.Verification(row.verification))


def move_all(done: Merge) -> None:
    for model, rows in moving(done.retired):
        taken = rows.exclude(pk__in=clashing(model, rows, done.kept))
        give(model, [*taken.values_list("pk", flat=True)], done.retired, done.kept, done)
    voided = FindingDecision.objects.filter(patient=done.kept)  # bound to answers that are now more
    give(FindingDecision, [*voided.values_list("pk", flat=True)], done.kept, done.retired, done)


def patient_field(model: type[Model]) -> str:
    return next(each.name for each in model._meta.concrete_fields if each.related_model is Patient)


def clashing(model: type[Model], rows: Any, kept: Patient) -> list[Any]:
    """Rows of which the kept record may have only one and has it: an allergy to the same substance, an open draft."""
    name = patient_field(model)
    left: list[Any] = []
    for rule in model._meta.constraints:
        if isinstance(rule, UniqueConstraint) and name in rule.fields:
            fields = [each for each in rule.fields if each != name]
            when = rule.condition or Q()
            there = {*model._default_manager.filter(when, **{name: kept}).values_list("pk", *fields)}
            taken = {tuple(values) for _pk, *values in there}
            left += [pk for pk, *values in rows.filter(when).values_list("pk", *fields) if tuple(values) in taken]
    return left


def give(model: type[Model], ids: list[Any], giver: Patient, taker: Patient, done: Merge | None = None) -> None:
    """These rows are the other record's; a message is said once whoever of the two it names."""
    if not ids:
        return
    name = patient_field(model)
    changes: dict[str, Any] = {name: taker}
    if model is Message:
        changes["dedupe_key"] = Replace(F("dedupe_key"), Value(f":p{giver.pk}"), Value(f":p{taker.pk}"))
    model._default_manager.filter(pk__in=ids, **{name: giver}).update(**changes)
    if done is not None:
        done.moved[model._meta.label] = ids


def go_with_visits(kept: Patient, retired: Patient) -> None:
    """What was written since about a course or a visit that goes back goes with it: visits, times, messages."""
    rows = [(model, each) for model, found in moving(kept) for each in linked(model, found, retired)]
    for model, found in sorted(rows, key=lambda each: each[0] is not Session):  # a time follows its visit
        give(model, [*found.values_list("pk", flat=True)], kept, retired)


def linked(model: type[Model], rows: Any, patient: Patient) -> Iterator[Any]:
    for each in model._meta.concrete_fields:
        if each.related_model in (Course, Session):
            yield rows.filter(**{f"{each.name}__patient": patient})


def unite_fields(kept: Patient, retired: Patient) -> None:
    user = retired.user_id
    for name in FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(retired, name))
    if kept.sex == Patient.Sex.UNKNOWN:
        kept.sex = retired.sex
    kept.needs = [need for need in Patient.Need.values if need in {*kept.needs, *retired.needs}]
    retired.merged_into = kept
    retired.user_id = None if user else retired.user_id
    for each in (retired, kept):
        each.version += 1
        each.save()


def either_yes(kept: Patient, retired: Patient) -> dict[str, Any]:
    """What both records answer, wherever the newer answer alone would leave out what the older one says."""
    types = {each.link_id: each.type for each in intake_questions()}
    mine, theirs = newest_answers(kept), newest_answers(retired)
    found = {}
    for link_id in sorted(set(mine) & set(theirs) & set(types)):
        older, newer = (
            each.value
            for each in sorted((mine[link_id], theirs[link_id]), key=lambda each: (each.at, each.response.pk))
        )
        said = all_of(older, newer, types[link_id])
        if said != newer:
            found[link_id] = said
    return found


def all_of(older: Any, newer: Any, kind: str) -> Any:
    """A yes of either, every line and word of both, and the later day. Of two choices the newer one."""
    if older is True or newer is True:
        return True
    if isinstance(older, list) or isinstance(newer, list):
        return [*lines(newer), *(each for each in lines(older) if each not in lines(newer))]
    if kind not in (QuestionType.TEXT, QuestionType.DATE) or older in (None, UNKNOWN, newer):
        return newer
    if newer in (None, UNKNOWN):
        return older
    return max(older, newer) if kind == QuestionType.DATE else f"{newer}; {older}"


def lines(answer: Any) -> list[Any]:
    """A list as it was answered; text that was given before there were lines is one of them."""
    if isinstance(answer, list):
        return answer
    return [{"name": answer}] if answer and answer != UNKNOWN else []


def write_yes(kept: Patient, yes: dict[str, Any], by: User, now: datetime) -> list[int]:
    if not yes:
        return []
    response = IntakeResponse.objects.create(
        patient=kept, occasion=Occasion.PLAN, answers=yes, answered_at=now, author=by, reason=_("Two records merged")
    )
    return [response.pk]


@scope.whole()
@transaction.atomic
def take_apart(*, done: Merge, by: User, now: datetime | None = None) -> Merge:
    """Both records as they were; what was written to the kept one since stays with it, unless it is about a course or a
    visit that goes back. Conflict (409) after a day."""
    now = now or clock.now()
    done = Merge.objects.select_for_update(of=("self",)).get(pk=done.pk)
    kept, retired = locked(done.kept, done.retired)
    if done.undone_at or now > done.merged_at + APART_WITHIN:
        raise Conflict(_("Records can be taken apart within a day."))
    if Session.objects.filter(patient=kept, status__in=DURING).exists():
        raise Conflict(_("A visit is under way. Take the records apart when it is over."))
    IntakeResponse.objects.filter(pk__in=done.before["written"]).delete()
    for label, ids in done.moved.items():
        pair = (retired, kept) if label == FindingDecision._meta.label else (kept, retired)
        give(apps.get_model(label), ids, *pair)
    go_with_visits(kept, retired)
    for pk, state in done.before["allergies"].items():
        Allergy.objects.filter(pk=pk).update(verification=state, version=F("version") + 1)
    born = done.before["kept"]["birth_date"]
    done.before["kept"]["birth_date"] = date.fromisoformat(born) if born else None
    for each, values in ((kept, done.before["kept"]), (retired, done.before["retired"])):
        for name, value in values.items():
            setattr(each, name, value)
    retired.merged_into = None
    for each in (kept, retired):
        each.version += 1
        each.save()
    done.undone_at, done.undone_by = now, by
    done.save(update_fields=["undone_at", "undone_by"])
    screen_again(kept, Occasion.PLAN, by, now, zone_of(by))
    return done
