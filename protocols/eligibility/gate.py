"""The allergy test's gate: does a test let this mix be injected at this moment, and if not, why and from when. PURE.

A test belongs to a mix, its set of ingredients (C05, C06, D21). Instants are aware and reckoned in UTC, because Python
adds wall-clock hours within one zone: hours here are elapsed hours, and a clock change moves the wall time (B02).
Cites: F219, F220, F222, F224, F225, F227, D20, D21, D22, D42, D50.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from protocols.eligibility.dates import add_days, add_months

NO_TIME = timedelta(0)
WAIT = timedelta(hours=24)
ASK_AFTER = timedelta(hours=72)
LOOKED_AT_FROM, LOOKED_AT_UNTIL = timedelta(minutes=15), timedelta(hours=1)  # the look for immediate reactions (D50)
OWN_BLOOD = frozenset({"autologous_prp"})
Mix = Mapping[str, Decimal | None]  # substance code -> concentration, None where not stated


class Result(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestLife:
    """How long a test serves, by the clinic's policies (D22, D42).

    `repeat_after`: read later than this after it was given, it is repeated. `valid_for`: from the injection to the
    first session with the mix. `serves_months`: calendar months from the last session with the mix.
    """

    __test__ = False  # pytest would take the name for a test

    repeat_after: timedelta
    valid_for: timedelta
    serves_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """A session that took place, and what was in its mix."""

    at: datetime
    mix: frozenset[str]


class GateStatus(StrEnum):
    """Open or not applicable let the treatment start; everything else holds it."""

    OPEN = "open"
    NOT_APPLICABLE = "not_applicable"
    ACKNOWLEDGE = "acknowledge"  # a higher concentration than tested
    SIGN_READING = "sign_reading"  # a photo reading no prescriber has signed
    SIGN_OWN_BLOOD = "sign_own_blood"
    READING_DUE = "reading_due"
    WAITING = "waiting"  # 24 elapsed hours are not over
    REPEAT = "repeat"  # inconclusive, read too late, too old by now, or not one or two injections
    NO_TEST = "no_test"
    POSITIVE = "positive"


CITES: dict[GateStatus, tuple[str, ...]] = {
    GateStatus.OPEN: ("F220", "D20"),
    GateStatus.NOT_APPLICABLE: ("F077", "D21"),
    GateStatus.ACKNOWLEDGE: ("D21",),
    GateStatus.SIGN_READING: ("D22",),
    GateStatus.SIGN_OWN_BLOOD: ("F077", "D21"),
    GateStatus.READING_DUE: ("F220", "C07", "D22"),
    GateStatus.WAITING: ("F220", "F222", "B02", "D22"),
    GateStatus.REPEAT: ("F219", "B04", "D22", "D42"),
    GateStatus.NO_TEST: ("F222", "F224", "F225", "C06", "D20", "D21"),
    GateStatus.POSITIVE: ("F220", "F343", "D22"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    read_at: datetime
    result: Result
    signed: bool  # a prescriber's own reading, or a photo reading a prescriber has signed


@dataclass(frozen=True, slots=True, kw_only=True)
class AllergyTest:
    mix: Mix
    administered_at: datetime
    injections: int = 1
    readings: tuple[Reading, ...] = ()

    @property
    def opens_at(self) -> datetime:
        return self.administered_at.astimezone(UTC) + WAIT

    def elapsed(self, until: datetime) -> timedelta:
        return until.astimezone(UTC) - self.administered_at.astimezone(UTC)

    @property
    def positive(self) -> bool:
        return any(reading.result is Result.POSITIVE for reading in self.readings)

    def newest_reading_by(self, at: datetime) -> Reading | None:
        """The newest reading taken after the 24 hours and by `at`; an earlier look is recorded and opens nothing."""
        timely = [reading for reading in self.readings if WAIT <= self.elapsed(reading.read_at) <= self.elapsed(at)]
        return max(timely, key=lambda reading: (self.elapsed(reading.read_at), reading.signed), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`opens_at`: earliest start that could pass, in UTC, where a test runs.

    `serves_through`: the last local day on which an open test still serves, when nothing happens before (D42).
    `suspected`: ingredients of a positive test. `stronger`: ingredients whose concentration is to be acknowledged.
    """

    status: GateStatus
    opens_at: datetime | None = None
    serves_through: date | None = None
    suspected: frozenset[str] = frozenset()
    stronger: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        return self.status in (GateStatus.OPEN, GateStatus.NOT_APPLICABLE)

    @property
    def only_waits(self) -> bool:
        """Nobody has to do anything before `opens_at`."""
        return self.status is GateStatus.WAITING

    @property
    def cites(self) -> tuple[str, ...]:
        return CITES[self.status]


def allergy_gate(
    *,
    mix: Mix,
    tests: Iterable[AllergyTest],
    at: datetime,
    life: TestLife,
    treated: Iterable[Treated] = (),
    tolerance_days: int = 0,
    acknowledged: frozenset[str] = frozenset(),
    cleared: frozenset[str] = frozenset(),
    own_blood_signed: bool = False,
) -> Gate:
    """The gate for injecting `mix` at `at`; the best of the tests counts, a positive one outweighs all.

    `life`: how long a test serves; `treated`: the sessions that took place; `tolerance_days`: how far the phase lets
    this session stand beyond its ideal day (D42). Days are those of the zone of `at`.
    `acknowledged`: substances whose higher concentration a prescriber accepted; `cleared`: suspected ones a prescriber
    has decided are harmless; `own_blood_signed`: the patient's plasma was signed as not applicable (D21).
    """
    needs = frozenset(mix) - OWN_BLOOD
    done = tuple(test for test in tests if test.elapsed(at) >= NO_TIME)
    if suspected := suspects(needs, done) - cleared:
        return Gate(status=GateStatus.POSITIVE, suspected=suspected)
    if not needs:
        signed = own_blood_signed or not mix
        return Gate(status=GateStatus.NOT_APPLICABLE if signed else GateStatus.SIGN_OWN_BLOOD)
    sessions = [each.at for each in treated if needs <= each.mix and each.at.astimezone(UTC) < at.astimezone(UTC)]
    gates = [
        gate_of(test, mix, at, acknowledged, life, last_day(test, sessions, at, life, tolerance_days))
        for test in done
        if needs <= frozenset(test.mix)
    ]
    return min(gates, key=nearness, default=Gate(status=GateStatus.NO_TEST))


def suspects(needs: frozenset[str], tests: Iterable[AllergyTest]) -> frozenset[str]:
    """Every ingredient of a positive test is suspected, and any mix holding one is stopped (D22)."""
    found = frozenset[str]().union(*(frozenset(test.mix) for test in tests if test.positive))
    return found & needs


def last_day(
    test: AllergyTest, sessions: Iterable[datetime], at: datetime, life: TestLife, tolerance_days: int
) -> date:
    """The last local day on which the test serves: by its age, or by the last session with the mix after it (D42)."""
    since = [session.astimezone(UTC) for session in sessions if test.elapsed(session) >= NO_TIME]
    if not since:
        return add_days(test.administered_at.astimezone(at.tzinfo).date(), life.valid_for.days)
    return add_days(add_months(max(since).astimezone(at.tzinfo).date(), life.serves_months), tolerance_days)


def gate_of(
    test: AllergyTest, mix: Mix, at: datetime, acknowledged: frozenset[str], life: TestLife, through: date
) -> Gate:
    """What one test that covers the mix allows at `at`; `through`: the last day on which it serves."""
    if test.injections not in (1, 2):
        return Gate(status=GateStatus.REPEAT)
    if test.elapsed(at) < WAIT:
        return Gate(status=GateStatus.WAITING, opens_at=test.opens_at)
    reading = test.newest_reading_by(at)
    delay = test.elapsed(reading.read_at if reading else at)
    late = delay > life.repeat_after or at.date() > through
    if late or (reading and reading.result is Result.INCONCLUSIVE):
        return Gate(status=GateStatus.REPEAT)
    if reading is None:
        return Gate(status=GateStatus.READING_DUE, opens_at=test.opens_at)
    if not reading.signed:
        return Gate(status=GateStatus.SIGN_READING, opens_at=test.opens_at)
    stronger = stronger_than_tested(mix, test.mix) - acknowledged
    if stronger:
        return Gate(status=GateStatus.ACKNOWLEDGE, opens_at=test.opens_at, stronger=stronger)
    return Gate(status=GateStatus.OPEN, opens_at=test.opens_at, serves_through=through)


def stronger_than_tested(mix: Mix, tested: Mix) -> frozenset[str]:
    """Ingredients above the tested concentration. One stated on one side only counts (B11)."""
    return frozenset(
        code for code, wanted in mix.items() if code not in OWN_BLOOD and is_stronger(wanted, tested.get(code))
    )


def is_stronger(wanted: Decimal | None, tested: Decimal | None) -> bool:
    if wanted is None or tested is None:
        return wanted is not tested
    return wanted > tested


def nearness(gate: Gate) -> tuple[int, float]:
    """Sorts gates: the nearest to open first, and of two that wait the sooner."""
    return list(GateStatus).index(gate.status), gate.opens_at.timestamp() if gate.opens_at else 0.0
