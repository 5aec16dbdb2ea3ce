"""People beside the patient: who books, pays or helps."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.phones import country_of
from clinic.base.refusals import Conflict
from clinic.base.zones import zone_of
from clinic.models import User
from patients.actions.checks import tidy_email, tidy_phone, tidy_text
from patients.models import ContactPerson, ContactPreference, Patient


def add_contact_person(
    *,
    patient: Patient,
    name: str,
    relationship: str = "",
    phone: str = "",
    email: str = "",
    pays: bool = False,
    hears_times: bool = False,
    by: User,
    now: datetime | None = None,
) -> ContactPerson:
    """`hears_times`: the patient said yes to it; who noted that, and when, is kept. BadInput names a field."""
    agreed = {"patient_agreed_at": now or clock.now(), "agreement_noted_by": by} if hears_times else {}
    return ContactPerson.objects.create(
        patient=patient,
        name=tidy_text("name", name, longest=200),
        relationship=tidy_text("relationship", relationship, longest=60, required=False),
        phone=tidy_phone("phone", phone, country_of(zone_of(by).key)),
        email=tidy_email(email),
        pays=pays,
        **agreed,
    )


@transaction.atomic
def remove_contact_person(*, person: ContactPerson) -> None:
    """Conflict (409) for the last one through whom the patient is reached."""
    others = ContactPerson.objects.filter(patient=person.patient, patient_agreed_at__isnull=False).exclude(pk=person.pk)
    by_helper = ContactPreference.objects.filter(patient=person.patient, channel=ContactPreference.Channel.HELPER)
    if by_helper.exists() and not others.exists():
        raise Conflict(_("Messages go through this person. Choose another way to reach the patient first."))
    person.delete()
