"""What a patient asks of the desk: asked, answered, withdrawn."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Session, VisitRequest


@transaction.atomic
def ask_the_desk(
    *, patient: Patient, location: Location, session: Session | None, text: str, now: datetime | None = None
) -> VisitRequest:
    """Put it on the desk's list; asked again about the same visit the newer words stand. BadInput without words."""
    text = text.strip()
    if not text:
        raise BadInput.at("text", _("Please say what you need."), "required")
    given = {"text": text, "location": location}
    row, _new = VisitRequest.objects.update_or_create(
        patient=patient,
        session=session,
        closed_at=None,
        defaults=given,
        create_defaults=given | {"asked_at": now or clock.now()},
    )
    return row


@transaction.atomic
def close_request(*, request: VisitRequest, by: User, now: datetime | None = None) -> None:
    """Answered by the desk, or withdrawn by the patient. Conflict (409) when somebody did so before."""
    open_ones = VisitRequest.objects.filter(pk=request.pk, closed_at=None)
    if not open_ones.update(closed_at=now or clock.now(), closed_by=by):
        raise Conflict(_("This was answered already."))
