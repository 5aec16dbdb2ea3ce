"""The one shape of a row, and how the table reads in a terminal."""

import textwrap
from collections.abc import Iterable
from typing import TypedDict

WIDTHS = {"job": 34, "reference": 46, "ours": 40, "ratio": 8, "bar": 26, "met": 3}


class Row(TypedDict):
    """`ratio` is the reference over ours, None where there is nothing to divide."""

    job: str
    reference: str
    ours: str
    ratio: float | None
    bar: str
    met: bool


def row(job: str, reference: str, ours: str, ratio: float | None, bar: str, met: bool) -> Row:
    return Row(job=job, reference=reference, ours=ours, ratio=ratio, bar=bar, met=bool(met))


def table(rows: Iterable[Row]) -> str:
    """All rows under one heading, long cells wrapped."""
    heading = {name: name for name in WIDTHS}
    rule = "  ".join("-" * width for width in WIDTHS.values())
    return "\n".join([lines(heading), rule, *(lines(cells(one)) for one in rows)])


def cells(one: Row) -> dict[str, str]:
    ratio = "" if one["ratio"] is None else f"{one['ratio']:,.3g}x" if one["ratio"] < 100 else f"{one['ratio']:,.0f}x"
    return {name: str(value) for name, value in one.items()} | {"ratio": ratio, "met": "yes" if one["met"] else "NO"}


def lines(texts: dict[str, str]) -> str:
    columns = [textwrap.wrap(texts[name], width) or [""] for name, width in WIDTHS.items()]
    height = max(len(column) for column in columns)
    padded = [column + [""] * (height - len(column)) for column in columns]
    widths = list(WIDTHS.values())
    return "\n".join(
        "  ".join(column[place].ljust(width) for column, width in zip(padded, widths, strict=True)).rstrip()
        for place in range(height)
    )
