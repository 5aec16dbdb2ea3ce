"""The health questions as people answer them, and the verdict as a prescriber reads and settles it."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import expect

from patients.models import Patient
from tests.browser.clinic import People
from tests.browser.steps import clinician as acts
from tests.browser.steps import desk, doors, intake
from tests.browser.visitor import PHONE, Visitor
from tests.factories import PatientFactory
from tests.stack import Stack

Comes = Callable[..., Visitor]
NUMBERS = count(1)
DIABETES, INSULIN = "Do you have diabetes", "Do you use insulin?"
ASPIRIN = "On which day did you last take aspirin?"


@pytest.fixture
def patient(stack: Stack, people: People) -> Patient:
    """Somebody who is registered and has answered nothing."""
    with stack.records():
        return PatientFactory(given_name="Nina", family_name=f"Verdi {next(NUMBERS)}")


def topics_of(patient: Patient) -> str:
    return f"/patients/{patient.pk}/intake/"


@pytest.mark.proof
def test_an_intake_left_half_way_is_resumed_by_the_patient_and_finished_by_staff(
    visitor: Comes, people: People, stack: Stack
):
    email = "half.way@example.test"
    front, at_home = visitor(), visitor(size=PHONE)
    doors.signs_in(front, people.desk)
    desk.registers(front, "Nora", "Halfway", "+39 06 555 0777", **{"E-mail": email, "Date of birth": "1988-02-29"})
    patient = int(re.findall(r"\d+", front.path)[0])

    doors.signs_in_by_code(at_home, email, stack.mail)
    page = at_home.goes_to("/me/intake/")
    page.get_by_role("link", name="Begin").click()
    acts.answers_one_topic(at_home)
    here = at_home.path
    page.locator("fieldset.choices").first.get_by_label("No", exact=True).check()
    intake.comes_back_later(at_home)
    expect(page.get_by_role("link", name="Continue")).to_be_visible()
    at_home.looks_at("intake-half-way")
    at_home.leaves()

    again = visitor(size=PHONE)
    doors.signs_in_by_code(again, email, stack.mail)
    page = again.goes_to("/me/intake/")
    page.get_by_role("link", name="Continue").click()
    page.wait_for_url(f"**{here}")
    expect(page.locator("fieldset.choices").first.get_by_label("No", exact=True)).to_be_checked()
    acts.answers_one_topic(again)

    doctor = visitor()
    doors.signs_in(doctor, people.practitioner)
    page = doctor.goes_to(f"/patients/{patient}/intake/")
    expect(page.get_by_text("Done", exact=True)).to_have_count(2)
    doctor.looks_at("intake-continued")
    intake.answers_what_is_open(doctor)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url("**/eligibility/")
    expect(page.get_by_role("heading", name="May be treated")).to_be_visible()


def test_answers_that_contradict_each_other_are_asked_again_and_then_taken(
    visitor: Comes, people: People, patient: Patient
):
    doctor = visitor()
    doors.signs_in(doctor, people.practitioner)
    page = doctor.goes_to(topics_of(patient))
    intake.begins_at(doctor, "Illnesses")
    desk.says_no_to_everything(doctor)
    intake.says(doctor, DIABETES, "Yes")
    intake.says(doctor, INSULIN, "Yes")
    intake.comes_back_later(doctor)
    intake.begins_at(doctor, "Illnesses")
    intake.says(doctor, DIABETES, "No")
    intake.goes_on(doctor)
    expect(page.get_by_text("Please look at this again")).to_be_visible()
    expect(page.get_by_text("insulin is used, yet diabetes was answered with no")).to_be_visible()
    doctor.looks_at("answers-asked-again")
    page.get_by_label("Yes, this is right").check()
    intake.follows(doctor)
    expect(page.get_by_label("Yes, this is right")).to_be_checked()
    here = doctor.path
    intake.goes_on(doctor)
    page.wait_for_function("here => location.pathname !== here", arg=here)


def test_a_last_dose_in_the_future_is_refused_at_its_field_and_saves_nothing(
    visitor: Comes, people: People, patient: Patient
):
    doctor = visitor()
    doors.signs_in(doctor, people.practitioner)
    page = doctor.goes_to(topics_of(patient))
    intake.begins_at(doctor, "Heart and blood")
    desk.says_no_to_everything(doctor)
    intake.says(doctor, ASPIRIN, "On this day:")
    day = page.get_by_label(re.compile(rf"^Day: {re.escape(ASPIRIN)}"))
    day.fill("2099-01-01")
    intake.goes_on(doctor)
    error = intake.question(doctor, ASPIRIN).get_by_text("This date lies in the future.")
    expect(error).to_be_visible()
    expect(day).to_have_value("2099-01-01")
    doctor.looks_at("answer-refused")
    expect(doctor.goes_to(topics_of(patient)).get_by_role("link", name="Begin")).to_be_visible()


@pytest.mark.proof
def test_a_verdict_says_why_and_a_prescriber_settles_what_may_be_settled(
    visitor: Comes, people: People, patient: Patient
):
    doctor = visitor()
    doors.signs_in(doctor, people.practitioner)
    doctor.goes_to(topics_of(patient))
    intake.begins_at(doctor, "Cancer")
    desk.says_no_to_everything(doctor)
    intake.says(doctor, "Have you had cancer in the past?", "Yes")
    intake.comes_back_later(doctor)
    page = doctor.page
    intake.answers_what_is_open(doctor)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url("**/eligibility/")
    doctor.goes_to(f"/patients/{patient.pk}/eligibility/?area=abdomen&indication=cellulite")
    expect(page.get_by_role("heading", name="Needs a prescriber")).to_be_visible()
    finding = page.locator("li.finding", has_text="cancer")
    expect(finding.get_by_role("link", name="D12")).to_be_visible()
    doctor.looks_at("verdict-review")
    finding.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.locator(".field-error").first).to_be_visible()
    doctor.looks_at("decide-mistake")
    page.get_by_label("Allow treatment").check()
    page.get_by_label("Reason").fill("Ten years free of it, seen by her oncologist.")
    page.get_by_role("button", name="Sign the decision").click()
    page.wait_for_url("**/eligibility/**")
    expect(page.get_by_role("heading", name="May be treated")).to_be_visible()
    expect(page.get_by_text("Ten years free of it, seen by her oncologist.")).to_be_visible()
    doctor.looks_at("verdict-decided")
