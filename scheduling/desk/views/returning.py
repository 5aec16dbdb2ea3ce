"""A patient comes back after a long time: what has expired, and one press for the rest."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from patients.access import access_patient, sees_conditions
from protocols.eligibility import Need
from scheduling.access import courses_for
from scheduling.base.pages import done, place_of, show
from scheduling.calendar.queries import offers
from scheduling.desk.actions.returning import come_back
from scheduling.desk.forms import ReturnForm
from scheduling.desk.queries.returning import course_to_repeat, treatment_today
from scheduling.treatment.queries.checklist import LISTED, checklist


@allow(CARE)
def comes_back(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient, now = access_patient(request.user, patient_id), clock.now()
    course = course_to_repeat(courses_for(request.user).filter(patient=patient))
    if course is None:
        return show(request, "scheduling/desk/comes_back.html", {"patient": patient}, location=place_of(request))
    session = treatment_today(course)
    items = [each for each in checklist(session, at=now, by=request.user) if each.code in LISTED]
    expired = {each.code for each in items if each.state == "todo"}
    form = ReturnForm(posted(request), needed=Need.CONSULTATION in expired)
    made = attempt(form, lambda: come_back(course=course, place=form.cleaned_data["place"], by=request.user, now=now))
    if made:
        visit, draft = made
        said = _("The consultation is booked and the course is drafted.") if visit and draft else _("Saved.")
        to = reverse("courses:detail", args=[draft.pk]) if draft else reverse("patients:detail", args=[patient.pk])
        return done(request, said, to=to)
    wish = offers.Wish(location=course.location, kind="consultation", patient_id=patient.pk)
    offered = wish.offers(now=now) if Need.CONSULTATION in expired else []
    context = {
        "patient": patient,
        "course": course,
        "session": session,
        "items": items,
        "expired": expired,
        "form": form,
        "days": offers.by_day(offered, course.location),
        "clinical": role_of(request.user) in CLINICAL,
        "sees_conditions": sees_conditions(request.user),
    }
    return show(request, "scheduling/desk/comes_back.html", context, location=course.location, status=status_of(form))
