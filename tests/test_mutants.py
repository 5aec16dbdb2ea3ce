"""The measure of the pure rules: faults are made where there is something to get wrong, and tests notice them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutants import MODULES, ROOT, mutants_of
from tests.sizes import PROOF, size

NOTICED = 0.8  # of the mutants that were tried; docs/proof/mutants.json names those that were not


@pytest.mark.parametrize("module", MODULES)
def test_each_pure_module_can_go_wrong_in_many_places_and_names_its_tests(module: str):
    found = list(mutants_of(module))
    assert len(found) >= 4
    assert len({(each.line, each.what, each.place) for each in found}) == len(found)
    assert all((ROOT / test).exists() for test in MODULES[module])


def test_faults_are_noticed(tmp_path: Path, record_property: Callable[[str, object], None]):
    """The faults of one small module in every run; in a proof every module, as far as half an hour goes."""
    into, some = tmp_path / "figures.json", [] if PROOF else ["limits"]
    command = [sys.executable, "-m", "tests.mutants", *some, "--into", str(into)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=size(300, in_proof=3600))
    figures = json.loads(into.read_text())
    for name in ("mutants", "tried", "killed", "by_module", "survivors"):
        record_property(name, json.dumps(figures[name]))
    assert figures["tried"] >= 1
    assert figures["killed"] >= NOTICED * figures["tried"]
