"""Questions, rules and gates; each is tried on the engine, so that what loads also runs."""

from typing import Literal, Self

from pydantic import Field, model_validator

from protocols.eligibility import Effect, Occasion, QuestionType, question_from, rule_from
from protocols.eligibility.names import Role
from protocols.eligibility.questions import NOT_APPLICABLE, Rows
from protocols.schema.base import Cites, Code, Condition, Entry, Named, Option, Row, Text


class IntakeQuestion(Row):
    link_id: Code
    topic: Code
    text: Text
    help: str = ""
    type: QuestionType
    options: tuple[Option, ...] = ()
    occasions: tuple[Occasion, ...] = Field(min_length=1)
    asked_of: Literal["patient", "prescriber"]
    applies_when: Condition | None = None
    rows: Rows | Literal[""] = ""
    cites: Cites

    @model_validator(mode="after")
    def engine_takes_it(self) -> Self:
        """`rows`: the text may also be given as rows of medicines or allergies (D35)."""
        codes = [option.code for option in self.options]
        may_not_apply = self.type is QuestionType.BOOLEAN and codes == [NOT_APPLICABLE]
        if (self.type in (QuestionType.CHOICE, QuestionType.MULTIPLE)) != bool(codes) and not may_not_apply:
            raise ValueError("options: needed for choice and multiple, and only there")
        if self.rows and self.type is not QuestionType.TEXT:
            raise ValueError("rows: only for text")
        question_from(self.model_dump())
        return self


class OtherReading(Row):
    policy: Code
    choice: Code
    effect: Effect | None = None
    when: Condition | None = None


class ScreeningRule(Entry):
    effect: Effect
    when: Condition
    message: Text
    renew_months: int | None = Field(default=None, ge=1)
    other_reading: OtherReading | None = None

    @model_validator(mode="after")
    def engine_takes_it(self) -> Self:
        rule_from(self.model_dump())
        return self


class GateText(Named):
    """One thing without which a test or a treatment does not start (D20)."""

    acts: tuple[Literal["test", "treatment"], ...] = Field(min_length=1)
    text: Text


class NameList(Named):
    """How people write the names of one class of medicine, allergen or purpose (D35)."""

    role: Role
    names: tuple[Text, ...] = Field(min_length=1)
