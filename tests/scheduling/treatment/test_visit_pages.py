"""A visit from the door to the record, on the pages of desk and practitioner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.models import IntakeResponse, Patient
from scheduling.courses.actions.sessions import displace_session
from scheduling.models import Booking, Course, Session, TreatmentRecord
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import arrive, start_session
from tests.factories import NOW, TODAY
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_session, a_visit, at
from tests.steps import ANTISEPSIS, BEGIN, BORN, SAID, SENT, a_record, check_same_day, clear_answers, take_intake
from tests.stock import as_form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def first(course: Course) -> Session:
    return course.sessions.get(sequence=1)


def page(name: str, session: Session) -> str:
    return reverse(f"desk:{name}", args=[session.pk])


def typed(**changes: str) -> dict[str, Any]:
    """The questions of the day as a form sends them, every answer clear."""
    clear = {link: "no" if value is False else "none" for link, value in clear_answers("same_day").items()}
    return {f"q-{link}": value for link, value in (clear | changes).items()} | SAID


def ready_to_start(first: Session, desk: User) -> Session:
    check_same_day(first.patient, by=desk, now=NOW)
    return arrive(session=first, answers={}, born=BORN, by=desk, now=NOW, version=None).session


class TestCheckIn:
    def test_the_desk_asks_the_questions_of_the_day_and_lets_the_patient_in(
        self, first: Session, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        assert browser.get(page("visit_check_in", first)).context["form"].questions
        answer = browser.post(page("visit_check_in", first), typed())
        assert answer.headers["Location"] == page("visit", first)
        first.refresh_from_db()
        assert first.status == "checked_in"
        assert IntakeResponse.objects.filter(patient=first.patient, occasion="same_day").count() == 1

    def test_an_open_question_is_asked_again_at_its_place_and_nothing_is_kept(
        self, first: Session, desk: User, browser_of: Browser
    ):
        answers = typed()
        left_out = next(name for name in reversed(answers) if name.startswith("q-"))
        del answers[left_out]
        answer = browser_of(desk).post(page("visit_check_in", first), answers)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [left_out])
        first.refresh_from_db()
        assert first.status == "booked"
        assert not IntakeResponse.objects.filter(patient=first.patient, occasion="same_day").exists()

    def test_another_birthday_is_said_before_all_questions_are_answered(
        self, first: Session, desk: User, browser_of: Browser
    ):
        answer = browser_of(desk).post(page("visit_check_in", first), SAID | {"birth_day": "31", "birth_month": "12"})
        assert answer.status_code == 422
        assert "This is not the birthday of this patient." in answer.content.decode()

    def test_a_cough_gives_the_time_back_and_leads_to_another(self, first: Session, desk: User, browser_of: Browser):
        cough = next(link for link in clear_answers("same_day") if "cough" in link)
        answer = browser_of(desk).post(page("visit_check_in", first), typed(**{cough: "yes"}), follow=True)
        assert answer.redirect_chain[-1][0] == page("visit_move", first)
        first.refresh_from_db()
        assert first.status == "displaced"
        assert "This visit has no time any more" in answer.content.decode()

    def test_what_was_answered_on_the_phone_is_not_asked_again(self, first: Session, desk: User, browser_of: Browser):
        check_same_day(first.patient, by=desk, now=NOW)
        browser = browser_of(desk)
        assert "were answered at 10:00" in browser.get(page("visit_check_in", first)).content.decode()
        browser.post(page("visit_check_in", first), {"checked": "in", **SAID})
        first.refresh_from_db()
        assert first.status == "checked_in"

    def test_a_consultation_asks_nothing(self, patient: Patient, practitioner: User, desk: User, browser_of: Browser):
        visit = a_visit(patient, at(11, day=TODAY), practitioner, desk)
        browser_of(desk).post(page("visit_check_in", visit), {"checked": "in"})
        visit.refresh_from_db()
        assert visit.status == "checked_in"


class TestStart:
    def test_nothing_missing_and_the_kit_at_hand_leads_to_the_record(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        ready_to_start(first, desk)
        syringe = as_form(drawn_for(first, practitioner), **SENT)
        answer = browser_of(practitioner).post(page("visit_chair", first), syringe)
        assert answer.headers["Location"] == page("visit_chair", first)
        assert TreatmentRecord.objects.get(session=first).emergency_kit is True

    def test_everything_missing_is_said(self, first: Session, practitioner: User, desk: User, browser_of: Browser):
        ready_to_start(first, desk)
        first.patient.consents.filter(act="treatment").update(status="rejected")
        answer = browser_of(practitioner).post(page("visit_chair", first), {"start": "now"})
        assert answer.status_code == 422
        said = answer.content.decode()
        assert "has not signed the consent to the treatment" in said
        assert "emergency kit was not checked" in said
        first.refresh_from_db()
        assert first.status == "checked_in"

    def test_the_page_lists_what_is_there_and_what_is_not(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        first.patient.consents.filter(act="treatment").update(status="rejected")
        items = browser_of(practitioner).get(page("visit", first)).context["items"]
        states = {item.code: item.state for item in items}
        assert states.pop("consent") == "todo"
        assert set(states.values()) == {"done"}

    def test_the_desk_reads_who_settles_it_and_no_condition(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        take_intake(first.patient, by=practitioner, now=NOW, diabetes=True)
        said = browser_of(desk).get(page("visit", first)).content.decode()
        assert "contraindicated" not in said
        assert "diabetes" not in said.lower()
        assert "practitioner&#x27;s decision" in said


class TestRecord:
    @pytest.fixture
    def begun(self, first: Session, practitioner: User, desk: User) -> Session:
        ready_to_start(first, desk)
        syringe = drawn_for(first, practitioner)
        return start_session(session=first, **BEGIN, syringe=syringe, by=practitioner, now=NOW)

    def written(self, browser: Client, begun: Session, **changes: Any) -> dict[str, Any]:
        """The form as it is shown, with what the practitioner adds."""
        form = browser.get(page("visit_chair", begun)).context["form"]
        used = {f"used-{name}": form.used.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
        for line in form.used:
            used |= {line.add_prefix(name): line[name].value() or "" for name in line.fields}
            used[line.add_prefix("lot")] = "A1"
        done = {name: "yes" if value is True else value for name, value in ANTISEPSIS.items()}
        return {
            "areas": form["areas"].value(),
            "technique": form["technique"].value() or "",
            "delivery_device": form["delivery_device"].value() or "",
            "version": form["version"].value(),
            **used,
            **done,
            **changes,
        }

    def test_begins_with_what_the_course_means_to_do(self, begun: Session, practitioner: User, browser_of: Browser):
        form = browser_of(practitioner).get(page("visit_chair", begun)).context["form"]
        planned = begun.course.formulation.items.count()
        assert [row["area"].code for row in form.area_choices if row["chosen"]] == ["thigh"]
        assert [bool(line["amount"].value()) for line in form.used] == [True] * planned + [False] * 2
        assert not any(form[name].value() for name in ("antisepsis_before", "antisepsis_during", "antisepsis_after"))

    def test_is_kept_with_its_lots_and_completes_the_visit(
        self, begun: Session, practitioner: User, browser_of: Browser
    ):
        browser = browser_of(practitioner)
        form = self.written(browser, begun, injection_points="40", skin_response="Slight redness")
        answer = browser.post(page("visit_chair", begun), form)
        assert answer.status_code == 302
        record = TreatmentRecord.objects.get(session=begun)
        assert (record.injection_points, record.areas) == (40, ["thigh"])
        assert {used["lot"] for used in record.substances} == {"A1"}
        begun.refresh_from_db()
        assert begun.status == "completed"
        assert "Slight redness" in browser.get(page("visit", begun)).content.decode()

    def test_without_antisepsis_is_refused_at_the_tick(self, begun: Session, practitioner: User, browser_of: Browser):
        browser = browser_of(practitioner)
        form = self.written(browser, begun)
        del form["antisepsis_during"]
        answer = browser.post(page("visit_chair", begun), form)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["antisepsis_during"])

    def test_of_a_part_needs_the_reason(self, begun: Session, practitioner: User, browser_of: Browser):
        browser = browser_of(practitioner)
        form = self.written(browser, begun, partial="on")
        assert list(browser.post(page("visit_chair", begun), form).context["form"].errors) == ["partial_reason"]
        assert browser.post(page("visit_chair", begun), form | {"partial_reason": "Felt faint"}).status_code == 302

    def test_names_the_substance_of_an_added_amount(self, begun: Session, practitioner: User, browser_of: Browser):
        browser = browser_of(practitioner)
        number = begun.course.formulation.items.count()
        answer = browser.post(
            page("visit_chair", begun), self.written(browser, begun, **{f"used-{number}-amount": "2"})
        )
        assert answer.status_code == 422
        assert "Say which substance it was." in answer.content.decode()

    def test_that_somebody_else_finished_meanwhile_is_said(
        self, begun: Session, practitioner: User, browser_of: Browser
    ):
        browser = browser_of(practitioner)
        form = self.written(browser, begun)
        Session.objects.filter(pk=begun.pk).update(version=99)
        assert browser.post(page("visit_chair", begun), form).status_code == 412

    def test_is_not_for_the_desk(self, begun: Session, desk: User, browser_of: Browser):
        assert browser_of(desk).get(page("visit_chair", begun)).status_code == 403


class TestConsultation:
    @pytest.fixture
    def begun(self, patient: Patient, practitioner: User, desk: User) -> Session:
        visit = a_visit(patient, at(10, 30, day=TODAY), practitioner, desk)
        arrive(session=visit, answers={}, born=BORN, by=desk, now=NOW, version=None)
        return start_session(session=visit, by=practitioner, now=NOW)

    def test_ends_with_what_comes_next_and_a_note_for_clinicians(
        self, begun: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        said = {"outcome": "plan", "note": "Wants the summer course.", "areas": ["thigh"], "indications": ["cellulite"]}
        browser_of(practitioner).post(page("visit_chair", begun), said)
        begun.refresh_from_db()
        assert begun.status == "completed"
        assert (
            "Plan a course. Wants the summer course."
            in browser_of(practitioner).get(page("visit", begun)).content.decode()
        )
        assert "summer" not in browser_of(desk).get(page("visit", begun)).content.decode()

    def test_asks_what_comes_next(self, begun: Session, practitioner: User, browser_of: Browser):
        answer = browser_of(practitioner).post(page("visit_chair", begun), {"note": "x"})
        assert list(answer.context["form"].errors) == ["outcome"]

    def test_d37_says_what_was_talked_about_when_a_course_follows(
        self, begun: Session, practitioner: User, browser_of: Browser
    ):
        answer = browser_of(practitioner).post(page("visit_chair", begun), {"outcome": "plan", "note": ""})
        assert list(answer.context["form"].errors) == ["areas", "indications"]
        begun.refresh_from_db()
        assert begun.status == "in_progress"


class TestTooLate:
    @pytest.fixture
    def late(self, clinic: Location, patient: Patient, practitioner: User) -> Session:
        """The second session of P04, performed after its latest date: its protocol asks what follows."""
        weekly, monthly = ({"floor": 1, "ideal": 1, "latest": 2, "unit": unit} for unit in ("week", "month"))
        intervals = {"1": weekly, "2": monthly}
        course = accepted(patient, clinic, practitioner, "P04", counts={"1": 3, "2": 2}, intervals=intervals)
        for number, days in ((1, 0), (2, 21)):
            session = course.sessions.get(sequence=number, status="booked")
            began = NOW + timedelta(days=days)
            end = began + timedelta(minutes=30)
            times = {"start": began, "end": end, "occupied_start": began, "occupied_end": end}
            Booking.objects.filter(session=session, active=True).update(**times)
            check_same_day(patient, by=practitioner, now=began)
            arrive(session=session, answers={}, born=BORN, by=practitioner, now=began, version=None)
            syringe = drawn_for(session, practitioner)
            start_session(session=session, **BEGIN, syringe=syringe, by=practitioner, now=began)
            late = a_record(deviation_reason="Was away")
            complete_and_sign(session=session, record=late, by=practitioner, now=began)
        return course.sessions.get(sequence=2, status="completed")

    def test_is_the_practitioners_to_decide(self, late: Session, practitioner: User, desk: User, browser_of: Browser):
        assert page("visit_late_policy", late) in browser_of(practitioner).get(page("visit", late)).content.decode()
        said = browser_of(desk).get(page("visit", late)).content.decode()
        assert "It came later than its window" in said
        assert page("visit_late_policy", late) not in said

    def test_adds_a_session_with_a_reason(self, late: Session, practitioner: User, browser_of: Browser):
        browser, here, before = browser_of(practitioner), page("visit_late_policy", late), late.course.sessions.count()
        assert sorted(browser.post(here, {"policy": "", "reason": ""}).context["form"].errors) == ["policy", "reason"]
        browser.post(here, {"policy": "add_session", "reason": "The effect is gone"})
        assert late.course.sessions.count() == before + 1
        assert "It came later" not in browser.get(page("visit", late)).content.decode()


def test_a_clinicians_reason_is_not_read_by_the_desk(
    patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    visit = a_visit(patient, at(15), practitioner, desk)
    displace_session(session=visit, reason="Pregnancy suspected", by=practitioner, now=NOW)
    for name in ("visit", "visit_move"):
        assert "Pregnancy" in browser_of(practitioner).get(page(name, visit)).content.decode()
        assert "Pregnancy" not in browser_of(desk).get(page(name, visit)).content.decode()


def test_a_visit_nobody_knows_is_not_found(clinic: Location, desk: User, browser_of: Browser):
    assert browser_of(desk).get("/visits/999999/").status_code == 404


@pytest.mark.parametrize("status", ["planned", "displaced", "no_show", "cancelled", "completed"])
def test_the_page_of_a_visit_in_any_state_opens(
    status: str, patient: Patient, clinic: Location, desk: User, practitioner: User, browser_of: Browser
):
    visit = a_session(patient, clinic, status=status, performed_at=NOW if status == "completed" else None)
    for user in (desk, practitioner):
        for headers in ({}, {"HX-Request": "true", "HX-Target": "panel"}):
            answer = browser_of(user).get(page("visit", visit), headers=headers)
            assert answer.status_code == 200
            assert ("<html" in answer.content.decode()) is not bool(headers)
