"""Finding people as they are spoken of, and not registering anybody twice."""

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic.base import scope
from clinic.base.refusals import BadInput
from clinic.models import User
from patients.actions.register import PerhapsKnown, register_patient, update_patient
from patients.models import Patient
from patients.queries.people import asked, best, search
from tests.factories import NOW, PatientFactory, StaffFactory

Browsers = Callable[[User | None], Client]
EVERYWHERE = [
    ("Béatrice", "Bélanger", "belanger"),
    ("José", "Núñez", "nunez jose"),
    ("Zoë", "Müller", "muller"),
    ("Zoë", "Müller", "mueller zoe"),
    ("Jan", "Mueller", "Müller jan"),
    ("Łukasz", "Żółć", "zolc"),
    ("Μαρία", "Γεωργίου", "γεωργιου"),
    ("Thị Minh Khai", "Nguyễn", "khai nguyen"),
    ("小明", "王", "明 王"),
    ("小明", "王", "王小明"),
    ("Irene", "O’Connell", "O'Connell irene"),
    ("Jean-Luc", "McDonald", "mcdonald luc"),
    ("Ana", "Rossi", "ana rosi"),
]


@pytest.fixture(autouse=True)
def every_place() -> Iterator[None]:
    with scope.whole():
        yield


def found(words: str, most: int = 8) -> list[str]:
    return [str(each) for each in best(Patient.objects.all(), words, most)]


def register(by: User, **given: object) -> Patient:
    enough = {"given_name": "Eva", "family_name": "Conti", "phone": "+39 06 555 0101"}
    return register_patient(**(enough | given), by=by, now=NOW)


# --- search -----------------------------------------------------------------------------------------------------


def test_everybody_is_found_as_people_type_their_name(db: None):
    for given, family in dict.fromkeys((given, family) for given, family, _words in EVERYWHERE):
        PatientFactory(given_name=given, family_name=family)
    for given, family, words in EVERYWHERE:
        assert found(words)[:1] == [f"{given} {family}"], words
        assert f"{given} {family}" in [str(each) for each in search(Patient.objects.all(), words)]


def test_whole_words_come_before_beginnings_and_slips_last(db: None):
    for given, family in (("Ana", "Rossini"), ("Rosa", "Rossi"), ("Ros", "Bianchi"), ("Ana", "Verdi")):
        PatientFactory(given_name=given, family_name=family)
    assert found("ros") == ["Ros Bianchi", "Rosa Rossi", "Ana Rossini"]
    assert found("rossi", most=1) == ["Rosa Rossi"]
    assert found("'''") == found("nobody") == []


@pytest.mark.parametrize("spoken", ["0044 20 7946 0777", "+44 (0)20 7946 0777", "020 7946 0777", "7946 0777", "٧٩٤٦"])
def test_a_phone_is_found_in_every_spoken_form(db: None, spoken: str):
    PatientFactory(given_name="Una", phone="+442079460777")
    PatientFactory(phone="+39065550101")
    assert found(spoken) == ["Una Rossi"]


def test_a_birth_date_finds_and_the_day_comes_before_the_month(db: None):
    PatientFactory(given_name="March", birth_date=date(1987, 3, 4))
    PatientFactory(given_name="April", birth_date=date(1987, 4, 3))
    PatientFactory(given_name="Other", birth_date=date(1987, 4, 4))
    assert found("1987-03-04") == ["March Rossi"]
    assert found("3/4/87 rossi") == ["April Rossi", "March Rossi"]
    assert found("rossi 31/2/1987") == []
    assert asked("1.2.26", date(2026, 5, 5)).born[0] == date(2026, 2, 1)
    assert asked("1.2.27", date(2026, 5, 5)).born[0] == date(1927, 2, 1)


def test_a_long_list_says_that_there_is_more(desk: User, browser_of: Browsers):
    for n in range(10):
        PatientFactory(given_name=f"Lia{n}")
    browser, page = browser_of(desk), reverse("desk:book")
    short = browser.get(page, {"q": "rossi"})
    assert (len(short.context["people"]), short.context["more"]) == (8, True)
    longer = browser.get(page, {"q": "rossi", "more": "1"})
    assert (len(longer.context["people"]), longer.context["more"]) == (10, False)


def test_what_was_typed_becomes_the_form_as_it_was_typed(desk: User, browser_of: Browsers):
    form = browser_of(desk).get(reverse("desk:book"), {"q": "Jean-Luc McDonald"}).context["new"]
    assert form.initial == {"given_name": "Jean-Luc", "family_name": "McDonald"}


# --- names and numbers as they are kept ---------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["+44 (0)20 7946 0777", "0044 20 7946 0777", "020 7946 0777", "+44 20 7946 0777"])
def test_four_ways_to_write_a_number_are_one(desk: User, typed: str):
    desk.staff.location.timezone = "Europe/London"
    assert register(desk, phone=typed).phone == "+442079460777"


def test_digits_of_every_script_and_an_extension_are_kept_and_shown(desk: User, browser_of: Browsers):
    assert register(desk, phone="+971 50 ١٢٣ 4567").phone == "+971501234567"
    desk.staff.location.timezone = "America/New_York"
    patient = register(desk, phone="(415) 555-0132 x12")
    assert patient.phone == "+14155550132;ext=12"
    page = browser_of(desk).get(reverse("patients:detail", args=[patient.pk])).content.decode()
    assert 'href="tel:+14155550132;ext=12"' in page
    assert "+1 415-555-0132 ext. 12" in page


def test_two_numbers_in_one_field_are_refused_with_a_word(desk: User):
    with pytest.raises(BadInput, match="two phone numbers"):
        register(desk, phone="06 5550 1 / 06 5550 2")


def test_one_name_is_enough_and_a_full_stop_is_none(desk: User):
    bjork = register(desk, given_name="Björk", family_name="")
    assert (str(bjork), bjork.in_order) == ("Björk", "Björk")
    with pytest.raises(BadInput) as refused:
        register(desk, given_name=".", family_name="", phone="x", email="y")
    assert [each.field for each in refused.value.errors] == ["given_name", "phone", "email"]
    with pytest.raises(BadInput, match="give a name"):
        register(desk, given_name="", family_name=" ")


def test_two_forms_of_one_letter_and_letters_that_nobody_sees_are_one_name(desk: User):
    patient = register(desk, given_name="Zoe\u0308", family_name="\u202eMu\u0308l\u200bler")
    assert str(patient) == "Zoë Müller"
    with pytest.raises(PerhapsKnown):
        register(desk, given_name="Zoë", family_name="Müller", phone="+39 06 555 0102", not_these=())


def test_without_phone_an_address_is_needed(desk: User, patient: Patient):
    assert register(desk, phone="", email="eva@example.test").phone == ""
    with pytest.raises(BadInput) as refused:
        register(desk, phone="")
    assert refused.value.errors[0].field == "phone"
    assert update_patient(patient=patient, changes={"phone": ""}, by=desk, now=NOW).phone == ""


# --- twice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "family"), [("Beatrice", "Belanger"), ("Jose", "Nunez")])
def test_accents_hide_nobody_who_is_registered_already(desk: User, given: str, family: str):
    PatientFactory(given_name="Béatrice", family_name="Bélanger", birth_date=None)
    PatientFactory(given_name="José", family_name="Núñez", birth_date=None)
    with pytest.raises(PerhapsKnown) as known:
        register(desk, given_name=given, family_name=family, not_these=())
    likely = known.value.known.here[0]
    assert (likely.patient.given_name[0], likely.same) == (given[0], ("name",))
    assert register(desk, given_name=given, family_name=family, not_these=[likely.patient.pk]).pk


def test_of_a_child_with_its_mothers_phone_and_address_the_mother_is_shown_first(desk: User, browser_of: Browsers):
    PatientFactory(given_name="Lea", family_name="Conti", birth_date=None)
    mother = PatientFactory(given_name="Carla", family_name="Conti", phone="+39065550101", email="home@example.test")
    child = {"given_name": "Ugo", "family_name": "Conti", "phone": "06 555 0101", "email": "HOME@example.test"}
    page = browser_of(desk).post(reverse("patients:register"), child)
    first = page.context["form"].known.here[0]
    assert (first.patient, first.same, first.relative) == (mother, ("phone", "email"), True)
    assert "perhaps family" in page.content.decode()


def test_who_was_registered_while_somebody_looked_is_asked_about_too(desk: User, browser_of: Browsers):
    first = PatientFactory(given_name="Eva", family_name="Conti", phone="+39065550101")
    browser, eva = browser_of(desk), {"given_name": "Eva", "family_name": "Conti", "phone": "06 555 0101"}
    second = PatientFactory(given_name="Eva", family_name="Conti", phone="+39065550101")
    page = browser.post(reverse("patients:register"), eva | {"not_these": str(first.pk)})
    assert {each.patient for each in page.context["form"].known.here} == {first, second}
    assert browser.post(reverse("patients:register"), eva | {"not_these": f"{first.pk},{second.pk}"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_four_desks_register_one_person_in_one_moment_and_one_is_saved():
    by, told, ready = StaffFactory().user, [], threading.Barrier(4)

    def one() -> None:
        ready.wait()
        try:
            register(by, not_these=())
        except PerhapsKnown as known:
            told.append(len(known.known.here))
        finally:
            connection.close()

    desks = [threading.Thread(target=one) for _ in range(4)]
    for each in desks:
        each.start()
    for each in desks:
        each.join()
    assert (Patient.objects.count(), told) == (1, [1, 1, 1])
