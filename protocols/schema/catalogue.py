"""The whole catalogue, read from its files: all of them, or none and the problems with file, entry and field."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import ValidationError

from protocols.schema import choices, courses, grounds, records, screening, texts
from protocols.schema.base import Row
from protocols.schema.references import Problem, broken_references, key_of


class CatalogueError(Exception):
    """The catalogue is malformed; nothing was read. `problems` in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every entry, in file order. The field names are the files' names."""

    sources: tuple[grounds.Source, ...]
    facts: tuple[grounds.Fact, ...]
    contradictions: tuple[grounds.Contradiction, ...]
    boundaries: tuple[grounds.Boundary, ...]
    gaps: tuple[grounds.Gap, ...]
    decisions: tuple[grounds.Decision, ...]
    areas: tuple[choices.TreatmentArea, ...]
    indications: tuple[choices.Indication, ...]
    goals: tuple[choices.Goal, ...]
    programmes: tuple[choices.Programme, ...]
    techniques: tuple[choices.Technique, ...]
    delivery_devices: tuple[choices.DeliveryDevice, ...]
    substances: tuple[choices.Substance, ...]
    instructions: tuple[texts.CareInstruction, ...]
    reactions: tuple[texts.ExpectedReaction, ...]
    consent: tuple[texts.ConsentStatement, ...]
    claims: tuple[texts.Claim, ...]
    questions: tuple[screening.IntakeQuestion, ...]
    rules: tuple[screening.ScreeningRule, ...]
    gates: tuple[screening.GateText, ...]
    name_lists: tuple[screening.NameList, ...]
    protocols: tuple[courses.Protocol, ...]
    record_fields: tuple[records.RecordField, ...]
    outcomes: tuple[records.Outcome, ...]
    policies: tuple[records.Policy, ...]
    roles: tuple[records.Role, ...]
    checklist: tuple[records.ChecklistStep, ...]
    information: tuple[records.Information, ...]


MODELS: dict[str, type[Row]] = {name: get_args(hint)[0] for name, hint in get_type_hints(Catalogue).items()}


# The quick loader where PyYAML was built with libyaml; both make plain values only.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_catalogue(folder: Path) -> Catalogue:
    """Reads `<name>.yaml` for each name of `Catalogue`, or every file in `<name>/`. Raises CatalogueError."""
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    where: dict[str, list[str]] = {}
    for name, model in MODELS.items():
        entries = [entry for file in files_of(folder, name, problems) for entry in rows_of(file, model, problems)]
        found[name] = tuple(row for _, row in entries)
        where[name] = [file for file, _ in entries]
    if not problems:
        problems += broken_references(found, where)
    if problems:
        raise CatalogueError(problems)
    return Catalogue(**found)


def files_of(folder: Path, name: str, problems: list[Problem]) -> list[Path]:
    files = sorted((folder / name).glob("*.yaml")) or [folder / f"{name}.yaml"]
    missing = [file for file in files if not file.is_file()]
    problems += [Problem(file.name, "", "", "the file is missing") for file in missing]
    return [file for file in files if file not in missing]


def rows_of(file: Path, model: type[Row], problems: list[Problem]) -> Iterator[tuple[str, Row]]:
    """The entries of one file that fit their model; the others are added to `problems`."""
    try:
        data = data_of(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        problems.append(Problem(file.name, "", "", " ".join(str(wrong).split())))
        return
    if not isinstance(data, list):
        problems.append(Problem(file.name, "", "", "expected a list of entries"))
        return
    for number, each in enumerate(data, start=1):
        try:
            yield file.name, model.model_validate(each)
        except ValidationError as wrong:
            problems += problems_of(file.name, key_of(each) or f"entry {number}", wrong)


def data_of(text: str) -> Any:
    """The values of one YAML document; a key given twice is an error instead of the last one winning."""
    loader = LOADER(text)
    node = loader.get_single_node()
    for mapping in mappings_in(node):
        keys = [key.value for key, _ in mapping.value]
        for key, _ in mapping.value:
            if keys.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
    return loader.construct_document(node) if node is not None else None


def mappings_in(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from mappings_in(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from mappings_in(value)


def problems_of(file: str, entry: str, wrong: ValidationError) -> list[Problem]:
    return [
        Problem(file, entry, ".".join(str(part) for part in error["loc"]), error["msg"].removeprefix("Value error, "))
        for error in wrong.errors()
    ]
