"""What the patient signs and has signed, and what they take home."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base.access import PATIENT, allow
from clinic.base.forms import attempt, posted, status_of
from clinic.base.once import reads_once
from clinic.base.requests import HttpRequest
from patients.access import access_consent
from patients.actions.consent import needs_interpreter, sign_consent
from patients.forms.acts import ConsentForm
from patients.models import Consent
from patients.queries.consent import lines_to_sign
from protocols.models import ConsentStatement
from scheduling.courses.queries.plans import plans_of_patient
from scheduling.courses.queries.prices import prices_of
from scheduling.models import SessionStatus
from scheduling.portal.views.shared import Visitor, visitor
from scheduling.treatment.queries.care import TREATED


@allow(PATIENT)
@reads_once
def documents(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="documents")
    treated = [each for each in who.visits if each.session.kind in TREATED]
    return who.page(
        "scheduling/portal/documents.html",
        consents=who.patient.consents.all(),
        to_sign=acts_to_sign(who),
        prices=prices_of(who.patient.courses.all()),
        has_visits=any(each.ahead for each in who.visits),
        aftercare=[each for each in reversed(treated) if each.status == SessionStatus.COMPLETED],
    )


@allow(PATIENT)
def consent(request: HttpRequest, consent_id: int) -> HttpResponse:
    """The lines as they were signed."""
    who = visitor(request, what="consent")
    return who.page("scheduling/portal/consent.html", consent=access_consent(request.user, consent_id))


def unsigned(who: Visitor) -> dict[str, list[ConsentStatement]]:
    return lines_to_sign(who.patient, plans_of_patient(who.patient), who.now)


def acts_to_sign(who: Visitor) -> list[Consent.Act]:
    """The acts with lines that are not signed yet; nothing before the first visit is made (D36)."""
    if not who.visits and not who.courses:
        return []
    return [Consent.Act(act) for act, lines in unsigned(who).items() if lines]


@allow(PATIENT)
@reads_once
def consent_sign(request: HttpRequest, act: str) -> HttpResponse:
    """The lines that are still missing, to be read and signed by the patient, now and with their own name (D36)."""
    who = visitor(request, what="consent")
    if act not in Consent.Act.values:
        raise Http404
    lines = unsigned(who)[act]
    form = ConsentForm(posted(request) if lines else None, lines=lines, zone=who.zone, by_patient=True)
    if attempt(form, lambda: sign_consent(patient=who.patient, act=act, by=request.user, **form.wanted())):
        messages.success(request, _("Thank you, it is signed."))
        return redirect("portal:documents")
    asks = needs_interpreter(who.patient, settings.LANGUAGE_CODE)
    context = {"form": form, "act": Consent.Act(act), "asks_interpreter": asks}
    return who.page("scheduling/portal/consent_sign.html", status=status_of(form), **context)
