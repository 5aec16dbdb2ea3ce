"""Registering: name and phone are enough; a likely duplicate is shown; wrong input is named at its field."""

from datetime import date

import pytest

from clinic.base import phones
from clinic.base.refusals import BadInput, Stale
from clinic.models import User
from patients.actions.register import register_patient, update_patient
from patients.models import ContactPreference, Patient
from patients.queries.people import alike, likely_duplicates
from tests.factories import NOW, PatientFactory


def register(by: User, **given: object) -> Patient:
    enough = {"given_name": "Eva", "family_name": "Conti", "phone": "+39 06 555 0101"}
    return register_patient(**(enough | given), by=by, now=NOW)


def test_name_and_phone_are_enough(desk: User):
    patient = register(desk)
    assert (patient.phone, patient.sex, patient.birth_date, patient.registered_by) == (
        "+39065550101",
        "unknown",
        None,
        desk,
    )


def test_without_an_email_the_desk_calls_and_nobody_signs_in(desk: User):
    patient = register(desk)
    assert patient.user is None
    assert patient.contact.channel == ContactPreference.Channel.CALL


def test_with_an_email_the_patient_can_sign_in_by_mailed_code(desk: User):
    patient = register(desk, email="Eva@Example.test")
    assert patient.user.email == "eva@example.test"
    assert not patient.user.has_usable_password()
    assert patient.contact.channel == ContactPreference.Channel.EMAIL


def test_a_family_may_share_one_mailbox(desk: User):
    mother, child = register(desk, email="home@example.test"), register(desk, email="home@example.test")
    assert mother.user is not None
    assert child.user == mother.user


def test_a_staff_members_address_never_becomes_a_patients_sign_in(desk: User):
    assert register(desk, email=desk.email).user is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", " - "),
        ("family_name", "x" * 101),
        ("given_name", "Eva\x00"),
        ("phone", "call me"),
        ("phone", "12"),
        ("phone", "06 5550 1 / 06 5550 2"),
        ("given_name", "."),
        ("email", "İrem@example.test"),
        ("phone", "+" + "1" * 16),
        ("birth_date", date(2026, 5, 6)),
        ("birth_date", date(1899, 12, 31)),
        ("sex", "f"),
        ("language", "tlh"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(desk: User, field: str, value: object):
    with pytest.raises(BadInput) as refused:
        register(desk, **{field: value})
    assert [error.field for error in refused.value.errors] == [field]
    assert not Patient.objects.exists()


def test_names_of_every_script_are_kept(desk: User):
    patient = register(desk, given_name="  Zoë  Mária ", family_name="O’Brien-العربية 山田")
    assert str(patient) == "Zoë Mária O’Brien-العربية 山田"


def test_born_today_is_not_the_future_where_the_clinic_is(desk: User):
    assert register(desk, birth_date=date(2026, 5, 5)).birth_date == date(2026, 5, 5)


# --- duplicates ----------------------------------------------------------------------------------------------------


def likely(**given: object) -> list[tuple[str, tuple[str, ...]]]:
    like = Patient(**({"given_name": "Eva", "family_name": "Conti", "phone": "+390612"} | given))
    return [(str(each.patient), each.same) for each in likely_duplicates(patients=Patient.objects.all(), like=like)]


def test_many_are_told_of_whom_each_would_be_told_alone(db: None):
    born = date(1980, 1, 1)
    for given in ("Eva", "Ewa", "Lia"):
        PatientFactory(given_name=given, family_name="Conti", phone="+390612", birth_date=born)
        PatientFactory(given_name=given, family_name="Conti", phone="+390613", birth_date=None)
    asking = [
        Patient(given_name=given, family_name="Conti", phone=phone, birth_date=birth)
        for given in ("Eva", "Lia", "Otto")
        for phone in ("", "+390612")
        for birth in (None, born, date(1981, 1, 1))
    ]
    assert alike(*asking) == [alike(each)[0] for each in asking]
    assert len({len(found) for found in alike(*asking)}) > 2
    assert alike() == []


def test_the_same_phone_is_a_likely_duplicate(db: None):
    PatientFactory(given_name="Maria", family_name="Bruni", phone="+390612")
    assert likely() == [("Maria Bruni", ("phone",))]


def test_a_phone_is_the_same_however_it_is_written(db: None):
    PatientFactory(given_name="Maria", family_name="Bruni", phone="+39065550101")
    assert likely(phone=phones.stored("+39 (06) 555-0101", None)) == [("Maria Bruni", ("phone",))]


def test_a_slip_of_one_letter_is_noticed(db: None):
    PatientFactory(given_name="Ana", family_name="Rossi", phone="+390055", birth_date=None)
    assert [same for _, same in likely(given_name="Ana", family_name="Rosi")] == [("name",)]


def test_nearly_the_same_name_is_a_likely_duplicate(db: None):
    PatientFactory(given_name="Eva", family_name="Contti", phone="+390055", birth_date=None)
    assert [same for _, same in likely()] == [("name",)]


def test_a_like_name_born_the_same_day_is_a_likely_duplicate(db: None):
    PatientFactory(given_name="Evelina", family_name="Conti", phone="+390055", birth_date=date(1980, 1, 2))
    assert [same for _, same in likely(birth_date=date(1980, 1, 2))] == [("birth_date",)]


def test_the_same_name_born_on_another_day_is_somebody_else(db: None):
    PatientFactory(given_name="Eva", family_name="Conti", phone="+390055", birth_date=date(1980, 1, 2))
    assert likely(birth_date=date(1981, 1, 2)) == []


def test_who_agrees_in_more_comes_first_and_strangers_do_not_come(db: None):
    PatientFactory(given_name="Eva", family_name="Conti", phone="+390055", birth_date=None)
    PatientFactory(given_name="Eva", family_name="Conti", phone="+390612", birth_date=None)
    PatientFactory(given_name="Paolo", family_name="Verdi", phone="+391155")
    assert [same for _, same in likely()] == [("name", "phone"), ("name",)]


# --- changes -------------------------------------------------------------------------------------------------------


def test_only_the_named_fields_change_and_the_version_rises(desk: User, patient: Patient):
    changed = update_patient(patient=patient, changes={"phone": "06 777 0000"}, by=desk, version=1, now=NOW)
    assert (changed.phone, changed.given_name, changed.version) == ("+39067770000", "Ana", 2)


def test_who_saw_an_old_version_is_told_so(desk: User, patient: Patient):
    update_patient(patient=patient, changes={"family_name": "Russo"}, by=desk, now=NOW)
    with pytest.raises(Stale):
        update_patient(patient=patient, changes={"family_name": "Riva"}, by=desk, version=1, now=NOW)
    patient.refresh_from_db()
    assert patient.family_name == "Russo"


def test_the_sign_in_follows_the_name_at_once_and_the_address_when_it_is_confirmed(desk: User, patient: Patient):
    update_patient(patient=patient, changes={"email": "new@example.test", "family_name": "Russo"}, by=desk, now=NOW)
    patient.user.refresh_from_db()
    assert (patient.user.email, patient.user.name) == ("ana@example.test", "Ana Russo")
    assert patient.address_changes.get().address == "new@example.test"


@pytest.mark.parametrize("email", ["", "lia@example.test"])
def test_a_sign_in_is_never_lost_or_taken_over(desk: User, patient: Patient, other_patient: Patient, email: str):
    with pytest.raises(BadInput) as refused:
        update_patient(patient=patient, changes={"email": email}, by=desk, now=NOW)
    assert refused.value.errors[0].field == "email"
    patient.refresh_from_db()
    assert patient.email == "ana@example.test"


def test_an_address_given_later_opens_the_portal(desk: User):
    patient = register(desk)
    assert update_patient(patient=patient, changes={"email": "eva@example.test"}, by=desk, now=NOW).user is not None
