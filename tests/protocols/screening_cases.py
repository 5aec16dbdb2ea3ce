"""Cases written from the sources: for each rule a hit, and a near miss that only just escapes it."""

from dataclasses import dataclass, replace
from datetime import date

from protocols.eligibility import Effect, Occasion, Plan
from tests.protocols.patients import BODY, TODAY, Given, days, yes

BLOCKS, EXCLUDED, DEFERRED, REVIEW, CAUTION, INCOMPLETE = (
    Effect.BLOCKS,
    Effect.EXCLUDED_OPTION,
    Effect.DEFERRED,
    Effect.REVIEW,
    Effect.CAUTION,
    Effect.INCOMPLETE,
)
SILICON = replace(BODY, mix=frozenset({"vitamins", "organic_silicon"}))
WELL = Given()
PLAN = Occasion.PLAN


@dataclass(frozen=True, kw_only=True)
class Screened:
    """A rule of the catalogue, the facts it stands for, what makes it speak and what just does not."""

    rule: str
    facts: str
    effect: Effect
    hit: Given
    near: Given = WELL

    def __str__(self) -> str:
        return f"{self.facts.replace(' ', '-')}-{self.rule}"


def answered(**answers: object) -> Given:
    return Given(answers=answers)


def takes(names: object, **answers: object) -> Given:
    """Medicines named in words."""
    return answered(takes_medicines=True, medicine_names=names, **answers)


def rows(*medicines: tuple[str, dict[str, object]]) -> Given:
    """Medicines named one by one."""
    return takes([{"name": name, **rest} for name, rest in medicines])


def planned(plan: Plan, **answers: object) -> Given:
    return Given(answers=answers, plan=plan)


def block(rule: str, facts: str, hit: Given, near: Given = WELL) -> Screened:
    return Screened(rule=rule, facts=facts, effect=BLOCKS, hit=hit, near=near)


ABSOLUTE = [
    block("leukaemia", "F172", answered(leukaemia=True), answered(cancer_past=True)),
    block("diabetes", "F173", answered(diabetes=True), answered(oedema=True)),
    block("diabetes-insulin", "F190", answered(diabetes=True, insulin=True), answered(diabetes=True, insulin=False)),
    block("diabetes-insulin", "F190", Given(medicines=frozenset({"insulin"})), Given(medicines=frozenset({"vitamin"}))),
    block("blood-infection", "F174", answered(blood_infection=True), answered(infection=True)),
    block("hiv-aids", "F175", answered(hiv_aids=True), answered(herpes_past=True)),
    block("heart-disease", "F176", answered(heart_disease=True), answered(fragile_capillaries=True)),
    block(
        "heart-disease-severe",
        "F192",
        answered(heart_disease=True, heart_disease_severe=True),
        answered(heart_disease=True, heart_disease_severe=False),
    ),
    block("heart-rhythm-medicine", "F191", answered(heart_rhythm_medicine=True), answered(takes_medicines=True)),
    block(
        "heart-rhythm-medicine",
        "F191",
        Given(medicines=frozenset({"antiarrhythmic"})),
        Given(medicines=frozenset({"antihistamine"})),
    ),
    block("chemotherapy", "F177", answered(chemotherapy=True), answered(cancer_past=True)),
    block("chemotherapy", "F177", rows(("Taxol", {"ended": True})), rows(("Taxofit", {"ended": True}))),
    block("diabetes-insulin", "F190", takes("insulina glargine"), takes("inulin")),
    block("diabetes", "F173", takes("Wegovy, for diabetes"), takes("Wegovy, no diabetes")),
    block("cancer", "F193", rows(("Metoject", {"purpose": "tumour"})), rows(("Metoject", {"purpose": "psoriasis"}))),
    block("heart-rhythm-medicine", "F191", takes("bisoprolol for afib"), takes("bisoprolol for migraine")),
    block("heart-rhythm-medicine", "F191", takes("Amiodarone 200"), rows(("Amiodarone", {"ended": True}))),
    block("blood-thinners", "F189", takes("aspirin, my doctor prescribed it"), takes("aspirin for headache")),
    block("blood-thinners", "F189", takes("cardioaspirina"), takes("aspirina")),
    block("radiotherapy", "F178", answered(radiotherapy=True), answered(cancer_past=True)),
    block("stroke", "F182", answered(stroke=True), answered(headache=True)),
    block("kidney-disease", "F186", answered(kidney_disease=True), answered(oedema=True)),
    block("liver-disease", "F187", answered(liver_disease=True), answered(kidney_disease=True)),
    block("cancer", "F193", answered(cancer=True), answered(cancer_past=True)),
    block("blood-thinners", "F189", answered(blood_thinners=True), answered(aspirin_last_dose=TODAY - days(2))),
    block(
        "blood-thinners",
        "F189",
        Given(medicines=frozenset({"anticoagulant_antiplatelet"})),
        Given(medicines=frozenset({"paracetamol"})),
    ),
    block(
        "age-over-75",
        "F211",
        Given(birth_date=date(1950, 5, 5)),
        Given(birth_date=date(1950, 5, 6)),
    ),
]
WHILE_TRUE = [
    block("age-under-18", "F210", Given(birth_date=date(2008, 5, 6)), Given(birth_date=date(2008, 5, 5))),
    block("pregnancy", "F179 F188", answered(pregnant=True), answered(breastfeeding=True)),
    block("breastfeeding", "F180", answered(breastfeeding=True), answered(pregnant=True)),
    block("infection", "D11", answered(infection=True), answered(blood_infection=True)),
    block(
        "systemic-illness",
        "F183",
        answered(systemic_illness=True, systemic_illness_class="not_compatible"),
        answered(systemic_illness=True, systemic_illness_class="compatible"),
    ),
    block(
        "systemic-illness",
        "F183",
        Given(answers=yes("systemic_illness"), without=("systemic_illness_class",)),
        Given(without=("systemic_illness_class",)),
    ),
]
OPTIONS = [
    Screened(
        rule="area-not-selectable",
        facts="F002",
        effect=EXCLUDED,
        hit=planned(replace(BODY, areas=frozenset({"abdomen", "breast"}))),
        near=planned(replace(BODY, areas=frozenset({"neckline"}), indication="wrinkles")),
    ),
    Screened(
        rule="indication-not-selectable",
        facts="F040 F045 F051 F053 F054",
        effect=EXCLUDED,
        hit=planned(replace(BODY, indication="weight_loss")),
        near=planned(replace(BODY, indication="localised_fat"), large_concern=False),
    ),
    Screened(
        rule="does-not-belong",
        facts="D47",
        effect=EXCLUDED,
        hit=planned(replace(BODY, mix=frozenset({"minoxidil"}))),
        near=planned(replace(BODY, mix=frozenset({"minoxidil"}), areas=frozenset({"scalp"}), indication="alopecia")),
    ),
    Screened(
        rule="not-in-catalogue",
        facts="B11",
        effect=EXCLUDED,
        hit=planned(replace(BODY, mix=frozenset({"vitamins", "something_new"}))),
    ),
    Screened(
        rule="silicon-diabetes",
        facts="F111",
        effect=EXCLUDED,
        hit=planned(SILICON, diabetes=True),
        near=answered(diabetes=True),
    ),
    Screened(
        rule="silicon-kidney",
        facts="F112",
        effect=EXCLUDED,
        hit=planned(SILICON, kidney_disease=True),
        near=planned(SILICON, liver_disease=True),
    ),
    Screened(
        rule="silicon-pregnancy",
        facts="F113",
        effect=EXCLUDED,
        hit=planned(SILICON, breastfeeding=True),
        near=answered(breastfeeding=True),
    ),
    Screened(
        rule="silicon-pregnancy",
        facts="F113",
        effect=EXCLUDED,
        hit=planned(SILICON, pregnant=True),
        near=planned(SILICON),
    ),
    Screened(
        rule="silicon-oedema",
        facts="F114",
        effect=EXCLUDED,
        hit=planned(SILICON, oedema=True),
        near=answered(oedema=True),
    ),
    Screened(
        rule="allergy-to-mix",
        facts="F181 F194",
        effect=EXCLUDED,
        hit=answered(allergens=["chlorhexidine"]),
        near=answered(allergens=["plant_extracts"]),
    ),
    Screened(
        rule="allergy-to-mix",
        facts="F181 F194",
        effect=EXCLUDED,
        hit=Given(allergies=frozenset({"vitamins"})),
        near=Given(allergies=frozenset({"minerals"})),
    ),
    Screened(
        rule="sensitivity-to-mix",
        facts="F194",
        effect=EXCLUDED,
        hit=Given(suspected=frozenset({"vitamins"})),
        near=Given(suspected=frozenset({"minerals"})),
    ),
]
LATER = [
    Screened(
        rule="cough",
        facts="F205",
        effect=DEFERRED,
        hit=answered(cough=True),
        near=Given(answers=yes("cough"), occasion=PLAN),
    ),
    Screened(
        rule="headache",
        facts="F206",
        effect=DEFERRED,
        hit=answered(headache=True),
        near=planned(replace(BODY, indication="headache", areas=frozenset({"neck"})), headache=True),
    ),
    Screened(rule="flu", facts="F207", effect=DEFERRED, hit=answered(flu=True), near=answered(cough=True)),
    Screened(
        rule="unwell",
        facts="F208",
        effect=DEFERRED,
        hit=answered(unwell=True),
        near=Given(answers=yes("unwell"), occasion=PLAN),
    ),
    Screened(
        rule="aspirin",
        facts="F209",
        effect=DEFERRED,
        hit=answered(aspirin_last_dose=TODAY - days(13)),
        near=answered(aspirin_last_dose=TODAY - days(14)),
    ),
    Screened(
        rule="aspirin-listed",
        facts="D35",
        effect=DEFERRED,
        hit=rows(("Alka-Seltzer", {"purpose": "headache", "last_taken": (TODAY - days(13)).isoformat()})),
        near=rows(("Alka-Seltzer", {"purpose": "headache", "last_taken": (TODAY - days(14)).isoformat()})),
    ),
    Screened(
        rule="herpes-active",
        facts="F184",
        effect=DEFERRED,
        hit=answered(herpes_active=True),
        near=answered(herpes_past=True),
    ),
    Screened(
        rule="skin-disease-in-zone",
        facts="F185",
        effect=DEFERRED,
        hit=answered(skin_disease=["in_zone"]),
        near=answered(skin_disease=["elsewhere"]),
    ),
]
FAT = replace(BODY, indication="localised_fat")
REVIEWS = [
    Screened(
        rule="systemic-illness-review",
        facts="F183",
        effect=REVIEW,
        hit=Given(
            answers={"systemic_illness": True, "systemic_illness_class": "compatible"},
            answered=date(2025, 11, 5),
        ),
        near=Given(
            answers={"systemic_illness": True, "systemic_illness_class": "compatible"},
            answered=date(2025, 11, 6),
        ),
    ),
    Screened(
        rule="cancer-past", facts="F193", effect=REVIEW, hit=answered(cancer_past=True), near=answered(leukaemia=True)
    ),
    Screened(
        rule="herpes-past",
        facts="F184",
        effect=REVIEW,
        hit=answered(herpes_past=True),
        near=answered(herpes_active=True),
    ),
    Screened(
        rule="skin-disease-treated",
        facts="F185",
        effect=REVIEW,
        hit=answered(skin_disease=["treated"]),
        near=answered(skin_disease=["in_zone"]),
    ),
    Screened(
        rule="skin-disease-elsewhere",
        facts="F185",
        effect=REVIEW,
        hit=answered(skin_disease=["elsewhere"]),
        near=answered(skin_disease=["treated"]),
    ),
    Screened(
        rule="headache-as-indication",
        facts="F206 F035",
        effect=REVIEW,
        hit=planned(replace(BODY, indication="headache", areas=frozenset({"neck"})), headache=True),
        near=planned(replace(BODY, indication="neck_pain", areas=frozenset({"neck"})), headache=True),
    ),
    Screened(rule="general-health", facts="F212 F213", effect=REVIEW, hit=answered(health_concern=True)),
    Screened(rule="expectations", facts="F214", effect=REVIEW, hit=answered(expects_certainty=True)),
    Screened(
        rule="large-concern",
        facts="F215",
        effect=REVIEW,
        hit=planned(FAT, large_concern=True),
        near=answered(large_concern=True),
    ),
    Screened(
        rule="indication-sign-off",
        facts="C26 C27 C43",
        effect=REVIEW,
        hit=planned(replace(BODY, indication="acne", areas=frozenset({"face"}))),
        near=planned(replace(BODY, indication="wrinkles", areas=frozenset({"face"}))),
    ),
    Screened(
        rule="eye-area",
        facts="C47",
        effect=REVIEW,
        hit=planned(replace(BODY, indication="wrinkles", areas=frozenset({"eye_area"}))),
        near=planned(replace(BODY, indication="wrinkles", areas=frozenset({"face"}))),
    ),
    Screened(
        rule="drug-allergy",
        facts="F194 F197",
        effect=REVIEW,
        hit=answered(drug_allergy=True),
        near=answered(other_allergy=True),
    ),
    Screened(
        rule="other-allergy",
        facts="F181 F196",
        effect=REVIEW,
        hit=answered(other_allergy=True),
        near=answered(drug_allergy=True),
    ),
    Screened(rule="oedema", facts="F114 D47", effect=REVIEW, hit=answered(oedema=True)),
    Screened(rule="medicine-what-for", facts="D35", effect=REVIEW, hit=takes("Wegovy"), near=takes("inulin")),
    Screened(
        rule="medicine-what-for",
        facts="D35",
        effect=REVIEW,
        hit=rows(("aspirin", {"last_taken": "2026-01-01"})),
        near=rows(("aspirin", {"last_taken": "2026-01-01", "purpose": "headache"})),
    ),
    Screened(
        rule="medicine-ended",
        facts="D35",
        effect=REVIEW,
        hit=rows(("vitamin D", {"ended": True})),
        near=takes("vitamin D"),
    ),
    Screened(rule="medicine-unknown", facts="D35", effect=REVIEW, hit=takes("Xyzzolin"), near=takes("vitamin D 5mg")),
    Screened(rule="medicine-did-you-mean", facts="D35", effect=REVIEW, hit=takes("inulin"), near=takes("Inulinol")),
    Screened(
        rule="old-site",
        facts="F328 F341",
        effect=REVIEW,
        hit=answered(old_site=["lump"]),
        near=answered(old_site=[]),
    ),
    Screened(
        rule="test-symptoms",
        facts="D42",
        effect=REVIEW,
        hit=answered(test_symptoms=True),
        near=answered(test_symptoms=False),
    ),
    Screened(
        rule="health-changed",
        facts="F196 F208",
        effect=REVIEW,
        hit=answered(health_changed=True),
        near=answered(health_changed=False),
    ),
]
EIGHTEEN = replace(BODY, device="multi_injector")
CAUTIONS = [
    Screened(
        rule="multi-needle-fragile",
        facts="F088 F200",
        effect=CAUTION,
        hit=planned(EIGHTEEN, fragile_capillaries=True),
        near=planned(BODY, fragile_capillaries=True),
    ),
    Screened(
        rule="multi-needle-sensitive",
        facts="F088 F201",
        effect=CAUTION,
        hit=planned(EIGHTEEN, sensitive_skin=True),
        near=planned(BODY, sensitive_skin=True),
    ),
    Screened(
        rule="sensitive-skin",
        facts="F202 F203",
        effect=CAUTION,
        hit=answered(sensitive_skin=True),
        near=answered(fragile_capillaries=True),
    ),
    Screened(
        rule="silicon-long-term",
        facts="F110",
        effect=CAUTION,
        hit=planned(SILICON, silicon_long_term=True),
        near=answered(silicon_long_term=True),
    ),
    Screened(
        rule="nappage",
        facts="F239",
        effect=CAUTION,
        hit=planned(replace(BODY, technique="nappage")),
        near=planned(replace(BODY, technique="multi_prick")),
    ),
    Screened(rule="medicines-declared", facts="F196", effect=CAUTION, hit=answered(takes_medicines=True)),
    Screened(rule="strong-sun", facts="C17", effect=CAUTION, hit=answered(strong_sun=True)),
]
ASKED_AGAIN = [
    Screened(
        rule="severe-without-heart-disease",
        facts="D16",
        effect=INCOMPLETE,
        hit=answered(heart_disease_severe=True),
        near=answered(heart_disease=True, heart_disease_severe=True),
    ),
    Screened(
        rule="medicines-denied",
        facts="D16 D35",
        effect=INCOMPLETE,
        hit=answered(medicine_names="warfarin"),
        near=takes("warfarin"),
    ),
    Screened(
        rule="aspirin-undated",
        facts="D35",
        effect=INCOMPLETE,
        hit=takes("aspirin for headache"),
        near=takes("aspirin for headache", aspirin_last_dose=TODAY - days(20)),
    ),
    Screened(rule="birth-date-missing", facts="F210 F211", effect=INCOMPLETE, hit=Given(birth_date=None)),
    Screened(
        rule="male-pregnant",
        facts="D16",
        effect=INCOMPLETE,
        hit=Given(sex="male", answers=yes("pregnant")),
        near=Given(answers=yes("pregnant")),
    ),
    Screened(
        rule="male-breastfeeding",
        facts="D16",
        effect=INCOMPLETE,
        hit=Given(sex="male", answers=yes("breastfeeding")),
        near=Given(sex=None, answers=yes("breastfeeding")),
    ),
    Screened(
        rule="insulin-without-diabetes",
        facts="D16",
        effect=INCOMPLETE,
        hit=answered(insulin=True),
        near=answered(diabetes=True, insulin=True),
    ),
]
CASES = [*ABSOLUTE, *WHILE_TRUE, *OPTIONS, *LATER, *REVIEWS, *CAUTIONS, *ASKED_AGAIN]
