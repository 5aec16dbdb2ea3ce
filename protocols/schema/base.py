"""What every catalogue entry has: a code and the ids it rests on."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from protocols.eligibility import condition_from

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
FactId = Annotated[str, StringConstraints(pattern=r"^F\d{3}$")]
DecisionId = Annotated[str, StringConstraints(pattern=r"^D\d{2}$")]
Cite = Annotated[str, StringConstraints(pattern=r"^(F\d{3}|[BCDG]\d{2})$")]
Cites = Annotated[tuple[Cite, ...], Field(min_length=1)]
Region = Literal["face", "body", "scalp"]
TherapyField = Literal["aesthetic", "dermatology", "pain", "traumatology"]
Evidence = Literal["low", "claim_only"]


def as_condition(data: dict[str, Any]) -> dict[str, Any]:
    condition_from(data)
    return data


def as_scope(data: dict[str, Any]) -> dict[str, Any]:
    condition_from({"kind": "planned", **data})
    return data


Condition = Annotated[dict[str, Any], AfterValidator(as_condition)]
Scope = Annotated[dict[str, Any], AfterValidator(as_scope)]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(Row):
    """An entry with a code of its own and the ids it rests on."""

    code: Code
    cites: Cites


class Named(Entry):
    name: Text


class Option(Row):
    code: Code
    name: Text
