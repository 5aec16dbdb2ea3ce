"""What goes wrong on the day: late, not well, not here, cancelled."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CARE, allow
from clinic.base.clock import local_date
from clinic.base.forms import attempt, status_of
from clinic.base.refusals import Conflict
from clinic.base.requests import HttpRequest
from scheduling.access import access_session
from scheduling.base.pages import carried_out, done, show, when
from scheduling.calendar.queries.arrivals import together
from scheduling.calendar.queries.lateness import late_options
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.actions import sessions
from scheduling.courses.changing.actions.along import begin_later, later_starts
from scheduling.courses.changing.actions.cascade import leave_out
from scheduling.courses.changing.views.diffs import diff_of
from scheduling.courses.changing.views.moves import undo_of_course, undoable
from scheduling.models import Session
from scheduling.treatment.forms.visits import LATER, CancelForm, LateForm, NoShowForm, ReasonForm


def page(request: HttpRequest, session: Session, template: str, *forms: Any, **context: Any) -> HttpResponse:
    given = {"session": session, "booking": current_booking(session), "form": forms[0]} | context
    return show(
        request, f"scheduling/treatment/{template}.html", given, location=session.location, status=status_of(*forms)
    )


@allow(CARE)
def visit_late(request: HttpRequest, session_id: int) -> HttpResponse:
    """When will they be here, and what does that leave: the whole visit, a shorter one, or another time."""
    session = access_session(request.user, session_id)
    if session.status != "booked":
        raise Conflict(_("Only a visit that is booked can be late."), extra={"state": session.status})
    now, zone, booking = clock.now(), ZoneInfo(session.location.timezone), current_booking(session)
    arrives = max(now, booking.start) if booking else now  # most ring up before their time
    form = LateForm(request.POST or request.GET or None, zone=zone, initial={"arrives": arrives})
    arrives = form.cleaned_data["arrives"] if form.is_bound and form.is_valid() else arrives
    options = late_options(session, arrives)
    together = later_starts(session=session, start=options.start, by=request.user)

    def later() -> Session:
        if "together" in request.POST:
            return begin_later(session=session, start=options.start, reason=_("Late"), by=request.user)
        start, minutes = options.start, options.minutes
        return sessions.move_session(session=session, start=start, minutes=minutes, reason=_("Late"), by=request.user)

    if request.method == "POST" and attempt(form, later) is not None:
        said = _("Begins at %(when)s.") % {"when": when(options.start, session.location)}
        return undoable(request, session, said)
    return page(request, session, "late", form, options=options, arrives=arrives, together=together, now=now)


@allow(CARE)
def visit_unwell(request: HttpRequest, session_id: int) -> HttpResponse:
    """Not well today: the time is freed, and a new one is looked for at once."""
    session = access_session(request.user, session_id)
    form = ReasonForm(request.POST or None, initial={"version": session.version, "reason": _("Not well today")})
    if carried_out(form, sessions.displace_session, session=session, by=request.user):
        return undoable(request, session, freed(), page="desk:visit_move")
    return page(request, session, "unwell", form)


@allow(CARE)
def visit_no_show(request: HttpRequest, session_id: int) -> HttpResponse:
    session = access_session(request.user, session_id)
    form = NoShowForm(request.POST or None, initial={"version": session.version})
    if carried_out(form, sessions.no_show, session=session, by=request.user):
        return undoable(request, session, _("Noted. The visit can be booked again."))
    return page(request, session, "no_show", form)


@allow(CARE)
def visit_cancel(request: HttpRequest, session_id: int) -> HttpResponse:
    """The patient cannot come, or the place is closed by then. The time is freed now and another found later, which
    never fails; another time is chosen at once; or the visit is left out, and what follows is shown first."""
    session = access_session(request.user, session_id)
    booking, last_day = current_booking(session), session.location.last_day
    day = local_date(booking.start, session.location.timezone) if booking else None
    closes = bool(day and last_day and day > last_day)
    reason = _("The location is closed by then") if closes else _("The patient cannot come")
    initial = {"version": session.version, "reason": reason}
    form = CancelForm(request.POST or None, initial=initial)
    if form.is_valid():
        answer = free_now if form.cleaned_data["then"] == LATER else leave_it_out
        if answered := answer(request, session, form):
            return answered
    not_on = day.isoformat() if day else ""
    return page(request, session, "cancel", form, not_on=not_on, beside=together(session), closes=closes)


def free_now(request: HttpRequest, session: Session, form: CancelForm) -> HttpResponse | None:
    act = attempt(form, lambda: sessions.displace_session(session=session, **form.said(), by=request.user))
    return undoable(request, session, freed()) if act else None


def freed() -> str:
    return _("The time is free again. The visit is on the list of those without a time.")


def leave_it_out(request: HttpRequest, session: Session, form: CancelForm) -> HttpResponse | None:
    """In a course the preview comes first; None when it was refused."""
    if session.course_id is None:
        act = attempt(form, lambda: sessions.cancel_session(session=session, **form.said(), by=request.user))
        return done(request, _("Cancelled."), to=reverse("desk:visit", args=[session.pk])) if act else None
    applying = "apply" in request.POST
    cascade = attempt(form, lambda: leave_out(session=session, **form.seen(applying), by=request.user))
    if cascade is None:
        return None
    if applying:
        to = reverse("courses:detail", args=[session.course_id])
        return done(request, _("Left out."), to=to, undo=undo_of_course(cascade, session))
    diff = diff_of(cascade)
    seen = CancelForm(initial=form.cleaned_data | {"expect": diff.digest})
    return page(request, session, "cancel_preview", seen, diff=diff)
