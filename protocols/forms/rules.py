"""Tighten a screening rule, or add one with or without a question of its own (D15)."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.base.forms import RefusalForm
from protocols.eligibility import Effect, Occasion, loosened, rule_from
from protocols.eligibility.terms import SEVERITY
from protocols.forms.reason import ReasonField
from protocols.models import IntakeQuestion, ScreeningRule
from protocols.rules.words import Figure, Vocabulary, figures_in

OFFERED = (Effect.BLOCKS, Effect.EXCLUDED_OPTION, Effect.DEFERRED, Effect.REVIEW, Effect.CAUTION)
DOES = {
    Effect.BLOCKS: gettext_lazy("Blocks: no treatment while it holds"),
    Effect.EXCLUDED_OPTION: gettext_lazy("Not this choice: something else may still be planned"),
    Effect.INCOMPLETE: gettext_lazy("Unanswered: it must be asked first"),
    Effect.DEFERRED: gettext_lazy("Later: wait until it has passed"),
    Effect.REVIEW: gettext_lazy("A prescriber decides"),
    Effect.CAUTION: gettext_lazy("A clinician acknowledges it"),
}
MOST_WORDS = 300
SIGNED = gettext_lazy("It is kept in the history with your name and today’s date.")


def effect_choices(effects: Iterable[Effect]) -> list[tuple[str, Any]]:
    return [(str(effect), DOES[effect]) for effect in effects]


def boxes(label: Any, choices: list[tuple[str, Any]], help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, help_text=help_text, required=False, widget=forms.CheckboxSelectMultiple
    )


def message_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("What it says"),
        help_text=gettext_lazy("One plain sentence. The patient may read it."),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TightenForm(RefusalForm):
    """A rule in force, to be made stricter. `base` is what no change may go below; None for a clinic's own rule."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    effect = forms.ChoiceField(label=gettext_lazy("What it does"), widget=forms.RadioSelect)
    message = message_field()
    reason = ReasonField(SIGNED)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        row: ScreeningRule,
        base: ScreeningRule | None,
        words: Vocabulary,
    ) -> None:
        self.row, self.base, self.words = row, base, words
        initial = {"seen": row.version, "effect": row.effect, "message": row.definition["message"]}
        super().__init__(data, initial=initial)
        self.choice_field("effect").choices = effect_choices(self._allowed())
        if "%(" in row.definition["message"]:
            self.fields["message"].help_text = gettext_lazy(
                "The part in brackets behind a percent sign is filled in with a date or with names. Keep it as it is."
            )
        self.figures = list(figures_in(row.definition["when"], words))
        for figure in self.figures:
            self.fields[figure.name] = forms.IntegerField(label=figure.label, min_value=1, max_value=5000)
            self.initial[figure.name] = figure.value
        self._add_grounds()
        self.order_fields(["seen", "effect", *self.figure_names, "grounds", "daily", "message", "reason"])

    @property
    def figure_names(self) -> list[str]:
        return [figure.name for figure in self.figures]

    @property
    def figure_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.figure_names]

    def _allowed(self) -> Iterator[Effect]:
        """Effects as strict as the catalogue's or stricter; the rule's own is always among them."""
        now = Effect(self.row.effect)
        most = SEVERITY[Effect(self.base.effect)] if self.base else len(SEVERITY)
        yield from (effect for effect in Effect if effect == now or (effect in OFFERED and SEVERITY[effect] <= most))

    def _add_grounds(self) -> None:
        """Further questions whose "yes" is to count as well, and those that can be asked on the day too."""
        read = rule_from(self.row.definition).when.reads
        asked = [row for row in self.words.questions.values() if row.active]
        more = [(row.link_id, _(row.text)) for row in asked if row.type == "boolean" and row.link_id not in read]
        help_text = gettext_lazy("Any of these answered with yes counts from now on as well.")
        self.fields["grounds"] = boxes(gettext_lazy("Also when"), more, help_text)
        daily = [(row.link_id, _(row.text)) for row in asked if row.link_id in read and is_plan_only(row)]
        if daily:
            label = gettext_lazy("Ask again on the day of every visit")
            self.fields["daily"] = boxes(label, daily)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for figure in self.figures:
            if self.base and self._loosens(figure, cleaned.get(figure.name)):
                now = _("This would loosen the rule, which the sources do not allow. It says %(figure)s now.")
                self.add_error(figure.name, now % {"figure": figure.value})
        return cleaned

    def _loosens(self, figure: Figure, value: int | None) -> bool:
        if value is None or self.base is None or not has_path(self.base.definition["when"], figure.path):
            return False
        changed = with_figure(self.base.definition, figure, value)
        return bool(loosened(rule_from(self.base.definition), rule_from(changed)))

    def definition(self) -> dict[str, Any]:
        """The rule as it would be."""
        given, definition = self.cleaned_data, dict(self.row.definition)
        for figure in self.figures:
            definition = with_figure(definition, figure, given[figure.name])
        grounds = [answered_yes(link_id) for link_id in given["grounds"]]
        when = with_grounds(definition["when"], grounds)
        return {**definition, "effect": given["effect"], "message": given["message"], "when": when}

    def asked_daily(self) -> list[str]:
        return list(self.cleaned_data.get("daily", ()))


def is_plan_only(row: IntakeQuestion) -> bool:
    return Occasion.SAME_DAY not in row.occasions


def answered_yes(link_id: str) -> dict[str, Any]:
    return {"kind": "answer", "question": link_id, "values": [True]}


def with_grounds(when: Mapping[str, Any], grounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The condition, or one of the grounds."""
    if not grounds:
        return dict(when)
    parts = when["of"] if when["kind"] == "any" else [when]
    return {"kind": "any", "of": [*parts, *grounds]}


def with_figure(definition: Mapping[str, Any], figure: Figure, value: int) -> dict[str, Any]:
    """A copy of the definition with another number in its condition."""
    changed: Any = deepcopy(dict(definition))
    place = changed["when"]
    for step in figure.path[:-1]:
        place = place[step]
    place[figure.path[-1]] = value
    return dict(changed)


def has_path(when: Any, path: tuple[str | int, ...]) -> bool:
    """Whether the catalogue's condition has a number in the same place."""
    try:
        for step in path:
            when = when[step]
    except (LookupError, TypeError):
        return False
    return True


class AddRuleForm(RefusalForm):
    """A rule of the clinic's own: what is asked, what is planned, and what follows."""

    GROUNDS = (
        ("new", gettext_lazy("A new question is answered with yes")),
        ("asked", gettext_lazy("A question asked already is answered with yes")),
        ("plan", gettext_lazy("Something is planned, whatever is answered")),
    )
    NEEDS = {"new": "text", "asked": "question"}  # the field a ground cannot do without
    SCOPES = ("fields", "areas", "substances", "device_kinds", "techniques")

    ground = forms.ChoiceField(label=gettext_lazy("When"), choices=GROUNDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("The new question"),
        help_text=gettext_lazy("Put it so that “no” raises nothing. Patients read it."),
        max_length=MOST_WORDS,
        required=False,
    )
    help = forms.CharField(label=gettext_lazy("Help under the question"), max_length=MOST_WORDS, required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Asked on the page"))
    occasions = forms.ChoiceField(
        label=gettext_lazy("Asked"),
        choices=[
            ("plan", gettext_lazy("At the intake")),
            ("same_day", gettext_lazy("On the day of each visit")),
            ("plan,same_day", gettext_lazy("At the intake and on the day of each visit")),
        ],
    )
    question = forms.ChoiceField(label=gettext_lazy("The question asked already"), required=False)
    effect = forms.ChoiceField(
        label=gettext_lazy("What it does"), choices=effect_choices(OFFERED), widget=forms.RadioSelect
    )
    message = message_field()
    reason = ReasonField(SIGNED)

    def __init__(self, data: QueryDict | None = None, *, words: Vocabulary) -> None:
        super().__init__(data, initial={"ground": "new", "occasions": "plan"})
        if needed := self.NEEDS.get(self["ground"].value()):
            self.fields[needed].required = True
        asked = [row for row in words.questions.values() if row.active]
        topics = dict.fromkeys(row.topic for row in asked if row.asked_of == "patient")
        self.choice_field("topic").choices = [(topic, topic.replace("_", " ").capitalize()) for topic in topics]
        yes_or_no = [(row.link_id, _(row.text)) for row in asked if row.type == "boolean"]
        self.choice_field("question").choices = [("", "—"), *yes_or_no]
        for scope, label in zip(self.SCOPES, scope_labels(), strict=True):
            self.fields[scope] = boxes(label, sorted(words.names[scope].items(), key=lambda pair: pair[1]))
        self.order_fields(["ground", "text", "help", "topic", "occasions", "question", *self.SCOPES])

    @property
    def scope_fields(self) -> list[forms.BoundField]:
        return [self[scope] for scope in self.SCOPES]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("ground") == "plan" and not any(cleaned.get(scope) for scope in self.SCOPES):
            self.add_error(self.SCOPES[0], _("Please choose what must be planned for the rule to speak."))
        return cleaned

    def rule(self) -> dict[str, Any]:
        """effect, message, when and question, as `addition` takes them."""
        given = self.cleaned_data
        scope = {name: given[name] for name in self.SCOPES if given[name]}
        parts = [{"kind": "planned", **scope}] if scope else []
        if given["ground"] == "asked":
            parts = [answered_yes(given["question"]), *parts]
        when = parts[0] if len(parts) == 1 else {"kind": "all", "of": parts} if parts else {"kind": "always"}
        return {
            "effect": given["effect"],
            "message": given["message"],
            "when": when,
            "question": self._new_question() if given["ground"] == "new" else None,
        }

    def _new_question(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("text", "help", "topic")
        return {name: given[name] for name in names} | {"occasions": given["occasions"].split(",")}


def scope_labels() -> tuple[Any, ...]:
    return (
        gettext_lazy("Only in these fields"),
        gettext_lazy("Only for these areas"),
        gettext_lazy("Only with these substances"),
        gettext_lazy("Only with these devices"),
        gettext_lazy("Only with these techniques"),
    )
