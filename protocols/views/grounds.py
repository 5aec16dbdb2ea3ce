"""What everything rests on: the sources, and each numbered statement with where it lives."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from clinic.base.access import STAFF, allow
from clinic.base.requests import HttpRequest
from protocols.library import grounds
from protocols.library.citations import KINDS, homes_of, statements, statements_resting_on
from protocols.models import Fact
from protocols.views.pages import tabs

WISHES = {"q": "words", "source": "source", "topic": "topic", "kind": "kind"}
LONGEST_WISH = 100
A_PAGE = 40
NAMED_IDS = ("facts", "decided_by")  # values of a statement that are ids of others


@allow(STAFF)
def sources(request: HttpRequest) -> HttpResponse:
    """The sources, and every statement of theirs and about them."""
    wishes = {name: request.GET.get(name, "").strip()[:LONGEST_WISH] for name in WISHES}
    found = grounds.search(**{WISHES[name]: wish for name, wish in wishes.items()})
    context = {
        "tabs": tabs("sources"),
        "sources": grounds.sources_with_counts(),
        "topics": [(topic, topic_words(topic)) for topic in grounds.topics()],
        "kinds": KINDS.items(),
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "wishes": wishes,
        "wanted": any(wishes.values()),
    }
    return render(request, "protocols/sources.html", context)


def topic_words(topic: str) -> str:
    return topic.replace("_", " ").capitalize()


@allow(STAFF)
def fact(request: HttpRequest, code: str) -> HttpResponse:
    """One cited id: what it says, where that is in its source, how it may act, and what rests on it."""
    row = statements([code]).get(code)
    if row is None:
        raise Http404
    linked = statements(named for name in NAMED_IDS for named in row.values.get(name) or ())
    before, after = grounds.neighbours(row)
    context = {
        "fact": row,
        "kind": KINDS[row.kind],
        "topic": topic_words(row.topic),
        "use": row.use.replace("-", " "),
        "values": values_of(row),
        "linked": [linked[named] for named in sorted(linked)],
        "named_by": statements_resting_on(code),
        "homes": homes_of(code),
        "before": before,
        "after": after,
    }
    return render(request, "protocols/fact.html", context)


def values_of(row: Fact) -> list[tuple[str, Any]]:
    """The figures and words of a statement, without the ids that are shown as links and what its page says anyway."""
    shown = {*NAMED_IDS, "conflict", "resolution", "between", "subject"}
    pairs = [(name.replace("_", " "), value) for name, value in row.values.items() if name not in shown]
    return [(name, in_words(value)) for name, value in pairs if value not in (None, "", [], {})]


def in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {in_words(each)}" for name, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")
