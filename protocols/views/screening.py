"""The screening rules in force and the clinic's policies, each with what it rests on.

Changing them goes on in the settings, where the effect on running courses can be shown first.
"""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from clinic.base.access import STAFF, allow
from clinic.base.requests import HttpRequest
from clinic.models import Location
from clinic.templatetags.look_status import STATUSES
from protocols.eligibility import Effect
from protocols.library.citations import message_of
from protocols.models import ScreeningRule
from protocols.queries import policies as values_in_force
from protocols.rules.policies import Setting, all_settings
from protocols.rules.queries import baseline_of, engine_rule, rule_in_force, rules_in_force, versions_of
from protocols.rules.words import Vocabulary, condition_words
from protocols.views.pages import is_director, tabs

LONGEST_WISH = 60


@allow(STAFF)
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in force, strictest first, found by words, effect and origin."""
    wishes = {name: request.GET.get(name, "").strip()[:LONGEST_WISH] for name in ("q", "effect", "origin")}
    words, chosen = Vocabulary.read(), values_in_force()
    rows = [rule_shown(row, words, chosen) for row in rules_in_force()]
    groups = {effect: [row for row in rows if row["effect"] == effect and wanted(row, wishes)] for effect in Effect}
    context = {
        "tabs": tabs("rules"),
        "groups": [(STATUSES["effect"][effect].word, effect, found) for effect, found in groups.items() if found],
        "effects": [(str(effect), STATUSES["effect"][effect].word) for effect in Effect],
        "origins": ScreeningRule.Origin.choices,
        "count": len(rows),
        "wishes": wishes,
        "director": is_director(request.user),
    }
    return render(request, "protocols/rules.html", context)


def rule_shown(row: ScreeningRule, words: Vocabulary, chosen: dict[str, Any]) -> dict[str, Any]:
    """A rule as it reads under the clinic's choices."""
    stored = engine_rule(row)
    now = stored.under(chosen)
    other = row.definition.get("other_reading")
    reads_other = now != stored
    when = other["when"] if reads_other and other.get("when") else row.definition["when"]
    return {
        "row": row,
        "effect": now.effect,
        "message": message_of(row.definition),
        "when": condition_words(when, words),
        "policy": other["policy"] if other else "",
        "reads_other": reads_other,
        "own": row.origin == ScreeningRule.Origin.CLINIC,
    }


def wanted(shown: dict[str, Any], wishes: dict[str, str]) -> bool:
    text = f"{shown['message']} {shown['when']} {shown['row'].code} {' '.join(shown['row'].cites)}".lower()
    return (
        wishes["q"].lower() in text
        and wishes["effect"] in ("", str(shown["effect"]))
        and wishes["origin"] in ("", shown["row"].origin)
    )


@allow(STAFF)
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: when it speaks, what it says and does, and every version it ever had."""
    versions = versions_of(code)
    if not versions:
        raise Http404
    words = Vocabulary.read()
    row = rule_in_force(code)
    context = {
        "shown": rule_shown(row or versions[0], words, values_in_force()),
        "in_force": row is not None,
        "versions": [version_shown(each, words) for each in versions],
        "base": baseline_of(code),
        "director": is_director(request.user),
    }
    return render(request, "protocols/rule.html", context)


def version_shown(row: ScreeningRule, words: Vocabulary) -> dict[str, Any]:
    return {
        "row": row,
        "message": message_of(row.definition),
        "when": condition_words(row.definition["when"], words),
        "ended_only": row.active_until == row.active_from,
    }


@allow(STAFF)
def policies(request: HttpRequest) -> HttpResponse:
    """What the clinic has chosen, what holds without a choice, and what nobody has set yet."""
    settings = all_settings()
    groups: dict[str, list[Setting]] = {"location": [], "missing": [], "readings": [], "set": []}
    for setting in settings:
        groups[group_of(setting)].append(setting)
    context = {
        "tabs": tabs("policies"),
        "groups": groups,
        "locations": Location.objects.order_by("name"),
        "director": is_director(request.user),
    }
    return render(request, "protocols/policies.html", context)


def group_of(setting: Setting) -> str:
    if setting.of_the_location:
        return "location"
    if not setting.is_set:
        return "missing"
    return "readings" if setting.entry["kind"] == "choice" else "set"
