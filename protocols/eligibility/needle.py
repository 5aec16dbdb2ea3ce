"""What is missing before the needle: test and treatment are injections and start only when all is there (D20). PURE.

Booking ahead stays possible; the list only says what the start still waits for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from protocols.eligibility.gate import Gate
from protocols.eligibility.terms import Status


class Act(StrEnum):
    TEST = "test"
    TREATMENT = "treatment"


class Need(StrEnum):
    """One thing the start waits for; the codes are those of the catalogue's gates."""

    CONSULTATION = "consultation"
    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    EMERGENCY_KIT = "emergency_kit"
    ANTISEPSIS = "antisepsis"
    ALLERGY_TEST = "allergy_test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is on record. Instants are aware; None where it has not happened or was withdrawn (D23).

    `consultation_at`: completed by a prescriber. `consent_at`: signed for this very act. `verdict`: of today, with the
    same-day answers. `gate`: the allergy gate at the start, None for a test.
    """

    consultation_at: datetime | None = None
    consent_at: datetime | None = None
    verdict: Status | None = None
    kit_checked: bool = False
    antisepsis_defined: bool = False
    gate: Gate | None = None


def missing_before(act: Act, ready: Readiness, *, at: datetime) -> tuple[Need, ...]:
    """What `act` still lacks at the instant `at`; empty when it may start (F228, F280, F224, D20)."""
    there = {
        Need.CONSULTATION: happened(ready.consultation_at, at),
        Need.CONSENT: happened(ready.consent_at, at),
        Need.ELIGIBILITY: ready.verdict is Status.ELIGIBLE,
        Need.EMERGENCY_KIT: ready.kit_checked,
        Need.ANTISEPSIS: ready.antisepsis_defined,
        Need.ALLERGY_TEST: act is Act.TEST or (ready.gate is not None and ready.gate.is_open),
    }
    return tuple(need for need, fulfilled in there.items() if not fulfilled)


def happened(instant: datetime | None, at: datetime) -> bool:
    return instant is not None and instant.astimezone(UTC) <= at.astimezone(UTC)
