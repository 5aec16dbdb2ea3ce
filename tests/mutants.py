"""The pure rules with one small fault at a time, and whether a test without a database notices.

    python -m tests.mutants                    every mutant, as far as half an hour goes, in an order that is drawn
    python -m tests.mutants gate verdict       those of these modules
    python -m tests.mutants --minutes 5        as far as five minutes go

A mutant is a module in which one comparison, connective, sum, number, yes or returned value is another. It is tried in
a process of its own, forked after everything is imported: there the changed code takes the place of the function's
own. It is killed when a test fails or does not end.
What is not changed: annotations, decorators, texts and the lists of ids that a rule cites.
"""

import argparse
import ast
import gc
import importlib.abc
import importlib.util
import inspect
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from itertools import islice, takewhile
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest

from tests.sizes import SEED

ROOT = Path(__file__).resolve().parent.parent
ELIGIBILITY = tuple(
    f"tests/protocols/eligibility/test_{name}.py"
    for name in ("gate", "readiness", "drawn_up", "tightening", "conditions", "eligibility")
)
PLANNER = tuple(
    f"tests/scheduling/planner/engine/test_{name}.py"
    for name in ("rules", "windows", "edges", "solver", "objective", "explain", "changes", "oracles")
)
SCREENING = (
    *ELIGIBILITY[3:5],
    "tests/protocols/test_names.py",
    "tests/protocols/test_boundaries.py",
    "tests/protocols/test_decisions.py",
    "tests/protocols/test_contradictions.py",
    *ELIGIBILITY[5:],
    "tests/protocols/test_published_cases.py",
)
# module -> the tests that answer for it, the quick ones first
MODULES: dict[str, tuple[str, ...]] = {
    "protocols.eligibility.gate": ELIGIBILITY[:1],
    "protocols.eligibility.readiness": ELIGIBILITY[1:2],
    "protocols.eligibility.consultation": ELIGIBILITY[1:2],
    "protocols.eligibility.limits": ELIGIBILITY[1:2],
    "protocols.eligibility.drawn_up": ELIGIBILITY[2:3],
    "protocols.eligibility.tightening": (*ELIGIBILITY[3:4], *ELIGIBILITY[5:]),
    **{
        f"protocols.eligibility.{name}": SCREENING
        for name in (
            "conditions",
            "dates",
            "decisions",
            "earliest",
            "medicines",
            "names",
            "planned",
            "questions",
            "verdict",
            "written",
        )
    },
    "scheduling.planner.engine.rules": PLANNER,
    "scheduling.planner.engine.windows": PLANNER,
}
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
RECKONED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
PURE = ("protocols.", "scheduling.", "clinic.", "patients.")
SECONDS = 120  # for one mutant; one that runs longer than that is a fault that a person would see


@dataclass(frozen=True)
class Mutant:
    module: str
    line: int
    what: str
    place: int  # which of the module's changes it is

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}:{self.line} {self.what}"


class Changer(ast.NodeTransformer):
    """Counts the places that can be changed, and changes the one that is `wanted`."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.seen: list[tuple[int, str]] = []
        self.functions = 0

    def offer(self, node: ast.AST, what: str) -> bool:
        self.seen.append((getattr(node, "lineno", 0), what))
        return len(self.seen) - 1 == self.wanted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.functions += 1
        node.body = [self.visit(each) for each in node.body]
        self.functions -= 1
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value and self.functions:
            node.value = self.visit(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return self.generic_visit(node) if self.functions or isinstance(node.value, ast.Call | ast.Tuple) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, operator in enumerate(node.ops):
            other = COMPARED[type(operator)]
            if self.offer(node, f"{ast.unparse(node)}: {other.__name__}"):
                node.ops[place] = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        if self.offer(node, f"{ast.unparse(node)}: {other.__name__}"):
            node.op = other()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self.offer(node, f"{ast.unparse(node)}: without not"):
            return node.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = RECKONED.get(type(node.op))
        if other and self.offer(node, f"{ast.unparse(node)}: {other.__name__}"):
            node.op = other()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return (
                ast.copy_location(ast.Constant(not node.value), node)
                if self.offer(node, f"{node.value}: the other")
                else node
            )
        if isinstance(node.value, int) and self.offer(node, f"{node.value}: one more"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        other = CALLED.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if other and self.offer(node, f"{ast.unparse(node)}: {other}"):
            node.func = ast.copy_location(ast.Name(other, ast.Load()), node.func)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        no = isinstance(node.value, ast.Constant) and node.value.value in (None, False)  # to a caller None is a no too
        if node.value and not no and self.offer(node, f"return {ast.unparse(node.value)}: None"):
            node.value = ast.copy_location(ast.Constant(None), node.value)
        return node


def source_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def mutants_of(module: str) -> Iterator[Mutant]:
    changer = Changer()
    changer.visit(ast.parse(source_of(module).read_text()))
    return (Mutant(module, line, what, place) for place, (line, what) in enumerate(changer.seen))


class Faulty(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with its fault."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_file_location(name, source_of(name), loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compiled(self.mutant.module, self.mutant.place), module.__dict__)


def compiled(module: str, place: int = -1) -> CodeType:
    """The module with the change at this place; without any when there is no such place."""
    tree = Changer(place).visit(ast.parse(source_of(module).read_text()))
    return compile(ast.fix_missing_locations(tree), str(source_of(module)), "exec")


def outer_functions(code: CodeType) -> Iterator[CodeType]:
    """The functions and methods of a module: not what is defined inside of those."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_flags & inspect.CO_NEWLOCALS and each.co_name != "<listcomp>":
                yield each
            else:
                yield from outer_functions(each)


def put_in(mutant: Mutant) -> bool:
    """Change the functions that are loaded; False when the fault lies outside of functions, in what an import does."""
    plain, faulty = (list(outer_functions(compiled(mutant.module, place))) for place in (-1, mutant.place))
    changed = {(new.co_qualname, new.co_firstlineno): new for old, new in zip(plain, faulty, strict=True) if old != new}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__module__ == mutant.module:
            code = changed.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
            each.__code__ = code or each.__code__
        elif isinstance(each, _lru_cache_wrapper) and each.__module__.startswith(PURE):
            each.cache_clear()  # what was worked out without the fault
    return bool(changed)


def trying(mutant: Mutant | None, tests: Iterable[str]) -> int:
    """In a process of its own: the status that pytest ends with, 0 when all tests pass."""
    signal.alarm(SECONDS)
    if mutant and not put_in(mutant):
        for name in [each for each in sys.modules if each.startswith((*PURE, "tests."))]:
            del sys.modules[name]
        sys.meta_path.insert(0, Faulty(mutant))
    return run(["-x", *tests])


def run(arguments: Iterable[str]) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    return int(
        pytest.main(["-q", "--noconftest", "-p", "no:cacheprovider", "-o", "addopts=", "-W", "ignore", *arguments])
    )


def import_tests(modules: Iterable[str]) -> None:
    """Load what the mutants have in common, so that none of them pays for it."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # half of the time of a mutant
    hypothesis.settings.register_profile("mutants", max_examples=25, derandomize=True, deadline=None, database=None)
    hypothesis.settings.load_profile("mutants")
    kept = os.dup(1), os.dup(2)
    found = run(["--collect-only", *dict.fromkeys(test for module in modules for test in MODULES[module])])
    for number, copy in enumerate(kept, 1):
        os.dup2(copy, number)
    assert found == 0, "the tests cannot be collected"


def all_tried(mutants: Iterable[tuple[Mutant | None, Iterable[str]]]) -> Iterator[tuple[Mutant | None, bool]]:
    """Each mutant with whether all its tests pass, as many at a time as there are processors."""
    running: dict[int, Mutant | None] = {}
    waiting = iter(mutants)
    while True:
        for mutant, tests in islice(waiting, (os.cpu_count() or 1) - len(running)):
            child = os.fork()
            if not child:
                os._exit(trying(mutant, tests))
            running[child] = mutant
        if not running:
            return
        child, status = os.wait()
        yield running.pop(child), status == 0


def survivors(mutants: Iterable[Mutant], *, seconds: float) -> tuple[Counter[str], list[Mutant]]:
    """How many were tried in each module within the time, and those that no test noticed."""
    until, tried, alive = time.monotonic() + seconds, Counter[str](), list[Mutant]()
    in_time = takewhile(lambda _mutant: time.monotonic() < until, mutants)
    for mutant, passed in all_tried((each, MODULES[each.module]) for each in in_time):
        assert mutant
        tried[mutant.module] += 1
        if passed:
            alive.append(mutant)
            print(f"alive: {mutant}", flush=True)
    return tried, alive


def drawn(modules: Iterable[str], seed: int = SEED) -> list[Mutant]:
    """Every mutant of the modules, in an order that the seed draws."""
    found = [mutant for module in modules for mutant in mutants_of(module)]
    random.Random(seed).shuffle(found)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Try mutants of the pure rules.")
    parser.add_argument("modules", nargs="*", help="by their last name; all when none is given")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--first", type=int, help="no more than so many")
    parser.add_argument("--into", type=Path, help="a file for the figures")
    given = parser.parse_args(arguments)
    modules = [each for each in MODULES if not given.modules or each.rpartition(".")[2] in given.modules]
    import_tests(modules)
    if not all(passed for _plain, passed in all_tried((None, tests) for tests in {MODULES[each] for each in modules})):
        parser.error("the tests fail without any fault")
    every = drawn(modules)
    tried, alive = survivors(every[: given.first], seconds=given.minutes * 60)
    figures = {
        "mutants": len(every),
        "tried": tried.total(),
        "killed": tried.total() - len(alive),
        "by_module": {
            each: f"{tried[each] - sum(one.module == each for one in alive)} of {tried[each]}" for each in modules
        },
        "survivors": sorted(map(str, alive)),
    }
    text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    print(text)
    if given.into:
        given.into.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
