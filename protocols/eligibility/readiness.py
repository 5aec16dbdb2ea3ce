"""What is still missing before the needle: one rule for the allergy test and for every treatment (D20). PURE.

Gather the facts of a visit, ask `missing`, and show or refuse what comes back. A new condition is a field of `Facts`
and a check in `CHECKS`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from protocols.eligibility.drawn_up import Drawn, Mismatch, mismatches
from protocols.eligibility.gate import Gate
from protocols.eligibility.terms import Status
from protocols.eligibility.verdict import Finding, Verdict

CONFIRMED_ALOUD = "consent_confirmed"
KIT_EXPIRED = "kit_expired"
RULED_OUT = frozenset({Status.CONTRAINDICATED, Status.DEFERRED})


class Act(StrEnum):
    """What the needle is for."""

    TEST = "test"
    TREATMENT = "treatment"


class Need(StrEnum):
    """What the start waits for. Those up to antisepsis are the catalogue's gates."""

    CONSULTATION = "consultation"
    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    ALLERGY_TEST = "allergy_test"
    EMERGENCY_KIT = "emergency_kit"
    ANTISEPSIS = "antisepsis"
    PRESCRIBER = "prescriber"
    DRAWN_UP = "drawn_up"
    HOLD = "hold"
    REACTIONS = "reactions"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the consent that the plan needs and nobody has signed."""

    code: str
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a visit and its patient at the instant `at`, which is aware and in the zone of the place.

    `consultation_at`: the newest consultation that counts for what is planned (D37). `consent_at`: when the consent to
    this very act was signed that stands now; None also for a no, after a withdrawal (D23), and when it lapsed (D36).
    `lines_missing`: what the plan needs beyond the lines that stand. `verdict`: of the local date of `at`;
    `verdict_on_its_day`: of the visit's own day when that is a later one. `gate`: the allergy test's; None while no mix
    is chosen. `kit_checked`, `consent_confirmed`, `by_prescriber` and `drawn_up` are None until somebody is about to
    begin. `kit_expired_on`: when the adrenaline of the place expired, if it has.
    `on_hold`: a reaction stops everything until a prescriber decides; `reactions_unseen`: another one is open, and no
    prescriber has acknowledged it for this visit. `unsigned_before`: a record of an earlier day is not signed.
    """

    act: Act
    at: datetime
    consultation_at: datetime | None = None
    consent_at: datetime | None = None
    lines_missing: tuple[Line, ...] = ()
    verdict: Verdict
    verdict_on_its_day: Verdict | None = None
    gate: Gate | None = None
    place: str = ""
    antisepsis_defined: bool = False
    kit_checked: bool | None = None
    consent_confirmed: bool | None = None
    by_prescriber: bool | None = None
    drawn_up: Drawn | None = None
    kit_expired_on: date | None = None
    on_hold: bool = False
    reactions_unseen: bool = False
    unsigned_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that a visit lacks. `code`: the need, or the finding that excludes it.

    `blocks`: the act cannot start while it is missing; else it is only told. `until`: the first day or instant that it
    does not hold any more, where known, and `next_at` the same as an instant.
    """

    need: Need
    code: str
    cites: tuple[str, ...]
    blocks: bool = True
    until: date | datetime | None = None
    next_at: datetime | None = None
    finding: Finding | None = None
    line: Line | None = None
    mismatch: Mismatch | None = None


Check = Callable[[Facts], Iterator[Missing]]


def missing(facts: Facts) -> tuple[Missing, ...]:
    """Everything that the visit still lacks, in the order in which it is settled; empty when it may start."""
    return tuple(lack for check in CHECKS for lack in check(facts))


def next_start(lacking: Iterable[Missing]) -> datetime | None:
    """The first instant at which nothing stops the start any more by itself; None when a person must act first."""
    opens = [lack.next_at for lack in lacking if lack.blocks]
    known = [instant for instant in opens if instant is not None]
    return max(known) if known and len(known) == len(opens) else None


# --- the checks ------------------------------------------------------------------------------------------------------


def consultation(facts: Facts) -> Iterator[Missing]:
    """A prescriber has completed one that counts for this plan (F228, D20, D37)."""
    if not happened(facts.consultation_at, facts.at):
        yield lacks(Need.CONSULTATION, "F228", "D20", "D37")


def consent(facts: Facts) -> Iterator[Missing]:
    """Signed for this very act with every line of the plan, standing, and confirmed aloud (F228, D20, D23, D36)."""
    if not happened(facts.consent_at, facts.at):
        yield lacks(Need.CONSENT, "F228", "D20", "D36")
        return
    for line in facts.lines_missing:
        yield Missing(need=Need.CONSENT, code=line.code, cites=line.cites, line=line)
    if facts.consent_confirmed is False:
        yield Missing(need=Need.CONSENT, code=CONFIRMED_ALOUD, cites=("D36",))


def eligibility(facts: Facts) -> Iterator[Missing]:
    """Nothing holds the verdict back today, and nothing rules the visit out on its own day (D16, D20).

    A review that only falls due later waits for its day.
    """
    today = facts.verdict.holding
    codes = {finding.code for finding in today}
    later = facts.verdict_on_its_day.holding if facts.verdict_on_its_day else ()
    ruled_out = (each for each in later if each.status in RULED_OUT and each.code not in codes)
    for finding in (*today, *ruled_out):
        yield Missing(
            need=Need.ELIGIBILITY,
            code=finding.code,
            cites=finding.cites,
            until=finding.until,
            next_at=midnight(finding.until, facts.at),
            finding=finding,
        )


def allergy_test(facts: Facts) -> Iterator[Missing]:
    """A treatment needs a negative test of its mix (D20 to D22)."""
    if facts.act is Act.TEST or (facts.gate and facts.gate.is_open):
        return
    if facts.gate is None:
        yield lacks(Need.ALLERGY_TEST, "D21")
    else:
        opens = facts.gate.opens_at
        yield Missing(
            need=Need.ALLERGY_TEST,
            code=Need.ALLERGY_TEST,
            cites=facts.gate.cites,
            until=opens,
            next_at=opens if facts.gate.only_waits else None,
        )


def emergency_kit(facts: Facts) -> Iterator[Missing]:
    """Looked at before each visit with a needle, so nothing is said of it ahead (C30, D20); expired adrenaline stops
    every needle of the place (D54)."""
    if facts.kit_expired_on is not None:
        yield Missing(need=Need.EMERGENCY_KIT, code=KIT_EXPIRED, cites=("D54",))
    if facts.kit_checked is False:
        yield lacks(Need.EMERGENCY_KIT, "D20")


def antisepsis(facts: Facts) -> Iterator[Missing]:
    """The place has a protocol for the skin's antisepsis (F280)."""
    if not facts.antisepsis_defined:
        yield lacks(Need.ANTISEPSIS, "F280")


def prescriber(facts: Facts) -> Iterator[Missing]:
    """The test is a prescriber's act (F223, D20)."""
    if facts.act is Act.TEST and facts.by_prescriber is False:
        yield lacks(Need.PRESCRIBER, "F223", "D20")


def drawn_up(facts: Facts) -> Iterator[Missing]:
    """Each product in the syringe is one that was tested, from a lot that may be used (D40, D52)."""
    for each in mismatches(facts.drawn_up) if facts.drawn_up else ():
        yield Missing(need=Need.DRAWN_UP, code=each.code, cites=("D40", "D52"), mismatch=each)


def hold(facts: Facts) -> Iterator[Missing]:
    """A severe or named reaction stops every needle until a prescriber has decided in writing (D38)."""
    if facts.on_hold:
        yield lacks(Need.HOLD, "D38")


def reactions(facts: Facts) -> Iterator[Missing]:
    """Any other open reaction is acknowledged by a prescriber before the needle (D38)."""
    if facts.reactions_unseen and not facts.on_hold:
        yield lacks(Need.REACTIONS, "D38")


def signature(facts: Facts) -> Iterator[Missing]:
    """No session begins while the record of one on an earlier day is not signed (D41)."""
    if facts.unsigned_before:
        yield lacks(Need.SIGNATURE, "D41")


CHECKS: tuple[Check, ...] = (
    hold,
    consultation,
    consent,
    eligibility,
    allergy_test,
    emergency_kit,
    antisepsis,
    prescriber,
    drawn_up,
    reactions,
    signature,
)


def lacks(need: Need, *cites: str) -> Missing:
    """Something that a person has to see to; nobody can say until when it is missing."""
    return Missing(need=need, code=need, cites=cites)


def happened(instant: datetime | None, at: datetime) -> bool:
    return instant is not None and instant.astimezone(UTC) <= at.astimezone(UTC)


def midnight(day: date | None, at: datetime) -> datetime | None:
    """The first instant of a local day in the zone of `at`."""
    return datetime.combine(day, time(), at.tzinfo) if day else None
