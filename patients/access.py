"""Who may see which patient. The only way from a person to a queryset of patients; default deny."""

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, DIRECTOR, PATIENT, role_of, staff_of
from clinic.base.disclosure import may_read
from clinic.base.limits import whole
from clinic.models import User
from patients.models import (
    AccessLog,
    Allergy,
    AllergyTest,
    AllergyTestReading,
    Consent,
    ContactPerson,
    EmergencyAccess,
    Patient,
    PatientLocation,
    Photo,
)

Row = TypeVar("Row", bound=Model)


def patients_for(user: Any) -> QuerySet[Patient]:
    """Staff in care see the patients of their places, a patient sees their own record, everyone else nobody.

    A record that was merged into another is not among them; its number leads to the other one.
    """
    return of_patients(user, Patient.objects.filter(merged_into=None), path="")


def of_patients(user: Any, rows: QuerySet[Row], path: str = "patient") -> QuerySet[Row]:
    """Those rows whose patient this person may see; `path` leads from a row to the patient."""
    staff = staff_of(user)
    if staff is None or role_of(user) not in CARE:
        return own_rows(user, rows, path)
    if staff.acts_everywhere:
        return rows
    here = PatientLocation.objects.filter(patient=OuterRef(path or "pk"), location__in=staff.places)
    return rows.filter(Exists(here) | Q(**{f"{path or 'pk'}__in": opened_in_emergency(user)}))


def of_visits(user: Any, rows: QuerySet[Row], location: str = "location", patient: str = "patient") -> QuerySet[Row]:
    """Of rows about visits and courses, which happen at a location, those this person may see."""
    staff = staff_of(user)
    if staff is None or role_of(user) not in CARE:
        return own_rows(user, rows, patient)
    if staff.acts_everywhere:
        return rows
    here = Q(**{f"{location}__in": staff.places})
    return rows.filter(here | Q(**{f"{patient}__in": opened_in_emergency(user)}))


def opened_in_emergency(user: Any) -> QuerySet[EmergencyAccess, Any]:
    """Ids of the patients whose records are open to this person now, although no place of theirs treats them."""
    rows = EmergencyAccess.objects.filter(by=user, until__gt=clock.now())
    return rows.values("patient") if role_of(user) in CLINICAL else rows.none().values("patient")


def emergencies_for(user: Any) -> QuerySet[EmergencyAccess]:
    """Openings of a director's patients."""
    rows = of_patients(user, EmergencyAccess.objects.select_related("patient", "by"))
    return rows.exclude(by=user) if role_of(user) == DIRECTOR else rows.none()


def access_emergency(user: User, pk: int | str) -> EmergencyAccess:
    return get_object_or_404(emergencies_for(user), pk=identifier(pk))


def own_rows(user: Any, rows: QuerySet[Row], path: str) -> QuerySet[Row]:
    """The rows of the patient who is signed in.

    By the account on the patient's record and not by `patient__in`: the database began with all rows and looked for
    the patient last (a hundred times slower among a million visits).
    """
    if role_of(user) != PATIENT:
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
    found = whole(str(pk))
    if found is None:
        raise Http404
    return found


def sees_conditions(user: User) -> bool:
    """Findings, answers and reasons are for clinicians; the desk gets bookable or not, and a date (D17)."""
    return may_read(role_of(user), "Verdict", "findings")
