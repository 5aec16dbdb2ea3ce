"""The page on which a course is planned: it keeps what was chosen, drafts can change, and there is a way on."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from clinic.models import Location, Post, User
from patients.models import Patient
from protocols.models import DeliveryDevice, Formulation, Technique
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal
from scheduling.models import Booking, Course, Practitioner, Proposal
from tests.factories import NOW, TODAY, FormulationFactory, LocationFactory, PractitionerFactory, RoomFactory
from tests.scheduling.course_steps import MIX, local, make_course
from tests.steps import make_ready

Browsers = Callable[[User | None], Client]
ROME = ZoneInfo("Europe/Rome")
pytestmark = pytest.mark.django_db
TUESDAY_AND_THURSDAY = ["1", "3"]


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(substances=MIX)


class Sent(HTMLParser):
    """What a browser would send of the controls on a page: {name: values}, in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "select":
            self._select = has.get("name") or ""
        elif tag == "option" and "selected" in has:
            self._add(self._select, has.get("value") or "")
        elif tag == "input" and (has.get("type") not in {"checkbox", "radio"} or "checked" in has):
            self._add(has.get("name") or "", has.get("value") or "")

    def _add(self, name: str, value: str) -> None:
        if name and value and name != "csrfmiddlewaretoken":
            self.values.setdefault(name, []).append(value)


WHERE = {"areas": ["hip", "thigh"], "indication": ["cellulite"]}
WISHES = {
    "weekdays": TUESDAY_AND_THURSDAY,
    "earliest": ["09:00"],
    "latest": ["13:30"],
    "only": ["on"],
    "cannot_days": ["0", "4"],
    "cannot_before": ["08:30"],
    "cannot_after": ["18:00"],
    "away_from": ["2026-07-01"],
    "away_to": ["2026-07-09"],
}
TYPED = {
    f"intervals.1.{name}": [value] for name, value in zip(("floor", "ideal", "latest", "unit"), "2347", strict=True)
}
HOW: dict[str, dict[str, list[str]]] = {
    "P07": {"counts.1": ["7"]},
    "P02": {"maintenance_months": ["6"]},
    "P01": {"confirmed": ["on"]},
    "P04": {"counts.1": ["4"], **TYPED, "intervals.1.unit": ["week"]},
}


def everything(mix: Formulation, protocol: str) -> dict[str, list[str]]:
    """Every control of the page with a choice of its own."""
    somebody = Practitioner.objects.order_by("-pk").first()
    plain = {"start_on": "2026-05-20", "formulation": str(mix.pk), "practitioner": str(somebody.pk)}
    plain |= {"technique": Technique.objects.last().code, "delivery_device": DeliveryDevice.objects.last().code}
    return {**WHERE, "protocol": [protocol], **{k: [v] for k, v in plain.items()}, **WISHES, **HOW[protocol]}


def live(browser: Client, page: str, chosen: dict[str, list[str]]) -> Any:
    """The live update that follows a choice, as htmx asks for it."""
    more = f"{page}&{urlencode(chosen, doseq=True)}"
    return browser.get(more, headers={"HX-Request": "true", "HX-Target": "choices"})


@pytest.mark.parametrize("protocol", HOW)
def test_nothing_ticked_or_typed_is_lost_at_a_live_update(
    patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers, protocol: str
):
    browser, page = browser_of(practitioner), f"{reverse('courses:new')}?patient={patient.pk}"
    chosen = everything(mix, protocol)
    answer = live(browser, page, chosen)
    kept = Sent(answer.content.decode()).values
    followed = {name: values for name, values in chosen.items() if name not in WHERE}
    assert {name: kept.get(name) for name in followed} == followed
    whole = Sent(browser.get(answer.headers["HX-Replace-Url"]).content.decode()).values
    assert {name: sorted(whole.get(name, ())) for name in chosen} == {k: sorted(v) for k, v in chosen.items()}


def test_wishes_wait_while_no_protocol_serves_the_reason_and_are_there_again(
    patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    browser, page = browser_of(practitioner), f"{reverse('courses:new')}?patient={patient.pk}"
    chosen = everything(mix, "P07")
    nothing = live(browser, page, chosen | {"indication": [""]})
    assert "First choose where and why" in nothing.content.decode()
    waiting = Sent(nothing.content.decode()).values
    again = Sent(live(browser, page, waiting | WHERE).content.decode()).values
    assert {name: again.get(name) for name in WISHES} == WISHES
    assert (again["counts.1"], again["protocol"]) == (["7"], ["P07"])


def generate(browser: Client, page: str, chosen: dict[str, list[str]]) -> Proposal:
    answer = browser.post(page, chosen)
    assert answer.status_code == 302, answer.context["form"].errors
    build_proposal(proposal_id=int(answer.headers["Location"].rstrip("/").rpartition("/")[2]), now=NOW)
    return Proposal.objects.latest("pk")


def plain(mix: Formulation, **changes: list[str]) -> dict[str, list[str]]:
    who = Practitioner.objects.filter(staff__prescriber=True).first()
    one = {"protocol": "P07", "formulation": str(mix.pk), "practitioner": str(who.pk), "start_on": str(TODAY)}
    return {
        "areas": ["thigh"],
        "indication": ["cellulite"],
        **{k: [v] for k, v in one.items()},
        "counts.1": ["6"],
    } | changes


def days(proposal: Proposal) -> list[datetime]:
    starts = (datetime.fromisoformat(row["start"]) for row in proposal.sessions if row["start"])
    return [start.astimezone(ROME) for start in starts]


def test_tuesdays_and_thursdays_are_kept_obeyed_and_shown_on_the_course(
    clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    browser, page = browser_of(practitioner), f"{reverse('courses:new')}?patient={patient.pk}"
    chosen = plain(mix, weekdays=TUESDAY_AND_THURSDAY)
    seen = Sent(live(browser, page, chosen).content.decode()).values
    assert seen["weekdays"] == TUESDAY_AND_THURSDAY
    proposal = generate(browser, page, WHERE | {"areas": ["thigh"]} | seen)
    assert {day.weekday() for day in days(proposal)} <= {1, 3}
    detail = browser.get(reverse("courses:detail", args=[proposal.course_id])).content.decode()
    assert "Tue, Thu" in detail


class TestADraft:
    def test_is_changed_on_the_same_page_and_the_old_schedule_is_out_of_date(
        self, clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
    ):
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        browser = browser_of(practitioner)
        first = generate(browser, f"{reverse('courses:new')}?patient={patient.pk}", plain(mix, earliest=["09:00"]))
        page = reverse("courses:edit", args=[first.course_id])
        beyond = {"cannot": [{"weekdays": [2], "to": "12:00"}], "away": [["2026-08-01", "2026-08-09"]]}
        away = [["2026-07-01", "2026-07-09"], *beyond["away"]]
        Course.objects.update(preferences={"from": "09:00", **beyond, "away": away})  # as the API can say it
        shown = Sent(browser.get(page).content.decode()).values
        assert (shown["earliest"], shown["counts.1"], shown["areas"]) == (["09:00"], ["6"], ["thigh"])
        second = generate(browser, page, shown | {"counts.1": ["8"], "earliest": [""]})
        assert (second.course_id, second.status) == (first.course_id, "ready")
        changed = Course.objects.get()
        assert changed.counts == {"1": 8}
        assert (changed.preferences["cannot"], changed.preferences["away"]) == (beyond["cannot"], away)
        first.refresh_from_db()
        assert first.status == "stale"

    def test_that_was_accepted_meanwhile_is_not_changed_any_more(
        self, clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
    ):
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        browser = browser_of(practitioner)
        proposal = generate(browser, f"{reverse('courses:new')}?patient={patient.pk}", plain(mix))
        accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        page = reverse("courses:edit", args=[proposal.course_id])
        assert browser.get(page).status_code == 404
        assert browser.post(page, plain(mix, start_on=["2026-06-01"])).status_code == 404


def closed_until(clinic: Location, last: date, people: QuerySet[Practitioner] | None = None) -> None:
    """Nobody at the clinic, or of `people`, is free up to `last`."""
    for somebody in people or Practitioner.objects.filter(staff__location=clinic):
        for day in (TODAY + timedelta(days=n) for n in range((last - TODAY).days + 1)):
            start, end = local(clinic, day, 0), local(clinic, day, 23)
            around = {"occupied_start": start, "occupied_end": end}
            Booking.objects.create(kind="block", practitioner=somebody, start=start, end=end, **around)


class TestWhenNothingFits:
    def test_a_later_start_is_offered_with_what_it_means_and_planned_by_two_presses(
        self, clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
    ):
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        closed_until(clinic, TODAY + timedelta(days=17))
        browser = browser_of(practitioner)
        proposal = generate(browser, f"{reverse('courses:new')}?patient={patient.pk}", plain(mix))
        assert proposal.status == "infeasible"
        page = browser.get(reverse("courses:proposal", args=[proposal.course_id, proposal.pk]))
        (offered,) = page.context["alternatives"]
        assert "1 week later" in offered["message"]
        assert "first visit" in offered["message"]
        changed = Sent(browser.get(offered["url"]).content.decode()).values
        assert changed["start_on"] == [str(TODAY + timedelta(days=7))]
        assert generate(browser, offered["url"], changed).status == "ready"

    def test_another_place_is_offered_with_somebody_who_works_there(
        self, clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
    ):
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        other = LocationFactory(name="Lisbon", timezone="Europe/Lisbon")
        RoomFactory(location=other)
        PractitionerFactory(staff__location=other)
        Post.objects.create(staff=practitioner.staff, location=other, role=practitioner.staff.role)
        closed_until(clinic, TODAY + timedelta(days=120))
        browser = browser_of(practitioner)
        proposal = generate(browser, f"{reverse('courses:new')}?patient={patient.pk}", plain(mix))
        page = browser.get(reverse("courses:proposal", args=[proposal.course_id, proposal.pk]))
        (offered,) = page.context["alternatives"]
        assert "Lisbon" in offered["message"]
        assert (
            generate(browser, offered["url"], Sent(browser.get(offered["url"]).content.decode()).values).status
            == "ready"
        )
        assert Course.objects.get().location == other


def test_a_second_course_is_one_press_away_from_chart_course_and_list(
    clinic: Location, patient: Patient, practitioner: User, desk: User, mix: Formulation, browser_of: Browsers
):
    course = make_course(patient, clinic, practitioner, formulation=mix, status="active")
    link = f'href="{reverse("courses:new")}?patient={patient.pk}"'
    pages = [
        reverse("patients:detail", args=[patient.pk]),
        reverse("courses:detail", args=[course.pk]),
        reverse("courses:list"),
    ]
    assert [link in browser_of(practitioner).get(page).content.decode() for page in pages] == [True] * 3
    assert [link in browser_of(desk).get(page).content.decode() for page in pages] == [False] * 3, "a desk plans none"


def test_a_mix_made_on_the_way_comes_back_to_the_plan_with_everything_else(
    patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    browser = browser_of(practitioner)
    planning = live(browser, f"{reverse('courses:new')}?patient={patient.pk}", plain(mix, weekdays=["1"]))
    here = planning.context["here"]
    page = f"{reverse('patients:mix', args=[patient.pk])}?{urlencode({'next': here})}"
    form = Sent(browser.get(page).content.decode()).values
    substance = next(iter(mix.items.all())).substance
    sent = form | {"name": ["New"], "substance-0": [substance.code], "amount-0": ["2.0"], "unit-0": ["ml"]}
    answer = browser.post(page, sent)
    assert answer.status_code == 302, answer.content.decode()
    back = Sent(browser.get(answer.headers["Location"]).content.decode()).values
    made = Formulation.objects.latest("pk")
    assert (back["formulation"], back["weekdays"], back["protocol"]) == ([str(made.pk)], ["1"], ["P07"])


def test_what_cannot_be_is_never_planned_in_this_course_or_another_of_the_patient(
    clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    """Never before 17:00, not on Mondays; whatever it costs."""
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    browser, page = browser_of(practitioner), f"{reverse('courses:new')}?patient={patient.pk}"
    first = generate(browser, page, plain(mix, cannot_days=["0"], cannot_before=["17:00"], start_on=["2026-05-11"]))
    other = generate(browser, page, plain(mix, areas=["hip"]))
    for proposal in (first, other):
        assert all(day.hour >= 17 and day.weekday() != 0 for day in days(proposal))
        assert len(days(proposal)) >= 6
    detail = browser.get(reverse("courses:detail", args=[first.course_id])).content.decode()
    assert "cannot: Mon · cannot: until 17:00" in detail


def test_only_the_practitioner_asked_for_or_whoever_is_free_is_a_choice_that_can_be_taken_back(
    clinic: Location, patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    mine, others = (Practitioner.objects.filter(staff__location=clinic, staff__prescriber=who) for who in (True, False))
    closed_until(clinic, TODAY + timedelta(days=150), people=mine)
    browser, page = browser_of(practitioner), f"{reverse('courses:new')}?patient={patient.pk}"
    proposal = generate(browser, page, plain(mix, only=["on"]))
    assert proposal.status == "infeasible"
    shown = browser.get(reverse("courses:proposal", args=[proposal.course_id, proposal.pk]))
    offered = shown.context["alternatives"][0]
    assert "Also with others" in offered["message"]
    changed = Sent(browser.get(offered["url"]).content.decode()).values
    assert "only" not in changed
    again = generate(browser, offered["url"], changed)
    assert {row["practitioner"] for row in again.sessions if row["start"]} == {str(others.get().pk)}
