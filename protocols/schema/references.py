"""Whether what the entries point to exists: cited ids, codes of other entries, no code twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.schema.base import Row

# field of an entry -> the file its codes are in
POINTS_TO: dict[str, dict[str, str]] = {
    "facts": {"source": "sources"},
    "contradictions": {"facts": "facts", "decided_by": "decisions"},
    "boundaries": {"decided_by": "decisions"},
    "gaps": {"decided_by": "decisions"},
    "areas": {"parent": "areas"},
    "indications": {"areas": "areas"},
    "programmes": {"indications": "indications", "goals": "goals", "history": "record_fields", "after": "programmes"},
    "substances": {"areas": "areas"},
    "instructions": {"duration_policy": "policies", "begins_policy": "policies", "enabled_by": "policies"},
    "claims": {"instead": "consent"},
    "protocols": {"source": "sources", "areas": "areas", "indications": "indications", "flags": "contradictions"},
    "outcomes": {"protocols": "protocols", "measure": "record_fields"},
}
# word of a condition or scope -> the file its codes are in
CONDITION_WORDS = {
    "question": "questions",
    "areas": "areas",
    "indications": "indications",
    "except_indications": "indications",
    "substances": "substances",
    "techniques": "techniques",
    "policy": "policies",
}
CITED = {"F": "facts", "C": "contradictions", "B": "boundaries", "G": "gaps", "D": "decisions"}


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    entry: str
    field: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.entry, self.field) if part)
        return f"{place}: {self.message}"


def key_of(entry: object) -> str:
    """An entry's own code: `code`, `id` or `link_id`."""
    names = ("code", "id", "link_id")
    values = (entry.get(name) if isinstance(entry, dict) else getattr(entry, name, None) for name in names)
    return next((str(value) for value in values if value), "")


def broken_references(found: Mapping[str, Sequence[Row]], where: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Codes given twice and codes that lead nowhere."""
    known = {name: {key_of(row) for row in rows} for name, rows in found.items()}
    problems = []
    for name, rows in found.items():
        twice = {key for key, times in Counter(key_of(row) for row in rows).items() if times > 1}
        for file, row in zip(where[name], rows, strict=True):
            key = key_of(row)
            if key in twice:
                problems.append(Problem(file, key, "", "this code is given twice"))
            problems += [Problem(file, key, *broken) for broken in broken_in(name, row, known)]
    return problems


def broken_in(name: str, row: Row, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """(field, message) for each code in the row that leads nowhere."""
    data = row.model_dump(mode="json")
    for field, file in POINTS_TO.get(name, {}).items():
        yield from missing(field, as_list(data[field]), file, known)
    for field, value in walk(data):
        if field == "cites":
            for cite in value:
                yield from missing(field, [cite], CITED[cite[0]], known)
    for field in ("when", "applies_when", "scope", "other_reading"):
        for word, value in walk(data.get(field)):
            if word in CONDITION_WORDS:
                yield from missing(f"{field}.{word}", as_list(value), CONDITION_WORDS[word], known)


def missing(field: str, codes: list[str], file: str, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for code in codes:
        if code not in known[file]:
            yield field, f"{code} is not in {file}"


def as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def walk(data: object) -> Iterator[tuple[str, Any]]:
    """Every (name, value) of nested mappings."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield name, value
            yield from walk(value)
    elif isinstance(data, list):
        for each in data:
            yield from walk(each)
