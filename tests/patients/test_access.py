"""Default deny: staff in care see patients, a patient sees their own record, everyone else sees nobody."""

import pytest
from django.http import Http404

from clinic.models import User
from patients.access import (
    access_allergy,
    access_consent,
    access_patient,
    access_reading,
    access_test,
    own_record,
    patients_for,
    sees_conditions,
)
from patients.models import AccessLog, Allergy, AllergyTest, AllergyTestReading, Consent, Patient
from protocols.models import Formulation
from tests.factories import NOW


def test_who_sees_whom(
    patient: Patient,
    other_patient: Patient,
    desk: User,
    practitioner: User,
    director: User,
    administrator: User,
    outsider: User,
):
    everybody = {patient, other_patient}
    seen = {
        "desk": (desk, everybody),
        "practitioner": (practitioner, everybody),
        "director": (director, everybody),
        "patient": (patient.user, {patient}),
        "administrator": (administrator, set()),
        "outsider": (outsider, set()),
    }
    assert {name: set(patients_for(user)) for name, (user, _) in seen.items()} == {
        name: expected for name, (_, expected) in seen.items()
    }


def test_staff_whose_access_was_taken_away_see_nobody(patient: Patient, desk: User):
    desk.staff.active = False
    desk.staff.save()
    assert not patients_for(User.objects.get(pk=desk.pk)).exists()


def test_opening_a_record_is_logged_with_no_content(patient: Patient, desk: User):
    access_patient(desk, patient.pk)
    log = AccessLog.objects.get()
    assert (log.patient, log.user, log.what) == (patient, desk, "record")


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "", "١", "1.5", "99999999999999999999999999", " 1"])
def test_an_id_nobody_has_is_not_found_whatever_it_looks_like(desk: User, pk: str):
    with pytest.raises(Http404):
        access_patient(desk, pk)


def test_somebody_elses_record_is_not_found_and_nothing_is_logged(patient: Patient, other_patient: Patient):
    with pytest.raises(Http404):
        access_patient(patient.user, other_patient.pk)
    assert not AccessLog.objects.exists()


def test_the_portal_shows_ones_own_record_and_staff_have_none(patient: Patient, desk: User):
    assert own_record(patient.user) == patient
    with pytest.raises(Http404):
        own_record(desk)


def test_what_hangs_on_a_patient_is_hidden_like_the_patient(
    patient: Patient, other_patient: Patient, practitioner: User, mix: Formulation
):
    consent = Consent.objects.create(
        patient=patient, act="test", signed_name="Ana", signed_at=NOW, recorded_by=practitioner
    )
    test = AllergyTest.objects.create(
        patient=patient,
        formulation=mix,
        administered_at=NOW,
        injections=1,
        site="Arm",
        emergency_kit=True,
        administered_by=practitioner,
    )
    reading = AllergyTestReading.objects.create(
        test=test, read_at=NOW, result="negative", read_by=practitioner, signed_by=practitioner
    )
    allergy = Allergy.objects.create(patient=patient, allergen="silicon", recorded_by=practitioner, recorded_at=NOW)
    doors = ((access_consent, consent), (access_test, test), (access_reading, reading), (access_allergy, allergy))
    for access, row in doors:
        assert access(practitioner, row.pk) == row
        assert access(patient.user, str(row.pk)) == row
        with pytest.raises(Http404):
            access(other_patient.user, row.pk)


def test_conditions_are_for_clinicians(patient: Patient, desk: User, practitioner: User, director: User):
    assert [sees_conditions(user) for user in (practitioner, director, desk, patient.user)] == [
        True,
        True,
        False,
        False,
    ]
