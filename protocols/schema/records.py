"""What is recorded, expected, set and done."""

from typing import Literal, Self

from pydantic import Field, model_validator

from protocols.schema.base import Code, Entry, Named, Option, Scope, Text


class RecordField(Named):
    """One thing stored. `at`: where it is asked for."""

    at: Literal["consultation", "mix", "test", "session", "follow_up"]
    type: Literal["text", "number", "boolean", "choice", "areas", "points", "substances"]
    required: bool
    unit: str = ""
    options: tuple[Code, ...] = ()


class Outcome(Entry):
    """What a source expects; told with the latest time named anywhere (C31) and never as a promise."""

    text: Text
    protocols: tuple[Code, ...] = ()
    measure: Code | None = None
    values: dict[str, float] = {}


class Policy(Named):
    """A setting of the clinic. Without a `default` it must be set before the clinic opens; none is invented."""

    kind: Literal["choice", "integer", "hours", "minutes", "months", "text", "several"]
    default: str | int | tuple[Code, ...] | None = None
    unit: str = ""
    choices: tuple[Option, ...] = ()
    text: Text

    @model_validator(mode="after")
    def default_fits(self) -> Self:
        codes = {choice.code for choice in self.choices}
        if (self.kind in ("choice", "several")) != bool(codes):
            raise ValueError("choices: needed for choice and several, and only there")
        chosen = self.default if isinstance(self.default, tuple) else (self.default,)
        if codes and self.default is not None and not codes.issuperset(chosen):
            raise ValueError("default: is none of the choices")
        return self


class Role(Named):
    text: Text
    prescriber_only: bool = False


class ChecklistStep(Named):
    """One tick. `at`: when in the visit; `needed`: the session cannot be closed without it."""

    at: Literal["consultation", "before", "during", "after"]
    order: int = Field(ge=1)
    needed: bool
    scope: Scope = {}


class Information(Named):
    """Background for staff or patients; never a ground for a rule."""

    audience: Literal["staff", "patient"]
    text: Text
