"""The patient moves a visit: choose a time inside its window, see what else would move, done."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import PATIENT, allow
from clinic.base.forms import SHOWN_AT_FIELDS, status_of
from clinic.base.limits import is_sane
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from scheduling.base.pages import when
from scheduling.calendar.queries import offers
from scheduling.calendar.queries.places import current_booking
from scheduling.calendar.queries.search import Search
from scheduling.courses.actions.sessions import move_session
from scheduling.courses.changing.actions.along import place_together, try_along
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.horizon import may_go_on
from scheduling.courses.changing.views.diffs import Diff, Group, Line, diff_of
from scheduling.courses.queries.patient_visits import Visit
from scheduling.models import Course, Practitioner, SessionStatus
from scheduling.portal.forms import OwnMoveForm
from scheduling.portal.views.shared import Visitor, visitor
from scheduling.setup.queries import practitioners_at

MOVABLE = (SessionStatus.BOOKED, SessionStatus.DISPLACED)
SHOWN, EVERY_MINUTES = 40, 60


@allow(PATIENT)
def visit_move(request: HttpRequest, session_id: int) -> HttpResponse:
    who = visitor(request, what="visits")
    shown = who.visit(session_id)
    if not can_move(who, shown):
        raise Http404
    form = OwnMoveForm(request.POST or None)
    if form.is_valid():
        try:
            return carry_out(who, shown, form)
        except Refusal as refusal:
            if refusal.status not in SHOWN_AT_FIELDS:
                raise
            form.add_refusal(refusal)
    return choose(who, shown, form)


def can_move(who: Visitor, visit: Visit) -> bool:
    """Not while its course is on hold: the clinic speaks with the patient first."""
    return visit.ahead and not visit.session.rests and (visit.status in MOVABLE or visit in due_now(who))


def due_now(who: Visitor) -> list[Visit]:
    """Visits of a running course that never had a time and whose turn has come; none of a course that the rules do not
    let go on, of which the clinic speaks with the patient."""

    def has_come(each: Visit) -> bool:
        course, floor = each.session.course, each.session.floor
        running = course is not None and course.status == Course.Status.ACTIVE
        if each.status != SessionStatus.PLANNED or not running or floor is None:
            return False
        return floor <= who.today + timedelta(days=each.session.location.horizon_days)

    found = [each for each in who.visits if has_come(each)]
    allowed = {course: may_go_on(course, who.today) for each in found if (course := each.session.course)}
    return [each for each in found if each.session.course and allowed[each.session.course]]


def carry_out(who: Visitor, visit: Visit, form: OwnMoveForm) -> HttpResponse:
    """Moved at once when nothing else moves with it; else shown first, and applied as it was seen. Another visit of its
    arrival comes along where that changes nothing more."""
    given = form.cleaned_data
    wanted = {"start": given["place"].start, "practitioner": chosen_person(visit, given["place"].practitioner_id)}
    if visit.session.course_id is None:
        move_session(session=visit.session, by=who.user, version=given["version"], **wanted)
        return moved(who, visit, wanted)
    how = {"session": visit.session, "by": who.user, "version": given["version"], **wanted}
    expect = given["expect"]
    if not expect:
        diff = diff_of(place_session(**how, preview=True))
        if with_others(diff, visit):
            return preview(who, visit, form, wanted, diff)
        expect = diff.digest
    along = try_along(**how)
    joined = along is not None and not along.refused and not along.changed
    (place_together if joined else place_session)(**how, expect=expect)
    return moved(who, visit, wanted, stays=along is not None and not joined)


def chosen_person(visit: Visit, practitioner_id: int) -> Practitioner:
    """Somebody who treats there; 404 for a form that was tampered with."""
    found = practitioners_at(visit.session.location).filter(pk=practitioner_id).first()
    if found is None:
        raise Http404
    return found


def changed(diff: Diff) -> list[Group]:
    """What the move does to the course; a visit that waited and goes on waiting is no change."""
    groups = [replace(group, lines=[line for line in group.lines if differs(group, line)]) for group in diff.groups]
    return [group for group in groups if group.lines]


def differs(group: Group, line: Line) -> bool:
    return group.name == "unplaceable" or line.before != line.after


def with_others(diff: Diff, visit: Visit) -> bool:
    """Whether the move takes other visits of the course along, or leaves one without a place."""
    return any(line.sequence != visit.session.sequence for group in changed(diff) for line in group.lines)


def preview(who: Visitor, visit: Visit, form: OwnMoveForm, wanted: dict[str, Any], diff: Diff) -> HttpResponse:
    again = OwnMoveForm(initial={**form.cleaned_data, "expect": diff.digest})
    page, groups = "scheduling/portal/move_preview.html", changed(diff)
    return who.page(page, visit=visit, wanted=wanted, groups=groups, applicable=diff.applicable, form=again)


def moved(who: Visitor, visit: Visit, wanted: dict[str, Any], *, stays: bool = False) -> HttpResponse:
    """`stays`: another visit of the same arrival could not come along."""
    said = _("Your visit is now on %(when)s.") % {"when": when(wanted["start"], visit.session.location)}
    said = f"{said} {_('Your other visit stays where it was.')}" if stays else said
    messages.success(who.request, said)
    return redirect("portal:home")


def choose(who: Visitor, visit: Visit, form: OwnMoveForm) -> HttpResponse:
    """The free times inside the window, with whoever treats the patient or, when asked, with anybody."""
    booking = current_booking(visit.session)
    person = booking.practitioner if booking else visit.session.course and visit.session.course.practitioner
    anybody = person is None or who.request.GET.get("with") == "anybody"
    search = search_for(who, visit, None if anybody or person is None else person.pk)
    found = offers.offers(search, now=who.now)
    not_on = asked_day(who.request, "not_on")
    shown = [each for each in found if not (booking and each.start == booking.start)]
    bound = form.is_bound
    context = {
        "visit": visit,
        "days": offers.by_day(shown, visit.session.location),
        "form": form if bound else OwnMoveForm(initial={"version": visit.session.version}),
        "person": person,
        "anybody": anybody,
        "not_on": not_on,
        "keep": f"&not_on={not_on}" if not_on else "",
        "next_from": later(shown, visit),
    }
    return who.page("scheduling/portal/move.html", **context, status=status_of(form))


def search_for(who: Visitor, visit: Visit, practitioner_id: int | None) -> Search:
    """Where the visit may be (D01), from the asked day on."""
    wanted = {"first": asked_day(who.request, "since"), "not_on": asked_day(who.request, "not_on")}
    shown: dict[str, Any] = {"limit": SHOWN, "every": EVERY_MINUTES, "practitioner_id": practitioner_id}
    return Search.for_session(visit.session, now=who.now, **wanted, **shown)


def asked_day(request: HttpRequest, name: str) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if is_sane(day) else None


def later(shown: list[offers.Offer], visit: Visit) -> date | None:
    """Where the next page of times begins; None when all are shown."""
    if len(shown) < SHOWN - 1:
        return None
    return clock.local_date(shown[-1].start, visit.session.location.timezone)
