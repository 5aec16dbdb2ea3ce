"""The first day on which an upper age rules a patient out (B01, D48). PURE."""

from datetime import date

from protocols.eligibility.conditions import AgeFrom
from protocols.eligibility.dates import anniversary
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
