"""Allergies: suspected by a positive test, recorded by a clinician, ruled out by a prescriber only (D22).

Each change screens the patient again, and with that the visits ahead are judged again (D16).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, is_prescriber, role_of
from clinic.base.names import fold
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.zones import zone_of
from clinic.models import User
from patients.actions.checks import tidy_note
from patients.actions.intake import screen_again
from patients.models import Allergy, AllergyTest, Patient
from patients.queries.allergy import known_allergens
from patients.queries.eligibility import last_screening
from patients.queries.rules import current_rules
from protocols.eligibility import Occasion
from protocols.eligibility.written import allergens_in
from protocols.models import Substance

Verification = Allergy.Verification


def suspect_ingredients(test: AllergyTest, by: User, now: datetime) -> None:
    """Every ingredient of a positive test is suspected; one that is confirmed already stays so (D22)."""
    codes = {*test.ingredients, *test.named}
    for substance in Substance.objects.filter(code__in=codes).order_by("code"):
        Allergy.objects.get_or_create(
            patient=test.patient,
            substance=substance,
            defaults={"verification": Verification.SUSPECTED, "recorded_by": by, "recorded_at": now},
        )
    Allergy.objects.filter(patient=test.patient, substance__code__in=codes, verification=Verification.REFUTED).update(
        verification=Verification.SUSPECTED, recorded_at=now
    )
    screen_again(test.patient, Occasion.PLAN, by, now, zone_of(by))


@transaction.atomic
def suspect_substance(*, patient: Patient, substance: Substance, by: User, now: datetime) -> None:
    """A clinician suspects it of a reaction (D38). Confirmed stays confirmed; ruled out is suspected again."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    row, new = Allergy.objects.get_or_create(
        patient=patient,
        substance=substance,
        defaults={"verification": Verification.SUSPECTED, "recorded_by": by, "recorded_at": now},
    )
    if not new and row.verification == Verification.REFUTED:
        row.verification, row.recorded_by, row.recorded_at = Verification.SUSPECTED, by, now
        row.version += 1
        row.save()
    screen_again(patient, Occasion.PLAN, by, now, zone_of(by))


@transaction.atomic
def suspect_told(*, patient: Patient, told: str, note: str, by: User, now: datetime) -> list[Allergy]:
    """What another system says somebody is allergic to is suspected here until a prescriber settles it: as a substance
    or allergen that the rules know, else in the words told, which no rule reads. The new rows: what is on record, ruled
    out too, stays as it is."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    substance = next((row for row in Substance.objects.filter(active=True) if fold(row.name) == fold(told)), None)
    codes = () if substance else allergens_in([{"name": told}], current_rules().names)
    wanted = [(substance, "")] if substance else [(None, code) for code in sorted(codes)] or [(None, told[:60])]
    made = []
    for known, allergen in wanted:
        if not Allergy.objects.filter(patient=patient, substance=known, allergen=allergen).exists():
            new = Allergy(patient=patient, substance=known, allergen=allergen, note=note, recorded_by=by)
            new.verification, new.recorded_at = Verification.SUSPECTED, now
            new.save()
            made.append(new)
    if made and last_screening(patient):
        screen_again(patient, Occasion.PLAN, by, now, zone_of(by))
    return made


@transaction.atomic
def record_allergy(
    *,
    patient: Patient,
    substance: Substance | None = None,
    allergen: str = "",
    note: str,
    by: User,
    now: datetime | None = None,
) -> Allergy:
    """An allergy the patient reports or a test proved: confirmed, so that no mix with it is possible from now on.

    Either `substance` or `allergen`, a code of the intake's list. `note` says how it is known. BadInput (400) at the
    field, Conflict (409) when it is confirmed already, Forbidden unless `by` is a clinician. It tightens only, so no
    prescriber is needed; to rule it out one is.
    """
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a clinician may record an allergy."))
    if (substance is None) == (not allergen) or (allergen and allergen not in known_allergens()):
        raise BadInput.at("allergen", _("Choose one substance or allergen of the list."), "unknown")
    why, now = tidy_note("note", note, required=True), now or clock.now()
    Patient.objects.select_for_update().get(pk=patient.pk)  # one row each, whoever records first
    known = Allergy.objects.filter(patient=patient, substance=substance, allergen=allergen).first()
    if known and known.verification == Verification.CONFIRMED:
        raise Conflict(_("This allergy is on record already."))
    row = known or Allergy(patient=patient, substance=substance, allergen=allergen, version=0)
    return _signed(row, Verification.CONFIRMED, why, by, now)


@transaction.atomic
def settle_allergy(*, allergy: Allergy, confirmed: bool, note: str, by: User, now: datetime | None = None) -> Allergy:
    """A prescriber confirms or rules out a suspected allergy; only then do mixes with it open again (D22).

    Forbidden unless a prescriber, BadInput without a reason.
    """
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may decide on a suspected allergy."))
    locked = Allergy.objects.select_for_update().get(pk=allergy.pk)
    why = tidy_note("note", note, required=True)
    verification = Verification.CONFIRMED if confirmed else Verification.REFUTED
    return _signed(locked, verification, why, by, now or clock.now())


def _signed(row: Allergy, verification: Allergy.Verification, why: str, by: User, now: datetime) -> Allergy:
    row.verification, row.note = verification, why
    row.recorded_by, row.recorded_at = by, now
    row.version += 1
    row.save()
    screen_again(row.patient, Occasion.PLAN, by, now, zone_of(by))
    return row
