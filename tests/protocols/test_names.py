"""Names as people write them: found in any case, with doses and other words around, and never read as a clearance."""

import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.eligibility.names import NameList, Register, Role, fold, name_list_from, one_letter_off
from protocols.eligibility.written import Row, allergens_in, medicines_in, rows_from, suppressants_in
from tests.protocols.patients import TODAY, catalogue

LISTS = [name_list_from(each.model_dump()) for each in catalogue().name_lists]
REGISTER = Register(LISTS)
OF_MEDICINES = [(each.code, name) for each in LISTS if each.role is Role.MEDICINE for name in each.names]
WHOLE = [name for _code, name in OF_MEDICINES if name.isalpha() and len(fold(name)) >= 6]


def classes(text: str) -> set[str]:
    return {code for hit in REGISTER.read(text).hits for code in hit.of(Role.MEDICINE)}


@pytest.mark.parametrize("each", LISTS, ids=lambda each: f"{each.role}-{each.code}")
def test_no_name_of_a_list_is_hidden_by_another(each: NameList) -> None:
    for name in each.names:
        hits = REGISTER.read(name, each.role).hits
        if each.role in (Role.MEDICINE, Role.ALLERGEN):
            assert each.code in {code for hit in hits for code in hit.of(each.role)}, name


def test_d35_the_list_of_medicines_is_generous() -> None:
    assert len(OF_MEDICINES) > 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("warfarin", {"anticoagulant_antiplatelet"}),
        ("WARFARIN 5mg, 1-0-1", {"anticoagulant_antiplatelet"}),
        ("Eliquis5mg", {"anticoagulant_antiplatelet"}),
        ("Coumadin", {"anticoagulant_antiplatelet"}),
        ("I take Eliquis since last week", {"anticoagulant_antiplatelet"}),
        ("Enoxaparin and amiodarone", {"anticoagulant_antiplatelet", "antiarrhythmic"}),
        ("insulina glargine", {"insulin"}),
        ("cardioaspirina", {"anticoagulant_antiplatelet"}),
        ("Cardio-Aspirin", {"anticoagulant_antiplatelet"}),
        ("ASS 100", {"anticoagulant_antiplatelet"}),
        ("ASS 500", {"aspirin"}),
        ("alkaseltzer", {"aspirin"}),
        ("flecaínida", {"antiarrhythmic"}),
        ("Варфарин", {"anticoagulant_antiplatelet"}),
        ("Wegovy", {"antidiabetic"}),
        ("insulin resistance", set()),
        ("vitamin D", set()),
        ("prewarfarinic", set()),
    ],
)
def test_d35_a_typed_name_has_its_class(text: str, expected: set[str]) -> None:
    assert classes(text) == expected


@given(
    st.sampled_from(OF_MEDICINES),
    st.sampled_from([str.upper, str.lower, str.title, fold]),
    st.sampled_from(["{}", "{} 5mg", "since 2020 {}", "vitamin D, {}", "{}\nmagnesium", "  {}; 1x daily", "({})"]),
)
def test_d35_a_name_is_found_in_any_case_and_company(name: tuple[str, str], cased: object, around: str) -> None:
    code, written = name
    assert code in classes(around.format(cased(written)))  # type: ignore[operator]


@given(st.text(max_size=80), st.text(max_size=80))
def test_d35_another_line_adds_and_never_takes_away(one: str, other: str) -> None:
    both = REGISTER.read(f"{one}\n{other}")
    for part in (REGISTER.read(one), REGISTER.read(other)):
        assert {hit.written for hit in part.hits} <= {hit.written for hit in both.hits}
        assert part.purposes <= both.purposes
        assert set(part.unknown) <= set(both.unknown)
        assert set(part.nearly) <= set(both.nearly)


SLIPS = {
    "left out": lambda word, place, _letter: word[:place] + word[place + 1 :],
    "one more": lambda word, place, letter: word[:place] + letter + word[place:],
    "another": lambda word, place, letter: word[:place] + letter + word[place + 1 :],
}


@given(
    st.sampled_from(WHOLE), st.sampled_from(sorted(SLIPS)), st.integers(0, 30), st.sampled_from(string.ascii_lowercase)
)
def test_d35_a_name_one_letter_off_is_asked_about(name: str, slip: str, place: int, letter: str) -> None:
    word = fold(name)
    read = REGISTER.read(SLIPS[slip](word, place % len(word), letter))
    known = {code for hit in read.hits for code in hit.codes}
    meant = {code for _written, each in read.nearly for code in classes(each)}
    assert known or classes(name) <= meant


@given(st.text(max_size=12), st.text(max_size=12))
def test_one_letter_off_goes_both_ways_and_never_for_the_same(one: str, other: str) -> None:
    assert one_letter_off(one, other) == one_letter_off(other, one)
    assert not one_letter_off(one, one)


def test_d35_nearly_a_name_is_no_class() -> None:
    read = REGISTER.read("inulin")
    assert (read.hits, read.nearly, read.unknown) == ((), (("inulin", "insulin"),), ())


def test_d35_a_short_name_is_not_guessed_at() -> None:
    assert REGISTER.read("asx").nearly == ()
    assert REGISTER.read("asx").unknown == ("asx",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for diabetes", {"diabetes"}),
        ("diabete tipo 2", {"diabetes"}),
        ("no diabetes", set()),
        ("pre-diabetes", set()),
        ("not for diabetes, but for arrhythmia", {"rhythm"}),
        ("Vorhofflimmern", {"rhythm"}),
        ("migraine", {"occasional"}),
        ("", set()),
    ],
)
def test_d35_what_a_medicine_is_for_is_read_from_words(text: str, expected: set[str]) -> None:
    assert REGISTER.read(text).purposes == expected


def test_d35_rows_say_what_for_when_and_whether_ended() -> None:
    rows = rows_from(
        [
            {"name": "Metoprolol", "purpose": "heart rhythm", "last_taken": "2026-05-01"},
            {"name": "Warfarin", "ended": True},
            {"name": " "},
            "no row",
        ]
    )
    assert rows[0] == Row(name="Metoprolol", detail="heart rhythm", last_taken=date(2026, 5, 1))
    listed = medicines_in(rows, REGISTER)
    assert [(each.written, "rhythm" in each.purposes, each.ended) for each in listed.mentions] == [
        ("Metoprolol", True, False),
        ("Warfarin", False, True),
    ]
    assert (listed.ended, listed.unknown) == (("Warfarin",), ())


@given(st.lists(st.one_of(st.none(), st.text(), st.dictionaries(st.text(max_size=5), st.text()), st.integers())))
def test_no_row_raises(values: list[object]) -> None:
    medicines_in(rows_from(values), REGISTER)


def test_d35_an_allergy_named_in_words_is_an_allergen() -> None:
    assert allergens_in("penicillin; lidocaine: collapse", REGISTER) == {"local_anaesthetic"}
    assert allergens_in("penicillin", REGISTER) == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [("ibuprofne", "ibuprofen", True), ("abcd", "acbd", True), ("abcd", "acdd", False), ("abcd", "dbca", False)],
)
def test_d35_two_neighbours_swapped_are_one_slip(one: str, other: str, off: bool) -> None:
    assert one_letter_off(one, other) is off


@pytest.mark.parametrize(
    ("row", "hides"),
    [
        (Row(name="cetirizine"), True),
        (Row(name="cetirizine", last_taken=TODAY - timedelta(days=7)), True),
        (Row(name="cetirizine", last_taken=TODAY - timedelta(days=8)), False),
        (Row(name="prednisolone", last_taken=TODAY - timedelta(days=90)), True),
        (Row(name="prednisolone", ended=True), False),
        (Row(name="warfarin"), False),
    ],
)
def test_d50_what_can_hide_a_reaction_on_a_day(row: Row, hides: bool) -> None:
    assert suppressants_in((row,), REGISTER, TODAY) == ((row.name,) if hides else ())


def test_two_lists_of_medicines_are_as_of_the_later_one() -> None:
    one, other, never = (medicines_in("warfarin", REGISTER, on) for on in (TODAY, TODAY + timedelta(days=1), None))
    assert [(a + b).on for a, b in ((one, other), (other, one), (never, one), (never, never))] == [
        other.on, other.on, TODAY, None,
    ]  # fmt: skip
