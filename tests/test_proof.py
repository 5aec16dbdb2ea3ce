"""The runner of the proofs: what it writes down, and when a proof no longer speaks for what is there."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import proof
from tests.chaos.faults import FAULTS

MARK, NUMBER = re.compile(r"^@fault\((.*)\)$", re.MULTILINE), re.compile(r"F\d\d")
SMALL = proof.Proof(("test_small.py",), ("product", "test_small.py"))
PASSES = """
from tests.sizes import SEED, size
def test_it(record_property):
    record_property("cases", size(1, in_proof=1000))
    record_property("seed", SEED)
    record_property("F10", "503")
    record_property("F10", "the control answers 500")
"""


def git(repository: Path, *arguments: str) -> None:
    person = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.test"]
    subprocess.run(["git", *person, *arguments], cwd=repository, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one file with a proof of one test, committed."""
    monkeypatch.setattr(proof, "PROOFS", {"small": SMALL})
    monkeypatch.setenv("PYTHONPATH", str(proof.ROOT))
    (tmp_path / "product").mkdir()
    (tmp_path / "product" / "code.py").write_text("ONE = 1\n")
    (tmp_path / "test_small.py").write_text(PASSES)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def commit(repository: Path) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "State")


def listed(repository: Path) -> list[str]:
    return list(proof.stale(root=repository))


def test_a_proof_runs_at_full_size_and_says_what_it_saw(repository: Path) -> None:
    said = proof.run("small", 7, root=repository)
    assert said == json.loads((repository / "docs" / "proof" / "small.json").read_text())
    assert (said["passed"], said["seed"]) == (True, 7)
    assert "PROOF_SEED=7" in said["command"]
    assert said["figures"].items() >= {"tests": 1, "failures": 0, "test_it cases": "1000", "test_it seed": "7"}.items()
    assert said["faults"] == {"F10": "the database is away: 503; the control answers 500"}
    assert all(said["speaks_for"].values())


def test_a_proof_is_stale_until_made_and_once_its_folder_changes(repository: Path) -> None:
    assert listed(repository) == ["small: never made"]
    proof.run("small", 7, root=repository)
    commit(repository)
    assert listed(repository) == []
    (repository / "product" / "code.py").write_text("ONE = 2\n")
    commit(repository)
    assert listed(repository) == ["small: made before product changed"]


def test_a_proof_that_failed_is_written_down_as_failed(repository: Path) -> None:
    (repository / "test_small.py").write_text("def test_it():\n    assert False\n")
    commit(repository)
    assert proof.run("small", 7, root=repository)["passed"] is False
    assert listed(repository) == ["small: failed"]


def test_what_is_not_committed_is_named_before_anything_runs(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(proof, "uncommitted", lambda _names: " M product/code.py")
    with pytest.raises(SystemExit):
        proof.main(["small"])
    assert "product/code.py" in capsys.readouterr().err


@pytest.mark.parametrize("ask", [["--stale"], ["nothing"]])
def test_the_list_never_fails_and_an_unknown_name_does(
    repository: Path, ask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if ask == ["--stale"]:
        assert proof.main(ask) == 0
    else:
        with pytest.raises(SystemExit):
            proof.main(ask)


@pytest.mark.parametrize("name", proof.PROOFS)
def test_every_proof_speaks_for_what_is_there(name: str) -> None:
    each = proof.PROOFS[name]
    paths = (*each.speaks_for, *(part for part in each.tests if part.startswith("tests")))
    assert [path for path in paths if not (proof.ROOT / path).exists()] == []


def test_uncommitted_work_is_seen(repository: Path) -> None:
    assert proof.uncommitted(["small"], root=repository) == ""
    (repository / "product" / "code.py").write_text("ONE = 3\n")
    assert "product/code.py" in proof.uncommitted(["small"], root=repository)


@pytest.mark.parametrize(("mark", "proofs"), [("mark.chaos", ("chaos", "histories")), ("mark.proof", proof.PROOFS)])
def test_what_make_test_leaves_out_is_in_a_proof(mark: str, proofs: Iterable[str]) -> None:
    files = {path for path in (proof.ROOT / "tests").rglob("test_*.py") if mark in path.read_text()} - {Path(__file__)}
    given = {proof.ROOT / word for name in proofs for word in proof.PROOFS[name].tests if "/" in word}
    assert {path for path in files if not {path, *path.parents} & given} == set()


def test_every_fault_has_a_test_and_a_control() -> None:
    """As they are marked in tests/chaos."""
    marks = [mark for path in (proof.ROOT / "tests" / "chaos").glob("*.py") for mark in MARK.findall(path.read_text())]
    for control in (False, True):
        named = {number for mark in marks if ("control=True" in mark) == control for number in NUMBER.findall(mark)}
        assert named == FAULTS.keys()
