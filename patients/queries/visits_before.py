"""What the calendar knows of patients at an instant. The app above tells it: settings.VISITS_BEFORE_THE_NEEDLE."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from clinic.base.once import once
from protocols.eligibility.consultation import Consultation
from protocols.eligibility.gate import Treated


@dataclass(frozen=True, slots=True, kw_only=True)
class FromVisits:
    """`consultations` that prescribers completed; `treated`: sessions with their mixes; `severe_at`: when severe
    reactions were reported. `on_hold`: a reaction waits for a prescriber's decision (D38); `open_reactions`: ids of
    the others that nobody has closed. `unsigned_since`: the start of the oldest session without a signature (D41)."""

    consultations: tuple[Consultation, ...] = ()
    severe_at: tuple[datetime, ...] = ()
    treated: tuple[Treated, ...] = ()
    on_hold: bool = False
    open_reactions: frozenset[int] = frozenset()
    unsigned_since: datetime | None = None


NOTHING_HAPPENED = FromVisits()


@once
def visits_before(patients: frozenset[int], at: datetime) -> Mapping[int, FromVisits]:
    """Patient id -> what happened by `at`; a patient of whom nothing is known may be left out."""
    read: Callable[[Collection[int], datetime], Mapping[int, FromVisits]]
    read = import_string(settings.VISITS_BEFORE_THE_NEEDLE)
    return read(patients, at)
