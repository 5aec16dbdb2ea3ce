"""What patients read: care, reactions, consent; and the claims they never read."""

from typing import Literal

from pydantic import Field

from protocols.schema.base import Code, Entry, Named, Scope, Text


class CareInstruction(Entry):
    """Hours count from the session's start (before) or end (after). Where the clinic says how long (G01) they are in
    `duration_policy`; where it says from when, in `begins_policy`, and `until_hours` then counts from there."""

    stage: Literal["before", "day", "during", "after", "course"]
    order: int = Field(ge=1)
    text: Text
    from_hours: int | None = None
    until_hours: int | None = None
    duration_policy: Code | None = None
    begins_policy: Code | None = None
    enabled_by: Code | None = None
    scope: Scope = {}


class ExpectedReaction(Named):
    """`usual_hours`: when it is usually gone; `route`: where it goes when it does not, or at once if serious."""

    usual_hours: int | None = Field(default=None, ge=1)
    lasting: bool = False
    serious: bool = False
    route: Literal["clinic", "physician", "emergency"] = "clinic"
    advice: Text


class ConsentStatement(Entry):
    """One line to read and sign. `separately`: it is acknowledged on its own. `both`: test and treatment."""

    act: Literal["test", "treatment", "both", "photos"]
    order: int = Field(ge=1)
    text: Text
    separately: bool = False
    scope: Scope = {}


class Claim(Entry):
    """Praise found in a source that no rule and no patient text uses; `instead` is what is said."""

    claim: Text
    instead: Code
