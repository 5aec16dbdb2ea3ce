"""A needle that hurt somebody of the staff: a record of theirs, apart from the patient's (D55)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, role_of, staff_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.versions import check_version
from clinic.models import Location, StaffMember, User
from patients.actions.checks import recent, tidy_note, tidy_text
from patients.models import Patient
from scheduling.models import SharpsInjury


def report_injury(
    *,
    location: Location,
    device: str,
    source: str,
    happened_at: datetime | None = None,
    source_patient: Patient | None = None,
    how: str = "",
    injured: StaffMember | None = None,
    by: User,
    now: datetime | None = None,
) -> SharpsInjury:
    """Write down an injury of `injured`, else of whoever reports it. BadInput at device, source, source_patient and
    happened_at (at most seven days back)."""
    now, person = now or clock.now(), injured or staff_of(by)
    if person is None:
        raise Forbidden(_("Only staff report such an injury."))
    if source not in SharpsInjury.Source.values:
        raise BadInput.at("source", _("Please choose one of the list."), "invalid_choice")
    if source_patient is not None and source != SharpsInjury.Source.KNOWN:
        raise BadInput.at("source_patient", _("Only where the patient is known."), "invalid")
    return SharpsInjury.objects.create(
        injured=person,
        location=location,
        happened_at=recent("happened_at", happened_at or now, now),
        device=tidy_text("device", device, longest=120),
        source=source,
        source_patient=source_patient,
        how=tidy_note("how", how),
        reported_by=by,
        reported_at=now,
    )


@transaction.atomic
def close_injury(
    *, injury: SharpsInjury, follow_up: str, by: User, now: datetime | None = None, version: int | None = None
) -> SharpsInjury:
    """A director says what was done about it. Forbidden for others, BadInput at follow_up, Conflict when closed."""
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a director may do this."))
    row = SharpsInjury.objects.select_for_update().get(pk=injury.pk)
    check_version(row, version)
    if row.closed_at is not None:
        raise Conflict(_("This was closed already."), extra={"state": "closed"})
    row.follow_up = tidy_note("follow_up", follow_up, required=True)
    row.closed_by, row.closed_at, row.version = by, now or clock.now(), row.version + 1
    row.save(update_fields=["follow_up", "closed_by", "closed_at", "version"])
    return row
