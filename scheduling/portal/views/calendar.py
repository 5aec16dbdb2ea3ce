"""The patient's visits in the calendar of their phone: an address that only they know."""

from django.http import HttpResponse

from clinic.base.access import PATIENT, allow
from clinic.base.requests import HttpRequest
from scheduling.calendar.views import feed_form
from scheduling.portal.views.shared import visitor


@allow(PATIENT)
def calendar(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="calendar")
    return who.page("scheduling/portal/calendar.html", **feed_form(request, who.patient))
