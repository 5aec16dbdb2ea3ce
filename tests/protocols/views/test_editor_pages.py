"""A director drafts, edits, compares and publishes in the browser; every mistake is at its field."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from protocols.actions.publish import new_draft, seen_of
from protocols.models import Protocol, ProtocolVersion

Browsers = Callable[[User | None], Client]


@pytest.fixture
def browser(director: User, browser_of: Browsers) -> Client:
    return browser_of(director)


@pytest.fixture
def draft(director: User) -> ProtocolVersion:
    return new_draft(protocol=Protocol.objects.get(code="P07"), by=director)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def page(name: str, draft: ProtocolVersion) -> str:
    return reverse(f"protocols:{name}", args=[draft.protocol.code, draft.number])


def typed(browser: Client, draft: ProtocolVersion, **changes: object) -> dict[str, Any]:
    """What the form holds, with some fields typed over; `-` is written `_` in `changes` after the phase's number."""
    form = browser.get(page("draft_edit", draft)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    values |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: "" if value is None else value for name, value in values.items()}


def shown(version: ProtocolVersion, order: int = 1) -> tuple[int, int, int]:
    phase = version.phases.get(order=order)
    return phase.floor, phase.ideal, phase.latest


def test_a_draft_is_begun_from_the_protocol_s_page(browser: Client) -> None:
    assert "Draft the next version" in text(browser.get(reverse("protocols:detail", args=["P07"])))
    answer = browser.post(reverse("protocols:draft_new", args=["P07"]))
    draft = Protocol.objects.get(code="P07").versions.get(status="draft")
    assert answer.headers["Location"] == page("draft_edit", draft)


def test_a_second_draft_leads_to_the_first(browser: Client, draft: ProtocolVersion) -> None:
    assert "Continue the draft" in text(browser.get(reverse("protocols:detail", args=["P07"])))
    assert browser.post(reverse("protocols:draft_new", args=["P07"])).status_code == 409


def test_a_link_does_not_begin_a_draft(browser: Client) -> None:
    assert browser.get(reverse("protocols:draft_new", args=["P07"])).status_code == 405
    assert browser.post(reverse("protocols:draft_new", args=["P99"])).status_code == 404


def test_the_form_saved_untouched_changes_nothing(browser: Client, draft: ProtocolVersion) -> None:
    before = draft.definition
    assert browser.post(page("draft_edit", draft), typed(browser, draft)).status_code == 302
    draft.refresh_from_db()
    assert draft.definition == before


@pytest.mark.parametrize("code", ["P01", "P02", "P03", "P04", "P05", "P06-A", "P06-B", "P08"])
def test_every_protocol_can_be_edited_and_none_changes_untouched(browser: Client, director: User, code: str) -> None:
    draft = new_draft(protocol=Protocol.objects.get(code=code), by=director)
    before = draft.definition
    assert browser.post(page("draft_edit", draft), typed(browser, draft)).status_code == 302
    draft.refresh_from_db()
    assert draft.definition == before


def test_what_is_typed_is_saved_and_shown_beside_what_is_in_force(browser: Client, draft: ProtocolVersion) -> None:
    changes = {f"phases__0__interval__{name}": 14 for name in ("floor", "ideal", "latest")}
    answer = browser.post(page("draft_edit", draft), typed(browser, draft, **changes), follow=True)
    draft.refresh_from_db()
    assert shown(draft) == (14, 14, 14)
    assert "What it would change" in text(answer)
    assert '<del class="diff-from">15 days</del>' in text(answer)
    assert '<ins class="diff-to">14 days</ins>' in text(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phases-0-sessions-min", ""),
        ("phases-0-sessions-max", 5),
        ("phases-0-sessions-max", 101),
        ("phases-0-interval-floor", "soon"),
        ("phases-0-interval-unit", "year"),
        ("phases-0-interval-early_limit_days", 16),
        ("phases-0-chair_minutes-min", 19),
        ("phases-0-chair_minutes-max", 61),
        ("phases-0-late_policy", "never"),
        ("phases-0-review_after", 9),
        ("phases-1-name", " "),
    ],
)
def test_a_mistake_is_shown_at_its_field_and_nothing_is_saved(
    browser: Client, draft: ProtocolVersion, field: str, value: object
) -> None:
    answer = browser.post(page("draft_edit", draft), typed(browser, draft) | {field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert f'href="#id_{field}"' in text(answer)
    draft.refresh_from_db()
    assert shown(draft) == (15, 15, 15)


def test_a_form_opened_before_a_colleague_s_edit_is_refused(browser: Client, draft: ProtocolVersion) -> None:
    mine = typed(browser, draft, phases__0__sessions__max=10)
    browser.post(page("draft_edit", draft), typed(browser, draft, phases__0__sessions__max=9))
    assert browser.post(page("draft_edit", draft), mine).status_code == 412
    assert draft.phases.get(order=1).sessions_max == 9


def test_the_form_does_not_reach_past_its_own_fields(browser: Client, draft: ProtocolVersion) -> None:
    sneaked = typed(browser, draft) | {"phases-0-cites": "F001", "code": "P99", "phases-7-name": "More"}
    browser.post(page("draft_edit", draft), sneaked)
    draft.refresh_from_db()
    assert (draft.definition["code"], len(draft.definition["phases"])) == ("P07", 2)


@pytest.fixture
def ready(browser: Client, draft: ProtocolVersion) -> ProtocolVersion:
    browser.post(page("draft_edit", draft), typed(browser, draft, phases__0__sessions__max=10))
    draft.refresh_from_db()
    return draft


def test_publishing_shows_the_changes_and_asks_for_a_reason(browser: Client, ready: ProtocolVersion) -> None:
    asked = text(browser.get(page("draft_publish", ready)))
    assert '<ins class="diff-to">6–10 sessions</ins>' in asked
    answer = browser.post(page("draft_publish", ready), {"seen": seen_of(ready), "reason": ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])


def test_a_published_draft_is_what_the_protocol_s_page_shows(
    browser: Client, director: User, ready: ProtocolVersion
) -> None:
    answer = browser.post(
        page("draft_publish", ready), {"seen": seen_of(ready), "reason": "Large concerns need more."}, follow=True
    )
    assert "6–10 sessions, 15 days apart." in text(answer)
    assert "Large concerns need more." in text(answer)
    ready.refresh_from_db()
    assert (ready.status, ready.published_by) == ("active", director)


def test_what_was_published_or_discarded_has_no_form_any_more(browser: Client, ready: ProtocolVersion) -> None:
    browser.post(page("draft_publish", ready), {"seen": seen_of(ready), "reason": "More."})
    for name in ("draft_edit", "draft_publish", "draft_discard"):
        assert browser.get(page(name, ready)).status_code == 404, name


def test_a_draft_edited_meanwhile_is_not_published_unseen(browser: Client, ready: ProtocolVersion) -> None:
    seen = seen_of(ready)
    browser.post(page("draft_edit", ready), typed(browser, ready, phases__0__sessions__max=20))
    assert browser.post(page("draft_publish", ready), {"seen": seen, "reason": "More."}).status_code == 412


def test_a_draft_that_says_the_same_is_not_published(browser: Client, draft: ProtocolVersion) -> None:
    answer = browser.post(page("draft_publish", draft), {"seen": seen_of(draft), "reason": "Because."})
    assert answer.status_code == 422
    assert "says the same as the version in force" in text(answer)


def test_a_draft_is_discarded_with_a_reason_and_stays_in_the_history(browser: Client, ready: ProtocolVersion) -> None:
    answer = browser.post(
        page("draft_discard", ready), {"seen": seen_of(ready), "reason": "Eight are enough."}, follow=True
    )
    assert "Eight are enough." in text(answer)
    assert "6–8 sessions, 15 days apart." in text(answer)
