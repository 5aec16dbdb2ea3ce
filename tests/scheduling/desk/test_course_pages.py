"""A practitioner plans a whole course in the browser: choose, generate, read why, accept."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import Location, User
from patients.models import Patient
from protocols.models import Formulation
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.models import Course, Practitioner, Proposal, Session
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.steps import make_ready

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(substances=MIX)


@pytest.fixture
def ready(clinic: Location, patient: Patient, practitioner: User, mix: Formulation) -> Patient:
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    return patient


@pytest.fixture
def course(ready: Patient, clinic: Location, practitioner: User, mix: Formulation) -> Course:
    return make_course(ready, clinic, practitioner, formulation=mix)


@pytest.fixture
def wanted(ready: Patient, mix: Formulation) -> dict[str, object]:
    return {
        "areas": ["thigh"],
        "indication": "cellulite",
        "protocol": "P07",
        "counts.1": "6",
        "formulation": mix.pk,
        "practitioner": Practitioner.objects.order_by("pk")[0].pk,
        "start_on": "2026-05-05",
    }


def test_the_workspace_first_asks_where_and_why(browser_of: Browser, practitioner: User, ready: Patient) -> None:
    assert (
        browser_of(practitioner).get("/courses/new/").headers["Location"] == "/courses/"
    )  # which says where one starts
    page = browser_of(practitioner).get("/courses/new/", {"patient": ready.pk})
    assert page.status_code == 200
    assert "First choose where and why" in page.content.decode()


def test_only_protocols_that_serve_area_and_reason_are_offered(
    browser_of: Browser, practitioner: User, ready: Patient
) -> None:
    page = browser_of(practitioner).get(
        "/courses/new/", {"patient": ready.pk, "areas": ["thigh"], "indication": "cellulite"}
    )
    codes = [card.code for card in page.context["cards"]]
    assert "P07" in codes
    assert "P06-B" not in codes
    assert "P08" not in codes


def test_a_chosen_protocol_shows_its_windows_before_anything_is_saved(
    browser_of: Browser, practitioner: User, wanted: dict[str, object], ready: Patient
) -> None:
    page = browser_of(practitioner).get("/courses/new/", wanted | {"patient": ready.pk})
    assert page.context["timeline"] is not None
    assert Course.objects.count() == 0


def test_generate_makes_the_draft_and_asks_for_its_schedule(
    browser_of: Browser, practitioner: User, wanted: dict[str, object], ready: Patient
) -> None:
    answer = browser_of(practitioner).post(f"/courses/new/?patient={ready.pk}", wanted)
    proposal = Proposal.objects.get()
    assert answer["Location"] == f"/courses/{proposal.course_id}/proposals/{proposal.pk}/"
    assert (proposal.status, proposal.course.status) == ("queued", "draft")


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [("counts.1", "9", "counts.1"), ("start_on", "2026-05-04", "start_on"), ("areas", [], "areas")],
)
def test_a_slip_is_said_at_its_field_and_nothing_is_saved(
    browser_of: Browser,
    practitioner: User,
    wanted: dict[str, object],
    ready: Patient,
    field: str,
    value: object,
    where: str,
) -> None:
    page = browser_of(practitioner).post(f"/courses/new/?patient={ready.pk}", wanted | {field: value})
    assert page.status_code == 422
    assert page.context["form"].errors[where]
    assert Course.objects.count() == 0


def test_the_page_waits_while_nobody_has_built_it(browser_of: Browser, practitioner: User, course: Course) -> None:
    browser = browser_of(practitioner)
    answer = browser.post(f"/courses/{course.pk}/generate/")
    page = browser.get(answer["Location"]).content.decode()
    assert "Waiting for a worker" in page
    assert "Accept and book" not in page


def test_a_ready_schedule_says_why_and_is_accepted_as_a_whole(
    browser_of: Browser, practitioner: User, course: Course
) -> None:
    browser = browser_of(practitioner)
    url = browser.post(f"/courses/{course.pk}/generate/")["Location"]
    proposal = build_proposal(proposal_id=Proposal.objects.get().pk, now=NOW)
    assert proposal is not None
    page = browser.get(url)
    assert "Best day." in page.content.decode()
    accepted = browser.post(f"{url}accept/")
    assert accepted["Location"] == f"/courses/{course.pk}/"
    course.refresh_from_db()
    assert course.status == "active"
    assert Session.objects.filter(course=course, status="booked").count() == 6
    shown = browser.get(accepted["Location"])
    assert "0 of" in shown.content.decode()


def test_somebody_else_took_a_time_and_a_fresh_schedule_is_on_its_way(
    browser_of: Browser, practitioner: User, course: Course, clinic: Location
) -> None:
    browser = browser_of(practitioner)
    url = browser.post(f"/courses/{course.pk}/generate/")["Location"]
    proposal = build_proposal(proposal_id=Proposal.objects.get().pk, now=NOW)
    assert proposal is not None
    Course.objects.filter(pk=course.pk).update(version=course.version + 5)
    answer = browser.post(f"{url}accept/", follow=True)
    fresh = Proposal.objects.latest("pk")
    assert fresh.pk != proposal.pk
    assert answer.redirect_chain[-1][0] == f"/courses/{course.pk}/proposals/{fresh.pk}/"
    assert Session.objects.filter(course=course).count() == 0


def test_the_desk_sees_the_course_and_not_what_the_answers_were(
    browser_of: Browser, desk: User, course: Course
) -> None:
    page = browser_of(desk).get(f"/courses/{course.pk}/")
    assert page.context["verdict"] is None
    assert "Mix" not in page.content.decode()


@pytest.mark.parametrize("path", ["/courses/", "/courses/{pk}/", "/courses/new/?patient={patient}"])
def test_an_outsider_and_a_patient_see_no_course_pages(
    browser_of: Browser, outsider: User, patient: Patient, course: Course, path: str
) -> None:
    url = path.format(pk=course.pk, patient=patient.pk)
    for user in (outsider, patient.user):
        assert browser_of(user).get(url).status_code == 403
    assert browser_of(None).get(url).status_code == 302


def test_a_course_is_paused_with_a_reason_only(browser_of: Browser, desk: User, course: Course) -> None:
    Course.objects.filter(pk=course.pk).update(status="active")
    browser = browser_of(desk)
    assert browser.post(f"/courses/{course.pk}/stop/hold/", {"reason": "", "unknown": "on"}).status_code == 422
    browser.post(f"/courses/{course.pk}/stop/hold/", {"reason": "Holiday", "unknown": "on"})
    course.refresh_from_db()
    assert (course.status, course.status_reason) == ("on_hold", "Holiday")


def test_the_list_takes_as_many_queries_for_thirty_courses_as_for_one(
    browser_of: Browser,
    desk: User,
    course: Course,
    clinic: Location,
    practitioner: User,
) -> None:
    browser = browser_of(desk)
    browser.get("/courses/?status=all")
    with CaptureQueriesContext(connection) as one:
        browser.get("/courses/?status=all")
    for _n in range(29):
        make_course(course.patient, clinic, practitioner)
    with CaptureQueriesContext(connection) as thirty:
        browser.get("/courses/?status=all")
    assert len(thirty) == len(one)
