"""One patient's course with everything that may happen to it: three sessions, a severe reaction, a pause, a decision, a
review that makes it longer, another that ends it. Each act is done where people do it, and the next one meets it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import expect

from scheduling.models import Session
from tests.browser.clinic import People
from tests.browser.steps import clinician as acts
from tests.browser.steps import course, desk, doors, treatment
from tests.browser.test_walk import number_in, saw
from tests.browser.visitor import PHONE, Visitor
from tests.days_pass import days_pass
from tests.stack import Stack

pytestmark = pytest.mark.proof

GIVEN, FAMILY, EMAIL = "Carla", "Catena", "carla.catena@example.test"
NAME, MIX = f"{GIVEN} {FAMILY}", "Chain mix"
DAY = timedelta(days=1)


def test_from_the_consultation_to_the_end_of_the_course(
    stack: Stack, people: People, visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    now = datetime.now(ZoneInfo(people.zone))
    front, doctor, patient = visitor(), visitor(), visitor(size=PHONE)
    doors.signs_in(front, people.desk)
    doors.signs_in(doctor, people.practitioner)
    who = comes_for_a_consultation(front, doctor, now)
    is_tested_with_two_looks(doctor, who, now, stack)
    plan = gets_a_course(doctor, who)
    for number in (1, 2, 3):
        is_treated(front, doctor, visit_of(stack, plan, number))
        if number < 3:
            is_photographed(doctor, who, now, tmp_path)
            days_pass(stack, days_to(stack, plan, number + 1, people))
    doors.signs_in_by_code(patient, EMAIL, stack.mail)
    tells_of_a_severe_reaction(patient, now)
    finds_everything_on_hold(front, doctor, patient, plan, who)
    decides_and_resumes(doctor, plan, who)
    is_made_longer_at_a_review(front, doctor, plan, stack)
    ends_at_a_review(front, doctor, patient, plan)


def comes_for_a_consultation(front: Visitor, doctor: Visitor, now: datetime) -> int:
    later = {"E-mail": EMAIL, "Date of birth": "1990-03-14"}
    desk.registers(front, GIVEN, FAMILY, "+39 06 555 0198", **later)
    expect(front.page.get_by_role("heading", name=NAME)).to_be_visible()
    who = number_in(front.path)
    desk.books_a_consultation(front, NAME)
    visit = number_in(front.path)
    acts.takes_the_intake(doctor, who)
    front.goes_to(f"/visits/{visit}/")
    desk.opens_check_in(front)
    desk.checks_in(front)
    acts.holds_the_consultation(doctor, visit, now - 4 * DAY)
    return who


def is_tested_with_two_looks(doctor: Visitor, who: int, now: datetime, stack: Stack) -> None:
    acts.builds_a_mix(doctor, who, MIX, {"Organic silicon": "2", "Plant extracts": "1"})
    for act in ("test", "treatment", "photos"):
        acts.has_signed(doctor, who, act, now - 3 * DAY)
    saw(stack, lambda: Session.objects.first().patient.consents.model.objects.update(recorded_at=now - 3 * DAY))
    acts.answers_what_the_mix_asks(doctor, who, MIX, "organic silicon")
    acts.injects_the_test(doctor, who, MIX, now - 2 * DAY, ["Organic silicon ampoule", "Plant extracts ampoule"])
    doctor.page.get_by_role("link", name="Read", exact=True).click()
    doctor.page.get_by_role("radio", name="15 to 20 minutes after the injection").check()
    doctor.page.get_by_role("radio", name="Negative").check()
    desk.fills(doctor, {"Read at": acts.wall(now - 2 * DAY + timedelta(minutes=17))})
    doctor.page.get_by_role("button", name="Record the reading").click()
    doctor.page.wait_for_url("**/allergy-test/")
    acts.reads_it_as_negative(doctor, now - DAY + timedelta(minutes=5))


def gets_a_course(doctor: Visitor, who: int) -> int:
    course.chooses_a_course(doctor, who, area="Thigh", reason="Cellulite", protocol="P07", mix=MIX)
    course.generates(doctor)
    course.sees_the_schedule(doctor)
    return course.accepts(doctor)


def visit_of(stack: Stack, plan: int, number: int) -> int:
    found = saw(stack, lambda: Session.objects.get(course=plan, sequence=number, status="booked"))
    return int(found.pk)


def days_to(stack: Stack, plan: int, number: int, people: People) -> int:
    """How many days until the visit is today's."""
    zone = ZoneInfo(people.zone)
    visit = saw(stack, lambda: Session.objects.get(course=plan, sequence=number).bookings.get(active=True))
    return int((visit.start.astimezone(zone).date() - datetime.now(zone).date()).days)


def is_treated(front: Visitor, doctor: Visitor, visit: int) -> None:
    """Checked in with the questions of the day, started past its gates, drawn on the map with its lots, signed."""
    front.goes_to(f"/visits/{visit}/")
    desk.opens_check_in(front)
    desk.checks_in(front)
    treatment.starts(doctor, visit)
    treatment.completes(doctor)
    doctor.page.get_by_role("link", name="Sign the record").click()
    left = {
        "Technique": "Nappage",
        "Needle length, mm": "4",
        "Depth": "2 mm",
        "Experience with this technique": "9 years",
    }
    desk.fills(doctor, left | {"Hands-on minutes": "20", "Change since last time": "Softer"})
    doctor.looks_at("sign")
    doctor.page.get_by_role("button", name="Sign", exact=True).click()
    expect(doctor.page.get_by_text("Signed.")).to_be_visible()


def is_photographed(doctor: Visitor, who: int, now: datetime, folder: Path) -> None:
    picture = folder / "thigh.jpg"
    Image.new("RGB", (800, 600), "beige").save(picture)
    page = doctor.goes_to(f"/patients/{who}/photos/")
    before = page.get_by_role("button", name=re.compile("Take away")).count()
    page.locator("input[type=file]").set_input_files(picture)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Take away"))).to_have_count(before + 1)
    if before:
        lays_one_over_the_other(doctor)


def lays_one_over_the_other(doctor: Visitor) -> None:
    """With the keyboard alone; at the left end they stand side by side again."""
    page = doctor.page
    slider, upper = page.get_by_role("slider", name="Lay over"), page.locator("[data-compare] img").last
    apart = upper.bounding_box()
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "After 95 %")
    expect(upper).to_have_css("opacity", "0.95")
    assert page.locator("[data-compare] img").first.bounding_box() == upper.bounding_box() != apart
    doctor.looks_at("photos-laid-over")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Side by side")
    assert upper.bounding_box() == apart


def tells_of_a_severe_reaction(patient: Visitor, now: datetime) -> None:
    page = patient.goes_to("/me/reactions/new/")
    page.get_by_role("radio", name=re.compile("^Severe")).check()
    desk.fills(patient, {"In your own words": "My lips swelled at once", "Since when": acts.wall(now)})
    patient.looks_at("reaction-new")
    page.locator("form .form-actions button[type=submit]").first.click()
    page.wait_for_url("**/me/reactions/*/")
    patient.looks_at("reaction-told")


def finds_everything_on_hold(front: Visitor, doctor: Visitor, patient: Visitor, plan: int, who: int) -> None:
    """The chart is red, the course stands still, the desk reads no condition."""
    page = doctor.goes_to(f"/patients/{who}/")
    expect(page.get_by_text("nothing is injected before a prescriber has decided in writing")).to_be_visible()
    doctor.looks_at("chart-on-hold")
    expect(doctor.goes_to(f"/courses/{plan}/").get_by_text("On hold").first).to_be_visible()
    desk_page = front.goes_to(f"/patients/{who}/")
    expect(desk_page.get_by_text("My lips swelled")).to_have_count(0)
    front.looks_at("desk-on-hold")
    patient.goes_to("/me/")
    patient.looks_at("my-course-on-hold")


def decides_and_resumes(doctor: Visitor, plan: int, who: int) -> None:
    page = doctor.goes_to(f"/patients/{who}/reactions/decide/")
    page.get_by_label("Decision").or_(page.locator("textarea")).first.fill(
        "Another mix is not needed; go on with less."
    )
    page.get_by_role("button", name="Sign the decision").click()
    page = doctor.goes_to(f"/courses/{plan}/stop/resume/")
    for box in page.locator("main textarea").all():
        box.fill("Seen again, all well")
    page.get_by_role("button", name="Resume").click()
    page.wait_for_url(f"**/courses/{plan}/**")
    doctor.looks_at("course-resumed")


def reviews(front: Visitor, doctor: Visitor, outcome: str) -> None:
    """The desk books a review, the patient is here, the practitioner says what comes of it."""
    page = front.goes_to("/book/")
    page.get_by_label("Name or phone").press_sequentially(NAME[:8])
    page.locator("#people").get_by_role("link", name=NAME).click()
    page.get_by_role("radio", name="Review").check()
    page.get_by_role("button", name="Book this time").click()
    page.wait_for_url("**/visits/*/")
    visit = number_in(front.path)
    desk.opens_check_in(front)
    desk.checks_in(front)
    page = doctor.goes_to(f"/visits/{visit}/")
    page.get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Start now").click()
    page.get_by_role("radio", name=outcome).check()
    desk.fills(doctor, {"Note": "Looked at together."})
    doctor.looks_at("review")
    page.get_by_role("button", name="Complete the visit").click()


def is_made_longer_at_a_review(front: Visitor, doctor: Visitor, plan: int, stack: Stack) -> None:
    before = saw(
        stack, lambda: Session.objects.filter(course=plan, kind="treatment").exclude(status="cancelled").count()
    )
    reviews(front, doctor, "It gets longer or shorter")
    page = doctor.page
    page.wait_for_url("**/length/")
    page.get_by_role("radio", name=re.compile("^Longer")).check()
    desk.fills(doctor, {"By how many visits": "1", "Reason": "It responds slowly"})
    page.get_by_role("button", name="See what this changes").click()
    doctor.looks_at("course-longer")
    page.get_by_role("button", name="Do it").click()
    page.wait_for_url(re.compile(rf"/courses/{plan}/"))
    after = saw(
        stack, lambda: Session.objects.filter(course=plan, kind="treatment").exclude(status="cancelled").count()
    )
    assert after == before + 1


def ends_at_a_review(front: Visitor, doctor: Visitor, patient: Visitor, plan: int) -> None:
    reviews(front, doctor, "It ends: the goal is reached")
    page = doctor.page
    page.wait_for_url("**/finish/")
    for box in page.locator("main textarea").all():
        box.fill("The goal is reached")
    page.get_by_role("button", name="Finish: goal reached").click()
    page.wait_for_url(re.compile(rf"/courses/{plan}/$"))
    doctor.looks_at("course-finished")
    expect(page.get_by_text("Completed").first).to_be_visible()
    patient.goes_to("/me/")
    expect(patient.page.get_by_role("heading", name="After your session")).to_be_visible()
    patient.looks_at("my-course-over")
