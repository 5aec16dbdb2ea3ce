"""A bad day on one page: what becomes of the visits in three numbers, one row a patient, those who need somebody first
with the nearest choice, and one press for all of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Forbidden
from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import request_disruption
from scheduling.models import Course, Practitioner, Replan, Session
from tests.factories import NOW, PatientFactory
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def course() -> Course:
    return Course.objects.get()


@pytest.fixture
def plan(course: Course, clinic: Location, desk: User, practitioner: User) -> Replan:
    """Everybody is away from tomorrow until the windows of the second visits are over; a review of somebody else at the
    end of that time finds another one."""
    second = course.sessions.get(sequence=2)
    day = second.latest - timedelta(days=2)
    a_visit(PatientFactory(family_name="Verdi"), at(11, day=day), practitioner, desk, kind="review")
    for doctor in Practitioner.objects.all():
        last = at(23, day=second.latest)
        report_absence(practitioner=doctor, start=at(0), end=last, reason="Flood", by=desk, now=NOW)
    made = build_disruption(replan_id=request_disruption(location=clinic, by=desk, now=NOW).pk, now=NOW)
    assert made is not None
    return made


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_numbers_come_first_then_one_row_a_patient_who_needs_somebody_on_top(
    plan: Replan, course: Course, desk: User, browser_of: Browser
):
    browser, here = browser_of(desk), reverse("desk:batch", args=[plan.pk])
    page = browser.get(here)
    batch = page.context["batch"]
    stuck = [step for step in plan.steps if step["fate"] == "unplaceable"]
    moved = [step for step in plan.steps if step["after"] and step["after"] != step["before"]]
    assert (batch.needs, batch.new) == (len(stuck), len(moved))
    assert batch.needs >= 1
    said = words(page)
    assert said.index("need you") < said.index("get another time") < said.index(str(course.patient))
    people = [each.patient for each in page.context["people"]]
    assert (people[0], len(people)) == (course.patient, len(set(people)))
    shown = {
        name: [each.needs for each in browser.get(here, {"show": name}).context["people"]] for name in ("needs", "new")
    }
    assert (set(shown["needs"]), set(shown["new"])) <= ({True}, {False})
    assert len(shown["needs"]) + len(shown["new"]) == len(people)
    near = next(line for line in page.context["people"][0].lines if line.near)
    session = Session.objects.get(pk=near.session)
    assert near.late_days == (near.near.start.date() - session.latest).days > 0
    link = (
        reverse("desk:visit_move", args=[session.pk])
        + f"?start={near.near.start.astimezone(at(0).tzinfo):%Y-%m-%dT%H:%M}"
    )
    assert link in page.content.decode()
    assert f'value="{link[-16:]}"' in browser.get(link).content.decode(), "the time is filled in there"


def test_a_practitioner_approves_late_dates_for_all_and_looks_once_more(
    plan: Replan, course: Course, desk: User, practitioner: User, browser_of: Browser
):
    late, here = reverse("desk:batch_late", args=[plan.pk]), reverse("desk:batch", args=[plan.pk])
    assert ("A practitioner may approve" in words(browser_of(desk).get(here)), late) == (True, late)
    assert browser_of(desk).post(late).status_code == 403
    with pytest.raises(Forbidden):
        request_disruption(location=plan.location, late={"1": 3}, by=desk, now=NOW)
    before = {each["session"] for each in plan.steps if each["fate"] == "unplaceable"}
    browser = browser_of(practitioner)
    assert "Approve late dates for all" in words(browser.get(here))
    sent = browser.post(late)
    fresh = Replan.objects.exclude(pk=plan.pk).get()
    plan.refresh_from_db()
    assert (plan.status, sent.headers["Location"]) == ("stale", reverse("desk:batch", args=[fresh.pk]))
    build_disruption(replan_id=fresh.pk, now=NOW)
    page = browser.get(sent.headers["Location"])
    assert (page.context["batch"].needs, Session.objects.filter(status="displaced").count() > 0) == (0, True)
    browser.post(reverse("desk:batch_apply", args=[fresh.pk]), {"version": page.context["replan"].version})
    given = Session.objects.filter(pk__in=before)
    assert {each.status for each in given} == {"booked"}
    for each in given:
        days = (each.bookings.get(active=True).start.date() - each.latest).days
        assert each.approved("approved_late") == max(days, 0)
    assert any(each.approved("approved_late") for each in given)


def test_the_page_asks_as_often_for_many_patients_as_for_few(
    plan: Replan, clinic: Location, patient: Patient, practitioner: User, desk: User, browser_of: Browser,
    django_assert_max_num_queries: Any,
):  # fmt: skip
    browser = browser_of(desk)
    browser.get(reverse("desk:batch", args=[plan.pk]))
    with django_assert_max_num_queries(40) as few:
        browser.get(reverse("desk:batch", args=[plan.pk]))
    for _each in range(2):
        a_visit(
            PatientFactory(), at(14 + 2 * _each, day=NOW.date() + timedelta(days=64)), practitioner, desk, kind="review"
        )
    Session.objects.filter(kind="review", status="booked").update(status="displaced")
    more = build_disruption(replan_id=request_disruption(location=clinic, by=desk, now=NOW).pk, now=NOW)
    assert more is not None
    with django_assert_max_num_queries(40) as many:
        browser.get(reverse("desk:batch", args=[more.pk]))
    assert len(many) == len(few)
