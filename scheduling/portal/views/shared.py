"""What the patient's own pages share: whose they are, whose clock they show, whom to call."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.base import clock
from clinic.base.requests import HttpRequest
from clinic.models import Location, User
from patients.access import own_record
from patients.models import Patient
from scheduling.access import courses_for, sessions_for
from scheduling.courses.queries import patient_visits
from scheduling.courses.queries.patient_visits import Visit
from scheduling.models import Course
from scheduling.treatment.queries.care import Guides


@dataclass
class Visitor:
    """The signed-in patient on a page of their own. What a page does not ask for is not read."""

    request: HttpRequest
    patient: Patient
    now: datetime

    @property
    def user(self) -> User:
        return self.request.user

    @cached_property
    def visits(self) -> list[Visit]:
        return patient_visits.visits_of(sessions_for(self.user), self.now)

    @cached_property
    def courses(self) -> list[Course]:
        return patient_visits.courses_of(courses_for(self.user))

    @cached_property
    def guides(self) -> Guides:
        return Guides(self.courses, self.now)

    @cached_property
    def location(self) -> Location | None:
        return patient_visits.location_of(self.patient, self.now)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.timezone if self.location else "UTC")

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def visit(self, session_id: int) -> Visit:
        """One of the patient's own visits, or 404."""
        found = next((each for each in self.visits if each.session.pk == session_id), None)
        if found is None:
            raise Http404
        return found

    def page(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        place = self.location
        shared: dict[str, Any] = {"patient": self.patient, "location": place, "today": self.today, "now": self.now}
        if place:
            shared |= {"clinic_name": place.name, "call_url": call_url(place)}
        with timezone.override(self.zone):
            return render(self.request, template, shared | context, status=status)


def call_url(place: Location) -> str:
    """What a phone dials; nothing where no number is known."""
    return f"tel:{place.phone.replace(' ', '')}" if place.phone else ""


def visitor(request: HttpRequest, *, what: str = "portal") -> Visitor:
    """Whoever is signed in, as a patient; 404 for everybody else. `what` is in the log of who opened a record."""
    return Visitor(request, own_record(request.user, what=what), clock.now())
