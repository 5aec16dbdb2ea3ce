"""What must hold of every verdict: unknown is never no, more reasons never help, every finding says why."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.eligibility import (
    Answer,
    Effect,
    Occasion,
    Patient,
    Plan,
    QuestionType,
    Rule,
    Status,
    WayOut,
    asked,
    earliest,
    evaluate,
)
from protocols.eligibility.terms import SEVERITY, STATUS_RANK
from tests.protocols.patients import (
    BODY,
    TODAY,
    Given,
    catalogue,
    clear_answers,
    codes,
    days,
    decide,
    found,
    rules,
    yes,
)

QUESTIONS = {question.link_id: question for question in catalogue().questions}
FACTS = {fact.id for fact in catalogue().facts}
GROUNDS = {
    each.id for name in ("contradictions", "boundaries", "gaps", "decisions") for each in getattr(catalogue(), name)
}
BOOLEANS = sorted(link_id for link_id, question in QUESTIONS.items() if question.type is QuestionType.BOOLEAN)
ALLERGENS = sorted({allergen for each in catalogue().substances for allergen in each.allergens})
CLASSES = ["insulin", "antiarrhythmic", "anticoagulant_antiplatelet", "vitamin"]
rules()  # read once, so that no property pays for it

moments = st.dates(date(2020, 1, 1), date(2032, 12, 31))
occasions = st.sampled_from(Occasion)


def value_for(link_id: str) -> st.SearchStrategy[object]:
    question = QUESTIONS[link_id]
    options = [option.code for option in question.options]
    kinds: dict[QuestionType, st.SearchStrategy[object]] = {
        QuestionType.BOOLEAN: st.booleans(),
        QuestionType.DATE: st.none() | moments,
        QuestionType.CHOICE: st.sampled_from(options or [""]),
        QuestionType.MULTIPLE: st.lists(st.sampled_from(options or [""]), unique=True),
        QuestionType.TEXT: st.just("words"),
    }
    return kinds[question.type] | st.just("unknown")


def some(codes_of: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([each.code for each in getattr(catalogue(), codes_of)]), max_size=3)


def one(codes_of: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from([each.code for each in getattr(catalogue(), codes_of)])


plans = st.builds(
    Plan,
    areas=some("areas"),
    indication=one("indications"),
    mix=some("substances"),
    topicals=some("substances"),
    device=one("delivery_devices"),
    technique=one("techniques"),
)


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    """Somebody with answers to most questions, some of them odd, given over the last month."""
    on = draw(moments)
    answers = clear_answers(on)
    for link_id in draw(st.lists(st.sampled_from(sorted(QUESTIONS)), unique=True, max_size=8)):
        answers[link_id] = Answer(draw(value_for(link_id)), on - timedelta(days=draw(st.integers(0, 400))))
    for link_id in draw(st.lists(st.sampled_from(sorted(QUESTIONS)), unique=True, max_size=2)):
        answers.pop(link_id, None)
    return Patient(
        birth_date=draw(st.none() | st.dates(date(1930, 1, 1), date(2015, 12, 31))),
        sex=draw(st.sampled_from([None, "female", "male", "other"])),
        answers=answers,
        allergies=frozenset(draw(st.lists(st.sampled_from(ALLERGENS), max_size=2))),
        suspected=frozenset(draw(st.lists(st.sampled_from(ALLERGENS), max_size=2))),
        medicines=frozenset(draw(st.lists(st.sampled_from(CLASSES), max_size=2))),
    )


def status_of(patient: Patient, plan: Plan, on: date, occasion: Occasion) -> Status:
    return evaluate(rules(), patient, plan, on=on, occasion=occasion).status


class TestEveryVerdict:
    @given(patients(), plans, moments, occasions)
    def test_every_finding_cites_what_exists_and_says_one_sentence(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion
    ) -> None:
        for finding in evaluate(rules(), patient, plan, on=on, occasion=occasion).findings:
            assert finding.cites
            assert set(finding.cites) <= FACTS | GROUNDS
            assert finding.text
            assert "%(" not in finding.text

    @given(patients(), plans, moments, occasions)
    def test_the_status_is_the_worst_of_the_findings(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion
    ) -> None:
        verdict = evaluate(rules(), patient, plan, on=on, occasion=occasion)
        worst = min((finding.status for finding in verdict.findings), key=STATUS_RANK.get, default=Status.ELIGIBLE)
        assert verdict.status is worst
        assert [SEVERITY[each.effect] for each in verdict.findings] == sorted(
            SEVERITY[e.effect] for e in verdict.findings
        )

    @given(patients(), plans, moments, occasions, st.randoms(use_true_random=False))
    def test_order_does_not_matter(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion, shuffler: random.Random
    ) -> None:
        answers, shuffled, questions = (
            list(patient.answers.items()),
            list(rules().rules),
            list(rules().questions.items()),
        )
        for each in (answers, shuffled, questions):
            shuffler.shuffle(each)
        other = replace(rules(), rules=tuple(shuffled), questions=dict(questions))
        again = evaluate(other, replace(patient, answers=dict(answers)), plan, on=on, occasion=occasion)
        assert again == evaluate(rules(), patient, plan, on=on, occasion=occasion)


class TestMoreReasonsNeverHelp:
    @given(patients(), plans, moments, occasions, st.sampled_from(BOOLEANS))
    def test_a_yes_never_improves_a_verdict(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion, link_id: str
    ) -> None:
        no = replace(patient, answers={**patient.answers, link_id: Answer(False, on)})
        said_yes = replace(patient, answers={**patient.answers, link_id: Answer(True, on)})
        assert STATUS_RANK[status_of(said_yes, plan, on, occasion)] <= STATUS_RANK[status_of(no, plan, on, occasion)]

    @given(patients(), plans, moments, occasions, st.sampled_from(ALLERGENS), st.sampled_from(CLASSES))
    def test_an_allergy_or_a_medicine_never_improves_a_verdict(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion, allergen: str, medicine: str
    ) -> None:
        before = STATUS_RANK[status_of(patient, plan, on, occasion)]
        for worse in (
            replace(patient, allergies=patient.allergies | {allergen}),
            replace(patient, suspected=patient.suspected | {allergen}),
            replace(patient, medicines=patient.medicines | {medicine}),
        ):
            assert STATUS_RANK[status_of(worse, plan, on, occasion)] <= before

    @given(patients(), plans, moments, occasions)
    def test_another_ingredient_never_improves_a_verdict(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion
    ) -> None:
        more = replace(plan, mix=plan.mix | {"organic_silicon"})
        assert (
            STATUS_RANK[status_of(patient, more, on, occasion)] <= STATUS_RANK[status_of(patient, plan, on, occasion)]
        )


class TestUnknownIsNeverNo:
    @given(patients(), plans, moments, occasions)
    def test_an_applicable_question_without_an_answer_is_never_eligible(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion
    ) -> None:
        for question in asked(rules(), patient, plan, on=on, occasion=occasion):
            answers = {name: answer for name, answer in patient.answers.items() if name != question.link_id}
            assert status_of(replace(patient, answers=answers), plan, on, occasion) is not Status.ELIGIBLE

    @pytest.mark.parametrize("link_id", ["insulin", "medicine_names", "heart_disease_severe"])
    def test_a_follow_up_is_not_asked_without_its_ground(self, link_id: str) -> None:
        assert Given(without=(link_id,)).verdict().is_eligible

    @pytest.mark.parametrize("sex", ["male", "female", None])
    def test_d43_everybody_is_asked_about_pregnancy_whatever_sex_is_recorded(self, sex: str | None) -> None:
        without = Given(sex=sex, without=("pregnant", "breastfeeding")).verdict()
        assert codes(without) == {"unanswered:pregnant", "unanswered:breastfeeding"}

    def test_same_day_questions_are_asked_on_the_day_only(self) -> None:
        def link_ids(occasion: Occasion) -> set[str]:
            patient = Given().patient
            return {each.link_id for each in asked(rules(), patient, BODY, on=TODAY, occasion=occasion)}

        assert link_ids(Occasion.SAME_DAY) - link_ids(Occasion.PLAN) == {
            "cough",
            "headache",
            "flu",
            "unwell",
            "old_site",
            "test_symptoms",
            "health_changed",
        }


class TestAsOfADate:
    @given(patients(), plans, moments, st.integers(0, 4000), occasions)
    def test_a_later_date_never_lengthens_a_deferral(
        self, patient: Patient, plan: Plan, on: date, wait: int, occasion: Occasion
    ) -> None:
        now = {each.code: each.until for each in evaluate(rules(), patient, plan, on=on, occasion=occasion).findings}
        later = evaluate(rules(), patient, plan, on=on + days(wait), occasion=occasion)
        for finding in later.findings:
            if finding.until is not None and now.get(finding.code) is not None:
                assert finding.until <= now[finding.code]

    @given(patients(), plans, moments, occasions)
    def test_until_is_the_first_date_on_which_a_finding_no_longer_stands(
        self, patient: Patient, plan: Plan, on: date, occasion: Occasion
    ) -> None:
        for finding in evaluate(rules(), patient, plan, on=on, occasion=occasion).findings:
            if finding.until is not None:
                assert finding.until > on
                assert finding.way_out is WayOut.TIME
                after = evaluate(rules(), patient, plan, on=finding.until, occasion=occasion)
                assert finding.code not in codes(after)

    def test_a_permanent_ground_beside_a_dated_one_has_no_end(self) -> None:
        young_and_ill = Given(birth_date=date(2010, 1, 1), answers=yes("stroke"))
        assert young_and_ill.verdict().until is None


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


class TestNothingRaises:
    @given(
        st.dictionaries(st.sampled_from([*sorted(QUESTIONS), "no such question"]), junk, max_size=12),
        st.dates(),
        st.none() | st.dates(),
        st.none() | st.text(max_size=5),
        st.builds(
            Plan,
            areas=st.frozensets(st.text(max_size=4), max_size=2),
            indication=st.none() | st.text(max_size=4),
            mix=st.frozensets(st.text(max_size=4), max_size=2),
            device=st.none() | st.text(max_size=4),
            technique=st.none() | st.text(max_size=4),
        ),
        occasions,
    )
    def test_no_input_raises(
        self,
        values: dict[str, object],
        on: date,
        birth_date: date | None,
        sex: str | None,
        plan: Plan,
        occasion: Occasion,
    ) -> None:
        answers = {name: Answer(value, on) for name, value in values.items()}
        patient = Patient(birth_date=birth_date, sex=sex, answers=answers)
        verdict = evaluate(rules(), patient, plan, on=on, occasion=occasion)
        assert verdict.status is not Status.ELIGIBLE
        assert earliest(rules(), patient, plan, today=on).on is not date.min

    @pytest.mark.parametrize("born", [date.min, date.max, date(9996, 2, 29)])
    @pytest.mark.parametrize("on", [date.min, TODAY, date.max])
    def test_dates_at_the_calendars_ends(self, born: date, on: date) -> None:
        given = Given(birth_date=born, on=on, answers={"aspirin_last_dose": date.max})
        assert given.verdict().status is not Status.ELIGIBLE


class TestDecisions:
    def test_an_approval_frees_a_review_and_a_refusal_closes_the_plan(self) -> None:
        past = Given(answers=yes("cancer_past"))
        assert decide(past, "cancer-past").verdict().is_eligible
        refused = decide(past, "cancer-past", approved=False).verdict()
        assert refused.status is Status.CONTRAINDICATED
        assert found(refused, "cancer-past").effect is Effect.REVIEW

    def test_a_review_is_a_prescribers_and_a_caution_anybodys_with_a_name(self) -> None:
        past = Given(answers=yes("cancer_past"))
        assert decide(past, "cancer-past", by_prescriber=False).verdict().status is Status.NEEDS_REVIEW
        sensitive = Given(answers=yes("sensitive_skin"))
        assert decide(sensitive, "sensitive-skin", by_prescriber=False).verdict().is_eligible

    def test_d34_a_reworded_rule_a_subset_a_lower_dose_and_another_technique_leave_a_decision_standing(self) -> None:
        larger = Given(answers={"skin_disease": ["elsewhere"]}).planned(
            areas=frozenset({"abdomen", "thigh"}), doses=frozenset({("vitamins", Decimal(2), "ml")})
        )
        decided = decide(larger, "skin-disease-elsewhere")
        reworded = tuple(replace(rule, message="In other words.", version=2) for rule in rules().rules)
        assert decided.verdict(replace(rules(), rules=reworded)).is_eligible
        assert decided.planned(areas=frozenset({"thigh"}), device=None, indication=None).verdict().is_eligible
        assert decided.planned(doses=frozenset({("vitamins", Decimal("1.5"), "ml")})).verdict().is_eligible
        assert decided.planned(doses=frozenset({("vitamins", Decimal(2), "ml")})).verdict().is_eligible
        assert decided.planned(technique="nappage", doses=frozenset()).verdict().holding[0].code == "nappage"
        stronger = decided.planned(doses=frozenset({("vitamins", Decimal("2.5"), "ml")})).verdict()
        assert [each.code for each in stronger.holding] == ["skin-disease-elsewhere"]
        assert found(stronger, "skin-disease-elsewhere").fallen is not None

    @pytest.mark.parametrize(
        ("code", "answers", "change"),
        [
            ("drug-allergy", {"drug_allergy": True, "drug_allergy_names": "penicillin"}, "lidocaine: collapse"),
            ("other-allergy", {"other_allergy": True, "other_allergy_names": "pollen"}, "bees"),
            ("general-health", {"health_concern": True, "health_concern_details": "tired"}, "mini-stroke last month"),
            ("medicines-declared", {"takes_medicines": True, "medicine_names": "vitamin D"}, "vitamin D, magnesium"),
        ],
    )
    def test_d34_other_words_void_a_decision(self, code: str, answers: dict[str, object], change: str) -> None:
        decided = decide(Given(answers=answers), code)
        assert decided.verdict().is_eligible
        words = next(name for name, value in answers.items() if isinstance(value, str))
        assert replace(decided, answers=answers | {words: change}).verdict().status is Status.NEEDS_REVIEW

    def test_another_plan_another_answer_or_another_condition_voids_a_decision(self) -> None:
        decided = decide(Given(answers={"skin_disease": ["elsewhere"]}), "skin-disease-elsewhere")
        assert decided.verdict().is_eligible
        assert decided.planned(areas=frozenset({"thigh"})).verdict().status is Status.NEEDS_REVIEW
        assert decided.planned(mix=frozenset({"minerals"})).verdict().status is Status.NEEDS_REVIEW
        assert decided.planned(device="pen").verdict().status is Status.NEEDS_REVIEW
        assert decided.planned(indication="toning").verdict().status is Status.NEEDS_REVIEW
        other = replace(decided, answers={"skin_disease": ["elsewhere", "treated"]})
        assert {each.code for each in other.verdict().holding} == {"skin-disease-elsewhere", "skin-disease-treated"}
        sharper = replace(rules(), rules=tuple(changed(rule, "skin-disease-elsewhere") for rule in rules().rules))
        assert decided.verdict(sharper).status is Status.NEEDS_REVIEW

    def test_a_decision_outlives_other_answers_and_another_day(self) -> None:
        decided = decide(Given(answers=yes("herpes_past")), "herpes-past")
        assert replace(decided, on=TODAY + days(15)).verdict().is_eligible
        assert replace(decided, answers=yes("herpes_past", "cough")).verdict().status is Status.DEFERRED

    def test_a_same_day_review_is_decided_anew_each_day(self) -> None:
        decided = decide(Given(answers={"old_site": ["lump"]}), "old-site")
        assert decided.verdict().is_eligible
        assert replace(decided, on=TODAY + days(15)).verdict().status is Status.NEEDS_REVIEW

    def test_the_newest_decision_counts(self) -> None:
        approved = decide(Given(answers=yes("herpes_past")), "herpes-past", on=TODAY - days(2))
        revoked = decide(approved, "herpes-past", approved=False, on=TODAY - days(1))
        assert revoked.verdict().status is Status.CONTRAINDICATED
        assert replace(revoked, decisions=revoked.decisions[::-1]).verdict().status is Status.CONTRAINDICATED


def changed(rule: Rule, code: str) -> Rule:
    """The rule with another condition, if it is the one named."""
    other = replace(rule.when, values=("elsewhere", "in_zone")) if rule.code == code else rule.when
    return replace(rule, when=other)


class TestEarliest:
    def test_somebody_well_may_come_today(self) -> None:
        assert earliest(rules(), Given().patient, BODY, today=TODAY).on == TODAY

    def test_it_is_the_latest_of_all_ends_and_of_the_test(self) -> None:
        patient = Given(answers={"aspirin_last_dose": TODAY - days(4)}).patient
        opens = datetime(2026, 5, 7, 17, 0, tzinfo=UTC)
        soon = earliest(rules(), patient, BODY, today=TODAY, test_opens_at=opens)
        assert (soon.on, soon.at) == (TODAY + days(10), None)
        assert [finding.code for finding in soon.because] == ["aspirin"]

    def test_the_test_alone_gives_the_hour(self) -> None:
        opens = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
        soon = earliest(rules(), Given().patient, BODY, today=TODAY, test_opens_at=opens)
        assert (soon.on, soon.at) == (date(2026, 5, 6), opens)

    def test_a_ground_without_an_end_has_no_date(self) -> None:
        never = earliest(rules(), Given(answers=yes("pregnant")).patient, BODY, today=TODAY)
        assert never.on is None
        assert [finding.code for finding in never.stopped_by] == ["pregnancy"]

    def test_what_a_person_can_end_is_waited_for_and_moves_no_date(self) -> None:
        patient = Given(answers=yes("herpes_past"), without=("leukaemia",)).patient
        soon = earliest(rules(), patient, BODY, today=TODAY)
        assert soon.on == TODAY
        assert {finding.code for finding in soon.waiting_for} == {"herpes-past", "unanswered:leukaemia"}

    def test_a_refused_review_has_no_date(self) -> None:
        refused = decide(
            replace(Given(answers=yes("herpes_past")), occasion=Occasion.PLAN), "herpes-past", approved=False
        )
        soon = earliest(rules(), refused.patient, BODY, today=TODAY, decisions=refused.decisions)
        assert soon.on is None

    def test_a_birthday_on_the_way_is_seen(self) -> None:
        patient = Given(birth_date=date(1950, 5, 12), answers={"aspirin_last_dose": TODAY}).patient
        soon = earliest(rules(), patient, BODY, today=TODAY)
        assert soon.on is None
        assert [finding.code for finding in soon.stopped_by] == ["age-over-75"]

    @given(patients(), plans, moments)
    def test_on_that_day_only_people_hold_it_back_and_not_a_day_sooner(
        self, patient: Patient, plan: Plan, today: date
    ) -> None:
        soon = earliest(rules(), patient, plan, today=today)
        if soon.on is None:
            assert soon.stopped_by
            return
        held = evaluate(rules(), patient, plan, on=soon.on, occasion=Occasion.PLAN).holding
        assert {each.effect for each in held} <= {Effect.INCOMPLETE, Effect.REVIEW, Effect.CAUTION}
        if soon.on > today:
            sooner = evaluate(rules(), patient, plan, on=soon.on - days(1), occasion=Occasion.PLAN)
            assert {each.effect for each in sooner.holding} - {Effect.INCOMPLETE, Effect.REVIEW, Effect.CAUTION}
