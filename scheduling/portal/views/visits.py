"""The patient's visits: behind, ahead, one by one; say yes to one, take it into a calendar, print the sheet."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import PATIENT, allow
from clinic.base.once import reads_once
from clinic.base.refusals import Conflict
from clinic.base.requests import HttpRequest
from scheduling.access import access_session
from scheduling.calendar import icalendars as feeds
from scheduling.calendar.actions.confirming import confirm_visit
from scheduling.calendar.queries.confirmed import is_confirmed
from scheduling.calendar.queries.feeds import of_session
from scheduling.models import NEEDLE_KINDS, SessionStatus
from scheduling.portal.views.moving import can_move
from scheduling.portal.views.shared import visitor
from scheduling.treatment.queries.care import by_days
from scheduling.treatment.queries.sheets import sheet_of
from scheduling.treatment.views.sheet_pdf import sheet_file


@allow(PATIENT)
def visits(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="visits")
    return who.page(
        "scheduling/portal/visits.html",
        coming=[each for each in who.visits if each.ahead and each.start and not each.joins],
        displaced=[each for each in who.visits if each.needs_time],
        later=[each for each in who.visits if each.ahead and not each.start and not each.needs_time],
        past=[each for each in reversed(who.visits) if not each.ahead and each.start],
    )


@allow(PATIENT)
@reads_once
def visit(request: HttpRequest, session_id: int) -> HttpResponse:
    """One visit: when and where, what to do before it, or after it."""
    who = visitor(request, what="visits")
    shown = who.visit(session_id)
    guide = who.guides.of(shown)
    ahead = shown.ahead and shown.start is not None
    return who.page(
        "scheduling/portal/visit.html",
        visit=shown,
        in_days=shown.in_days(who.today) if ahead else None,
        before=by_days(who.guides.before(shown)) if ahead else [],
        during=by_days(guide.during()) if ahead and shown.session.kind in NEEDLE_KINDS else [],
        after=by_days(guide.after(shown)) if ahead or shown.status == SessionStatus.COMPLETED else [],
        confirmed=ahead and is_confirmed(shown.session),
        can_confirm=ahead and shown.status == SessionStatus.BOOKED and not shown.session.rests,
        can_free=shown.status == SessionStatus.BOOKED and shown.start is not None and shown.start > who.now,
        can_move=can_move(who, shown),
    )


@allow(PATIENT)
@require_POST
def visit_confirm(request: HttpRequest, session_id: int) -> HttpResponse:
    session = access_session(request.user, session_id)
    try:
        confirm_visit(session=session, by=request.user)
    except Conflict as refused:
        messages.warning(request, refused.detail)
    else:
        messages.success(request, _("Thank you. We expect you."))
    return redirect("portal:home")


@allow(PATIENT)
def visit_calendar(request: HttpRequest, session_id: int) -> HttpResponse:
    """One visit as a file for a calendar."""
    appointment = of_session(access_session(request.user, session_id))
    if appointment is None:
        raise Http404
    content = feeds.calendar_of([appointment], subscribed=False)
    name = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return HttpResponse(content, content_type=feeds.CONTENT_TYPE, headers=name)


@allow(PATIENT)
@reads_once
def sheet(request: HttpRequest) -> HttpResponse:
    """Dates and instructions on paper."""
    who = visitor(request, what="sheet")
    return who.page("scheduling/portal/sheet.html", sheet=sheet_of(who.visits, who.courses, who.now))


@allow(PATIENT)
@reads_once
def sheet_as_file(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="sheet")
    return sheet_file(who.patient, sheet_of(who.visits, who.courses, who.now), who.location)
