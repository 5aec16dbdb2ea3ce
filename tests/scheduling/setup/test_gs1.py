"""What a scanner reads from a box, and what it must ask."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.setup.gs1 import NotGs1Error, Scan, check_digit_holds, day_of, read

GS = "\x1d"
GTIN = "09506000134352"
BOX = Scan(gtin=GTIN, lot="HA2231", expires_on=date(2027, 3, 31))


def one(text: str) -> Scan:
    [scan] = read(text, this_year=2026)
    return scan


def fault(text: str) -> str:
    with pytest.raises(NotGs1Error) as wrong:
        read(text, this_year=2026)
    return wrong.value.code


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}1727033110HA2231",
        f"]d201{GTIN}1727033110HA2231",
        f"{GS}01{GTIN}1727033110HA2231{GS}",
        f"10HA2231{GS}01{GTIN}17270331",
        f"10HA2231<GS>01{GTIN}17270331",
        f"(01){GTIN}(17)270331(10)HA2231",
        f"(01){GTIN} (17)270331 (10)HA2231",
        f"01{GTIN}1124010117270331" + "10HA2231",  # with the day it was made
    ],
)
def test_a_box_is_read_however_it_is_written(text: str) -> None:
    assert one(text) == BOX


def test_the_serial_number_stands_behind_its_separator() -> None:
    assert one(f"01{GTIN}1727033110HA2231{GS}21S77") == Scan(GTIN, "HA2231", date(2027, 3, 31), "S77")


def test_day_00_is_the_last_of_the_month() -> None:
    assert one(f"01{GTIN}1727020010HA2231").expires_on == date(2027, 2, 28)
    assert one(f"01{GTIN}1728020010HA2231").expires_on == date(2028, 2, 29)


def test_a_lost_separator_asks() -> None:
    readings = read(f"01{GTIN}1727033110HA2231" + "21S77", this_year=2026)
    assert {(scan.lot, scan.serial) for scan in readings} == {("HA223121S77", ""), ("HA2231", "S77")}
    assert len(read("10HA2231" + "17270331", this_year=2026)) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_gs1"),
        ("HA-2231", "not_gs1"),
        (f"01{GTIN[:-1]}31727033110HA2231", "check_digit"),
        (f"01{GTIN}1727133110HA2231", "date"),
        (f"01{GTIN}1727023010HA2231", "date"),
        (f"01{GTIN}17270", "length"),
        ("0195060001", "length"),
        (f"01{GTIN}99XY", "unknown_part"),
        ("10" + "A" * 21, "length"),
        (f"(01){GTIN}(17)270231(10)HA2231", "date"),
        ("(01)1(10)A(", "not_gs1"),
        (f"10A{GS}10B", "twice"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, code: str) -> None:
    assert fault(text) == code


def digit_for(digits: str) -> str:
    return next(str(each) for each in range(10) if check_digit_holds(digits + str(each)))


gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda text: text + digit_for(text))
numbers = st.text("ABCXYZ345689-", min_size=1, max_size=20)  # no digits that could begin another part
days = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@given(gtins, numbers, days, numbers)
def test_what_was_written_is_read_back(gtin: str, lot: str, day: date, serial: str) -> None:
    assert one(f"01{gtin}17{day:%y%m%d}10{lot}{GS}21{serial}") == Scan(gtin, lot, day, serial)


@given(gtins, st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_found(gtin: str, place: int, by: int) -> None:
    wrong = gtin[:place] + str((int(gtin[place]) + by) % 10) + gtin[place + 1 :]
    assert not check_digit_holds(wrong)


@given(gtins, st.text("AB210179", min_size=1, max_size=20), days)
def test_the_true_reading_is_always_among_those_that_are_asked(gtin: str, lot: str, day: date) -> None:
    """Whatever a lot looks like, and with the separator lost."""
    readings = read(f"01{gtin}17{day:%y%m%d}10{lot}21S", this_year=2026)
    assert any((scan.lot, scan.serial) == (lot, "S") for scan in readings)


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever is scanned, there is a reading or a reason."""
    with suppress(NotGs1Error):
        assert read(text, this_year=2026)


@given(st.integers(2000, 2099), st.integers(0, 99))
def test_the_century_is_the_nearest(this_year: int, year: int) -> None:
    found = day_of(f"{year:02d}0115", this_year)
    assert found is not None
    assert -49 <= found.year - this_year <= 50
