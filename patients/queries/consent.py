"""Which consent stands, act by act (D20, D23)."""

from collections.abc import Collection
from datetime import datetime

from patients.models import Consent, Patient
from protocols.eligibility import Act

Standing = dict[tuple[int, str], Consent]


def consents_in_force(patients: Collection[int], at: datetime) -> Standing:
    """(patient id, act) -> the newest word on the act, if it was a yes that still stands at `at`; one query."""
    rows = Consent.objects.filter(patient__in=patients, signed_at__lte=at).order_by("signed_at", "id")
    newest = {(row.patient_id, row.act): row for row in rows}
    return {key: row for key, row in newest.items() if row.status == Consent.Status.ACTIVE}


def consent_in_force(patient: Patient, act: Act | str, at: datetime) -> Consent | None:
    """The same of one patient and one act."""
    return consents_in_force([patient.pk], at).get((patient.pk, str(act)))


def consents_of(patient: Patient) -> list[Consent]:
    """Every word on record, newest first."""
    return list(Consent.objects.filter(patient=patient).select_related("recorded_by", "withdrawn_by"))
