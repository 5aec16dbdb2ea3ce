"""Every decision over the sources has a test named after it, here or where the decision lives."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocols.patients import catalogue

TESTS = Path(__file__).resolve().parents[1]


def names_in(tree: ast.AST, begins: str = "") -> Iterator[str]:
    """The name of each test, with the class it is in before it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from names_in(node, node.name.removeprefix("Test").lower() + "_")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield begins + node.name.removeprefix("test_")


@pytest.fixture(scope="module")
def named() -> frozenset[str]:
    """What tests are named after: the words of each name, such as c02 or d15."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob("test_*.py"))
    return frozenset(word for tree in trees for name in names_in(tree) for word in name.split("_"))


@pytest.mark.parametrize("name", ["contradictions", "boundaries", "decisions"])
def test_each_has_a_test_of_its_name(named: frozenset[str], name: str) -> None:
    codes = {each.id.lower() for each in getattr(catalogue(), name)}
    assert codes
    assert codes - named == set()
