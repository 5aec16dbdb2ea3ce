"""The day of a treatment: what is asked at the counter, what the needle waits for, what is written down."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal
from patients.actions.consent import withdraw_consent
from patients.models import AllergyTestReading, Consent, IntakeResponse
from protocols.models import Technique
from scheduling.courses.actions.sessions import book_session
from scheduling.models import Booking, Lot, Message, Session, SessionEvent, TreatmentRecord
from scheduling.treatment.actions.record import Record, Used
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from scheduling.treatment.queries.readiness import facts_for, missing_for
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.visits import TOMORROW, a_session, at, who
from tests.steps import (
    ANTISEPSIS,
    BEGIN,
    BORN,
    a_record,
    clear_answers,
    consent_to,
    hold_consultation,
    inject_test,
    make_ready,
    take_intake,
)
from tests.stock import drawn_for

pytestmark = pytest.mark.django_db

ARRIVAL, START = at(9, 55), at(10)


@pytest.fixture
def course(patient, clinic, practitioner):
    """P07 of a patient for whom everything is in order."""
    mix = FormulationFactory(substances=MIX)
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    return make_course(patient, clinic, practitioner, formulation=mix, status="active")


@pytest.fixture
def session(course, practitioner, desk) -> Session:
    """Its first treatment, tomorrow at ten."""
    window = {"early_limit": TODAY, "floor": TODAY, "ideal": TOMORROW, "latest": TODAY + timedelta(days=7)}
    row = a_session(course.patient, course.location, course=course, kind="treatment", phase=1, **window)
    return book_session(session=row, start=START, practitioner=who(practitioner), by=desk, now=NOW)


def arrive(session, by, now=ARRIVAL, **answers) -> Session:
    return check_in(session=session, answers=clear_answers("same_day", **answers), born=BORN, by=by, now=now)


def begin(session, by, now=START, emergency_kit=True) -> Session:
    said = BEGIN | {"emergency_kit": emergency_kit}
    return start_session(session=session, **said, syringe=drawn_for(session, by), by=by, now=now)


class TestCheckIn:
    def test_who_is_well_is_let_in_and_the_answers_are_kept(self, session, desk):
        assert arrive(session, desk).status == "checked_in"
        kept = IntakeResponse.objects.filter(patient=session.patient, occasion="same_day").last()
        assert kept.answers["cough"] is False

    @pytest.mark.parametrize("ill", ["cough", "headache", "flu", "unwell"])
    def test_who_is_ill_today_gets_another_day(self, ill, session, desk):
        with pytest.raises(Refusal) as refused:
            arrive(session, desk, **{ill: True})
        assert refused.value.next == at(9, 5, day=TOMORROW + timedelta(days=1))
        session.refresh_from_db()
        assert session.status == "displaced"
        assert not Booking.objects.filter(session=session, active=True).exists()
        assert IntakeResponse.objects.filter(patient=session.patient, occasion="same_day").last().answers[ill] is True

    def test_an_illness_of_today_says_nothing_about_tomorrow(self, session, desk):
        with pytest.raises(Refusal):
            arrive(session, desk, cough=True)
        session.refresh_from_db()
        assert missing_for([session], at=START + timedelta(days=1)) == {session.pk: ()}

    def test_the_desk_hears_no_condition_the_practitioner_does(self, session, desk, practitioner):
        with pytest.raises(Refusal) as refused:
            arrive(session, desk, cough=True)
        assert [reason.code for reason in refused.value.reasons] == ["not_today"]
        book_session(session=session, start=at(14), practitioner=who(practitioner), by=desk, now=ARRIVAL)
        with pytest.raises(Refusal) as refused:
            arrive(session, practitioner, now=at(13, 55), cough=True)
        assert "not_today" not in [reason.code for reason in refused.value.reasons]

    def test_an_open_question_is_named_at_its_field_and_the_rest_is_kept(self, session, desk):
        answers = clear_answers("same_day")
        del answers["flu"]
        with pytest.raises(Refusal) as refused:
            check_in(session=session, answers=answers, born=BORN, by=desk, now=ARRIVAL)
        assert [error.field for error in refused.value.errors] == ["answers.flu"]
        session.refresh_from_db()
        assert session.status == "booked"
        assert check_in(session=session, answers={"flu": False}, born=BORN, by=desk, now=ARRIVAL).status == "checked_in"

    def test_what_a_prescriber_must_see_lets_the_patient_in_and_not_begin(self, session, desk, practitioner):
        assert arrive(session, desk, pregnant=True).status == "checked_in"
        with pytest.raises(Refusal) as refused:
            begin(session, practitioner)
        assert refused.value.status == 422

    def test_nobody_arrives_twice(self, session, desk):
        arrive(session, desk)
        with pytest.raises(Conflict):
            arrive(session, desk)


class TestStart:
    def test_with_everything_in_order_it_begins_and_opens_its_record(self, session, desk, practitioner):
        arrive(session, desk)
        assert begin(session, practitioner).status == "in_progress"
        record = TreatmentRecord.objects.get(session=session)
        assert (record.started_at, record.emergency_kit, record.by) == (START, True, practitioner)

    def lacking(self, session, desk, practitioner, **given) -> set[str]:
        arrive(session, desk)
        with pytest.raises(Refusal) as refused:
            begin(session, practitioner, **given)
        session.refresh_from_db()
        assert session.status == "checked_in"
        assert not TreatmentRecord.objects.exists()
        return {reason.code for reason in refused.value.reasons}

    def test_not_without_a_consultation(self, session, desk, practitioner):
        Session.objects.filter(kind="consultation").delete()
        assert self.lacking(session, desk, practitioner) == {"consultation"}

    def test_not_without_consent(self, session, desk, practitioner):
        consent = Consent.objects.get(act="treatment")
        withdraw_consent(consent=consent, reason="changed her mind", by=practitioner, now=NOW)
        assert self.lacking(session, desk, practitioner) == {"consent"}

    def test_not_without_a_reading(self, session, desk, practitioner):
        AllergyTestReading.objects.all().delete()
        assert self.lacking(session, desk, practitioner) == {"allergy_test"}

    def test_not_without_the_emergency_kit(self, session, desk, practitioner):
        assert self.lacking(session, desk, practitioner, emergency_kit=False) == {"emergency_kit"}

    def test_not_without_an_antisepsis_protocol(self, session, clinic, desk, practitioner):
        clinic.antisepsis_protocol = " "
        clinic.save()
        assert self.lacking(session, desk, practitioner) == {"antisepsis"}

    def test_not_when_the_answers_speak_against_it(self, session, desk, practitioner):
        take_intake(session.patient, by=practitioner, now=NOW, diabetes=True)
        assert self.lacking(session, desk, practitioner)

    def test_everything_missing_is_said_at_once(self, session, clinic, desk, practitioner):
        Session.objects.filter(kind="consultation").delete()
        AllergyTestReading.objects.all().delete()
        codes = self.lacking(session, desk, practitioner, emergency_kit=False)
        assert codes == {"consultation", "allergy_test", "emergency_kit"}

    def test_booking_ahead_is_allowed_and_shows_what_is_missing(self, session):
        AllergyTestReading.objects.all().delete()
        assert [each.code for each in missing_for([session], at=START)[session.pk]] == ["allergy_test"]

    def test_a_visit_without_a_needle_waits_for_nothing(self, patient, clinic):
        assert facts_for([a_session(patient, clinic, kind="review")], at=START, kit_checked=False) == {}

    def test_not_by_the_desk(self, session, desk):
        arrive(session, desk)
        with pytest.raises(Forbidden):
            begin(session, desk)


class TestTheAllergyTest:
    @pytest.fixture
    def test_visit(self, patient, clinic, practitioner, desk):
        """A test tomorrow at ten; consultation, answers and consent are there."""
        hold_consultation(patient, location=clinic, at=NOW - timedelta(days=1))
        take_intake(patient, by=practitioner, now=NOW)
        consent_to(patient, "test", by=practitioner, at=NOW)
        mix = FormulationFactory(substances=MIX)
        course = make_course(patient, clinic, practitioner, formulation=mix, status="active")
        window = dict.fromkeys(("early_limit", "floor", "ideal", "latest"), TOMORROW)
        row = a_session(patient, clinic, course=course, kind="allergy_test", **window)
        a_session(patient, clinic, course=course, kind="treatment", sequence=2, phase=1, **window)
        return book_session(session=row, start=START, practitioner=who(practitioner), by=desk, now=NOW)

    def test_it_needs_no_reading_but_a_prescriber(self, test_visit, desk, practitioner, colleague):
        arrive(test_visit, desk)
        with pytest.raises(Refusal) as refused:
            begin(test_visit, colleague)
        assert [reason.code for reason in refused.value.reasons] == ["prescriber"]
        assert begin(test_visit, practitioner).status == "in_progress"

    def test_it_is_completed_with_the_test_that_was_done(self, test_visit, desk, practitioner):
        arrive(test_visit, desk)
        begin(test_visit, practitioner)
        with pytest.raises(Refusal):
            complete_session(session=test_visit, by=practitioner, now=at(10, 20))
        inject_test(test_visit.patient, FormulationFactory(substances={"saline": "1"}), by=practitioner, at=at(10, 5))
        with pytest.raises(Refusal):  # that was the test of another mix
            complete_session(session=test_visit, by=practitioner, now=at(10, 20))
        test = inject_test(test_visit.patient, test_visit.course.formulation, by=practitioner, at=at(10, 5))
        done = complete_session(session=test_visit, by=practitioner, now=at(10, 20))
        assert (done.status, done.allergy_test, done.performed_at) == ("completed", test, at(10, 5))
        due = Message.objects.get(kind="reading_due", channel="email").due_at
        assert due == at(10, 5) + timedelta(hours=24)


class TestTheRecord:
    @pytest.fixture
    def begun(self, session, desk, practitioner):
        arrive(session, desk)
        return begin(session, practitioner)

    @pytest.fixture
    def record(self):
        return Record(
            areas=("thigh",),
            technique=Technique.objects.first(),
            needle="30 G",
            injection_points=40,
            substances=(Used(code="vitamins", amount=Decimal(2), lot="A1"),),
            **ANTISEPSIS,
            old_sites_checked=True,
        )

    def test_what_was_done_is_kept_and_the_rest_follows(self, begun, record, practitioner):
        lot = Lot.objects.get(product__substance__code="vitamins")
        done = complete_session(session=begun, record=record, by=practitioner, now=at(10, 28))
        assert (done.status, done.performed_at, done.performed_by) == ("completed", START, who(practitioner))
        row = TreatmentRecord.objects.get(session=begun)
        assert (row.ended_at, row.injection_points, row.deviation) == (at(10, 28), 40, "")
        assert row.substances == [{"code": "vitamins", "amount": "2", "unit": "ml", "lot": "A1"}]
        assert lot in [used.lot for used in begun.drawn_up.all()]
        armed = Message.objects.filter(session=begun, status="scheduled", channel="email")
        assert {"aftercare", "check_24h", "check_72h"} <= set(armed.values_list("kind", flat=True))
        assert not armed.filter(kind__in=Message.PRE_VISIT).exists()

    def test_antisepsis_is_answered_three_times(self, begun, practitioner):
        record = a_record(antisepsis_during=None, antisepsis_after=None)
        with pytest.raises(BadInput) as refused:
            complete_session(session=begun, record=record, by=practitioner, now=at(10, 28))
        assert [error.field for error in refused.value.errors] == ["antisepsis_during", "antisepsis_after"]

    def test_an_unknown_substance_is_refused_at_its_line(self, begun, practitioner):
        record = a_record(substances=(Used(code="moon_dust", amount=Decimal(0), lot="A1"),))
        with pytest.raises(BadInput) as refused:
            complete_session(session=begun, record=record, by=practitioner, now=at(10, 28))
        assert [error.field for error in refused.value.errors] == ["substances.0.code", "substances.0.amount"]

    def test_a_part_of_it_needs_a_reason_and_is_never_refused_with_one(self, begun, practitioner):
        with pytest.raises(BadInput) as refused:
            complete_session(session=begun, record=a_record(partial=True), by=practitioner, now=at(10, 28))
        assert refused.value.errors[0].field == "partial_reason"
        record = a_record(partial=True, partial_reason="pain")
        complete_session(session=begun, record=record, by=practitioner, now=at(10, 28))
        row = TreatmentRecord.objects.get(session=begun)
        assert (row.deviation, row.deviation_reason) == ("partial", "pain")

    def test_beyond_its_window_it_needs_a_reason_of_its_own(self, begun, practitioner):
        """The reason given when it was moved says why it was moved, not why it came late (D39)."""
        day = TOMORROW - timedelta(days=2)
        Session.objects.filter(pk=begun.pk).update(floor=day, ideal=day, latest=day)
        SessionEvent.objects.create(
            session=begun,
            verb="move",
            from_status="booked",
            to_status="booked",
            at=NOW,
            by=practitioner,
            reason="travels",
        )
        with pytest.raises(BadInput) as refused:
            complete_session(session=begun, record=a_record(), by=practitioner, now=at(10, 28))
        assert [error.field for error in refused.value.errors] == ["deviation_reason"]
        both = a_record(partial=True, deviation_reason="was ill")
        with pytest.raises(BadInput) as refused:
            complete_session(session=begun, record=both, by=practitioner, now=at(10, 28))
        assert [error.field for error in refused.value.errors] == ["partial_reason"]
        complete_session(session=begun, record=a_record(deviation_reason="was ill"), by=practitioner, now=at(10, 28))
        row = TreatmentRecord.objects.get(session=begun)
        assert (row.deviation, row.deviation_reason) == ("late", "was ill")

    def test_it_is_not_for_the_desk(self, begun, desk):
        with pytest.raises(Forbidden):
            complete_session(session=begun, by=desk, now=at(10, 28))

    def test_what_has_not_begun_is_not_complete(self, session, desk, practitioner):
        arrive(session, desk)
        with pytest.raises(Conflict):
            complete_session(session=session, by=practitioner, now=at(10, 28))
