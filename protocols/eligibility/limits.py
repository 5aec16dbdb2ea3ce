"""What plans and messages must know of the rules ahead of their day: the upper age and the wait after aspirin. PURE."""

from datetime import date, timedelta

from protocols.eligibility.conditions import AgeFrom, Washout
from protocols.eligibility.dates import anniversary
from protocols.eligibility.medicines import MedicineWashout
from protocols.eligibility.rules import RuleSet
from protocols.eligibility.terms import Effect


def upper_age_day(rules: RuleSet, birth_date: date | None) -> date | None:
    """The birthday from which on no treatment takes place, as the rules read now; None without a birth date.

    Somebody born on 29 February turns it on 28 February of a common year.
    """
    if birth_date is None:
        return None
    years = [rule.when.years for rule in rules.rules if rule.effect is Effect.BLOCKS and isinstance(rule.when, AgeFrom)]
    return min((anniversary(birth_date, each, leap_day_late=False) for each in years), default=None)


def washout(rules: RuleSet) -> timedelta:
    """How long after aspirin no treatment takes place, as the rules read now, a clinic's longer wait included (B03)."""
    waits = [rule.when.days for rule in rules.rules if isinstance(rule.when, Washout | MedicineWashout)]
    return timedelta(days=max(waits, default=0))
