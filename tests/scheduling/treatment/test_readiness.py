"""What is missing before the needle is said alike wherever somebody looks, and stops every start (D20)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.actions.allergies import settle_allergy
from patients.models import Allergy, AllergyTest, AllergyTestReading, Consent, Patient
from protocols.actions.policies import set_policy
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.messages.actions.due import arm_due
from scheduling.models import Booking, Course, Message, Session, TreatmentRecord
from scheduling.treatment.actions.visits import arrive
from scheduling.treatment.queries.drawn_up import Syringe
from scheduling.treatment.queries.readiness import facts_for
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_session, a_visit, at
from tests.steps import BORN, SENT, check_same_day, consent_to, hold_consultation, read, take_intake
from tests.stock import as_form, as_json, drawn_for, lines_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
DAY = timedelta(days=1)


def never_consulted(patient: Patient, by: User) -> None:
    Session.objects.filter(patient=patient, kind="consultation").delete()


def refused_consent(patient: Patient, by: User) -> None:
    patient.consents.update(status=Consent.Status.REFUSED)


def had_a_stroke(patient: Patient, by: User) -> None:
    take_intake(patient, by=by, now=NOW, stroke=True)


def no_antisepsis_protocol(patient: Patient, by: User) -> None:
    Location.objects.update(antisepsis_protocol=" ")


LACKS: dict[str, Callable[[Patient, User], None]] = {
    "consultation": never_consulted,
    "consent": refused_consent,
    "stroke": had_a_stroke,
    "antisepsis": no_antisepsis_protocol,
}


# A new absolute finding also ends the consultation (D37).
MISSING = {code: {code} for code in LACKS} | {"stroke": {"stroke", "consultation"}}


def arrived(session: Session, desk: User) -> Session:
    check_same_day(session.patient, by=desk, now=NOW)
    return arrive(session=session, answers={}, born=BORN, by=desk, now=NOW, version=None).session


@pytest.fixture
def treatment(course: Course) -> Session:
    """The first treatment of a P07 is today, and all is in order."""
    return course.sessions.get(sequence=1)


@pytest.fixture
def test_visit(clinic: Location, patient: Patient, practitioner: User, desk: User) -> Session:
    """An allergy test today at eleven, and all is in order."""
    hold_consultation(patient, location=clinic, at=NOW - DAY)
    take_intake(patient, by=practitioner, now=NOW - DAY)
    consent_to(patient, "test", by=practitioner, at=NOW - DAY)
    course = make_course(patient, clinic, practitioner, status="active")
    window = dict.fromkeys(("early_limit", "floor", "ideal", "latest"), TODAY)
    a_session(patient, clinic, course=course, kind="treatment", sequence=2, phase=1, **window)
    return a_visit(patient, at(11, day=TODAY), practitioner, desk, course=course, kind="allergy_test", **window)


@pytest.fixture
def start(browser_of: Browser, api_of: Api) -> Callable[..., set[str]]:
    """Tries to start on the page and over HTTP; the codes of what is missing, the same on both and nothing written."""

    def begin(session: Session, by: User, *, kit: bool = True) -> set[str]:
        syringe = drawn_for(session, by)
        said = {name: value for name, value in SENT.items() if kit or name != "emergency_kit"}
        form = as_form(syringe, **said)
        page = browser_of(by).post(reverse("desk:visit_chair", args=[session.pk]), form)
        given = SENT | {"emergency_kit": kit, "drawn_up": as_json(syringe)}
        answer = api_of(by).post(f"/api/v1/sessions/{session.pk}/start/", given)
        assert (page.status_code, answer.status_code) == (422, 422)
        assert not TreatmentRecord.objects.exists()
        reasons = answer.json()["reasons"]
        said = page.content.decode().replace("&#x27;", "'")
        assert all(reason["message"] in said and reason["cites"] for reason in reasons)
        return {reason["code"] for reason in reasons}

    return begin


class TestNothingStartsWithout:
    @pytest.mark.parametrize("code", LACKS)
    def test_what_a_treatment_lacks(self, code: str, treatment: Session, practitioner: User, desk: User, start: Any):
        arrived(treatment, desk)
        LACKS[code](treatment.patient, practitioner)
        assert start(treatment, practitioner) == MISSING[code]

    @pytest.mark.parametrize("code", LACKS)
    def test_what_a_test_lacks(self, code: str, test_visit: Session, practitioner: User, desk: User, start: Any):
        arrived(test_visit, desk)
        LACKS[code](test_visit.patient, practitioner)
        assert start(test_visit, practitioner) == MISSING[code]

    def test_the_emergency_kit(self, treatment: Session, practitioner: User, desk: User, start: Any):
        arrived(treatment, desk)
        assert start(treatment, practitioner, kit=False) == {"emergency_kit"}

    def test_the_kit_of_a_test(self, test_visit: Session, practitioner: User, desk: User, start: Any):
        arrived(test_visit, desk)
        assert start(test_visit, practitioner, kit=False) == {"emergency_kit"}

    def test_the_reading_of_the_test(self, treatment: Session, practitioner: User, desk: User, start: Any):
        arrived(treatment, desk)
        AllergyTestReading.objects.all().delete()
        assert start(treatment, practitioner) == {"allergy_test"}

    def test_a_test_needs_a_prescriber(self, test_visit: Session, colleague: User, desk: User, start: Any):
        arrived(test_visit, desk)
        assert start(test_visit, colleague) == {"prescriber"}

    def test_with_everything_both_start(self, treatment: Session, practitioner: User, desk: User, api_of: Api):
        arrived(treatment, desk)
        given = SENT | {"drawn_up": as_json(drawn_for(treatment, practitioner))}
        answer = api_of(practitioner).post(f"/api/v1/sessions/{treatment.pk}/start/", given)
        assert (answer.status_code, answer.json()["status"]) == (200, "in_progress")

    def test_with_everything_the_test_starts(
        self, test_visit: Session, practitioner: User, desk: User, browser_of: Browser
    ):
        arrived(test_visit, desk)
        browser_of(practitioner).post(reverse("desk:visit_chair", args=[test_visit.pk]), SENT | {"start": "now"})
        test_visit.refresh_from_db()
        assert test_visit.status == "in_progress"

    def test_where_only_hours_are_missing_the_refusal_says_when_it_passes(
        self, treatment: Session, practitioner: User, desk: User, api_of: Api
    ):
        arrived(treatment, desk)
        AllergyTestReading.objects.all().delete()
        AllergyTest.objects.update(administered_at=NOW - timedelta(hours=3))
        given = SENT | {"drawn_up": as_json(drawn_for(treatment, practitioner))}
        answer = api_of(practitioner).post(f"/api/v1/sessions/{treatment.pk}/start/", given).json()
        assert answer["next"] == (NOW + timedelta(hours=21)).isoformat()

    @pytest.mark.parametrize("code", LACKS)
    def test_a_test_given_on_the_patients_page_waits_for_the_same(
        self, code: str, test_visit: Session, clinic: Location, practitioner: User, api_of: Api
    ):
        LACKS[code](test_visit.patient, practitioner)
        given = {
            "formulation": str(test_visit.course.formulation_id),
            "administered_at": NOW.isoformat(),
            "injections": 1,
            "site": "Left forearm",
            "emergency_kit": True,
            "drawn_up": as_json(Syringe(lines=lines_for(test_visit.course.formulation, clinic, practitioner))),
        }
        doctor = api_of(User.objects.get(pk=practitioner.pk))  # as signed in now, with the place as it is now
        answer = doctor.post(f"/api/v1/patients/{test_visit.patient_id}/allergy-tests/", given)
        assert answer.status_code == 422
        assert {reason["code"] for reason in answer.json()["reasons"]} == MISSING[code]
        assert not AllergyTest.objects.exists()


# --- every reader agrees ---------------------------------------------------------------------------------------------


def missing_today(browser: Client, session: Session, day: Any = TODAY) -> dict[str, str]:
    rows = browser.get(reverse("desk:today"), {"date": str(day), "who": "all"}).context["rows"]
    return {
        each.code: str(each.word) for row in rows if row["entry"].session == session for each in row["entry"].missing
    }


@pytest.fixture
def unread(treatment: Session) -> AllergyTest:
    """The test of a treatment of today was never read."""
    AllergyTestReading.objects.all().delete()
    Message.objects.filter(kind="reading_due").delete()
    return AllergyTest.objects.get()


@pytest.mark.parametrize(
    ("policy", "days", "still_read"), [(14, 10, True), (14, 14, True), (5, 6, False), (5, 5, True)]
)
def test_d22_after_the_days_of_the_policy_everybody_says_that_the_test_is_repeated(
    policy: int, days: int, still_read: bool, unread: AllergyTest, treatment: Session, practitioner: User, desk: User,
    director: User, browser_of: Browser, start: Any,
):  # fmt: skip
    set_policy(code="test_repeat_days", value=policy, reason="Ours", by=director, now=NOW)
    AllergyTest.objects.update(administered_at=NOW - days * DAY)
    arrived(treatment, desk)
    doctor, counter = browser_of(practitioner), browser_of(desk)
    sentence = "The allergy test has not been read yet." if still_read else "The allergy test has to be repeated."
    word = "reading of the allergy test" if still_read else "a new allergy test"
    visit = reverse("desk:visit", args=[treatment.pk])

    assert start(treatment, practitioner) == {"allergy_test"}
    assert sentence in doctor.get(visit).content.decode()
    assert word in counter.get(visit).content.decode()
    assert missing_today(doctor, treatment) == missing_today(counter, treatment) == {"allergy_test": word}
    listed = [unread] if still_read else []
    assert list(counter.get(reverse("desk:worklists"), {"tab": "readings"}).context["rows"]) == listed
    found = doctor.get(reverse("patients:list"), {"state": "reading_due"}).context["page"]
    assert (treatment.patient in found) is still_read
    arm_due(now=NOW)
    dispatch_due(now=NOW)
    told = Message.objects.filter(kind="reading_due", channel="email", status="sent")
    assert told.exists() is (still_read and days < policy)


def test_d22_a_message_that_waits_ends_by_the_days_in_force_when_it_would_go(unread: AllergyTest, director: User):
    AllergyTest.objects.update(administered_at=NOW - 6 * DAY)
    arm_due(now=NOW)
    assert Message.objects.get(kind="reading_due", channel="email").expires_at == NOW + DAY
    set_policy(code="test_repeat_days", value=5, reason="Ours", by=director, now=NOW)
    arm_due(now=NOW)
    dispatch_due(now=NOW)
    assert Message.objects.get(kind="reading_due", channel="email").status == "expired"


def test_d22_a_suspicion_that_a_prescriber_cleared_stands_in_nobodys_way(
    treatment: Session, practitioner: User, desk: User, browser_of: Browser, api_of: Api, start: Any
):
    AllergyTestReading.objects.all().delete()
    read(AllergyTest.objects.get(), by=practitioner, at=NOW, result="positive")
    arrived(treatment, desk)
    browser = browser_of(practitioner)
    assert missing_today(browser, treatment)["allergy_test"] == "practitioner's decision"
    assert "allergy_test" in start(treatment, practitioner)
    for allergy in Allergy.objects.all():
        settle_allergy(allergy=allergy, confirmed=False, note="Histamine control", by=practitioner, now=NOW)
    assert set(missing_today(browser, treatment)) == {"consultation"}  # D37: another one after a positive test
    hold_consultation(treatment.patient, location=treatment.location, at=NOW)
    assert missing_today(browser, treatment) == {}
    assert "5 of 5" in browser.get(reverse("desk:visit", args=[treatment.pk])).content.decode()
    given = SENT | {"drawn_up": as_json(drawn_for(treatment, practitioner))}
    answer = api_of(practitioner).post(f"/api/v1/sessions/{treatment.pk}/start/", given)
    assert answer.status_code == 200


def test_a_mix_stronger_than_the_one_tested_waits_for_the_prescriber_on_every_page(
    treatment: Session, practitioner: User, desk: User, browser_of: Browser, start: Any
):
    treatment.course.formulation.items.filter(substance__code="vitamins").update(amount="3.0")
    arrived(treatment, desk)
    assert start(treatment, practitioner) == {"allergy_test"}
    assert missing_today(browser_of(desk), treatment) == {"allergy_test": "practitioner's decision"}


def test_d16_what_rules_a_visit_out_on_its_own_day_is_said_on_its_page_and_on_that_days_agenda(
    treatment: Session, practitioner: User, browser_of: Browser
):
    second = treatment.course.sessions.get(sequence=2)
    day = Booking.objects.get(session=second, active=True).start.date()
    Patient.objects.filter(pk=treatment.patient_id).update(birth_date=day.replace(year=day.year - 76))
    browser = browser_of(practitioner)
    assert "eligibility" in missing_today(browser, second, day)
    assert missing_today(browser, treatment) == {}
    items = {item.code: item.state for item in browser.get(reverse("desk:visit", args=[second.pk])).context["items"]}
    assert items["eligibility"] == "todo"


# --- one for one, or all at once -------------------------------------------------------------------------------------


@pytest.fixture
def mixed_day(clinic: Location, practitioner: User, desk: User) -> list[Session]:
    """Visits of many people, each lacking something else."""
    sessions = []
    for name in ("All", "Consent", "Reading", "Ill", "Positive"):
        person = PatientFactory(given_name=name, family_name="Verdi")
        sessions += accepted(person, clinic, practitioner).sessions.filter(sequence__lte=3)
        tests = AllergyTest.objects.filter(patient=person)
        if name == "Consent":
            refused_consent(person, practitioner)
        if name == "Reading":
            AllergyTestReading.objects.filter(test__in=tests).delete()
        if name == "Ill":
            had_a_stroke(person, practitioner)
        if name == "Positive":
            read(tests.get(), by=practitioner, at=NOW, result="positive")
    new = PatientFactory(given_name="New", family_name="Verdi")
    sessions.append(a_visit(new, at(16), practitioner, desk, kind="treatment"))
    sessions.append(a_visit(PatientFactory(), at(17), practitioner, desk, kind="allergy_test"))
    return sessions


def test_the_facts_are_the_same_one_by_one_and_all_at_once(mixed_day: list[Session]):
    alone: dict[int, Any] = {}
    for session in mixed_day:
        alone |= facts_for([session], at=NOW)
    assert facts_for(mixed_day, at=NOW) == alone
    assert len({repr(facts) for facts in alone.values()}) > 5


def test_many_visits_are_read_in_as_many_queries_as_one(mixed_day: list[Session]):
    def count(sessions: list[Session]) -> int:
        with CaptureQueriesContext(connection) as captured:
            facts_for(sessions, at=NOW)
        return len(captured)

    count(mixed_day)
    assert count(mixed_day) == count(mixed_day[:1])
