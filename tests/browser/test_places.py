"""Two locations: each sees its own visits, a practitioner of both sees all, and an emergency ends by itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from clinic.models import Location, Post, Role, User
from patients.models import EmergencyAccess, Patient, PatientLocation
from tests.browser.clinic import People, staff
from tests.browser.steps import desk
from tests.browser.steps.doors import signs_in
from tests.browser.visitor import Visitor
from tests.factories import LocationFactory, PatientFactory, RoomFactory
from tests.scheduling.visits import a_session
from tests.stack import Stack

pytestmark = pytest.mark.proof
RITA, ALBA, BOTH = "rita@clinic.test", "alba@clinic.test", "both@clinic.test"


@pytest.fixture
def shared(stack: Stack, people: People) -> Iterator[Patient]:
    """A patient of both locations with a visit at each; Eva Zagalo is Lisboa's alone."""
    with stack.records():
        here = Location.objects.get(pk=people.location)
        lisboa = LocationFactory(name="Lisboa", timezone=people.zone)
        RoomFactory(location=lisboa)
        staff(RITA, "Rita", Role.DESK, lisboa)
        staff(ALBA, "Alba", Role.DIRECTOR, lisboa)
        both = staff(BOTH, "Dr Faria", Role.PRACTITIONER, here, prescriber=True)
        Post.objects.create(staff=both, location=lisboa, role=Role.PRACTITIONER)
        PatientFactory(given_name="Eva", family_name="Zagalo", at=[lisboa])
        patient = PatientFactory(given_name="Pia", family_name="Ambedue", at=[here, lisboa])
        for place, kind in ((here, "review"), (lisboa, "measurement")):
            a_session(patient, place, kind=kind, status="displaced")
        yield patient


def visits_seen(guest: Visitor, patient: Patient, stack: Stack) -> set[str]:
    """The locations of the visits that are linked on the patient's page."""
    page = guest.goes_to(f"/patients/{patient.pk}/")
    expect(page.get_by_role("heading", name="Pia Ambedue")).to_be_visible()
    with stack.records():
        visits = dict(patient.sessions.values_list("pk", "location__name"))
    return {name for pk, name in visits.items() if page.locator(f'a[href="/visits/{pk}/"]').count()}


def test_two_places_and_an_emergency(visitor: Callable[..., Visitor], shared: Patient, people: People, stack: Stack):
    roma, lisboa = {"Aventino"}, {"Lisboa"}
    for who, seen in (
        (people.desk, roma),
        (RITA, lisboa),
        (people.practitioner, roma),
        (BOTH, roma | lisboa),
        (people.director, roma),
        (ALBA, lisboa),
    ):
        guest = visitor()
        signs_in(guest, who)
        assert visits_seen(guest, shared, stack) == seen, who
        found = guest.goes_to("/patients/?q=zagalo").locator("main").get_by_text("Zagalo")
        expect(found).to_have_count(int("Lisboa" in seen))

    doctor = visitor()
    signs_in(doctor, people.practitioner)
    desk.registers(doctor, "Eva", "Zagalo", "+39 06 999 4321")
    page = doctor.page
    expect(page.get_by_role("heading", name="Known at another location")).to_be_visible()
    doctor.looks_at("known-at-another-location")
    page.get_by_role("button", name="Emergency: open the record now").click()
    page.get_by_label("Why the record is needed now").fill("Collapsed at the door")
    doctor.looks_at("emergency")
    page.get_by_role("button", name="Open the record").click()
    expect(page.get_by_role("heading", name="Eva Zagalo")).to_be_visible()
    found = doctor.goes_to("/patients/?q=zagalo").locator("main").get_by_text("Zagalo")
    expect(found).to_have_count(1)

    director = visitor()
    signs_in(director, ALBA)
    expect(director.page.get_by_text("Collapsed at the door")).to_be_visible()
    director.looks_at("today-emergency")
    director.page.get_by_role("button", name="I have read it").click()
    expect(director.page.get_by_text("Collapsed at the door")).to_have_count(0)

    with stack.records():  # an hour later
        past = datetime.now(UTC) - timedelta(hours=1)
        EmergencyAccess.objects.update(opened_at=past - timedelta(hours=1), until=past)
        assert EmergencyAccess.objects.get().seen_by == User.objects.get(email=ALBA)
        assert not PatientLocation.objects.filter(patient__family_name="Zagalo", location=people.location).exists()
    doctor.goes_to("/patients/?q=zagalo")
    expect(found).to_have_count(0)
