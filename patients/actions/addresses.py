"""Another e-mail address for a patient who signs in with one: asked for, confirmed by mail, told to the old mailbox."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock, scope
from clinic.base.access import CLINICAL, PATIENT, role_of
from clinic.base.letters import send_letter
from clinic.base.refusals import BadInput, Conflict
from clinic.base.tokens import digest
from clinic.models import User
from patients.models import AddressChange, Patient

DAYS = 7  # how long the links of a change work
OPEN = {"applied_at": None, "stopped_at": None}


@transaction.atomic
def ask_address_change(*, patient: Patient, address: str, by: User, now: datetime | None = None) -> AddressChange:
    """Mail both mailboxes; sign-in and letters stay with the old one until `answer_address_change` says otherwise.

    Who may not read a patient's answers needs a yes from the old mailbox too, so the desk cannot become the patient.
    BadInput for an address that somebody else signs in with.
    """
    now = now or clock.now()
    check_free(patient, address)
    AddressChange.objects.filter(patient=patient, **OPEN).update(stopped_at=now)
    new, old = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    change = AddressChange.objects.create(
        patient=patient,
        address=address,
        asked_by=by,
        asked_at=now,
        needs_old=role_of(by) not in CLINICAL,
        new_digest=digest(new),
        old_digest=digest(old),
    )
    tell(patient, address, "address_new", link=link_of(new))
    tell(patient, patient.email, "address_old", link=link_of(old), needed=change.needs_old)
    return change


@scope.whole()
def open_change(secret: str, now: datetime) -> tuple[AddressChange, str] | None:
    """The change that a mailed link is about, and whose link it is: "new" or "old"; None when it no longer works."""
    key = digest(secret)
    rows = AddressChange.objects.filter(asked_at__gt=now - timedelta(days=DAYS), **OPEN).select_related("patient__user")
    for side in ("new", "old"):
        if found := rows.filter(**{f"{side}_digest": key}).first():
            return found, side
    return None


@scope.whole()
@transaction.atomic
def answer_address_change(*, secret: str, yes: bool, now: datetime | None = None) -> AddressChange:
    """Yes or no from one of the two mailboxes. With every yes that is needed the address changes; a no ends it.

    Conflict (409) for a link that no longer works, or an address that somebody else took meanwhile.
    """
    now = now or clock.now()
    found = open_change(secret, now)
    if found is None:
        raise Conflict(_("This link no longer works. Please ask the clinic."))
    change, side = AddressChange.objects.select_for_update(of=("self",)).get(pk=found[0].pk), found[1]
    if yes:
        setattr(change, f"{side}_said_yes_at", now)
        if change.new_said_yes_at and (change.old_said_yes_at or not change.needs_old):
            apply(change, now)
    else:
        change.stopped_at = now
    change.save()
    return change


def apply(change: AddressChange, now: datetime) -> None:
    """The patient signs in and gets letters there from now on; the database ends sessions, tokens and calendar."""
    patient = Patient.objects.select_for_update(of=("self",)).select_related("user").get(pk=change.patient_id)
    check_free(patient, change.address)
    tell(patient, patient.email, "address_changed")
    patient.email, patient.calendar_digest = change.address, ""
    if patient.user is not None and alone(patient):
        patient.user.email = change.address
        patient.user.save(update_fields=["email"])
    else:  # the others of the family keep the mailbox they shared
        patient.user = portal_user(patient)
    patient.version += 1
    patient.save(update_fields=["email", "calendar_digest", "user", "version"])
    change.applied_at = now


def portal_user(patient: Patient) -> User | None:
    """Whom the patient signs in as by mailed code: a new user, or the one of a family whose mailbox it is already.

    None without e-mail, and when the mailbox belongs to staff.
    """
    return portal_users([patient])[0]


def portal_users(patients: Sequence[Patient]) -> list[User | None]:
    """The same for many, in two statements."""
    addresses = {each.email for each in patients} - {""}
    holders = {each.email: each for each in User.objects.filter(email__in=addresses)}
    found = {address: each if role_of(each) == PATIENT else None for address, each in holders.items()}
    for each in patients:
        if each.email and each.email not in found:
            found[each.email] = User.objects.unsaved(email=each.email, name=str(each))
    User.objects.bulk_create([each for address, each in found.items() if each and address not in holders])
    return [found.get(each.email) for each in patients]


@scope.whole()
def alone(patient: Patient) -> bool:
    """Whether nobody else signs in with the patient's mailbox."""
    return not Patient.objects.filter(user=patient.user_id).exclude(pk=patient.pk).exists()


def check_free(patient: Patient, address: str) -> None:
    holder = User.objects.filter(email=address).first()
    if holder is not None and holder.pk != patient.user_id:
        raise BadInput.at("email", _("Somebody else signs in with this address."), "taken")


def link_of(secret: str) -> str:
    return settings.SITE_URL + reverse("address:answer", args=[secret])


def tell(patient: Patient, address: str, letter: str, **context: object) -> None:
    """A letter in the patient's language."""
    subject = _("Your address at the clinic")
    send_letter(address, letter, subject=subject, language=patient.language, days=DAYS, **context)
