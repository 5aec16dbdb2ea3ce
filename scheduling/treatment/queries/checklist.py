"""What is missing before the needle, as a list that also shows what is done (D20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import User
from patients.access import sees_conditions
from protocols.eligibility import Need
from scheduling.models import Session
from scheduling.treatment.queries.gates import missing_to_start
from scheduling.treatment.queries.readiness import missing_for

LABELS: Mapping[str, str | Promise] = {
    Need.CONSULTATION: gettext_lazy("Consultation with a prescriber"),
    Need.CONSENT: gettext_lazy("Signed consent"),
    Need.ELIGIBILITY: gettext_lazy("May be treated"),
    Need.ALLERGY_TEST: gettext_lazy("Allergy test"),
    Need.ANTISEPSIS: gettext_lazy("Skin antisepsis protocol"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line: `state` is done or todo; `text` says what to do about it."""

    code: str
    label: str
    state: str
    text: str


def checklist(session: Session, *, at: datetime, by: User) -> list[Item]:
    """The gates of the visit's start. Clinicians read the reasons; the desk reads who will settle it (D17)."""
    missing = reasons(session, at) if sees_conditions(by) else words(session, at)
    needs = [need for need in LABELS if need != Need.ALLERGY_TEST or session.kind != Session.Kind.ALLERGY_TEST]
    return [item(need, missing) for need in needs]


def reasons(session: Session, at: datetime) -> dict[str, str]:
    """gate -> sentences; whatever a rule says belongs to the gate of eligibility."""
    found: dict[str, str] = {}
    for reason in missing_to_start(session, at=at):
        gate = reason.code if reason.code in LABELS else Need.ELIGIBILITY
        found[gate] = " ".join(filter(None, [found.get(gate), str(reason.message)]))
    return found


def words(session: Session, at: datetime) -> dict[str, str]:
    """gate -> who will settle it, for people who read no conditions."""
    lacking = missing_for([session], at=at).get(session.pk, ())
    return {each.code: _("Waits for: %(what)s.") % {"what": each.word} for each in lacking}


def item(need: Need, missing: Mapping[str, str]) -> Item:
    return Item(need, str(LABELS[need]), "todo" if need in missing else "done", missing.get(need, ""))
