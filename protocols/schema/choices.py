"""What a practitioner can choose: areas, indications, techniques, devices, substances."""

from typing import Literal, Self

from pydantic import Field, model_validator

from protocols.schema.base import Code, Evidence, Named, Region, Text, TherapyField


class Selectable(Named):
    """Something a practitioner picks; what may not be picked says why."""

    selectable: bool = True
    reason: str = ""

    @model_validator(mode="after")
    def refusal_has_reason(self) -> Self:
        if not self.selectable and not self.reason:
            raise ValueError("reason: an entry that cannot be selected says why")
        return self


class TreatmentArea(Selectable):
    """`shape` is the id in the body chart, `view` the drawing it is on."""

    region: Region
    parent: Code | None = None
    shape: Code
    view: Literal["front", "back", "face", "scalp"]
    also_called: tuple[Text, ...] = ()


class Indication(Selectable):
    """A reason to treat; without `areas` it has no area of its own. `sign_off`: a prescriber signs a diagnosis."""

    field: TherapyField
    areas: tuple[Code, ...] = ()
    evidence: Evidence = "low"
    sign_off: bool = False
    caveat: str = ""


class Goal(Named):
    pass


class Programme(Named):
    """A named bundle of indications, goals and stages; `after` names programmes it may follow."""

    indications: tuple[Code, ...] = ()
    goals: tuple[Code, ...] = ()
    stages: tuple[Text, ...] = ()
    history: tuple[Code, ...] = ()
    after: tuple[Code, ...] = ()
    text: Text


class Technique(Named):
    text: Text
    caution: str = ""


class DeliveryDevice(Named):
    """Everything that opens the skin counts as skin-breaching, rollers and pens too (C23, C45)."""

    kind: Literal["manual", "gun", "multi_injector", "roller", "pen"]
    needle_count: int | None = Field(default=None, ge=1)
    needle_length_mm: int | None = Field(default=None, ge=1)
    skin_breaching: Literal[True] = True
    text: Text


class Substance(Named):
    """`role`: ingredients are injected, everything else is put on the skin. `allergens`: codes to check (D21)."""

    category: Code
    role: Literal["ingredient", "own_blood", "excipient", "antiseptic", "barrier", "anaesthetic"]
    stands_for_class: bool = False  # many products of different contents: only a product says what is in it (D40)
    allergens: tuple[Code, ...] = Field(min_length=1)
    areas: tuple[Code, ...] = ()
    note: str = ""

    @property
    def injectable(self) -> bool:
        return self.role in ("ingredient", "own_blood", "excipient")
