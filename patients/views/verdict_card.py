"""What a verdict looks like on a page: its card, the lists before the needle, the soonest route."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.base.access import is_prescriber, staff_of
from patients.access import sees_conditions
from patients.models import Patient
from patients.queries.answers import newest_answers
from patients.queries.checklist import TODO, WAIT, Item, before_test, before_treatment
from patients.queries.eligibility import sentence
from patients.queries.route import Route
from protocols.eligibility import Effect, Finding, Plan, RuleSet, Verdict
from protocols.models import Formulation


def card(verdict: Verdict, patient: Patient, *, query: str, rules: RuleSet, user: Any) -> dict[str, Any]:
    """The verdict as the card takes it, each finding with what this person can do about it. `query`: the plan."""
    answered = frozenset(newest_answers(patient))
    return {
        "status": str(verdict.status),
        "on": verdict.on,
        "until": verdict.until,
        "findings": [
            shown_finding(each)
            | {
                "actions": [
                    *settle(each, patient, query, user),
                    *(correct(each, patient, rules, answered) if is_prescriber(user) else ()),
                ]
            }
            for each in verdict.findings
        ],
    }


def shown_finding(finding: Finding) -> dict[str, Any]:
    return {
        "effect": str(finding.effect),
        "message": sentence(finding),
        "until": finding.until,
        "cites": finding.cites,
        "way_out": str(finding.way_out),
        "holds_back": finding.holds_back,
        "fallen": finding.fallen,
    }


def shown_verdict(verdict: Verdict, clinical: bool) -> dict[str, Any]:
    """What a page may show of a verdict: everything, or bookable and a date."""
    if not clinical:
        return {"bookable": verdict.is_eligible, "until": verdict.until, "on": verdict.on}
    findings = [shown_finding(each) for each in verdict.findings]
    return {"verdict": {"status": str(verdict.status), "on": verdict.on, "until": verdict.until, "findings": findings}}


def settle(finding: Finding, patient: Patient, query: str, user: Any) -> Iterator[dict[str, str]]:
    """Links to where a finding is settled, for those who may (D10)."""
    if finding.question:
        yield link(_("Answer"), "answer", patient, finding.question, query=query)
    elif finding.code == "birth-date-missing":
        yield link(_("Enter the birth date"), "edit", patient)
    elif finding.code == "sensitivity-to-mix":
        yield link(_("Look at the test"), "allergy_test", patient)
    elif is_open_to(finding, user):
        word = _("Acknowledge") if finding.effect is Effect.CAUTION else _("Decide")
        yield link(word, "decide", patient, finding.code, query=query)


def is_open_to(finding: Finding, user: Any) -> bool:
    """Whether it is open for a decision that this clinician may make: cautions anybody's, reviews a prescriber's."""
    if finding.decision is not None:
        return False
    return finding.effect is Effect.CAUTION or (finding.effect is Effect.REVIEW and is_prescriber(user))


def deciding(verdict: Verdict, patient: Patient, query: str, user: Any) -> dict[str, Any] | None:
    """The link to the one page on which everything open is decided, how many findings that are, and the first."""
    found = [each for each in verdict.findings if is_open_to(each, user)]
    if not found:
        return None
    url = link("", "decide_all", patient, query=query)["url"]
    return {"url": url, "count": len(found), "finding": sentence(found[0]).rstrip(".")}


def correct(finding: Finding, patient: Patient, rules: RuleSet, answered: frozenset[str]) -> Iterator[dict[str, str]]:
    """The link to correct the answer a finding rests on (D14)."""
    rule = next((each for each in rules.rules if each.code == finding.code), None)
    if rule is None or not finding.holds_back:
        return
    for link_id in sorted(rules.answers_read(rule.when) & answered)[:1]:
        yield link(_("Correct the answer"), "amend", patient, link_id)


def link(label: str, page: str, patient: Patient, *args: str, query: str = "") -> dict[str, str]:
    url = reverse(f"patients:{page}", args=[patient.pk, *args])
    return {"label": label, "url": f"{url}?{query}" if query else url}


# --- what is missing, and when it could be ---------------------------------------------------------------------------

# Which page settles a line of the lists, and what the button to it says.
STEPS: dict[str, tuple[str, Any]] = {
    "intake": ("patients:intake", _lazy("Take the intake")),
    "mix": ("patients:mix", _lazy("Choose or build the mix")),
    "eligibility": ("patients:eligibility", ""),
    "allergy_test": ("patients:allergy_test", _lazy("Do the allergy test")),
    "consent_test": ("patients:consent", _lazy("Sign the consent to the test")),
    "consent_treatment": ("patients:consent", _lazy("Sign the consent to the treatment")),
}
CLINICAL_STEPS = {"intake", "mix", "allergy_test"}


def checklists(
    patient: Patient, plan: Plan, formulation: Formulation | None, *, at: datetime, zone: ZoneInfo, user: Any
) -> list[dict[str, Any]]:
    """The two lists before the needle, each line with the page that settles it."""
    staff = staff_of(user)
    location = staff.location if staff else None
    test = before_test(patient, formulation, at=at, zone=zone, location=location)
    treatment = before_treatment(patient, plan, formulation, at=at, zone=zone, location=location)
    clinical = sees_conditions(user)
    return [
        {
            "id": "before-test",
            "title": _("Before the allergy test"),
            "rows": [row(each, patient, clinical) for each in test],
        },
        {
            "id": "before-treatment",
            "title": _("Before the first treatment"),
            "rows": [row(each, patient, clinical) for each in treatment],
        },
    ]


def row(item: Item, patient: Patient, clinical: bool) -> dict[str, Any]:
    """One line; the desk sees that something is missing, not what a test has shown (D17)."""
    page, verb = STEPS.get(item.step, ("", ""))
    shown = clinical or item.step not in CLINICAL_STEPS
    text = item.text if shown or item.state == WAIT else ""
    if item.state != TODO or not page or not shown:
        return {"label": item.label, "state": item.state, "text": text, "url": ""}
    url = reverse(page, args=[patient.pk])
    act = f"?act={item.step.removeprefix('consent_')}" if item.step.startswith("consent_") else ""
    return {"label": item.label, "state": item.state, "text": text, "url": url + act, "verb": verb}


def next_step(lists: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first line that waits for somebody here and now."""
    return next((each for part in lists for each in part["rows"] if each["url"] and each["verb"]), None)


def shown_route(route: Route) -> dict[str, Any]:
    return {
        "test_at": route.test_at,
        "opens_at": route.opens_at,
        "first_on": route.first_on,
        "first_at": route.first_at,
        "test_because": [sentence(each) for each in route.test_because],
        "because": [sentence(each) for each in route.because],
        "waiting_for": [sentence(each) for each in route.waiting_for],
        "stopped_by": [sentence(each) for each in route.stopped_by],
        "gate": str(route.gate.status) if route.gate else "",
    }
