"""Rules and questions of a clinic: tightened, added, undone; never below what the catalogue says (D15).

A change is proposed first (`tightening`, `addition`, `withdrawal`: checked, nothing written), so that its effect can be
looked at, and then made with `make_change`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict, FieldError, Refusal, Stale
from clinic.models import User
from protocols.eligibility import Occasion, loosened, rule_from
from protocols.models import IntakeQuestion, ScreeningRule
from protocols.rules.queries import OWN_QUESTION, OWN_RULE, RuleChange, baseline_of, rule_in_force
from protocols.schema.screening import IntakeQuestion as QuestionEntry
from protocols.schema.screening import ScreeningRule as RuleEntry

Origin = ScreeningRule.Origin
CITED = "D15"  # what a clinic's own rule rests on
WORDS = {
    "effect": gettext_lazy("what the rule does"),
    "when": gettext_lazy("when it holds"),
    "cites": gettext_lazy("what it rests on"),
    "other_reading": gettext_lazy("the other reading"),
    "renew_months": gettext_lazy("how long a decision serves"),
    "code": gettext_lazy("which rule it is"),
}


# --- proposing: checked, nothing written ------------------------------------------------------------------------------


def tightening(
    *, code: str, definition: Mapping[str, Any], daily: Sequence[str] = (), seen: int | None = None
) -> RuleChange:
    """The rule `code` as `definition` says, and `daily`: link ids of its questions asked on the day as well.

    Refusal (422) naming what it would loosen in the catalogue's rule; a clinic's own rule has nothing to keep to.
    Conflict (409) when it says the same. BadInput (400) at the field for what the engine does not take.
    """
    row = in_force(code)
    checked = checked_rule({**definition, "code": code})
    if (base := baseline_of(code)) is not None:
        if names := loosened_parts(checked, row.definition, base.definition):
            raise loosens(names)
        checked = under_both_readings(checked, base.definition)
    asked_more = tuple(question.link_id for question in plan_only(rule_from(checked).when.reads & set(daily)))
    if checked == row.definition and not asked_more:
        raise Conflict(_("Nothing is different from the rule in force."))
    return RuleChange(code=code, definition=checked, seen=row.version if seen is None else seen, daily=asked_more)


def loosened_parts(new: Mapping[str, Any], now: Mapping[str, Any], base: Mapping[str, Any]) -> tuple[str, ...]:
    """What `new` would loosen in the catalogue's rule. The other reading is not for the clinic to write."""
    other = base.get("other_reading")
    names = loosened(rule_from(base), rule_from({**new, "other_reading": other}))
    return names if new.get("other_reading") == now.get("other_reading") else (*names, "other_reading")


def under_both_readings(new: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The rule so that choosing the other reading does not undo what the clinic tightened: either condition counts."""
    other = base.get("other_reading")
    if other and other["when"] and new["when"] != base["when"]:
        other = {**other, "when": {"kind": "any", "of": [other["when"], new["when"]]}}
    return {**new, "other_reading": other}


def addition(
    *, effect: str, message: str, when: Mapping[str, Any], question: Mapping[str, Any] | None = None
) -> RuleChange:
    """A rule of the clinic's own, and `question` (text, help, topic, occasions) when it needs a new one, answered yes
    or no. With a question the rule holds on a yes, and where `when` holds as well.

    BadInput at the field that is wrong.
    """
    asked = own_question(question) if question else None
    if asked:
        when = on_yes(asked["link_id"], when)
    entry = {"code": next_code(OWN_RULE), "effect": effect, "when": when, "message": message, "cites": [CITED]}
    checked = checked_rule(entry, also_known={asked["link_id"]} if asked else ())
    return RuleChange(code=checked["code"], definition=checked, question=asked)


def withdrawal(*, code: str, seen: int | None = None) -> RuleChange:
    """Back to what the catalogue says; a rule of the clinic's own ends. Refusal (422) for a rule of the catalogue.

    Conflict (409) when it is not in force.
    """
    row = in_force(code)
    if row.origin != Origin.CLINIC:
        raise Refusal(_("A rule from the sources is never retired or loosened."))
    base = baseline_of(code)
    return RuleChange(
        code=code,
        definition=base.definition if base else None,
        origin=Origin.CATALOGUE,
        seen=row.version if seen is None else seen,
        released=only_read_by(row),
    )


def in_force(code: str) -> ScreeningRule:
    row = rule_in_force(code)
    if row is None:
        raise Conflict(_("This rule is no longer in force."))
    return row


def loosens(names: Iterable[str]) -> Refusal:
    """Which parts a change would loosen, at the field of each."""
    told = [FieldError(name, "loosened", _("This would loosen the rule: %s.") % WORDS[name]) for name in names]
    return Refusal(_("A rule from the sources can be tightened, never loosened."), errors=told)


def checked_rule(entry: Mapping[str, Any], also_known: Iterable[str] = ()) -> dict[str, Any]:
    """The entry as the catalogue would hold it. BadInput (400) at the field."""
    try:
        checked = RuleEntry.model_validate(entry)
        rule = rule_from(checked.model_dump(mode="json"))
        checked.message % {"names": "", "until": ""}
    except ValidationError as wrong:
        raise at_fields(wrong) from wrong
    except (KeyError, TypeError, ValueError) as wrong:
        raise BadInput.at("message", _("Please write “percent” instead of the sign.")) from wrong
    asked = {name for name in rule.when.reads if not name.startswith("@")} - set(also_known)
    known = IntakeQuestion.objects.filter(active=True, link_id__in=asked).count()
    if known != len(asked):
        raise BadInput.at("when", _("The rule asks for an answer that no question gives."))
    return checked.model_dump(mode="json")


def at_fields(wrong: ValidationError) -> BadInput:
    """What the schema found, once at each field."""
    errors: dict[str, FieldError] = {}
    for each in wrong.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        errors.setdefault(name, FieldError(name, each["type"], each["msg"].removeprefix("Value error, ")))
    return BadInput(_("Please correct the marked fields."), errors=list(errors.values()))


def own_question(given: Mapping[str, Any]) -> dict[str, Any]:
    """A yes-or-no question, put so that "no" raises nothing."""
    entry = {"type": "boolean", "asked_of": "patient", "cites": [CITED], **given}
    try:
        return QuestionEntry.model_validate({**entry, "link_id": next_code(OWN_QUESTION)}).model_dump(mode="json")
    except ValidationError as wrong:
        raise at_fields(wrong) from wrong


def on_yes(link_id: str, when: Mapping[str, Any]) -> dict[str, Any]:
    yes = {"kind": "answer", "question": link_id, "values": [True]}
    return yes if when["kind"] == "always" else {"kind": "all", "of": [yes, dict(when)]}


def next_code(prefix: str) -> str:
    """The next free code of what the clinic adds."""
    if prefix == OWN_RULE:
        taken = ScreeningRule.objects.filter(code__startswith=prefix).values("code").distinct().count()
    else:
        taken = IntakeQuestion.objects.filter(link_id__startswith=prefix).count()
    return f"{prefix}{taken + 1}"


def only_read_by(row: ScreeningRule) -> tuple[str, ...]:
    """Link ids of questions the clinic changed or added that no other rule of the clinic reads."""
    others = ScreeningRule.objects.filter(active_until=None, origin=Origin.CLINIC).exclude(code=row.code)
    still_read = frozenset().union(*(rule_from(other.definition).when.reads for other in others))
    reads = rule_from(row.definition).when.reads - still_read
    ours = IntakeQuestion.objects.filter(link_id__in=reads, origin=IntakeQuestion.Origin.CLINIC, active=True)
    return tuple(ours.order_by("order").values_list("link_id", flat=True))


def plan_only(link_ids: Iterable[str]) -> list[IntakeQuestion]:
    """Those questions that are asked at the intake and not on the day."""
    rows = IntakeQuestion.objects.filter(link_id__in=link_ids, active=True).order_by("order")
    return [row for row in rows if Occasion.SAME_DAY not in row.occasions]


# --- making it so -----------------------------------------------------------------------------------------------------


@transaction.atomic
def make_change(*, change: RuleChange, reason: str, by: User, now: datetime | None = None) -> ScreeningRule:
    """Put a checked change in force from `now` on, signed, as a new version of its rule.

    Stale (412) when the rule is no longer at the version the change was made from. BadInput (400) without a reason.
    A rule that ends leaves a version that was never in force and says who ended it and why.
    """
    if not reason.strip():
        raise BadInput.at("reason", _("Please say why."))
    now = now or clock.now()
    old = ScreeningRule.objects.select_for_update().filter(code=change.code, active_until=None).first()
    if (old.version if old else 0) != change.seen:
        raise Stale(_("Somebody changed this rule while you were looking. Reload and try again."))
    if old:
        old.active_until = now
        old.save(update_fields=["active_until"])
    definition = change.definition if change.definition is not None or old is None else old.definition
    row = ScreeningRule(
        code=change.code,
        version=change.seen + 1,
        origin=change.origin if change.definition is not None else Origin.CLINIC,
        definition=definition,
        effect=definition["effect"] if definition else "",
        cites=definition["cites"] if definition else [],
        active_from=now,
        active_until=None if change.definition is not None else now,
        published_by=by,
        reason=reason.strip(),
    )
    save_once(row, change)
    settle_questions(change)
    return row


def save_once(row: ScreeningRule, change: RuleChange) -> None:
    """The new version, and the question that came with it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if change.question:
                last = IntakeQuestion.objects.aggregate(last=Max("order"))["last"] or 0
                origin = IntakeQuestion.Origin.CLINIC
                IntakeQuestion.objects.create(**change.question, origin=origin, order=last + 1)
    except IntegrityError as lost:
        raise Conflict(_("Somebody added a rule at the same moment. Please try again.")) from lost


def settle_questions(change: RuleChange) -> None:
    """Ask more often what the change asks more often, and as before what it releases."""
    for question in plan_only(change.daily):
        question.occasions = [*question.occasions, str(Occasion.SAME_DAY)]
        question.origin = IntakeQuestion.Origin.CLINIC
        question.save(update_fields=["occasions", "origin"])
    for question in IntakeQuestion.objects.filter(link_id__in=change.released):
        release(question)


def release(question: IntakeQuestion) -> None:
    """A question of the clinic's own is no longer asked; one of the catalogue is asked as the catalogue says."""
    if question.link_id.startswith(OWN_QUESTION):
        question.active = False
    else:
        question.occasions = [each for each in question.occasions if each != Occasion.SAME_DAY]
        question.origin = IntakeQuestion.Origin.CATALOGUE
    question.save(update_fields=["occasions", "origin", "active"])
