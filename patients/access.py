"""Who may see which patient. The only way from a person to a queryset of patients; default deny."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from clinic.base.access import CARE, PATIENT, role_of
from clinic.base.disclosure import may_read
from clinic.models import User
from patients.models import (
    AccessLog,
    Allergy,
    AllergyTest,
    AllergyTestReading,
    Consent,
    ContactPerson,
    Patient,
    Photo,
)

Row = TypeVar("Row", bound=Model)
LARGEST_ID = 2**63 - 1


def patients_for(user: Any) -> QuerySet[Patient]:
    """Staff in care see every patient, a patient sees their own record, everyone else nobody.

    A record that was merged into another is not among them; its number leads to the other one.
    """
    return of_patients(user, Patient.objects.filter(merged_into=None), path="")


def of_patients(user: Any, rows: QuerySet[Row], path: str = "patient") -> QuerySet[Row]:
    """Those rows whose patient this person may see; `path` leads from a row to the patient.

    By the account on the patient's record and not by `patient__in`: the database began with all rows and looked for
    the patient last (a hundred times slower among a million visits).
    """
    role = role_of(user)
    if role in CARE:
        return rows
    if role != PATIENT:
        return rows.none()
    own = rows.filter(**{f"{path}__user" if path else "user": user})
    chosen = getattr(user, "chosen_record", None)  # by a family that shares one mailbox, for the pages of one of them
    return own.filter(**{path or "pk": chosen}) if chosen else own


def access_patient(user: User, pk: int | str, *, what: str = "record") -> Patient:
    """Open one record, or 404; who opened it is logged, since triggers cannot see reads. `what` names no content."""
    found = get_object_or_404(
        of_patients(user, Patient.objects.select_related("merged_into"), path=""), pk=identifier(pk)
    )
    if found.merged_into:
        found = get_object_or_404(patients_for(user), pk=found.merged_into_id)
    AccessLog.objects.create(patient=found, user=user, what=what)
    return found


def own_record(user: User, *, what: str = "portal") -> Patient:
    """The record of the patient who is signed in, or 404."""
    found = get_object_or_404(patients_for(user), user=user)
    AccessLog.objects.create(patient=found, user=user, what=what)
    return found


def family_of(user: User) -> QuerySet[Patient]:
    """Everybody whose pages open with this sign-in."""
    return Patient.objects.filter(user=user).order_by("id") if role_of(user) == PATIENT else Patient.objects.none()


def access_consent(user: User, pk: int | str) -> Consent:
    return _of_patients_for(user, Consent.objects.select_related("patient"), pk)


def access_test(user: User, pk: int | str) -> AllergyTest:
    return _of_patients_for(user, AllergyTest.objects.select_related("patient", "formulation"), pk)


def access_reading(user: User, pk: int | str) -> AllergyTestReading:
    rows = AllergyTestReading.objects.select_related("test__patient", "test__formulation")
    return _of_patients_for(user, rows, pk, path="test__patient")


def access_contact_person(user: User, pk: int | str) -> ContactPerson:
    return _of_patients_for(user, ContactPerson.objects.select_related("patient"), pk)


def access_allergy(user: User, pk: int | str) -> Allergy:
    return _of_patients_for(user, Allergy.objects.select_related("patient", "substance"), pk)


def access_photo(user: User, pk: int | str) -> Photo:
    """One picture; who looked at it is logged."""
    found = _of_patients_for(user, Photo.objects.select_related("patient"), pk)
    AccessLog.objects.create(patient=found.patient, user=user, what="photo")
    return found


def _of_patients_for(user: User, rows: QuerySet[Row], pk: int | str, path: str = "patient") -> Row:
    return get_object_or_404(of_patients(user, rows, path), pk=identifier(pk))


def identifier(pk: int | str) -> int:
    """An id as the database has it; 404 for text that cannot be one."""
    text = str(pk)
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > LARGEST_ID:
        raise Http404
    return int(text)


def sees_conditions(user: User) -> bool:
    """Findings, answers and reasons are for clinicians; the desk gets bookable or not, and a date (D17)."""
    return may_read(role_of(user), "Verdict", "findings")
