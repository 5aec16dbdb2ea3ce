"""Another rule, another choice: look first at what it does to the running courses, then put it in force (D15).

Each page is a form. `step=preview` checks it and shows the courses that would be judged differently; `step=apply` makes
it so; any other step goes back to the form with what was typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, allow
from clinic.base.forms import RefusalForm, attempt, posted, status_of
from clinic.base.requests import HttpRequest
from clinic.templatetags.look_status import look_of
from patients.queries.eligibility import sentence
from protocols.actions import policies, rules
from protocols.forms.policies import PolicyForm
from protocols.forms.reason import TakeBackForm
from protocols.forms.rules import AddRuleForm, TightenForm
from protocols.library.citations import message_of
from protocols.models import ScreeningRule
from protocols.rules.policies import history_of, setting_of
from protocols.rules.queries import PolicyChange, RuleChange, baseline_of, rule_in_force
from protocols.rules.words import Vocabulary, condition_words
from scheduling.access import courses_for
from scheduling.courses.changing.queries.impact import Affected, impact_of

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of change: what it proposes, how it is made, how it is told, and where it leads."""

    template: str
    form: RefusalForm
    propose: Callable[[], Any]
    make: Callable[[Any], Any]
    tell: Callable[[Any], list[tuple[str, str, str]]]  # (what, before, after)
    said: str
    leads_to: str
    context: dict[str, Any]


def run(request: HttpRequest, page: Page) -> HttpResponse:
    step = request.POST.get("step", "")
    change = attempt(page.form, page.propose) if step in ("preview", "apply") else None
    if change and step == "apply" and attempt(page.form, lambda: page.make(change)):
        messages.success(request, page.said)
        return redirect(page.leads_to)
    if change and page.form.is_valid():
        return preview(request, page, change)
    context = {"form": page.form, "leads_to": page.leads_to, **page.context}
    return render(request, page.template, context, status=status_of(page.form))


def preview(request: HttpRequest, page: Page, change: Any) -> HttpResponse:
    """The change in words, and every running course that would be judged differently."""
    impact = impact_of(change, courses_for(request.user), now=clock.now())
    context = {
        "form": page.form,
        "told": page.tell(change),
        "impact": impact,
        "rows": [row(each) for each in impact.affected[:MOST_SHOWN]],
        "left_out": max(0, len(impact.affected) - MOST_SHOWN),
        "leads_to": page.leads_to,
        **page.context,
    }
    return render(request, "protocols/change/preview.html", context)


def row(each: Affected) -> dict[str, Any]:
    return {
        "course": each.course,
        "on": each.on,
        "before": str(each.before.status),
        "after": str(each.after.status),
        "comes": [sentence(finding) for finding in each.comes],
        "goes": [sentence(finding) for finding in each.goes],
    }


@allow(DIRECTOR)
def rule_tighten(request: HttpRequest, code: str) -> HttpResponse:
    stored, words = rule_or_404(code), Vocabulary.read()
    form = TightenForm(posted(request), row=stored, base=baseline_of(code), words=words)

    def propose() -> RuleChange:
        seen = form.cleaned_data["seen"]
        return rules.tightening(code=code, definition=form.definition(), daily=form.asked_daily(), seen=seen)

    page = Page(
        template="protocols/change/tighten.html",
        form=form,
        propose=propose,
        make=lambda change: make_rule(request, form, change),
        tell=lambda change: told_of_rule(stored.definition, change, words),
        said=_("The rule is in force as of now."),
        leads_to=reverse("protocols:rule", args=[code]),
        context={
            "heading": _("Tighten a rule"),
            "rule": stored,
            "message": message_of(stored.definition),
            "when": condition_words(stored.definition["when"], words),
        },
    )
    return run(request, page)


@allow(DIRECTOR)
def rule_new(request: HttpRequest) -> HttpResponse:
    words = Vocabulary.read()
    form = AddRuleForm(posted(request), words=words)
    page = Page(
        template="protocols/change/add.html",
        form=form,
        propose=lambda: rules.addition(**form.rule()),
        make=lambda change: make_rule(request, form, change),
        tell=lambda change: told_of_rule({}, change, words),
        said=_("The rule is in force as of now."),
        leads_to=reverse("protocols:rules"),
        context={"heading": _("Add a rule")},
    )
    return run(request, page)


@allow(DIRECTOR)
def rule_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a clinic's own rule, or its tightening of one, back."""
    stored, words = rule_or_404(code), Vocabulary.read()
    if stored.origin != ScreeningRule.Origin.CLINIC:
        raise Http404
    form = TakeBackForm(posted(request), initial={"seen": stored.version})
    page = Page(
        template="protocols/change/withdraw.html",
        form=form,
        propose=lambda: rules.withdrawal(code=code, seen=form.cleaned_data["seen"]),
        make=lambda change: make_rule(request, form, change),
        tell=lambda change: told_of_rule(stored.definition, change, words),
        said=_("Withdrawn as of now."),
        leads_to=reverse("protocols:rule", args=[code]),
        context={
            "heading": _("Take it back"),
            "rule": stored,
            "message": message_of(stored.definition),
            "base": baseline_of(code),
        },
    )
    return run(request, page)


def rule_or_404(code: str) -> ScreeningRule:
    stored = rule_in_force(code)
    if stored is None:
        raise Http404
    return stored


def make_rule(request: HttpRequest, form: RefusalForm, change: RuleChange) -> ScreeningRule:
    return rules.make_change(change=change, reason=form.cleaned_data["reason"], by=request.user)


def told_of_rule(before: Any, change: RuleChange, words: Vocabulary) -> list[tuple[str, str, str]]:
    """What the rule says before and after, part by part, where they differ."""
    old, new = said_by(before, words, None), said_by(change.definition or {}, words, change)
    names = dict.fromkeys([*old, *new])
    told = [(name, old.get(name, ""), new.get(name, "")) for name in names]
    return [each for each in told if each[1] != each[2]]


def said_by(definition: Any, words: Vocabulary, change: RuleChange | None) -> dict[str, str]:
    if not definition:
        return {}
    vocabulary = words.with_question(change.question) if change and change.question else words
    said = {
        _("What it does"): str(look_of("effect", definition["effect"]).word),
        _("When"): condition_words(definition["when"], vocabulary),
        _("What it says"): message_of(definition),
    }
    if change and change.question:
        said[_("New question")] = change.question["text"]
    if change and change.daily:
        said[_("Asked again on the day of every visit")] = ", ".join(words.question(each) for each in change.daily)
    return said


@allow(DIRECTOR)
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """Choose between readings, or set what no source states."""
    setting = setting_of(code)
    if setting is None or setting.of_the_location:
        raise Http404
    form = PolicyForm(posted(request), setting=setting)

    def make(change: PolicyChange) -> Any:
        given = form.cleaned_data
        return policies.set_policy(
            code=code, value=change.value, reason=given["reason"], by=request.user, seen=given["seen"]
        )

    page = Page(
        template="protocols/change/policy.html",
        form=form,
        propose=lambda: policies.choice(code=code, value=form.cleaned_data["value"]),
        make=make,
        tell=lambda change: [(_(setting.entry["name"]), setting.in_words, setting.words(change.value))],
        said=_("Set as of now."),
        leads_to=f"{reverse('protocols:policies')}#{code}",
        context={
            "heading": _(setting.entry["name"]),
            "setting": setting,
            "history": [(each, setting.words(each.value)) for each in history_of(code)],
        },
    )
    return run(request, page)
