"""What a visit that took place, early, late or not at all, does to the course; and how a course stops and ends."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal, Stale
from clinic.models import Location, User
from patients.models import Consent, Patient
from protocols.models import Phase, ProtocolVersion
from scheduling.courses.actions.course_progress import answer_late, session_cancelled, session_performed
from scheduling.courses.actions.sessions import cancel_session
from scheduling.courses.changing.actions.cascade import leave_out, place_session, stay_away
from scheduling.courses.changing.actions.course_safety import read_allergy_test, refuse_consent, withdraw_consent
from scheduling.courses.changing.actions.course_states import finish_course, hold_course, resume_course, revoke_course
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal
from scheduling.courses.queries.courses import late_question, misfits
from scheduling.models import Booking, Course, Message, Proposal, Session
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, local, make_course, version_of
from tests.scheduling.running import accepted, booked_days
from tests.steps import consent_to, inject_test, make_ready, take_intake

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def visit(course: Course, number: int) -> Session:
    return course.sessions.exclude(status="cancelled").get(sequence=number)


def perform(course: Course, number: int, by: User, *, days: int = 0) -> datetime:
    """The visit took place, so many days off its booking (or off its ideal day without one)."""
    session = visit(course, number)
    booking = session.bookings.filter(active=True).first()
    start = booking.start if booking else local(course.location, session.ideal, 10)
    at = start + timedelta(days=days)
    if booking and days:
        moved = {"start": at, "end": at + timedelta(minutes=30)}
        Booking.objects.filter(pk=booking.pk).update(**moved, occupied_start=at, occupied_end=moved["end"])
    missed = Booking.objects.filter(session__course=course, active=True, start__lt=at, session__sequence__gt=number)
    Session.objects.filter(pk__in=missed.values("session")).update(status="no_show")
    Session.objects.filter(pk=session.pk).update(status="completed", performed_at=at)
    session.refresh_from_db()
    session.course = course
    session_performed(session=session, by=by, now=at + timedelta(hours=1))
    return at + timedelta(hours=1)


def window(course: Course, number: int) -> tuple[date, date]:
    row = visit(course, number)
    return row.floor, row.latest


def published_again(code: str, **changes) -> ProtocolVersion:
    """A new active version of a protocol, its phases changed."""
    return publish(redrafted(code, **changes))


def redrafted(code: str, **changes) -> ProtocolVersion:
    """A draft after the active version of a protocol, which is retired."""
    old = version_of(code)
    phases = list(old.phases.all())
    ProtocolVersion.objects.filter(pk=old.pk).update(status="retired")
    new = ProtocolVersion.objects.create(protocol=old.protocol, number=old.number + 1)
    for phase in phases:
        phase.pk, phase.version = None, new
        for name, value in changes.items():
            setattr(phase, name, value)
        phase.save()
    return new


def publish(draft: ProtocolVersion) -> ProtocolVersion:
    ProtocolVersion.objects.filter(pk=draft.pk).update(status="active", published_at=NOW)
    draft.refresh_from_db()
    return draft


class TestTheNextWindow:
    def test_counts_from_the_day_the_visit_really_took_place(self, course, practitioner):
        perform(course, 1, practitioner)
        second = booked_days(course)[1]
        now = perform(course, 2, practitioner, days=4)
        assert window(course, 3) == (second + 19 * DAY, second + 26 * DAY)
        assert now.date() == second + 4 * DAY

    def test_after_an_early_visit_comes_earlier(self, course, practitioner):
        perform(course, 1, practitioner)
        second = booked_days(course)[1]
        perform(course, 2, practitioner, days=-1)
        assert window(course, 3) == (second + 14 * DAY, second + 21 * DAY)

    def test_of_visits_that_are_booked_counts_from_where_they_stand(self, course, practitioner):
        fourth = booked_days(course)[3]
        perform(course, 1, practitioner)
        assert window(course, 5) == (fourth + 15 * DAY, fourth + 22 * DAY)

    def test_moves_nobody_unasked_and_puts_who_stands_outside_it_on_the_work_list(self, course, practitioner, clinic):
        perform(course, 1, practitioner)
        stood = booked_days(course)[2]
        now = perform(course, 2, practitioner, days=1)
        assert booked_days(course)[2] == stood
        assert [row.sequence for row in misfits(clinic, now=now)] == [3]
        cascade = stay_away(course=course, away=[], by=practitioner, now=now)
        assert cascade.moved[0].sequence == 3
        assert list(misfits(clinic, now=now)) == []

    def test_after_a_cancelled_visit_counts_from_the_one_before(self, course, practitioner):
        perform(course, 1, practitioner)
        first = booked_days(course)[0]
        cancel_session(session=visit(course, 2), reason="Not needed", by=practitioner, now=NOW)
        assert window(course, 3) == (first + 15 * DAY, first + 22 * DAY)

    def test_raises_the_version_so_that_a_schedule_built_before_is_stale(self, course, practitioner):
        version = course.version
        perform(course, 1, practitioner)
        course.refresh_from_db()
        assert course.version == version + 1


class TestALateVisit:
    @pytest.fixture
    def asking(self, clinic: Location, patient: Patient, practitioner: User) -> Course:
        """P04, whose phases ask: three weekly sessions, then two monthly ones."""
        weekly = {"floor": 1, "ideal": 1, "latest": 2, "unit": "week"}
        monthly = {"floor": 1, "ideal": 1, "latest": 2, "unit": "month"}
        return accepted(
            patient, clinic, practitioner, "P04", counts={"1": 3, "2": 2}, intervals={"1": weekly, "2": monthly}
        )

    def test_changes_nothing_where_the_course_simply_continues(self, course, practitioner):
        perform(course, 1, practitioner)
        visits = course.sessions.count()
        perform(course, 2, practitioner, days=12)
        assert (course.sessions.count(), late_question(course)) == (visits, None)

    def test_is_put_to_the_practitioner_where_the_protocol_does_not_say(self, asking, practitioner):
        perform(asking, 1, practitioner)
        perform(asking, 2, practitioner, days=9)
        assert late_question(asking) == visit(asking, 2)

    def test_of_the_first_is_no_question(self, asking, practitioner):
        perform(asking, 1, practitioner, days=20)
        assert late_question(asking) is None

    @pytest.mark.parametrize(("policy", "more"), [("continue", 0), ("add_session", 1), ("restart_phase", 2)])
    def test_adds_what_the_practitioner_decides_and_asks_no_more(self, asking, practitioner, policy, more):
        perform(asking, 1, practitioner)
        now = perform(asking, 2, practitioner, days=9)
        late = late_question(asking)
        answer_late(session=late, policy=policy, reason="Long gap", by=practitioner, now=now)
        rows = asking.sessions.order_by("sequence")
        assert [row.phase for row in rows] == [1] * (3 + more) + [2] * 2
        assert [row.sequence for row in rows] == list(range(1, 6 + more))
        assert late_question(asking) is None
        assert {row.status for row in rows if row.phase == 1 and row.sequence > 3} <= {"planned"}

    def test_adds_visits_with_windows_of_their_own(self, asking, practitioner):
        perform(asking, 1, practitioner)
        now = perform(asking, 2, practitioner, days=9)
        answer_late(session=visit(asking, 2), policy="add_session", reason="Long gap", by=practitioner, now=now)
        second = visit(asking, 2).performed_at.date()
        assert window(asking, 4) == (second + 14 * DAY, second + 21 * DAY)  # a week after the third, missed and due

    def test_adds_a_visit_by_itself_where_the_version_says_so(self, clinic, patient, practitioner):
        adding = published_again("P03", late_policy="add_session")
        course = accepted(patient, clinic, practitioner, "P03", counts={"1": 6})
        assert course.protocol_version == adding
        perform(course, 1, practitioner)
        perform(course, 2, practitioner, days=12)
        assert course.sessions.filter(phase=1).count() == 7

    def test_is_the_practitioners_to_decide(self, asking, practitioner, desk):
        perform(asking, 1, practitioner)
        perform(asking, 2, practitioner, days=9)
        with pytest.raises(Forbidden):
            answer_late(session=visit(asking, 2), policy="continue", reason="Fine", by=desk, now=NOW)
        with pytest.raises(BadInput):
            answer_late(session=visit(asking, 2), policy="give_up", reason="Fine", by=practitioner, now=NOW)
        with pytest.raises(Conflict):
            answer_late(session=visit(asking, 1), policy="continue", reason="Fine", by=practitioner, now=NOW)


class TestAPhaseThatEndsByDate:
    """P08: six calendar months from the first session, whatever the number of sessions (D05)."""

    def test_loses_the_visits_that_no_longer_fit(self, clinic, patient, practitioner):
        course = accepted(patient, clinic, practitioner, "P08", areas=("scalp",), indication="alopecia")
        planned = course.sessions.filter(phase=1).count()
        perform(course, 1, practitioner)
        for number in (2, 3, 4, 5):
            perform(course, number, practitioner, days=28)
        left = course.sessions.filter(phase=1).exclude(status="cancelled")
        assert left.count() < planned
        first = visit(course, 1).performed_at.date()
        assert all(row.latest <= date(first.year, first.month + 6, first.day) for row in left)


class TestTheEnd:
    def test_a_course_with_nothing_left_is_completed(self, clinic, patient, practitioner):
        course = accepted(patient, clinic, practitioner, "P03", counts={"1": 6})
        for number in range(1, 7):
            perform(course, number, practitioner)
        course.refresh_from_db()
        assert course.status == "completed"

    def test_upkeep_without_an_end_always_has_a_next_visit(self, course, practitioner):
        last = course.sessions.order_by("-sequence").first().sequence
        for number in range(1, last + 1):
            perform(course, number, practitioner)
        course.refresh_from_db()
        upkeep = course.sessions.order_by("-sequence").first()
        performed = visit(course, last).performed_at.date()
        assert (course.status, upkeep.status, upkeep.kind) == ("active", "planned", "maintenance")
        month = performed.month + 4
        assert upkeep.floor == date(performed.year + (month > 12), (month - 1) % 12 + 1, performed.day)

    def test_upkeep_is_over_when_somebody_says_so(self, course, practitioner):
        finished = finish_course(course=course, reason="Result reached", by=practitioner, now=NOW)
        assert (finished.status, booked_days(course)) == ("completed", [])


class TestUpkeepAfterTheMeasurement:
    """P05 in a clinic's own reading with upkeep every four months: ten sessions a week apart, the measurement a week
    after the tenth (D05), and upkeep counted from the visit before it, the measurement (D02)."""

    @pytest.fixture
    def measured(self, clinic: Location, patient: Patient, practitioner: User) -> Course:
        four_months = version_of("P07").phases.get(order=2)
        four_months.pk, four_months.version, four_months.order = None, redrafted("P05"), 3
        four_months.save()
        publish(four_months.version)
        return accepted(patient, clinic, practitioner, "P05", start_on=date(2026, 5, 12))

    def test_is_planned_four_months_after_it(self, measured):
        kinds = list(measured.sessions.order_by("sequence").values_list("kind", flat=True))
        assert kinds[:12] == ["treatment"] * 10 + ["measurement", "maintenance"]
        assert booked_days(measured)[9:11] == [date(2026, 7, 14), date(2026, 7, 21)]
        assert window(measured, 12) == (date(2026, 11, 21), date(2026, 12, 5))

    def test_counts_from_the_day_the_patient_was_measured_however_late(self, measured, practitioner):
        for number in range(1, 11):
            perform(measured, number, practitioner)
        perform(measured, 11, practitioner, days=9)  # on 30 July
        assert window(measured, 12) == (date(2026, 11, 30), date(2026, 12, 14))

    def test_counts_from_the_tenth_session_when_nobody_was_measured(self, measured, practitioner):
        now = [perform(measured, number, practitioner) for number in range(1, 11)][-1]
        cancel_session(session=visit(measured, 11), reason="Moved away for a month", by=practitioner, now=now)
        assert window(measured, 12) == (date(2026, 11, 14), date(2026, 11, 28))

    def test_goes_on_four_months_after_each(self, measured, practitioner):
        listed = measured.sessions.count()
        for number in range(1, listed + 1):
            perform(measured, number, practitioner)
        measured.refresh_from_db()
        last, following = visit(measured, listed), visit(measured, listed + 1)
        assert (measured.status, following.kind, following.status) == ("active", "maintenance", "planned")
        month = last.performed_at.month + 4
        year = last.performed_at.year + (month > 12)
        assert following.floor == date(year, (month - 1) % 12 + 1, last.performed_at.day)


class TestAVisitWithoutAWindow:
    """A course whose only visit nobody ever counted a window for, as an import may leave it."""

    @pytest.fixture
    def single(self, clinic: Location, patient: Patient, practitioner: User) -> Course:
        course = make_course(patient, clinic, practitioner, status="active")
        Session.objects.create(
            patient=patient, course=course, location=clinic, sequence=1, phase=2, kind="maintenance", status="planned"
        )
        return course

    def test_that_took_place_is_followed_by_one_counted_from_it(self, single, practitioner):
        only = visit(single, 1)
        only.status, only.performed_at, only.course = "completed", NOW, single
        only.save()
        session_performed(session=only, by=practitioner, now=NOW + DAY)
        assert window(single, 2) == (date(2026, 9, 5), date(2026, 9, 19))

    def test_and_that_is_still_to_come_is_planned_like_any_other(self, single, practitioner):
        cascade = place_session(session=visit(single, 1), start=NOW, by=practitioner, now=NOW)
        assert [step.fate for step in cascade.steps] == ["placed"]
        assert window(single, 1) == (date(2026, 5, 5), date(2026, 5, 19))

    def test_is_not_dropped_before_somebody_counted_it(self, single, practitioner):
        second = visit(single, 1)
        second.pk, second.sequence, second.course = None, 2, single
        second.save()
        with pytest.raises(Conflict) as refused:
            leave_out(session=second, reason="No", by=practitioner, preview=True, now=NOW)
        assert "no window" in str(refused.value)

    def test_nor_is_the_last_one_of_a_course(self, single, practitioner):
        with pytest.raises(Conflict) as refused:
            leave_out(session=visit(single, 1), reason="No", by=practitioner, preview=True, now=NOW)
        assert "End the course" in str(refused.value)


class TestHolding:
    def test_gives_every_time_back_and_keeps_the_visits(self, course, desk):
        hold_course(course=course, reason="Travelling", by=desk, now=NOW)
        course.refresh_from_db()
        assert (course.status, course.status_reason, booked_days(course)) == ("on_hold", "Travelling", [])
        assert {row.status for row in course.sessions.all()} == {"planned"}

    def test_stops_what_leads_to_a_visit(self, course, desk):
        hold_course(course=course, reason="Travelling", by=desk, now=NOW)
        waiting = Message.objects.filter(session__course=course, status="scheduled").exclude(kind="cancellation")
        assert not waiting.exists()

    def test_needs_a_reason_and_a_course_that_runs(self, course, desk):
        with pytest.raises(BadInput):
            hold_course(course=course, reason=" ", by=desk, now=NOW)
        with pytest.raises(Stale):
            hold_course(course=course, reason="Travelling", by=desk, now=NOW, version=99)
        hold_course(course=course, reason="Travelling", by=desk, now=NOW)
        with pytest.raises(Conflict) as refused:
            hold_course(course=course, reason="Travelling", by=desk, now=NOW)
        assert refused.value.extra == {"state": "on_hold"}

    def test_and_resuming_builds_a_fresh_schedule_that_can_be_accepted(self, course, practitioner):
        now = perform(course, 1, practitioner)
        hold_course(course=course, reason="Travelling", by=practitioner, now=now)
        later = now + timedelta(days=60)
        resume_course(course=course, by=practitioner, now=later)
        proposal = Proposal.objects.get(course=course, status="queued")
        built = build_proposal(proposal_id=proposal.pk, now=later)
        assert built.status == "ready"
        accept_proposal(proposal=built, by=practitioner, now=later)
        second = visit(course, 2)
        assert (second.status, second.revision > 1) == ("booked", True)
        assert later.date() < second.bookings.get(active=True).start.date() <= later.date() + timedelta(days=14)
        assert course.sessions.exclude(status="cancelled").count() == len({*course.sessions.values_list("sequence")})

    def test_and_resuming_by_the_desk_asks_the_practitioner_about_the_gap(self, course, practitioner, desk):
        now = perform(course, 1, practitioner)
        hold_course(course=course, reason="Travelling", by=desk, now=now)
        later = now + timedelta(days=60)
        resume_course(course=course, by=desk, now=later)
        built = build_proposal(proposal_id=Proposal.objects.get(course=course, status="queued").pk, now=later)
        assert (built.status, built.sessions[0]["late_days"] > 0) == ("infeasible", True)

    def test_is_not_over_for_a_patient_who_may_not_be_treated_now(self, course, practitioner, patient):
        hold_course(course=course, reason="Expecting", by=practitioner, now=NOW)
        take_intake(patient, by=practitioner, now=NOW + DAY, diabetes=True)
        with pytest.raises(Refusal) as refused:
            resume_course(course=course, by=practitioner, now=NOW + 2 * DAY)
        assert (refused.value.status, bool(refused.value.reasons)) == (422, True)

    def test_of_a_course_that_never_began_goes_back_to_being_a_draft(self, clinic, patient, practitioner):
        draft = make_course(patient, clinic, practitioner, status="on_hold", status_reason="Asked")
        take_intake(patient, by=practitioner, now=NOW)
        assert resume_course(course=draft, by=practitioner, now=NOW).status == "draft"


class TestClosing:
    def test_cancels_the_visits_ahead_and_keeps_those_that_took_place(self, course, practitioner):
        now = perform(course, 1, practitioner)
        revoke_course(course=course, reason="Moved away", by=practitioner, now=now)
        states = [row.status for row in course.sessions.order_by("sequence")]
        assert states == ["completed"] + ["cancelled"] * (len(states) - 1)

    def test_refused_consent_closes_courses_frees_times_and_stops_messages(self, course, practitioner, patient):
        refuse_consent(patient=patient, act="treatment", name="Ana Rossi", by=practitioner, now=NOW)
        course.refresh_from_db()
        assert (course.status, booked_days(course)) == ("revoked", [])
        pre_visit = Message.objects.filter(
            patient=patient, kind__in=Message.PRE_VISIT, status__in=["scheduled", "retry"]
        )
        assert not pre_visit.exists()

    def test_withdrawn_consent_does_the_same(self, course, practitioner, patient):
        given = Consent.objects.filter(patient=patient, act="treatment").first()
        withdraw_consent(consent=given, reason="Changed her mind", by=practitioner, now=NOW)
        course.refresh_from_db()
        assert (course.status, course.status_reason) == ("revoked", "Changed her mind")

    def test_a_draft_closes_too(self, clinic, patient, practitioner):
        draft = make_course(patient, clinic, practitioner)
        revoke_course(course=draft, reason="Asked twice", by=practitioner, now=NOW)
        draft.refresh_from_db()
        assert draft.status == "revoked"


class TestAPositiveTest:
    @pytest.fixture
    def tested(self, clinic: Location, patient: Patient, practitioner: User) -> Callable[[dict[str, str]], Course]:
        """A course of this mix that runs while a test of the usual mix waits for its reading."""

        def running(mix: dict[str, str]) -> Course:
            chosen = FormulationFactory(substances=mix)
            make_ready(patient, chosen, by=practitioner, location=clinic, now=NOW)
            course = make_course(patient, clinic, practitioner, formulation=chosen, status="active")
            Course.objects.filter(pk=course.pk).update(version=2)
            return course

        return running

    def test_holds_every_course_whose_mix_shares_an_ingredient(self, tested, patient, practitioner):
        sharing, other = tested(MIX), tested({"hyaluronic_acid": "1.0"})
        consent_to(patient, "test", by=practitioner, at=NOW)
        test = inject_test(patient, FormulationFactory(substances={"vitamins": "2.0"}), by=practitioner, at=NOW)
        read_allergy_test(test=test, read_at=NOW + DAY, result="positive", by=practitioner, now=NOW + DAY)
        sharing.refresh_from_db()
        other.refresh_from_db()
        assert (sharing.status, other.status) == ("on_hold", "active")

    def test_frees_the_times_of_the_course(self, course, patient, practitioner):
        consent_to(patient, "test", by=practitioner, at=NOW)
        test = inject_test(patient, course.formulation, by=practitioner, at=NOW)
        read_allergy_test(test=test, read_at=NOW + DAY, result="positive", by=practitioner, now=NOW + DAY)
        course.refresh_from_db()
        assert course.status == "on_hold"
        assert all(day <= (NOW + DAY).date() for day in booked_days(course))

    def test_that_is_negative_holds_nothing(self, course, patient, practitioner):
        test = inject_test(patient, course.formulation, by=practitioner, at=NOW)
        read_allergy_test(test=test, read_at=NOW + DAY, result="negative", by=practitioner, now=NOW + DAY)
        course.refresh_from_db()
        assert course.status == "active"


def test_the_phases_of_the_catalogue_continue_except_where_the_practitioner_sets_them(catalogue):
    asking = Phase.objects.filter(late_policy="ask").values_list("version__protocol__code", flat=True)
    assert set(asking) == {"P04"}


def test_a_cancelled_last_visit_ends_the_course(clinic, patient, practitioner):
    course = accepted(patient, clinic, practitioner, "P03", counts={"1": 6})
    for number in range(1, 6):
        perform(course, number, practitioner)
    last = visit(course, 6)
    Session.objects.filter(pk=last.pk).update(status="cancelled")
    last.course = course
    assert session_cancelled(session=last, by=practitioner, now=NOW + timedelta(days=60)).finished
