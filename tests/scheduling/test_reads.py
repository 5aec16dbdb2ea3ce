"""Pages and API reads stay as quick in a large clinic: what may be asked, how often, and by which index."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.once import keeping
from clinic.models import Location, User
from patients.access import patients_for
from patients.models import AllergyTest, Patient
from patients.queries.checklist import DONE, TODO, intake_item
from patients.queries.people import FILTERS, with_state
from protocols.models import Formulation
from scheduling import access
from scheduling.courses.planning import queries as workspace
from scheduling.desk.queries import board, worklists
from scheduling.models import Absence, Booking, Course, Message, Proposal, Session
from tests.factories import NOW, TODAY, FormulationFactory, PatientFactory
from tests.scheduling.course_steps import MIX, book_treatment, make_course
from tests.scheduling.portal.portal_cast import running_course
from tests.scheduling.visits import a_session, a_visit, at, who
from tests.steps import check_same_day, take_intake

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]
Caller = Callable[[User | None], APIClient]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(work: Callable[[], object]) -> list[str]:
    """The statements it needs, after a first time that fills what a process keeps."""
    work()
    with CaptureQueriesContext(connection) as captured:
        work()
    return [each["sql"] for each in captured.captured_queries]


def plan_of(rows: QuerySet[object]) -> str:
    """How the database would read them if tables were too large to be read from end to end, or to be sorted."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    return rows.explain()


class TestAPatientsOwnRows:
    """They are found by the account on the record, never by going through everybody's rows."""

    @pytest.fixture
    def cast(self, patient, other_patient, practitioner, desk, administrator, outsider) -> list[User]:
        return [patient.user, other_patient.user, practitioner, desk, administrator, outsider]

    @pytest.fixture(autouse=True)
    def things(self, patient, other_patient, clinic, practitioner, desk) -> None:
        for number, person in enumerate((patient, other_patient)):
            a_visit(person, at(10 + number), practitioner, desk)
            course = make_course(person, clinic, practitioner)
            Proposal.objects.create(course=course, course_version=1, requested_by=practitioner, requested_at=NOW)

    @pytest.mark.parametrize(
        ("rows_for", "model", "path"),
        [
            (access.sessions_for, Session, "patient"),
            (access.courses_for, Course, "patient"),
            (access.proposals_for, Proposal, "course__patient"),
        ],
    )
    def test_are_those_of_the_patients_somebody_may_see(self, rows_for, model, path, cast):
        for user in cast:
            expected = model.objects.filter(**{f"{path}__in": patients_for(user)})
            assert set(rows_for(user).values_list("pk")) == set(expected.values_list("pk")), user

    def test_on_the_page_are_the_patients_own_messages(self, cast, patient):
        assert {row.patient for row in access.messages_for(patient.user)} == {patient}

    @pytest.mark.parametrize(
        "rows_for", [access.sessions_for, access.courses_for, access.proposals_for, access.messages_for]
    )
    def test_are_not_looked_for_in_a_list_of_patients(self, rows_for, patient):
        assert str(rows_for(patient.user).query).count("SELECT") == 1

    def test_are_read_by_an_index_of_the_patient(self, patient):
        assert "Index" in plan_of(access.sessions_for(patient.user).order_by())
        assert "Seq Scan on scheduling_session" not in plan_of(access.sessions_for(patient.user).order_by())


def a_test_of(patient: Patient, mix: Formulation, by: User) -> None:
    AllergyTest.objects.create(
        patient=patient,
        formulation=mix,
        administered_at=NOW - DAY,
        injections=1,
        site="Left forearm",
        emergency_kit=True,
        administered_by=by,
    )


class TestTheMixesOfACourse:
    def test_come_once_each_those_of_the_patient_first_however_many_share_them(
        self, patient, other_patient, clinic, practitioner
    ):
        own, house, newest = (FormulationFactory(substances=MIX) for _mix in range(3))
        Formulation.objects.filter(pk=newest.pk).update(created_at=NOW + DAY)
        for person in (other_patient, PatientFactory(), PatientFactory()):
            for _again in range(2):
                a_test_of(person, house, practitioner)
                make_course(person, clinic, practitioner, formulation=house)
        make_course(patient, clinic, practitioner, formulation=own)
        assert list(workspace.mixes_for(patient)) == [own, newest, house]

    def test_are_not_multiplied_by_everybodys_tests_and_courses(self, patient):
        assert " JOIN " not in str(workspace.mixes_for(patient).query)

    def test_the_page_that_plans_a_course_costs_the_same_with_one_mix_and_with_thirty(
        self, patient, practitioner, browser_of: Browser
    ):
        page = f"{reverse('courses:new')}?patient={patient.pk}&areas=thigh&indication=cellulite&protocol=P07"
        FormulationFactory(substances=MIX)
        browser = browser_of(practitioner)
        one = asked(lambda: browser.get(page))
        for _number in range(29):
            FormulationFactory(substances=MIX)
        assert len(asked(lambda: browser.get(page))) == len(one)


class TestTheWorkLists:
    def test_are_counted_in_one_statement(self, clinic, patient, practitioner, desk):
        a_session(patient, clinic, status="displaced")
        a_visit(patient, at(10), practitioner, desk)
        with keeping():  # as a page does
            worklists.counts(clinic, NOW, TODAY)
        with keeping(), CaptureQueriesContext(connection) as captured:
            worklists.counts(clinic, NOW, TODAY)
        *before, lists = (each["sql"] for each in captured.captured_queries)
        assert ("UNION ALL" in lists, len(before) <= 4, [each for each in before if "COUNT(" in each]) == (
            True,
            True,
            [],
        )
        found = worklists.counts(clinic, NOW, TODAY)
        assert found == {name: len(rows(clinic, NOW, TODAY)) for name, rows in worklists.LISTS.items()}
        assert (found["displaced"], found["to_confirm"], found["calls"]) == (1, 1, 0)

    def test_of_which_today_shows_no_number_are_not_counted_for_it(self, desk, browser_of: Browser):
        statements = asked(lambda: browser_of(desk).get(reverse("desk:today")))
        (counting,) = [each for each in statements if "UNION ALL" in each and "'calls'" in each]
        assert not [name for name in ("misfits", "to_book", "not_allowed") if f"'{name}'" in counting]

    def test_name_no_visit_that_is_over_as_one_out_of_its_window(self, patient, clinic, practitioner):
        course = make_course(patient, clinic, practitioner, status="active")
        for day, sequence in ((TODAY - 2 * DAY, 1), (TODAY + 2 * DAY, 2)):
            visit = book_treatment(course, day, 10, sequence=sequence)
            Session.objects.filter(pk=visit.pk).update(**dict.fromkeys(("floor", "ideal", "latest"), day + DAY))
        assert [row.sequence for row in worklists.outside_window(clinic, NOW, TODAY)] == [2]

    @pytest.mark.parametrize(
        ("name", "index"),
        [
            ("calls", "message_by_hand_open"),
            ("to_book", "session_waiting"),
            ("displaced", "session_waiting"),
            ("upkeep", "session_waiting"),
            ("reviews", "session_review_due"),
            ("alerts", "adverse_event_open|adverse_event_of_patient"),  # both hold open ones alone
            ("not_allowed", "judgement_against"),
            ("stopped", "course_on_hold"),
            ("readings", "allergy_test_by_time"),
            ("to_confirm", "booking_by_start|session_booked"),  # by whichever has fewer rows
            ("misfits", "session_booked"),
        ],
    )
    def test_are_each_read_by_an_index(self, name, index, clinic, patient):
        fill(clinic, patient)
        assert re.search(index, plan_of(worklists.LISTS[name](clinic, NOW, TODAY).order_by()))


def fill(clinic: Location, patient: Patient) -> None:
    """So many rows that are on no list that the database would not read them all to find those that are."""
    Session.objects.bulk_create(
        Session(patient=patient, location=clinic, kind="review", status="completed", performed_at=NOW - 90 * DAY)
        for _number in range(600)
    )
    Message.objects.bulk_create(
        Message(
            patient=patient,
            location=clinic,
            kind="reminder",
            channel="portal",
            status="sent",
            sent_at=NOW,
            due_at=NOW,
            dedupe_key=str(number),
        )
        for number in range(600)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE scheduling_session, scheduling_message")


class TestTheApi:
    @pytest.fixture
    def desks(self, api_of: Caller, desk: User) -> APIClient:
        return api_of(desk)

    def test_many_courses_cost_as_many_queries_as_one(self, desks, patient, clinic, practitioner):
        make_course(patient, clinic, practitioner, areas=("thigh", "leg"))
        one = asked(lambda: desks.get("/api/v1/courses/?page_size=200"))
        for _number in range(29):
            make_course(patient, clinic, practitioner, areas=("thigh",))
        assert len(asked(lambda: desks.get("/api/v1/courses/?page_size=200"))) == len(one)
        found = desks.get("/api/v1/courses/?page_size=200").json()["results"]
        assert (len(found), set(found[0]["areas"])) == (30, {"thigh", "leg"})

    def test_a_patients_courses_are_asked_for_by_staff_and_not_by_others(
        self, desks, api_of: Caller, patient, other_patient, clinic, practitioner
    ):
        course = make_course(patient, clinic, practitioner)
        make_course(other_patient, clinic, practitioner)
        address = f"/api/v1/courses/?patient={patient.pk}"
        assert [row["id"] for row in desks.get(address).json()["results"]] == [str(course.pk)]
        assert api_of(other_patient.user).get(address).json()["results"] == []

    def test_sessions_of_a_day_are_those_that_touch_it_and_are_read_from_there(
        self, desks, patient, other_patient, practitioner, desk
    ):
        begun, day = a_visit(patient, at(10), practitioner, desk), a_visit(other_patient, at(14), practitioner, desk)
        answer = asked(lambda: desks.get("/api/v1/sessions/?from=2026-05-06T08:15:00Z&to=2026-05-07T00:00:00Z"))
        found = desks.get("/api/v1/sessions/?from=2026-05-06T08:15:00Z&to=2026-05-07T00:00:00Z").json()["results"]
        assert [row["id"] for row in found] == [str(begun.pk), str(day.pk)]  # the first began at 8:00
        assert [each for each in answer if '"start" > ' in each]

    def test_sessions_in_a_status_are_read_by_an_index(self, clinic, patient, desk):
        fill(clinic, patient)
        assert "session_by_status" in plan_of(access.sessions_for(desk).filter(status="cancelled").order_by("id"))


def test_the_board_shows_an_absence_that_began_the_day_before_and_looks_no_further_back(practitioner, desk, clinic):
    start, end = at(9), at(9) + timedelta(hours=24)
    away = Absence.objects.create(practitioner=who(practitioner), start=start, end=end, reason="ill", created_by=desk)
    Booking.objects.create(
        kind="block",
        absence=away,
        practitioner=who(practitioner),
        start=start,
        end=end,
        occupied_start=start,
        occupied_end=end,
    )
    rows = board.blocks(clinic, end - timedelta(hours=1), end + DAY, "practitioner")
    assert [row.absence for row in rows] == [away]
    assert '"scheduling_booking"."start" > ' in str(rows.query)


class TestTheLists:
    def test_courses_are_counted_once_and_their_visits_for_one_page_alone(
        self, desk, patient, clinic, practitioner, browser_of: Browser
    ):
        running_course(patient, clinic, practitioner)
        for _other in range(2):
            make_course(PatientFactory(), clinic, practitioner, status="active")
        page = reverse("courses:list")
        statements = asked(lambda: browser_of(desk).get(page))
        counting = [each for each in statements if "COUNT(" in each and "GROUP BY" in each and "LIMIT" not in each]
        assert len(counting) == 1
        answer = browser_of(desk).get(page)
        assert answer.context["page"].paginator.count == 3
        assert {(row.done, row.total) for row in answer.context["page"]} == {(1, 4), (0, 0)}

    @pytest.mark.parametrize("status", ["", "all", "draft", "nonsense"])
    def test_courses_of_any_status_are_as_many_as_their_tab_says(
        self, status, desk, patient, clinic, practitioner, browser_of: Browser
    ):
        make_course(patient, clinic, practitioner)
        make_course(patient, clinic, practitioner, status="active")
        page = browser_of(desk).get(reverse("courses:list"), {"status": status}).context["page"]
        expected = {"": 2, "all": 2, "draft": 1, "nonsense": 0}[status]
        assert (page.paginator.count, len(page.object_list)) == (expected, expected)

    def test_patients_by_verdict_are_read_by_the_index_of_the_last_screening(self, patient, practitioner):
        take_intake(patient, by=practitioner, now=NOW)
        rows = with_state(Patient.objects.all())
        assert list(rows.filter(FILTERS["bookable"])) == [patient]
        assert "screening_of_plan" in plan_of(rows.filter(FILTERS["bookable"]).order_by())


class TestOnePage:
    """What a page asks for twice is read once; whoever writes reads afresh."""

    @pytest.mark.parametrize(("page", "most"), [("patients:detail", 42), ("patients:eligibility", 31)])
    def test_of_a_patient_reads_nothing_of_the_record_twice(
        self, page, most, patient, clinic, practitioner, browser_of: Browser
    ):
        running_course(patient, clinic, practitioner)
        take_intake(patient, by=practitioner, now=NOW - DAY)
        browser, address = browser_of(practitioner), reverse(page, args=[patient.pk])
        statements = asked(lambda: browser.get(address))
        for table in ("patients_intakeresponse", "patients_allergy", "patients_findingdecision"):
            read = [each for each in statements if f'FROM "{table}" ' in each]
            assert len(read) == len(set(read)), table
        assert len(statements) <= most

    def test_of_a_patient_costs_the_same_with_one_running_course_and_with_two(
        self, patient, clinic, practitioner, browser_of: Browser
    ):
        course = running_course(patient, clinic, practitioner).course
        browser, address = browser_of(practitioner), reverse("patients:detail", args=[patient.pk])
        one = asked(lambda: browser.get(address))
        make_course(patient, clinic, practitioner, "P03", status="active", formulation=course.formulation)
        assert len(asked(lambda: browser.get(address))) == len(one)

    def test_shows_at_the_next_request_what_was_written_since(self, patient, practitioner, browser_of: Browser, clinic):
        browser = browser_of(practitioner)
        address = reverse("patients:eligibility", args=[patient.pk])
        before = browser.get(address).content
        take_intake(patient, by=practitioner, now=NOW, pregnant=True)
        assert browser.get(address).content != before


def test_a_check_of_the_day_is_no_intake(patient, practitioner):
    check_same_day(patient, by=practitioner, now=NOW)
    assert intake_item(patient).state == TODO
    take_intake(patient, by=practitioner, now=NOW)
    assert intake_item(patient).state == DONE
