"""Reads a walk as docs/walks/README.md describes it. Pure: no browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "walks"
WORDS = r"\*\*(.+?)\*\*"
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
LIMIT = re.compile(r"^At most (\d+) press(?:es)? and (\d+) fields?\.$", re.MULTILINE)
PART = re.compile(r"^## (.+), from (.+)$")
NUMBERED = re.compile(r"^\d+\. (.+)$")
PICTURE = re.compile(r"^!\[.+\]\((.+)\)$")
SENTENCES = {
    "press": re.compile(rf"^Press (?P<last>the last )?{WORDS}(?: beside {WORDS})?\.$"),
    "type": re.compile(rf"^Type {WORDS} into {WORDS}\.$"),
    "choose": re.compile(rf"^Choose {WORDS} in {WORDS}\.$"),
    "see": re.compile(rf"^See {WORDS}\.$"),
}


class UnreadableError(ValueError):
    """A line that is no sentence of a walk."""


@dataclass(frozen=True)
class Step:
    """`does`: press, type, choose, see or picture. `what`: the words pressed, typed, chosen or seen, or the file of the
    picture as seen from the folder of walks; `where`: the label of the field, or words beside the control; empty for
    the page. `last`: the last of several such controls."""

    does: str
    what: str
    where: str = ""
    last: bool = False


@dataclass(frozen=True)
class Part:
    """What one person does without a break."""

    who: str
    begins: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Walk:
    """`presses` and `fields` are the most that the walk may take."""

    name: str
    title: str
    presses: int
    fields: int
    parts: tuple[Part, ...]


def read_all(folder: Path = FOLDER) -> list[Walk]:
    return [read(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("[0-9]*.md"))]


def read(name: str, text: str) -> Walk:
    """Raises UnreadableError for a walk without title, limit or part, and for a numbered line that is no sentence."""
    title, limit = TITLE.search(text), LIMIT.search(text)
    parts = tuple(parts_of(text.splitlines()))
    if not (title and limit and parts):
        raise UnreadableError(f"{name}: a walk has a title, a limit and at least one part")
    return Walk(name, title[1], int(limit[1]), int(limit[2]), parts)


def parts_of(lines: list[str]) -> Iterator[Part]:
    heads = [(number, found) for number, line in enumerate(lines) if (found := PART.match(line))]
    ends = [number for number, _found in heads[1:]] + [len(lines)]
    for (number, found), end in zip(heads, ends, strict=True):
        yield Part(found[1].lower(), found[2], tuple(steps_of(lines[number:end])))


def steps_of(lines: list[str]) -> Iterator[Step]:
    for line in lines:
        if said := NUMBERED.match(line):
            yield step(said[1])
        elif shown := PICTURE.match(line):
            yield Step("picture", shown[1])


def step(sentence: str) -> Step:
    for does, form in SENTENCES.items():
        if found := form.match(sentence):
            what, where = (*found.groups()[-2:],) if does != "see" else (found[1], "")
            return Step(does, what, where or "", bool(found.groupdict().get("last")))
    raise UnreadableError(f"no sentence of a walk: {sentence}")


def pattern(words: str) -> str:
    """The words as a regular expression: `?` is any one sign, `…` anything."""
    return re.escape(words).replace(r"\?", ".").replace("…", ".*")
