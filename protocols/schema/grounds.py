"""What everything rests on: sources, their statements, where they disagree or are silent, and what was decided."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from protocols.schema.base import Code, DecisionId, FactId, Row, Text


class Source(Row):
    """One published text; it is described, never shipped."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{3}$")]
    title: Text
    kind: Text
    note: Text


class Fact(Row):
    """One statement of one source, in our words. `use` says how it may act."""

    id: FactId
    topic: Code
    statement: Text
    use: Code
    source: Code
    line: int = Field(ge=1)
    locator: Text
    values: dict[str, Any] = {}


class Contradiction(Row):
    id: Annotated[str, StringConstraints(pattern=r"^C\d{2}$")]
    topic: Code
    between: Text
    conflict: Text
    resolution: Text
    facts: tuple[FactId, ...] = Field(min_length=1)
    decided_by: tuple[DecisionId, ...] = ()


class Boundary(Row):
    """A reading that makes facts exact."""

    id: Annotated[str, StringConstraints(pattern=r"^B\d{2}$")]
    subject: Text
    text: Text
    decided_by: tuple[DecisionId, ...] = ()


class Gap(Row):
    """What no source states."""

    id: Annotated[str, StringConstraints(pattern=r"^G\d{2}$")]
    text: Text
    decided_by: tuple[DecisionId, ...] = ()


class Decision(Row):
    id: DecisionId
    topic: Text
    text: Text
