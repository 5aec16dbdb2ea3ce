"""Done and signed are two steps, and a visit is treated on its day by whom it belongs to (D39, D41, D51)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import Forbidden, Refusal
from clinic.models import User
from patients.models import Patient
from scheduling.courses.actions.sessions import cancel_session
from scheduling.courses.changing.actions.course_states import revoke_course
from scheduling.models import Addendum, Booking, Course, Deviation, DrawnUp, Session, TreatmentRecord
from scheduling.treatment.actions.record import ANTISEPSIS
from scheduling.treatment.actions.signing import complete_and_sign, sign_record
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.visits import a_visit, at
from tests.steps import BEGIN, BORN, SAID, SENT, a_record, clear_answers
from tests.stock import as_form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
V1 = "/api/v1/sessions"
ANSWERED = {
    f"antisepsis_{when}{rest}": value
    for when in ("before", "during", "after")
    for rest, value in (("", True), ("_note", "chlorhexidine"))
}
SENT_RECORD = {
    "areas": ["thigh"],
    "substances": [{"code": "vitamins", "amount": "2", "unit": "ml", "lot": "A1"}],
    **ANSWERED,
}


@pytest.fixture
def first(course: Course) -> Session:
    return course.sessions.get(sequence=1)


def arrive(session: Session, by: User, now: datetime = NOW) -> Session:
    return check_in(session=session, answers=clear_answers("same_day"), born=BORN, by=by, now=now)


def begin(session: Session, by: User, now: datetime = NOW, **more: Any) -> Session:
    """Start a visit with everything said, and what its course plans drawn up."""
    return start_session(session=session, **BEGIN, syringe=drawn_for(session, by), **more, by=by, now=now)


def sent_with(session: Session, by: User, **more: Any) -> dict[str, Any]:
    """The same, as the page of the start sends it."""
    return SENT | as_form(drawn_for(session, by)) | more


@pytest.fixture
def begun(first: Session, practitioner: User, desk: User) -> Session:
    arrive(first, desk)
    return begin(first, practitioner)


class TestDone:
    @pytest.mark.parametrize("body", [{}, {"record": None}, {"record": {}}])
    def test_d41_an_empty_record_names_everything_that_is_unanswered(
        self, body: dict[str, Any], begun: Session, practitioner: User, api_of: Api
    ):
        answer = api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", body)
        assert answer.status_code == 422
        fields = {error["field"] for error in answer.json()["errors"]}
        assert fields == {"areas", "substances", "antisepsis_before", "antisepsis_during", "antisepsis_after"}
        begun.refresh_from_db()
        assert begun.status == "in_progress"

    def test_so_does_an_empty_form(self, begun: Session, practitioner: User, browser_of: Browser):
        form = {"used-TOTAL_FORMS": "0", "used-INITIAL_FORMS": "0"}
        answer = browser_of(practitioner).post(reverse("desk:visit_chair", args=[begun.pk]), form)
        assert answer.status_code == 422
        errors = answer.context["form"].errors
        assert {"areas", "antisepsis_before", "antisepsis_during", "antisepsis_after", "__all__"} == set(errors)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"substances": [{"code": "minoxidil", "amount": "2"}], "product_reason": "mistake"}, "substances.0.lot"),
            ({"substances": [{"code": "vitamins", "amount": "0", "lot": "A1"}]}, "substances.0.amount"),
            ({"antisepsis_during": None}, "antisepsis_during"),
            ({"antisepsis_during_note": ""}, "antisepsis_during_note"),
            ({"antisepsis_during": False, "antisepsis_during_note": ""}, "antisepsis_during_note"),
            ({"substances": [{"code": "autologous_prp", "amount": "4"}]}, "blood_ml"),
        ],
    )
    def test_one_thing_unanswered_is_named(
        self, change: dict[str, Any], field: str, begun: Session, practitioner: User, api_of: Api
    ):
        answer = api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", {"record": SENT_RECORD | change})
        assert answer.status_code == 422
        assert field in {error["field"] for error in answer.json()["errors"]}

    def test_no_with_a_reason_is_done_and_the_director_is_told_until_somebody_says_so(
        self, begun: Session, practitioner: User, director: User, api_of: Api, browser_of: Browser
    ):
        record = SENT_RECORD | {"antisepsis_during": False, "antisepsis_during_note": "bottle was empty"}
        assert api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", {"record": record}).status_code == 200
        row = Deviation.objects.get(code="antisepsis_during")
        assert (row.serious, row.reason) == (True, "bottle was empty")
        assert "bottle was empty" in browser_of(director).get(reverse("desk:today")).content.decode()
        assert "bottle was empty" not in browser_of(practitioner).get(reverse("desk:today")).content.decode()
        page = reverse("desk:deviation_read", args=[row.pk])
        assert browser_of(practitioner).post(page).status_code == 403
        browser_of(director).post(page)
        row.refresh_from_db()
        assert row.acknowledged_by == director
        assert "bottle was empty" not in browser_of(director).get(reverse("desk:today")).content.decode()

    @pytest.mark.parametrize(("area", "beyond"), [("abdomen", True), ("leg", True), ("inner_thigh", False)])
    def test_an_area_beyond_the_plan_has_its_own_reason_and_a_director_hears_of_it(
        self, area: str, beyond: bool, begun: Session, practitioner: User, director: User, api_of: Api,
        browser_of: Browser,
    ):  # fmt: skip
        record = SENT_RECORD | {"areas": ["thigh", area], "partial_reason": "Time was short"}
        answer = api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", {"record": record})
        assert (answer.status_code >= 400) is beyond
        if not beyond:
            return
        assert [error["field"] for error in answer.json()["errors"]] == ["area_reason"]
        page = {"used-TOTAL_FORMS": "2", "used-INITIAL_FORMS": "2", "areas": ["thigh", area], "used-0-unit": "ml"}
        page |= {"used-0-code": "vitamins", "used-0-amount": "2", "used-0-lot": "A1"}
        page |= {name: "yes" if value is True else value for name, value in ANSWERED.items()}
        shown = browser_of(practitioner).post(reverse("desk:visit_chair", args=[begun.pk]), page)
        assert "area_reason" in shown.context["form"].errors, shown.context["form"].errors
        said = record | {"area_reason": "She asked for it"}
        assert api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", {"record": said}).status_code == 200
        row = Deviation.objects.get(code="area_beyond_plan")
        assert (row.serious, row.reason) == (True, "She asked for it")
        today = browser_of(director).get(reverse("desk:today")).content.decode()
        assert "Treated an area beyond the plan" in today

    def test_own_blood_needs_no_lot(self, begun: Session, practitioner: User, api_of: Api):
        blood = {"substances": [{"code": "autologous_prp", "amount": "4"}]}
        blood |= {"blood_ml": "10", "blood_identity_twice": True}
        answer = api_of(practitioner).post(f"{V1}/{begun.pk}/complete/", {"record": SENT_RECORD | blood})
        assert answer.status_code == 200, answer.content


class TestNotTreated:
    def test_ends_without_substance_and_does_not_count(self, begun: Session, practitioner: User, api_of: Api):
        assert api_of(practitioner).post(f"{V1}/{begun.pk}/not-treated/", {"reason": " "}).status_code in (400, 422)
        assert api_of(practitioner).post(f"{V1}/{begun.pk}/not-treated/", {"reason": "felt faint"}).status_code == 200
        begun.refresh_from_db()
        assert (begun.status, begun.performed_at) == ("displaced", None)
        assert not TreatmentRecord.objects.exists()
        assert begun.history.last().reason == "felt faint"
        assert not DrawnUp.objects.exists()  # nobody received it, and what is drawn up anew is all there is

    def test_what_has_begun_is_not_called_off(self, begun: Session, desk: User, api_of: Api):
        assert api_of(desk).post(f"{V1}/{begun.pk}/cancel/", {"reason": "gone"}).status_code == 409

    def test_on_its_page(self, begun: Session, practitioner: User, desk: User, browser_of: Browser):
        page = reverse("desk:visit_not_treated", args=[begun.pk])
        assert browser_of(desk).get(page).status_code == 403
        assert browser_of(practitioner).post(page, {"reason": ""}).status_code == 422
        assert browser_of(practitioner).post(page, {"reason": "felt faint"}).status_code == 302
        begun.refresh_from_db()
        assert begun.status == "displaced"


class TestSigned:
    @pytest.fixture
    def unsigned(self, begun: Session, practitioner: User) -> Session:
        return complete_session(session=begun, record=a_record(skin_response=""), by=practitioner, now=NOW)

    def test_it_stands_on_the_authors_day(
        self, unsigned: Session, practitioner: User, colleague: User, browser_of: Browser
    ):
        page = reverse("desk:visit_sign", args=[unsigned.pk])
        assert page in browser_of(practitioner).get(reverse("desk:today")).content.decode()
        assert page not in browser_of(colleague).get(reverse("desk:today")).content.decode()

    def test_after_a_day_it_is_the_directors_too(self, unsigned: Session, director: User, browser_of: Browser):
        page = reverse("desk:visit_sign", args=[unsigned.pk])
        with time_machine.travel(NOW + timedelta(hours=23, minutes=59), tick=False):
            assert page not in browser_of(director).get(reverse("desk:today")).content.decode()
        with time_machine.travel(NOW + timedelta(hours=24), tick=False):
            said = browser_of(director).get(reverse("desk:today")).content.decode()
        assert page in said
        assert "unsigned for more than a day" in said

    def test_the_signature_names_what_the_catalogue_still_wants(
        self, unsigned: Session, practitioner: User, api_of: Api, browser_of: Browser
    ):
        answer = api_of(practitioner).post(f"{V1}/{unsigned.pk}/sign/", {})
        assert answer.status_code == 422
        assert {error["field"] for error in answer.json()["errors"]} == {"skin_response"}
        page = reverse("desk:visit_sign", args=[unsigned.pk])
        assert "optional" not in browser_of(practitioner).get(page).content.decode()
        assert browser_of(practitioner).post(page, {"skin_response": "calm"}).status_code == 302
        row = TreatmentRecord.objects.get(session=unsigned)
        assert (row.signed_by, row.signed_at, row.skin_response) == (practitioner, NOW, "calm")
        visit = browser_of(practitioner).get(reverse("desk:visit", args=[unsigned.pk])).content.decode()
        history = visit.partition('id="history-title"')[2]
        assert history.count("Signed") == history.count("Done") == 1

    def test_the_next_session_of_a_later_day_waits_for_it(
        self, unsigned: Session, course: Course, practitioner: User, desk: User
    ):
        second = course.sessions.get(sequence=2)
        when = Booking.objects.get(session=second, active=True).start
        arrive(second, desk, when)
        with pytest.raises(Refusal) as refused:
            begin(second, practitioner, when)
        assert [reason.code for reason in refused.value.reasons] == ["signature"]
        sign_record(session=unsigned, fields={"skin_response": "calm"}, by=practitioner, now=when)
        assert begin(second, practitioner, when).status == "in_progress"

    def test_an_absent_authors_is_signed_by_a_prescriber_with_a_reason(
        self, unsigned: Session, colleague: User, director: User
    ):
        fields = {"skin_response": "calm"}
        with pytest.raises(Forbidden):
            sign_record(session=unsigned, fields=fields, reason="is ill", by=colleague, now=NOW)
        with pytest.raises(Refusal):
            sign_record(session=unsigned, fields=fields, by=director, now=NOW)
        sign_record(session=unsigned, fields=fields, reason="is ill", by=director, now=NOW)
        assert TreatmentRecord.objects.get(session=unsigned).signed_for == "is ill"

    def test_afterwards_there_are_addenda_only(
        self, begun: Session, practitioner: User, colleague: User, api_of: Api, browser_of: Browser
    ):
        done = complete_and_sign(session=begun, record=a_record(), by=practitioner, now=NOW)
        assert api_of(practitioner).post(f"{V1}/{done.pk}/sign/", {}).status_code == 409
        given = {"text": "A bruise was seen", "reason": "forgotten"}
        assert api_of(colleague).post(f"{V1}/{done.pk}/addenda/", given).status_code == 200
        row = Addendum.objects.get()
        assert (row.by, row.reason) == (colleague, "forgotten")
        assert (
            "A bruise was seen" in browser_of(practitioner).get(reverse("desk:visit", args=[done.pk])).content.decode()
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            Addendum.objects.update(text="nothing")

    def test_an_unsigned_record_takes_no_addendum(self, unsigned: Session, practitioner: User, api_of: Api):
        given = {"text": "x", "reason": "y"}
        assert api_of(practitioner).post(f"{V1}/{unsigned.pk}/addenda/", given).status_code == 409


class TestOnItsDay:
    def test_a_visit_of_another_day_is_not_checked_in(self, first: Session, desk: User, api_of: Api):
        with time_machine.travel(NOW + timedelta(days=30), tick=False):
            given = {"answers": clear_answers("same_day"), **SAID}
            answer = api_of(desk).post(f"{V1}/{first.pk}/check-in/", given)
        assert answer.status_code == 422
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["another_day"]

    def test_what_may_not_be_moved_to_today_is_refused_by_the_move_too(
        self, course: Course, practitioner: User, browser_of: Browser
    ):
        third = course.sessions.get(sequence=3)
        said = browser_of(practitioner).get(reverse("desk:visit_check_in", args=[third.pk])).content.decode()
        assert "It cannot be moved to now. Too soon after the visit before it." in said
        form = {"start": "2026-05-05T10:05", "look": "1", "version": third.version, "reason": "came by"}
        answer = browser_of(practitioner).post(reverse("desk:visit_move", args=[third.pk]), form)
        assert answer.status_code in (200, 422)
        third.refresh_from_db()
        assert third.status == "booked"

    @pytest.mark.parametrize(("begins", "passes"), [((0, 10), True), ((3, 50), True), ((4, 0), False)])
    def test_the_start_follows_the_check_in_within_four_hours_over_midnight(
        self, begins: tuple[int, int], passes: bool, first: Session, practitioner: User, desk: User
    ):
        late = at(23, 50, day=TODAY)
        end = late + timedelta(minutes=30)
        Booking.objects.filter(session=first).update(start=late, end=end, occupied_start=late, occupied_end=end)
        Session.objects.filter(pk=first.pk).update(floor=None, ideal=None, latest=None)
        arrive(first, desk, late)
        if passes:
            assert begin(first, practitioner, at(*begins)).status == "in_progress"
            return
        with pytest.raises(Refusal) as refused:
            begin(first, practitioner, at(*begins))
        assert [reason.code for reason in refused.value.reasons] == ["check_in_too_old"]

    def test_d39_before_the_floor_a_reason_is_given_before_the_needle(
        self, first: Session, colleague: User, desk: User
    ):
        day = TODAY + timedelta(days=2)
        Session.objects.filter(pk=first.pk).update(early_limit=TODAY, floor=day, ideal=day, latest=day)
        arrive(first, desk)
        with pytest.raises(Refusal) as refused:
            begin(first, colleague)
        assert "2 days are missing" in refused.value.detail
        assert [error.field for error in refused.value.errors] == ["early_reason"]
        begin(first, colleague, early_reason="travels")
        assert Deviation.objects.get(session=first).serious is False

    def test_before_the_early_limit_only_a_prescriber_begins_after_a_page_that_counts_the_days(
        self, first: Session, practitioner: User, colleague: User, desk: User, browser_of: Browser
    ):
        day = TODAY + timedelta(days=3)
        Session.objects.filter(pk=first.pk).update(early_limit=day, floor=day, ideal=day, latest=day)
        arrive(first, desk)
        page = reverse("desk:visit_chair", args=[first.pk])
        assert "3 days are missing to the window" in browser_of(practitioner).get(page).content.decode()
        given = sent_with(first, practitioner, early_reason="leaves the country")
        assert browser_of(colleague).post(page, given).status_code == 422
        assert browser_of(practitioner).post(page, given).status_code == 302
        assert Deviation.objects.get(session=first, code="early").serious is True

    def test_three_sessions_in_ten_minutes_are_not_possible(
        self, first: Session, begun: Session, course: Course, practitioner: User, desk: User
    ):
        complete_and_sign(session=begun, record=a_record(), by=practitioner, now=NOW)
        with pytest.raises(Refusal) as refused:
            arrive(course.sessions.get(sequence=2), desk, NOW + timedelta(minutes=5))
        assert [reason.code for reason in refused.value.reasons] == ["another_day"]


class TestEnteredAfterwards:
    def given(self, **more: Any) -> dict[str, Any]:
        happened = NOW - timedelta(hours=2)
        return {"performed_at": happened.isoformat(), "record": SENT_RECORD, "emergency_kit": True, **SAID, **more}

    def test_one_that_was_called_off_and_took_place_all_the_same_is_entered_too(
        self, first: Session, practitioner: User, api_of: Api
    ):
        cancel_session(session=first, reason="Rang up", by=practitioner, now=NOW - timedelta(hours=3))
        doctor, given = api_of(practitioner), self.given()
        codes = {each["code"] for each in doctor.post(f"{V1}/{first.pk}/enter/", given).json().get("reasons", [])}
        said = given | {"reasons": dict.fromkeys(codes, "came after all")}
        assert doctor.post(f"{V1}/{first.pk}/enter/", said).status_code == 200
        first.refresh_from_db()
        assert (first.status, first.performed_at) == ("completed", NOW - timedelta(hours=2))
        after = first.course.sessions.get(sequence=2)
        assert after.floor > TODAY

    def test_entered_in_a_course_that_was_closed_it_plans_nothing(
        self, first: Session, practitioner: User, api_of: Api
    ):
        revoke_course(course=first.course, reason="Moves away", by=practitioner, now=NOW - timedelta(hours=1))
        before = first.course.sessions.count()
        doctor, given = api_of(practitioner), self.given()
        codes = {each["code"] for each in doctor.post(f"{V1}/{first.pk}/enter/", given).json().get("reasons", [])}
        said = given | {"reasons": dict.fromkeys(codes, "came before")}
        assert doctor.post(f"{V1}/{first.pk}/enter/", said).status_code == 200
        first.course.refresh_from_db()
        assert (first.course.status, first.course.sessions.count()) == ("revoked", before)
        assert not first.course.sessions.filter(status__in=["planned", "booked"]).exists()

    def test_what_was_in_order_then_is_entered_with_its_real_time(
        self, first: Session, practitioner: User, api_of: Api
    ):
        given = self.given()
        answer = api_of(practitioner).post(f"{V1}/{first.pk}/enter/", given)
        codes = {reason["code"] for reason in answer.json().get("reasons", [])}
        answer = api_of(practitioner).post(
            f"{V1}/{first.pk}/enter/", given | {"reasons": {code: f"because of {code}" for code in codes}}
        )
        assert answer.status_code == 200, answer.content
        first.refresh_from_db()
        assert (first.status, first.performed_at) == ("completed", NOW - timedelta(hours=2))
        assert set(Deviation.objects.values_list("code", "serious")) == {(code, True) for code in codes}

    def test_each_gate_that_failed_then_needs_its_own_reason_and_tells_the_director(
        self, first: Session, practitioner: User, director: User, api_of: Api, browser_of: Browser
    ):
        first.patient.consents.filter(act="treatment").update(status="rejected")
        api, url = api_of(practitioner), f"{V1}/{first.pk}/enter/"
        refused = api.post(url, self.given(emergency_kit=False))
        fields = {error["field"] for error in refused.json()["errors"]}
        assert {"reasons.consent", "reasons.emergency_kit"} <= fields
        codes = [field.removeprefix("reasons.") for field in fields]
        one = {code: f"why {code}" for code in codes if code != "consent"}
        again = api.post(url, self.given(emergency_kit=False, reasons=one))
        assert [error["field"] for error in again.json()["errors"]] == ["reasons.consent"]
        every = {code: f"why {code}" for code in codes}
        assert api.post(url, self.given(emergency_kit=False, reasons=every)).status_code == 200
        said = browser_of(director).get(reverse("desk:today")).content.decode()
        assert "why consent" in said
        assert "why emergency_kit" in said

    def test_somebody_elses_record_is_not_entered(self, first: Session, practitioner: User, api_of: Api):
        answer = api_of(practitioner).post(f"{V1}/{first.pk}/enter/", self.given(birth_day=15))
        assert answer.status_code == 422
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["identity"]


class TestIdentity:
    @pytest.mark.parametrize("said", [{}, {"birth_day": 15, "birth_month": 3}, {"birth_day": 3, "birth_month": 12}])
    def test_a_mismatch_stops_the_check_in(
        self, said: dict[str, int], first: Session, desk: User, api_of: Api, browser_of: Browser
    ):
        given = {"answers": clear_answers("same_day"), **said}
        answer = api_of(desk).post(f"{V1}/{first.pk}/check-in/", given)
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["identity"]
        answer = browser_of(desk).post(reverse("desk:visit_check_in", args=[first.pk]), {"none_of_these": "on", **said})
        assert answer.status_code == 422
        first.refresh_from_db()
        assert first.status == "booked"

    def test_it_stops_the_start_too(self, first: Session, practitioner: User, desk: User, browser_of: Browser):
        arrive(first, desk)
        page = reverse("desk:visit_chair", args=[first.pk])
        answer = browser_of(practitioner).post(page, sent_with(first, practitioner, birth_day=15))
        assert list(answer.context["start_form"].errors) == ["birth_day", "__all__"]

    def test_area_and_side_are_confirmed_before_the_needle(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        arrive(first, desk)
        page = reverse("desk:visit_chair", args=[first.pk])
        given = sent_with(first, practitioner)
        del given["place_confirmed"]
        assert "place_confirmed" in browser_of(practitioner).post(page, given).context["start_form"].errors

    def test_a_namesake_of_the_day_is_flagged_and_the_right_date_goes_on(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        today, visit = reverse("desk:today"), reverse("desk:visit", args=[first.pk])
        assert "Namesake today" not in browser.get(today).content.decode()
        other = PatientFactory(given_name="ANA", family_name="Rossi", birth_date=NOW.date() - timedelta(days=9000))
        a_visit(other, at(16, day=TODAY), practitioner, desk)
        for page in (today, visit):
            assert "Namesake today" in browser.get(page).content.decode()
        shown = browser.get(reverse("desk:visit_check_in", args=[first.pk])).content.decode()
        assert "Somebody else of that name" in shown
        assert arrive(first, desk).status == "checked_in"

    def test_without_a_birth_date_on_record_it_is_entered_first(self, first: Session, desk: User):
        Patient.objects.filter(pk=first.patient_id).update(birth_date=None)
        with pytest.raises(Refusal) as refused:
            arrive(first, desk)
        assert [reason.code for reason in refused.value.reasons] == ["identity_unknown"]


class TestEnteredOnThePage:
    """A treatment of the morning, during which the computers were down, is written down at ten."""

    @pytest.fixture
    def page(self, first: Session) -> str:
        return reverse("desk:visit_enter", args=[first.pk])

    @pytest.fixture
    def said(self, first: Session, practitioner: User) -> dict[str, Any]:
        drawn = drawn_for(first, practitioner).lines[0]
        used = {"used-TOTAL_FORMS": "1", "used-INITIAL_FORMS": "0", "used-0-code": drawn.product.substance.code}
        used |= {"used-0-amount": str(drawn.amount), "used-0-unit": "ml", "used-0-lot": drawn.lot}
        antisepsis = dict.fromkeys(ANTISEPSIS, "yes") | {f"{ANTISEPSIS[0]}_note": "chlorhexidine"}
        at = (NOW - timedelta(hours=2)).astimezone(ZoneInfo(first.location.timezone))
        where = {"areas": [area.code for area in first.course.areas.all()], "emergency_kit": "on"}
        return {"performed_at": f"{at:%Y-%m-%dT%H:%M}", **SAID, **where, **used, **antisepsis}

    def test_each_gate_that_failed_then_asks_for_its_reason_and_what_was_typed_stays(
        self, first: Session, practitioner: User, browser_of: Browser, page: str, said: dict[str, Any]
    ):
        browser = browser_of(practitioner)
        back = browser.post(page, said)
        assert back.status_code == 422
        asked = {field.name: "came during an outage" for field in back.context["form"].reasons}
        assert asked
        assert said["used-0-lot"] in back.content.decode()
        assert browser.post(page, said | asked).status_code == 302
        first.refresh_from_db()
        assert (first.status, first.performed_at) == ("completed", NOW - timedelta(hours=2))
        assert first.performed_by.staff.user == practitioner
        assert "Sign the record" in browser.get(reverse("desk:visit", args=[first.pk])).content.decode()
        assert browser.get(page).status_code == 302  # a second time there is nothing to enter

    @pytest.mark.parametrize(("field", "typed"), [("performed_at", ""), ("birth_day", "15"), ("birth_month", "")])
    def test_what_is_missing_or_wrong_is_said_at_its_field(
        self, first: Session, practitioner: User, browser_of: Browser, page: str, said: dict[str, Any],
        field: str, typed: str,
    ):  # fmt: skip
        back = browser_of(practitioner).post(page, said | {field: typed})
        assert field in back.context["form"].errors
        first.refresh_from_db()
        assert first.status == "booked"

    def test_the_way_there_is_shown_once_the_time_has_come_and_to_clinicians_alone(
        self, first: Session, practitioner: User, desk: User, browser_of: Browser, page: str
    ):
        here = reverse("desk:visit", args=[first.pk])
        assert page not in browser_of(practitioner).get(here).content.decode()
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            assert page in browser_of(practitioner).get(here).content.decode()
            assert page not in browser_of(desk).get(here).content.decode()
        assert browser_of(desk).get(page).status_code == 403
