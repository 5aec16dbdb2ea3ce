"""The allergy test's gate and the start's list: D20, D21, D22."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from protocols.eligibility import (
    Act,
    AllergyTest,
    Effect,
    Facts,
    Finding,
    Gate,
    GateStatus,
    Need,
    Occasion,
    Reading,
    Result,
    Status,
    Verdict,
    WayOut,
    allergy_gate,
    missing,
    next_start,
)
from protocols.eligibility.gate import TestLife, Treated
from tests.protocols.patients import catalogue

ROME = ZoneInfo("Europe/Rome")
MADE = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
MIX = {"vitamins": Decimal(5), "minerals": None}
OPEN_GATE = Gate(status=GateStatus.OPEN)


def reading(hours: float = 24, result: Result = Result.NEGATIVE, *, signed: bool = True) -> Reading:
    return Reading(read_at=MADE + hours * HOUR, result=result, signed=signed)


def a_test(*readings: Reading, mix: Mapping[str, Decimal | None] = MIX) -> AllergyTest:
    return AllergyTest(mix=mix, administered_at=MADE, readings=readings)


LIFE = TestLife(repeat_after=timedelta(days=7), valid_for=timedelta(days=30), serves_months=6)


def gate(*tests: AllergyTest, hours: float = 25, mix: Mapping[str, Decimal | None] = MIX, **known: Any) -> Gate:
    return allergy_gate(mix=mix, tests=tests, at=MADE + hours * HOUR, **({"life": LIFE} | known))


def test_d20_without_a_test_the_treatment_does_not_start() -> None:
    assert gate().status is GateStatus.NO_TEST
    assert {"F222", "F224", "F225", "C06"} <= set(gate().cites)


def test_c06_the_test_is_for_everybody_and_every_mix() -> None:
    assert not gate(a_test(reading(), mix={"vitamins": Decimal(5)})).is_open


def test_c07_a_reading_may_come_later_and_never_earlier() -> None:
    assert gate(a_test(reading(23.9))).status is GateStatus.READING_DUE
    assert gate(a_test(reading(30)), hours=31).is_open
    assert gate(a_test(reading(30)), hours=29).status is GateStatus.READING_DUE


def test_d21_the_same_mix_of_another_lot_needs_no_new_test() -> None:
    assert gate(a_test(reading())).is_open


def test_d21_a_subset_and_a_lower_dose_need_no_new_test() -> None:
    assert gate(a_test(reading()), mix={"vitamins": Decimal(5)}).is_open
    assert gate(a_test(reading()), mix={"vitamins": Decimal(4), "minerals": None}).is_open


def test_d21_a_higher_concentration_needs_an_acknowledgement() -> None:
    stronger = {"vitamins": Decimal(6), "minerals": None}
    assert gate(a_test(reading()), mix=stronger).status is GateStatus.ACKNOWLEDGE
    assert gate(a_test(reading()), mix=stronger).stronger == {"vitamins"}
    assert gate(a_test(reading()), mix=stronger, acknowledged=frozenset({"vitamins"})).is_open


def test_d21_a_concentration_stated_on_one_side_only_needs_an_acknowledgement() -> None:
    assert gate(a_test(reading()), mix={"vitamins": None}).status is GateStatus.ACKNOWLEDGE
    assert gate(a_test(reading()), mix={"minerals": Decimal(1)}).status is GateStatus.ACKNOWLEDGE


def test_d21_a_new_ingredient_needs_a_test_and_two_tests_do_not_add_up() -> None:
    alone = [a_test(reading(), mix={"vitamins": None}), a_test(reading(), mix={"minerals": None})]
    assert gate(*alone, mix={"vitamins": None, "minerals": None}).status is GateStatus.NO_TEST


def test_d21_own_plasma_is_not_applicable_once_signed() -> None:
    assert gate(mix={"autologous_prp": None}).status is GateStatus.SIGN_OWN_BLOOD
    assert gate(mix={"autologous_prp": None}, own_blood_signed=True).status is GateStatus.NOT_APPLICABLE
    mixed = {"autologous_prp": None, "vitamins": None}
    assert gate(mix=mixed, own_blood_signed=True).status is GateStatus.NO_TEST


def test_d22_the_reading_may_open_the_first_session() -> None:
    assert gate(a_test(), hours=24).status is GateStatus.READING_DUE
    assert gate(a_test(reading(24)), hours=24).is_open


def test_d22_a_photo_reading_is_provisional_until_signed() -> None:
    assert gate(a_test(reading(signed=False))).status is GateStatus.SIGN_READING
    assert gate(a_test(reading(24, signed=False), reading(24, signed=True))).is_open


@pytest.mark.parametrize(("hours", "status"), [(168, GateStatus.OPEN), (168.1, GateStatus.REPEAT)])
def test_d22_a_test_read_after_seven_days_is_repeated(hours: float, status: GateStatus) -> None:
    assert gate(a_test(reading(hours)), hours=200).status is status


def test_d22_an_unread_test_is_repeated_after_the_policys_days() -> None:
    assert gate(a_test(), hours=168).status is GateStatus.READING_DUE
    assert gate(a_test(), hours=169).status is GateStatus.REPEAT
    assert gate(a_test(), hours=80, life=replace(LIFE, repeat_after=timedelta(days=3))).status is GateStatus.REPEAT


def test_d22_a_positive_test_makes_every_ingredient_suspected_in_every_mix() -> None:
    positive = a_test(reading(result=Result.POSITIVE))
    assert gate(positive).suspected == {"vitamins", "minerals"}
    other = gate(positive, a_test(reading(), mix={"vitamins": None}), mix={"vitamins": None})
    assert (other.status, other.suspected) == (GateStatus.POSITIVE, {"vitamins"})
    assert gate(positive, mix={"enzymes": None}).status is GateStatus.NO_TEST


def test_d22_a_later_negative_reading_does_not_undo_a_positive_one() -> None:
    assert gate(a_test(reading(1, Result.POSITIVE), reading(24))).status is GateStatus.POSITIVE
    cleared = gate(a_test(reading(1, Result.POSITIVE), reading(24)), cleared=frozenset(MIX))
    assert cleared.is_open


def test_an_inconclusive_reading_asks_for_another_test_and_a_newer_reading_counts() -> None:
    assert gate(a_test(reading(24, Result.INCONCLUSIVE))).status is GateStatus.REPEAT
    assert gate(a_test(reading(24, Result.INCONCLUSIVE), reading(48)), hours=49).is_open


def test_the_nearest_of_several_tests_counts() -> None:
    old = AllergyTest(mix=MIX, administered_at=MADE - 300 * HOUR)
    assert gate(old, a_test(), hours=1).status is GateStatus.WAITING
    assert gate(old, a_test(), hours=1).opens_at == MADE + 24 * HOUR
    assert gate(old, a_test(reading())).is_open


def test_a_test_that_is_still_to_come_opens_nothing() -> None:
    assert gate(a_test(), hours=-1).status is GateStatus.NO_TEST
    assert gate(a_test(), hours=0).status is GateStatus.WAITING


@pytest.mark.parametrize(("injections", "status"), [(0, "repeat"), (1, "open"), (2, "open"), (3, "repeat")])
def test_d22_a_test_is_one_or_two_injections(injections: int, status: str) -> None:
    assert gate(replace(a_test(reading()), injections=injections)).status == status


def treated(day: date, *mix: str) -> Treated:
    return Treated(at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC), mix=frozenset(mix or MIX))


def on(day: date, *treatments: Treated, tolerance_days: int = 0) -> GateStatus:
    """The gate at noon of the day, for a test of 4 May that was read."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return allergy_gate(
        mix=MIX, tests=[a_test(reading())], at=at, life=LIFE, treated=treatments, tolerance_days=tolerance_days
    ).status


def test_d42_without_a_session_a_test_serves_thirty_days() -> None:
    assert on(date(2026, 6, 3)) is GateStatus.OPEN
    assert on(date(2026, 6, 4)) is GateStatus.REPEAT


def test_d42_after_a_session_it_serves_six_months_and_the_phases_tolerance() -> None:
    session = treated(date(2026, 5, 20))
    assert on(date(2026, 11, 20), session) is GateStatus.OPEN
    assert on(date(2026, 11, 21), session) is GateStatus.REPEAT
    assert on(date(2026, 11, 25), session, tolerance_days=5) is GateStatus.OPEN
    assert on(date(2026, 11, 26), session, tolerance_days=5) is GateStatus.REPEAT


def test_d42_the_last_session_counts_and_only_one_with_the_whole_mix_after_the_test_and_before_the_visit() -> None:
    first, last = treated(date(2026, 5, 20)), treated(date(2026, 7, 1))
    assert on(date(2027, 1, 1), first, last) is on(date(2027, 1, 1), last, first) is GateStatus.OPEN
    assert on(date(2026, 12, 1), first) is GateStatus.REPEAT
    assert on(date(2026, 7, 1), treated(date(2026, 5, 20), "vitamins")) is GateStatus.REPEAT
    assert on(date(2026, 7, 1), treated(date(2026, 5, 20), *MIX, "enzymes")) is GateStatus.OPEN
    assert on(date(2026, 7, 1), treated(date(2026, 5, 3))) is GateStatus.REPEAT  # before the test
    assert on(date(2026, 7, 1), treated(date(2026, 7, 1))) is GateStatus.REPEAT  # the visit itself


# --- the rule --------------------------------------------------------------------------------------------------------


def verdict(*findings: Finding) -> Verdict:
    status = findings[0].status if findings else Status.ELIGIBLE
    return Verdict(status=status, on=MADE.date(), occasion=Occasion.PLAN, findings=findings)


def finding(code: str, effect: Effect, until: date | None = None) -> Finding:
    return Finding(code=code, effect=effect, message=code, cites=("D10",), until=until, way_out=WayOut.TIME)


READY = Facts(
    act=Act.TREATMENT,
    at=MADE.astimezone(ROME),
    consultation_at=MADE - HOUR,
    consent_at=MADE,
    verdict=verdict(),
    kit_checked=True,
    antisepsis_defined=True,
    gate=OPEN_GATE,
)


def needs(facts: Facts) -> list[Need]:
    return [each.need for each in missing(facts)]


def test_d20_a_treatment_with_everything_starts() -> None:
    assert missing(READY) == ()


@pytest.mark.parametrize(
    ("changes", "need"),
    [
        ({"consultation_at": None}, Need.CONSULTATION),
        ({"consultation_at": MADE + HOUR}, Need.CONSULTATION),
        ({"consent_at": None}, Need.CONSENT),
        ({"consent_at": MADE + HOUR}, Need.CONSENT),
        ({"verdict": verdict(finding("herpes-past", Effect.REVIEW))}, Need.ELIGIBILITY),
        ({"kit_checked": False}, Need.EMERGENCY_KIT),
        ({"antisepsis_defined": False}, Need.ANTISEPSIS),
        ({"gate": None}, Need.ALLERGY_TEST),
        ({"gate": Gate(status=GateStatus.WAITING)}, Need.ALLERGY_TEST),
    ],
)
def test_d20_each_missing_thing_holds_the_needle(changes: dict[str, Any], need: Need) -> None:
    (lack,) = missing(replace(READY, **changes))
    assert (lack.need, lack.blocks) == (need, True)
    assert lack.cites


def test_d20_the_test_is_an_injection_too_and_needs_all_but_itself() -> None:
    nothing = Facts(
        act=Act.TEST,
        at=MADE,
        verdict=verdict(finding("stroke", Effect.BLOCKS)),
        kit_checked=False,
        by_prescriber=False,
    )
    assert needs(replace(READY, act=Act.TEST, gate=None)) == []
    assert needs(nothing) == [
        Need.CONSULTATION,
        Need.CONSENT,
        Need.ELIGIBILITY,
        Need.EMERGENCY_KIT,
        Need.ANTISEPSIS,
        Need.PRESCRIBER,
    ]


def test_what_is_asked_at_the_start_is_not_missing_ahead() -> None:
    assert needs(replace(READY, act=Act.TEST, kit_checked=None, by_prescriber=None)) == []


def test_the_visits_own_day_counts_where_it_rules_out_and_a_later_review_waits_for_its_day() -> None:
    birthday = verdict(finding("over-age", Effect.BLOCKS))
    renewal = verdict(finding("illness-review", Effect.REVIEW))
    assert [each.code for each in missing(replace(READY, verdict_on_its_day=birthday))] == ["over-age"]
    assert missing(replace(READY, verdict_on_its_day=renewal)) == ()


def test_a_finding_of_today_is_named_once_whatever_the_day() -> None:
    stroke = verdict(finding("stroke", Effect.BLOCKS))
    assert [each.code for each in missing(replace(READY, verdict=stroke, verdict_on_its_day=stroke))] == ["stroke"]


def test_the_next_start_is_known_when_only_time_is_missing() -> None:
    waiting = Gate(status=GateStatus.WAITING, opens_at=MADE + 24 * HOUR)
    flu = verdict(finding("flu", Effect.DEFERRED, until=date(2026, 5, 7)))
    lacking = missing(replace(READY, gate=waiting))
    assert next_start(lacking) == MADE + 24 * HOUR
    lacking = missing(replace(READY, gate=waiting, verdict=flu))
    assert next_start(lacking) == datetime(2026, 5, 7, tzinfo=ROME)
    assert next_start(missing(replace(READY, gate=waiting, consent_at=None))) is None


@pytest.mark.parametrize("fact", ["F219", "F220", "F222", "F224", "F225", "F228", "F280"])
def test_each_gate_of_the_sources_is_in_the_catalogue(fact: str) -> None:
    assert [each.code for each in catalogue().gates if fact in each.cites]


def test_the_catalogues_gates_are_the_ones_that_are_looked_at() -> None:
    nothing = Facts(act=Act.TREATMENT, at=MADE, verdict=verdict(finding("stroke", Effect.BLOCKS)), kit_checked=False)
    assert {each.code for each in catalogue().gates} == set(needs(nothing))
    for_test = {each.code for each in catalogue().gates if "test" in each.acts}
    assert for_test == set(needs(replace(nothing, act=Act.TEST)))
