"""Suspected allergies: raised by a positive test, settled by a prescriber, and nothing in between (D22)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import is_prescriber
from clinic.base.refusals import Forbidden
from clinic.models import User
from patients.actions.checks import tidy_note
from patients.actions.screening import VISITS_AHEAD
from patients.models import Allergy, AllergyTest


def suspect_ingredients(test: AllergyTest, by: User, now: datetime) -> None:
    """Every ingredient of a positive test is suspected; one that is confirmed already stays so (D22)."""
    for item in test.formulation.items.select_related("substance").filter(substance__code__in=test.ingredients):
        Allergy.objects.get_or_create(
            patient=test.patient,
            substance=item.substance,
            defaults={"verification": Allergy.Verification.SUSPECTED, "recorded_by": by, "recorded_at": now},
        )
    Allergy.objects.filter(
        patient=test.patient, substance__code__in=test.ingredients, verification=Allergy.Verification.REFUTED
    ).update(verification=Allergy.Verification.SUSPECTED, recorded_at=now)
    doorbell.ring(VISITS_AHEAD, test.patient_id)


@transaction.atomic
def settle_allergy(*, allergy: Allergy, confirmed: bool, note: str, by: User, now: datetime | None = None) -> Allergy:
    """A prescriber confirms or rules out a suspected allergy; only then do mixes with it open again (D22)."""
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may decide on a suspected allergy."))
    locked = Allergy.objects.select_for_update().get(pk=allergy.pk)
    locked.verification = Allergy.Verification.CONFIRMED if confirmed else Allergy.Verification.REFUTED
    locked.note = tidy_note("note", note, required=True)
    locked.recorded_by, locked.recorded_at = by, now or clock.now()
    locked.version += 1
    locked.save()
    doorbell.ring(VISITS_AHEAD, locked.patient_id)
    return locked
