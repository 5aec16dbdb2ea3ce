"""The bench is not run with the tests; what it takes from the product is there all the same."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.samples import NOT_STORED
from tests.test_access_matrix import CALLS, PAGES

ROOT = Path(__file__).resolve().parent.parent
OURS = ("bench", "clinic", "patients", "protocols", "scheduling", "tests")
MODULES = sorted((ROOT / "bench").glob("*.py"))


def is_there(module: str, name: str) -> bool:
    """A module that needs a peer's packages is looked for, not imported."""
    if module.startswith("bench"):
        return find_spec(f"{module}.{name}") is not None if module == "bench" else find_spec(module) is not None
    return hasattr(import_module(module), name) or find_spec(f"{module}.{name}") is not None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_the_bench_imports_is_there(path: Path):
    imports = [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.ImportFrom)]
    ours = [each for each in imports if each.module and each.module.split(".")[0] in OURS]
    missing = [
        f"{each.module}.{one.name}" for each in ours for one in each.names if not is_there(str(each.module), one.name)
    ]
    assert missing == []


def test_every_part_of_an_address_is_known_to_the_bench_of_pages():
    functions = ast.parse((ROOT / "bench" / "samples.py").read_text()).body
    [found] = [each for each in functions if isinstance(each, ast.FunctionDef) and each.name == "parameters"]
    dicts = [node for node in ast.walk(found) if isinstance(node, ast.Dict)]
    known = {each.value for one in dicts for each in one.keys if isinstance(each, ast.Constant)}
    routes = [*PAGES.values(), *(pattern for (method, _name), pattern in CALLS.items() if method == "GET")]
    parts = {part for pattern in routes for part in pattern.pattern.converters}
    assert sorted(parts - known - {"code", *NOT_STORED}) == []
