"""Where sources disagree or say nothing a director chooses; the choice is checked, dated, signed and kept (D15)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinic.base.refusals import BadInput, Conflict, Refusal, Stale
from clinic.models import User
from patients.queries.rules import current_rules
from protocols.actions.catalogue import CATALOGUE
from protocols.actions.policies import choice, set_policy
from protocols.eligibility import Effect
from protocols.eligibility.case import Condition
from protocols.eligibility.conditions import AgeFrom
from protocols.models import Policy
from protocols.queries import policies
from protocols.rules.policies import OF_THE_LOCATION, all_settings, setting_of
from protocols.schema import read_catalogue
from scheduling.planner.choices import clinic_policy

NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)


def chosen(director: User, code: str, value: object, **given: object) -> Policy:
    return set_policy(**{"code": code, "value": value, "reason": "So decided.", "by": director, "now": NOW, **given})


def when_of(code: str) -> Condition:
    return next(rule.when for rule in current_rules().rules if rule.code == code)


def effect_of(code: str) -> Effect:
    return next(rule.effect for rule in current_rules().rules if rule.code == code)


# --- one set of codes -------------------------------------------------------------------------------------------------


def test_the_defaults_are_the_catalogue_s(catalogue: None) -> None:
    stated = {each.code: each.default for each in read_catalogue(Path(CATALOGUE)).policies if each.default is not None}
    assert policies() == {code: list(value) if isinstance(value, tuple) else value for code, value in stated.items()}


def test_what_no_source_states_is_missing_until_it_is_set(director: User) -> None:
    assert not {"sun_hours", "skin_closure_hours", "test_positive_criteria"} & set(policies())
    assert [s.code for s in all_settings() if not s.is_set and not s.of_the_location] == [
        "test_positive_criteria",
        *("sun_hours", "sunscreen_hours", "heat_hours", "sauna_hours", "gym_hours", "pool_hours"),
        *("tight_clothes_hours", "waxing_hours", "skin_closure_hours"),
    ]
    chosen(director, "sun_hours", 72)
    assert policies()["sun_hours"] == 72


def test_every_setting_can_be_set_here_or_at_the_location(director: User) -> None:
    values = {"choice": None, "several": None, "integer": 3, "hours": 3, "minutes": 25, "months": 6, "text": "Ours."}
    for setting in all_settings():
        if setting.code in OF_THE_LOCATION:
            continue
        codes = [code for code, _name in setting.choices]
        value = {"choice": codes[-1:], "several": codes[:1]}.get(setting.entry["kind"])
        wanted = value[0] if setting.entry["kind"] == "choice" else value or values[setting.entry["kind"]]
        chosen(director, setting.code, wanted)
        assert policies()[setting.code] == wanted


def test_the_settings_that_shape_a_course_come_from_the_same_codes(director: User) -> None:
    assert (clinic_policy().fifteen_is_fortnight, clinic_policy().test_lapses_after_days) == (False, 7)
    chosen(director, "fifteen_days", "fortnight")
    chosen(director, "test_repeat_days", 5)
    assert (clinic_policy().fifteen_is_fortnight, clinic_policy().test_lapses_after_days) == (True, 5)


def test_reading_the_settings_takes_one_query(director: User, django_assert_num_queries: object) -> None:
    chosen(director, "sun_hours", 72)
    with django_assert_num_queries(1):
        policies()


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_a_choice_is_dated_signed_and_gives_its_reason(director: User) -> None:
    row = chosen(director, "upper_age", "until_75th_birthday", reason="We are careful.")
    assert (row.set_at, row.set_by, row.ended_at) == (NOW, director, None)
    assert row.reason == "We are careful."


@pytest.mark.parametrize(
    ("code", "value", "rule"),
    [("diabetes_reading", "insulin_only", "diabetes"), ("heart_reading", "severe_only", "heart-disease")],
)
def test_d56_a_loosening_of_d10_is_refused_and_one_chosen_before_is_read_strictly(
    director: User, code: str, value: str, rule: str
) -> None:
    with pytest.raises(BadInput) as refused:
        chosen(director, code, value)
    assert [error.field for error in refused.value.errors] == ["value"]
    Policy.objects.create(code=code, value=value, reason="Before.", set_by=director, set_at=NOW)
    assert effect_of(rule) is Effect.BLOCKS
    shown = setting_of(code)
    assert shown is not None
    assert "strictest" in shown.in_words


def test_the_choice_before_ends_and_stays_on_record(director: User) -> None:
    later = datetime(2026, 6, 1, tzinfo=UTC)
    chosen(director, "sun_hours", 72)
    chosen(director, "sun_hours", 48, now=later)
    assert list(Policy.objects.filter(code="sun_hours").values_list("value", "ended_at")) == [(48, None), (72, later)]


def test_the_choice_can_go_back_to_the_strictest(director: User) -> None:
    chosen(director, "upper_age", "until_75th_birthday")
    chosen(director, "upper_age", "until_76th_birthday")
    assert when_of("age-over-75") == AgeFrom(years=76)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("diabetes_reading", "none_at_all"),
        ("therapy_fields", []),
        ("therapy_fields", ["aesthetic", "astrology"]),
        ("therapy_fields", "aesthetic"),
        ("test_repeat_days", 0),
        ("test_repeat_days", 366),
        ("test_repeat_days", True),
        ("test_repeat_days", "7"),
        ("chair_minutes", 19),  # never under 20 for the body (D33)
        ("chair_minutes", 61),
        ("sun_hours", -1),
        ("test_positive_criteria", "   "),
        ("test_positive_criteria", "x" * 5001),
    ],
)
def test_what_a_setting_cannot_be_is_refused_at_the_value(director: User, code: str, value: object) -> None:
    with pytest.raises(BadInput) as caught:
        chosen(director, code, value)
    assert [error.field for error in caught.value.errors] == ["value"]
    assert not Policy.objects.exists()


def test_there_is_no_setting_the_catalogue_does_not_know(director: User) -> None:
    with pytest.raises(BadInput):
        chosen(director, "pain_reading", "none")


def test_a_choice_without_a_reason_is_no_choice(director: User) -> None:
    with pytest.raises(BadInput) as caught:
        chosen(director, "sun_hours", 72, reason=" ")
    assert [error.field for error in caught.value.errors] == ["reason"]


def test_choosing_the_same_again_is_refused(director: User) -> None:
    chosen(director, "sun_hours", 72)
    with pytest.raises(Conflict):
        chosen(director, "sun_hours", 72)


def test_two_directors_do_not_overwrite_each_other(director: User) -> None:
    chosen(director, "sun_hours", 72, seen=0)
    with pytest.raises(Stale):
        chosen(director, "sun_hours", 48, seen=0)
    assert policies()["sun_hours"] == 72


@pytest.mark.parametrize("code", sorted(OF_THE_LOCATION))
def test_d33_what_each_location_says_for_itself_is_not_set_twice(director: User, code: str) -> None:
    with pytest.raises(Refusal, match="location"):
        chosen(director, code, 20)


# --- before it is in force --------------------------------------------------------------------------------------------


def test_a_choice_looked_at_changes_nothing_yet(director: User) -> None:
    change = choice(code="upper_age", value="until_75th_birthday")
    after = {rule.code: rule.when for rule in change.over(current_rules()).rules}
    assert after["age-over-75"] == AgeFrom(years=75)
    assert when_of("age-over-75") == AgeFrom(years=76)


def test_a_choice_looked_at_reads_as_it_will_read(director: User) -> None:
    chosen(director, "aspirin_reading", "fourteen_free_days")
    after = choice(code="upper_age", value="until_75th_birthday").over(current_rules())
    chosen(director, "upper_age", "until_75th_birthday")
    assert set(after.rules) == set(current_rules().rules)


def test_a_setting_says_what_it_is_in_words(director: User) -> None:
    words = {setting.code: setting.in_words for setting in all_settings()}
    assert words["test_repeat_days"] == "7 days"
    assert words["diabetes_reading"] == "Any diabetes rules treatment out (the strictest)"
    assert words["therapy_fields"] == "Aesthetic medicine, Dermatology, Pain therapy, Traumatology"
    assert words["sun_hours"] == ""
    assert setting_of("nothing_like_it") is None
