"""Book a visit while somebody is on the phone, or is at the counter: who, what, when, done."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, allow
from clinic.base.forms import attempt, status_of
from clinic.base.once import reads_once
from clinic.base.refusals import BadInput
from clinic.base.requests import HttpRequest
from clinic.models import Location
from patients.access import access_patient, patients_for, sees_conditions
from patients.models import Patient
from patients.queries.people import best
from scheduling.access import sessions_for
from scheduling.base.pages import place_of, show, when
from scheduling.calendar.queries import offers
from scheduling.calendar.queries.offers import Place
from scheduling.calendar.queries.why_not import why_not
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.changing.views.moves import undoable
from scheduling.courses.queries import visits
from scheduling.desk.forms import BookingForm, QuickPatientForm, WishForm
from scheduling.models import Session
from scheduling.setup import queries as setup

SHOWN_PEOPLE, MORE_PEOPLE = 8, 50


@allow(CARE)
@reads_once
def book(request: HttpRequest) -> HttpResponse:
    """Without `?patient=` find one; with one choose kind and time. The board adds the spot that was clicked."""
    location = place_of(request)
    if request.htmx.target == "people":
        return render(request, "scheduling/desk/_people.html", found_people(request))
    if request.GET.get("patient"):
        return book_for(request, location, access_patient(request.user, request.GET["patient"], what="booking"))
    context = found_people(request) | {"new": QuickPatientForm(initial=name_parts(request.GET.get("q", "")))}
    return show(request, "scheduling/desk/book_who.html", context, location=location)


def book_for(request: HttpRequest, location: Location, patient: Patient) -> HttpResponse:
    filters = WishForm(request.POST or request.GET, location=location)
    wish, now = filters.wish(patient), clock.now()
    form = BookingForm(request.POST or None)
    if booked := attempt(form, lambda: save(form, location, patient, request)):
        said = _("Booked for %(when)s.") % {"when": when(visits.start_of(booked), location)}
        return undoable(request, booked, said)
    found = wish.offers(now=now)
    days = offers.by_day(found, location)
    there = [each for each in found if each.start == wish.at and wish.room_id in (None, each.place.room_id)]
    why = None if there else why_not(wish, now=now)
    soonest = kept(request, without=("start", "room", "practitioner"), patient=str(patient.pk))
    context = {"patient": patient, "form": form, "filters": filters, "wish": wish, "days": days, "soonest": soonest}
    context |= {"at_once": now + offers.AT_ONCE, "why": why}
    context["next"] = when(why.next, location) if why and why.next else ""
    if request.htmx.target == "times":
        return show(request, "scheduling/calendar/_times.html", context, location=location)
    context |= {
        "coming": visits.coming(sessions_for(request.user).filter(patient=patient), now=now),
        "keep": kept(request),
    }
    return show(request, "scheduling/desk/book_when.html", context, location=location, status=status_of(form))


def save(form: BookingForm, location: Location, patient: Patient, request: HttpRequest) -> Session:
    place: Place = form.cleaned_data["place"]
    practitioner = setup.practitioners_at(location).filter(pk=place.practitioner_id).first()
    room = setup.rooms(location).filter(pk=place.room_id).first()
    if practitioner is None or room is None:
        raise BadInput.at("place", _("Choose one of the times below."))
    return create_visit(
        patient=patient,
        kind=form.cleaned_data["kind"],
        practitioner=practitioner,
        start=place.start,
        room=room,
        location=location,
        by=request.user,
    )


def found_people(request: HttpRequest) -> dict[str, Any]:
    words, shown = request.GET.get("q", "").strip(), MORE_PEOPLE if "more" in request.GET else SHOWN_PEOPLE
    found = best(patients_for(request.user), words, shown + 1) if words else []
    return {"q": words, "people": found[:shown], "more": len(found) > shown, "keep": kept(request)}


def kept(request: HttpRequest, *, without: Sequence[str] = (), **changes: str) -> str:
    """The query string that goes on to the next step."""
    query = QueryDict(mutable=True)
    for name in ("location", "start", "practitioner", "room", "kind", "since"):
        if name not in without and (value := request.GET.get(name)):
            query[name] = value
    query.update(changes)
    return query.urlencode()


def name_parts(words: str) -> dict[str, str]:
    """What was typed into the search, as the beginning of a registration."""
    if any(char.isdigit() for char in words):
        return {"phone": words}
    given, _space, family = words.strip().partition(" ")
    return {"given_name": given, "family_name": family}


@allow(CARE)
@require_POST
def book_new_patient(request: HttpRequest) -> HttpResponse:
    """Register somebody and go on booking; somebody like them is shown first."""
    location = place_of(request)
    form = QuickPatientForm(request.POST)
    patient = form.save(request.user, location) if form.is_valid() else None
    if patient:
        return HttpResponseRedirect(f"{reverse('desk:book')}?{kept(request, patient=str(patient.pk))}")
    context = found_people(request) | {"new": form, "clinical": sees_conditions(request.user)}
    return show(request, "scheduling/desk/book_who.html", context, location=location, status=422)
