"""Asking for a course: what becomes a draft, and what is refused where."""

from datetime import date, timedelta

import pytest

from clinic.base.refusals import BadInput, Refusal
from clinic.models import Location, User
from patients.models import Patient
from protocols.actions.policies import set_policy
from protocols.models import Formulation, Indication
from scheduling.courses.actions.courses import create_course
from scheduling.courses.planning import queries as workspace
from scheduling.models import Course, Practitioner
from tests.factories import NOW, TODAY, FormulationFactory, PractitionerFactory
from tests.scheduling.course_steps import MIX, book_treatment, version_of
from tests.steps import take_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(substances=MIX)


@pytest.fixture
def wanted(clinic: Location, patient: Patient, mix: Formulation, practitioner: User) -> dict:
    """P07 on the thigh for cellulite, starting today: what every test changes one thing of."""
    return {
        "patient": patient,
        "protocol": "P07",
        "areas": ["thigh"],
        "indication": "cellulite",
        "formulation": mix,
        "location": clinic,
        "practitioner": Practitioner.objects.get(name="Dr Bianchi"),
        "start_on": TODAY,
        "by": practitioner,
        "now": NOW,
    }


def fields(refusal: Refusal) -> list[str]:
    return [error.field for error in refusal.errors]


def codes(refusal: Refusal) -> list[str]:
    return [reason.code for reason in refusal.reasons]


class TestADraft:
    def test_is_pinned_to_the_active_version_and_keeps_what_was_chosen(self, wanted):
        course = create_course(
            **wanted, counts={1: 8}, preferences={"weekdays": [3, 1], "from": "09:00", "to": "13:00"}
        )
        course.refresh_from_db()
        assert (course.status, course.protocol_version) == ("draft", version_of("P07"))
        assert course.counts == {"1": 8}
        assert course.preferences == {"weekdays": [1, 3], "from": "09:00", "to": "13:00"}
        assert [each.code for each in course.areas.all()] == ["thigh"]

    def test_has_no_sessions_yet(self, wanted):
        assert not create_course(**wanted).sessions.exists()

    def test_of_the_unusual_order_needs_confirmation(self, wanted):
        wanted |= {"protocol": "P01"}
        with pytest.raises(BadInput) as refused:
            create_course(**wanted)
        assert fields(refused.value) == ["confirmed"]
        assert create_course(**wanted, confirmed=True).confirmed

    def test_of_typed_counts_and_intervals_takes_them_as_typed(self, wanted):
        typed = {"floor": 1, "ideal": 1, "latest": 2, "unit": "week"}
        course = create_course(
            **wanted | {"protocol": "P04"}, counts={1: 4, 2: 3}, intervals={1: typed, 2: {**typed, "unit": "month"}}
        )
        assert (course.counts, course.intervals["2"]["unit"]) == ({"1": 4, "2": 3}, "month")

    def test_keeps_upkeep_every_six_months_where_it_is_offered(self, wanted):
        assert create_course(**wanted | {"protocol": "P02", "maintenance_months": 6}).maintenance_months == 6

    def test_on_another_area_may_share_the_days_of_a_first_course(self, wanted, clinic, practitioner):
        book_treatment(create_course(**wanted), TODAY, 10)
        assert create_course(**wanted | {"areas": ["abdomen"]}).pk


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"protocol": "P99"}, "protocol"),
        ({"areas": []}, "areas"),
        ({"areas": ["tail"]}, "areas"),
        ({"indication": "vanity"}, "indication"),
        ({"indication": ""}, "indication"),
        ({"technique": "magic"}, "technique"),
        ({"delivery_device": "trowel"}, "delivery_device"),
        ({"start_on": TODAY - timedelta(days=1)}, "start_on"),
        ({"start_on": date(9999, 1, 1)}, "start_on"),
        ({"counts": {1: 5}}, "counts.1"),
        ({"counts": {1: 9}}, "counts.1"),
        ({"counts": {1: 10_000}}, "counts.1"),
        ({"counts": {1: True}}, "counts.1"),
        ({"counts": {1: "many"}}, "counts.1"),
        ({"counts": {7: 6}}, "counts.7"),
        ({"counts": {"first": 6}}, "counts.first"),
        ({"intervals": {1: {"floor": 1, "ideal": 1, "latest": 1, "unit": "week"}}}, "intervals.1"),
        ({"intervals": {1: {"floor": 1}}}, "intervals.1"),
        ({"intervals": {1: {"floor": 1, "ideal": 1, "latest": 1, "unit": "year"}}}, "intervals.1.unit"),
        ({"maintenance_months": 5}, "maintenance_months"),
        ({"maintenance_months": 10**9}, "maintenance_months"),
        ({"preferences": {"weekdays": [7]}}, "preferences.weekdays"),
        ({"preferences": {"weekdays": ["Monday"]}}, "preferences.weekdays"),
        ({"preferences": {"from": "25:00"}}, "preferences.from"),
        ({"preferences": {"from": "13:00", "to": "09:00"}}, "preferences.to"),
        ({"preferences": {"away": [["2026-08-14", "2026-08-01"]]}}, "preferences.away"),
        ({"preferences": {"away": ["August"]}}, "preferences.away"),
        ({"preferences": {"music": "loud"}}, "preferences"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field_and_saves_nothing(wanted, change, field):
    with pytest.raises(BadInput) as refused:
        create_course(**wanted | change)
    assert fields(refused.value) == [field]
    assert all(error.message for error in refused.value.errors)


def test_typed_bounds_that_contradict_each_other_are_named(wanted):
    typed = {"floor": 3, "ideal": 2, "latest": 4, "unit": "week"}
    with pytest.raises(BadInput) as refused:
        create_course(**wanted | {"protocol": "P04", "counts": {1: 4, 2: 2}, "intervals": {1: typed, 2: typed}})
    assert fields(refused.value) == ["intervals.1.floor", "intervals.2.floor"]


def test_a_hundred_and_twenty_typed_sessions_are_too_many_to_plan(wanted):
    typed = {"floor": 1, "ideal": 1, "latest": 2, "unit": "week"}
    with pytest.raises(BadInput) as refused:
        create_course(**wanted | {"protocol": "P04", "counts": {1: 60, 2: 60}, "intervals": {1: typed, 2: typed}})
    assert [error.code for error in refused.value.errors] == ["too_many"]


def test_nothing_is_half_saved(wanted):
    with pytest.raises(BadInput):
        create_course(**wanted, counts={1: 99})
    assert not Course.objects.exists()


class TestTheFieldsAClinicOffers:
    """What is accepted differs by country; the director names the fields (F039)."""

    @pytest.fixture(autouse=True)
    def only_pain(self, catalogue, director):
        set_policy(code="therapy_fields", value=["pain"], reason="So it is here", by=director, now=NOW)

    def test_a_course_in_another_field_is_refused_by_name(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted)
        assert (fields(refused.value), codes(refused.value)) == (["indication"], ["field_not_offered"])
        assert "Aesthetic" in refused.value.reasons[0].message

    def test_only_what_is_offered_can_be_chosen(self):
        assert {each.field for each in workspace.indications()} == {"pain"}


class TestWhoAndWhere:
    def test_somebody_who_works_elsewhere_is_refused(self, wanted):
        with pytest.raises(BadInput) as refused:
            create_course(**wanted | {"practitioner": PractitionerFactory()})
        assert fields(refused.value) == ["practitioner"]

    def test_somebody_who_left_is_refused(self, wanted):
        Practitioner.objects.update(active=False)
        wanted["practitioner"].refresh_from_db()
        with pytest.raises(BadInput) as refused:
            create_course(**wanted)
        assert fields(refused.value) == ["practitioner"]

    def test_a_mix_of_nothing_is_refused(self, wanted):
        with pytest.raises(BadInput) as refused:
            create_course(**wanted | {"formulation": FormulationFactory()})
        assert fields(refused.value) == ["formulation"]


class TestWhatTheProtocolServes:
    def test_the_breast_is_never_treated(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"areas": ["breast"]})
        assert (refused.value.status, codes(refused.value)) == (422, ["area_not_treated"])
        assert (fields(refused.value), refused.value.reasons[0].cites[0]) == (["areas"], "F002")

    def test_an_area_of_another_protocol_is_refused_by_name(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"areas": ["face"]})
        assert (refused.value.status, codes(refused.value)) == (422, ["area_not_served"])

    def test_a_reason_of_another_protocol_is_refused_by_name(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"indication": "stretch_marks"})
        assert codes(refused.value) == ["indication_not_served"]

    def test_a_reason_of_another_part_of_the_body_is_refused_by_name(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"protocol": "P02", "areas": ["face"]})
        assert codes(refused.value) == ["area_not_of_indication"]

    def test_a_wish_that_no_source_supports_cannot_be_planned(self, wanted):
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"indication": Indication.objects.filter(selectable=False).first().code})
        assert codes(refused.value) == ["indication_not_treated"]


class TestWhoMayNotBeTreated:
    def test_a_ruled_out_patient_gets_no_course_and_hears_every_reason(self, wanted, patient, practitioner):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        with pytest.raises(Refusal) as refused:
            create_course(**wanted)
        assert (refused.value.status, codes(refused.value)) == (422, ["diabetes", "silicon-diabetes"])
        assert "D10" in refused.value.reasons[0].cites

    def test_what_is_not_answered_yet_does_not_hold_up_a_draft(self, wanted):
        assert create_course(**wanted).status == "draft"

    def test_under_eighteen_the_birthday_is_the_day_that_would_pass(self, wanted, patient):
        Patient.objects.filter(pk=patient.pk).update(birth_date=date(2008, 9, 1))
        patient.refresh_from_db()
        with pytest.raises(Refusal) as refused:
            create_course(**wanted)
        assert refused.value.next == date(2026, 9, 1)
        assert create_course(**wanted | {"start_on": date(2026, 9, 1)}).pk


class TestTheSameSkin:
    """D06: the larger of two floors lies between two courses of one patient, and the first day that passes is named."""

    @pytest.mark.parametrize("other", ["thigh", "inner_thigh", "leg"])
    def test_a_second_course_inside_the_floor_is_refused_with_the_first_day_that_passes(self, wanted, other):
        book_treatment(create_course(**wanted), TODAY, 10)
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"areas": [other], "start_on": TODAY + timedelta(days=3)})
        assert (refused.value.status, codes(refused.value)) == (422, ["area_floor"])
        assert refused.value.next == TODAY + timedelta(days=15)

    def test_with_a_test_first_the_session_itself_is_what_keeps_the_distance(self, wanted):
        book_treatment(create_course(**wanted), TODAY, 10)
        assert create_course(**wanted | {"start_on": TODAY + timedelta(days=14)}).pk
        with pytest.raises(Refusal):
            create_course(**wanted | {"start_on": TODAY + timedelta(days=13)})

    def test_a_monthly_course_keeps_its_month_from_a_fortnightly_one(self, wanted):
        book_treatment(create_course(**wanted), TODAY, 10)
        with pytest.raises(Refusal) as refused:
            create_course(**wanted | {"protocol": "P01", "confirmed": True, "start_on": TODAY + timedelta(days=20)})
        assert refused.value.next == date(2026, 6, 5)
