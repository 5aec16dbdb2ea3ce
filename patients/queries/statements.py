"""The lines a patient reads before signing."""

from protocols.eligibility import Act, Options, Plan, condition_from
from protocols.models import ConsentStatement

BOTH = "both"


def all_statements() -> list[ConsentStatement]:
    return list(ConsentStatement.objects.filter(active=True))


def statements_for(act: Act | str) -> list[ConsentStatement]:
    """Every line of this act in the order it is read, those for special plans included."""
    return list(ConsentStatement.objects.filter(active=True, act__in=[str(act), BOTH]))


def statements_for_plan(act: Act | str, plan: Plan, options: Options) -> list[ConsentStatement]:
    """The lines that concern what is planned: those without a scope, and those whose scope the plan touches."""
    return [line for line in statements_for(act) if concerns(line, plan, options)]


def concerns(line: ConsentStatement, plan: Plan, options: Options) -> bool:
    if not line.scope:
        return True
    planned = condition_from({"kind": "planned", **line.scope})
    return bool(planned.covers(plan, options))  # type: ignore[attr-defined]  # the kind named above has it
