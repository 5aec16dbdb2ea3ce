"""Who opened whose record: for the director and the patient, and who opened unusually many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from clinic.base.access import PATIENT, role_of
from clinic.models import StaffMember, User
from patients.models import AccessLog, Patient

SHOWN = 200  # openings on one page
MANY = 60  # records in one hour that no honest day's work needs
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a record; `own`: by the patient."""

    at: datetime
    what: str
    name: str
    role: str
    own: bool


@dataclass(frozen=True, slots=True)
class Reader:
    user: User
    records: int


def openings_of(patient: Patient) -> list[Opening]:
    """The last openings of this record, newest first. Two queries."""
    rows = (
        AccessLog.objects.filter(patient=patient)
        .select_related("user__staff")
        .prefetch_related("user__patients")[:SHOWN]
    )
    return [opening(row, patient) for row in rows]


def opening(row: AccessLog, patient: Patient) -> Opening:
    staff: StaffMember | None = getattr(row.user, "staff", None)
    role = staff.get_role_display() if staff else str(PATIENT.label) if role_of(row.user) == PATIENT else ""
    return Opening(row.at, row.what, str(row.user), role, row.user_id == patient.user_id)


def mass_readers(now: datetime, *, many: int = MANY) -> Sequence[Reader]:
    """Staff who opened the records of at least `many` people within the last hour, the most first."""
    rows = AccessLog.objects.filter(at__gt=now - HOUR, at__lte=now, user__staff__isnull=False)
    counted = rows.order_by().values("user").annotate(records=Count("patient", distinct=True)).filter(records__gte=many)
    found = {row["user"]: row["records"] for row in counted}
    people = User.objects.filter(pk__in=found).select_related("staff")
    return sorted((Reader(user, found[user.pk]) for user in people), key=lambda each: (-each.records, each.user.pk))
