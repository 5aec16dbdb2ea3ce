"""A running course is changed: look first at what moves, then apply what was seen. The whole is undone with one
press."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.access import access_course, locations_for
from scheduling.base.pages import done, show
from scheduling.courses.changing.actions.cascade import change_phase, go_on_elsewhere, reassign, stay_away
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.changing.forms import ChangeForm, DaysAwayForm, ElsewhereForm, HandOverForm, LengthForm
from scheduling.courses.changing.views.diffs import diff_of
from scheduling.courses.queries import course_pages
from scheduling.models import Course


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: its words, its form, the cascade that `how` (preview or deed) makes of it, and why there is
    `nothing` to be changed."""

    title: str
    text: str
    course: Course
    form: ChangeForm
    carry_out: Callable[[dict[str, Any]], Cascade]
    said: str
    nothing: str = ""
    preview: str = "change_preview"


@allow(CLINICAL)
def length(request: HttpRequest, course_id: int) -> HttpResponse:
    """A phase gets visits more or fewer, as the response asks for."""
    course = access_course(request.user, course_id)
    phases = course_pages.phases_left(course, clock.now())
    form = LengthForm(posted(request), phases=phases, initial={"version": course.version})
    change = Change(
        title=_("Longer or shorter"),
        text=_("What comes after it follows; the patient is told of times that change."),
        course=course,
        form=form,
        carry_out=lambda how: change_phase(course=course, **form.wanted(), **how),
        said=_("The course has its new length."),
        nothing="" if phases else _("No visit of this course is left to plan."),
    )
    return run(request, change)


@allow(CLINICAL)
def hand_over(request: HttpRequest, course_id: int) -> HttpResponse:
    """Another practitioner takes the course over."""
    course = access_course(request.user, course_id)
    form = HandOverForm(posted(request), course=course, initial={"version": course.version})
    others = form.others.exists()
    change = Change(
        title=_("Another practitioner"),
        text=_("Until now: %(name)s. Times stay where the new practitioner is free.") % {"name": course.practitioner},
        course=course,
        form=form,
        carry_out=lambda how: reassign(course=course, **form.wanted(), **how),
        said=_("The course has changed hands."),
        nothing="" if others else _("Nobody else treats at this location."),
    )
    return run(request, change)


@allow(CARE)
def elsewhere(request: HttpRequest, course_id: int) -> HttpResponse:
    """The patient goes on at another place of the clinic, from a visit on."""
    course = access_course(request.user, course_id)
    said = _("The course goes on elsewhere.")
    if request.POST.get("there", "").startswith(f"{course.location_id}-"):  # pressed twice
        return done(request, said, to=reverse("courses:detail", args=[course.pk]))
    places = list(locations_for(request.user).filter(last_day=None).exclude(pk=course.location_id))
    ahead = course_pages.ahead_here(course, clock.now())
    wanted = {name: request.GET.get(name) for name in ("since", "there")}  # as the list of a place that closes says
    form = ElsewhereForm(posted(request), ahead=ahead, places=places, initial={"version": course.version, **wanted})
    nothing = "" if places else _("You work at no other location of the clinic.")
    change = Change(
        title=_("Goes on elsewhere"),
        text=_(
            "Visits from then on are planned at the other location, in their windows and by its clock. What took place"
            " stays here. The patient gets one message."
        ),
        course=course,
        form=form,
        carry_out=lambda how: go_on_elsewhere(course=course, **form.wanted(), **how),
        said=said,
        nothing=nothing if ahead else _("No visit of this course is left to plan."),
        preview="elsewhere_preview",
    )
    return run(request, change)


@allow(CARE)
def days_away(request: HttpRequest, course_id: int) -> HttpResponse:
    """The patient's holidays, entered once: what stands on those days moves, and nothing new is put there."""
    course = access_course(request.user, course_id)
    today = clock.local_date(clock.now(), course.location.timezone)
    known = course_pages.days_away(course)
    wanted = {name: request.GET.get(name) for name in ("first", "last")}  # as the hint on the course's page says
    form = DaysAwayForm(posted(request), known=known, today=today, initial={"version": course.version, **wanted})
    why = _("Days away")
    change = Change(
        title=why,
        text=_("Visits of this course on these days get another time. No visit of any course is put there any more."),
        course=course,
        form=form,
        carry_out=lambda how: stay_away(course=course, away=form.away(), reason=why, **how),
        said=_("The days away are noted."),
    )
    return run(request, change)


def run(request: HttpRequest, change: Change) -> HttpResponse:
    """The form, what it would change, or the action; a refusal comes back at its field."""
    course, form, applying = change.course, change.form, "apply" in request.POST
    cascade = attempt(form, lambda: change.carry_out(form.how(applying=applying) | {"by": request.user}))
    if cascade and applying:
        to, undo = reverse("courses:detail", args=[course.pk]), reverse("courses:undo", args=[course.pk, cascade.act])
        return done(request, change.said, to=to, undo=undo)
    template, context = "change", {"change": change, "course": course, "form": form}
    if cascade:
        diff = diff_of(cascade)
        late = form.cleaned_data["allow_late"] if diff.applicable else diff.late
        clinical = role_of(request.user) in CLINICAL
        template, context = change.preview, context | {"diff": diff, "late": json.dumps(late), "clinical": clinical}
    page = f"scheduling/courses/changing/{template}.html"
    return show(request, page, context, location=course.location, status=status_of(form))
