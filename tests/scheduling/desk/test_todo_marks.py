"""A thing to do can be given to somebody and put off: who has it is seen, it comes back in time, and what is done is
forgotten."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.desk.actions.todo import forget_marks
from scheduling.models import TodoMark
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.desk.test_worklists import a_message, a_reaction
from tests.scheduling.visits import a_session, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
HERE = "/work/"


@pytest.fixture
def lost(patient: Patient, clinic: Location) -> Any:
    """A visit that lost its time and may wait until the tenth."""
    return a_session(patient, clinic, status="displaced", floor=TODAY, ideal=TODAY, latest=TODAY + timedelta(days=5))


def page(name: str, row: Any) -> str:
    return reverse("desk:todo_mark", args=[name, row.pk])


def shown(browser: Client, show: str = "all") -> list[str]:
    return [item["tab"] for item in browser.get(HERE, {"show": show}).context["items"]]


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_row_is_given_put_off_comes_back_and_is_forgotten_when_done(
    lost: Any, desk: User, practitioner: User, browser_of: Browser
):
    browser, theirs = browser_of(desk), browser_of(practitioner)
    assert page("displaced", lost) in browser.get(HERE).content.decode()
    browser.post(page("displaced", lost), {"owner": practitioner.staff.pk, "version": 0})
    assert (shown(theirs, "mine"), shown(browser, "mine"), shown(browser)) == (["displaced"], [], ["displaced"])
    assert f"{practitioner.name} does it" in words(browser.get(HERE))
    theirs.post(page("displaced", lost), {"owner": practitioner.staff.pk, "wait": "hour", "version": 1})
    answer = browser.get(HERE)
    counted = {str(each["label"]): each["count"] for each in answer.context["filters"]}
    assert (shown(browser), counted["Everything"], counted["Put off"]) == ([], 0, 1)
    assert "put off until Tue 5 May, 11:00" in words(browser.get(HERE, {"show": "later"}))
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert (shown(browser_of(desk)), shown(browser_of(desk), "later")) == (["displaced"], [])
    assert forget_marks(now=NOW) == 0
    lost.status = "cancelled"
    lost.save()
    assert shown(browser, "later") == []
    assert "done already" in words(browser.get(page("displaced", lost), follow=True))
    assert (forget_marks(now=NOW), TodoMark.objects.count()) == (1, 0)


def test_what_is_said_can_be_taken_back_and_the_later_word_needs_a_fresh_look(
    lost: Any, desk: User, browser_of: Browser
):
    browser = browser_of(desk)
    browser.post(page("displaced", lost), {"owner": desk.staff.pk, "version": 0})
    late = browser.post(page("displaced", lost), {"owner": "", "wait": "hour", "version": 0})
    assert (late.status_code, TodoMark.objects.get().owner) == (412, desk.staff)
    browser.post(page("displaced", lost), {"owner": "", "wait": "", "version": 1})
    assert not TodoMark.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"wait": "week"}, "until"),  # its window ends on the tenth
        ({"wait": "at"}, "until"),
        ({"wait": "at", "until": "2026-05-05T09:00"}, "until"),
        ({"wait": "at", "until": "2026-07-05T09:00"}, "until"),
        ({"wait": "soon"}, "wait"),
        ({"owner": "999999"}, "owner"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    given: dict[str, str], field: str, lost: Any, desk: User, browser_of: Browser
):
    answer = browser_of(desk).post(page("displaced", lost), given)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not TodoMark.objects.exists()


def test_a_reaction_is_given_and_never_put_off(patient: Patient, desk: User, practitioner: User, browser_of: Browser):
    event = a_reaction(patient, desk)
    browser = browser_of(desk)
    assert "cannot be put off" in words(browser.get(page("alerts", event)))
    browser.post(page("alerts", event), {"owner": practitioner.staff.pk, "wait": "week"})
    mark = TodoMark.objects.get()
    assert (mark.owner, mark.until) == (practitioner.staff, None)


def test_a_row_of_another_place_or_list_is_not_there(lost: Any, desk: User, administrator: User, browser_of: Browser):
    away = browser_of(desk).post(page("calls", lost), {"owner": desk.staff.pk})
    assert (away.status_code, TodoMark.objects.exists()) == (302, False)
    assert browser_of(desk).get(reverse("desk:todo_mark", args=["nothing", 1])).status_code == 302
    assert browser_of(administrator).get(page("displaced", lost)).status_code == 403


def test_each_row_says_since_when(
    lost: Any, patient: Patient, practitioner: User, desk: User, clinic, browser_of: Browser
):
    a_message(patient, clinic)
    a_visit(PatientFactory(), at(10), practitioner, desk)
    items = {item["tab"]: item["item"].since for item in browser_of(desk).get(HERE).context["items"]}
    assert items == {"messages": NOW - timedelta(hours=1), "to_confirm": None, "displaced": None}
    lost.history.create(verb="displace", from_status="booked", to_status="displaced", at=NOW, by=desk)
    page = browser_of(desk).get(HERE)
    assert {item["tab"]: item["item"].since for item in page.context["items"]}["displaced"] == NOW
    assert "since 5 May, 10:00" in words(page)
    assert "since 5 May, 09:00" in words(page)
    assert words(page).count("Tue 5 May, 09:00") == 1, "in the row of the message alone"


def test_the_list_asks_as_often_for_many_marks_as_for_few(
    clinic: Location, desk: User, browser_of: Browser, django_assert_max_num_queries: Any
):
    def another() -> None:
        row = a_session(PatientFactory(), clinic, status="displaced", floor=TODAY, ideal=TODAY, latest=TODAY)
        TodoMark.objects.create(location=clinic, list="displaced", key=row.pk, owner=desk.staff)

    another()
    browser = browser_of(desk)
    browser.get(HERE)
    with django_assert_max_num_queries(60) as few:
        browser.get(HERE)
    for _each in range(5):
        another()
    with django_assert_max_num_queries(60) as many:
        browser.get(HERE)
    assert len(many) == len(few)
