"""The parts of the pages: what they say, and never by colour alone."""

import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from clinic.templatetags.look_status import STATUSES, TONES, look_of
from clinic.templatetags.look_verdict import GROUPS, grouped
from protocols.models import ProtocolVersion
from protocols.pictures.strip import StripPhase, build_strip
from scheduling.models import Course, Proposal, SessionStatus
from scheduling.models import Message as LedgerMessage

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def render(source, **context):
    return Template("{% load look %}" + source).render(Context(context))


# --- Status


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("session", SessionStatus.values),
        ("course", Course.Status.values),
        ("proposal", Proposal.Status.values),
        ("message", LedgerMessage.Status.values),
        ("version", ProtocolVersion.Status.values),
    ],
)
def test_every_status_of_the_product_has_a_look(group, codes):
    assert set(codes) <= set(STATUSES[group])


@pytest.mark.parametrize(("group", "code"), [(group, code) for group, looks in STATUSES.items() for code in looks])
def test_a_status_is_never_colour_alone(group, code):
    look = look_of(group, code)
    html = render("{% status_pill group code %}", group=group, code=code)
    assert f"bi-{look.icon}" in html
    assert str(look.word) in html
    assert look.tone in {*TONES, "plain"}


def test_within_a_group_no_two_statuses_read_the_same():
    for group, looks in STATUSES.items():
        words = [str(look.word) for look in looks.values()]
        assert len(set(words)) == len(words), group


def test_an_unknown_status_shows_its_code_instead_of_failing():
    assert "frozen" in render("{% status_pill 'session' 'frozen' %}")


def test_the_icons_exist():
    known = json.loads((Path(settings.NPM) / "bootstrap-icons/font/bootstrap-icons.json").read_text())
    used = {look.icon for looks in STATUSES.values() for look in looks.values()} | {icon for _, icon in GROUPS.values()}
    for template in TEMPLATES.rglob("*.html"):
        used |= set(re.findall(r"""\{% icon ["']([a-z0-9-]+)["']""", template.read_text()))
    assert used <= set(known), used - set(known)


# --- Verdict, protocol, checklist


def finding(effect, **more):
    return {"effect": effect, "message": f"Because of {effect}.", "cites": ["F209"], **more}


def test_findings_are_sorted_by_what_can_be_done_about_them():
    findings = [
        finding("caution"),
        finding("deferred", until=date(2026, 5, 11)),
        finding("blocks"),
        finding("blocks", until=date(2026, 9, 1)),
        finding("incomplete"),
        finding("review", holds_back=False),
    ]
    sizes = {group.key: len(group.findings) for group in grouped(findings)}
    assert list(sizes.items()) == [("fixed", 1), ("answer", 1), ("clinician", 1), ("time", 2), ("settled", 1)]


@pytest.mark.parametrize(
    ("way_out", "group"),
    [("correction", "fixed"), ("other_option", "option"), ("recovery", "time"), ("prescriber", "prescriber")],
)
def test_a_finding_that_knows_its_way_out_is_sorted_by_it(way_out, group):
    assert [found.key for found in grouped([finding("blocks", way_out=way_out)])] == [group]


def test_the_verdict_card_names_the_verdict_the_day_and_every_source():
    verdict = {
        "verdict": "deferred", "as_of": date(2026, 5, 4), "until": date(2026, 5, 11),
        "findings": [finding("deferred", until=date(2026, 5, 11))],
    }  # fmt: skip
    html = render("{% verdict_card verdict cite_url='/facts/' %}", verdict=verdict)
    for part in ("Not yet", "possible from Mon 11 May 2026", "for 4 May 2026", "Ends by itself", 'href="/facts/F209"'):
        assert part in html


def test_a_sentence_with_places_is_filled_in_after_translation():
    found = SimpleNamespace(
        effect="deferred", way_out="time", message="Aspirin taken on %(day)s.", params={"day": "27 April"}, cites=(),
        until=None, holds_back=True,
    )  # fmt: skip
    verdict = SimpleNamespace(status="deferred", on=date(2026, 5, 4), until=None, findings=(found,))
    assert "Aspirin taken on 27 April." in render("{% verdict_card verdict %}", verdict=verdict)


def test_a_clean_verdict_says_that_nothing_speaks_against_it():
    html = render(
        "{% verdict_card verdict %}", verdict={"verdict": "eligible", "as_of": date(2026, 5, 4), "findings": []}
    )
    assert "May be treated" in html
    assert "No finding for this day." in html


@pytest.mark.parametrize(("many", "behind"), [(6, 0), (7, 2), (44, 39)])
def test_a_long_group_of_findings_folds_behind_one_line_and_loses_none(many, behind):
    found = [finding("blocks", message=f"Question {number}.") for number in range(many)]
    html = render("{% verdict_card verdict %}", verdict={"verdict": "deferred", "as_of": None, "findings": found})
    assert html.count('class="finding-text"') == many
    _before, _fold, folded = html.partition("<details")
    assert folded.count('class="finding-text"') == behind
    assert (f"{behind} more" in folded) == (behind > 0)


def test_a_decision_is_posted_with_its_token():
    actions = [{"label": "Approve", "url": "/decide/1", "method": "post"}]
    verdict = {"verdict": "needs_review", "as_of": date(2026, 5, 4), "findings": [finding("review", actions=actions)]}
    html = render("{% verdict_card verdict %}", verdict=verdict, csrf_token="secret-token")
    assert 'action="/decide/1"' in html
    assert "secret-token" in html


def test_a_protocol_card_can_be_chosen_by_its_label():
    card = {
        "code": "P07", "name": "Body course", "sessions": "6–8", "gap": "15 days", "span": "75–105 days",
        "source": {"label": "Source 004"}, "choose": {"name": "protocol", "value": "P07", "checked": True},
        "strip": build_strip([StripPhase(8, 15)]), "flags": [{"tone": "warn", "icon": "flag-fill", "text": "Review"}],
    }  # fmt: skip
    html = render_to_string("_components/protocol_card.html", {"card": card})
    assert html.lstrip().startswith("<label")
    assert 'type="radio" name="protocol" value="P07" checked' in html
    assert "nothing stated" in html


def test_the_checklist_counts_only_what_matters():
    items = [{"state": state, "label": state} for state in ("done", "todo", "wait", "na")]
    html = render_to_string("_components/checklist.html", {"title": "Before the needle", "items": items})
    assert "1 of 3" in html
    assert "Missing:" in html


# --- Forms, messages, waiting


class Intake(forms.Form):
    name = forms.CharField(label="Full name", help_text="As on the identity card.")
    thinners = forms.ChoiceField(label="Blood thinners", choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="I agree", required=False)


@pytest.fixture
def wrong():
    form = Intake({"name": ""})
    form.add_error(None, "The two answers contradict each other.")
    return form


def test_the_error_summary_links_to_each_field_by_its_name(wrong):
    html = render_to_string("_components/error_summary.html", {"form": wrong})
    assert "The two answers contradict each other." in html
    assert '<a href="#id_name">Full name: This field is required.</a>' in html
    assert 'href="#id_thinners"' in html


def test_no_errors_no_summary():
    assert not render_to_string("_components/error_summary.html", {"form": Intake()}).strip()


def test_a_field_ties_label_help_and_error_to_its_control(wrong):
    html = render_to_string("_components/field.html", {"field": wrong["name"]})
    control = re.search(r"<input[^>]*>", html)[0]
    assert '<label class="form-label" for="id_name">' in html
    for described in re.search(r'aria-describedby="([^"]+)"', control)[1].split():
        assert f'id="{described}"' in html
    assert 'aria-invalid="true"' in control
    assert "is-invalid" in control


def test_choices_are_a_named_group_whose_link_target_exists(wrong):
    html = render_to_string("_components/choices.html", {"field": wrong["thinners"]})
    assert 'id="id_thinners"' in html
    assert "<legend>Blood thinners" in html
    assert html.count('class="form-check-input"') == 2


def test_a_message_that_can_be_undone_offers_it_and_the_others_do_not():
    moved = Message(constants.SUCCESS, "Moved.", extra_tags="undo:/sessions/5/undo")
    failed = Message(constants.ERROR, "Not sent.")
    html = render("{% for message in messages %}{% toast message %}{% endfor %}", messages=[moved, failed])
    assert html.count("<form") == 1
    assert 'action="/sessions/5/undo"' in html
    assert 'data-tone="bad"' in html


def test_progress_polls_only_while_there_is_something_to_wait_for():
    waiting = render_to_string(
        "_components/progress.html", {"done": 3, "total": 28, "label": "Finding", "poll_url": "/p"}
    )
    finished = render_to_string("_components/progress.html", {"done": 28, "total": 28, "label": "Finding"})
    assert 'hx-get="/p"' in waiting
    assert "3 of 28" in waiting
    assert "hx-get" not in finished


def test_turning_a_page_keeps_the_filters():
    request = RequestFactory().get("/patients/", {"state": "open", "page": "2"})
    page = Paginator(range(30), 10).page(2)
    html = Template("{% include '_components/pagination.html' %}").render(RequestContext(request, {"page": page}))
    assert "state=open&amp;page=3" in html
    assert "11–20 of 30" in html


def test_the_board_speaks_the_readers_language():
    words = json.loads(Template("{% load look %}{% board_labels %}").render(Context()).replace("&quot;", '"'))
    assert words["booked"] == "Booked"
    assert {"today", "day", "week", "list", "window", "failed"} <= set(words)


# --- The frame


@pytest.mark.parametrize("layout", ["base.html", "portal.html", "auth.html", "print.html"])
def test_every_layout_can_be_skipped_into_and_announces_messages(layout):
    html = Template(f"{{% extends '{layout}' %}}").render(Context({"navigation": [], "csrf_token": "t"}))
    assert 'class="skip-link" href="#main"' in html
    assert 'id="main"' in html
    assert 'aria-live="polite"' in html
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", html)[1])
    assert (config["includeIndicatorStyles"], config["allowEval"], config["historyCacheSize"]) == (False, False, 0)


def test_the_place_one_is_in_is_marked_in_both_navigations():
    navigation = [
        {"label": name, "icon": "people", "url": f"/{name}", "active": name == "Patients"}
        for name in ("Today", "Board", "Patients", "Courses", "Protocols", "Work lists")
    ]
    html = Template("{% extends 'base.html' %}").render(Context({"navigation": navigation}))
    assert html.count('aria-current="page"') == 2
    assert html.count('href="/Protocols"') == 2, "what has no room in the bottom bar is under More"
