"""What takes too long for every change: `make proof` runs it and writes down what came out.

    python -m tests.proof              every proof
    python -m tests.proof chaos api    these
    python -m tests.proof --stale      which proofs speak for folders that have changed since

A proof is a run of tests at their full size (tests/sizes.py). It writes docs/proof/NAME.json: what was run with which
seed, how many tests passed, the figures that they recorded (`record_property`), a line for each fault that they speak
of, and git's hash of each folder that it speaks for. It runs on what is committed, so that the hashes say what it saw;
docs/proof itself is in none of them.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.chaos.faults import FAULTS

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("clinic", "patients", "protocols", "scheduling")


@dataclass(frozen=True)
class Proof:
    """`tests`: what pytest is given; `speaks_for`: folders and files whose change makes the proof stale."""

    tests: tuple[str, ...]
    speaks_for: tuple[str, ...]


PROOFS = {
    # Every fault that the clinic survives, each with something careless that does not (tests/chaos/faults.py). Two at a
    # time and without groups: each process has a clinic of its own.
    "chaos": Proof(
        (
            "tests/chaos",
            "tests/clinic/test_canary.py",
            "tests/clinic/test_readiness.py",
            "-m",
            "chaos",
            "-n",
            "2",
            "--dist=load",
        ),
        ("clinic", "scheduling", "tests/chaos", "tests/clinic"),
    ),
    # Five minutes of sixteen clients under kills, and whether one order explains what they were told.
    "histories": Proof(("tests/histories",), ("clinic", "scheduling", "tests/histories")),
    # The planner against every plan there is and against CP-SAT, and its properties on a thousand problems each.
    "planner": Proof(("tests/scheduling/planner",), ("protocols", "scheduling/planner", "tests/scheduling/planner")),
    # What must hold of any date, course, patient or answer, on a thousand new examples each.
    "properties": Proof(
        ("tests", "-m", "hypothesis"), ("protocols", "scheduling", "tests/protocols", "tests/scheduling")
    ),
    # A thousand drawn requests of each role to the API, and a thousand by Schemathesis with every check.
    "api": Proof(
        ("tests/test_openapi.py", "tests/test_conformance.py"),
        (*PRODUCT, "tests/test_openapi.py", "tests/test_conformance.py"),
    ),
    # Each filter by place and person taken away in turn: what every page and read still shows of another location.
    "rights": Proof(
        ("tests/test_matrix_by_place.py", "tests/test_rows.py"), (*PRODUCT, "tests/test_matrix_by_place.py")
    ),
    # Two hundred errors of planning, drawing up, treating and recording over HTTP, and their right twins.
    "planted": Proof(("tests/scheduling/planted",), (*PRODUCT, "tests/scheduling/planted")),
    # Every nasty value in every address, and each parameter with three of them.
    "input": Proof(("tests/test_bad_input.py",), (*PRODUCT, "tests/test_bad_input.py")),
    # Every page opened in a browser by each role that may, with a picture, and every statement of the sources.
    "pages": Proof(
        ("tests/browser/test_every_page.py", "tests/protocols/views/test_grounds_pages.py"),
        (*PRODUCT, "templates", "static", "tests/browser", "tests/protocols/views"),
    ),
    # What people do in the browser, alone and after one another: from the consultation to the end, at two locations.
    "people": Proof(
        tuple(
            f"tests/browser/test_{name}.py"
            for name in ("planning", "doors", "screening", "library", "board", "generate", "walk", "chain", "places")
        ),
        (*PRODUCT, "templates", "static", "tests/browser"),
    ),
    # A database made by all the small migrations beside one made by those that stand for them.
    "migrations": Proof(
        ("tests/clinic/test_migrations.py",),
        (
            *(f"{app}/migrations" for app in PRODUCT),
            "clinic/base/first_migration.py",
            "tests/clinic/test_migrations.py",
        ),
    ),
    # `manage.py` and the servers: starting, finding each other, dying and coming back.
    "processes": Proof(
        tuple(f"tests/clinic/test_{name}.py" for name in ("up", "commands", "embedded", "supervisor")),
        ("clinic", "manage.py", "tests/clinic"),
    ),
    # The published cases, and every rule taken away and turned round, one change at a time.
    "rules": Proof(
        ("tests/protocols/test_published_cases.py", "tests/protocols/test_rule_changes.py"),
        ("protocols", "tests/protocols"),
    ),
    # The pure rules with one fault at a time, for half an hour.
    "mutants": Proof(
        ("tests/test_mutants.py",),
        ("protocols/eligibility", "scheduling/planner/engine", "tests/protocols", "tests/scheduling/planner/engine"),
    ),
    # What people do, followed by the words on the pages: presses, fields, and every page on the way in six looks.
    "walks": Proof(
        ("tests/browser/test_walks.py",),
        (*PRODUCT, "templates", "static", "docs/walks", "tests/walks", "tests/browser/test_walks.py"),
    ),
}


def run(name: str, seed: int, *, root: Path = ROOT) -> dict[str, Any]:
    """Run one proof and write its file. What it returns is what the file says; `passed` is false when a test failed."""
    proof = PROOFS[name]
    trees = hashes(proof, root=root)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        command = ["python", "-m", "pytest", "-q", *proof.tests]
        given = [sys.executable, *command[1:], f"--junitxml={report}", f"--hypothesis-seed={seed}"]
        ended = subprocess.run(given, cwd=root, env=os.environ | {"PROOF_SEED": str(seed)}, check=False)
        figures, faults = read(report) if report.exists() else ({}, {})
    for number, line in faults.items():
        print(f"{number} {line}")
    said = {
        "command": f"PROOF_SEED={seed} {' '.join(command)} --hypothesis-seed={seed}",
        "seed": seed,
        "passed": ended.returncode == 0,
        "figures": figures,
        **({"faults": faults} if faults else {}),
        "speaks_for": trees,
    }
    path = file_of(name, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    return said


def read(report: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Tests, failures and seconds of a run with what its tests recorded, each under the name of its test; and what they
    said of faults, a line each."""
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))
    figures: dict[str, Any] = {key: int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")}
    figures["seconds"] = round(float(suite.attrib["time"]))
    faults: dict[str, list[str]] = defaultdict(list)
    for case in suite.iter("testcase"):
        for each in case.iter("property"):
            name, value = each.attrib["name"], each.attrib["value"]
            if name in FAULTS:
                faults[name].append(value)
            else:
                figures[f"{case.attrib['name']} {name}"] = value
    lines = {number: sorted(said, key=lambda each: each.startswith("the control")) for number, said in faults.items()}
    return figures, {number: f"{FAULTS[number]}: {'; '.join(lines[number])}" for number in sorted(lines)}


def hashes(proof: Proof, *, root: Path = ROOT) -> dict[str, str]:
    """Git's hash of each folder as it is committed; empty for one that is gone."""
    listed = git("ls-tree", "-r", "-d", "-t", "HEAD", root=root) + git("ls-tree", "-r", "HEAD", root=root)
    known = {line.partition("\t")[2]: line.split()[2] for line in listed.splitlines()}
    return {path: known.get(path, "") for path in proof.speaks_for}


def stale(*, root: Path = ROOT) -> Iterator[str]:
    """In words, each proof that was never made, failed, or speaks for folders that have changed since."""
    for name, proof in PROOFS.items():
        path = file_of(name, root)
        said = json.loads(path.read_text()) if path.exists() else None
        if said is None:
            yield f"{name}: never made"
        elif not said["passed"]:
            yield f"{name}: failed"
        elif changed := dict(hashes(proof, root=root).items() ^ said["speaks_for"].items()):
            yield f"{name}: made before {', '.join(sorted(changed))} changed"


def file_of(name: str, root: Path) -> Path:
    return root / "docs" / "proof" / f"{name}.json"


def git(*arguments: str, root: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def uncommitted(names: list[str], *, root: Path = ROOT) -> str:
    """What of the folders that these proofs speak for is not committed, as git lists it."""
    folders = {folder for name in names for folder in PROOFS[name].speaks_for}
    return git("status", "--porcelain", "--", *sorted(folders), root=root)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the proofs, or say which are stale.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PROOFS)}; all when none is given")
    parser.add_argument("--stale", action="store_true", help="only list the proofs that are to be made again")
    parser.add_argument("--seed", type=int, help="another is drawn for each run unless this is given")
    given = parser.parse_args(arguments)
    if given.stale:
        for line in stale():
            print(f"stale proof: {line}")
        return 0
    names = given.names or list(PROOFS)
    if unknown := set(names) - set(PROOFS):
        parser.error(f"no proof is called {', '.join(sorted(unknown))}")
    if open_work := uncommitted(names):
        parser.error(f"a proof speaks for what is committed; commit this first:\n{open_work}")
    passed = [run(name, given.seed or secrets.randbelow(10**9))["passed"] for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
