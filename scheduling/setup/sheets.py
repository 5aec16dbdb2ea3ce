"""Tables as people send them: CSV in whatever encoding, with whatever separator and order of dates; and as we write
them. It reads a file line by line and knows no clock."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from patients.queries.people import real_day

ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253")
SEPARATORS = (";", ",", "\t", "|")
LOOKED_AT = 2000  # lines by which separator and order of dates are guessed
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so
UNREADABLE = "\ufffd"
DAY = re.compile(r"(?:(\d{4})([./-])(\d\d?)\2(\d\d?)|(\d\d?)([./-])(\d\d?)\6(\d{4}|\d\d))(?:[T ][\d:.]+)?")
DAY_FIRST, MONTH_FIRST, MIXED = "day", "month", "mixed"
ORDERS = (DAY_FIRST, MONTH_FIRST, MIXED)


class NotATable(ValueError):  # noqa: N818  # a finding about a file
    """The file is no CSV."""


def rows(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(number as a spreadsheet counts, cells) of each line that says anything; what cannot be read is U+FFFD.

    NotATable names the line at which a quotation mark swallows the rest.
    """
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    number = 0
    try:
        with path.open(encoding=name, errors="replace", newline="") as text:
            for number, cells in enumerate(csv.reader(text, delimiter=separator, strict=True), 1):
                if any(cell.strip() for cell in cells):
                    yield number, [plain(cell) for cell in cells]
    except (csv.Error, UnicodeError) as error:
        raise NotATable(str(number + 1)) from error


def encoding_of(path: Path) -> str:
    """As its first bytes say, else UTF-8 where all of it is, else Western European. NotATable for what is no text."""
    with path.open("rb") as file:
        start = file.read(4096)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        if b"\0" in start or start.startswith((b"PK\3\4", b"%PDF", b"\xd0\xcf\x11\xe0")):
            raise NotATable
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def separator_of(path: Path, encoding: str) -> str:
    """The one that makes the most columns of the first line and of most others. NotATable if none makes two."""

    def fit(separator: str) -> tuple[int, int]:
        try:
            lines = [len(cells) for _number, cells in islice(rows(path, encoding, separator), 50)]
        except NotATable:
            return 0, 0
        wide = lines[0] if lines else 0
        return (sum(each == wide for each in lines), wide) if wide > 1 else (0, 0)

    best = max(SEPARATORS, key=fit)
    if fit(best) == (0, 0):
        raise NotATable
    return best


def order_of(cells: Iterable[str]) -> str:
    """How the dates among them are written: `mixed` where some cannot be day first and some cannot be month first."""
    found = [match for cell in cells if (match := DAY.fullmatch(cell.strip())) and match[5]]
    day_first = any(int(each[5]) > 12 for each in found)
    month_first = any(int(each[7]) > 12 for each in found)
    return MIXED if day_first and month_first else MONTH_FIRST if month_first else DAY_FIRST


def read_day(text: str, order: str, today: date) -> date | None:
    """The one day that a cell means; None for what is no date, and for one that may mean two where the order is mixed.
    Two digits are a year gone by."""
    found = DAY.fullmatch(text.strip())
    if found is None:
        return None
    if found[1]:
        return real_day(int(found[1]), int(found[3]), int(found[4]))
    one, two, year = int(found[5]), int(found[7]), int(found[8])
    if len(found[8]) == 2:
        year += 2000 if year <= today.year % 100 else 1900
    days = {DAY_FIRST: real_day(year, two, one), MONTH_FIRST: real_day(year, one, two)}
    if order != MIXED:
        return days[order]
    possible = {day for day in days.values() if day}
    return possible.pop() if len(possible) == 1 else None


def plain(cell: str) -> str:
    """A cell as text, without the mark of `neutral`."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def neutral(cell: str) -> str:
    """A cell that no spreadsheet runs: behind an apostrophe where it begins like a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class _Line:
    """A file that keeps one line."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def lines(table: Iterable[Iterable[str]], separator: str = ",") -> Iterator[bytes]:
    """A table as CSV in UTF-8, line by line, with nothing in it that a spreadsheet runs."""
    kept = _Line()
    writer = csv.writer(kept, delimiter=separator)
    yield b"\xef\xbb\xbf"  # by which spreadsheets know UTF-8
    for cells in table:
        writer.writerow([neutral(cell) for cell in cells])
        yield kept.text.encode()
