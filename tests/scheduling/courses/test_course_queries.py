"""Courses and schedules as pages show them: sentences, names, what has to be allowed, and the work list."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from clinic.models import User
from scheduling.courses.actions.course_progress import session_performed
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.courses.queries.course_pages import plan_of_proposal, shown_rows, table_of, visits_of
from scheduling.courses.queries.courses import late_approval, misfits, sentence, why_moved
from scheduling.courses.queries.pictures import course_timeline
from scheduling.models import Course, Proposal, Replan, Session
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")


class TestSentences:
    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            ({"code": "on_ideal_day", "params": {}}, "Best day."),
            (
                {"code": "days_after_ideal", "params": {"amount": 2, "ideal": "2026-05-19"}},
                "2 days after the best day (19 May).",
            ),
            (
                {"code": "practitioner_free", "params": {"dates": ["2026-05-19", "2026-05-20", "2026-05-25"]}},
                "19 May – 20 May, 25 May: nobody was free for long enough.",
            ),
            (
                {"code": "approved_late", "params": {"days": 3}},
                "3 days after the last day; a practitioner approved it.",
            ),
            ({"code": "empty_roster", "params": {}, "message": "Nobody works here."}, "Nobody works here."),
        ],
    )
    def test_read_as_a_person_would_say_them(self, reason, text):
        assert sentence(reason) == text

    def test_are_there_for_every_reason_of_a_schedule(self, course):
        told = [sentence(reason) for row in plan_of_proposal(course.proposals.get()) for reason in row.why]
        assert told
        assert all(text and "%(" not in text for text in told)

    def test_say_why_a_visit_moves(self):
        assert (why_moved("too_soon"), why_moved("")) == ("Too soon after the visit before it.", "")


class TestASchedule:
    def test_carries_the_names_of_people_and_rooms(self, course):
        first = shown_rows(course, plan_of_proposal(course.proposals.get()), ROME)[0]
        assert first.practitioner_name.startswith("Dr ")
        assert first.room_name.startswith("Room ")

    def test_takes_the_same_queries_for_one_visit_and_for_all(self, course):
        plan = plan_of_proposal(course.proposals.get())
        with CaptureQueriesContext(connection) as many:
            shown_rows(course, plan, ROME)
        with CaptureQueriesContext(connection) as one:
            shown_rows(course, plan[:1], ROME)
        assert len(many) <= len(one) + 1  # no device, no query for devices

    def test_beyond_latest_says_what_a_practitioner_has_to_allow_in_all(self):
        proposal = Proposal(
            allow_late=[{"sequence": 2, "days": 3}, {"sequence": 5, "days": 1}],
            sessions=[
                {"sequence": 2, "late_days": 4},
                {"sequence": 3, "late_days": 2},
                {"sequence": 4, "late_days": 0},
            ],
        )
        assert late_approval(proposal) == [
            {"sequence": 2, "days": 7},
            {"sequence": 3, "days": 2},
            {"sequence": 5, "days": 1},
        ]


class TestTheWorkList:
    def perform_late(self, course: Course, by: User) -> None:
        first = course.sessions.get(sequence=1)
        at = first.bookings.get(active=True).start + timedelta(days=2)
        Session.objects.filter(pk=first.pk).update(status="completed", performed_at=at)
        first.refresh_from_db()
        session_performed(session=first, by=by, now=at)

    def test_holds_visits_booked_outside_their_window(self, course, clinic, practitioner):
        assert not misfits(clinic, now=NOW)
        self.perform_late(course, practitioner)
        assert [row.sequence for row in misfits(clinic, now=NOW)] == [2]

    def test_leaves_out_what_a_practitioner_allowed(self, course, clinic, practitioner):
        self.perform_late(course, practitioner)
        course.sessions.filter(sequence=2).update(why=[{"code": "approved_early", "params": {"days": 2}}])
        assert not misfits(clinic, now=NOW)

    def test_leaves_out_courses_that_do_not_run(self, course, clinic, practitioner):
        self.perform_late(course, practitioner)
        Course.objects.filter(pk=course.pk).update(status="on_hold", status_reason="Travelling")
        assert not misfits(clinic, now=NOW)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"progress": 101}, "replan_progress_percent"),
        ({"status": "applied"}, "replan_application_complete"),
    ],
)
def test_the_database_refuses_a_cascade_that_makes_no_sense(clinic, desk, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        Replan.objects.create(location=clinic, requested_by=desk, requested_at=NOW, **fields)


class TestWhyAVisitStandsWhereItStands:
    """The course page has a sentence for each visit, whatever became of it."""

    def why(self, course: Course) -> dict[int, str]:
        return {row.session.sequence: row.why for row in table_of(visits_of(course))}

    def test_of_a_planned_course_each_has_its_reason(self, course):
        told = self.why(course)
        assert len(told) == course.sessions.count()
        assert all(told.values())
        assert "Best day." in told[1]
        assert told[max(told)].startswith("Gets a time later, once booking opens beyond")

    def test_one_that_lost_its_time_says_so_and_not_why_it_stood_there(self, course, desk):
        displace_session(session=course.sessions.get(sequence=2), reason="Ill", by=desk, now=NOW)
        assert self.why(course)[2] == "Its time was cancelled. It needs a new one."

    def test_times_given_back_are_explained_no_more(self, course, desk):
        hold_course(course=course, reason="Travelling", by=desk, now=NOW)
        assert self.why(course)[1] == "No time yet. Can be on any day of its window."

    def test_one_of_which_the_planner_said_nothing_has_a_sentence_too(self, course):
        Session.objects.filter(course=course).update(why=[])
        assert self.why(course)[1] == "Somebody chose this time by hand."
        assert self.why(course)[max(self.why(course))] == "No time yet. Can be on any day of its window."

    def test_the_picture_says_the_same_as_the_table(self, course):
        sessions = visits_of(course)
        picture = course_timeline(course, sessions, today=TODAY)
        assert [mark.session.why for mark in picture.marks] == [row.why for row in table_of(sessions)]
