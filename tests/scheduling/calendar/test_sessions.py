"""One visit from planned to performed: what may happen to it, and what the refusal says when it may not."""

from datetime import timedelta

import pytest

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal, Stale
from protocols.actions.policies import set_policy
from scheduling.calendar.actions.transitions import transition
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.actions.sessions import book_session, cancel_session, displace_session, move_session, no_show
from scheduling.models import (
    TRANSITIONS,
    Booking,
    PublicHoliday,
    Room,
    Session,
    SessionEvent,
    SessionStatus,
)
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from tests.factories import NOW, TODAY, LocationFactory, RoomFactory
from tests.scheduling.visits import TOMORROW, a_session, a_visit, at, who

pytestmark = pytest.mark.django_db


def times(session: Session) -> list:
    return list(Booking.objects.filter(session=session, active=True).values_list("start", flat=True))


ENDS = ("completed", "cancelled")


class TestTheTable:
    @pytest.mark.parametrize("verb", sorted(TRANSITIONS))
    @pytest.mark.parametrize("status", SessionStatus.values)
    def test_a_verb_works_from_the_states_of_the_table_and_from_no_other(self, verb, status, patient, clinic, desk):
        done = NOW if status == "completed" else None
        session = a_session(patient, clinic, status=status, performed_at=done)
        allowed, target = TRANSITIONS[verb]
        extra = {"performed_at": NOW} if target == "completed" else {}
        if status not in allowed:
            with pytest.raises(Conflict) as refused:
                transition(session=session, verb=verb, by=desk, now=NOW, **extra)
            assert refused.value.extra["state"] == status
            return
        transition(session=session, verb=verb, by=desk, now=NOW, reason="why", **extra)
        session.refresh_from_db()
        assert (session.status, session.version) == (target, 2)
        event = SessionEvent.objects.get(session=session)
        assert (event.verb, event.from_status, event.to_status, event.by, event.reason) == (
            verb, status, target, desk, "why",
        )  # fmt: skip

    def test_a_session_of_the_past_is_never_undone(self):
        """Nothing leads out of completed or in error but the correction of a mistake; a visit that was called off may
        have taken place all the same (D03)."""
        leads_out = {end: {verb for verb, (allowed, _to) in TRANSITIONS.items() if end in allowed} for end in ENDS}
        assert leads_out == {"completed": {"mark_error"}, "cancelled": {"mark_error", "enter_done"}}


class TestBooking:
    def test_a_planned_visit_gets_a_time_a_room_and_a_history(self, patient, clinic, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        session.refresh_from_db()
        assert (session.status, session.revision, session.version) == ("booked", 1, 2)
        booking = Booking.objects.get(session=session)
        assert (booking.start, booking.end, booking.practitioner) == (at(10), at(10, 30), who(practitioner))
        assert booking.room == Room.objects.order_by("pk").first()
        assert SessionEvent.objects.get(session=session).detail["start"] == booking.start.isoformat()

    def test_without_a_room_the_first_free_one_is_taken(self, patient, other_patient, practitioner, colleague, desk):
        a_visit(patient, at(10), practitioner, desk, kind="review")
        second = a_visit(other_patient, at(10), colleague, desk, kind="review")
        assert Booking.objects.get(session=second).room.name == "Room 2"

    def test_a_taken_time_is_refused_with_the_next_free_one(self, patient, other_patient, practitioner, desk):
        a_visit(patient, at(10), practitioner, desk)
        with pytest.raises(Conflict) as refused:
            a_visit(other_patient, at(10), practitioner, desk)
        assert [error.field for error in refused.value.errors] == ["practitioner"]
        assert refused.value.next == at(10, 40)

    def test_when_every_room_is_taken_the_room_is_named(self, patient, other_patient, practitioner, colleague, desk):
        Room.objects.filter(name="Room 2").update(active=False)
        a_visit(patient, at(10), practitioner, desk, kind="review")
        with pytest.raises(Conflict) as refused:
            a_visit(other_patient, at(10), colleague, desk, kind="review")
        assert [error.field for error in refused.value.errors] == ["room"]

    @pytest.mark.parametrize(
        ("start", "field"),
        [
            (NOW - timedelta(hours=1), "start"),
            (at(10, 2), "start"),
            (at(10) + timedelta(seconds=1), "start"),
            (at(8, 30), "practitioner"),
            (at(9), "practitioner"),  # no time to prepare
            (at(17, 40), "practitioner"),
            (at(10, day=TODAY + timedelta(days=4)), "practitioner"),  # a Saturday
            (at(10, day=TODAY + timedelta(days=181)), "start"),
        ],
        ids=["past", "off the grid", "seconds", "early", "preparation", "late", "Saturday", "beyond the horizon"],
    )
    def test_a_time_that_cannot_be_is_refused_at_its_field(self, start, field, patient, clinic, practitioner, desk):
        with pytest.raises(BadInput) as refused:
            a_visit(patient, start, practitioner, desk)
        assert [error.field for error in refused.value.errors] == [field]
        assert not Booking.objects.exists()

    def test_nobody_works_on_a_holiday(self, patient, clinic, practitioner, desk):
        PublicHoliday.objects.create(location=clinic, date=TOMORROW, name="Fair")
        with pytest.raises(BadInput):
            a_visit(patient, at(10), practitioner, desk)

    def test_a_practitioner_who_does_not_work_here_is_refused(self, patient, practitioner, desk):
        session = a_session(patient, LocationFactory())
        with pytest.raises(BadInput) as refused:
            book_session(session=session, start=at(10), practitioner=who(practitioner), by=desk, now=NOW)
        assert refused.value.errors[0].field == "practitioner"

    def test_a_room_of_another_location_is_refused(self, patient, clinic, practitioner, desk):
        session = a_session(patient, clinic)
        with pytest.raises(BadInput) as refused:
            book_session(
                session=session, start=at(10), practitioner=who(practitioner), room=RoomFactory(), by=desk, now=NOW
            )
        assert refused.value.errors[0].field == "room"

    @pytest.mark.parametrize("kind", ["consultation", "allergy_test"])
    def test_only_a_prescriber_consults_and_tests(self, kind, patient, colleague, desk):
        with pytest.raises(BadInput) as refused:
            a_visit(patient, at(10), colleague, desk, kind=kind)
        assert refused.value.errors[0].code == "not_a_prescriber"

    def test_the_second_writer_is_told_that_the_visit_changed(self, patient, clinic, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        with pytest.raises(Stale) as refused:
            move_session(session=session, start=at(11), by=desk, now=NOW, version=1)
        assert refused.value.extra["version"] == 2
        assert times(session) == [at(10)]


class TestTheWindow:
    """D01: floor to latest for everyone, the early limit and beyond latest for a clinician with a reason."""

    @pytest.fixture
    def session(self, patient, clinic):
        days = {
            "early_limit": TODAY + timedelta(days=6),
            "floor": TODAY + timedelta(days=7),
            "ideal": TODAY + timedelta(days=7),
            "latest": TODAY + timedelta(days=14),
        }
        return a_session(patient, clinic, kind="review", **days)

    def book(self, session, days, practitioner, by, reason=""):
        return book_session(
            session=session,
            start=at(10, day=TODAY + timedelta(days=days)),
            practitioner=who(practitioner),
            reason=reason,
            by=by,
            now=NOW,
        )

    @pytest.mark.parametrize("days", [7, 14])
    def test_inside_is_for_everyone(self, session, days, practitioner, desk):
        assert self.book(session, days, practitioner, desk).status == "booked"

    @pytest.mark.parametrize("days", [6, 15])
    def test_outside_is_refused_to_the_desk_even_with_a_reason(self, session, days, practitioner, desk):
        with pytest.raises(Refusal) as refused:
            self.book(session, days, practitioner, desk, "she asked for it")
        assert refused.value.status == 422
        assert refused.value.reasons[0].cites == ("D01",)

    @pytest.mark.parametrize("days", [6, 15])
    def test_a_practitioner_may_with_a_reason(self, session, days, practitioner):
        with pytest.raises(Refusal):
            self.book(session, days, practitioner, practitioner)
        self.book(session, days, practitioner, practitioner, "travels")
        assert SessionEvent.objects.get(session=session).reason == "travels"

    def test_before_the_early_limit_nobody_may(self, session, practitioner):
        with pytest.raises(Refusal) as refused:
            self.book(session, 3, practitioner, practitioner, "travels")
        assert refused.value.next == TODAY + timedelta(days=7)

    def test_elapsed_hours_are_counted_to_the_minute(self, session, practitioner):
        session.not_before = at(10, day=TODAY + timedelta(days=7)) + timedelta(minutes=1)
        session.save()
        with pytest.raises(Refusal) as refused:
            self.book(session, 7, practitioner, practitioner, "urgent")
        assert refused.value.next == session.not_before


class TestMoving:
    def test_a_move_gives_the_old_time_back(self, patient, other_patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        moved = move_session(session=session, start=at(11), by=desk, now=NOW)
        assert times(session) == [at(11)]
        assert (moved.status, moved.revision) == ("booked", 2)
        a_visit(other_patient, at(10), practitioner, desk)

    def test_a_visit_can_move_by_less_than_its_own_length(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        move_session(session=session, start=at(10, 10), by=desk, now=NOW)
        assert times(session) == [at(10, 10)]

    def test_a_move_to_a_taken_time_changes_nothing(self, patient, other_patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        a_visit(other_patient, at(11), practitioner, desk)
        with pytest.raises(Conflict):
            move_session(session=session, start=at(11), by=desk, now=NOW)
        assert times(session) == [at(10)]
        session.refresh_from_db()
        assert session.revision == 1

    def test_a_late_patient_gets_a_shorter_visit(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        move_session(session=session, start=at(10, 10), minutes=20, by=desk, now=NOW)
        assert Booking.objects.get(session=session, active=True).end == at(10, 30)


class TestLeaving:
    @pytest.mark.parametrize(
        ("leave", "status"),
        [(cancel_session, "cancelled"), (displace_session, "displaced")],
    )
    def test_the_time_is_free_again_and_the_reason_kept(
        self, leave, status, patient, other_patient, practitioner, desk
    ):
        session = a_visit(patient, at(10), practitioner, desk)
        leave(session=session, reason="ill", by=desk, now=NOW)
        session.refresh_from_db()
        assert session.status == status
        assert SessionEvent.objects.filter(session=session).last().reason == "ill"
        a_visit(other_patient, at(10), practitioner, desk)

    def test_a_reason_is_needed(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        with pytest.raises(BadInput) as refused:
            cancel_session(session=session, reason=" ", by=desk, now=NOW)
        assert refused.value.errors[0].field == "reason"

    def test_nobody_has_missed_a_visit_that_has_not_begun(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        with pytest.raises(Conflict):
            no_show(session=session, by=desk, now=at(9, 59))
        no_show(session=session, by=desk, now=at(10, 20))
        session.refresh_from_db()
        assert session.status == "no_show"

    def test_a_missed_visit_can_be_booked_again(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        no_show(session=session, by=desk, now=at(10, 20))
        book_session(session=session, start=at(14), practitioner=who(practitioner), by=desk, now=at(11))
        assert times(session) == [at(14)]


class TestVisitsWithoutACourse:
    def test_a_consultation_by_phone(self, patient, practitioner, desk):
        session = create_visit(
            patient=patient, kind="consultation", start=at(10), practitioner=who(practitioner), by=desk, now=NOW
        )
        assert (session.status, session.course) == ("booked", None)

    def test_takes_the_clinics_usual_minutes(self, patient, practitioner, desk, director):
        set_policy(code="chair_minutes", value=45, reason="We take our time", by=director, now=NOW)
        session = create_visit(
            patient=patient, kind="consultation", start=at(10), practitioner=who(practitioner), by=desk, now=NOW
        )
        assert session.chair_minutes == 45

    def test_a_refused_one_leaves_nothing_behind(self, patient, other_patient, practitioner, desk):
        given = {"kind": "consultation", "start": at(10), "practitioner": who(practitioner), "by": desk, "now": NOW}
        create_visit(patient=patient, **given)
        with pytest.raises(Conflict) as refused:
            create_visit(patient=other_patient, **given)
        assert refused.value.next == at(10, 40)
        assert Session.objects.filter(patient=other_patient).count() == 0

    def test_one_that_already_took_place(self, patient, practitioner):
        yesterday = NOW - timedelta(days=1)
        session = create_visit(
            patient=patient, kind="consultation", performed_at=yesterday, practitioner=who(practitioner),
            by=practitioner, now=NOW,
        )  # fmt: skip
        assert (session.status, session.performed_at, session.performed_by) == (
            "completed",
            yesterday,
            who(practitioner),
        )
        assert not Booking.objects.exists()

    def test_not_more_than_a_week_back_and_not_ahead(self, patient, practitioner):
        for when in (NOW - timedelta(days=7, minutes=1), NOW + timedelta(hours=1)):
            with pytest.raises(BadInput) as refused:
                create_visit(
                    patient=patient, kind="consultation", performed_at=when, practitioner=who(practitioner),
                    by=practitioner, now=NOW,
                )  # fmt: skip
            assert refused.value.errors[0].field == "performed_at"

    def test_only_a_prescriber_says_that_a_consultation_took_place(self, patient, practitioner, colleague, desk):
        for by, person, error in ((desk, practitioner, Forbidden), (practitioner, colleague, BadInput)):
            with pytest.raises(error):
                create_visit(
                    patient=patient, kind="consultation", performed_at=NOW, practitioner=who(person), by=by, now=NOW
                )

    def test_a_treatment_belongs_to_a_course(self, patient, practitioner, desk):
        with pytest.raises(BadInput) as refused:
            create_visit(
                patient=patient, kind="treatment", start=at(10), practitioner=who(practitioner), by=desk, now=NOW
            )
        assert refused.value.errors[0].field == "kind"


class TestTheDayOfAConsultation:
    def test_it_arrives_starts_and_is_completed_by_a_prescriber(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        check_in(session=session, answers={}, by=desk, now=at(9, 55))
        start_session(session=session, by=practitioner, now=at(10))
        done = complete_session(session=session, by=practitioner, now=at(10, 25))
        assert (done.status, done.performed_at, done.performed_by) == ("completed", at(10, 25), who(practitioner))
        assert [event.verb for event in SessionEvent.objects.filter(session=session)] == [
            "book", "check_in", "start", "complete",
        ]  # fmt: skip

    def test_it_may_be_written_down_up_to_seven_days_later(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        check_in(session=session, answers={}, by=desk, now=at(9, 55))
        start_session(session=session, by=practitioner, now=at(10))
        with pytest.raises(BadInput) as refused:
            complete_session(session=session, performed_at=at(10) - timedelta(days=8), by=practitioner, now=at(10, 25))
        assert refused.value.errors[0].field == "performed_at"
        earlier = at(10) - timedelta(days=6)
        done = complete_session(session=session, performed_at=earlier, by=practitioner, now=at(10, 25))
        assert done.performed_at == earlier
        written = SessionEvent.objects.get(session=session, verb="complete")
        assert (written.at, written.detail["performed_at"]) == (at(10, 25), earlier.isoformat())

    def test_the_desk_treats_nobody(self, patient, practitioner, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        check_in(session=session, answers={}, by=desk, now=at(9, 55))
        with pytest.raises(Forbidden):
            start_session(session=session, by=desk, now=at(10))

    def test_only_a_prescriber_completes_a_consultation(self, patient, practitioner, colleague, desk):
        session = a_visit(patient, at(10), practitioner, desk)
        check_in(session=session, answers={}, by=desk, now=at(9, 55))
        start_session(session=session, by=practitioner, now=at(10))
        with pytest.raises(Forbidden):
            complete_session(session=session, by=colleague, now=at(10, 20))
