"""A location closes: its last day, and where each of its courses goes on."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import STAFF, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.models import Location
from scheduling.access import MANAGERS, courses_for, locations_for, sessions_for
from scheduling.base.pages import show
from scheduling.calendar.queries.stranded import would_strand
from scheduling.courses.changing.actions.cascade import go_on_elsewhere
from scheduling.courses.changing.forms import ClosingForm, TogetherForm
from scheduling.courses.changing.queries.leaving import Stays, alone_after, stays_behind
from scheduling.setup.actions import places as actions

A_PRESS = 10  # courses that go elsewhere at once; each is planned while somebody waits


@allow(STAFF)
def closing(request: HttpRequest, location_id: int) -> HttpResponse:
    """Who manages the place says its last day, after a look at what is left behind; then each course goes elsewhere."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    form = ClosingForm(posted(request), initial={"last_day": place.last_day})
    close = partial(actions.close_place, location=place, by=request.user)
    lost = attempt(form, lambda: would_strand(lambda: close(**form.cleaned_data), location=place, now=clock.now()))
    if lost is not None and (not lost or "apply" in request.POST):
        close(**form.cleaned_data)
        messages.success(request, _("The last day is noted. Nothing is offered here after it."))
        return redirect("desk:closing", place.pk)
    context = {
        "place": place,
        "form": form,
        "lost": lost,
        "manages": role_of(request.user) in MANAGERS,
        "left": left_at(request, place),
        "alone": alone_after(sessions_for(request.user), place, place.last_day) if place.last_day else [],
        "together": TogetherForm(places=others(request, place)),
        "at_once": A_PRESS,
    }
    return show(request, "scheduling/desk/closing.html", context, location=place, status=status_of(form))


@allow(STAFF)
@require_POST
def closing_together(request: HttpRequest, location_id: int) -> HttpResponse:
    """The next courses of the list go on at one place with one practitioner; what cannot stays on it."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    form = TogetherForm(request.POST, places=others(request, place))
    if not form.is_valid():
        messages.error(request, _("Choose where, and with whom."))
        return redirect("desk:closing", place.pk)
    to, practitioner = form.people[form.cleaned_data["there"]]
    moved, stuck = 0, []
    for course, since in [(each.course, each.since) for each in left_at(request, place) if each.since][:A_PRESS]:
        try:
            go_on_elsewhere(course=course, to=to, practitioner=practitioner, since=since, by=request.user)
            moved += 1
        except Refusal as refusal:
            stuck.append(f"{course.patient}: {refusal.detail}")
    text = ngettext("%(n)s course goes on elsewhere.", "%(n)s courses go on elsewhere.", moved) % {"n": moved}
    messages.success(request, text)
    for line in stuck:
        messages.warning(request, line)
    return redirect("desk:closing", place.pk)


@allow(MANAGERS)
@require_POST
def closing_undo(request: HttpRequest, location_id: int) -> HttpResponse:
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    actions.stay_open(location=place, by=request.user)
    messages.success(request, _("The location stays open. Courses that went elsewhere stay there."))
    return redirect("desk:closing", place.pk)


def left_at(request: HttpRequest, place: Location) -> list[Stays]:
    return stays_behind(courses_for(request.user), place, place.last_day) if place.last_day else []


def others(request: HttpRequest, place: Location) -> list[Location]:
    """Where one works too, and which does not close."""
    return list(locations_for(request.user).filter(last_day=None).exclude(pk=place.pk))
