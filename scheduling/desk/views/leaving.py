"""Somebody leaves the clinic: their last day, and who takes each of their patients over."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import DIRECTOR, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.access import MANAGERS, staff_for
from scheduling.base.pages import carried_out, done, show
from scheduling.courses.changing.actions import leaving as actions
from scheduling.courses.changing.forms import LeavingForm
from scheduling.courses.changing.queries.leaving import left_by, left_courses


@allow(MANAGERS)
def leaving(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Who treats is left by patients: a director says who takes them over, then looks at the new times."""
    person = get_object_or_404(staff_for(request.user).filter(active=True), pk=staff_id)
    place, treats = person.location, getattr(person, "practitioner", None)
    treats = treats if treats and treats.active else None
    today = clock.local_date(clock.now(), place.timezone)
    may = treats is None or role_of(request.user) == DIRECTOR
    left = left_courses(treats, place, today) if treats and may else []
    form = LeavingForm(posted(request), left=left)
    to = reverse("settings:staff_member", args=[person.pk])
    if treats and may and request.method == "POST":
        asked = attempt(form, lambda: actions.request_leaving(practitioner=treats, **form.wanted(), by=request.user))
        if asked:
            return redirect("desk:batch", asked.pk)
    elif may:
        noted = carried_out(form, actions.set_last_day, staff=person, by=request.user)
        if noted:
            return done(request, _("The last day is noted."), to=to)
    visits = len(left_by(treats, place, today)) if treats else 0
    context = {"form": form, "person": person, "treats": treats, "may": may, "visits": visits, "to": to}
    return show(request, "scheduling/desk/leaving.html", context, location=place, status=status_of(form))


@allow(MANAGERS)
@require_POST
def stay(request: HttpRequest, staff_id: int) -> HttpResponse:
    person = get_object_or_404(staff_for(request.user), pk=staff_id)
    actions.stay_after_all(staff=person)
    messages.success(request, _("They stay. Patients who were handed over stay where they are."))
    return HttpResponseRedirect(reverse("settings:staff_member", args=[person.pk]))
