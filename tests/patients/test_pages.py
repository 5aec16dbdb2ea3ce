"""The pages of patients: what each person sees on them, what a form does, and what it says when it will not."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.actions.consent import sign_consent
from patients.models import (
    AccessLog,
    Allergy,
    AllergyTest,
    AllergyTestReading,
    Consent,
    FindingDecision,
    IntakeResponse,
    Measurement,
    Patient,
)
from patients.queries.eligibility import evaluate
from patients.queries.statements import statements_for
from protocols.actions.policies import set_policy
from protocols.models import Formulation
from scheduling.treatment.queries.drawn_up import Syringe
from tests.factories import NOW, TODAY, FormulationFactory, PatientFactory
from tests.steps import DAY, SAID, check_same_day, consent_to, hold_consultation, inject_test, read, take_intake
from tests.stock import as_form, lines_for

Browsers = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def url(name: str, *args: Any, query: str = "") -> str:
    return reverse(name, args=args) + query


def text(answer: Any) -> str:
    return answer.content.decode()


# --- everybody's doors ---------------------------------------------------------------------------------------------

PAGES = ("edit", "same_day", "eligibility", "consent", "consent_print", "consent_refuse")
CLINICAL_PAGES = ("intake", "mix", "allergy_test", "measurements")


@pytest.mark.parametrize("page", [*PAGES, *CLINICAL_PAGES])
def test_each_page_opens_for_clinicians_and_leaves_a_trace(
    patient: Patient, practitioner: User, browser_of: Browsers, page: str
):
    answer = browser_of(practitioner).get(url(f"patients:{page}", patient.pk))
    assert answer.status_code == 200
    assert str(patient) in text(answer)
    assert AccessLog.objects.filter(patient=patient, user=practitioner).exists()


@pytest.mark.parametrize("page", [*PAGES, *CLINICAL_PAGES])
def test_nobody_is_nobody(patient: Patient, practitioner: User, browser_of: Browsers, page: str):
    assert browser_of(practitioner).get(url(f"patients:{page}", 0)).status_code == 404
    assert browser_of(patient.user).get(url(f"patients:{page}", patient.pk)).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_opens_what_is_for_the_desk(patient: Patient, desk: User, browser_of: Browsers, page: str):
    assert browser_of(desk).get(url(f"patients:{page}", patient.pk)).status_code == 200


@pytest.mark.parametrize("page", CLINICAL_PAGES)
def test_the_desk_does_not_open_what_is_clinical(patient: Patient, desk: User, browser_of: Browsers, page: str):
    assert browser_of(desk).get(url(f"patients:{page}", patient.pk)).status_code == 403


@pytest.mark.parametrize("page", ["intake", "same_day"])
def test_the_portal_is_for_patients(patient: Patient, desk: User, browser_of: Browsers, page: str):
    assert browser_of(patient.user).get(url(f"portal:{page}")).status_code == 200
    assert browser_of(desk).get(url(f"portal:{page}")).status_code == 403


# --- the list and registering --------------------------------------------------------------------------------------


def test_the_list_finds_by_name_phone_email_and_misspelling(desk: User, patient: Patient, browser_of: Browsers):
    PatientFactory(given_name="Giulia", family_name="Ferrari", phone="+390677", email="giulia@example.test")
    browser = browser_of(desk)
    for words in ("ferrari", "giul ferr", "0677", "giulia@", "Ferari Giulia"):
        found = text(browser.get(url("patients:list"), {"q": words}))
        assert "Ferrari" in found, words
        assert "Rossi" not in found, words


def test_the_list_asks_the_same_for_one_patient_and_thirty(
    desk: User,
    patient: Patient,
    browser_of: Browsers,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
):
    browser = browser_of(desk)
    with django_assert_max_num_queries(8) as one:
        browser.get(url("patients:list"))
    PatientFactory.create_batch(29)
    with django_assert_num_queries(len(one)):
        assert text(browser.get(url("patients:list"))).count("row-link") == 30


def test_the_list_shows_the_desk_bookable_or_not_and_no_condition(
    desk: User, practitioner: User, patient: Patient, browser_of: Browsers
):
    take_intake(patient, by=practitioner, now=NOW, diabetes=True)
    for_desk = text(browser_of(desk).get(url("patients:list")))
    assert "Not bookable" in for_desk
    assert "Must not be treated" not in for_desk
    assert "Must not be treated" in text(browser_of(practitioner).get(url("patients:list")))


def test_the_list_filters_by_what_is_to_do(desk: User, practitioner: User, patient: Patient, browser_of: Browsers):
    PatientFactory(family_name="Nochnicht")
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    browser = browser_of(practitioner)
    assert "Rossi" in text(browser.get(url("patients:list"), {"state": "decide"}))
    assert "Nochnicht" not in text(browser.get(url("patients:list"), {"state": "decide"}))
    assert "Nochnicht" in text(browser.get(url("patients:list"), {"state": "no_intake"}))
    assert "Nochnicht" in text(browser_of(desk).get(url("patients:list"), {"state": "decide"})), "not a desk filter"


def test_tests_to_be_read_are_found(practitioner: User, patient: Patient, mix: Formulation, browser_of: Browsers):
    AllergyTest.objects.create(
        patient=patient,
        formulation=mix,
        ingredients={},
        administered_at=NOW - DAY,
        injections=1,
        site="Arm",
        emergency_kit=True,
        administered_by=practitioner,
    )
    browser = browser_of(practitioner)
    assert "Rossi" in text(browser.get(url("patients:list"), {"state": "reading_due"}))
    read(AllergyTest.objects.get(), by=practitioner, at=NOW)
    assert "Rossi" not in text(browser.get(url("patients:list"), {"state": "reading_due"}))


def test_an_empty_clinic_says_what_to_do(desk: User, browser_of: Browsers):
    assert "No patients yet" in text(browser_of(desk).get(url("patients:list")))


PERSON = {"given_name": "Eva", "family_name": "Conti", "phone": "+39 06 555 0101"}


def test_registering_leads_to_the_patient(desk: User, browser_of: Browsers):
    answer = browser_of(desk).post(url("patients:register"), PERSON)
    eva = Patient.objects.get(family_name="Conti")
    assert (answer.status_code, answer.url) == (302, url("patients:detail", eva.pk))
    assert (eva.sex, eva.language) == ("unknown", "en-gb")


def test_a_likely_duplicate_is_shown_first_and_may_be_somebody_else(desk: User, browser_of: Browsers):
    twin = PatientFactory(given_name="Eva", family_name="Conti", phone="+39065550101")
    browser = browser_of(desk)
    shown = browser.post(url("patients:register"), PERSON)
    assert shown.status_code == 200
    assert url("patients:detail", twin.pk) in text(shown)
    assert Patient.objects.count() == 1
    browser.post(url("patients:register"), PERSON | {"not_these": str(Patient.objects.get().pk)})
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(("field", "value"), [("phone", "call me"), ("given_name", "."), ("birth_date", "2030-01-01")])
def test_what_is_wrong_is_said_at_the_field(desk: User, browser_of: Browsers, field: str, value: str):
    answer = browser_of(desk).post(url("patients:register"), PERSON | {field: value})
    assert f'id="id_{field}_error"' in text(answer)
    assert 'href="#id_' + field in text(answer), "the summary leads to the field"
    assert not Patient.objects.exists()


def test_contact_data_changed_meanwhile_is_not_overwritten(desk: User, patient: Patient, browser_of: Browsers):
    browser = browser_of(desk)
    Patient.objects.filter(pk=patient.pk).update(version=2, phone="+39061111")
    stale = browser.post(url("patients:edit", patient.pk), PERSON | {"version": "1"})
    assert "Someone changed this" in text(stale)
    assert Patient.objects.get(pk=patient.pk).phone == "+39061111"
    saved = browser.post(url("patients:edit", patient.pk), PERSON | {"version": "2", "email": patient.email})
    assert saved.status_code == 302
    assert str(Patient.objects.get(pk=patient.pk)) == "Eva Conti"


# --- the intake ----------------------------------------------------------------------------------------------------

CANCER = {"q-leukaemia": "no", "q-cancer": "no", "q-cancer_past": "no", "q-chemotherapy": "no", "q-radiotherapy": "no"}


def draft(patient: Patient) -> IntakeResponse:
    return IntakeResponse.objects.get(patient=patient, status="in_progress")


def test_a_patient_answers_topic_by_topic_leaves_and_comes_back(patient: Patient, browser_of: Browsers):
    browser = browser_of(patient.user)
    onward = browser.post(url("portal:intake_topic", "cancer"), CANCER)
    assert onward.status_code == 302
    assert onward.url == url("portal:intake_topic", "infections"), "the next topic that is open"
    assert draft(patient).answers["leukaemia"] is False
    left = browser.post(
        url("portal:intake_topic", "infections"), {"q-infection": "no", "leave": "1", "version": draft(patient).version}
    )
    assert left.url == url("portal:intake")
    again = text(browser.get(url("portal:intake_topic", "cancer")))
    assert again.count("checked") == 5
    assert "6 of" in text(browser.get(url("portal:intake")))


def test_handing_in_screens_and_thanks(patient: Patient, browser_of: Browsers):
    browser = browser_of(patient.user)
    browser.post(url("portal:intake_topic", "cancer"), CANCER)
    done = browser.post(url("portal:intake"), {"version": draft(patient).version})
    assert (done.status_code, done.url) == (302, url("portal:home"))
    assert IntakeResponse.objects.get().status == "completed"
    assert evaluate(patient, TODAY).status == "incomplete"


def test_a_follow_up_appears_as_soon_as_its_ground_is_given(patient: Patient, browser_of: Browsers):
    browser, page = browser_of(patient.user), url("portal:intake_topic", "heart_and_blood")
    assert "severe" not in text(browser.get(page))
    preview = browser.post(page, {"q-heart_disease": "yes", "preview": "1"})
    assert "q-heart_disease_severe" in text(preview)
    assert not IntakeResponse.objects.exists()
    without_script = browser.post(page, {"q-heart_disease": "yes"})
    assert without_script.url == page
    assert "q-heart_disease_severe" in text(browser.get(page))


def test_an_unlikely_pair_is_asked_again_and_then_taken(patient: Patient, practitioner: User, browser_of: Browsers):
    Patient.objects.filter(pk=patient.pk).update(sex="male")
    take_intake(patient, by=patient.user, now=NOW - DAY, diabetes=False)
    page = url("patients:intake_topic", patient.pk, "illnesses")
    IntakeResponse.objects.update(answers={**IntakeResponse.objects.get().answers, "insulin": True})
    asked = browser_of(practitioner).post(page, {"q-diabetes": "no"})
    assert "insulin is used, yet diabetes was answered with no" in text(asked)
    ticked = browser_of(practitioner).post(page, {"q-diabetes": "no", "confirm": "on", "preview": "1"})
    assert 'name="confirm" value="on" checked' in text(ticked), "the page follows each answer, and keeps the tick"
    taken = browser_of(practitioner).post(page, {"q-diabetes": "no", "confirm": "on"})
    assert taken.status_code == 302


def test_an_absolute_answer_is_not_changed_here_and_says_who_can(patient: Patient, browser_of: Browsers):
    take_intake(patient, by=patient.user, now=NOW - DAY, leukaemia=True)
    answer = browser_of(patient.user).post(url("portal:intake_topic", "cancer"), CANCER)
    assert "Only a prescriber can correct it" in text(answer)
    assert 'id="id_q-leukaemia_error"' in text(answer)
    assert IntakeResponse.objects.count() == 1


def test_a_day_in_the_future_is_refused_at_its_question(patient: Patient, browser_of: Browsers):
    page = url("portal:intake_topic", "heart_and_blood")
    late = browser_of(patient.user).post(
        page, {"q-aspirin_last_dose": "some", "on-aspirin_last_dose": (TODAY + DAY).isoformat()}
    )
    assert "lies in the future" in text(late)
    no_day = browser_of(patient.user).post(page, {"q-aspirin_last_dose": "some"})
    assert "Please give the day" in text(no_day)
    none = browser_of(patient.user).post(page, {"q-aspirin_last_dose": "none"})
    assert none.status_code == 302
    assert draft(patient).answers == {"aspirin_last_dose": None}


def test_none_of_these_excludes_the_others(patient: Patient, browser_of: Browsers):
    page = url("portal:intake_topic", "skin")
    both = browser_of(patient.user).post(page, {"q-skin_disease": ["treated", "none"]})
    assert "Either none of these" in text(both)
    browser_of(patient.user).post(page, {"q-skin_disease": ["none"], "q-sensitive_skin": "unknown"})
    assert draft(patient).answers == {"skin_disease": [], "sensitive_skin": "unknown"}


def test_the_consultations_questions_are_the_prescribers(
    patient: Patient, practitioner: User, colleague: User, browser_of: Browsers
):
    take_intake(patient, by=patient.user, now=NOW, systemic_illness=True)
    page = url("patients:intake_topic", patient.pk, "consultation")
    assert browser_of(colleague).get(page).status_code == 404
    assert browser_of(patient.user).get(url("portal:intake_topic", "consultation")).status_code == 404
    classed = {"q-systemic_illness_class": "compatible"}
    unnamed = browser_of(practitioner).post(page, classed)
    assert list(unnamed.context["form"].errors) == ["q-systemic_illness_name", "q-systemic_illness_reason"]
    named = {"q-systemic_illness_name": "Hashimoto", "q-systemic_illness_reason": "Stable for years."}
    assert browser_of(practitioner).post(page, classed | named).status_code == 302


def test_a_topic_nobody_has_is_not_found(patient: Patient, browser_of: Browsers):
    assert browser_of(patient.user).get(url("portal:intake_topic", "feelings")).status_code == 404


def test_a_prescriber_corrects_an_answer_and_its_history_is_shown(
    patient: Patient, practitioner: User, colleague: User, browser_of: Browsers
):
    take_intake(patient, by=patient.user, now=NOW - DAY, diabetes=True)
    page = url("patients:amend", patient.pk, "diabetes")
    assert "Only a prescriber" in text(browser_of(colleague).get(page))
    assert browser_of(colleague).post(page, {"q-diabetes": "no", "reason": "A slip"}).status_code == 200
    no_reason = browser_of(practitioner).post(page, {"q-diabetes": "no"})
    assert 'id="id_reason_error"' in text(no_reason)
    browser_of(practitioner).post(page, {"q-diabetes": "no", "reason": "Gestational, years ago"})
    shown = text(browser_of(practitioner).get(page))
    assert "Gestational, years ago" in shown
    assert evaluate(patient, TODAY).is_eligible
    assert browser_of(practitioner).get(url("patients:amend", patient.pk, "systemic_illness_class")).status_code == 404


def test_the_answers_that_stand_are_shown_with_who_and_when(patient: Patient, practitioner: User, browser_of: Browsers):
    take_intake(patient, by=patient.user, now=NOW, allergens=["silicon"])
    shown = text(browser_of(practitioner).get(url("patients:intake", patient.pk)))
    assert "Organic silicon" in shown
    assert "5 May 2026, 10:00" in shown, "in the clinic's wall time"


# --- on the day ----------------------------------------------------------------------------------------------------


def day_answers(patient: Patient, **changes: str) -> dict[str, Any]:
    asked = ["infection", "herpes_active", "pregnant", "breastfeeding", "cough", "headache", "flu", "unwell"]
    asked += ["test_symptoms"]
    given: dict[str, Any] = {f"q-{link}": "no" for link in [*asked, "health_changed"]}
    return given | {"q-aspirin_last_dose": "none", "q-skin_disease": ["none"], "q-old_site": ["none"]} | changes


def test_the_check_on_the_day_names_every_open_question(patient: Patient, desk: User, browser_of: Browsers):
    answer = browser_of(desk).post(url("patients:same_day", patient.pk), {"q-cough": "no"})
    assert text(answer).count("Please answer this question.") == 2 * 12
    assert not IntakeResponse.objects.exists()


def test_the_desk_learns_whether_and_not_why(patient: Patient, practitioner: User, desk: User, browser_of: Browsers):
    take_intake(patient, by=practitioner, now=NOW)
    page = url("patients:same_day", patient.pk)
    browser_of(desk).post(page, day_answers(patient, **{"q-cough": "yes"}))
    shown = text(browser_of(desk).get(page))
    assert "Not bookable, the practitioner will call" in shown
    assert "Wed 6 May 2026" in shown
    assert "cough" not in shown.lower()
    assert "cough" in text(browser_of(practitioner).get(page))


def test_a_patient_answers_at_home_and_is_told_what_happens(patient: Patient, browser_of: Browsers):
    take_intake(patient, by=patient.user, now=NOW - DAY)
    browser, page = browser_of(patient.user), url("portal:same_day")
    browser.post(page, day_answers(patient))
    assert "see you later" in text(browser.get(page))
    browser.post(page, day_answers(patient, **{"q-flu": "yes"}))
    assert "We will call you" in text(browser.get(page))
    assert 'name="q-flu"' in text(browser.get(page, {"again": "1"}))


def test_yesterdays_answers_are_not_todays(patient: Patient, practitioner: User, browser_of: Browsers):
    check_same_day(patient, by=practitioner, now=NOW - DAY)
    assert 'name="q-cough"' in text(browser_of(practitioner).get(url("patients:same_day", patient.pk)))


# --- the verdict ---------------------------------------------------------------------------------------------------


def test_the_desks_page_holds_no_finding(patient: Patient, practitioner: User, desk: User, browser_of: Browsers):
    take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-01", hiv_aids=True)
    answer = browser_of(desk).get(url("patients:eligibility", patient.pk))
    assert "verdict" not in answer.context, "not even handed to the template"
    shown = text(answer).lower()
    assert "not bookable, the practitioner will call" in shown
    for word in ("aspirin", "hiv", "contraindicated", "f175"):
        assert word not in shown
    assert (
        "hiv or aids rules out treatment"
        in text(browser_of(practitioner).get(url("patients:eligibility", patient.pk))).lower()
    )


def test_each_finding_offers_what_this_person_can_do(
    patient: Patient, practitioner: User, colleague: User, browser_of: Browsers
):
    take_intake(patient, by=patient.user, now=NOW, herpes_past=True, sensitive_skin=True, diabetes=True)
    page = url("patients:eligibility", patient.pk)
    decide = [url("patients:decide", patient.pk, code) for code in ("herpes-past", "sensitive-skin")]
    correct = url("patients:amend", patient.pk, "diabetes")
    for_prescriber, for_colleague = (text(browser_of(who).get(page)) for who in (practitioner, colleague))
    assert [link in for_prescriber for link in (*decide, correct)] == [True, True, True]
    assert [link in for_colleague for link in (*decide, correct)] == [False, True, False]


def test_an_unanswered_question_leads_to_its_page(patient: Patient, practitioner: User, browser_of: Browsers):
    browser = browser_of(practitioner)
    link = url("patients:answer", patient.pk, "stroke")
    assert link in text(browser.get(url("patients:eligibility", patient.pk)))
    assert browser.get(link).url == url("patients:intake_topic", patient.pk, "heart_and_blood")
    assert browser.get(url("patients:answer", patient.pk, "nothing")).status_code == 404


def test_deciding_signs_for_the_plan_in_the_address(
    patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True, silicon_long_term=False)
    browser, plan = browser_of(practitioner), f"?area=abdomen&indication=cellulite&formulation={mix.pk}"
    page = url("patients:decide", patient.pk, "herpes-past", query=plan)
    assert 'id="id_reason_error"' in text(browser.post(page, {"decision": "approve"}))
    assert browser.post(page, {"decision": "approve", "reason": "Years ago"}).status_code == 302
    made = FindingDecision.objects.get()
    assert (made.plan["areas"], made.plan["indication"], made.plan["formulation"]) == (
        ["abdomen"],
        "cellulite",
        str(mix.pk),
    )
    shown = text(browser.get(url("patients:eligibility", patient.pk)))
    assert "May be treated" in shown, "without a plan in the address the last one is shown"
    assert "Years ago" in shown
    assert "In force" in shown
    assert browser.get(url("patients:decide", patient.pk, "stroke")).status_code == 404


def test_a_made_up_plan_in_the_address_is_left_out(patient: Patient, practitioner: User, browser_of: Browsers):
    page = url(
        "patients:eligibility", patient.pk, query="?area=knee&on=never&formulation=99999999999999999999&indication=x"
    )
    assert browser_of(practitioner).get(page).status_code == 200


def test_the_soonest_route_says_when_and_why(
    patient: Patient, practitioner: User, mix: Formulation, clinic: Location, browser_of: Browsers
):
    take_intake(patient, by=practitioner, now=NOW, silicon_long_term=False)
    shown = " ".join(
        text(browser_of(practitioner).get(url("patients:eligibility", patient.pk), {"formulation": mix.pk})).split()
    )
    assert "Tue 5 May, 10:00" in shown
    assert "Wed 6 May, from 10:00" in shown
    assert "24 hours" in shown


def test_what_is_missing_is_listed_and_goes_away(
    patient: Patient, practitioner: User, mix: Formulation, clinic: Location, browser_of: Browsers
):
    browser, page = browser_of(practitioner), url("patients:eligibility", patient.pk, query=f"?formulation={mix.pk}")
    before = text(browser.get(page)).count('data-state="todo"')
    take_intake(patient, by=practitioner, now=NOW, silicon_long_term=False)
    hold_consultation(patient, location=clinic, at=NOW)
    consent_to(patient, "test", by=practitioner, at=NOW)
    consent_to(patient, "treatment", by=practitioner, at=NOW)
    after = text(browser.get(page)).count('data-state="todo"')
    assert before >= 7
    assert after == 1, "only the allergy test is left"


# --- consent, test, mix, measurements ------------------------------------------------------------------------------


def ticks(act: str) -> dict[str, str]:
    return {f"line-{line.code}": "on" for line in statements_for(act) if line.separately and not line.scope}


def test_signing_needs_every_tick_and_a_name(patient: Patient, practitioner: User, browser_of: Browsers):
    browser, page = browser_of(practitioner), url("patients:consent", patient.pk, query="?act=treatment")
    assert "There is little evidence that this treatment works." in text(browser.get(page))
    refused = text(browser.post(page, SAID | {"signed_name": "Ana Rossi", "together": "on"}))
    assert 'id="id_line-little-evidence_error"' in refused
    assert not Consent.objects.exists()
    browser.post(page, SAID | {"signed_name": "Ana Rossi", "together": "on"} | ticks("treatment"))
    assert Consent.objects.get().act == "treatment"
    assert "Signed by Ana Rossi" in text(browser.get(page))


def test_a_signature_of_yesterday_is_entered_in_wall_time(patient: Patient, practitioner: User, browser_of: Browsers):
    page = url("patients:consent", patient.pk, query="?act=test")
    given = SAID | {"signed_name": "Ana Rossi", "together": "on", "signed_at": "2026-05-04T17:30", "paper": "Folder 7"}
    browser_of(practitioner).post(page, given)
    assert Consent.objects.get().signed_at.isoformat() == "2026-05-04T15:30:00+00:00"
    old = browser_of(practitioner).post(page, given | {"signed_at": "2026-04-20T17:30"})
    assert 'id="id_signed_at_error"' in text(old) or "Signed by" in text(old)


def test_the_sheet_for_paper_has_every_line(patient: Patient, desk: User, browser_of: Browsers):
    sheet = text(browser_of(desk).get(url("patients:consent_print", patient.pk, query="?act=test")))
    assert "The allergy test is one or two injections of my own mix." in sheet
    assert "Signature" in sheet


def test_refusing_and_taking_back_need_no_reason(
    patient: Patient, desk: User, practitioner: User, browser_of: Browsers
):
    browser = browser_of(desk)
    signed = sign_consent(
        patient=patient,
        act="test",
        statements=[line.code for line in statements_for("test")],
        signed_name="Ana",
        by=practitioner,
        now=NOW - timedelta(hours=1),
    )
    browser.post(url("patients:consent_withdraw", signed.pk), {})
    browser.post(url("patients:consent_refuse", patient.pk, query="?act=treatment"), {"reason": "Changed her mind"})
    assert set(Consent.objects.values_list("act", "status")) == {("test", "inactive"), ("treatment", "rejected")}


def test_withdrawing_twice_says_so(patient: Patient, desk: User, practitioner: User, browser_of: Browsers):
    consent = consent_to(patient, "test", by=practitioner, at=NOW)
    browser_of(desk).post(url("patients:consent_withdraw", consent.pk), {})
    again = browser_of(desk).post(url("patients:consent_withdraw", consent.pk), {})
    assert again.status_code == 409
    assert "no longer valid" in text(again)


def test_a_mix_is_built_and_leads_to_its_verdict(patient: Patient, practitioner: User, browser_of: Browsers):
    given = {
        "name": "Mine",
        "substance-0": "vitamins",
        "amount-0": "2.5",
        "unit-0": "ml",
        "topicals": ["antiseptic_foam"],
    }
    answer = browser_of(practitioner).post(url("patients:mix", patient.pk), given)
    made = Formulation.objects.get(name="Mine")
    assert answer.url == url("patients:eligibility", patient.pk, query=f"?formulation={made.pk}")
    assert {item.substance.code for item in made.items.all()} == {"vitamins", "antiseptic_foam"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount-0": ""}, "amount-0"),
        ({"amount-0": "0"}, "amount-0"),
        ({"substance-0": ""}, "substance-0"),
        ({"substance-2": "vitamins", "amount-2": "1", "unit-2": "ml"}, "substance-2"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_row_is_marked(
    patient: Patient, practitioner: User, browser_of: Browsers, wrong: dict[str, str], field: str
):
    given = {"name": "Mine", "substance-0": "vitamins", "amount-0": "2.5", "unit-0": "ml"} | wrong
    answer = browser_of(practitioner).post(url("patients:mix", patient.pk), given)
    assert f'id="id_{field}_error"' in text(answer)
    assert not Formulation.objects.exists()


def test_mixes_and_tests_cost_the_same_queries_for_one_and_many(
    patient: Patient, practitioner: User, mix: Formulation, browser_of: Browsers, django_assert_max_num_queries: Any
):
    browser = browser_of(practitioner)
    browser.get(url("patients:mix", patient.pk))  # the process keeps the rules that it reads here
    for page in ("mix", "allergy_test"):
        with django_assert_max_num_queries(40) as one:
            browser.get(url(f"patients:{page}", patient.pk))
        FormulationFactory.create_batch(10, substances={"vitamins": "1", "minerals": "2"})
        with django_assert_max_num_queries(len(one)):
            browser.get(url(f"patients:{page}", patient.pk))


@pytest.fixture
def ready(patient: Patient, practitioner: User, clinic: Location) -> Patient:
    hold_consultation(patient, location=clinic, at=NOW - 4 * DAY)
    take_intake(patient, by=practitioner, now=NOW - 4 * DAY, silicon_long_term=False)
    consent_to(patient, "test", by=practitioner, at=NOW - 4 * DAY)
    return patient


def test_a_test_is_recorded_and_read(
    ready: Patient, clinic: Location, practitioner: User, mix: Formulation, browser_of: Browsers
):
    browser, page = browser_of(practitioner), url("patients:allergy_test", ready.pk)
    drawn = as_form(Syringe(lines=lines_for(mix, clinic, practitioner)))
    given = (
        SAID
        | drawn
        | {
            "formulation": mix.pk,
            "administered_at": "2026-05-04T09:30",
            "injections": "2",
            "site": "Left forearm",
        }
    )
    assert "emergency kit was not checked" in text(browser.post(page, given))
    assert browser.post(page, given | {"emergency_kit": "on"}).status_code == 302
    test = AllergyTest.objects.get()
    assert "24 hours are over" in text(browser.get(page))
    form = url("patients:reading", test.pk)
    assert "not sooner" in text(browser.post(form, {"read_at": "2026-05-05T09:29", "result": "negative"}))
    assert browser.post(form, {"read_at": "2026-05-05T09:30", "result": "negative", "wheal_mm": "2"}).status_code == 302
    assert "wheal 2 mm" in text(browser.get(page))


def test_after_three_days_symptoms_are_asked(
    ready: Patient, practitioner: User, mix: Formulation, browser_of: Browsers
):
    test = inject_test(ready, mix, by=practitioner, at=NOW - 3 * DAY - timedelta(minutes=1))
    browser, form = browser_of(practitioner), url("patients:reading", test.pk)
    assert "id_symptoms_since" in text(browser.get(form))
    silent = browser.post(form, {"read_at": "2026-05-05T10:00", "result": "negative"})
    assert 'id="id_symptoms_since_error"' in text(silent)
    assert not AllergyTestReading.objects.exists()
    browser.post(form, {"read_at": "2026-05-05T10:00", "result": "negative", "symptoms_since": "none"})
    assert AllergyTestReading.objects.get().symptoms_since == "none"


def test_what_makes_a_test_positive_is_read_where_it_is_done_and_where_it_is_read(
    ready: Patient, practitioner: User, director: User, mix: Formulation, browser_of: Browsers
):
    """No source states it, so the clinic's own words stand there, or that they are missing (G02)."""
    test = inject_test(ready, mix, by=practitioner, at=NOW - DAY)
    pages = (url("patients:allergy_test", ready.pk), url("patients:reading", test.pk))
    for page in pages:
        assert "no source states it" in text(browser_of(practitioner).get(page))
    set_policy(code="test_positive_criteria", value="A wheal of 3 mm.", reason="Ours", by=director, now=NOW)
    for page in pages:
        assert "A wheal of 3 mm." in text(browser_of(practitioner).get(page))


def test_a_photo_reading_waits_for_a_signature(
    ready: Patient, practitioner: User, colleague: User, mix: Formulation, browser_of: Browsers
):
    test = inject_test(ready, mix, by=practitioner, at=NOW - DAY)
    form = url("patients:reading", test.pk)
    assert "Only a prescriber" in text(
        browser_of(colleague).post(form, {"read_at": "2026-05-05T10:00", "result": "negative"})
    )
    browser_of(colleague).post(form, {"read_at": "2026-05-05T10:00", "result": "negative", "photo": "on"})
    reading = AllergyTestReading.objects.get()
    sign = url("patients:reading_sign", reading.pk)
    assert browser_of(colleague).post(sign).status_code == 403
    assert browser_of(practitioner).get(sign).status_code == 405
    browser_of(practitioner).post(sign)
    reading.refresh_from_db()
    assert (reading.provisional, reading.signed_by) == (False, practitioner)


def test_a_suspicion_is_settled_by_a_prescriber(
    ready: Patient, practitioner: User, colleague: User, mix: Formulation, browser_of: Browsers
):
    read(inject_test(ready, mix, by=practitioner, at=NOW - DAY), by=practitioner, result="positive")
    allergy = Allergy.objects.get(substance__code="vitamins")
    page = url("patients:settle", allergy.pk)
    given = {"verdict": "refuted", "note": "Given alone without reaction"}
    assert browser_of(colleague).post(page, given).status_code == 403
    assert 'id="id_note_error"' in text(browser_of(practitioner).post(page, {"verdict": "refuted"}))
    browser_of(practitioner).post(page, given)
    allergy.refresh_from_db()
    assert allergy.verification == "refuted"


def test_a_stronger_mix_is_acknowledged(ready: Patient, practitioner: User, mix: Formulation, browser_of: Browsers):
    read(inject_test(ready, mix, by=practitioner, at=NOW - DAY), by=practitioner)
    stronger = FormulationFactory(substances={"vitamins": "5"})
    page = url("patients:acknowledge", ready.pk, stronger.pk)
    assert page in text(browser_of(practitioner).get(url("patients:allergy_test", ready.pk)))
    browser_of(practitioner).post(page, {"reason": "Needed"})
    assert FindingDecision.objects.get().code == "allergy-test:stronger"
    assert browser_of(practitioner).get(url("patients:acknowledge", ready.pk, 0)).status_code == 404


def test_measurements_show_the_change_since_the_first(patient: Patient, practitioner: User, browser_of: Browsers):
    browser, page = browser_of(practitioner), url("patients:measurements", patient.pk)
    for day, value in (("2026-05-01T10:00", "92.5"), ("2026-05-05T09:00", "91")):
        browser.post(page, {"code": "circumference", "area": "abdomen", "value": value, "measured_at": day})
    assert Measurement.objects.count() == 2
    assert "-1.5" in text(browser.get(page))
    assert 'id="id_value_error"' in text(browser.post(page, {"code": "pain", "value": "11"}))


def test_a_circumference_may_be_given_in_inches_and_a_count_may_not(
    patient: Patient, practitioner: User, browser_of: Browsers
):
    browser, page = browser_of(practitioner), url("patients:measurements", patient.pk)
    browser.post(page, {"code": "circumference", "area": "thigh", "value": "20", "unit": "in"})
    assert Measurement.objects.get().value == Decimal("50.80")
    assert "20.0 in" in text(browser.get(page)) or "20 in" in text(browser.get(page))
    assert 'id="id_unit_error"' in text(browser.post(page, {"code": "hair_count", "value": "80", "unit": "in"}))
    browser.post(page, {"code": "hair_count", "area": "scalp", "value": "80"})
    browser.post(page, {"code": "phototype", "value": "3"})
    assert Measurement.objects.count() == 3
