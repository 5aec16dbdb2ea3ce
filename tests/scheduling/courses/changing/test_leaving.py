"""A practitioner leaves: each course gets a successor, one preview shows the new times, one message a patient tells
them, who finds no time is listed, hours and access end with the last day, and what was written keeps the name."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Conflict, Forbidden
from clinic.models import Location, StaffMember, User
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import apply_disruption
from scheduling.courses.changing.actions.leaving import request_leaving
from scheduling.courses.changing.actions.undo import undo
from scheduling.courses.changing.queries.leaving import left_courses
from scheduling.messages.texts import text_of
from scheduling.models import Booking, Course, Message, Practitioner, Replan, Session, WorkingHours
from scheduling.setup.actions.staff import end_employments
from tests.factories import NOW, TODAY, LocationFactory, PatientFactory, PractitionerFactory
from tests.scheduling.running import accepted, shape
from tests.scheduling.visits import a_visit, at, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]
LAST = TODAY + timedelta(days=20)


@pytest.fixture
def course(practitioner: User) -> Course:
    return Course.objects.get()


@pytest.fixture
def successor(colleague: User) -> Practitioner:
    """The colleague may prescribe here, so that they can take over what has not begun."""
    StaffMember.objects.filter(user=colleague).update(prescriber=True)
    return who(colleague)


def after(practitioner: User) -> Any:
    return Booking.objects.filter(
        practitioner=who(practitioner), active=True, kind="session", start__gt=at(23, day=LAST)
    )


def planned(practitioner: User, director: User, *courses: Course, to: Practitioner, last: date = LAST) -> Replan:
    chosen = {each.pk: to.pk for each in courses}
    asked = request_leaving(practitioner=who(practitioner), last_day=last, to=chosen, by=director, now=NOW)
    plan = build_disruption(replan_id=asked.pk, now=NOW)
    assert plan is not None
    return plan


def address(user: User) -> str:
    return reverse("desk:leaving", args=[user.staff.pk])


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_whole_way_from_the_page_of_the_person_to_the_evening_of_the_last_day(
    course: Course, successor: Practitioner, practitioner: User, director: User, browser_of: Browser,
    django_capture_on_commit_callbacks: Any,
):  # fmt: skip
    before, browser = {row.session_id: row.start for row in after(practitioner)}, browser_of(director)
    assert len(before) > 2
    assert (
        address(practitioner)
        in browser.get(reverse("settings:staff_member", args=[practitioner.staff.pk])).content.decode()
    )
    page = browser.get(address(practitioner))
    assert str(course.patient) in words(page)
    assert page.context["form"].rows[0][0].proposed == successor
    field = f"to_{course.pk}"
    sent = browser.post(address(practitioner), {"last_day": LAST.isoformat(), field: successor.pk})
    plan = Replan.objects.get()
    build_disruption(replan_id=plan.pk, now=NOW)
    preview = browser.get(sent.headers["Location"])
    assert (successor.name in words(preview), "Confirm: hand over" in words(preview)) == (True, True)
    assert after(practitioner).count() == len(before), "nothing is written yet"
    said = Message.objects.count()
    mail.outbox.clear()
    version = preview.context["replan"].version
    with django_capture_on_commit_callbacks(execute=True):
        applied = browser.post(reverse("desk:batch_apply", args=[plan.pk]), {"version": version}, follow=True)
    assert applied.status_code == 200
    course.refresh_from_db()
    assert (course.practitioner, after(practitioner).count()) == (successor, 0)
    stands = {row.session_id: row.start for row in Booking.objects.filter(active=True, session__in=before)}
    assert stands == before, "the successor is free, so every time stays"
    kept = Booking.objects.filter(session__course=course, active=True, start__lt=at(23, day=LAST))
    assert {row.practitioner for row in kept} == {who(practitioner)}, "until the last day they come as ever"
    new = Message.objects.order_by("pk")[said:]
    told = [each for each in new if each.kind in ("confirmation", "cancellation") and each.channel == "portal"]
    assert len(told) == 1, "one message a patient"
    assert f"Who treats you: {successor.name}." in text_of(told[0]).paragraphs
    assert not any(successor.name in line for line in text_of(told[0]).mail)
    (letter,) = mail.outbox
    assert (letter.to, "25 May 2026" in letter.body) == ([practitioner.email], True)
    assert "Leaves 25 May" in words(browser.get(reverse("settings:staff")))
    assert not WorkingHours.objects.filter(practitioner=who(practitioner), valid_until=None).exists()
    with time_machine.travel(at(23, 55, day=LAST), tick=False):
        theirs = browser_of(practitioner)
        assert end_employments() == 0
        assert theirs.get("/today/").status_code == 200
    with time_machine.travel(at(0, 5, day=LAST + timedelta(days=1)), tick=False):
        assert (end_employments(), end_employments()) == (1, 0)
        assert theirs.get("/today/").status_code != 200
        assert successor.name in words(browser_of(director).get(reverse("courses:detail", args=[course.pk])))
    assert StaffMember.objects.get(user=practitioner).user.name == practitioner.name, "old records keep the name"


class TestWhoTakesOver:
    def test_before_the_first_treatment_it_must_be_a_prescriber(
        self, course: Course, practitioner: User, colleague: User, director: User, browser_of: Browser
    ):
        page = browser_of(director).get(address(practitioner))
        assert "Nobody who may do it works here" in words(page)
        given = {"last_day": LAST.isoformat(), f"to_{course.pk}": who(colleague).pk}
        refused = browser_of(director).post(address(practitioner), given)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, [f"to_{course.pk}"])
        first = course.sessions.get(sequence=1)
        Booking.objects.filter(session=first).update(active=False)
        Session.objects.filter(pk=first.pk).update(
            status="completed", performed_at=NOW - timedelta(hours=2), performed_by=who(practitioner)
        )
        (left,) = left_courses(who(practitioner), course.location, LAST)
        assert left.proposed == who(colleague)

    def test_it_is_who_knows_the_patient_then_who_has_the_fewest(
        self, course: Course, clinic: Location, practitioner: User, director: User, django_assert_num_queries: Any
    ):
        known, other = (PractitionerFactory(staff__location=clinic, name=name) for name in ("Abel", "Zeno"))
        mine = who(practitioner)
        more = [accepted(PatientFactory(), clinic, practitioner, practitioner=mine) for _each in range(2)]
        first = Session.objects.filter(course=course, sequence=1)
        first.update(performed_by=other)
        assert left_courses(mine, clinic, LAST)[0].proposed == other
        first.update(performed_by=known)
        with django_assert_num_queries(3):
            left = {each.course: each.proposed for each in left_courses(mine, clinic, LAST)}
        assert left[course] == known
        assert {left[each] for each in more} == {known, other}, "one each"

    @pytest.mark.parametrize("day", ["", "2026-05-04", "never"])
    def test_a_day_that_cannot_be_is_said_at_its_field(
        self, course: Course, successor: Practitioner, practitioner: User, director: User, browser_of: Browser, day: str
    ):
        given = {"last_day": day, f"to_{course.pk}": successor.pk}
        refused = browser_of(director).post(address(practitioner), given)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["last_day"])
        assert not Replan.objects.exists()


class TestWhoMay:
    def test_an_administrator_is_told_to_ask_a_director_and_sees_no_patient(
        self, course: Course, practitioner: User, administrator: User, browser_of: Browser
    ):
        page = browser_of(administrator).get(address(practitioner))
        assert "A medical director says" in words(page)
        assert course.patient.family_name not in words(page)
        given = {"last_day": LAST.isoformat()}
        assert browser_of(administrator).post(address(practitioner), given).status_code == 200
        assert StaffMember.objects.get(user=practitioner).leaves_on is None

    def test_only_a_director_applies_it_or_takes_it_back_and_nobody_leaves_by_themselves(
        self, course: Course, successor: Practitioner, practitioner: User, desk: User, director: User
    ):
        plan = planned(practitioner, director, course, to=successor)
        with pytest.raises(Forbidden):
            apply_disruption(replan=plan, by=desk, now=NOW)
        apply_disruption(replan=plan, by=director, now=NOW)
        with pytest.raises(Forbidden):
            undo(replan=plan, by=desk, now=NOW)
        with pytest.raises(Conflict):
            planned(practitioner, practitioner, course, to=successor)

    def test_somebody_at_the_desk_leaves_with_a_day_alone_and_may_stay_after_all(
        self, desk: User, administrator: User, browser_of: Browser
    ):
        browser = browser_of(administrator)
        browser.post(address(desk), {"last_day": TODAY.isoformat()})
        assert StaffMember.objects.get(user=desk).leaves_on == TODAY
        stays = reverse("desk:stay", args=[desk.staff.pk])
        assert (browser.post(stays).status_code, browser.post(stays).status_code) == (302, 409)
        browser.post(address(desk), {"last_day": TODAY.isoformat()})
        assert end_employments(now=NOW + timedelta(days=1)) == 1
        assert not User.objects.get(pk=desk.pk).is_active

    def test_who_also_works_elsewhere_ends_that_first(
        self, course: Course, successor: Practitioner, practitioner: User, director: User
    ):
        other = LocationFactory(name="Lisbon")
        row = WorkingHours.objects.filter(practitioner=who(practitioner)).first()
        WorkingHours.objects.filter(pk=row.pk).update(location=other)
        with pytest.raises(Conflict, match="Lisbon"):
            planned(practitioner, director, course, to=successor)


class TestNewTimes:
    def test_who_finds_no_time_is_listed_and_told_once(
        self, course: Course, successor: Practitioner, practitioner: User, director: User, browser_of: Browser
    ):
        lost = set(after(practitioner).values_list("session", flat=True))
        report_absence(
            practitioner=successor, start=at(0, day=LAST), end=at(0, day=LAST + timedelta(days=200)),
            reason="Away", by=director, now=NOW,
        )  # fmt: skip
        plan = planned(practitioner, director, course, to=successor)
        page = words(browser_of(director).get(reverse("desk:batch", args=[plan.pk])))
        assert f"{len(lost)} need you" in page
        said = Message.objects.count()
        apply_disruption(replan=plan, by=director, now=NOW)
        assert set(Session.objects.filter(status="displaced").values_list("pk", flat=True)) == lost
        told = [
            each
            for each in Message.objects.order_by("pk")[said:]
            if each.channel == "portal" and each.kind != "aspirin"
        ]
        assert [each.kind for each in told] == ["cancellation"]
        assert len(told[0].context["rebook"]) == len(lost)

    def test_a_single_visit_keeps_its_time_with_somebody_else(
        self, course: Course, successor: Practitioner, practitioner: User, director: User
    ):
        alone = a_visit(PatientFactory(), at(17, day=LAST + timedelta(days=2)), practitioner, director)
        apply_disruption(replan=planned(practitioner, director, course, to=successor), by=director, now=NOW)
        booking = alone.bookings.get(active=True)
        assert (booking.start, booking.practitioner) == (at(17, day=LAST + timedelta(days=2)), successor)

    def test_a_patient_who_wants_nobody_else_keeps_the_visits_until_the_last_day(
        self, course: Course, successor: Practitioner, practitioner: User, director: User
    ):
        Course.objects.filter(pk=course.pk).update(preferences={"only": True})
        early = Booking.objects.filter(session__course=course, active=True, start__lt=at(23, day=LAST))
        stood = set(early.values_list("start", "practitioner"))
        apply_disruption(replan=planned(practitioner, director, course, to=successor), by=director, now=NOW)
        assert set(early.values_list("start", "practitioner")) == stood
        late = Booking.objects.filter(session__course=course, active=True, start__gt=at(23, day=LAST))
        assert set(late.values_list("practitioner", flat=True)) == {successor.pk}


class TestMeanwhile:
    def test_a_visit_that_came_since_makes_a_fresh_plan(
        self, course: Course, successor: Practitioner, practitioner: User, director: User, browser_of: Browser
    ):
        plan = planned(practitioner, director, course, to=successor)
        a_visit(PatientFactory(), at(17, day=LAST + timedelta(days=2)), practitioner, director)
        answer = browser_of(director).post(reverse("desk:batch_apply", args=[plan.pk]), {"version": plan.version})
        fresh = Replan.objects.exclude(pk=plan.pk).get()
        assert answer.headers["Location"] == reverse("desk:batch", args=[fresh.pk])
        assert (fresh.leaver, fresh.courses) == (who(practitioner), {str(course.pk): {"to": successor.pk}})
        assert StaffMember.objects.get(user=practitioner).leaves_on is None

    def test_a_course_that_came_since_leads_back_to_choosing(
        self, course: Course, clinic: Location, successor: Practitioner, practitioner: User, director: User,
        browser_of: Browser,
    ):  # fmt: skip
        plan = planned(practitioner, director, course, to=successor)
        accepted(PatientFactory(), clinic, practitioner, practitioner=who(practitioner))
        answer = browser_of(director).post(reverse("desk:batch_apply", args=[plan.pk]), {"version": plan.version})
        assert answer.headers["Location"] == address(practitioner)

    def test_asking_again_puts_the_plan_before_out_of_date(
        self, course: Course, successor: Practitioner, practitioner: User, director: User
    ):
        first = planned(practitioner, director, course, to=successor)
        second = planned(practitioner, director, course, to=successor, last=LAST + timedelta(days=7))
        first.refresh_from_db()
        assert (first.status, second.status) == ("stale", "ready")

    def test_within_minutes_all_is_as_before_also_hours_and_access(
        self, course: Course, successor: Practitioner, practitioner: User, director: User
    ):
        def all_of_it() -> Any:
            hours = list(WorkingHours.objects.order_by("pk").values_list("pk", "valid_from", "valid_until"))
            places = [row[:5] + row[6:] for row in shape(course)]
            return (
                places,
                hours,
                Course.objects.get(pk=course.pk).practitioner,
                StaffMember.objects.get(user=practitioner).leaves_on,
            )

        before = all_of_it()
        plan = planned(practitioner, director, course, to=successor)
        apply_disruption(replan=plan, by=director, now=NOW)
        assert all_of_it() != before
        undo(replan=plan, by=director, now=NOW + timedelta(minutes=5))
        assert all_of_it() == before

    def test_stays_after_all_gives_the_hours_back_and_leaves_the_patients_where_they_are(
        self, course: Course, successor: Practitioner, practitioner: User, director: User, browser_of: Browser
    ):
        apply_disruption(replan=planned(practitioner, director, course, to=successor), by=director, now=NOW)
        browser_of(director).post(reverse("desk:stay", args=[practitioner.staff.pk]))
        assert WorkingHours.objects.filter(practitioner=who(practitioner), valid_until=None).count() == 5
        course.refresh_from_db()
        assert course.practitioner == successor
