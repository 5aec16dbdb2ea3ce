"""Rebook displaced visits: asked for, built by a worker, looked at, applied as a whole, undone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.limits import whole
from clinic.base.refusals import BadInput, Conflict
from clinic.base.requests import HttpRequest
from scheduling.access import access_replan
from scheduling.base.pages import done, place_of, show
from scheduling.courses.changing.actions.disruptions import apply_disruption, request_disruption
from scheduling.courses.changing.actions.undo import undo
from scheduling.courses.changing.queries.leaving import taken_over
from scheduling.courses.changing.views.diffs import batch_of
from scheduling.desk.queries.worklists import unlisted
from scheduling.models import Replan

MAKING = frozenset({Replan.Status.QUEUED, Replan.Status.RUNNING})


@allow(CARE)
@require_POST
def batch_new(request: HttpRequest) -> HttpResponse:
    replan = request_disruption(location=place_of(request), by=request.user)
    return redirect("desk:batch", replan.pk)


@allow(CARE)
def batch(request: HttpRequest, replan_id: int) -> HttpResponse:
    """How far the worker is; then what would move where."""
    replan = access_replan(request.user, replan_id)
    making = replan.status in MAKING
    shown = batch_of(replan)
    only = request.GET.get("show", "")
    context = {
        "replan": replan,
        "making": making,
        "batch": shown,
        "people": [each for each in shown.people if only not in ("needs", "new") or each.needs == (only == "needs")],
        "only": only,
        "clinical": role_of(request.user) in CLINICAL,
        "others": 0 if making or replan.leaver else unlisted(replan).count(),
        "taken_over": taken_over(replan),
    }
    response = show(request, "scheduling/desk/worklists/batch.html", context, location=replan.location)
    if request.htmx and not making:
        response["HX-Refresh"] = "true"  # the button above the list comes with the whole page
    return response


@allow(CARE)
@require_POST
def batch_apply(request: HttpRequest, replan_id: int) -> HttpResponse:
    replan = access_replan(request.user, replan_id)
    version = whole(request.POST.get("version"))
    try:
        apply_disruption(replan=replan, by=request.user, version=version)
    except Conflict as conflict:
        if "replan" not in conflict.extra:
            raise
        messages.warning(request, _("Something changed meanwhile. A fresh plan is being made."))
        return redirect("desk:batch", conflict.extra["replan"])
    except BadInput:  # a course that nobody has been chosen for
        if replan.leaver is None:
            raise
        messages.warning(request, _("Something changed meanwhile. Please choose again."))
        return redirect("desk:leaving", replan.leaver.staff_id)
    said = _("Everybody who found a place has a new time and is told.")
    undo_url = reverse("desk:batch_undo", args=[replan.pk])
    return done(request, said, to=reverse("desk:batch", args=[replan.pk]), undo=undo_url)


@allow(CLINICAL)
@require_POST
def batch_late(request: HttpRequest, replan_id: int) -> HttpResponse:
    """A practitioner allows everybody without a time the nearest one beyond the window; it is looked at once more."""
    replan = access_replan(request.user, replan_id)
    late = replan.late | batch_of(replan).late
    fresh = request_disruption(location=replan.location, absence=replan.absence, late=late, by=request.user)
    return redirect("desk:batch", fresh.pk)


@allow(CARE)
@require_POST
def batch_undo(request: HttpRequest, replan_id: int) -> HttpResponse:
    replan = access_replan(request.user, replan_id)
    undo(replan=replan, by=request.user)
    return done(request, _("Undone."), to=reverse("desk:batch", args=[replan.pk]))
