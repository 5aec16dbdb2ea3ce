"""Every cited id has a page that says what it says, where that stands, and what rests on it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import User
from protocols.actions.catalogue import CATALOGUE
from protocols.library.citations import homes_of
from protocols.library.coverage import coverage
from protocols.models import Fact
from protocols.schema import read_catalogue
from tests.sizes import size

Browsers = Callable[[User | None], Client]


@pytest.fixture
def browser(desk: User, browser_of: Browsers) -> Client:
    return browser_of(desk)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def page_of(browser: Client, code: str) -> Any:
    return browser.get(reverse("protocols:fact", args=[code]))


def homes(answer: Any) -> dict[str, list[str]]:
    return {str(home.title): [entry.text for entry in home.entries] for home in answer.context["homes"]}


# --- the source viewer ------------------------------------------------------------------------------------------------


def test_the_address_is_what_verdict_cards_link_to(browser: Client) -> None:
    assert reverse("protocols:fact", args=["F209"]) == "/protocols/facts/F209"
    assert browser.get("/protocols/facts/F209").status_code == 200


def test_a_fact_says_what_it_says_and_where_that_stands(browser: Client) -> None:
    page, fact = page_of(browser, "F209"), Fact.objects.get(code="F209")
    for words in (fact.statement, fact.locator, str(fact.line), fact.source.title, "rule washout"):
        assert words in text(page)


def test_a_fact_shows_the_rules_questions_and_lines_that_rest_on_it(browser: Client) -> None:
    found = homes(page_of(browser, "F209"))
    assert "Screening rules" in found
    assert found["Questions"] == ["On which day did you last take aspirin?"]
    assert found["Clinic policies"] == ["Days without aspirin"]


def test_a_contradiction_shows_the_conflict_what_is_done_and_what_it_weighs(browser: Client) -> None:
    page = page_of(browser, "C02")
    assert "Every diabetes is excluded" in text(page)
    assert [each.code for each in page.context["linked"]] == ["D10", "D15", "F173", "F190"]


def test_a_fact_shows_the_contradictions_that_weigh_it(browser: Client) -> None:
    assert [each.code for each in page_of(browser, "F173").context["named_by"]] == ["C02"]


def test_a_decision_shows_what_it_settled_and_what_rests_on_it(browser: Client) -> None:
    page = page_of(browser, "D15")
    assert {"C02", "C03"} <= {each.code for each in page.context["named_by"]}
    assert "Clinic policies" in homes(page)


def test_a_phase_or_flag_makes_its_protocol_a_home(browser: Client) -> None:
    assert homes(page_of(browser, "F154"))["Protocols"] == ["Body course, every 15 days"]
    assert "Body course, every 15 days" in homes(page_of(browser, "C50"))["Protocols"]
    assert "Body course, every 15 days" in homes(page_of(browser, "B08"))["Protocols"]


@pytest.mark.parametrize("code", ["F001", "F374", "C51", "B12", "G18", "D33"])
def test_every_kind_of_statement_has_a_page(browser: Client, code: str) -> None:
    assert page_of(browser, code).status_code == 200


def test_every_statement_opens(browser: Client) -> None:
    """Each in the proof, each tenth in the tests."""
    codes = Fact.objects.order_by("code").values_list("code", flat=True)[:: size(10, in_proof=1)]
    missing = [code for code in codes if page_of(browser, code).status_code != 200]
    assert missing == []


def test_an_id_nobody_gave_is_not_found(browser: Client) -> None:
    for code in ("F999", "X01", "F1", "f209"):
        assert page_of(browser, code).status_code == 404, code


def test_the_pages_give_every_fact_a_home_as_the_coverage_does(catalogue: None) -> None:
    housed = {fact for fact, found in coverage(read_catalogue(CATALOGUE)).items() if found}
    assert [fact for fact in sorted(housed)[:: size(10, in_proof=1)] if not homes_of(fact)] == []


def test_a_statement_leads_to_the_one_before_and_after(browser: Client) -> None:
    page = page_of(browser, "F209")
    assert (page.context["before"].code, page.context["after"].code) == ("F208", "F210")
    assert page_of(browser, "F001").context["before"] is None


def test_an_id_cited_everywhere_takes_no_more_queries_than_one_cited_once(browser: Client) -> None:
    def count(code: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(browser, code)
        return len(queries)

    assert count("D33") == count("F001")


# --- the list ---------------------------------------------------------------------------------------------------------


def found(browser: Client, **wishes: str) -> list[str]:
    return [
        fact.code for fact in browser.get(reverse("protocols:sources"), wishes).context["page"].paginator.object_list
    ]


def test_the_five_sources_stand_above_all_statements(browser: Client) -> None:
    page = browser.get(reverse("protocols:sources"))
    assert [source.code for source in page.context["sources"]] == ["000", "001", "002", "003", "004"]
    assert sum(source.fact_count for source in page.context["sources"]) == 374


@pytest.mark.parametrize(
    ("wishes", "codes"),
    [
        ({"q": "F209"}, ["F209"]),
        ({"q": "f209"}, ["F209"]),
        ({"kind": "gap", "q": "restriction"}, ["G01"]),
        ({"q": "no statement says this"}, []),
    ],
)
def test_statements_are_found(browser: Client, wishes: dict[str, str], codes: list[str]) -> None:
    assert found(browser, **wishes) == codes


def test_statements_are_narrowed_by_source_topic_and_kind(browser: Client) -> None:
    wanted = Fact.objects.filter(source__code="004", topic="protocols")
    assert found(browser, source="004", topic="protocols") == [fact.code for fact in wanted]
    assert len(found(browser, kind="contradiction")) == 51


def test_the_list_takes_as_many_queries_for_one_statement_as_for_forty(browser: Client) -> None:
    def count(**wishes: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("protocols:sources"), wishes)
        return len(queries)

    assert count() == count(q="F209")
