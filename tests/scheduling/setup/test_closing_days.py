"""Public holidays of the country and region are offered to whoever sets the hours; what is ticked becomes a closing day
as any other, once, and visits on it are counted first."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import holidays
import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.phones import country_of
from clinic.base.refusals import BadInput
from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.queries.stranded import stranded
from scheduling.models import PublicHoliday
from scheduling.setup.actions.places import close_on_holidays
from scheduling.setup.forms import zones
from tests.factories import NOW, LocationFactory
from tests.scheduling.visits import a_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]
Browser = Callable[[User | None], Client]
CHRISTMAS, STEPHEN, REPUBLIC = "2026-12-25", "2026-12-26", "2026-06-02"  # a Tuesday


@pytest.fixture
def browser(administrator: User, browser_of: Browser) -> Client:
    return browser_of(administrator)


@pytest.fixture
def page(clinic: Location) -> str:
    return reverse("settings:holidays", args=[clinic.pk])


def tick(browser: Client, page: str, *days: str, **more: str):
    return browser.post(page, {"add": "public", "days": days, **more})


def offered(browser: Client, page: str) -> dict[str, str]:
    return {day.isoformat(): name for day, name, *_state in browser.get(page).context["offered"]}


def test_ticked_holidays_close_the_clinic_and_the_others_do_not(browser: Client, clinic: Location, page: str):
    shown = browser.get(page)
    assert "Public holidays in Italy" in shown.content.decode()
    assert "Christmas Day" in shown.content.decode()
    assert not PublicHoliday.objects.exists()
    assert tick(browser, page, CHRISTMAS, STEPHEN).status_code == 302
    rows = PublicHoliday.objects.filter(location=clinic).values_list("date", "name")
    assert [(str(day), name) for day, name in rows] == [
        (CHRISTMAS, "Christmas Day"), (STEPHEN, "Saint Stephen's Day"),
    ]  # fmt: skip
    assert browser.get(page).content.decode().count("Closed already") == 2


def test_a_closed_holiday_is_closed_once_and_taken_back_like_any_closing_day(
    browser: Client, clinic: Location, page: str
):
    tick(browser, page, CHRISTMAS)
    again = tick(browser, page, CHRISTMAS, STEPHEN)
    assert (again.status_code, "on the list already" in again.content.decode()) == (422, True)
    row = PublicHoliday.objects.get(location=clinic)
    browser.post(reverse("settings:holiday_remove", args=[clinic.pk, row.pk]))
    assert "Closed already" not in browser.get(page).content.decode()


@pytest.mark.parametrize("days", [(), ("2026-06-03",), ("yesterday",), (CHRISTMAS, "2026-06-03")])
def test_what_is_no_public_holiday_here_closes_nothing(browser: Client, page: str, days: tuple[str, ...]):
    assert tick(browser, page, *days).status_code == 422
    assert not PublicHoliday.objects.exists()


def test_a_day_that_is_a_holiday_no_more_when_it_is_to_be_closed_is_refused(clinic: Location, administrator: User):
    with pytest.raises(BadInput, match="no public holiday"):
        close_on_holidays(location=clinic, days=[date(2026, 6, 2), date(2026, 6, 3)], by=administrator)
    assert not PublicHoliday.objects.exists()


def test_visits_of_a_ticked_day_are_counted_before_it_is_closed(
    browser: Client, clinic: Location, page: str, patient: Patient, practitioner: User, desk: User
):
    visit = a_visit(patient, datetime(2026, 6, 2, 13, tzinfo=UTC), practitioner, desk)
    here = {"days": [REPUBLIC, CHRISTMAS], "add": "public"}
    assert len(browser.post(page, here).context["lost"]) == 1
    assert not PublicHoliday.objects.exists()
    assert browser.post(page, here | {"apply": "2"}).status_code == 200  # another number than was shown
    browser.post(page, here | {"apply": "1"})
    assert PublicHoliday.objects.count() == 2
    assert [row.session_id for row in stranded(clinic, NOW)] == [visit.pk]


def test_the_region_adds_its_own_holidays_once_it_is_chosen(administrator: User, browser_of: Browser):
    munich = LocationFactory(name="Munich", timezone="Europe/Berlin")
    administrator.staff.everywhere = True
    administrator.staff.save()
    browser, here = browser_of(administrator), reverse("settings:holidays", args=[munich.pk])
    assert "The region is missing" in browser.get(here).content.decode()
    whole = offered(browser, here)
    assert browser.post(here, {"add": "region", "region": "XX"}).status_code == 422
    assert browser.post(here, {"add": "region", "region": "BY"}).status_code == 302
    assert "The region is missing" not in browser.get(here).content.decode()
    assert set(offered(browser, here).values()) - set(whole.values()) >= {"Epiphany", "Corpus Christi"}


def test_a_place_in_another_country_forgets_its_region(browser: Client, clinic: Location, page: str):
    browser.post(page, {"add": "region", "region": "RM"})
    form = browser.get(reverse("settings:location", args=[clinic.pk])).context["form"]
    given = {name: value for name, value in form.initial.items() if name in form.fields}
    browser.post(reverse("settings:location", args=[clinic.pk]), given | {"timezone": "Europe/Berlin"})
    clinic.refresh_from_db()
    assert (clinic.timezone, clinic.region) == ("Europe/Berlin", "")


def test_a_place_without_a_country_says_what_is_missing(browser: Client, clinic: Location, page: str):
    Location.objects.filter(pk=clinic.pk).update(timezone="Etc/UTC")
    assert "belongs to no country" in browser.get(page).content.decode()
    assert tick(browser, page, CHRISTMAS).status_code == 422


def test_the_holidays_of_every_country_that_a_place_may_be_in_are_known():
    countries = {country_of(zone) for zone, _name in zones()} - {None}
    assert countries <= set(holidays.list_supported_countries())
    assert country_of("Asia/Kolkata") == "IN"  # an alias of the zone that the table of countries has


def test_the_first_day_says_that_holidays_are_offered(browser: Client):
    assert "public holidays are offered to tick" in browser.get(reverse("settings:first_day")).content.decode()


def test_what_is_offered_is_ahead_and_within_a_year(browser: Client, page: str):
    days = [date.fromisoformat(day) for day in offered(browser, page)]
    assert days == sorted(days)
    assert (days[-1] - days[0]).days <= 365
