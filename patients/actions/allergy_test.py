"""The allergy test of a mix and its reading: both are acts of a prescriber (D20 to D22)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import home_of, is_prescriber
from clinic.base.refusals import BadInput, Conflict, Forbidden, Malformed, Reason, Refusal
from clinic.base.zones import zone_of
from clinic.models import Location, User
from patients.actions.allergies import suspect_ingredients
from patients.actions.checks import recent, tidy_note, tidy_text
from patients.actions.identity import Born, check_identity
from patients.models import AllergyTest, AllergyTestReading, FindingDecision, Patient
from patients.queries.allergy import OWN_BLOOD, STRONGER, gate_for
from patients.queries.plans import mix_of
from patients.queries.readiness import facts_of, test_alone
from patients.queries.readiness_words import reasons_of
from patients.queries.suppressants import suppressants_of
from protocols.eligibility import GateStatus
from protocols.eligibility.gate import ASK_AFTER, LOOKED_AT_FROM, LOOKED_AT_UNTIL
from protocols.models import Formulation

test_status = gate_for  # what scheduling asks: does a test let this mix be injected at that moment?


@transaction.atomic
def administer_test(
    *,
    patient: Patient,
    formulation: Formulation,
    administered_at: datetime,
    injections: int,
    site: str,
    emergency_kit: bool,
    acknowledged: str = "",
    named: Collection[str] = (),
    place: Location | None = None,
    born: Born | None = None,
    by: User,
    now: datetime | None = None,
) -> AllergyTest:
    """Record one or two test injections of the mix, at most seven days back (F219, F227).

    `named`: codes of what the labels of its products name, excipients included (D40). `place`: where it is given, the
    prescriber's own location unless said. `born`: the birthday that the patient says; another one stops (D51).

    Forbidden unless `by` prescribes; Refusal naming what was missing at that moment (D20), and for a medicine on the
    list that can hide a reaction, unless the prescriber says in `acknowledged` why the test is not postponed (D50).
    """
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may do the allergy test."))
    now = now or clock.now()
    at = recent("administered_at", administered_at, now)
    if born:
        check_identity(patient, born)
    if injections not in (1, 2):
        raise BadInput.at("injections", _("One or two test injections."), "out_of_range")
    where = tidy_text("site", site, longest=100)
    why = tidy_note("acknowledged", acknowledged)
    check_ready(patient, formulation, at, emergency_kit, why, place or home_of(by), by)
    return AllergyTest.objects.create(
        patient=patient,
        formulation=formulation,
        ingredients={code: [str(amount), unit] for code, (amount, unit) in mix_of(formulation).items()},
        administered_at=at,
        named=sorted(named),
        injections=injections,
        site=where,
        emergency_kit=True,
        acknowledged=why,
        administered_by=by,
    )


def check_ready(
    patient: Patient,
    formulation: Formulation,
    at: datetime,
    emergency_kit: bool,
    acknowledged: str,
    place: Location | None,
    by: User,
) -> None:
    """The test is itself an injection: nothing of D20 may have been missing at that moment, at its place."""
    asked = test_alone(patient, formulation, zone_of(by), place)
    [facts] = facts_of([replace(asked, kit_checked=emergency_kit, by_prescriber=is_prescriber(by))], at=at)
    hidden = () if acknowledged else hidden_by(patient, at, by)
    if reasons := (*reasons_of(facts), *hidden):
        raise Refusal(_("The allergy test cannot take place yet."), reasons=reasons)


def hidden_by(patient: Patient, at: datetime, by: User) -> tuple[Reason, ...]:
    """Antihistamines of seven days, systemic steroids: the test waits, or the prescriber says why not (D50)."""
    zone = zone_of(by)
    names = suppressants_of(patient, at.astimezone(zone).date(), zone)
    text = _("%(names)s can hide a reaction: postpone the test, or say why it is done now.")
    return (Reason("medicine_hides_reaction", text % {"names": ", ".join(names)}, cites=("D50",)),) if names else ()


@transaction.atomic
def read_test(
    *,
    test: AllergyTest,
    read_at: datetime,
    result: str,
    wheal_mm: int | None = None,
    flare_mm: int | None = None,
    symptoms_since: str = "",
    look: str = AllergyTestReading.Look.DELAYED,
    photo: bool = False,
    by: User,
    now: datetime | None = None,
) -> AllergyTestReading:
    """What was seen, at least 24 elapsed hours after the test (F220); a positive one makes each ingredient suspected.

    `look` immediate: wheal, flare and symptoms 15 to 20 minutes after the injection, before the patient leaves (D50).
    After 72 hours `symptoms_since` is needed: Malformed (400) without it (D42).

    A reading from a `photo` by somebody who does not prescribe is provisional until signed. Refusal before the hours
    are over, with `next` the instant from which it passes.
    Forbidden unless a prescriber, BadInput at a field that is out of bounds.
    """
    now = now or clock.now()
    if not photo and not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may read the allergy test."))
    if result not in AllergyTestReading.Result.values:
        raise BadInput.at("result", _("Negative, positive or inconclusive."), "invalid_choice")
    at = recent("read_at", read_at, now)
    check_waited(test, at, look)
    check_asked(test, at, symptoms_since)
    signed = is_prescriber(by)
    reading = AllergyTestReading.objects.create(
        test=test,
        look=AllergyTestReading.Look(look),
        read_at=at,
        result=result,
        wheal_mm=wheal_mm,
        flare_mm=flare_mm,
        symptoms_since=tidy_note("symptoms_since", symptoms_since),
        provisional=not signed,
        read_by=by,
        signed_by=by if signed else None,
    )
    if result == AllergyTestReading.Result.POSITIVE:
        suspect_ingredients(test, by, now)
    return reading


def check_asked(test: AllergyTest, at: datetime, symptoms_since: str) -> None:
    """Over 72 hours after the injection somebody has asked for symptoms since (D22, D42)."""
    if at - test.administered_at > ASK_AFTER and not symptoms_since.strip():
        text = _("More than 72 hours have passed: please ask for symptoms since the test, and write down the answer.")
        raise Malformed.at("symptoms_since", text, "required")


def check_waited(test: AllergyTest, at: datetime, look: str) -> None:
    """The look is taken at its time: 15 minutes to an hour after the injection, or 24 elapsed hours and later."""
    if look == AllergyTestReading.Look.IMMEDIATE:
        check_immediate(test, at)
        return
    opens = test.opens_at
    if at < opens:
        words = _("The test is read 24 hours after it was done, not sooner.")
        raise Refusal(words, reasons=[Reason(GateStatus.WAITING, words, opens, ("F220", "F222", "D22"))], next=opens)


def check_immediate(test: AllergyTest, at: datetime) -> None:
    opens = test.administered_at + LOOKED_AT_FROM
    if at < opens:
        words = _("The first look is taken 15 to 20 minutes after the injection, not sooner.")
        raise Refusal(words, reasons=[Reason(GateStatus.WAITING, words, opens, ("D50",))], next=opens)
    if at > test.administered_at + LOOKED_AT_UNTIL:
        words = _("The time of the first look is over; the test is read after 24 hours.")
        raise Refusal(words, reasons=[Reason("immediate_look_over", words, cites=("D50",))], next=test.opens_at)


@transaction.atomic
def sign_reading(*, reading: AllergyTestReading, by: User) -> AllergyTestReading:
    """A prescriber makes a photo reading his or her own (D22). Conflict when somebody has signed it already.

    Forbidden unless a prescriber.
    """
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may sign a reading."))
    locked = AllergyTestReading.objects.select_for_update().get(pk=reading.pk)
    if not locked.provisional:
        raise Conflict(_("This reading is signed already."))
    locked.provisional, locked.signed_by = False, by
    locked.save()
    return locked


@transaction.atomic
def acknowledge_gate(
    *, patient: Patient, formulation: Formulation, reason: str, by: User, now: datetime | None = None
) -> FindingDecision:
    """Accept a mix stronger than the one tested, or sign that own plasma needs no test (D21).

    Refusal when the gate waits for something else. Forbidden unless a prescriber, BadInput without a reason.
    """
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may acknowledge this."))
    now = now or clock.now()
    gate, mix = gate_for(patient, formulation, now), mix_of(formulation)
    codes = {GateStatus.ACKNOWLEDGE: STRONGER, GateStatus.SIGN_OWN_BLOOD: OWN_BLOOD}
    if gate.status not in codes:
        raise Refusal(_("There is nothing to acknowledge for this mix now."))
    return FindingDecision.objects.create(
        patient=patient,
        code=codes[gate.status],
        decision=FindingDecision.Decision.APPROVE,
        reason=tidy_note("reason", reason, required=True),
        plan={
            "formulation": str(formulation.pk),
            "stronger": {code: [str(mix[code][0]), mix[code][1]] for code in sorted(gate.stronger)},
        },
        decided_by=by,
        by_prescriber=True,
        decided_at=now,
    )
