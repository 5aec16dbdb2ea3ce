"""May a clinic change a rule this way? Tightening is allowed, loosening never (D15). PURE."""

from protocols.eligibility.case import Condition
from protocols.eligibility.conditions import (
    AgeFrom,
    AgeUnder,
    AllOf,
    AnswerIn,
    AnswerOlderThan,
    AnyOf,
    Washout,
)
from protocols.eligibility.medicines import MedicineWashout, TakesMedicine
from protocols.eligibility.rules import Rule
from protocols.eligibility.terms import SEVERITY


def loosened(old: Rule, new: Rule) -> tuple[str, ...]:
    """What `new` would loosen in `old`: names of fields, empty when it only tightens or says the same."""
    found = []
    if new.code != old.code:
        found.append("code")
    if SEVERITY[new.effect] > SEVERITY[old.effect]:
        found.append("effect")
    if not at_least(new.when, old.when):
        found.append("when")
    if not set(old.cites) <= set(new.cites):
        found.append("cites")
    if new.other_reading != old.other_reading:
        found.append("other_reading")
    if old.renew_months is not None and (new.renew_months is None or new.renew_months > old.renew_months):
        found.append("renew_months")
    return tuple(found)


def at_least(new: Condition, old: Condition) -> bool:
    """Whether `new` holds wherever `old` does and ends no sooner."""
    if new == old or (isinstance(new, AnyOf) and any(at_least(part, old) for part in new.of)):
        return True
    match old, new:
        case AnyOf(), _:
            return all(at_least(new, part) for part in old.of)
        case AllOf(), AllOf():
            return all(any(at_least(mine, theirs) for theirs in old.of) for mine in new.of)
    return reaches_as_far(new, old)


def reaches_as_far(new: Condition, old: Condition) -> bool:
    """The same for two single conditions."""
    match old, new:
        case AnswerIn(), AnswerIn():
            return new.question == old.question and set(new.values) >= set(old.values) and lasts(new, old)
        case Washout(), Washout():
            return new.question == old.question and new.days >= old.days
        case AnswerOlderThan(), AnswerOlderThan():
            return new.question == old.question and new.months <= old.months
        case AgeUnder(), AgeUnder():
            return new.years >= old.years
        case AgeFrom(), AgeFrom():
            return new.years <= old.years
        case TakesMedicine(), TakesMedicine():
            return reaches(new, old) and new.ended >= old.ended and new.denied == old.denied
        case MedicineWashout(), MedicineWashout():
            return reaches(new, old) and new.days >= old.days
    return False


def reaches(new: TakesMedicine | MedicineWashout, old: TakesMedicine | MedicineWashout) -> bool:
    """Whether `new` concerns every medicine that `old` does."""
    purposes = not new.purposes or (bool(old.purposes) and set(new.purposes) >= set(old.purposes))
    return set(new.classes) >= set(old.classes) and purposes and set(new.except_purposes) <= set(old.except_purposes)


def lasts(new: AnswerIn, old: AnswerIn) -> bool:
    """Whether an answer counts at least as long as before; without days it counts until it is corrected."""
    if old.until_seen and not new.until_seen:
        return False
    return new.for_days is None or (old.for_days is not None and new.for_days >= old.for_days)
