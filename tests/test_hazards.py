"""docs/hazards.md says of each hazard what controls it, and names tests that are there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "hazards.md").read_text()
FIELDS = ["Cause", "Effect", "Before", "After", "Owner", "Control", "Test", "Left"]
OWNERS = {"medical director", "prescriber", "practitioner", "maintainer"}
ENTRIES = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]


def fields(entry: str) -> list[tuple[str, str]]:
    body = re.sub(r"\n  ", " ", entry.split("\n## ", maxsplit=1)[0])
    return re.findall(r"^- (\w+): (.+)$", body, flags=re.MULTILINE)


def risks() -> dict[tuple[str, str], int]:
    """(likelihood, severity) -> risk, by the table of the page."""
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", TEXT, re.MULTILINE)]
    head, *body = [row for row in rows if not re.fullmatch("-+", row[0])]
    return {(row[0], severity): int(risk) for row in body for severity, risk in zip(head[1:], row[1:], strict=True)}


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def named(entry: str) -> Iterator[str]:
    return (test.strip("`") for name, test in fields(entry) if name == "Test")


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.partition(" ")[0] for entry in ENTRIES])
def test_each_hazard_is_complete_and_its_tests_are_there(entry: str):
    given = fields(entry)
    assert list(dict.fromkeys(name for name, _value in given)) == FIELDS
    values = dict(given)
    assert values["Owner"] in OWNERS
    before, after = (re.fullmatch(r"(.+), (.+): (\d)", values[name]) for name in ("Before", "After"))
    assert before
    assert after
    assert before[1] == after[1]
    assert all(risks()[each[2], each[1]] == int(each[3]) for each in (before, after))
    assert int(after[3]) <= int(before[3])
    for test in named(entry):
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert not name or name in functions_in(path), test


def test_they_are_numbered_in_order_and_accepted_by_nobody():
    assert [entry.partition(" ")[0] for entry in ENTRIES] == [f"H{number:02}" for number in range(1, len(ENTRIES) + 1)]
    assert "accepted by nobody until a safety officer signs" in TEXT
