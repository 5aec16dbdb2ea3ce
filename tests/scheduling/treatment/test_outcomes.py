"""What was measured stands over the sessions that lay between, on the course and on the patient's measurements."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.actions.measurements import record_measurement
from patients.models import Patient
from protocols.models import TreatmentArea
from scheduling.courses.queries.course_pages import visits_of
from scheduling.models import Course, Session
from scheduling.treatment.queries.outcomes import plots_of_course
from tests.factories import NOW

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def measure(
    patient: Patient, by: User, value: str, *, weeks: int = 0, area: str = "thigh", code: str = "circumference"
):
    where = TreatmentArea.objects.get(code=area) if area else None
    at = NOW - weeks * WEEK
    record_measurement(patient=patient, code=code, value=Decimal(value), area=where, measured_at=at, by=by, now=NOW)


@pytest.fixture
def course(course: Course, patient: Patient, practitioner: User) -> Course:
    """P07 on the thigh; the first session took place an hour ago, the thigh was measured before it and after."""
    Session.objects.filter(course=course, sequence=1).update(status="completed", performed_at=NOW)
    measure(patient, practitioner, "62.5", weeks=1)
    measure(patient, practitioner, "61")
    return course


def test_the_course_shows_where_it_treats_and_how_it_changed(course: Course, patient: Patient, practitioner: User):
    measure(patient, practitioner, "30", area="arm")
    measure(patient, practitioner, "71.5", area="", code="weight")
    plots = {plot.label.split(" ")[0]: plot for plot in plots_of_course(course, visits_of(course))}
    assert set(plots) == {"Circumference", "Weight"}
    thigh = plots["Circumference"]
    assert [point.reading.value for point in thigh.points] == [62.5, 61.0]
    assert (thigh.change, thigh.unit) == (-1.5, "cm")
    assert [mark.on for mark in thigh.sessions] == [date(2026, 5, 5)]


def test_the_page_of_the_course_draws_it_with_a_table_beside(course: Course, practitioner: User, browser_of):
    page = browser_of(practitioner).get(reverse("courses:detail", args=[course.pk])).content.decode()
    assert 'class="outcome"' in page
    assert "Show as a table" in page[page.index('class="outcome"') :]
    assert "62.5" in page


def test_the_desk_does_not_see_it(course: Course, desk: User, browser_of):
    """Measurements belong to the record that the desk does not read (D17)."""
    page = browser_of(desk).get(reverse("courses:detail", args=[course.pk]))
    assert (page.context["plots"], 'class="outcome"' in page.content.decode()) == ([], False)


def test_after_recording_a_value_it_is_drawn(course: Course, patient: Patient, practitioner: User, browser_of):
    browser: Client = browser_of(practitioner)
    said = browser.post(
        reverse("patients:measurements", args=[patient.pk]),
        {"code": "fold", "area": "thigh", "value": "22"},
        follow=True,
    )
    (fold,) = [each["plot"] for each in said.context["series"] if each["series"].code == "fold"]
    assert [point.reading.value for point in fold.points] == [22.0]
    assert said.content.decode().count('class="outcome"') == 2


def test_an_improvement_is_said_in_words_everywhere(course: Course, patient: Patient, practitioner: User, browser_of):
    """Published scales number it differently (1 best, or 4 best), so no number is shown, and none is asked for."""
    browser, page = browser_of(practitioner), reverse("patients:measurements", args=[patient.pk])
    given = {"code": "improvement", "area": "thigh", "value": "", "level": ""}
    assert 'id="id_level_error"' in browser.post(page, given).content.decode()
    thigh, week_ago = TreatmentArea.objects.get(code="thigh"), NOW - WEEK
    first = {"code": "improvement", "level": "no_change", "area": thigh, "measured_at": week_ago}
    record_measurement(patient=patient, **first, by=practitioner, now=NOW)
    said = browser.post(page, given | {"level": "much_improved", "value": "4"}, follow=True)
    (shown,) = [each for each in said.context["series"] if each["series"].code == "improvement"]
    assert [point.row.level for point in shown["series"].points] == ["no_change", "much_improved"]
    assert [point.reading.word for point in shown["plot"].points] == ["No change", "Much improved"]
    assert [level.word for level in shown["plot"].levels][::4] == ["Worse", "Very much improved"]
    text = " ".join(said.content.decode().split())
    assert '>28 Apr 2026</time></td><td class="num">No change</td>' in text
    assert "28 Apr 2026: No change" in text
    assert (shown["plot"].change, [point.change for point in shown["series"].points]) == (None, [None, None])


@pytest.mark.parametrize("level", ["", "much_improved"])
def test_only_an_improvement_has_a_level_and_it_has_one(level: str, patient: Patient, practitioner: User):
    row = {"code": "weight" if level else "improvement", "value": 2, "level": level, "measured_at": NOW}
    with pytest.raises(IntegrityError, match="measurement_improvement_has_its_level"), transaction.atomic():
        patient.measurements.create(**row, measured_by=practitioner)


def test_a_review_shows_what_was_measured_before_it_is_judged(course: Course, practitioner: User, browser_of):
    Course.objects.filter(pk=course.pk).update(status="active")
    review = Session.objects.create(
        patient=course.patient, location=course.location, kind="review", status="in_progress"
    )
    page = browser_of(practitioner).get(reverse("desk:visit_chair", args=[review.pk])).content.decode()
    assert page.index("62.5") < page.index("It gets longer or shorter")
