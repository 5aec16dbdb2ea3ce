"""What the patient signed, and what they take home."""

from django.http import HttpResponse

from clinic.base.access import PATIENT, allow
from clinic.base.requests import HttpRequest
from patients.access import access_consent
from scheduling.models import SessionStatus
from scheduling.portal.views.shared import visitor
from scheduling.treatment.queries.care import TREATED


@allow(PATIENT)
def documents(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="documents")
    treated = [each for each in who.visits if each.session.kind in TREATED]
    return who.page(
        "scheduling/portal/documents.html",
        consents=who.patient.consents.all(),
        has_visits=any(each.ahead for each in who.visits),
        aftercare=[each for each in reversed(treated) if each.status == SessionStatus.COMPLETED],
    )


@allow(PATIENT)
def consent(request: HttpRequest, consent_id: int) -> HttpResponse:
    """The lines as they were signed."""
    who = visitor(request, what="consent")
    return who.page("scheduling/portal/consent.html", consent=access_consent(request.user, consent_id))
