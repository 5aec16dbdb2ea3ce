"""Whether a consultation still counts for a plan (D37). PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from protocols.eligibility.dates import add_months
from protocols.eligibility.terms import Options, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One that a prescriber completed. `areas`, `indications`: what it was about; None where that was not named."""

    at: datetime
    areas: frozenset[str] | None = None
    indications: frozenset[str] | None = None

    def covers(self, plan: Plan, options: Options) -> bool:
        """Every planned area, or one that it lies in, was named, and so was the indication."""
        if self.indications is not None and plan.indication and plan.indication not in self.indications:
            return False
        named = self.areas
        return named is None or all(
            not named.isdisjoint(options.with_parents(frozenset({area}))) for area in plan.areas
        )


def newest_that_counts(
    held: Iterable[Consultation],
    plan: Plan,
    options: Options,
    *,
    at: datetime,
    months: int,
    voided_at: Iterable[datetime] = (),
) -> datetime | None:
    """When the newest one was held that counts for the plan at `at`; None without any.

    It counts for `months` calendar months, days in the zone of `at`, and no longer once something grave has happened
    after it: `voided_at` holds those instants.
    """
    now = at.astimezone(UTC)
    last_void = max((void for each in voided_at if (void := each.astimezone(UTC)) <= now), default=None)
    counting = (
        each.at
        for each in held
        if each.at.astimezone(UTC) <= now
        and at.date() <= add_months(each.at.astimezone(at.tzinfo).date(), months)
        and (last_void is None or each.at.astimezone(UTC) >= last_void)
        and each.covers(plan, options)
    )
    return max(counting, default=None)
