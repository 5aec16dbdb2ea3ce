"""What a change leaves behind is counted before it is saved, listed after, and planned anew with one press; no visit is
forgotten that nobody closed or that a later one overtook."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.course_progress import session_cancelled, session_performed
from scheduling.courses.actions.sessions import no_show
from scheduling.courses.changing.actions.cascade import leave_out, place_session
from scheduling.desk.queries import worklists
from scheduling.models import Booking, Course, PublicHoliday, Session, WorkingHours
from tests.factories import NOW
from tests.scheduling.visits import TOMORROW, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]
DAY = timedelta(days=1)
Browser = Callable[[User], Client]


def listed(name: str, location: Location, now: Any = NOW) -> list[int]:
    """The visits on a list."""
    rows = worklists.LISTS[name](location, now, timezone.localdate(now))
    return [getattr(row, "session_id", row.pk) for row in rows]


class TestNobodyThere:
    @pytest.fixture
    def visit(self, patient: Patient, practitioner: User, desk: User) -> Session:
        """A consultation tomorrow, a Wednesday, at three."""
        return a_visit(patient, at(15), practitioner, desk)

    def without_wednesdays(self, practitioner: User) -> dict[str, str]:
        week = WorkingHours.objects.filter(practitioner=practitioner.staff.practitioner).exclude(weekday=2)
        times = {f"d{row.weekday}-0-{edge}": f"{getattr(row, edge):%H:%M}" for row in week for edge in ("start", "end")}
        return times | {"valid_from": TOMORROW.isoformat()}

    def test_narrowed_hours_say_first_whom_they_leave_then_list_them_and_plan_them_anew(
        self, visit: Session, clinic: Location, practitioner: User, director: User, desk: User, browser_of: Browser
    ):
        person = practitioner.staff.practitioner
        page, given = reverse("settings:week", args=[clinic.pk, person.pk]), self.without_wednesdays(practitioner)
        shown = browser_of(director).post(page, given)
        assert [row.session_id for row in shown.context["lost"]] == [visit.pk]
        assert visit.patient.family_name not in shown.content.decode()
        assert WorkingHours.objects.filter(practitioner=person, weekday=2, valid_until=None).exists()
        assert listed("without_staff", clinic) == []
        browser_of(director).post(page, given | {"apply": "1"})
        assert listed("without_staff", clinic) == [visit.pk]
        browser = browser_of(desk)
        assert "Free these" in browser.get(reverse("desk:worklists"), {"tab": "without_staff"}).content.decode()
        batch = browser.post(reverse("desk:free_stranded"))
        visit.refresh_from_db()
        assert (visit.status, "work/batch" in batch.headers["Location"]) == ("displaced", True)

    def test_a_closing_day_does_alike(
        self, visit: Session, clinic: Location, director: User, browser_of: Browser, patient: Patient
    ):
        page, given = reverse("settings:holidays", args=[clinic.pk]), {"day": TOMORROW.isoformat(), "name": "Fair"}
        browser = browser_of(director)
        assert len(browser.post(page, given).context["lost"]) == 1
        assert not PublicHoliday.objects.exists()
        browser.post(page, given | {"apply": "1"})
        assert listed("without_staff", clinic) == [visit.pk]

    @pytest.mark.parametrize(
        ("hours", "lost"),
        [
            (["09:00-18:00"], False),
            (["09:00-15:10", "15:10-18:00"], False),  # two that meet
            (["09:00-15:10"], True),  # goes before the end
            (["15:10-18:00"], True),  # comes after the beginning
            (["09:00-14:00", "16:00-18:00"], True),
            ([], True),
        ],
    )
    def test_a_visit_needs_somebody_at_its_beginning_and_at_its_end(
        self, visit: Session, clinic: Location, practitioner: User, hours: list[str], lost: bool
    ):
        week = WorkingHours.objects.filter(practitioner=practitioner.staff.practitioner, weekday=TOMORROW.weekday())
        row = week[0]
        week.delete()
        for stretch in hours:
            row.pk, (row.start, row.end) = None, (time.fromisoformat(edge) for edge in stretch.split("-"))
            row.save()
        assert listed("without_staff", clinic) == [visit.pk] * lost

    def test_a_day_on_which_nobody_is_booked_is_closed_at_once(
        self, visit: Session, clinic: Location, director: User, browser_of: Browser
    ):
        page = reverse("settings:holidays", args=[clinic.pk])
        browser_of(director).post(page, {"day": (TOMORROW + DAY).isoformat(), "name": "Fair"})
        assert PublicHoliday.objects.get().name == "Fair"


class TestNotForgotten:
    def visit(self, course: Course, number: int) -> Session:
        return course.sessions.get(sequence=number)

    def missed_and_overtaken(self, course: Course, by: User) -> Any:
        """The first visit was missed, then the second took place; it is the evening of the second."""
        first, second = self.visit(course, 1), self.visit(course, 2)
        no_show(session=first, by=by, now=Booking.objects.get(session=first, active=True).end)
        then = Booking.objects.get(session=second, active=True).end
        Session.objects.filter(pk=second.pk).update(status="completed", performed_at=then)
        second.refresh_from_db()
        session_performed(session=second, by=by, now=then)
        return then

    def test_a_visit_that_nobody_closed_is_listed_and_its_successor_warns(
        self, course: Course, clinic: Location, desk: User, browser_of: Browser
    ):
        first, three_days_later = self.visit(course, 1), NOW + 3 * DAY
        assert listed("unclosed", clinic) == []
        assert listed("unclosed", clinic, three_days_later) == [first.pk]
        Booking.objects.filter(session=first).update(
            start=NOW - 3 * DAY, end=NOW - 3 * DAY + timedelta(minutes=30),
            occupied_start=NOW - 3 * DAY, occupied_end=NOW - 3 * DAY + timedelta(minutes=35),
        )  # fmt: skip
        browser = browser_of(desk)
        assert "Say what happened" in browser.get(reverse("desk:worklists"), {"tab": "unclosed"}).content.decode()
        page = browser.get(reverse("desk:visit", args=[self.visit(course, 2).pk])).content.decode()
        assert reverse("desk:visit", args=[first.pk]) in page

    def test_one_that_was_overtaken_is_listed_and_can_still_be_placed(
        self, course: Course, clinic: Location, practitioner: User
    ):
        now = self.missed_and_overtaken(course, practitioner)
        first, second = self.visit(course, 1), self.visit(course, 2)
        assert listed("overtaken", clinic, now) == [first.pk]
        assert first.floor == second.performed_at.date() + 15 * DAY
        third = Booking.objects.get(session=self.visit(course, 3), active=True)
        place_session(session=first, start=third.start, by=practitioner, now=now)
        assert self.visit(course, 1).status == "booked"
        assert listed("overtaken", clinic, now) == []

    def test_or_be_left_out(self, course: Course, clinic: Location, desk: User, practitioner: User):
        now = self.missed_and_overtaken(course, practitioner)
        leave_out(session=self.visit(course, 1), reason="Not wanted", by=desk, now=now)
        assert listed("overtaken", clinic, now) == []

    def test_while_one_is_open_the_course_is_not_completed(self, course: Course, practitioner: User):
        now = self.missed_and_overtaken(course, practitioner)
        rest = course.sessions.filter(sequence__gt=2)
        Booking.objects.filter(session__in=rest).update(active=False)
        rest.update(status="completed", performed_at=now)
        first = self.visit(course, 1)
        assert session_cancelled(session=first, by=practitioner, now=now).course.status == "active"
        Session.objects.filter(pk=first.pk).update(status="cancelled")
        assert session_cancelled(session=first, by=practitioner, now=now).finished
