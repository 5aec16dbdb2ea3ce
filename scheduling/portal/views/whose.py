"""A family that shares one mailbox says whose pages it wants to see."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from clinic.base.access import PATIENT, RECORD, allow
from clinic.base.forms import posted
from clinic.base.requests import HttpRequest
from patients.access import family_of


@allow(PATIENT)
def whose(request: HttpRequest) -> HttpResponse:
    people = list(family_of(request.user))
    if (given := posted(request)) is not None:
        chosen = next((each for each in people if str(each.pk) == given.get("record")), None)
        if chosen is None:
            raise Http404
        request.session[RECORD] = chosen.pk
        return redirect("portal:home")
    return render(request, "scheduling/portal/whose.html", {"people": people})
