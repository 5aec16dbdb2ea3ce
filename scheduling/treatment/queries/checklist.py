"""What is missing before the needle, as a list that also shows what is done (D20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.models import User
from patients.access import sees_conditions
from patients.queries.readiness_words import NEEDS, sentence
from protocols.eligibility import Facts, Need, missing
from scheduling.models import Session
from scheduling.treatment.queries.readiness import facts_for, lacking_of

LISTED = (Need.CONSULTATION, Need.CONSENT, Need.ELIGIBILITY, Need.ALLERGY_TEST, Need.ANTISEPSIS)

STOPPING = (Need.HOLD, Need.REACTIONS, Need.SIGNATURE)  # listed only while they stand in the way


@dataclass(frozen=True, slots=True)
class Item:
    """One line: `state` is done or todo; `text` says what to do about it."""

    code: str
    label: str
    state: str
    text: str


def checklist(session: Session, *, at: datetime, by: User) -> list[Item]:
    """The gates of the start of a visit with a needle. Clinicians read the reasons; the desk reads who will settle it
    (D17)."""
    facts = facts_for([session], at=at)[session.pk]
    lacking = reasons(facts) if sees_conditions(by) else words(facts)
    needs = [need for need in LISTED if need != Need.ALLERGY_TEST or session.kind != Session.Kind.ALLERGY_TEST]
    return [item(need, lacking) for need in (*(each for each in STOPPING if each in lacking), *needs)]


def reasons(facts: Facts) -> dict[str, str]:
    """need -> sentences; whatever a rule says belongs to the gate of eligibility."""
    found: dict[str, str] = {}
    for lack in missing(facts):
        found[lack.need] = " ".join(filter(None, [found.get(lack.need), sentence(lack, facts)]))
    return found


def words(facts: Facts) -> dict[str, str]:
    """need -> who will settle it, for people who read no conditions."""
    return {each.code: _("Waits for: %(what)s.") % {"what": each.word} for each in lacking_of(facts)}


def item(need: Need, lacking: Mapping[str, str]) -> Item:
    return Item(need, str(NEEDS[need].label), "todo" if need in lacking else "done", lacking.get(need, ""))
