"""Give a visit a time or another time: choose, see what that changes, apply, undo."""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.forms import SHOWN_AT_FIELDS, status_of
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from patients.access import sees_conditions
from scheduling.access import access_session
from scheduling.base.pages import done, show, when
from scheduling.calendar.queries import offers
from scheduling.calendar.queries.offers import Place
from scheduling.calendar.queries.places import current_booking
from scheduling.calendar.queries.search import Search, next_start
from scheduling.courses.actions import sessions
from scheduling.courses.changing.actions.along import place_together, try_along
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.forms import MoveForm, OtherTimesForm
from scheduling.courses.changing.queries.acts import last_act
from scheduling.courses.changing.views.diffs import diff_of
from scheduling.courses.queries import visits
from scheduling.models import Session
from scheduling.setup import queries as setup

SHOWN, EVERY_MINUTES = 18, 15


@allow(CARE)
def visit_move(request: HttpRequest, session_id: int) -> HttpResponse:
    session = access_session(request.user, session_id)
    named = {"start": request.GET.get("start")}  # a time beyond the window that a batch showed
    return answer(request, session, MoveForm(request.POST or None, session=session, initial=named))


def answer(request: HttpRequest, session: Session, form: MoveForm) -> HttpResponse:
    """Times to choose from, what a chosen one changes, or the action; a refusal comes back with other times."""
    if not form.is_valid():
        return choose(request, session, form)
    try:
        return carry_out(request, session, form, wanted_of(form, session))
    except Refusal as refusal:
        if refusal.status not in SHOWN_AT_FIELDS:
            raise
        form.add_refusal(refusal)
        return choose(request, session, form, free_from=refusal.next)


def carry_out(request: HttpRequest, session: Session, form: MoveForm, wanted: dict[str, Any]) -> HttpResponse:
    """The preview, or the action when the person has seen the preview."""
    given = form.cleaned_data
    how = {"reason": given["reason"], "by": request.user, "version": given["version"]}
    if "apply" not in request.POST:
        return preview(request, session, wanted, how | {"allow_late": given["allow_late"]})
    said = _("Now at %(when)s.") % {"when": when(wanted["start"], session.location)}
    if session.course_id:
        seen = {"allow_late": given["allow_late"], "expect": given["expect"] or None}
        act = place_together if given["along"] else place_session
        cascade = act(session=session, **wanted, **how, **seen)
        return done(request, said, to=reverse("desk:visit", args=[session.pk]), undo=undo_of_course(cascade, session))
    verb = sessions.move_session if session.status == "booked" else sessions.book_session
    verb(session=session, **wanted, **how)
    return undoable(request, session, said)


def undoable(request: HttpRequest, session: Session, said: str, *, page: str = "desk:visit") -> HttpResponse:
    """On to a page of the visit, with one press to take back what this person just did to it."""
    act = last_act(session, request.user)
    undo = reverse("desk:visit_undo", args=[session.pk, act]) if act else ""
    return done(request, said, to=reverse(page, args=[session.pk]), undo=undo)


def undo_of_course(cascade: Cascade, session: Session) -> str:
    return reverse("courses:undo", args=[session.course_id, cascade.act])


def preview(request: HttpRequest, session: Session, wanted: dict[str, Any], how: dict[str, Any]) -> HttpResponse:
    """What the change would do: to this visit and, in a course, to those after it. Nothing is written."""
    cascade = place_session(session=session, **wanted, **how, preview=True) if session.course_id else None
    if cascade is None:
        sessions.try_place(session=session, **wanted, reason=how["reason"], by=how["by"])
    diff = diff_of(cascade) if cascade else None
    asked = {"reason": how["reason"], "by": how["by"], "allow_late": how.get("allow_late") or []}
    along = try_along(session=session, **wanted, **asked) if diff and diff.applicable else None
    kept = {"reason": how.get("reason", ""), "allow_late": how.get("allow_late") or [], "version": session.version}
    context = {
        "session": session,
        "number": visits.number_of(session),
        "booking": current_booking(session),
        "wanted": wanted,
        "diff": diff,
        "along": along,
        "clinical": role_of(request.user) in CLINICAL,
        "form": MoveForm(session=session, initial=kept | {"expect": diff.digest if diff else ""}),
        "late_json": json.dumps(diff.late) if diff else "[]",
    }
    return show(request, "scheduling/courses/changing/preview.html", context, location=session.location)


def wanted_of(form: MoveForm, session: Session) -> dict[str, Any]:
    """start and, where they were named, practitioner and room, as the actions take them."""
    given = form.cleaned_data
    place: Place = given["place"]
    if given["start"]:  # typed by hand: it counts more than the offer that happened to be marked
        wanted = {"start": given["start"], "practitioner": given["practitioner"], "room": given["room"]}
    else:
        people, rooms = setup.practitioners_at(session.location), setup.rooms(session.location)
        wanted = {
            "start": place.start,
            "practitioner": people.filter(pk=place.practitioner_id).first(),
            "room": rooms.filter(pk=place.room_id).first(),
        }
    return {name: value for name, value in wanted.items() if value is not None}


def choose(request: HttpRequest, session: Session, form: MoveForm, *, free_from: Any = None) -> HttpResponse:
    """The times to choose from, and why the last choice was refused."""
    now = clock.now()
    filters = OtherTimesForm(request.GET or None, session=session)
    search = Search.for_session(session, now=now, limit=SHOWN, every=EVERY_MINUTES, **filters.narrowed())
    offered = offers.offers(search, now=now)
    passes = free_from or (None if offered else next_start(search, after=now, now=now))
    context = {
        "session": session,
        "number": visits.number_of(session),
        "booking": current_booking(session),
        "lost": visits.lost_time(session, reads_conditions=sees_conditions(request.user)),
        "form": form,
        "filters": filters,
        "days": offers.by_day(offered, session.location),
        "free_from": when(passes, session.location) if passes else "",
        "now": now,
    }
    return show(
        request, "scheduling/courses/changing/move.html", context, location=session.location, status=status_of(form)
    )


@allow(CARE)
@require_POST
def visit_undo(request: HttpRequest, session_id: int, act: int) -> HttpResponse:
    """Take one act on the visit back, the one that it was shown for."""
    session = access_session(request.user, session_id)
    undo_visit(session=session, act=act, by=request.user)
    return done(request, _("Undone."), to=reverse("desk:visit", args=[session.pk]))
