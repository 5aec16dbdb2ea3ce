"""Protocols: phases, intervals in literal units, counts, chair time."""

from typing import Literal, Self

from pydantic import Field, model_validator

from protocols.schema.base import Cite, Cites, Code, Evidence, Named, Row, Text, TherapyField


class Interval(Row):
    """Literal amounts of `unit` after the last performed session (D01). Latest ends `latest_plus_days` later."""

    unit: Literal["day", "week", "month"]
    floor: int = Field(ge=1)
    ideal: int = Field(ge=1)
    latest: int = Field(ge=1)
    latest_plus_days: int = Field(default=0, ge=0)
    early_limit_days: int = Field(ge=1)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if not self.floor <= self.ideal <= self.latest:
            raise ValueError("interval: floor, ideal and latest must follow each other")
        return self


class Counts(Row):
    min: int = Field(ge=1)
    max: int = Field(ge=1)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is above max")
        return self


class ChairMinutes(Row):
    """Never under 15 for the face, 20 for the body, up to 60 (D33)."""

    default: int
    min: int = Field(ge=15)
    max: int = Field(le=60)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if not self.min <= self.default <= self.max:
            raise ValueError("chair_minutes: the default lies outside min and max")
        return self


class Duration(Row):
    amount: int = Field(ge=1)
    unit: Literal["month"]


class Alternative(Row):
    """The interval when `sessions` are chosen (P06-A), or the upkeep rhythm `maintenance_months` (P02, D05)."""

    sessions: int | None = Field(default=None, ge=1)
    maintenance_months: int | None = Field(default=None, ge=1)
    interval: Interval

    @model_validator(mode="after")
    def one_ground(self) -> Self:
        if (self.sessions is None) == (self.maintenance_months is None):
            raise ValueError("alternatives: give sessions or maintenance_months")
        return self


class Phase(Row):
    order: int = Field(ge=1)
    kind: Literal["induction", "maintenance", "measurement"]
    name: Text
    sessions: Counts | None = None
    ends_after: Duration | None = None
    open_ended: bool = False
    interval: Interval | None = None
    alternatives: tuple[Alternative, ...] = ()
    joint: Literal["own", "previous", "larger"] | None = None
    chair_minutes: ChairMinutes
    late_policy: Literal["continue", "add_session", "restart_phase", "ask"]
    review_after: int | None = Field(default=None, ge=1)
    cites: Cites

    @property
    def ends(self) -> int:
        return sum((self.sessions is not None, self.ends_after is not None, self.open_ended))


class Protocol(Named):
    family: Code
    source: Code
    listed: int
    fields: tuple[TherapyField, ...] = Field(min_length=1)
    areas: tuple[Code, ...] = Field(min_length=1)
    indications: tuple[Code, ...] = Field(min_length=1)
    needs_confirmation: bool
    needs_counts: bool
    evidence: Evidence
    adapt_on: tuple[Code, ...] = ()
    flags: tuple[Cite, ...] = ()
    caveat: str = ""
    phases: tuple[Phase, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def phases_fit(self) -> Self:
        if [phase.order for phase in self.phases] != list(range(1, len(self.phases) + 1)):
            raise ValueError("phases: order counts up from 1")
        for phase in self.phases:
            if phase.ends != (0 if self.needs_counts else 1) or (phase.interval is None) != self.needs_counts:
                raise ValueError(f"phases: phase {phase.order} needs one end and an interval, unless they are typed in")
            if (phase.joint is None) != (phase.order == 1):
                raise ValueError(f"phases: phase {phase.order}: every phase but the first has a joint")
        return self
