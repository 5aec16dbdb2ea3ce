"""The messages of the clinic, as the patient reads them."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clinic.base.access import PATIENT, allow
from clinic.base.requests import HttpRequest
from scheduling.access import messages_for
from scheduling.messages.actions.inbox import mark_all_read
from scheduling.messages.queries import inbox
from scheduling.portal.views.shared import visitor


@allow(PATIENT)
def letters(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="messages")
    shown = inbox.letters(messages_for(request.user), who.now)
    new = sum(each.is_new for each in shown)
    return who.page("scheduling/portal/messages.html", letters=shown, new=new)


@allow(PATIENT)
@require_POST
def letters_read(request: HttpRequest) -> HttpResponse:
    """Called by the page itself once it is on the screen, or by its button."""
    mark_all_read(patient=visitor(request, what="messages").patient)
    return HttpResponse(status=204) if request.htmx else redirect("portal:messages")
