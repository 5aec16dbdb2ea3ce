"""Roles and zones: one role a person, none when access was taken away, and the wall clock of their location."""

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client

from clinic.base.access import CARE, DESK, PUBLIC, allow, is_prescriber, may_call, role_of, staff_of
from clinic.base.permissions import roles_for
from clinic.base.refusals import BadInput
from clinic.base.zones import home_zone, instant_of, zone_of
from clinic.models import Location, User
from patients.models import Patient
from tests.factories import LocationFactory, StaffFactory

ROME = ZoneInfo("Europe/Rome")


def test_everybody_acts_in_one_role(
    patient: Patient, desk: User, practitioner: User, director: User, administrator: User, outsider: User
):
    people = (patient.user, desk, practitioner, director, administrator, outsider, AnonymousUser())
    assert [role_of(each) for each in people] == [
        "patient",
        "front_desk",
        "practitioner",
        "medical_director",
        "administrator",
        None,
        None,
    ]


def test_somebody_on_staff_acts_as_staff_also_when_a_patient(desk: User, patient: Patient):
    Patient.objects.filter(pk=patient.pk).update(user=desk)
    assert role_of(User.objects.get(pk=desk.pk)) == DESK


def test_taken_away_access_leaves_no_role_and_no_prescribing(practitioner: User):
    assert is_prescriber(practitioner)
    practitioner.staff.active = False
    assert (role_of(practitioner), staff_of(practitioner), is_prescriber(practitioner)) == (None, None, False)


def test_a_role_may_call_what_names_it(desk: User, outsider: User):
    assert may_call(desk, frozenset(CARE))
    assert not may_call(desk, frozenset({"administrator"}))
    assert not may_call(outsider, frozenset(CARE))
    assert not may_call(desk, frozenset()), "no role named means nobody"
    assert may_call(AnonymousUser(), frozenset({PUBLIC}))


def test_allow_takes_roles_and_sets_of_roles():
    @allow("patient", CARE)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert view.allowed_roles == CARE | {"patient"}


def test_an_api_view_without_roles_is_closed_and_head_follows_get():
    view = SimpleNamespace(roles_by_method={"GET": frozenset({DESK})})
    assert roles_for(view, "HEAD") == {DESK}
    assert roles_for(view, "POST") == frozenset()
    assert roles_for(SimpleNamespace(), "GET") == frozenset()


def test_every_answer_forbids_keeping_and_framing(desk: User):
    browser = Client()
    browser.force_login(desk)
    answer = browser.get("/patients/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


# --- wall clocks ---------------------------------------------------------------------------------------------------


def test_staff_read_the_clock_of_their_location_and_patients_the_first(clinic: Location, patient: Patient):
    london = StaffFactory(location=LocationFactory(timezone="Europe/London")).user
    assert (zone_of(london).key, zone_of(patient.user).key, home_zone().key) == (
        "Europe/London",
        "Europe/Rome",
        "Europe/Rome",
    )


def test_without_any_location_the_clock_is_utc(db: None):
    assert home_zone().key == "UTC"


def test_an_hour_that_the_clocks_skip_is_refused():
    with pytest.raises(BadInput) as refused:
        instant_of(datetime(2026, 3, 29, 2, 30), ROME, "signed_at")
    assert refused.value.errors[0].field == "signed_at"


def test_an_hour_that_comes_twice_is_the_first():
    assert instant_of(datetime(2026, 10, 25, 2, 30), ROME, "x") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
