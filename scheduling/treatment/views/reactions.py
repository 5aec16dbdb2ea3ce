"""Somebody on the phone says that something feels wrong: the staff writes it down (D32)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.clock import now
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient
from patients.views.shared import patient_page
from scheduling.base.pages import carried_out
from scheduling.courses.changing.actions.course_states import decide_on_reactions
from scheduling.courses.queries.patient_visits import location_of
from scheduling.treatment.actions.reactions import report_reaction
from scheduling.treatment.forms.reactions import ReactionForm, SeenReactionForm
from scheduling.treatment.forms.visits import DecisionForm
from scheduling.treatment.queries.readiness import reactions_of


@allow(CARE)
def reaction_new(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="reaction")
    kind = SeenReactionForm if role_of(request.user) in CLINICAL else ReactionForm
    form = kind(posted(request), request.FILES or None, zone=zone_of(request.user))

    def report() -> object:
        given = dict(form.cleaned_data)
        file = given.pop("file", None)
        return report_reaction(patient=patient, sent=file.read() if file else b"", by=request.user, **given)

    if attempt(form, report):
        messages.success(request, _("Written down. It is on the list of reactions to answer."))
        return redirect("patients:detail", patient.pk)
    location = location_of(patient, now())
    return patient_page(
        request,
        "scheduling/treatment/reaction_new.html",
        patient,
        "detail",
        status=status_of(form),
        form=form,
        location=location,
    )


@allow(CLINICAL)
def reactions_decide(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A prescriber decides in writing on the reactions that stop this patient's treatment (D38)."""
    patient = access_patient(request.user, patient_id, what="reaction")
    form = DecisionForm(request.POST or None)
    if carried_out(form, decide_on_reactions, patient=patient, by=request.user):
        messages.success(request, _("Decided. Each course on hold can now be resumed or closed."))
        return redirect("patients:detail", patient.pk)
    events = [event for event in reactions_of([patient.pk], now())[patient.pk] if event.holds]
    return patient_page(
        request,
        "scheduling/treatment/reactions_decide.html",
        patient,
        "detail",
        status=status_of(form),
        form=form,
        events=events,
    )
