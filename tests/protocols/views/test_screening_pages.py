"""Rules and policies are read by all staff, each with what it rests on; only a director is offered to change them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from protocols.actions.policies import set_policy
from protocols.actions.rules import addition, make_change, tightening, withdrawal
from protocols.eligibility.rules import KINDS
from protocols.models import IntakeQuestion, ScreeningRule
from protocols.rules.words import SAID, Vocabulary, condition_words

Browsers = Callable[[User | None], Client]

NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)


@pytest.fixture
def browser(desk: User, browser_of: Browsers) -> Client:
    return browser_of(desk)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def codes(answer: Any) -> list[str]:
    return [each["row"].code for _word, _effect, rows in answer.context["groups"] for each in rows]


def tighten(director: User, code: str, **parts: Any) -> ScreeningRule:
    definition = {**ScreeningRule.objects.get(code=code, active_until=None).definition, **parts}
    return make_change(change=tightening(code=code, definition=definition), reason="Caution.", by=director, now=NOW)


# --- rules ------------------------------------------------------------------------------------------------------------


def test_every_rule_in_force_is_listed_strictest_first(browser: Client) -> None:
    page = browser.get(reverse("protocols:rules"))
    assert set(codes(page)) == set(ScreeningRule.objects.filter(active_until=None).values_list("code", flat=True))
    assert next(str(effect) for _word, effect, _rows in page.context["groups"]) == "blocks"
    assert "Leukaemia, now or in the past, rules out treatment." in text(page)


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        ({"q": "leukaemia"}, ["leukaemia"]),
        ({"q": "F209"}, ["aspirin"]),
        ({"q": "chemotherapy", "effect": "review"}, []),
        ({"effect": "caution", "q": "nappage"}, ["nappage"]),
        ({"origin": "clinic"}, []),
    ],
)
def test_rules_are_found_by_words_id_effect_and_origin(
    browser: Client, wishes: dict[str, str], found: list[str]
) -> None:
    assert codes(browser.get(reverse("protocols:rules"), wishes)) == found


def test_the_list_of_rules_takes_as_many_queries_for_one_as_for_all(browser: Client) -> None:
    def count(**wishes: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("protocols:rules"), wishes)
        return len(queries)

    assert count() == count(q="leukaemia")
    ScreeningRule.objects.exclude(code="leukaemia").delete()
    assert count() == count(q="leukaemia")


def test_every_kind_of_condition_has_words(catalogue: None) -> None:
    words = Vocabulary.read()
    for row in ScreeningRule.objects.all():
        said = condition_words(row.definition["when"], words)
        assert not re.search(r"%\(|\{|_", said), (row.code, said)
    assert condition_words({"kind": "always"}, words) == "always"
    assert set(SAID) == set(KINDS)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("aspirin", "the day given to “On which day did you last take aspirin?” is less than 14 days ago"),
        ("age-over-75", "the patient is 76 or older"),
        ("eye-area", "the planned area is Skin around the eye"),
        ("cough", "is answered with yes (for 1 day)"),
        ("old-site", "is answered with"),
        ("systemic-illness", "is not answered with Compatible with treatment"),
        ("silicon-pregnancy", "and (“"),
    ],
)
def test_a_rule_s_page_says_when_it_speaks(browser: Client, code: str, said: str) -> None:
    assert said in text(browser.get(reverse("protocols:rule", args=[code]))).replace("&#x27;", "'")


def test_a_rule_s_page_keeps_every_version_with_reason_and_signature(browser: Client, director: User) -> None:
    director.name = "Dr Serra"
    director.save()
    tighten(director, "cancer-past", effect="blocks")
    page = text(browser.get(reverse("protocols:rule", args=["cancer-past"])))
    for words in ("Caution.", "Dr Serra", "Blocks", "Prescriber decides"):
        assert words in page


def test_a_rule_that_ended_is_still_readable(browser: Client, director: User) -> None:
    planned = {"kind": "planned", "areas": ["eye_area"]}
    change = addition(effect="excluded_option", message="Not done here.", when=planned)
    make_change(change=change, reason="No experience.", by=director, now=NOW)
    make_change(change=withdrawal(code="clinic-1"), reason="We learned it.", by=director, now=NOW)
    page = text(browser.get(reverse("protocols:rule", args=["clinic-1"])))
    assert "No longer in force" in page
    assert "We learned it." in page
    assert browser.get(reverse("protocols:rule", args=["no-such"])).status_code == 404


def test_a_reading_the_clinic_chose_is_what_the_rule_shows(browser: Client, director: User) -> None:
    set_policy(code="upper_age", value="until_75th_birthday", reason="Ours.", by=director, now=NOW)
    (row,) = [
        each
        for _word, _effect, rows in browser.get(reverse("protocols:rules")).context["groups"]
        for each in rows
        if each["row"].code == "age-over-75"
    ]
    assert (row["effect"], row["reads_other"]) == ("blocks", True)


def test_a_narrower_reading_shows_in_the_words_too(browser: Client, director: User) -> None:
    set_policy(code="aspirin_reading", value="fourteen_free_days", reason="Ours.", by=director, now=NOW)
    assert "less than 15 days ago" in text(browser.get(reverse("protocols:rule", args=["aspirin"])))


def test_only_a_director_is_offered_to_change(browser: Client, director: User, browser_of: Browsers) -> None:
    here = reverse("protocols:rule", args=["leukaemia"])
    offer = reverse("settings:rule_tighten", args=["leukaemia"])
    assert offer not in text(browser.get(here))
    assert offer in text(browser_of(director).get(here))
    assert reverse("settings:rule_withdraw", args=["leukaemia"]) not in text(browser_of(director).get(here))


# --- policies ---------------------------------------------------------------------------------------------------------


def test_what_nobody_set_is_shown_first_as_not_set_yet(browser: Client) -> None:
    page = browser.get(reverse("protocols:policies"))
    missing = [setting.code for setting in page.context["groups"]["missing"]]
    assert {"sun_hours", "test_positive_criteria", "skin_closure_hours"} <= set(missing)
    assert text(page).count("Not set yet") >= len(missing)


def test_a_choice_shows_who_made_it_and_why(browser: Client, director: User) -> None:
    set_policy(code="sun_hours", value=72, reason="Three days, as we always said.", by=director, now=NOW)
    page = text(browser.get(reverse("protocols:policies")))
    assert "72 hours" in page
    assert "Three days, as we always said." in page
    assert "5 May 2026" in page


def test_d33_what_each_location_says_is_shown_with_what_is_missing(browser: Client, clinic: Location) -> None:
    Location.objects.filter(pk=clinic.pk).update(antisepsis_protocol="")
    page = browser.get(reverse("protocols:policies"))
    assert {setting.code for setting in page.context["groups"]["location"]} == {
        "observation_after_test_minutes",
        "observation_after_session_minutes",
        "antisepsis_protocol",
    }
    assert "15 minutes" in text(page)


def test_policies_take_as_many_queries_with_every_choice_made_as_with_none(browser: Client, director: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("protocols:policies"))
        return len(queries)

    before = count()
    for code in ("sun_hours", "heat_hours", "sauna_hours", "gym_hours"):
        set_policy(code=code, value=24, reason="A day.", by=director, now=NOW)
    assert count() == before


def test_a_question_of_the_clinic_is_told_in_the_rule_s_words(browser: Client, director: User) -> None:
    asked = {"text": "Do you have a pacemaker?", "help": "", "topic": "heart_and_blood", "occasions": ["plan"]}
    change = addition(effect="blocks", message="No.", when={"kind": "always"}, question=asked)
    make_change(change=change, reason="Safer.", by=director, now=NOW)
    assert IntakeQuestion.objects.filter(link_id="clinic_1").exists()
    page = text(browser.get(reverse("protocols:rules"), {"origin": "clinic"}))
    assert "“Do you have a pacemaker?” is answered with yes" in page
