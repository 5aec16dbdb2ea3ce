"""Something feels wrong: tell the clinic, and read what to do until it answers (D32)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from clinic.base.access import PATIENT, allow
from clinic.base.forms import status_of
from clinic.base.requests import HttpRequest
from scheduling.access import reactions_for
from scheduling.base.pages import carried_out
from scheduling.portal.views.shared import visitor
from scheduling.treatment.actions.reactions import is_urgent, report_reaction
from scheduling.treatment.forms.reactions import ReactionForm


@allow(PATIENT)
def reaction_new(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="reaction")
    form = ReactionForm(request.POST or None, zone=who.zone)
    if event := carried_out(form, report_reaction, patient=who.patient, by=request.user):
        return redirect("portal:reaction", event.pk)
    return who.page("scheduling/portal/reaction_new.html", form=form, status=status_of(form))


@allow(PATIENT)
def reaction(request: HttpRequest, event_id: int) -> HttpResponse:
    """What was reported, what to do now, and by when somebody answers."""
    who = visitor(request, what="reaction")
    event = get_object_or_404(reactions_for(request.user), pk=event_id)
    return who.page("scheduling/portal/reaction.html", event=event, urgent=is_urgent(event))
