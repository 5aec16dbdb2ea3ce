"""Where the sources disagree: one test a contradiction, which fails when it is decided the other way."""

from dataclasses import replace
from datetime import date

import pytest

from protocols.eligibility import AreaOption, Effect, Occasion, Status
from protocols.schema.courses import Phase, Protocol
from protocols.schema.texts import CareInstruction
from tests.protocols.patients import BODY, TODAY, Given, catalogue, codes, days, found, rules, yes
from tests.protocols.texts import patient_texts

INSULIN_ONLY = (("diabetes_reading", "insulin_only"),)  # chosen before D56, read strictly since
SEVERE_ONLY = (("heart_reading", "severe_only"),)
HAIR = {"alopecia", "weak_hair", "alopecia_areata", "seborrhoeic_alopecia"}


def protocol(code: str) -> Protocol:
    return next(each for each in catalogue().protocols if each.code == code)


def phase(code: str, order: int) -> Phase:
    return protocol(code).phases[order - 1]


def upkeep(code: str) -> list[Phase]:
    return [each for each in protocol(code).phases if each.kind == "maintenance"]


def instruction(code: str) -> CareInstruction:
    return next(each for each in catalogue().instructions if each.code == code)


def literal(each: Phase) -> tuple[str, int, int, int] | None:
    gap = each.interval
    return (gap.unit, gap.floor, gap.ideal, gap.latest) if gap else None


def by_code(entries: tuple[object, ...]) -> dict[str, object]:
    return {entry.code: entry for entry in entries}


def test_c01_the_breast_is_never_injected_and_the_neckline_is() -> None:
    for wish in ("skin_laxity", "cellulite"):
        plan = replace(BODY, areas=frozenset({"breast"}), indication=wish)
        assert found(Given(plan=plan).verdict(), "area-not-selectable").effect is Effect.EXCLUDED_OPTION
    assert "breast" not in {area for each in catalogue().protocols for area in each.areas}
    assert "breast" not in {area for each in catalogue().indications for area in each.areas}
    assert Given().planned(areas=frozenset({"neckline"}), indication="wrinkles").verdict().is_eligible


def test_c01_an_area_inside_the_breast_would_be_refused_too() -> None:
    inside = AreaOption(name="Side of the breast", parent="breast_fold")
    fold = AreaOption(name="Fold of the breast", parent="breast")
    areas = {**rules().options.areas, "breast_side": inside, "breast_fold": fold}
    wider = replace(rules(), options=replace(rules().options, areas=areas))
    given = Given().planned(areas=frozenset({"breast_side"}))
    assert codes(given.verdict(wider)) == {"area-not-selectable"}


def test_c02_any_diabetes_blocks_whatever_was_chosen_before() -> None:
    without = Given(answers={"diabetes": True, "insulin": False})
    with_insulin = Given(answers={"diabetes": True, "insulin": True})
    assert without.verdict().status is Status.CONTRAINDICATED
    assert replace(without, policies=INSULIN_ONLY).verdict().status is Status.CONTRAINDICATED
    assert replace(with_insulin, policies=INSULIN_ONLY).verdict().status is Status.CONTRAINDICATED
    silicon = replace(without, policies=INSULIN_ONLY).planned(mix=frozenset({"organic_silicon"}))
    assert silicon.verdict().status is Status.CONTRAINDICATED


def test_c03_any_heart_disease_and_any_rhythm_medicine_block() -> None:
    mild = Given(answers={"heart_disease": True, "heart_disease_severe": False})
    assert mild.verdict().status is Status.CONTRAINDICATED
    assert Given(answers=yes("heart_rhythm_medicine")).verdict().status is Status.CONTRAINDICATED
    assert replace(mild, policies=SEVERE_ONLY).verdict().status is Status.CONTRAINDICATED
    severe = Given(answers=yes("heart_disease", "heart_disease_severe"), policies=SEVERE_ONLY)
    assert severe.verdict().status is Status.CONTRAINDICATED


def test_c04_cancer_and_its_therapies_block_and_past_cancer_alone_is_reviewed() -> None:
    for link_id in ("cancer", "leukaemia", "chemotherapy", "radiotherapy"):
        assert Given(answers=yes(link_id)).verdict().status is Status.CONTRAINDICATED
    assert Given(answers=yes("cancer_past")).verdict().status is Status.NEEDS_REVIEW
    assert Given(answers=yes("cancer_past", "chemotherapy")).verdict().status is Status.CONTRAINDICATED


@pytest.mark.parametrize("topical", ["antiseptic_foam", "anaesthetic_cream", "film_spray"])
def test_c05_an_allergen_puts_out_the_mix_the_antiseptic_or_the_cream_and_no_more(topical: str) -> None:
    allergens = next(each.allergens for each in catalogue().substances if each.code == topical)
    allergic = Given(allergies=frozenset(allergens[:1])).planned(topicals=frozenset({topical}))
    assert found(allergic.verdict(), "allergy-to-mix").effect is Effect.EXCLUDED_OPTION
    assert allergic.planned(topicals=frozenset()).verdict().is_eligible
    assert Given(allergies=frozenset({"vitamins"})).planned(mix=frozenset({"minerals"})).verdict().is_eligible


def test_c08_every_course_keeps_its_own_spacing() -> None:
    assert {code: literal(phase(code, 1)) for code in ("P01", "P02", "P03", "P05", "P07")} == {
        "P01": ("month", 1, 1, 1),
        "P02": ("week", 2, 2, 2),
        "P03": ("week", 1, 1, 1),
        "P05": ("week", 1, 1, 1),
        "P07": ("day", 15, 15, 15),
    }
    counts = {code: phase(code, 1).sessions for code in ("P01", "P02", "P03", "P05", "P07")}
    assert {code: (each.min, each.max) for code, each in counts.items() if each} == {
        "P01": (6, 6),
        "P02": (6, 8),
        "P03": (6, 10),
        "P05": (10, 10),
        "P07": (6, 8),
    }


def test_c09_both_courses_of_one_source_are_there_and_the_wider_gap_is_listed_first() -> None:
    assert protocol("P02").source == protocol("P03").source == "001"
    assert protocol("P02").listed < protocol("P03").listed


def test_c10_the_unusual_order_stays_and_asks_for_a_confirmation() -> None:
    assert [literal(each) for each in protocol("P01").phases] == [
        ("month", 1, 1, 1),
        ("day", 15, 15, 15),
        ("month", 1, 1, 1),
    ]
    assert [each.code for each in catalogue().protocols if each.needs_confirmation] == ["P01"]


def test_c11_nothing_about_the_classic_course_is_presumed() -> None:
    assert [each.code for each in catalogue().protocols if each.needs_counts] == ["P04"]
    assert all(each.sessions is None and each.interval is None for each in protocol("P04").phases)


def test_c12_both_readings_of_the_face_course_are_offered_the_wider_first() -> None:
    assert literal(phase("P06-B", 1)) == ("day", 14, 21, 28)
    assert literal(phase("P06-A", 1)) == ("day", 7, 10, 14)
    assert protocol("P06-B").listed < protocol("P06-A").listed
    assert protocol("P06-A").caveat
    assert protocol("P06-B").caveat


def test_c13_upkeep_belongs_to_its_own_course() -> None:
    assert {each.code: [literal(part) for part in upkeep(each.code)] for each in catalogue().protocols} == {
        "P01": [("month", 1, 1, 1)],
        "P02": [("month", 12, 12, 12)],
        "P03": [],
        "P04": [],
        "P05": [],
        "P06-A": [("month", 2, 3, 4)],
        "P06-B": [("month", 2, 3, 4)],
        "P07": [("month", 4, 4, 4)],
        "P08": [("month", 6, 6, 6)],
    }


def test_c14_a_slot_is_thirty_minutes_and_the_hands_on_minutes_are_recorded() -> None:
    assert {each.chair_minutes.default for code in catalogue().protocols for each in code.phases} == {30}
    assert by_code(catalogue().record_fields)["hands_on_minutes"].required


def test_c15_the_longest_recovery_is_told() -> None:
    assert "three days" in instruction("recovery").text
    assert "day off" in instruction("recovery").text
    assert "24 hours" in instruction("recovery").text
    assert instruction("recovery").until_hours == 72
    assert {each.usual_hours for each in catalogue().reactions} == {72, None}


def test_c16_the_seven_restrictions_are_always_given() -> None:
    seven = {"F291", "F292", "F293", "F294", "F295", "F296", "F297"}
    given = [each for each in catalogue().instructions if seven & set(each.cites)]
    assert {cite for each in given for cite in each.cites} >= seven
    assert all(each.stage == "after" and each.scope == {} and each.enabled_by is None for each in given)


def test_c17_sun_is_avoided_sunscreen_is_used_and_planned_sun_is_a_caution() -> None:
    assert instruction("no-sun").stage == instruction("sunscreen").stage == "after"
    assert Given(answers=yes("strong_sun")).verdict().status is Status.NEEDS_REVIEW


def test_c18_exercise_pauses_after_a_session_and_belongs_to_the_course() -> None:
    assert instruction("no-gym").stage == "after"
    assert instruction("exercise").stage == "course"
    assert "pause" in instruction("exercise").text


def test_c19_a_wrapped_cold_pack_is_allowed_and_bare_ice_is_not() -> None:
    assert "wrapped" in instruction("cold-pack").text
    assert "ice put straight on the skin" in instruction("no-extreme-temperature").text


def test_c20_tea_needs_the_clinics_choice_and_vinegar_is_never_mentioned() -> None:
    herbal = instruction("herbal-compress")
    policy = by_code(catalogue().policies)["herbal_compress"]
    assert herbal.enabled_by == policy.code
    assert policy.default == "not_mentioned"
    assert [code for code, text in patient_texts() if "tea" in text.lower().split()] == ["herbal-compress"]
    assert not [code for code, text in patient_texts() if "vinegar" in text.lower()]


def test_c21_cream_is_optional_and_checked_for_allergy() -> None:
    assert not by_code(catalogue().checklist)["offer-cream"].needed
    allergic = Given(answers={"allergens": ["local_anaesthetic"]})
    assert allergic.verdict().is_eligible
    assert not allergic.planned(topicals=frozenset({"anaesthetic_cream"})).verdict().is_eligible


def test_c22_consent_says_that_it_may_hurt() -> None:
    line = by_code(catalogue().consent)["may-hurt"]
    assert line.act == "both"
    assert "hurt" in line.text
    assert not [code for code, text in patient_texts() if "painless" in text.lower()]


def test_c23_everything_breaks_the_skin() -> None:
    assert all(device.skin_breaching for device in catalogue().delivery_devices)
    assert not [code for code, text in patient_texts() if "non-invasive" in text.lower()]


def test_c24_the_gun_is_one_needle_the_multi_injector_eighteen_and_only_that_cautions() -> None:
    devices = by_code(catalogue().delivery_devices)
    assert devices["mesogun"].needle_count == 1
    assert devices["multi_injector"].needle_count == 18
    fragile = Given(answers=yes("fragile_capillaries"))
    assert "multi-needle-fragile" in codes(fragile.planned(device="multi_injector").verdict())
    assert fragile.planned(device="mesogun").verdict().is_eligible


def test_c25_depth_technique_and_needle_are_asked_and_never_presumed() -> None:
    fields = by_code(catalogue().record_fields)
    assert all(fields[code].required for code in ("intended_depth", "technique", "needle_type"))
    assert "depth_deviation" in fields


def test_c26_the_treated_skin_disease_is_reviewed_another_in_the_zone_waits() -> None:
    effects = {
        place: Given(answers={"skin_disease": [place]}).verdict().status
        for place in ("treated", "in_zone", "elsewhere")
    }
    assert effects == {
        "treated": Status.NEEDS_REVIEW,
        "in_zone": Status.DEFERRED,
        "elsewhere": Status.NEEDS_REVIEW,
    }
    assert all(each.sign_off for each in catalogue().indications if each.field == "dermatology" and each.selectable)


def test_c27_infection_anxiety_smoking_and_weight_are_no_reasons_to_treat() -> None:
    indications = by_code(catalogue().indications)
    for code in ("infection", "anxiety", "smoking_cessation", "weight_loss"):
        assert not indications[code].selectable
        assert Given().planned(indication=code).verdict().status is Status.CONTRAINDICATED
    assert indications["arthritis"].field == "pain"
    assert Given().planned(indication="arthritis", areas=frozenset({"hand"})).verdict().status is Status.NEEDS_REVIEW


def test_c28_hair_has_evidence_lines_of_its_own_and_every_plan_the_general_one() -> None:
    consent = by_code(catalogue().consent)
    assert consent["little-evidence"].separately
    assert consent["little-evidence"].scope == {}
    for code in ("hair-little-evidence", "hair-not-shown"):
        assert consent[code].separately
        assert consent[code].scope == {"regions": ["scalp"]}
    assert all(by_code(catalogue().indications)[code].caveat for code in HAIR)


def test_c29_praise_feeds_no_rule_and_no_patient_text() -> None:
    praise = {cite for claim in catalogue().claims for cite in claim.cites if cite.startswith("F")}
    assert praise == {"F251", "F252", "F255", "F256", "F257", "F258", "F259", "F264", "F268", "F269"}
    cited = (*catalogue().rules, *catalogue().consent, *catalogue().instructions, *catalogue().questions)
    assert not [entry for entry in cited if praise & set(entry.cites)]


def test_c30_the_emergency_kit_is_checked_before_test_and_treatment() -> None:
    assert by_code(catalogue().gates)["emergency_kit"].acts == ("test", "treatment")


def test_c31_the_outcome_is_reviewed_after_the_fourth_session_or_half_way() -> None:
    first = {each.code: each.phases[0].review_after for each in catalogue().protocols}
    assert first == {
        "P01": 4,
        "P02": 4,
        "P03": 4,
        "P04": None,
        "P05": 4,
        "P06-A": 2,
        "P06-B": 2,
        "P07": 4,
        "P08": 3,
    }
    assert "gradual" in by_code(catalogue().consent)


def test_c32_inches_are_one_sources_words_and_weight_is_no_goal() -> None:
    size = by_code(catalogue().outcomes)["fat-size"]
    assert "One source" in size.text
    assert not by_code(catalogue().indications)["weight_loss"].selectable
    assert by_code(catalogue().record_fields)["circumference_cm"].unit == "cm"


def test_c33_own_aspirin_waits_and_prescribed_aspirin_blocks_and_is_never_stopped() -> None:
    own = Given(answers={"aspirin_last_dose": TODAY - days(1)})
    assert own.verdict().status is Status.DEFERRED
    prescribed = Given(answers=yes("blood_thinners"))
    assert prescribed.verdict().status is Status.CONTRAINDICATED
    assert "keep taking" in found(prescribed.verdict(), "blood-thinners").text
    assert "other than aspirin" in instruction("pain-relief").text


def test_c34_no_make_up_until_the_skin_has_closed() -> None:
    assert "without make-up" in instruction("no-make-up-before").text
    assert instruction("no-make-up-after").duration_policy == "skin_closure_hours"
    assert instruction("cover-bruises").begins_policy == "skin_closure_hours"


def test_c35_the_patients_kidney_block_comes_before_the_substances() -> None:
    verdict = Given(answers=yes("kidney_disease")).planned(mix=frozenset({"organic_silicon"})).verdict()
    assert [finding.code for finding in verdict.findings] == ["kidney-disease", "silicon-kidney"]


def test_c36_pregnancy_and_breastfeeding_are_asked_again_at_each_session() -> None:
    questions = {each.link_id: each for each in catalogue().questions}
    for link_id in ("pregnant", "breastfeeding"):
        assert set(questions[link_id].occasions) == {Occasion.PLAN, Occasion.SAME_DAY}
        earlier = Given(answers={link_id: False}, answered=TODAY - days(1))
        assert earlier.verdict().status is Status.INCOMPLETE


def test_c37_the_skin_infection_is_no_indication_and_no_other_name_of_cellulite() -> None:
    assert "cellulitis" not in by_code(catalogue().indications)
    assert "infection" in by_code(catalogue().indications)["cellulite"].caveat


def test_c38_drug_choice_and_test_are_the_prescribers() -> None:
    roles = by_code(catalogue().roles)
    assert roles["prescriber"].prescriber_only
    assert {"F223", "F237"} <= set(roles["prescriber"].cites)
    assert "F236" in roles["injecting_practitioner"].cites


def test_c39_dose_and_dilution_are_recorded_and_never_presumed() -> None:
    assert by_code(catalogue().record_fields)["formula_as_mixed"].required
    assert not {"amount", "dose", "concentration"} & set(type(catalogue().substances[0]).model_fields)


def test_c40_evidence_is_low_or_only_claimed() -> None:
    assert {each.evidence for each in catalogue().protocols} == {"low"}
    claimed = {each.code for each in catalogue().indications if each.evidence == "claim_only"}
    assert claimed == {each.code for each in catalogue().indications if not each.selectable}


def test_c41_own_plasma_has_its_own_consent_draw_and_identity_check() -> None:
    scope = {"substances": ["autologous_prp"]}
    assert by_code(catalogue().consent)["own-blood"].scope == scope
    steps = by_code(catalogue().checklist)
    assert all(steps[code].scope == scope and steps[code].needed for code in ("blood-draw", "own-blood-identity"))


def test_c42_age_is_looked_at_on_the_date_of_each_session() -> None:
    nearly = Given(birth_date=date(2008, 6, 1))
    assert nearly.verdict().status is Status.CONTRAINDICATED
    assert replace(nearly, on=date(2026, 6, 1)).verdict().is_eligible


def test_c43_pigment_needs_phototype_sign_off_and_consent_and_a_dark_patch_stops_the_course() -> None:
    plan = replace(BODY, areas=frozenset({"face"}), indication="hyperpigmentation")
    assert codes(Given(plan=plan).verdict()) == {"indication-sign-off"}
    assert "unanswered:phototype" in codes(Given(plan=plan, without=("phototype",)).verdict())
    assert by_code(catalogue().consent)["pigment-may-darken"].separately
    assert Given(answers={"old_site": ["dark_patch"]}).verdict().status is Status.NEEDS_REVIEW


def test_c44_antisepsis_is_ticked_three_times() -> None:
    ticks = [each for each in catalogue().checklist if "C44" in each.cites]
    assert [each.at for each in ticks] == ["before", "during", "after"]
    assert all(each.needed for each in ticks)


@pytest.mark.parametrize("device", ["roller", "pen"])
def test_c45_roller_and_pen_are_screened_like_injections(device: str) -> None:
    assert Given(answers=yes("diabetes")).planned(device=device).verdict().status is Status.CONTRAINDICATED
    assert not Given(allergies=frozenset({"vitamins"})).planned(device=device).verdict().is_eligible


def test_c46_consent_names_every_kind_of_side_effect() -> None:
    text = by_code(catalogue().consent)["reactions-listed"].text
    for word in ("pain", "swelling", "redness", "bruises", "burning", "itching", "rash", "nausea", "eczema"):
        assert word in text
    for word in ("dark patches", "scars", "infection", "allergic shock", "cuts", "bumps"):
        assert word in text


def test_c47_the_eye_area_is_skin_only_and_a_prescribers_decision() -> None:
    eyes = Given().planned(areas=frozenset({"eye_area"}), indication="wrinkles")
    assert eyes.verdict().status is Status.NEEDS_REVIEW
    assert "never the eyeball" in found(eyes.verdict(), "eye-area").text


def test_c48_a_headache_defers_and_where_it_is_treated_a_prescriber_decides() -> None:
    assert Given(answers=yes("headache")).verdict().status is Status.DEFERRED
    treated = Given(answers=yes("headache")).planned(indication="headache", areas=frozenset({"neck"}))
    assert treated.verdict().status is Status.NEEDS_REVIEW


def test_c49_the_word_surgery_is_not_used() -> None:
    assert not [code for code, text in patient_texts() if "surg" in text.lower()]


def test_c50_two_weeks_and_fifteen_days_stay_what_they_are() -> None:
    assert literal(phase("P02", 1)) == ("week", 2, 2, 2)
    assert literal(phase("P01", 2)) == literal(phase("P07", 1)) == ("day", 15, 15, 15)
    assert by_code(catalogue().policies)["fifteen_days"].default == "literal"


def test_c51_a_measurement_closes_the_ten_weeks() -> None:
    closing = phase("P05", 2)
    assert (closing.kind, closing.sessions.min, literal(closing)) == ("measurement", 1, ("week", 1, 1, 1))
