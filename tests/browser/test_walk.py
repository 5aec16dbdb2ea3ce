"""The whole way of one patient as three people walk it: from the first call to the message after the treatment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from patients.models import Consent
from scheduling.messages.queries.mailbox import letters
from scheduling.models import Message, Proposal, Session
from tests.browser.clinic import People
from tests.browser.steps import clinician as acts
from tests.browser.steps import course, desk, doors, treatment
from tests.browser.visitor import PHONE, Visitor
from tests.canary import CANARY, sings_in
from tests.stack import Stack, until

NAME, MIX = f"{CANARY}ana Moretti", "Thigh mix"  # a name that must be heard nowhere but on the pages
EMAIL = f"{CANARY.lower()}ana@example.test"
DAY = timedelta(days=1)


def number_in(path: str) -> int:
    return next(int(part) for part in path.split("/") if part.isdigit())


def process(named: str) -> int:
    """The process id in `host:pid`."""
    return int(named.rpartition(":")[2])


@pytest.mark.proof
def test_from_the_first_call_to_the_message_afterwards(
    stack: Stack, people: People, visitor: Callable[..., Visitor]
) -> None:
    now = datetime.now(ZoneInfo(people.zone))
    front, doctor = visitor(), visitor()
    doors.signs_in(front, people.desk)
    doors.signs_in(doctor, people.practitioner)

    patient = comes_in(front)
    visit = is_booked_for_a_consultation(front)
    is_screened(doctor, patient)
    is_seen(front, doctor, visit, now)
    is_tested(doctor, patient, now, stack)
    plan = gets_a_course(doctor, patient, stack)
    treated = is_treated(front, doctor)
    looks_at_the_phone(visitor(size=PHONE), stack)
    reads_the_confirmation(front, plan, stack)
    reads_what_to_do_afterwards(treated, stack)
    assert sings_in(stack) == []


def comes_in(front: Visitor) -> int:
    desk.registers(front, *NAME.split(), "+39 06 555 0142", **{"E-mail": EMAIL, "Date of birth": "1990-03-14"})
    expect(front.page.get_by_role("heading", name=NAME)).to_be_visible()
    front.looks_at("patient")
    patient = number_in(front.path)
    desk.registers(front, f"{CANARY}anna", "Moretti", "+39 065 550 142")
    desk.is_shown_somebody_alike(front, NAME)
    expect(front.page.get_by_text("same phone")).to_be_visible()
    front.looks_at("registered-already")
    return patient


def is_booked_for_a_consultation(front: Visitor) -> int:
    desk.books_a_consultation(front, NAME)
    front.looks_at("consultation-booked")
    return number_in(front.path)


def is_screened(doctor: Visitor, patient: int) -> None:
    doctor.goes_to(f"/patients/{patient}/eligibility/")
    expect(doctor.page.get_by_text("Not answered yet").first).to_be_visible()
    doctor.looks_at("verdict-incomplete")
    acts.takes_the_intake(doctor, patient)
    expect(doctor.page.get_by_role("heading", name="May be treated")).to_be_visible()
    doctor.looks_at("verdict-eligible")


def is_seen(front: Visitor, doctor: Visitor, visit: int, now: datetime) -> None:
    front.goes_to(f"/visits/{visit}/")
    desk.opens_check_in(front)
    desk.checks_in(front)
    acts.holds_the_consultation(doctor, visit, now - 4 * DAY)
    doctor.looks_at("consultation-done")


def is_tested(doctor: Visitor, patient: int, now: datetime, stack: Stack) -> None:
    acts.builds_a_mix(doctor, patient, MIX, {"Organic silicon": "2", "Plant extracts": "1"})
    doctor.looks_at("mix")
    for act in ("test", "treatment"):
        acts.has_signed(doctor, patient, act, now - 3 * DAY)
    doctor.looks_at("consent")
    # A signature counts from the moment it is on record; here it was entered three days ago.
    assert saw(stack, lambda: Consent.objects.filter(patient=patient).update(recorded_at=now - 3 * DAY)) == 2
    acts.answers_what_the_mix_asks(doctor, patient, MIX, "organic silicon")
    acts.injects_the_test(doctor, patient, MIX, now - 2 * DAY, ["Organic silicon ampoule", "Plant extracts ampoule"])
    acts.reads_it_as_negative(doctor, now - DAY + timedelta(minutes=5))
    doctor.looks_at("allergy-test")


def gets_a_course(doctor: Visitor, patient: int, stack: Stack) -> int:
    """Nothing is built while the worker is away, and the page says so at once; the worker, not the web, builds it."""
    course.chooses_a_course(doctor, patient, area="Thigh", reason="Cellulite", protocol="P07", mix=MIX)
    doctor.looks_at("course-workspace")
    with stack.without("plan"):
        proposal = course.generates(doctor)
        course.sees_progress(doctor)
        doctor.looks_at("proposal-queued")
        assert saw(stack, lambda: Proposal.objects.get(pk=proposal).status) == "queued"
        assert sings_in(stack) == [], "nor in the work that waits in the broker"
    course.sees_the_schedule(doctor)
    doctor.looks_at("proposal")
    assert process(saw(stack, lambda: Proposal.objects.get(pk=proposal).built_by)) in stack.pids("plan")
    plan = course.accepts(doctor)
    doctor.looks_at("course")
    return plan


def is_treated(front: Visitor, doctor: Visitor) -> int:
    """Seen on the board, checked in with the questions of the day, started past its gates, written down."""
    front.goes_to("/board/")
    entry = front.page.locator(".board-open", has_text=NAME).filter(has_text="P07")
    expect(entry).to_be_visible()
    front.looks_at("board")
    visit = number_in(entry.get_attribute("href") or "")
    front.goes_to("/today/")
    front.looks_at("today")
    front.goes_to(f"/visits/{visit}/")
    desk.opens_check_in(front)
    front.looks_at("check-in")
    desk.checks_in(front)
    treatment.starts(doctor, visit)
    doctor.looks_at("record")
    treatment.completes(doctor)
    doctor.looks_at("treated")
    return visit


def looks_at_the_phone(patient: Visitor, stack: Stack) -> None:
    doors.signs_in_by_code(patient, EMAIL, stack.mail)
    expect(patient.page.get_by_role("heading", name="After your session")).to_be_visible()
    expect(patient.page.get_by_role("group", name="Your course")).to_be_visible()
    patient.looks_at("my-course")
    patient.goes_to("/me/messages/")
    patient.looks_at("my-messages")
    assert NAME not in patient.page.url


def reads_the_confirmation(front: Visitor, plan: int, stack: Stack) -> None:
    """It waits two minutes so that a slip can be undone; they are over. The worker sends it, once."""
    mine = {"course": plan, "kind": "confirmation", "channel": "email"}
    with stack.records():
        assert Message.objects.filter(**mine, status="scheduled").update(due_at=datetime.now(ZoneInfo("UTC"))) == 1
    sent = until(lambda: saw(stack, lambda: Message.objects.filter(**mine, status="sent").first()), "it is sent", stack)
    assert process(sent.sent_by) in stack.pids("mail")
    [letter] = [each for each in letters(stack.mail) if each.to == EMAIL and "booked" in each.body]
    assert NAME not in letter.subject
    front.goes_to("/mail/")
    front.looks_at("mailbox")
    front.goes_to(f"/mail/{letter.id}/")
    expect(front.page.get_by_text(EMAIL).first).to_be_visible()
    front.looks_at("letter")


def reads_what_to_do_afterwards(visit: int, stack: Stack) -> None:
    def after() -> list[str]:
        return list(Message.objects.filter(session=visit, kind="aftercare").values_list("status", flat=True))

    until(lambda: set(saw(stack, after)) == {"sent"}, "after-care is sent", stack)
    assert saw(stack, lambda: Session.objects.get(pk=visit).status) == "completed"


def saw(stack: Stack, look: Callable[[], Any]) -> Any:
    with stack.records():
        return look()
