"""Advice around a visit: the same line with the same hours on phone, page and paper, as long as it holds (D44, D45)."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from protocols.actions.policies import set_policy
from scheduling.courses.actions.sessions import displace_session
from scheduling.models import Booking, Session
from tests.factories import NOW
from tests.scheduling.portal.portal_cast import running_course
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

SAUNA = "No sauna."


@pytest.fixture
def running(patient, clinic, practitioner):
    return running_course(patient, clinic, practitioner)


@pytest.fixture
def choose(director):
    def chosen(code: str, value: object) -> None:
        set_policy(code=code, value=value, reason="Ours", by=director, now=NOW)

    return chosen


def read(browser: Client, name: str, *args: object) -> str:
    page = browser.get(reverse(name, args=args)).content.decode()
    return re.sub(r"\s+", " ", strip_tags(page))


@pytest.fixture
def places(running, patient, desk, browser_of):
    """Where a patient reads what to do afterwards: the visit on the phone, the sheet, the sheet from the desk."""
    phone, counter = browser_of(patient.user), browser_of(desk)
    return lambda: [
        read(phone, "portal:visit", running.following.pk),
        read(phone, "portal:sheet"),
        read(counter, "patients:sheet", patient.pk),
    ]


def ended(session: Session, ago: timedelta) -> None:
    """The session took place that long ago."""
    at_end = NOW - ago
    Session.objects.filter(pk=session.pk).update(performed_at=at_end - timedelta(minutes=30))
    Booking.objects.filter(session=session).update(
        start=at_end - timedelta(minutes=30),
        end=at_end,
        occupied_start=at_end - timedelta(minutes=30),
        occupied_end=at_end,
    )


class TestHowLong:
    @pytest.mark.parametrize(
        ("hours", "line"),
        [
            (None, "No sauna. Ask us first how long."),
            (0, "No sauna. The clinic sets 0 hours for this."),
            (1, "No sauna. For 1 hour after the session."),
            (48, "No sauna. For 48 hours after the session."),
        ],
    )
    def test_d45_phone_page_and_paper_say_the_same_time(self, places, choose, hours, line):
        if hours is not None:
            choose("sauna_hours", hours)
        for page in places():
            assert page.count(SAUNA) == 1
            assert line in page

    def test_every_restriction_asks_the_clinic_first_until_its_hours_are_set(self, places, choose):
        codes = ["sun", "sunscreen", "heat", "sauna", "gym", "pool", "tight_clothes", "waxing", "skin_closure"]
        assert [page.count("Ask us first how long.") for page in places()] == [9, 9, 9]
        for code in codes:
            choose(f"{code}_hours", 72)
        assert [page.count("Ask us first") for page in places()] == [0, 0, 0]

    def test_no_heading_stands_over_nothing(self, places, patient, choose, browser_of):
        for code in ("sun", "sunscreen", "heat", "sauna", "gym", "pool", "tight_clothes", "waxing", "skin_closure"):
            choose(f"{code}_hours", 24)
        page = browser_of(patient.user).get(reverse("portal:sheet")).content.decode()
        assert not re.search(r"<h[23][^>]*>[^<]*</h[23]>\s*(<ul>\s*</ul>|<h[23])", page)
        assert "As long as we told you" not in page


class TestWhileItHolds:
    """No instruction disappears at the moment that its own text names (D45)."""

    @pytest.fixture
    def home(self, running, patient, browser_of):
        def at_home(ago: timedelta) -> str:
            ended(running.done, ago)
            return read(browser_of(patient.user), "portal:home")

        return at_home

    def test_a_compress_appears_once_the_skin_has_closed(self, home, choose):
        choose("herbal_compress", "after_closure")
        choose("skin_closure_hours", 24)
        assert "chamomile" not in home(timedelta(hours=8))
        assert "chamomile" in home(timedelta(hours=26))
        assert "From 24 hours after the session." in home(timedelta(hours=26))

    def test_small_bruises_may_be_covered_once_make_up_is_no_longer_forbidden(self, home, choose):
        choose("skin_closure_hours", 24)
        before, after = home(timedelta(hours=8)), home(timedelta(hours=49))
        assert "No make-up" in before
        assert "cover small bruises" not in before
        assert "No make-up" not in after
        assert "cover small bruises" in after

    def test_what_is_still_there_after_three_days_is_asked_about_after_three_days(self, home):
        for ago in (timedelta(hours=20), timedelta(hours=80), timedelta(days=40)):
            page = home(ago)
            assert "Tell us if anything is still there after three days" in page
            assert "Trouble breathing or a swollen face" in page

    def test_old_sites_are_looked_at_for_half_a_year(self, home):
        assert "Look at the old sites" in home(timedelta(days=100))
        assert "Look at the old sites" not in home(timedelta(days=183))

    def test_a_restriction_of_ten_days_stands_for_ten_days(self, home, choose):
        choose("sun_hours", 240)
        assert "out of the sun" in home(timedelta(days=9))
        assert "out of the sun" not in home(timedelta(days=12))


class TestAspirin:
    """The days on phone and paper are those of the message (D44)."""

    def test_phone_and_paper_name_the_days_of_the_stretch(self, patient, practitioner, desk, browser_of):
        first = date(2026, 6, 8)
        session = a_visit(patient, at(10, day=first), practitioner, desk, kind="treatment")
        a_visit(patient, at(10, day=first + timedelta(days=21)), practitioner, desk, kind="treatment")
        a_visit(patient, at(10, day=first + timedelta(days=63)), practitioner, desk, kind="maintenance")
        browser = browser_of(patient.user)
        assert "From 25 May to 29 June" in read(browser, "portal:visit", session.pk)
        assert "From 25 May to 29 June" in read(browser, "portal:home")
        for paper in (read(browser, "portal:sheet"), read(browser_of(desk), "patients:sheet", patient.pk)):
            assert "25 May – 29 June 2026: If you take aspirin" in paper
            assert "27 July – 10 August 2026: If you take aspirin" in paper


class TestThePage:
    def test_a_visit_that_lost_its_time_heads_the_page(self, running, patient, desk, browser_of):
        displace_session(session=running.following, reason="ill", by=desk, now=NOW)
        page = browser_of(patient.user).get(reverse("portal:home")).content.decode()
        [heading] = re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
        assert "A visit needs a new time" in heading
        assert page.index("Choose a time") < page.index("next-when")

    def test_advice_is_folded_by_day_without_boxes_that_cannot_be_ticked(self, running, patient, browser_of):
        page = browser_of(patient.user).get(reverse("portal:visit", args=[running.following.pk])).content.decode()
        advice = "".join(re.findall(r'<div class="advice">.*?</div>', page, re.DOTALL))
        assert "<summary>" in advice
        assert "bi-circle" not in advice
        assert "bi-check-circle" not in advice


class TestUnsetHours:
    def test_they_stand_on_the_directors_page_until_they_are_set(self, clinic, director, choose, browser_of):
        assert "Hours without sauna" in read(browser_of(director), "desk:today")
        choose("sauna_hours", 0)
        page = read(browser_of(director), "desk:today")
        assert "Hours without sauna" not in page
        assert "Hours without pool" in page

    def test_nobody_else_is_asked(self, clinic, desk, practitioner, browser_of):
        for user in (desk, practitioner):
            assert "Hours without sauna" not in read(browser_of(user), "desk:today")
