"""The patient cannot come, asks the desk for what the calendar does not offer, or answers what it offers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import PATIENT, allow
from clinic.base.clock import local_date
from clinic.base.forms import status_of
from clinic.base.refusals import Conflict, Refusal
from clinic.base.requests import HttpRequest
from scheduling.access import access_offer, access_request
from scheduling.base.pages import carried_out
from scheduling.courses.actions.requests import ask_the_desk, close_request
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions.slot_offers import accept_offer, decline_offer
from scheduling.models import Session, SessionStatus
from scheduling.portal.forms import AskForm, CannotComeForm
from scheduling.portal.views.shared import visitor


@allow(PATIENT)
def cannot_come(request: HttpRequest, session_id: int) -> HttpResponse:
    """The time is free for somebody else at once; the visit stays and gets another one, now or later."""
    who = visitor(request, what="visits")
    visit = who.visit(session_id)
    if visit.status == SessionStatus.DISPLACED and request.method == "POST":  # pressed twice
        return choose_another_day(visit.session)
    if visit.status != SessionStatus.BOOKED or not visit.start or visit.start <= who.now:
        raise Http404
    form = CannotComeForm(request.POST or None, initial={"version": visit.session.version})
    reason = _("The patient cannot come")
    if carried_out(form, displace_session, session=visit.session, reason=reason, by=request.user):
        messages.success(request, _("Thank you for telling us. Your time is free; please choose another one."))
        return choose_another_day(visit.session)
    return who.page("scheduling/portal/cannot_come.html", visit=visit, form=form, status=status_of(form))


def choose_another_day(session: Session) -> HttpResponse:
    """On to the times on other days than that of the one just given back."""
    had = session.bookings.order_by("-pk").values_list("start", flat=True)[0]
    day = local_date(had, session.location.timezone)
    return redirect(f"{reverse('portal:visit_move', args=[session.pk])}?not_on={day}")


@allow(PATIENT)
def ask(request: HttpRequest, session_id: int | None = None) -> HttpResponse:
    """In the patient's own words, about one visit or for one."""
    who = visitor(request, what="visits")
    visit = who.visit(session_id) if session_id else None
    place = visit.session.location if visit else who.location
    if place is None or (visit and not visit.ahead):
        raise Http404
    form = AskForm(request.POST or None)
    session = visit.session if visit else None
    if carried_out(form, ask_the_desk, patient=who.patient, location=place, session=session):
        messages.success(request, _("We have your request and will be in touch."))
        return redirect("portal:home")
    return who.page("scheduling/portal/ask.html", visit=visit, form=form, status=status_of(form))


@allow(PATIENT)
@require_POST
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    try:
        close_request(request=access_request(request.user, request_id), by=request.user)
    except Conflict as refused:
        messages.warning(request, refused.detail)
    else:
        messages.success(request, _("Your request is withdrawn."))
    return redirect("portal:home")


@allow(PATIENT)
@require_POST
def offer_answer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """A time that is kept for the patient is taken, or not."""
    offer = access_offer(request.user, offer_id)
    try:
        if "accept" in request.POST:
            accept_offer(offer=offer, by=request.user)
            said = _("The time is yours. We expect you then.")
        else:
            decline_offer(offer=offer, by=request.user)
            said = _("Thank you. We offer it to somebody else; nothing changes for you.")
    except Refusal as refused:
        messages.warning(request, refused.detail)
    else:
        messages.success(request, said)
    return redirect("portal:home")
