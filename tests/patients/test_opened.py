"""Who opened this record: the director reads it with names, the patient by role, and mass reading is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from clinic.models import User
from patients.actions.watching import watch_reading
from patients.models import AccessLog, Patient
from patients.tasks import watch_reading as task
from scheduling.models import Course
from tests.factories import NOW, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_visit

Browsers = Callable[[User | None], Client]


@pytest.fixture
def course(patient: Patient, clinic: Any, practitioner: User) -> Course:
    return make_course(patient, clinic, practitioner)


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_director_and_patient_read_who_opened_it(
    patient: Patient, other_patient: Patient, desk: User, director: User, browser_of: Browsers
):
    browser_of(desk).get(f"/patients/{patient.pk}/edit/")
    text = page(browser_of(director), f"/patients/{patient.pk}/opened/")
    assert "contact data" in text
    assert f"{desk.name} · Front desk" in text
    own = page(browser_of(patient.user), "/me/opened/")
    assert ("Front desk" in own, f"{desk.name} ·" in own, "You" in own) == (True, False, True)
    assert "Front desk" not in page(browser_of(other_patient.user), "/me/opened/")


def test_visits_and_courses_that_staff_open_count_too(
    patient: Patient, course: Course, desk: User, practitioner: User, browser_of: Browsers
):
    visit = a_visit(patient, NOW + timedelta(days=1), practitioner, practitioner)
    for path in (f"/visits/{visit.pk}/", f"/courses/{course.pk}/"):
        page(browser_of(desk), path)
    assert {each.what for each in AccessLog.objects.filter(user=desk)} >= {"visit", "course"}


def test_the_page_asks_the_same_for_one_opening_and_thirty(
    patient: Patient, desk: User, director: User, browser_of: Browsers, django_assert_num_queries: Any
):
    browser, path = browser_of(director), f"/patients/{patient.pk}/opened/"
    AccessLog.objects.create(patient=patient, user=desk, what="record")
    browser.get(path)
    with django_assert_num_queries(13):
        browser.get(path)
    for _number in range(30):
        AccessLog.objects.create(patient=patient, user=desk, what="record")
    with django_assert_num_queries(13):
        browser.get(path)


def read_many(user: User, number: int) -> None:
    for patient in PatientFactory.create_batch(number):
        AccessLog.objects.create(patient=patient, user=user, what="record")


def test_mass_reading_is_told_to_the_directors_once_a_day(
    desk: User, practitioner: User, director: User, django_capture_on_commit_callbacks: Any
):
    read_many(desk, 5)
    read_many(practitioner, 4)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert [each.user for each in watch_reading(now=soon, many=5)] == [desk]
        assert watch_reading(now=soon, many=5) == []
    assert [letter.to for letter in mail.outbox] == [[director.email]]
    assert f"{desk.name} opened the records of 5 people" in mail.outbox[0].body


def test_the_same_record_many_times_is_no_mass_reading(desk: User, director: User, patient: Patient):
    for _time in range(6):
        AccessLog.objects.create(patient=patient, user=desk, what="record")
    assert watch_reading(now=datetime.now(UTC), many=2) == []
    task()
    assert mail.outbox == []
