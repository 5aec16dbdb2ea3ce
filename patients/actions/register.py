"""Registering a patient and keeping the contact data right. A name and a way to reach somebody are enough to begin."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from clinic.base import clock, languages, scope
from clinic.base.access import CLINICAL, home_of, role_of
from clinic.base.phones import country_of
from clinic.base.refusals import BadInput, Conflict, FieldError
from clinic.base.versions import check_version
from clinic.base.zones import zone_of
from clinic.models import Location, User
from patients.actions.addresses import alone, ask_address_change, portal_user, portal_users
from patients.actions.checks import plausible_birth, tidy_email, tidy_name, tidy_phone, tidy_text
from patients.actions.contacts import add_contact_person
from patients.models import ContactPreference, Patient, PatientLocation
from patients.queries.elsewhere import Known, known_people

Channel = ContactPreference.Channel
WITHOUT_PHONE = (Channel.LETTER, Channel.IN_PERSON, Channel.HELPER)


class PerhapsKnown(Conflict):
    """Somebody must say first that the new patient is none of the `known`."""

    def __init__(self, known: Known) -> None:
        super().__init__(_("Perhaps this person is registered already."))
        self.known = known


@transaction.atomic
def register_patient(
    *,
    given_name: str = "",
    family_name: str = "",
    phone: str = "",
    birth_date: date | None = None,
    sex: str = Patient.Sex.UNKNOWN,
    email: str = "",
    language: str = "en-gb",
    address: str = "",
    needs: Collection[str] = (),
    needs_note: str = "",
    reached_by: str = "",
    helper: Mapping[str, str] | None = None,
    location: Location | None = None,
    by: User,
    now: datetime | None = None,
    not_these: Collection[int] | None = None,
) -> Patient:
    """A new patient of `location`, else of the place of whoever registers; with an e-mail address nobody else signs in
    with, also the way into the portal.

    `reached_by` letter, in person or a `helper` (name, phone, relationship; the patient agreed) is for somebody without
    phone and e-mail. Raises BadInput naming the field.

    With `not_these`, the ids of people of whom somebody said that this is not them,
    PerhapsKnown for anybody else who may be the same person: one asks at a time, so that two desks that register one
    person in one moment cannot miss each other.
    """
    given = {
        "given_name": given_name,
        "family_name": family_name,
        "phone": phone,
        "birth_date": birth_date,
        "sex": sex,
        "email": email,
        "language": language,
        "address": address,
        "needs": needs,
        "needs_note": needs_note,
    }
    patient = Patient(registered_by=by, **tidy(given, by, now or clock.now()))
    channel = reached_by or (Channel.EMAIL if patient.email else Channel.CALL)
    check_reachable(patient, channel)
    if not_these is not None:
        check_unknown(patient, by, not_these)
    admit([(patient, channel)], location=location or home_of(by), by=by)
    with scope.whole():
        if channel == Channel.HELPER:
            who = {"name": "", "phone": "", "relationship": ""} | dict(helper or {})
            add_contact_person(
                patient=patient,
                name=who["name"],
                relationship=who["relationship"],
                phone=who["phone"],
                hears_times=True,
                by=by,
                now=now,
            )
    return patient


@scope.whole()  # nobody sees the new patients before a location treats them
def admit(newcomers: Sequence[tuple[Patient, str]], *, location: Location | None, by: User) -> None:
    """Write new people, each checked and with the channel they are reached by, as patients of a location: in one
    statement a table, however many."""
    people = [patient for patient, _channel in newcomers]
    for patient, user in zip(people, portal_users(people), strict=True):
        patient.user = user
    Patient.objects.bulk_create(people)
    ContactPreference.objects.bulk_create(
        ContactPreference(patient=patient, channel=channel) for patient, channel in newcomers
    )
    if location:
        PatientLocation.objects.bulk_create(
            PatientLocation(patient=patient, location=location, added_by=by) for patient in people
        )


@transaction.atomic
def update_patient(
    *, patient: Patient, changes: dict[str, Any], by: User, version: int | None = None, now: datetime | None = None
) -> Patient:
    """Change the named fields and no others. BadInput names a field, Stale says that somebody was faster.

    Another address of somebody who signs in is only asked for here: `ask_address_change`.
    """
    locked = Patient.objects.select_for_update(of=("self",)).select_related("user").get(pk=patient.pk)
    check_version(locked, version)
    now = now or clock.now()
    given = tidy(changes, by, now)
    address = given.pop("email", locked.email)
    for name, value in given.items():
        setattr(locked, name, value)
    locked.email, before = address, locked.email
    check_reachable(locked, channel_of(locked))
    locked.email = before
    if address != locked.email or (address and locked.user is None):
        follow_email(locked, address, by, now)
    if locked.user is not None and locked.user.name != str(locked) and alone(locked):
        locked.user.name = str(locked)
        locked.user.save(update_fields=["name"])
    locked.version += 1
    locked.save()
    return locked


def tidy(given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    """The fields given, each checked and in its stored form. BadInput names all that are wrong at once."""
    zone = zone_of(by)
    today = now.astimezone(zone).date()
    checks: dict[str, Callable[[Any], Any]] = {
        "given_name": lambda value: tidy_name("given_name", value),
        "family_name": lambda value: tidy_name("family_name", value),
        "phone": lambda value: tidy_phone("phone", value, country_of(zone.key)),
        "birth_date": lambda value: plausible_birth("birth_date", value, today) if value else None,
        "sex": known_sex,
        "email": tidy_email,
        "language": known_language,
        "address": lambda value: tidy_text("address", value, longest=300, required=False),
        "needs": known_needs,
        "needs_note": lambda value: tidy_text("needs_note", value, longest=200, required=False),
    }
    kept: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, value in given.items():
        try:
            kept[name] = checks[name](value)
        except BadInput as refused:
            wrong += refused.errors
    if wrong:
        raise BadInput(wrong[0].message, errors=wrong)
    return kept


def channel_of(patient: Patient) -> str:
    contact = ContactPreference.objects.filter(patient=patient).first()
    return contact.channel if contact else Channel.CALL


def check_reachable(patient: Patient, channel: str) -> None:
    """BadInput for somebody without a name or without a way to be reached."""
    if not (patient.given_name or patient.family_name):
        raise BadInput.at("given_name", _("Please give a name."), "required")
    if channel == Channel.LETTER and not patient.address:
        raise BadInput.at("address", _("Where does a letter go?"), "required")
    if not (patient.phone or patient.email or channel in WITHOUT_PHONE):
        words = _("Please give a phone number or an e-mail address, or say how else to reach this person.")
        raise BadInput.at("phone", words, "required")


def ask_in_turn() -> None:
    """Until the end of the transaction nobody else asks whether somebody is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register'))")


def check_unknown(patient: Patient, by: User, not_these: Collection[int]) -> None:
    ask_in_turn()
    known = known_people(by, patient)
    if not known.ids <= set(not_these):
        raise PerhapsKnown(known)


def known_sex(value: str) -> str:
    if value not in Patient.Sex.values:
        raise BadInput.at("sex", _("Please choose one of the list."), "invalid_choice")
    return value


def known_needs(values: Collection[str]) -> list[str]:
    if not set(values) <= set(Patient.Need.values):
        raise BadInput.at("needs", _("Please choose of the list."), "invalid_choice")
    return [need for need in Patient.Need.values if need in values]


def known_language(value: str) -> str:
    found = languages.recognised(value)
    if found is None:
        raise BadInput.at("language", _("This language is not offered."), "invalid_choice")
    return found


def follow_email(patient: Patient, address: str, by: User, now: datetime) -> None:
    """Another address. Whoever signs in with theirs keeps it until both mailboxes were asked (`addresses`).

    Where there are answers already, only somebody who may read them opens the patient's own pages: otherwise the desk
    could put an address of its own there and read them.
    """
    if patient.user is None:
        patient.email = address
        if role_of(by) in CLINICAL or not patient.intakes.exists():
            patient.user = portal_user(patient)
    elif not address:
        raise BadInput.at("email", _("The patient signs in with the e-mail address, so it cannot be empty."))
    else:
        ask_address_change(patient=patient, address=address, by=by, now=now)
