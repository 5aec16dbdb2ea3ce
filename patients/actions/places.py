"""Which locations treat a patient."""

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import scope
from clinic.base.refusals import BadInput
from clinic.models import Location, User
from patients.models import Patient, PatientLocation


@scope.whole()
def treat_at(*, patient: Patient, location: Location, by: User | None, asked: bool = False) -> PatientLocation:
    """From now on this location treats the patient; one that does already stays as it is."""
    row, _new = PatientLocation.objects.get_or_create(
        patient=patient, location=location, defaults={"added_by": by, "asked": asked}
    )
    return row


@scope.whole()
@transaction.atomic
def add_location(*, patient: Patient, location: Location, agreed: bool, by: User) -> PatientLocation:
    """Add a location to a patient known at another one. BadInput (400) without the patient's yes."""
    if not agreed:
        raise BadInput.at("agreed", _("Ask the patient, and tick that they said yes."), "required")
    return treat_at(patient=patient, location=location, by=by, asked=True)
