"""A running course gets longer or shorter, changes hands, or makes room for a holiday: looked at first, then applied as
it was seen, undone with one press."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.changing.actions.cascade import stay_away
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.models import Booking, Course, Practitioner, Replan
from tests.factories import NOW, TODAY
from tests.scheduling.running import accepted, booked_days, shape

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
CHANGES = ("length", "hand_over", "days_away")


def page(name: str, course: Course) -> str:
    return reverse(f"courses:{name}", args=[course.pk])


def asked(name: str, course: Course) -> dict[str, Any]:
    """A change of each kind that a person might well ask for."""
    third = booked_days(course)[2]
    other = Practitioner.objects.exclude(pk=course.practitioner_id).get()
    return {
        "length": {"phase": "1", "way": "more", "by_sessions": "2", "reason": "Slow response"},
        "hand_over": {"practitioner": str(other.pk), "reason": "Maternity leave"},
        "days_away": {"first": third.isoformat(), "last": (third + timedelta(days=2)).isoformat()},
    }[name]


def carried(shown: Any) -> dict[str, Any]:
    """What the preview's form carries on to the action."""
    form, diff = shown.context["form"], shown.context["diff"]
    given = {field.html_name: field.value() for field in form.carried if field.value() is not None}
    return given | {"expect": diff.digest, "allow_late": shown.context["late"], "apply": "1"}


def standing_of(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Number, status, window and place of the visits that stand."""
    return [row[1:5] + row[6:] for row in rows if row[2] in {"booked", "planned"}]


def standing(course: Course) -> list[tuple[Any, ...]]:
    return standing_of(shape(course))


def changes_of(diff: Any) -> list[tuple[Any, ...]]:
    """Each visit that changes: its kind and where it goes."""
    lines = [line for group in diff.groups if group.name != "kept" for line in group.lines]
    return [(line.kind, line.after and line.after.start) for line in lines]


@pytest.mark.parametrize("name", CHANGES)
def test_the_course_page_leads_to_it(name: str, course: Course, practitioner: User, browser_of: Browser) -> None:
    browser = browser_of(practitioner)
    assert f'href="{page(name, course)}"' in browser.get(page("detail", course)).content.decode()
    assert browser.get(page(name, course)).status_code == 200


@pytest.mark.parametrize("name", CHANGES)
def test_a_course_that_does_not_run_is_not_changed(
    name: str, course: Course, practitioner: User, browser_of: Browser
) -> None:
    browser, wanted = browser_of(practitioner), asked(name, course)
    hold_course(course=course, reason="Patient ill", by=practitioner, now=NOW)
    before = shape(course)
    assert page(name, course) not in browser.get(page("detail", course)).content.decode()
    assert browser.post(page(name, course), wanted).status_code == 422
    assert shape(course) == before


def test_how_long_and_with_whom_is_not_for_the_desk(course: Course, desk: User, browser_of: Browser) -> None:
    browser = browser_of(desk)
    for name in ("length", "hand_over"):
        assert browser.get(page(name, course)).status_code == 403
        assert page(name, course) not in browser.get(page("detail", course)).content.decode()
    assert browser.get(page("days_away", course)).status_code == 200


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_shown_is_what_is_done_and_is_taken_back(
    name: str, course: Course, practitioner: User, browser_of: Browser
) -> None:
    browser, before = browser_of(practitioner), shape(course)
    shown = browser.post(page(name, course), asked(name, course))
    course.refresh_from_db()
    assert (shape(course), course.version) == (before, shown.context["course"].version)
    promised = {start for _kind, start in changes_of(shown.context["diff"]) if start}
    assert promised
    after = browser.post(page(name, course), carried(shown), follow=True)
    stands = set(Booking.objects.filter(session__course=course, active=True).values_list("start", flat=True))
    assert promised <= stands
    undo = reverse("courses:undo", args=[course.pk, Replan.objects.get().pk])
    assert undo in after.content.decode()
    browser.post(undo)
    was = course.practitioner_id, course.preferences
    course.refresh_from_db()
    assert (standing(course), course.practitioner_id, course.preferences) == (standing_of(before), *was)


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_seen_and_is_no_longer_so_is_not_done(
    name: str, course: Course, practitioner: User, browser_of: Browser
) -> None:
    browser, wanted = browser_of(practitioner), asked(name, course)
    seen = carried(browser.post(page(name, course), wanted)) | {"expect": "0123456789abcdef"}
    before = shape(course)
    answer = browser.post(page(name, course), seen)
    assert (answer.status_code, shape(course)) == (422, before)
    assert "The calendar changed since you looked" in answer.content.decode()


def test_somebody_else_changed_the_course_meanwhile(course: Course, practitioner: User, browser_of: Browser) -> None:
    browser = browser_of(practitioner)
    wanted = asked("length", course) | {"version": str(course.version)}
    Course.objects.filter(pk=course.pk).update(version=course.version + 1)
    assert browser.post(page("length", course), wanted).status_code == 412


@pytest.mark.parametrize(
    ("name", "slip", "where"),
    [
        ("length", {"reason": " "}, "reason"),
        ("length", {"phase": "9"}, "phase"),
        ("length", {"way": "sideways"}, "way"),
        ("length", {"by_sessions": "0"}, "by_sessions"),
        ("length", {"way": "fewer", "by_sessions": "7"}, "by_sessions"),
        ("length", {"by_sessions": "99"}, "by_sessions"),
        ("hand_over", {"reason": ""}, "reason"),
        ("hand_over", {"practitioner": "0"}, "practitioner"),
        ("days_away", {"first": ""}, "first"),
        ("days_away", {"last": ""}, "last"),
        ("days_away", {"first": "2026-02-30"}, "first"),
        ("days_away", {"last": "2026-05-06"}, "last"),
        ("days_away", {"first": "2026-05-01", "last": "2026-05-04"}, "last"),
        ("days_away", {"first": "", "last": ""}, "first last"),
    ],
)
def test_a_slip_is_said_at_its_field(
    name: str, slip: dict[str, str], where: str, course: Course, practitioner: User, browser_of: Browser
) -> None:
    before = shape(course)
    answer = browser_of(practitioner).post(page(name, course), asked(name, course) | slip)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, set(where.split()))
    assert shape(course) == before


class TestLength:
    def test_shorter_shows_what_will_not_take_place(
        self, course: Course, practitioner: User, browser_of: Browser
    ) -> None:
        browser, wanted = browser_of(practitioner), asked("length", course) | {"way": "fewer"}
        shown = browser.post(page("length", course), wanted)
        dropped = next(group for group in shown.context["diff"].groups if group.name == "dropped")
        assert [line.sequence for line in dropped.lines] == [5, 6]
        browser.post(page("length", course), carried(shown))
        assert course.sessions.filter(phase=1, status="booked").count() == 4

    def test_the_form_says_what_is_left_of_each_part(
        self, course: Course, practitioner: User, browser_of: Browser
    ) -> None:
        offered = browser_of(practitioner).get(page("length", course)).context["form"].fields["phase"].choices
        assert [order for order, _words in offered] == [1, 2]
        assert "6 still ahead" in offered[0][1]

    def test_a_closing_measurement_is_not_multiplied(
        self, clinic: Location, other_patient: Patient, practitioner: User, browser_of: Browser
    ) -> None:
        measured = accepted(other_patient, clinic, practitioner, "P05")
        offered = browser_of(practitioner).get(page("length", measured)).context["form"].fields["phase"].choices
        assert len(offered) < measured.protocol_version.phases.count()


class TestHandOver:
    def test_offers_only_others_who_treat_there(self, course: Course, practitioner: User, browser_of: Browser) -> None:
        form = browser_of(practitioner).get(page("hand_over", course)).context["form"]
        offered = set(form.fields["practitioner"].queryset)
        assert offered == set(Practitioner.objects.exclude(pk=course.practitioner_id))

    def test_nobody_else_is_there(self, course: Course, practitioner: User, browser_of: Browser) -> None:
        Practitioner.objects.exclude(pk=course.practitioner_id).update(active=False)
        assert "Nobody else treats" in browser_of(practitioner).get(page("hand_over", course)).content.decode()


class TestDaysAway:
    def given(self, browser: Client, course: Course, **wanted: Any) -> Any:
        """Looked at and applied."""
        return browser.post(page("days_away", course), carried(browser.post(page("days_away", course), wanted)))

    def test_the_desk_enters_a_holiday_and_the_course_says_so(
        self, course: Course, desk: User, browser_of: Browser
    ) -> None:
        browser, wanted = browser_of(desk), asked("days_away", course)
        self.given(browser, course, **wanted)
        assert not [day for day in booked_days(course) if wanted["first"] <= day.isoformat() <= wanted["last"]]
        assert browser.get(page("detail", course)).context["away"] == course_days(course)

    def test_a_holiday_that_is_off_is_forgotten_and_the_others_stay(
        self, course: Course, desk: User, browser_of: Browser
    ) -> None:
        stretches = [["2026-04-01", "2026-04-08"], ["2026-08-01", "2026-08-14"], ["2026-12-20", "2026-12-31"]]
        Course.objects.filter(pk=course.pk).update(preferences={"weekdays": [1, 3], "away": stretches})
        browser = browser_of(desk)
        form = browser.get(page("days_away", course)).context["form"]
        assert [code for code, _words in form.fields["forget"].choices] == [
            "2026-08-01/2026-08-14",
            "2026-12-20/2026-12-31",
        ]
        self.given(browser, course, forget=["2026-08-01/2026-08-14"])
        course.refresh_from_db()
        assert course.preferences == {"weekdays": [1, 3], "away": [stretches[0], stretches[2]]}

    def test_with_a_holiday_known_the_form_still_wants_something(
        self, course: Course, desk: User, browser_of: Browser
    ) -> None:
        Course.objects.filter(pk=course.pk).update(preferences={"away": [["2026-08-01", "2026-08-14"]]})
        answer = browser_of(desk).post(page("days_away", course), {})
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"first"})

    def test_days_without_a_visit_move_nothing(self, course: Course, desk: User, browser_of: Browser) -> None:
        day = (TODAY + timedelta(days=4)).isoformat()
        shown = browser_of(desk).post(page("days_away", course), {"first": day, "last": day})
        assert "Every visit keeps its time" in shown.content.decode()

    def test_longer_than_a_window_only_a_practitioner_may_allow_it(
        self, course: Course, desk: User, practitioner: User, browser_of: Browser
    ) -> None:
        third = booked_days(course)[2]
        wanted = {"first": str(third - timedelta(days=3)), "last": str(third + timedelta(days=20))}
        refused = browser_of(desk).post(page("days_away", course), wanted)
        assert not refused.context["diff"].applicable
        assert "Allow the later visits" not in refused.content.decode()
        browser = browser_of(practitioner)
        late = browser.post(page("days_away", course), wanted)
        assert "Allow the later visits" in late.content.decode()
        again = browser.post(page("days_away", course), wanted | {"allow_late": late.context["late"]})
        assert again.context["diff"].applicable
        assert browser.post(page("days_away", course), carried(again)).status_code == 302


class TestTwoCourses:
    """Days away are said once: the patient is away from every course."""

    @pytest.fixture
    def other(self, course: Course, clinic: Location, practitioner: User) -> Course:
        """Another course of the same patient, elsewhere on the skin."""
        return accepted(course.patient, clinic, practitioner, areas=("abdomen",))

    def said(self, course: Course, by: User, day: date) -> None:
        stay_away(course=course, away=[[day.isoformat(), day.isoformat()]], by=by, now=NOW)

    def test_a_new_schedule_keeps_clear_of_days_said_with_another_course(
        self, course: Course, clinic: Location, practitioner: User
    ) -> None:
        back = TODAY + timedelta(days=8)
        away = [[TODAY.isoformat(), (back - timedelta(days=1)).isoformat()]]
        Course.objects.filter(pk=course.pk).update(preferences={"away": away})
        later = accepted(course.patient, clinic, practitioner, areas=("abdomen",))
        assert back <= min(booked_days(later)) <= TODAY + timedelta(days=14)

    def test_the_other_courses_page_says_which_visits_stand_there_and_leads_to_moving_them(
        self, course: Course, other: Course, desk: User, browser_of: Browser
    ) -> None:
        browser, day = browser_of(desk), booked_days(other)[1]
        assert browser.get(page("detail", other)).context["clash"] is None
        self.said(course, desk, day)
        shown = browser.get(page("detail", other))
        assert (shown.context["clash"].visits, shown.context["clash"].stretch) == (1, (day, day))
        prefilled = f"{page('days_away', other)}?first={day}&last={day}"
        assert prefilled.replace("&", "&amp;") in shown.content.decode()
        form = browser.get(prefilled).context["form"]
        preview = browser.post(page("days_away", other), {name: form[name].value() for name in ("first", "last")})
        assert browser.post(page("days_away", other), carried(preview)).status_code == 302
        assert day not in booked_days(other)
        assert browser.get(page("detail", other)).context["clash"] is None

    def test_what_was_said_with_one_course_is_taken_back_once(
        self, course: Course, other: Course, desk: User, browser_of: Browser
    ) -> None:
        browser, day = browser_of(desk), booked_days(other)[1]
        self.said(course, desk, day)
        self.said(other, desk, day)
        assert day not in booked_days(other)
        stay_away(course=Course.objects.get(pk=course.pk), away=[], by=desk, now=NOW)
        assert [browser.get(page("detail", each)).context["away"] for each in (course, other)] == [[], []]

    def test_the_patient_is_led_from_the_one_to_the_other(
        self, course: Course, other: Course, patient: Patient, browser_of: Browser
    ) -> None:
        """Both have a visit in those days; the newer course is in hand, then the older has its turn."""
        browser, here = browser_of(patient.user), reverse("portal:days_away")
        first, last = sorted((booked_days(course)[3], booked_days(other)[3]))

        def agree(given: dict[str, Any]) -> str:
            shown = browser.post(here, given)
            return browser.post(here, given | {"expect": shown.context["expect"]})["Location"]

        assert browser.get(here).context["clash"] is None
        assert agree({"first": first.isoformat(), "last": last.isoformat()}) == here
        page = browser.get(here)
        assert page.context["clash"].course == course
        said = {name: page.context["form"][name].value() for name in ("first", "last")}
        assert agree(said) == reverse("portal:home")
        assert not [day for day in (*booked_days(course), *booked_days(other)) if first <= day <= last]


class TestByThePatient:
    """The patient says it on a page of their own; nothing moves before they have seen where to."""

    def test_sees_what_would_change_and_agrees(self, course: Course, patient: Patient, browser_of: Browser) -> None:
        browser, wanted, before = browser_of(patient.user), asked("days_away", course), shape(course)
        here = reverse("portal:days_away")
        assert here in browser.get(reverse("portal:home")).content.decode()
        shown = browser.post(here, wanted)
        moves = {line.after.start for group in shown.context["groups"] for line in group.lines}
        course.refresh_from_db()
        assert (shape(course), "away" in course.preferences) == (before, False)
        seen = wanted | {"expect": shown.context["expect"], "version": course.version}
        assert browser.post(here, seen)["Location"] == reverse("portal:home")
        stands = set(Booking.objects.filter(session__course=course, active=True).values_list("start", flat=True))
        assert moves
        assert moves <= stands
        assert course_days(course) == [tuple(date.fromisoformat(wanted[name]) for name in ("first", "last"))]

    def test_is_not_asked_when_no_visit_changes(self, course: Course, patient: Patient, browser_of: Browser) -> None:
        day = (TODAY + timedelta(days=4)).isoformat()
        answer = browser_of(patient.user).post(reverse("portal:days_away"), {"first": day, "last": day})
        assert answer.status_code == 302
        assert course_days(course) == [(TODAY + timedelta(days=4),) * 2]

    def test_cannot_let_a_visit_come_too_late(self, course: Course, patient: Patient, browser_of: Browser) -> None:
        third, browser, before = booked_days(course)[2], browser_of(patient.user), shape(course)
        wanted = {"first": str(third - timedelta(days=3)), "last": str(third + timedelta(days=20))}
        shown = browser.post(reverse("portal:days_away"), wanted | {"allow_late": '[{"sequence": 3, "days": 20}]'})
        assert "Please call us" in shown.content.decode()
        [stuck] = [line for group in shown.context["groups"] if group.name == "unplaceable" for line in group.lines]
        assert said(stuck.before.start, course) in shown.content.decode()
        assert said(stuck.after.start, course) not in shown.content.decode()  # beyond its window: not theirs to choose
        forced = browser.post(reverse("portal:days_away"), wanted | {"expect": shown.context["expect"]})
        assert (forced.status_code, shape(course)) == (422, before)

    def test_a_slip_is_said_at_its_field(self, course: Course, patient: Patient, browser_of: Browser) -> None:
        answer = browser_of(patient.user).post(reverse("portal:days_away"), {"first": "2026-06-09"})
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"last"})

    def test_without_a_course_there_is_nothing_to_say(
        self, clinic: Location, patient: Patient, browser_of: Browser
    ) -> None:
        browser = browser_of(patient.user)
        assert "No course is running" in browser.get(reverse("portal:days_away")).content.decode()
        assert reverse("portal:days_away") not in browser.get(reverse("portal:home")).content.decode()


def course_days(course: Course) -> list[Any]:
    course.refresh_from_db()
    return [tuple(date.fromisoformat(day) for day in stretch) for stretch in course.preferences["away"]]


def said(start: datetime, course: Course) -> str:
    return date_format(start.astimezone(ZoneInfo(course.location.timezone)), "l j F, H:i")
