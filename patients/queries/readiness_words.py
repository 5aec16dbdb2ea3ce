"""What is missing before the needle, in words: one table for every page, refusal and list that says it (D20).

`waits_for` names no condition, so the desk may read it (D17); `sentence` is for clinicians.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.base.refusals import Reason
from patients.queries.eligibility import sentence as sentence_of_finding
from protocols.eligibility import KIT_EXPIRED, Act, Facts, Gate, GateStatus, Missing, Need, missing
from protocols.eligibility.readiness import CONFIRMED_ALOUD

Word = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    label: Word  # of the line on a list that also shows what is there
    waits_for: Word
    sentence: Word = ""


NEEDS: Mapping[Need, Words] = {
    Need.CONSULTATION: Words(
        _("Consultation with a prescriber"),
        _("consultation"),
        _("No consultation with a prescriber that counts for this plan has taken place."),
    ),
    Need.CONSENT: Words(_("Signed consent"), _("consent")),
    Need.ELIGIBILITY: Words(_("May be treated"), _("practitioner's decision")),
    Need.ALLERGY_TEST: Words(
        _("Allergy test"), _("allergy test"), _("No mix has been chosen, so no test can cover it.")
    ),
    Need.EMERGENCY_KIT: Words(_("Emergency kit"), _("emergency kit"), _("The emergency kit was not checked.")),
    Need.ANTISEPSIS: Words(
        _("Skin antisepsis protocol"),
        _("antisepsis protocol"),
        _("No skin antisepsis protocol is defined for %(place)s."),
    ),
    Need.PRESCRIBER: Words(_("Prescriber"), _("prescriber"), _("Only a prescriber may do the allergy test.")),
    Need.DRAWN_UP: Words(_("Drawn up"), _("what is drawn up")),
    Need.HOLD: Words(
        _("No reaction stops it"),
        _("on hold, the practitioner will call"),
        _("On hold after a reaction: a prescriber must decide in writing first."),
    ),
    Need.SIGNATURE: Words(
        _("Earlier records signed"),
        _("signature under the last record"),
        _("The record of an earlier session is not signed."),
    ),
    Need.REACTIONS: Words(
        _("Open reactions seen"),
        _("practitioner's decision"),
        _("A reaction is still open: a prescriber must look at it and acknowledge it here."),
    ),
}
DRAWN_UP: Mapping[str, Word] = {
    "nothing_drawn_up": _("Say what is drawn up: each product with its lot and amount."),
    "product_not_named": _("%(product)s: its ingredients are not named, so nobody can compare them."),
    "product_not_tested": _("%(product)s holds what the allergy test did not: %(what)s."),
    "product_allergy": _("%(product)s holds what the patient is allergic to: %(what)s."),
    "product_suspected": _("%(product)s holds a suspected ingredient: %(what)s."),
    "lot_missing": _("%(product)s: which lot is it?"),
    "lot_unknown": _("%(product)s: lot %(what)s was never received. Receive it first, with its expiry date."),
    "lot_recalled": _("%(product)s: lot %(what)s is recalled."),
    "lot_expired": _("%(product)s: lot %(what)s has expired."),
    "lot_elsewhere": _("%(product)s: lot %(what)s lies at another location."),
    "lot_quarantined": _("%(product)s: lot %(what)s is in quarantine."),
    "vial_not_dated": _("%(product)s is a multi-dose vial: when was it opened?"),
    "vial_opened_later": _("%(product)s: the opening date lies in the future."),
    "vial_too_old": _("%(product)s: the vial has been open for more than 28 days."),
    "over_maximum": _("%(product)s: over the clinic's maximum per session (%(what)s). A prescriber has to say why."),
    "weight_missing": _("Local anaesthetic is counted by weight: what does the patient weigh?"),
    "over_anaesthetic": _("Too much local anaesthetic, cream included: %(what)s mg."),
}
CONSENT: Mapping[Act, Word] = {
    Act.TEST: _("The patient has not signed the consent to the allergy test, or it serves no longer."),
    Act.TREATMENT: _("The patient has not signed the consent to the treatment, or it serves no longer."),
}
GATE: Mapping[GateStatus, Word] = {
    GateStatus.OPEN: _("The allergy test was negative."),
    GateStatus.NOT_APPLICABLE: _("No allergy test is needed: own blood only."),
    GateStatus.ACKNOWLEDGE: _("The mix is stronger than the one tested; a prescriber must acknowledge it."),
    GateStatus.SIGN_READING: _("The photo reading is provisional until a prescriber signs it."),
    GateStatus.SIGN_OWN_BLOOD: _("Own plasma needs no test; a prescriber must sign that."),
    GateStatus.READING_DUE: _("The allergy test has not been read yet."),
    GateStatus.WAITING: _("24 hours after the allergy test are not over; possible from %(opens)s."),
    GateStatus.REPEAT: _("The allergy test has to be repeated."),
    GateStatus.NO_TEST: _("This mix has no allergy test yet."),
    GateStatus.POSITIVE: _("The allergy test was positive; no mix with its ingredients until a prescriber decides."),
}
GATE_WAITS_FOR: Mapping[GateStatus, Word] = {
    GateStatus.ACKNOWLEDGE: _("practitioner's decision"),
    GateStatus.SIGN_READING: _("signature under the reading"),
    GateStatus.SIGN_OWN_BLOOD: _("practitioner's decision"),
    GateStatus.READING_DUE: _("reading of the allergy test"),
    GateStatus.WAITING: _("24 hours after the allergy test"),
    GateStatus.REPEAT: _("a new allergy test"),
    GateStatus.POSITIVE: _("practitioner's decision"),
}


def sentence(lack: Missing, facts: Facts) -> str:
    """What is missing and why, for those who may read it; times are wall times of the place."""
    if lack.finding is not None:
        return sentence_of_finding(lack.finding)
    if lack.line is not None:
        return gettext("Not signed yet: “%(line)s”") % {"line": lack.line.text}
    if lack.code == CONFIRMED_ALOUD:
        return gettext("The patient has not confirmed the consent aloud.")
    if lack.mismatch is not None:
        return str(DRAWN_UP[lack.code]) % lack.mismatch.words
    if lack.code == KIT_EXPIRED:
        day = date_format(facts.kit_expired_on, "j M Y") if facts.kit_expired_on else ""
        return str(_("The adrenaline of the emergency kit expired on %(day)s.")) % {"day": day}
    if lack.need is Need.CONSENT:
        return str(CONSENT[facts.act])
    if lack.need is Need.ALLERGY_TEST and facts.gate is not None:
        return gate_sentence(facts.gate, facts.at.tzinfo)
    return str(NEEDS[lack.need].sentence) % {"place": facts.place}


def gate_sentence(gate: Gate, zone: tzinfo | None) -> str:
    """What the allergy gate waits for, in one sentence; times are wall times in `zone`."""
    opens = date_format(gate.opens_at.astimezone(zone), "j M, H:i") if gate.opens_at else ""
    return str(GATE[gate.status]) % {"opens": opens}


def waits_for(lack: Missing, facts: Facts) -> Word:
    """What somebody still has to bring about, without a condition."""
    gate = facts.gate.status if lack.need is Need.ALLERGY_TEST and facts.gate else None
    return GATE_WAITS_FOR.get(gate, NEEDS[lack.need].waits_for) if gate else NEEDS[lack.need].waits_for


def reasons_of(facts: Facts) -> tuple[Reason, ...]:
    """Everything that stops the start, each with what it rests on; empty when it may start."""
    return tuple(
        Reason(lack.code, sentence(lack, facts), lack.until, lack.cites) for lack in missing(facts) if lack.blocks
    )
