"""What is missing before the needle, fact by fact, without a database (D20, D36 to D41, D54)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from protocols.eligibility import (
    Act,
    Drawn,
    DrawnLine,
    DrawnLot,
    DrawnProduct,
    Effect,
    Facts,
    Finding,
    Gate,
    GateStatus,
    Occasion,
    Status,
    Verdict,
    WayOut,
    missing,
    next_start,
)
from protocols.eligibility.conditions import AgeFrom, Washout
from protocols.eligibility.consultation import Consultation, newest_that_counts
from protocols.eligibility.limits import upper_age_day, washout
from protocols.eligibility.medicines import MedicineWashout
from protocols.eligibility.readiness import Line
from protocols.eligibility.terms import AreaOption, Options, Plan
from tests.protocols.patients import rules

ROME = ZoneInfo("Europe/Rome")
AT = datetime(2026, 5, 5, 10, tzinfo=ROME)
TODAY = AT.date()
DAY = timedelta(days=1)
OPEN = Gate(status=GateStatus.OPEN)


def finding(code: str = "stroke", effect: Effect = Effect.BLOCKS, until: date | None = None) -> Finding:
    return Finding(code=code, effect=effect, message=code, cites=("F182",), until=until, way_out=WayOut.CORRECTION)


def verdict(*findings: Finding, status: Status | None = None) -> Verdict:
    worst = status or (Status.CONTRAINDICATED if findings else Status.ELIGIBLE)
    return Verdict(status=worst, on=TODAY, occasion=Occasion.SAME_DAY, findings=findings)


READY = Facts(
    act=Act.TREATMENT,
    at=AT,
    consultation_at=AT - DAY,
    consent_at=AT - DAY,
    verdict=verdict(),
    gate=OPEN,
    antisepsis_defined=True,
    kit_checked=True,
    consent_confirmed=True,
    by_prescriber=True,
)


def lacks(**change: Any) -> list[str]:
    return [lack.code for lack in missing(replace(READY, **change))]


def test_with_everything_nothing_is_missing():
    assert lacks() == []
    assert lacks(act=Act.TEST, gate=None) == []


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"consultation_at": None}, ["consultation"]),
        ({"consultation_at": AT + timedelta(seconds=1)}, ["consultation"]),
        ({"consultation_at": AT}, []),
        ({"consultation_at": AT.astimezone(UTC)}, []),
        ({"consent_at": None}, ["consent"]),
        ({"consent_at": AT + timedelta(seconds=1)}, ["consent"]),
        ({"consent_at": AT}, []),
        ({"consent_confirmed": False}, ["consent_confirmed"]),
        ({"consent_confirmed": None}, []),
        (
            {"lines_missing": (Line("cream", "A cream", ("D36",)), Line("own-blood", "Blood", ()))},
            ["cream", "own-blood"],
        ),
        ({"gate": None}, ["allergy_test"]),
        ({"gate": Gate(status=GateStatus.NO_TEST)}, ["allergy_test"]),
        ({"gate": Gate(status=GateStatus.POSITIVE)}, ["allergy_test"]),
        ({"gate": Gate(status=GateStatus.NOT_APPLICABLE)}, []),
        ({"act": Act.TEST, "gate": Gate(status=GateStatus.NO_TEST)}, []),
        ({"kit_checked": False}, ["emergency_kit"]),
        ({"kit_checked": None}, []),
        ({"kit_expired_on": TODAY - DAY}, ["kit_expired"]),
        ({"kit_expired_on": TODAY - DAY, "kit_checked": False}, ["kit_expired", "emergency_kit"]),
        ({"antisepsis_defined": False}, ["antisepsis"]),
        ({"by_prescriber": False}, []),
        ({"act": Act.TEST, "by_prescriber": False}, ["prescriber"]),
        ({"act": Act.TEST, "by_prescriber": None}, []),
        ({"on_hold": True}, ["hold"]),
        ({"reactions_unseen": True}, ["reactions"]),
        ({"on_hold": True, "reactions_unseen": True}, ["hold"]),
        ({"unsigned_before": True}, ["signature"]),
        ({"verdict": verdict(finding())}, ["stroke"]),
        ({"verdict": verdict(finding("herpes-past", Effect.REVIEW))}, ["herpes-past"]),
        ({"verdict_on_its_day": verdict(finding())}, ["stroke"]),
        ({"verdict_on_its_day": verdict(finding("aspirin", Effect.DEFERRED))}, ["aspirin"]),
        ({"verdict_on_its_day": verdict(finding("systemic-illness-review", Effect.REVIEW))}, []),
        ({"verdict_on_its_day": verdict(finding("x", Effect.INCOMPLETE))}, []),
        ({"verdict": verdict(finding()), "verdict_on_its_day": verdict(finding())}, ["stroke"]),
    ],
)
def test_each_thing_is_missing_by_its_own_name(change: dict[str, Any], codes: list[str]):
    assert lacks(**change) == codes


def test_everything_is_said_at_once_in_the_order_in_which_it_is_settled():
    nothing = Facts(act=Act.TREATMENT, at=AT, verdict=verdict(finding()), kit_checked=False)
    expected = ["consultation", "consent", "stroke", "allergy_test", "emergency_kit", "antisepsis"]
    assert [lack.code for lack in missing(nothing)] == expected
    assert all(lack.cites and lack.blocks for lack in missing(nothing))


def test_what_is_drawn_up_is_compared_with_its_place():
    product = DrawnProduct(key=1, name="C", ingredients=frozenset({"ascorbic_acid"}))
    lot = DrawnLot(expires_on=TODAY - DAY)
    drawn = Drawn(lines=(DrawnLine(product=product, amount=Decimal(1), number="A1", lot=lot),), on=TODAY)
    [lack] = missing(replace(READY, drawn_up=drawn))
    assert (lack.need, lack.code, lack.mismatch and lack.mismatch.line) == ("drawn_up", "lot_expired", 0)


class TestWhenItPasses:
    def test_a_finding_ends_with_its_day_at_midnight_of_the_place(self):
        [lack] = missing(replace(READY, verdict=verdict(finding("aspirin", Effect.DEFERRED, until=TODAY + DAY))))
        assert (lack.until, lack.next_at) == (TODAY + DAY, datetime(2026, 5, 6, tzinfo=ROME))
        assert next_start([lack]) == lack.next_at

    def test_one_that_a_person_settles_has_no_instant(self):
        assert next_start(missing(replace(READY, verdict=verdict(finding())))) is None
        both = replace(READY, verdict=verdict(finding("a", until=TODAY + DAY)), consultation_at=None)
        assert next_start(missing(both)) is None

    def test_of_several_the_last_counts(self):
        ends = [finding("a", until=TODAY + 2 * DAY), finding("b", until=TODAY + DAY)]
        assert next_start(missing(replace(READY, verdict=verdict(*ends)))) == datetime(2026, 5, 7, tzinfo=ROME)

    def test_nothing_missing_needs_no_instant(self):
        assert next_start(()) is None

    @pytest.mark.parametrize(("status", "waits"), [(GateStatus.WAITING, True), (GateStatus.READING_DUE, False)])
    def test_a_running_test_opens_by_itself_only_while_it_waits(self, status: GateStatus, waits: bool):
        opens = AT + timedelta(hours=3)
        [lack] = missing(replace(READY, gate=Gate(status=status, opens_at=opens)))
        assert (lack.until, lack.next_at) == (opens, opens if waits else None)

    def test_what_is_only_told_stops_nothing(self):
        [lack] = missing(replace(READY, consultation_at=None))
        assert next_start([replace(lack, blocks=False)]) is None


class TestWhichConsultationCounts:
    OPTIONS = Options(areas={"leg": AreaOption(name="Leg"), "thigh": AreaOption(name="Thigh", parent="leg")})
    THIGH = Plan(areas=frozenset({"thigh"}), indication="cellulite")

    def counts(self, *held: Consultation, plan: Plan = THIGH, months: int = 12, **more: Any) -> datetime | None:
        return newest_that_counts(held, plan, self.OPTIONS, at=AT, months=months, **more)

    @pytest.mark.parametrize(
        ("at", "counts"),
        [
            (AT - DAY, True),
            (AT, True),
            (AT + timedelta(seconds=1), False),
            (datetime(2025, 5, 5, 0, tzinfo=ROME), True),
            (datetime(2025, 5, 4, 23, 59, tzinfo=ROME), False),
        ],
    )
    def test_held_by_now_and_within_twelve_months(self, at: datetime, counts: bool):
        assert (self.counts(Consultation(at=at)) == at) is counts

    def test_the_newest_of_several(self):
        old, new = Consultation(at=AT - 2 * DAY), Consultation(at=AT - DAY)
        assert self.counts(new, old) == new.at
        assert self.counts() is None

    @pytest.mark.parametrize(
        ("areas", "indications", "counts"),
        [
            ({"thigh"}, {"cellulite"}, True),
            ({"leg"}, {"cellulite"}, True),
            ({"abdomen"}, {"cellulite"}, False),
            ({"thigh", "abdomen"}, {"cellulite", "toning"}, True),
            ({"thigh"}, {"toning"}, False),
            (None, None, True),
            (None, {"toning"}, False),
        ],
    )
    def test_it_was_about_this_plan(self, areas: set[str] | None, indications: set[str] | None, counts: bool):
        about = {
            name: None if given is None else frozenset(given)
            for name, given in (("areas", areas), ("indications", indications))
        }
        assert (self.counts(Consultation(at=AT - DAY, **about)) is not None) is counts

    def test_every_area_of_the_plan_was_named(self):
        both = replace(self.THIGH, areas=frozenset({"thigh", "abdomen"}))
        about = Consultation(at=AT - DAY, areas=frozenset({"thigh"}), indications=frozenset({"cellulite"}))
        assert self.counts(about, plan=both) is None

    @pytest.mark.parametrize(
        ("void", "counts"),
        [(AT - 2 * DAY, True), (AT - DAY, True), (AT - timedelta(hours=1), False), (AT + DAY, True), (AT, False)],
    )
    def test_what_is_grave_ends_it(self, void: datetime, counts: bool):
        assert (self.counts(Consultation(at=AT - DAY), voided_at=[void]) is not None) is counts


def test_the_first_day_beyond_the_upper_age():
    assert upper_age_day(rules(), date(1950, 9, 1)) == date(2026, 9, 1)
    assert upper_age_day(rules(("upper_age", "until_75th_birthday")), date(1950, 9, 1)) == date(2025, 9, 1)
    assert upper_age_day(rules(), date(1952, 2, 29)) == date(2028, 2, 29)
    assert upper_age_day(rules(("upper_age", "until_75th_birthday")), date(1952, 2, 29)) == date(2027, 2, 28)
    assert upper_age_day(rules(), None) is None


def test_of_two_upper_ages_the_lower_one_counts() -> None:
    known = rules()
    [age] = [each for each in known.rules if each.effect is Effect.BLOCKS and isinstance(each.when, AgeFrom)]
    both = replace(known, rules=(*known.rules, replace(age, when=replace(age.when, years=age.when.years - 6))))
    assert upper_age_day(both, date(1950, 9, 1)) == date(2020, 9, 1)


def test_the_wait_after_aspirin_is_the_longest_of_its_rules() -> None:
    known = rules()
    assert washout(known) == timedelta(days=14)
    assert washout(rules(("aspirin_reading", "fourteen_free_days"))) == timedelta(days=15)
    waits = [each for each in known.rules if isinstance(each.when, Washout | MedicineWashout)]
    longer = replace(waits[0], when=replace(waits[0].when, days=21))
    assert washout(replace(known, rules=(*known.rules, longer))) == timedelta(days=21)
    assert washout(replace(known, rules=())) == timedelta(0)
    for kind in (Washout, MedicineWashout):
        assert washout(replace(known, rules=tuple(each for each in waits if isinstance(each.when, kind)))).days == 14
