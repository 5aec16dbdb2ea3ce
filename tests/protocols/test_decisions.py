"""What was decided over the facts: one test a decision, which fails when it is switched.

D03, D04, D06, D17 and D23 live in planning, booking and pages and are tested there.
"""

from dataclasses import replace
from datetime import date

import pytest

from protocols.eligibility import Decision, Effect, Occasion, Status, evaluate, loosened, rule_from
from protocols.eligibility.limits import upper_age_day
from protocols.schema.courses import Phase
from tests.protocols.patients import BODY, TODAY, Given, catalogue, codes, days, decide, found, rules, yes
from tests.protocols.test_contradictions import by_code, instruction, phase, protocol
from tests.protocols.texts import BANNED, patient_texts

ABSOLUTE = (
    "leukaemia",
    "diabetes",
    "blood_infection",
    "hiv_aids",
    "heart_disease",
    "chemotherapy",
    "radiotherapy",
    "stroke",
    "kidney_disease",
    "liver_disease",
    "cancer",
    "blood_thinners",
    "heart_rhythm_medicine",
)


def window(each: Phase) -> tuple[int, int, int, int, int]:
    gap = each.interval
    assert gap is not None
    return gap.early_limit_days, gap.floor, gap.ideal, gap.latest, gap.latest_plus_days


def test_d01_each_interval_has_its_window() -> None:
    assert {
        f"{each.code}.{part.order}": window(part)
        for each in catalogue().protocols
        for part in each.phases
        if part.interval
    } == {
        "P01.1": (28, 1, 1, 1, 14),
        "P01.2": (14, 15, 15, 15, 7),
        "P01.3": (28, 1, 1, 1, 14),
        "P02.1": (14, 2, 2, 2, 7),
        "P02.2": (336, 12, 12, 12, 14),
        "P03.1": (6, 1, 1, 1, 7),
        "P05.1": (6, 1, 1, 1, 7),
        "P05.2": (6, 1, 1, 1, 7),
        "P06-B.1": (14, 14, 21, 28, 0),
        "P06-B.2": (56, 2, 3, 4, 0),
        "P06-A.1": (6, 7, 10, 14, 0),
        "P06-A.2": (56, 2, 3, 4, 0),
        "P07.1": (14, 15, 15, 15, 7),
        "P07.2": (112, 4, 4, 4, 14),
        "P08.1": (28, 4, 5, 6, 0),
        "P08.2": (168, 6, 6, 6, 14),
    }


def test_d02_the_larger_interval_stands_between_phases() -> None:
    assert {f"{each.code}.{part.order}": part.joint for each in catalogue().protocols for part in each.phases[1:]} == {
        "P01.2": "previous",
        "P01.3": "own",
        "P02.2": "own",
        "P04.2": "larger",
        "P05.2": "own",
        "P06-B.2": "own",
        "P06-A.2": "own",
        "P07.2": "own",
        "P08.2": "own",
    }


def test_d05_the_hair_course_ends_by_date_and_the_face_course_has_two_rhythms() -> None:
    hair = phase("P08", 1)
    assert hair.sessions is None
    assert (hair.ends_after.amount, hair.ends_after.unit) == (6, "month")
    (four,) = phase("P06-A", 1).alternatives
    assert (four.sessions, four.interval.floor, four.interval.ideal, four.interval.latest) == (4, 7, 8, 9)
    (twice,) = phase("P02", 2).alternatives
    assert (twice.maintenance_months, twice.interval.floor, twice.interval.early_limit_days) == (6, 6, 168)
    assert protocol("P02").fields == protocol("P03").fields == ("aesthetic",)
    assert sum(part.sessions.max for part in protocol("P01").phases if part.sessions) == 28


def test_d07_fifteen_days_stay_fifteen_by_default() -> None:
    assert by_code(catalogue().policies)["fifteen_days"].default == "literal"


@pytest.mark.parametrize("link_id", ABSOLUTE)
def test_d10_absolute_exclusions_have_no_override(link_id: str) -> None:
    given = Given(answers=yes(link_id))
    (finding,) = [each for each in given.verdict().findings if each.effect is Effect.BLOCKS]
    assert finding.context == ""
    forced = Decision(code=finding.code, approved=True, context="", on=TODAY, by_prescriber=True)
    assert replace(given, decisions=(forced,)).verdict().status is Status.CONTRAINDICATED
    assert given.verdict().until is None
    assert "D10" in finding.cites


def test_d10_over_seventy_five_has_no_override() -> None:
    given = Given(birth_date=date(1940, 1, 1))
    assert found(given.verdict(), "age-over-75").effect is Effect.BLOCKS
    assert given.verdict().until is None


@pytest.mark.parametrize("link_id", ["pregnant", "breastfeeding", "infection"])
def test_d11_some_exclusions_last_only_while_true(link_id: str) -> None:
    assert Given(answers=yes(link_id)).verdict().status is Status.CONTRAINDICATED
    assert Given(answers={link_id: False}).verdict().is_eligible


def test_d11_under_eighteen_ends_on_the_birthday() -> None:
    assert Given(birth_date=date(2008, 8, 1)).verdict().until == date(2026, 8, 1)


def test_d12_active_herpes_waits_and_past_herpes_is_reviewed() -> None:
    active = Given(answers=yes("herpes_active")).verdict()
    assert (active.status, active.until) == (Status.DEFERRED, None)
    assert Given(answers=yes("herpes_past")).verdict().status is Status.NEEDS_REVIEW


def test_d12_systemic_illness_blocks_until_classed_and_is_looked_at_every_six_months() -> None:
    ill = Given(answers={"systemic_illness": True, "systemic_illness_class": "compatible"})
    unclassed = replace(ill, without=("systemic_illness_class",))
    assert unclassed.verdict().status is Status.CONTRAINDICATED
    assert ill.verdict().is_eligible
    lapsed = replace(ill, occasion=Occasion.PLAN, answered=date(2025, 11, 5))
    assert lapsed.verdict().status is Status.NEEDS_REVIEW
    renewed = decide(lapsed, "systemic-illness-review", on=TODAY)
    assert renewed.verdict().is_eligible
    later = replace(renewed, on=date(2026, 11, 4))
    assert later.verdict().is_eligible
    assert replace(later, on=date(2026, 11, 5)).verdict().status is Status.NEEDS_REVIEW


def test_d13_skin_disease_depends_on_which_and_where() -> None:
    effects = {
        place: found(Given(answers={"skin_disease": [place]}).verdict(), f"skin-disease-{name}").effect
        for place, name in (("treated", "treated"), ("in_zone", "in-zone"), ("elsewhere", "elsewhere"))
    }
    assert effects == {"treated": Effect.REVIEW, "in_zone": Effect.DEFERRED, "elsewhere": Effect.REVIEW}


def test_d14_a_corrected_answer_ends_the_block_and_the_rule_stays() -> None:
    wrong = Given(answers=yes("diabetes"))
    assert wrong.verdict().status is Status.CONTRAINDICATED
    assert Given(answers={"diabetes": False}).verdict().is_eligible
    assert found(wrong.verdict(), "diabetes").way_out == "correction"


def test_d56_no_other_reading_loosens_a_rule() -> None:
    assert not [
        rule.code
        for rule in catalogue().rules
        if rule.other_reading and rule.other_reading.effect and rule.other_reading.effect != rule.effect
    ]


def test_d56_a_loosening_kept_in_a_stored_rule_is_read_strictly() -> None:
    data = next(rule for rule in catalogue().rules if rule.code == "diabetes").model_dump()
    stored = {"policy": "diabetes_reading", "choice": "insulin_only", "effect": "review"}
    rule = rule_from({**data, "other_reading": stored}).under({"diabetes_reading": "insulin_only"})
    assert rule.effect is Effect.BLOCKS
    elsewhere = {**data, "other_reading": stored, "cites": ["D13"]}
    assert rule_from(elsewhere).under({"diabetes_reading": "insulin_only"}).effect is Effect.REVIEW


def test_d15_every_other_reading_names_a_choice_that_exists() -> None:
    policies = by_code(catalogue().policies)
    for rule in catalogue().rules:
        if rule.other_reading:
            policy = policies[rule.other_reading.policy]
            assert rule.other_reading.choice in {choice.code for choice in policy.choices}
            assert rule.other_reading.choice != policy.default


def test_d15_a_choice_nobody_offers_changes_nothing() -> None:
    given = Given(answers={"diabetes": True}, policies=(("diabetes_reading", "none_at_all"),))
    assert given.verdict().status is Status.CONTRAINDICATED


def test_d15_a_rule_is_tightened_and_never_loosened() -> None:
    data = next(rule for rule in catalogue().rules if rule.code == "aspirin").model_dump()
    rule = rule_from(data)
    longer = rule_from({**data, "when": {"kind": "washout", "question": "aspirin_last_dose", "days": 21}})
    shorter = rule_from({**data, "when": {"kind": "washout", "question": "aspirin_last_dose", "days": 7}})
    softer = rule_from({**data, "effect": "caution"})
    assert loosened(rule, longer) == ()
    assert loosened(rule, shorter) == ("when",)
    assert loosened(rule, softer) == ("effect",)


def test_d48_29_february_counts_as_the_28th_for_the_upper_limit() -> None:
    narrower = rules(("upper_age", "until_75th_birthday"))
    assert upper_age_day(narrower, date(1952, 2, 29)) == date(2027, 2, 28)
    assert upper_age_day(rules(), date(1952, 2, 29)) == date(2028, 2, 29)
    assert upper_age_day(rules(), None) is None


@pytest.mark.parametrize(("born", "asked"), [(date(1965, 5, 6), True), (date(1965, 5, 5), False)])
def test_d43_pregnancy_is_asked_of_everybody_from_18_to_60(born: date, asked: bool) -> None:
    without = Given(sex="male", birth_date=born, without=("pregnant", "breastfeeding")).verdict()
    assert ({"unanswered:pregnant", "unanswered:breastfeeding"} <= codes(without)) is asked
    does_not_apply = Given(sex="male", birth_date=born, answers={"pregnant": None, "breastfeeding": None})
    assert does_not_apply.verdict().is_eligible


def test_d43_the_recorded_sex_hides_no_pregnancy() -> None:
    assert found(Given(sex="male", birth_date=date(1965, 5, 6), answers=yes("pregnant")).verdict(), "pregnancy")


@pytest.mark.parametrize(
    ("areas", "indication", "mix", "named"),
    [
        ({"abdomen"}, "cellulite", {"finasteride"}, "Finasteride: Abdomen"),
        ({"scalp"}, "arthrosis", {"vitamins"}, "Worn joint (arthrosis): Scalp"),
        ({"buttock"}, "headache", {"vitamins"}, "Headache: Buttock"),
        ({"scalp"}, "alopecia", {"finasteride"}, ""),
        ({"breast"}, "cellulite", {"vitamins"}, ""),
    ],
)
def test_d47_substance_area_and_indication_belong_together(
    areas: set[str], indication: str, mix: set[str], named: str
) -> None:
    planned = Given().planned(areas=frozenset(areas), indication=indication, mix=frozenset(mix)).verdict()
    found_names = [each.params["names"] for each in planned.findings if each.code == "does-not-belong"]
    assert found_names == ([named] if named else [])


def test_d16_an_unlikely_pair_is_asked_again_and_kept_as_said() -> None:
    verdict = Given(sex="male", answers=yes("pregnant")).verdict()
    assert {"male-pregnant", "pregnancy"} <= codes(verdict)
    assert found(verdict, "male-pregnant").effect is Effect.INCOMPLETE


@pytest.mark.parametrize("link_id", ["cough", "headache", "flu", "unwell"])
def test_d16_a_same_day_illness_concerns_that_day_only(link_id: str) -> None:
    today = Given(answers=yes(link_id))
    assert today.verdict().status is Status.DEFERRED
    assert today.verdict().until == TODAY + days(1)
    assert replace(today, occasion=Occasion.PLAN).verdict().is_eligible
    future = evaluate(rules(), today.patient, BODY, on=TODAY + days(15), occasion=Occasion.PLAN)
    assert future.is_eligible


def test_d16_another_changed_answer_concerns_the_future_sessions_too() -> None:
    changed = Given(answers=yes("pregnant"))
    future = evaluate(rules(), changed.patient, BODY, on=TODAY + days(15), occasion=Occasion.PLAN)
    assert future.status is Status.CONTRAINDICATED


@pytest.mark.parametrize(
    ("link_id", "said"), [("old_site", ["dark_patch"]), ("test_symptoms", True), ("health_changed", True)]
)
def test_d16_what_is_more_than_an_illness_of_the_day_stands_until_a_prescriber_has_seen_it(
    link_id: str, said: object
) -> None:
    code = link_id.replace("_", "-")
    yesterday = Given(answers={link_id: said}, answered=TODAY - days(1), occasion=Occasion.PLAN)
    assert codes(yesterday.verdict()) == {code}
    on_the_day = replace(yesterday, occasion=Occasion.SAME_DAY)
    assert codes(on_the_day.verdict()) == {code, f"unanswered:{link_id}"}  # and it is asked again
    seen = decide(yesterday, code, on=TODAY)
    assert seen.verdict().is_eligible
    assert replace(seen, answered=TODAY).verdict().status is Status.NEEDS_REVIEW  # said again, to be seen again


def test_d30_no_text_advises_against_a_prescribed_medicine() -> None:
    text = instruction("no-own-aspirin").text
    assert "If a doctor advised it, keep taking it and call us" in text
    assert "only now and then" in text
    assert not [code for code, words in patient_texts() if "stop taking" in words.lower()]


def test_d31_no_banned_word_reaches_a_patient() -> None:
    assert not [(code, word) for code, text in patient_texts() for word in BANNED if word in text.lower()]


def test_d31_water_comes_with_its_exception() -> None:
    watery = [code for code, text in patient_texts() if "drink plenty of water" in text.lower()]
    assert watery == ["water-at-end", "drink-water"]
    assert all("unless you were told to limit fluids" in instruction(code).text for code in watery)


def test_d32_the_patient_reads_when_to_call_for_help() -> None:
    text = instruction("emergency").text
    assert "not monitored at night" in text
    assert "call the local emergency number now" in text
    serious = {each.code: each.route for each in catalogue().reactions if each.serious}
    assert serious["anaphylaxis"] == serious["allergic_reaction"] == "emergency"


def test_d32_every_visit_asks_about_old_sites() -> None:
    question = next(each for each in catalogue().questions if each.link_id == "old_site")
    assert question.occasions == (Occasion.SAME_DAY,)
    assert question.applies_when is None
    assert [option.code for option in question.options] == ["lump", "discharge", "dark_patch"]


def test_d33_chair_time_is_thirty_minutes_within_its_bounds() -> None:
    for each in catalogue().protocols:
        for part in each.phases:
            lowest = 15 if set(each.areas) <= {"face", "eye_area"} else 20
            assert (part.chair_minutes.min, part.chair_minutes.default, part.chair_minutes.max) == (lowest, 30, 60)


def test_d33_observation_minutes_are_set_by_the_clinic() -> None:
    policies = by_code(catalogue().policies)
    for code in ("observation_after_test_minutes", "observation_after_session_minutes"):
        assert policies[code].default is None
