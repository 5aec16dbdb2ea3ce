"""A malformed catalogue is not read at all, and the reason names file, entry and field."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from protocols.schema import CatalogueError, Problem, read_catalogue
from tests.protocols.patients import CATALOGUE_FOLDER, catalogue

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE_FOLDER, tmp_path / "catalogue"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces one passage of one file."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(CatalogueError) as raised:
        read_catalogue(folder)
    return raised.value.problems


def the_problem(folder: Path) -> Problem:
    (problem,) = problems(folder)
    return problem


def test_the_catalogue_as_shipped_is_read() -> None:
    assert len(catalogue().facts) == 374
    assert [len(getattr(catalogue(), name)) for name in ("contradictions", "boundaries", "gaps")] == [51, 12, 18]
    codes = [each.code for each in sorted(catalogue().protocols, key=lambda each: each.code)]
    assert codes == ["P01", "P02", "P03", "P04", "P05", "P06-A", "P06-B", "P07", "P08"]


def test_the_same_files_are_read_the_same_way(folder: Path) -> None:
    assert read_catalogue(folder) == catalogue()


def test_an_entry_without_a_citation_is_refused(folder: Path, edit: Edit) -> None:
    edit("rules.yaml", "  cites: [F172, D10]\n", "  cites: []\n")
    problem = the_problem(folder)
    assert (problem.file, problem.entry, problem.field) == ("rules.yaml", "leukaemia", "cites")


def test_a_field_that_is_missing_is_named(folder: Path, edit: Edit) -> None:
    edit("rules.yaml", "  message: HIV or AIDS rules out treatment.\n", "")
    problem = the_problem(folder)
    assert (problem.file, problem.entry, problem.field) == ("rules.yaml", "hiv-aids", "message")


def test_a_field_nobody_knows_is_named(folder: Path, edit: Edit) -> None:
    edit("techniques.yaml", "text: Single injections", "depth: 4, text: Single injections")
    problem = the_problem(folder)
    assert (problem.file, problem.entry, problem.field) == ("techniques.yaml", "point_by_point", "depth")


def test_a_field_inside_a_phase_is_named(folder: Path, edit: Edit) -> None:
    edit(
        "protocols.yaml",
        "chair_minutes: {default: 30, min: 20, max: 60}",
        "chair_minutes: {default: 10, min: 20, max: 60}",
    )
    problem = the_problem(folder)
    assert (problem.file, problem.entry) == ("protocols.yaml", "P01")
    assert problem.field == "phases.0.chair_minutes"


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "word"),
    [
        ("areas.yaml", "parent: leg", "parent: tail", "thigh", "tail is not in areas"),
        ("rules.yaml", "question: stroke,", "question: strike,", "stroke", "strike is not in questions"),
        ("rules.yaml", "cites: [F182, D10]", "cites: [F999, D10]", "stroke", "F999 is not in facts"),
        ("protocols.yaml", "indications: [cellulite]", "indications: [warts]", "P01", "warts is not in indications"),
        ("protocols.yaml", "flags: [C08, C10, C13, C50]", "flags: [C99]", "P01", "C99 is not in contradictions"),
        ("instructions.yaml", "duration_policy: sun_hours", "duration_policy: moon_hours", "no-sun", "moon_hours"),
        ("claims.yaml", "instead: gradual", "instead: quick", "rapid-results", "quick is not in consent"),
        ("consent.yaml", "substances: [autologous_prp]", "substances: [oil]", "own-blood", "oil is not in substances"),
        ("questions.yaml", "question: diabetes,", "question: sugar,", "insulin", "sugar is not in questions"),
    ],
)
def test_a_code_that_leads_nowhere_is_named(
    folder: Path, edit: Edit, file: str, old: str, new: str, entry: str, word: str
) -> None:
    edit(file, old, new)
    problem = problems(folder)[0]
    assert (problem.file, problem.entry) == (file, entry)
    assert word in problem.message


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("kind: washout, question: aspirin_last_dose, days: 14", "kind: washed, days: 14", "washed"),
        ("kind: washout, question: aspirin_last_dose, days: 14", "kind: washout, days: 14", "question"),
        ("question: aspirin_last_dose, days: 14", "question: aspirin_last_dose, days: two weeks", "whole number"),
        ("question: aspirin_last_dose, days: 14", "question: aspirin_last_dose, days: -1", "whole number"),
        ("question: aspirin_last_dose, days: 14", "question: aspirin_last_dose, weeks: 2", "weeks"),
    ],
)
def test_a_condition_the_engine_does_not_take_is_refused(
    folder: Path, edit: Edit, old: str, new: str, word: str
) -> None:
    edit("rules.yaml", old, new)
    problem = problems(folder)[0]
    assert (problem.file, problem.entry, problem.field) == ("rules.yaml", "aspirin", "when")
    assert word in problem.message


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        (
            "protocols.yaml",
            "{unit: day, floor: 15, ideal: 15,",
            "{unit: day, floor: 15, ideal: 14,",
            "follow each other",
        ),
        ("protocols.yaml", "sessions: {min: 6, max: 8}", "sessions: {min: 9, max: 8}", "above max"),
        ("protocols.yaml", "      joint: previous\n", "", "joint"),
        ("protocols.yaml", "      open_ended: true\n", "", "one end"),
        ("areas.yaml", "  reason: The breast is never injected. We note", "  also_called: [We note", "reason"),
        ("policies.yaml", "  default: any_diabetes", "  default: no_diabetes", "none of the choices"),
        ("questions.yaml", "type: choice", "type: boolean", "options"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(
    folder: Path, edit: Edit, file: str, old: str, new: str, word: str
) -> None:
    if file == "areas.yaml":
        edit(file, "  reason: The breast is never injected. We note the wish and a doctor advises on other ways.\n", "")
    else:
        edit(file, old, new)
    assert any(word in str(problem) for problem in problems(folder))


def test_a_code_given_twice_is_refused(folder: Path, edit: Edit) -> None:
    edit("goals.yaml", "code: firming", "code: lipolytic")
    assert {(each.entry, each.message) for each in problems(folder)} >= {("lipolytic", "this code is given twice")}


def test_a_key_given_twice_is_refused(folder: Path, edit: Edit) -> None:
    edit(
        "rules.yaml",
        "- code: leukaemia\n  effect: blocks\n",
        "- code: leukaemia\n  effect: blocks\n  effect: caution\n",
    )
    assert "'effect' is given twice" in the_problem(folder).message


@pytest.mark.parametrize("text", ["", "code: one", "- [", "- just words", "\x00", "- code: a\n\tb: c"])
def test_a_file_that_is_no_list_of_entries_is_refused(folder: Path, text: str) -> None:
    (folder / "roles.yaml").write_text(text, encoding="utf-8")
    assert {problem.file for problem in problems(folder)} == {"roles.yaml"}


def test_a_file_that_is_not_there_or_not_text_is_refused(folder: Path) -> None:
    (folder / "gates.yaml").unlink()
    (folder / "roles.yaml").write_bytes(b"\xff\xfe\x00")
    assert {problem.file for problem in problems(folder)} == {"gates.yaml", "roles.yaml"}


def test_all_problems_are_told_at_once(folder: Path, edit: Edit) -> None:
    edit("rules.yaml", "  cites: [F172, D10]\n", "")
    edit("techniques.yaml", "name: Nappage", "nome: Nappage")
    assert {(problem.file, problem.entry) for problem in problems(folder)} == {
        ("rules.yaml", "leukaemia"),
        ("techniques.yaml", "nappage"),
    }


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem("rules.yaml", "stroke", "when", "is odd")) == "rules.yaml, stroke, when: is odd"
