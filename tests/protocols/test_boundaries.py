"""Readings that make the facts exact, one test a boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from protocols.eligibility import AllergyTest, GateStatus, Occasion, Reading, Result, Status, allergy_gate
from protocols.eligibility.dates import add_months
from protocols.eligibility.gate import TestLife
from tests.protocols.patients import TODAY, Given, catalogue, codes, days, found, yes
from tests.protocols.test_contradictions import phase

NARROW_AGE = (("upper_age", "until_75th_birthday"),)
NARROW_ASPIRIN = (("aspirin_reading", "fourteen_free_days"),)
ROME = ZoneInfo("Europe/Rome")
LIFE = TestLife(repeat_after=timedelta(days=7), valid_for=timedelta(days=30), serves_months=6)  # the defaults


def status_on(day: date, birth_date: date, policies: tuple[tuple[str, str], ...] = ()) -> Status:
    return Given(birth_date=birth_date, on=day, policies=policies).verdict().status


@pytest.mark.parametrize(
    ("born", "first_day"),
    [
        (date(2008, 5, 5), date(2026, 5, 5)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2010, 2, 28), date(2028, 2, 28)),
    ],
)
def test_b01_treatment_begins_on_the_eighteenth_birthday(born: date, first_day: date) -> None:
    assert status_on(first_day, born) is Status.ELIGIBLE
    assert status_on(first_day - days(1), born) is Status.CONTRAINDICATED
    assert found(Given(birth_date=born, on=first_day - days(30)).verdict(), "age-under-18").until == first_day


@pytest.mark.parametrize(
    ("born", "first_day_out"),
    [
        (date(1950, 5, 5), date(2026, 5, 5)),
        (date(1952, 2, 29), date(2028, 2, 29)),
        (date(2024, 2, 29), date(2100, 2, 28)),
    ],
)
def test_b01_the_whole_year_of_seventy_five_passes_and_the_seventy_sixth_birthday_does_not(
    born: date, first_day_out: date
) -> None:
    assert status_on(first_day_out - days(1), born) is Status.ELIGIBLE
    assert status_on(first_day_out, born) is Status.CONTRAINDICATED


def test_b01_a_clinic_may_end_at_the_seventy_fifth_birthday() -> None:
    born = date(1952, 2, 29)
    assert status_on(date(2027, 2, 27), born, NARROW_AGE) is Status.ELIGIBLE
    assert status_on(date(2027, 2, 28), born, NARROW_AGE) is Status.CONTRAINDICATED


@pytest.mark.parametrize(
    ("made", "opens"),
    [
        (datetime(2026, 5, 4, 17, 0, tzinfo=ROME), datetime(2026, 5, 5, 17, 0, tzinfo=ROME)),
        (datetime(2026, 3, 28, 17, 0, tzinfo=ROME), datetime(2026, 3, 29, 18, 0, tzinfo=ROME)),
        (datetime(2026, 10, 24, 17, 0, tzinfo=ROME), datetime(2026, 10, 25, 16, 0, tzinfo=ROME)),
    ],
)
def test_b02_twenty_four_hours_are_elapsed_hours(made: datetime, opens: datetime) -> None:
    made, opens = made.astimezone(UTC), opens.astimezone(UTC)
    reading = Reading(read_at=opens, result=Result.NEGATIVE, signed=True)
    tests = [AllergyTest(mix={"vitamins": None}, administered_at=made, readings=(reading,))]
    just_before = opens - timedelta(minutes=1)
    assert allergy_gate(mix={"vitamins": None}, tests=tests, at=opens, life=LIFE).status is GateStatus.OPEN
    assert allergy_gate(mix={"vitamins": None}, tests=tests, at=just_before, life=LIFE).status is GateStatus.WAITING


@pytest.mark.parametrize(
    ("made", "early", "opens"),
    [
        (
            datetime(2026, 3, 28, 17, 0, tzinfo=ROME),
            datetime(2026, 3, 29, 17, 59, tzinfo=ROME),
            datetime(2026, 3, 29, 18, 0, tzinfo=ROME),
        ),
        (
            datetime(2026, 10, 24, 17, 0, tzinfo=ROME),
            datetime(2026, 10, 25, 15, 59, tzinfo=ROME),
            datetime(2026, 10, 25, 16, 0, tzinfo=ROME),
        ),
    ],
)
def test_b02_a_clock_change_moves_the_wall_time(made: datetime, early: datetime, opens: datetime) -> None:
    tests = [AllergyTest(mix={"a": None}, administered_at=made)]
    waiting = allergy_gate(mix={"a": None}, tests=tests, at=early, life=LIFE)
    assert (waiting.status, waiting.opens_at) == (GateStatus.WAITING, opens)
    assert allergy_gate(mix={"a": None}, tests=tests, at=opens, life=LIFE).status is GateStatus.READING_DUE


def test_b03_the_last_dose_plus_fourteen_days_is_the_first_allowed() -> None:
    assert Given(answers={"aspirin_last_dose": TODAY - days(14)}).verdict().is_eligible
    late = Given(answers={"aspirin_last_dose": TODAY - days(13)})
    assert late.verdict().status is Status.DEFERRED
    assert late.verdict().until == TODAY + days(1)


def test_b03_a_clinic_may_count_fourteen_whole_days() -> None:
    given = Given(answers={"aspirin_last_dose": TODAY - days(14)}, policies=NARROW_ASPIRIN)
    assert given.verdict().until == TODAY + days(1)


@pytest.mark.parametrize("not_known", ["unknown", "", "perhaps", 20260505, True])
def test_b03_an_unknown_last_dose_is_not_cleared(not_known: object) -> None:
    verdict = Given(answers={"aspirin_last_dose": not_known}).verdict()
    assert verdict.status is Status.INCOMPLETE
    assert codes(verdict) == {"unanswered:aspirin_last_dose"}


@pytest.mark.parametrize(("injections", "status"), [(0, "repeat"), (1, "open"), (2, "open"), (3, "repeat")])
def test_b04_a_test_is_one_or_two_injections(injections: int, status: str) -> None:
    made = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
    reading = Reading(read_at=made + timedelta(hours=24), result=Result.NEGATIVE, signed=True)
    test = AllergyTest(mix={"a": None}, administered_at=made, injections=injections, readings=(reading,))
    assert allergy_gate(mix={"a": None}, tests=[test], at=made + timedelta(hours=25), life=LIFE).status == status


def test_b05_a_month_is_a_calendar_month_clipped_at_its_end() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)


def test_b06_fourteen_in_one_source_and_fifteen_in_two_others() -> None:
    assert (phase("P02", 1).interval.unit, phase("P02", 1).interval.floor) == ("week", 2)
    assert (phase("P07", 1).interval.unit, phase("P07", 1).interval.floor) == ("day", 15)


def test_b07_a_range_of_sessions_keeps_its_bounds() -> None:
    ranges = {code: phase(code, 1).sessions for code in ("P02", "P03", "P06-B", "P07")}
    assert {code: (each.min, each.max) for code, each in ranges.items() if each} == {
        "P02": (6, 8),
        "P03": (6, 10),
        "P06-B": (3, 4),
        "P07": (6, 8),
    }


def test_b08_an_early_limit_lies_before_the_floor_of_a_month_and_never_after_it() -> None:
    shortest = {"day": 1, "week": 7, "month": 28}
    for each in catalogue().protocols:
        for part in each.phases:
            if part.interval:
                assert part.interval.early_limit_days <= part.interval.floor * shortest[part.interval.unit]


@pytest.mark.parametrize("link_id", ["cough", "headache", "flu", "unwell"])
def test_b09_a_same_day_answer_is_good_for_its_day(link_id: str) -> None:
    yesterday = Given(answers={link_id: True}, answered=TODAY - days(1))
    assert codes(yesterday.verdict()) == {f"unanswered:{link_id}"}
    assert replace(yesterday, occasion=Occasion.PLAN).verdict().is_eligible


def test_b10_a_reaction_is_looked_at_after_seventy_two_hours() -> None:
    assert {each.usual_hours for each in catalogue().reactions if each.usual_hours} == {72}


@pytest.mark.parametrize("skipped", [None, "unknown", "", "no", 0, "false"])
def test_b11_unknown_is_never_no(skipped: object) -> None:
    verdict = Given(answers={"leukaemia": skipped}).verdict()
    assert verdict.status is Status.INCOMPLETE
    assert codes(verdict) == {"unanswered:leukaemia"}


def test_b11_unknown_in_words_is_missing_too() -> None:
    said = Given(answers={"drug_allergy": True, "drug_allergy_names": "unknown"}).verdict()
    assert codes(said) == {"drug-allergy", "unanswered:drug_allergy_names"}


def test_b11_a_yes_of_yesterday_still_counts_while_todays_answer_is_missing() -> None:
    verdict = Given(answers=yes("pregnant"), answered=TODAY - days(1)).verdict()
    assert codes(verdict) == {"pregnancy", "unanswered:pregnant"}
    assert verdict.status is Status.CONTRAINDICATED


def test_b12_inches_are_kept_as_centimetres() -> None:
    size = next(each for each in catalogue().outcomes if each.code == "fat-size")
    assert size.values == {"cm_min": pytest.approx(4 * 2.54), "cm_max": pytest.approx(10 * 2.54)}
