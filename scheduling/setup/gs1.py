"""What a scanner reads from a box: a GS1 element string with GTIN, expiry, lot and serial number. PURE.

    01 GTIN (14 digits, the last is a check digit) · 17 expiry YYMMDD, day 00 is the month's last · 10 lot · 21 serial

Lot and serial have no fixed length: a separator (FNC1, read as the character GS) ends them unless they stand last. A
scanner that types like a keyboard may lose it; then more than one reading fits, and `read` answers with all of them.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

GTIN, LOT, EXPIRY, SERIAL = "01", "10", "17", "21"
FIXED = {GTIN: 14, EXPIRY: 6, "11": 6, "13": 6, "15": 6}  # 11, 13 and 15 are other dates, read over
LONGEST = 20
SEPARATORS = re.compile("\x1d|␝|<GS>|\\{GS\\}")
PREFIXES = ("]C1", "]d2", "]Q3", "]e0")  # what a scanner may put before the data
VALUE = re.compile(r"[!-\"%-?A-Z_a-z]{1,20}")
BRACKETS = re.compile(r"\((\d{2})\)([^()]*)")


class NotGs1Error(ValueError):
    """The text is no such element string; `code` says why: not_gs1, unknown_part, check_digit, date, length, twice."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Scan:
    """What one code says; a part that is not in it is empty."""

    gtin: str = ""
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""


Part = tuple[str, str]  # application identifier, value


def read(text: str, *, this_year: int) -> tuple[Scan, ...]:
    """The readings of a scan: one, or several where a separator was lost and a person has to say which.

    NotGs1Error when no reading fits. `this_year` tells the century of the two-digit years.
    """
    data = text.strip()
    for prefix in PREFIXES:
        data = data.removeprefix(prefix)
    if not data:
        raise NotGs1Error("not_gs1")
    if data.startswith("("):
        return (scan_of(bracketed(data), this_year),)
    fields = [field for field in SEPARATORS.split(data) if field]
    return tuple(unique(scan_of(parts, this_year) for parts in readings(fields, this_year)))


def bracketed(data: str) -> list[Part]:
    """The form that people print below a code: (01)…(17)…(10)…"""
    parts = [(code, value.strip()) for code, value in BRACKETS.findall(data)]
    if "".join(f"({code}){value}" for code, value in parts) != re.sub(r"\s+", "", data):
        raise NotGs1Error("not_gs1")
    return parts


def readings(fields: list[str], this_year: int) -> list[list[Part]]:
    """Every way to cut the fields into parts. A cut inside a lot or serial is a separator that was lost."""
    found: list[list[Part]] = [[]]
    for field in fields:
        cuts = list(cuts_of(field, this_year))
        if not cuts:
            raise NotGs1Error(why_not(field, this_year))
        found = [[*before, *cut] for before in found for cut in cuts]
    whole = [parts for parts in found if len({code for code, _value in parts}) == len(parts)]
    if not whole:
        raise NotGs1Error("twice")
    return whole


def cuts_of(field: str, this_year: int) -> Iterator[list[Part]]:
    """The ways to read one field from its start; a part of fixed length needs no separator behind it."""
    code, rest = field[:2], field[2:]
    if code in FIXED:
        value, behind = rest[: FIXED[code]], rest[FIXED[code] :]
        if fits(code, value, this_year):
            yield from ([(code, value), *more] for more in (cuts_of(behind, this_year) if behind else [[]]))
    elif code in (LOT, SERIAL):
        if VALUE.fullmatch(rest):
            yield [(code, rest)]
        for end in range(1, min(len(rest), LONGEST + 1)):
            if rest[end : end + 2] in {*FIXED, LOT, SERIAL} - {code} and VALUE.fullmatch(rest[:end]):
                yield from ([(code, rest[:end]), *more] for more in cuts_of(rest[end:], this_year))


def fits(code: str, value: str, this_year: int) -> bool:
    if len(value) != FIXED[code] or not (value.isascii() and value.isdigit()):
        return False
    return check_digit_holds(value) if code == GTIN else day_of(value, this_year) is not None


def why_not(field: str, this_year: int) -> str:
    """The first part of a field that cannot be read, as a code of NotGs1Error."""
    code, rest = field[:2], field[2:]
    if code not in {*FIXED, LOT, SERIAL}:
        return "unknown_part" if code.isdigit() else "not_gs1"
    value = rest[: FIXED.get(code, LONGEST)]
    if code not in FIXED or len(value) != FIXED[code] or not value.isdigit():
        return "length"
    if not fits(code, value, this_year):
        return "check_digit" if code == GTIN else "date"
    return why_not(rest[FIXED[code] :], this_year)


def check_digit_holds(gtin: str) -> bool:
    """GS1's modulo 10: from the right the digits weigh 3 and 1 in turn, and the last makes the sum a full ten."""
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(gtin)))
    return weighed % 10 == 0


def day_of(digits: str, this_year: int) -> date | None:
    """YYMMDD as a date; day 00 is the last of its month, and the century is the nearest to this year."""
    year, month, day = full_year(int(digits[:2]), this_year), int(digits[2:4]), int(digits[4:])
    if not 1 <= month <= 12:
        return None
    last = monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None


def full_year(two_digits: int, this_year: int) -> int:
    """GS1's rule: a year from 49 back to 50 ahead of this one."""
    year = this_year - this_year % 100 + two_digits
    ahead = two_digits - this_year % 100
    return year - 100 if ahead >= 51 else year + 100 if ahead <= -50 else year


def scan_of(parts: list[Part], this_year: int) -> Scan:
    scan, seen = Scan(), set()
    for code, value in parts:
        if code in seen:
            raise NotGs1Error("twice")
        seen.add(code)
        scan = with_part(scan, code, value, this_year)
    return scan


def with_part(scan: Scan, code: str, value: str, this_year: int) -> Scan:
    if code in FIXED and not fits(code, value, this_year):
        raise NotGs1Error("check_digit" if code == GTIN else "date")
    if code in (LOT, SERIAL) and not VALUE.fullmatch(value):
        raise NotGs1Error("length")
    if code == EXPIRY:
        return replace(scan, expires_on=day_of(value, this_year))
    if code == GTIN:
        return replace(scan, gtin=value)
    if code == LOT:
        return replace(scan, lot=value)
    if code == SERIAL:
        return replace(scan, serial=value)
    if code not in FIXED:
        raise NotGs1Error("unknown_part")
    return scan


def unique(scans: Iterator[Scan]) -> list[Scan]:
    return list(dict.fromkeys(scans))
