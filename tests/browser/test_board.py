"""The desk at the board: a call is booked in a few presses, and nothing moves before somebody has seen what changes."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from clinic.models import User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.models import Booking, Practitioner
from tests.browser.clinic import People
from tests.browser.steps.doors import signs_in
from tests.browser.visitor import Visitor
from tests.factories import PatientFactory
from tests.scheduling.visits import a_visit
from tests.stack import Stack

BIANCHI = "Dr Bianchi"
# Keeps what of the library's own roles is still there when those who watch the page have done their work, that is
# before anybody can see, hear or judge what has just been drawn.
WATCH_ROLES = """
    window.seen = [];
    const wrong = '[data-board] :is([role="button"]:has(a), [role="table"], [role="row"], [role="cell"])';
    const look = () => document.querySelectorAll(wrong).forEach((part) => window.seen.push(part.outerHTML));
    const whatever = { subtree: true, childList: true, attributes: true };
    new MutationObserver(() => queueMicrotask(look)).observe(document, whatever);
"""


@pytest.fixture
def tomorrow(people: People) -> date:
    return datetime.now(ZoneInfo(people.zone)).date() + timedelta(days=1)


@pytest.fixture
def caller(stack: Stack) -> Iterator[Patient]:
    with stack.records():
        yield PatientFactory(family_name="Quaranta")  # each test has its own


@pytest.fixture
def desk(visitor: Callable[..., Visitor], people: People, tomorrow: date) -> Visitor:
    guest = visitor()
    signs_in(guest, people.desk)
    guest.goes_to(f"/board/?date={tomorrow}")
    expect(guest.page.get_by_text(BIANCHI).first).to_be_visible()
    return guest


def spot(page: Page, hour: int) -> tuple[float, float]:
    """Where the column of Dr Bianchi meets an hour."""
    column = page.locator(".ec-col-head", has_text=BIANCHI).first.bounding_box()
    mark = page.get_by_text(f"{hour:02d}:00", exact=True).first.bounding_box()
    assert column
    assert mark
    return column["x"] + column["width"] / 2, mark["y"] + mark["height"] / 2 + 4


def start_of(stack: Stack, patient: Patient) -> datetime | None:
    with stack.records():
        booking = Booking.objects.filter(patient=patient, active=True).first()
        return booking and booking.start


def at(day: date, hour: int, people: People) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(people.zone))


def test_a_call_is_booked_with_three_presses_and_a_name(
    desk: Visitor, stack: Stack, people: People, caller: Patient, tomorrow: date
):
    page = desk.page
    page.mouse.click(*spot(page, 11))
    name = page.get_by_label("Name or phone")
    name.press_sequentially(str(caller).lower())  # a panel listens only some milliseconds after it is there
    page.locator("#people").get_by_role("link", name=str(caller)).click()
    page.get_by_role("button", name="Book this time").click()
    expect(page.locator(".board-event", has_text=str(caller))).to_be_visible()
    assert start_of(stack, caller) == at(tomorrow, 11, people)
    desk.looks_at("board-booked")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert start_of(stack, caller) is None


def test_the_sessions_are_links_from_the_first_moment_on(
    visitor: Callable[..., Visitor], stack: Stack, people: People, caller: Patient, tomorrow: date
):
    """A screen reader that comes at once never meets a button with a link inside, nor a table that is none."""
    with stack.records():
        practitioner, by = User.objects.get(email=people.practitioner), User.objects.get(email=people.desk)
        a_visit(caller, at(tomorrow, 15, people), practitioner, by, now=datetime.now(ZoneInfo("UTC")))
    guest = visitor()
    signs_in(guest, people.desk)
    guest.context.add_init_script(WATCH_ROLES)
    for view in ("resourceTimeGridDay", "resourceTimeGridWeek", "listDay"):
        page = guest.goes_to(f"/board/?date={tomorrow}&view={view}")
        expect(page.locator(".board-event", has_text=str(caller)).get_by_role("link")).to_be_visible()
        assert page.evaluate("window.seen") == [], view


def test_a_visit_that_is_dragged_stays_until_the_change_is_confirmed(
    desk: Visitor, stack: Stack, people: People, caller: Patient, tomorrow: date
):
    with stack.records():
        practitioner, by = User.objects.get(email=people.practitioner), User.objects.get(email=people.desk)
        a_visit(caller, at(tomorrow, 10, people), practitioner, by, now=datetime.now(ZoneInfo("UTC")))
    page = desk.goes_to(f"/board/?date={tomorrow}")
    event = page.locator(".board-event", has_text=str(caller))
    expect(event).to_be_visible()
    box, (x, y) = event.bounding_box(), spot(page, 12)
    assert box
    page.mouse.move(x, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(x, (box["y"] + y) / 2, steps=8)
    page.mouse.move(x, y, steps=8)
    page.mouse.up()
    expect(page.locator("#panel").get_by_role("heading", name="What this changes")).to_be_visible()
    assert start_of(stack, caller) == at(tomorrow, 10, people)
    page.locator("#panel").get_by_role("button", name="Move it").click()
    expect(page.get_by_text("Now at")).to_be_visible()
    moved = start_of(stack, caller)
    assert moved is not None
    assert moved.astimezone(ZoneInfo(people.zone)).hour in (11, 12)


def test_a_day_that_cannot_be_read_is_not_an_empty_day(
    desk: Visitor, stack: Stack, people: People, caller: Patient, tomorrow: date
):
    with stack.records():
        practitioner, by = User.objects.get(email=people.practitioner), User.objects.get(email=people.desk)
        a_visit(caller, at(tomorrow, 16, people), practitioner, by, now=datetime.now(ZoneInfo("UTC")))
    page = desk.goes_to(f"/board/?date={tomorrow}&view=resourceTimeGridDay")
    event = page.locator(".board-event", has_text=str(caller))
    expect(event).to_be_visible()
    page.route("**/events/**", lambda route: route.abort())
    page.get_by_role("button", name="Next day").click()
    stale = page.get_by_text("may not be current")
    expect(stale).to_be_visible()
    expect(event).to_be_visible()
    desk.looks_at("board-stale")
    page.unroute("**/events/**")
    page.get_by_role("button", name="Try again").click()
    expect(stale).to_be_hidden()
    expect(event).to_be_visible()
    assert all("ERR_FAILED" in problem for problem in desk.problems)
    desk.problems.clear()
    page.context.clear_cookies()
    page.get_by_role("button", name="Next day").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_whole_day_away_leaves_the_board_its_hours(desk: Visitor, stack: Stack, people: People, tomorrow: date):
    day = tomorrow + timedelta(days=2)
    midnight = at(day, 0, people)
    with stack.records():
        away = Practitioner.objects.get(staff__user__email="conti@clinic.test")
        by = User.objects.get(email=people.desk)
        report_absence(practitioner=away, start=midnight, end=midnight + timedelta(days=1), reason="Ill", by=by)
    page = desk.goes_to(f"/board/?date={day}&view=resourceTimeGridDay")
    expect(page.get_by_text("Not available").first).to_be_visible()
    expect(page.get_by_text("07:00", exact=True).first).to_be_visible()
    expect(page.get_by_text("03:00", exact=True)).to_have_count(0)
    desk.looks_at("board-away")
