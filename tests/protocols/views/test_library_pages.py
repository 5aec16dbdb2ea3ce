"""The library: staff find, read and compare protocols; every number is literal and every contradiction is told."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from protocols.actions.publish import discard_draft, new_draft, publish_version, save_draft
from protocols.models import Phase, Protocol, ProtocolVersion, Source
from protocols.pictures.rhythm import Stretch, build_rhythm

Browsers = Callable[[User | None], Client]

NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)


@pytest.fixture
def browser(desk: User, browser_of: Browsers) -> Client:
    return browser_of(desk)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def codes_in(answer: Any) -> list[str]:
    return [card.code for card in answer.context["cards"]]


# --- the library ------------------------------------------------------------------------------------------------------


def test_every_protocol_in_force_is_a_card_in_the_catalogue_s_order(browser: Client) -> None:
    page = browser.get(reverse("protocols:library"))
    assert codes_in(page) == ["P01", "P02", "P03", "P07", "P05", "P06-B", "P06-A", "P08", "P04"]
    assert "6–8" in text(page)
    assert "15 days" in text(page)


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        ({"q": "hair"}, ["P08"]),
        ({"q": "p06"}, ["P06-B", "P06-A"]),
        ({"area": "scalp"}, ["P02", "P03", "P08", "P04"]),
        ({"area": "eye_area", "indication": "wrinkles"}, ["P02", "P03", "P06-B", "P06-A"]),
        ({"field": "pain"}, ["P04"]),
        ({"q": "nothing like it"}, []),
        ({"area": "nowhere"}, []),
    ],
)
def test_protocols_are_found_by_words_area_reason_and_field(
    browser: Client, wishes: dict[str, str], found: list[str]
) -> None:
    page = browser.get(reverse("protocols:library"), wishes)
    assert codes_in(page) == found
    assert ("No protocol matches" in text(page)) == (not found)


def test_an_odd_wish_is_no_error(browser: Client) -> None:
    assert browser.get(reverse("protocols:library"), {"q": "%' OR 1=1 --" * 500, "area": "'"}).status_code == 200


def test_the_library_asks_the_database_as_often_for_one_protocol_as_for_nine(browser: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as nine:
        browser.get(reverse("protocols:library"))
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("protocols:library"), {"q": "hair"})
    assert len(nine) == len(one)


# --- one protocol -----------------------------------------------------------------------------------------------------


def test_a_protocol_tells_its_phases_in_words_and_literal_numbers(browser: Client) -> None:
    page = text(browser.get(reverse("protocols:detail", args=["P07"])))
    assert "6–8 sessions, 15 days apart." in page
    assert "15 days and 7 days" in page
    assert "14 days, with a reason" in page
    assert "As long as wanted, 4 months apart." in page
    assert "after session 4" in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("P01", "the interval of the phase before it"),
        ("P02", "Every 6 months"),
        ("P04", "The practitioner types how many sessions and how far apart."),
        ("P05", "One measurement, 1 week after the last session."),
        ("P06-A", "With 4 sessions: 7 days, best 8 days, latest 9 days, limit 6 days"),
        ("P08", "As many sessions as fit 6 months"),
    ],
)
def test_what_is_particular_to_a_protocol_is_said(browser: Client, code: str, words: str) -> None:
    assert words in text(browser.get(reverse("protocols:detail", args=[code])))


def test_a_protocol_shows_where_its_sources_disagree_and_what_it_rests_on(browser: Client) -> None:
    page = text(browser.get(reverse("protocols:detail", args=["P06-A"])))
    assert reverse("protocols:fact", args=["C12"]) in page
    assert "The source says three to four sessions over two to four weeks" in page
    assert reverse("protocols:fact", args=["F151"]) in page


def test_an_unknown_protocol_is_not_found(browser: Client) -> None:
    assert browser.get(reverse("protocols:detail", args=["P99"])).status_code == 404
    assert browser.get(reverse("protocols:version", args=["P07", 9])).status_code == 404


def shorter(director: User, reason: str = "A fortnight suits us.") -> ProtocolVersion:
    draft = new_draft(protocol=Protocol.objects.get(code="P07"), by=director)
    phases = draft.definition["phases"]
    phases[0]["interval"] |= {"floor": 14, "ideal": 14, "latest": 14}
    save_draft(draft=draft, phases=phases, by=director)
    return publish_version(draft=draft, reason=reason, by=director, now=NOW)


def test_every_version_stays_readable_with_who_published_it_and_why(browser: Client, director: User) -> None:
    shorter(director)
    page = text(browser.get(reverse("protocols:detail", args=["P07"])))
    assert "A fortnight suits us." in page
    old = text(browser.get(reverse("protocols:version", args=["P07", 1])))
    assert "6–8 sessions, 15 days apart." in old
    assert "How it differs from the version in force" in old


def test_a_draft_is_seen_by_directors_only(browser: Client, director: User, browser_of: Browsers) -> None:
    draft = new_draft(protocol=Protocol.objects.get(code="P07"), by=director)
    here = reverse("protocols:version", args=["P07", draft.number])
    assert browser.get(here).status_code == 404
    assert browser_of(director).get(here).status_code == 200
    discard_draft(draft=draft, reason="Not now.", by=director)
    assert "Not now." not in text(browser.get(reverse("protocols:detail", args=["P07"])))
    assert "Not now." in text(browser_of(director).get(reverse("protocols:detail", args=["P07"])))


def test_a_protocol_s_page_asks_as_often_for_one_phase_as_for_three(browser: Client) -> None:
    def count(code: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("protocols:detail", args=[code]))
        return len(queries)

    assert Phase.objects.filter(version__protocol__code="P01").count() == 3
    assert count("P01") == count("P03")


def test_a_patient_has_no_library(patient: Patient, browser_of: Browsers) -> None:
    assert browser_of(patient.user).get(reverse("protocols:detail", args=["P07"])).status_code == 403


# --- side by side -----------------------------------------------------------------------------------------------------


def test_protocols_stand_side_by_side_row_by_row(browser: Client) -> None:
    page = browser.get(reverse("protocols:compare"), {"codes": ["P05", "P07"]})
    rows = {(row.get("heading") or row["label"]): row["cells"] for row in page.context["rows"][:6]}
    assert rows["Phase 1"] == ["Six to eight sessions, 15 days apart", "Ten weekly sessions"]
    assert rows["Sessions"] == ["6–8 sessions", "10 sessions"]
    assert [len(row["cells"]) for row in page.context["rows"]] == [2] * len(page.context["rows"])


def test_a_phase_that_only_one_of_them_has_leaves_the_other_s_cells_empty(browser: Client) -> None:
    page = browser.get(reverse("protocols:compare"), {"codes": "P01,P03"})
    assert codes_in(page) == ["P01", "P03"]
    headings = [row["cells"] for row in page.context["rows"] if row.get("heading")]
    assert headings[2] == ["Monthly upkeep for one year", ""]


@pytest.mark.parametrize("codes", [[], ["P07"], ["P99"], [""]])
def test_fewer_than_two_are_asked_to_be_chosen(browser: Client, codes: list[str]) -> None:
    page = browser.get(reverse("protocols:compare"), {"codes": codes})
    assert "Choose two to four protocols" in text(page)


def test_at_most_four_are_shown_and_the_page_says_so(browser: Client) -> None:
    page = browser.get(reverse("protocols:compare"), {"codes": ["P01", "P02", "P03", "P05", "P07"]})
    assert len(page.context["cards"]) == 4
    assert "At most 4" in text(page)


def test_comparing_four_takes_as_many_queries_as_comparing_two(browser: Client) -> None:
    def count(codes: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("protocols:compare"), {"codes": codes})
        return len(queries)

    assert count("P01,P02,P03,P05") == count("P05,P07")


# --- one scale for all ------------------------------------------------------------------------------------------------


def test_courses_share_one_scale_of_time() -> None:
    weekly, monthly = [Stretch(7, sessions=10)], [Stretch(30, sessions=6)]
    rhythm = build_rhythm([weekly, monthly])
    first, second = rhythm.lanes
    assert (len(first.dots), len(second.dots)) == (10, 6)
    assert first.dots[0].x == second.dots[0].x
    assert second.dots[-1].x == 97.5
    days = (first.dots[-1].x - first.dots[0].x) / (second.dots[-1].x - second.dots[0].x) * 150
    assert days == pytest.approx(63, abs=0.1)


def test_a_phase_by_date_holds_as_many_sessions_as_fit_and_open_upkeep_goes_on() -> None:
    hair = [Stretch(35, lasts_days=183, review_after=3), Stretch(180, joint_days=180, kind="maintenance")]
    (lane,) = build_rhythm([hair]).lanes
    assert [dot.kind for dot in lane.dots] == ["induction"] * 6 + ["maintenance"] * 2
    assert [dot.review for dot in lane.dots].index(True) == 2
    assert lane.goes_on


def test_the_joint_before_a_phase_is_the_one_the_protocol_names() -> None:
    course = [Stretch(30, sessions=2), Stretch(15, sessions=2, joint_days=30)]
    (lane,) = build_rhythm([course]).lanes
    xs = [dot.x for dot in lane.dots]
    assert xs[2] - xs[1] == pytest.approx(2 * (xs[3] - xs[2]), abs=0.02)


def test_a_picture_without_courses_is_empty() -> None:
    assert build_rhythm([]).lanes == ()
    assert build_rhythm([[]]).lanes[0].dots == ()


def test_each_card_leads_to_its_source(browser: Client) -> None:
    card = browser.get(reverse("protocols:library"), {"q": "hair"}).context["cards"][0]
    assert (
        card.source["url"] == f"{reverse('protocols:sources')}?source={Source.objects.get(protocols__code='P08').code}"
    )
