"""The protocol library: every protocol in force, one in full with its history, several side by side."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import STAFF, allow
from clinic.base.requests import HttpRequest
from protocols.library import queries as shelf
from protocols.library.cards import Card, card_of
from protocols.library.differences import differences
from protocols.library.expected import outcomes_of, programmes_for
from protocols.library.phase_words import facets_of, sentence_of
from protocols.models import Indication, Phase, Protocol, ProtocolVersion
from protocols.views.pages import is_director, tabs

MOST_COMPARED = 4
WISHES = ("q", "area", "indication", "field")
LONGEST_WISH = 60


@allow(STAFF)
def library(request: HttpRequest) -> HttpResponse:
    """All protocols in force as cards, found by words, area, indication and field; any may be picked to compare."""
    wishes = {name: request.GET.get(name, "").strip()[:LONGEST_WISH] for name in WISHES}
    versions = shelf.found(
        words=wishes["q"], area=wishes["area"], indication=wishes["indication"], field=wishes["field"]
    )
    context = {
        "tabs": tabs("library"),
        "cards": [card(version) for version in versions],
        "wishes": wishes,
        "wanted": any(wishes.values()),
        "areas": shelf.areas_served(),
        "indications": by_field(shelf.indications_served()),
        "fields": Indication.Field.choices,
    }
    return render(request, "protocols/library.html", context)


def card(version: ProtocolVersion) -> Card:
    """The card of a version, its source linked to where it is described."""
    drawn = card_of(version, url=reverse("protocols:detail", args=[version.protocol.code]))
    codes = [source.code for source in version.protocol.sources.all()]
    url = f"{reverse('protocols:sources')}?source={codes[0]}" if codes else ""
    sessions = _("you decide") if version.needs_counts else drawn.sessions
    return replace(drawn, sessions=sessions, source={**drawn.source, "url": url})


def by_field(indications: Iterable[Indication]) -> list[tuple[str, list[Indication]]]:
    groups: dict[str, list[Indication]] = {}
    for indication in indications:
        groups.setdefault(str(indication.get_field_display()), []).append(indication)
    return list(groups.items())


@allow(STAFF)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """The version of a protocol that is in force, in words and numbers, and its history."""
    shown = shelf.shown_version(code)
    if shown is None:
        raise Http404
    return version_page(request, shown)


@allow(STAFF)
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Any version of a protocol. A draft is for directors, with what it would change."""
    shown = shelf.shown_version(code, number)
    if shown is None or (shown.status == ProtocolVersion.Status.DRAFT and not is_director(request.user)):
        raise Http404
    return version_page(request, shown)


def version_page(request: HttpRequest, shown: ProtocolVersion) -> HttpResponse:
    protocol, director = shown.protocol, is_director(request.user)
    drawn = card(shown)
    context = {
        "version": shown,
        "protocol": protocol,
        "card": drawn,
        "rhythm": shelf.rhythm_of([shown]),
        "phases": [phase_shown(phase) for phase in drawn.phases],
        "flags": shelf.contradictions_of(protocol),
        "expected": outcomes_of(protocol.code),
        "programmes": programmes_for(each.code for each in protocol.indications.all()),
        "history": history(protocol, director),
        "changes": changes(shown) if shown.status != ProtocolVersion.Status.ACTIVE else None,
        "director": director,
        "own_draft": own_draft(protocol) if director else None,
        "is_draft": shown.status == ProtocolVersion.Status.DRAFT,
    }
    return render(request, "protocols/protocol.html", context)


def phase_shown(phase: Phase) -> dict[str, Any]:
    return {"phase": phase, "sentence": sentence_of(phase), "facets": list(facets_of(phase))}


def history(protocol: Protocol, director: bool) -> list[ProtocolVersion]:
    """Drafts are for those who may publish them."""
    hidden = () if director else (ProtocolVersion.Status.DRAFT, ProtocolVersion.Status.DISCARDED)
    return [each for each in shelf.history_of(protocol) if each.status not in hidden]


def own_draft(protocol: Protocol) -> ProtocolVersion | None:
    rows = protocol.versions.filter(status=ProtocolVersion.Status.DRAFT, origin=ProtocolVersion.Origin.CLINIC)
    return rows.first()


def changes(shown: ProtocolVersion) -> list[Any] | None:
    """What a version says that the one in force does not."""
    active = shelf.shown_version(shown.protocol.code)
    return differences(active, shown) if active else None


@allow(STAFF)
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four protocols side by side: `?codes=P05&codes=P07`. Rows line up, the courses share one scale."""
    codes = [code for given in request.GET.getlist("codes") for code in given.split(",")][: 2 * MOST_COMPARED]
    chosen = [each for each in shelf.found() if each.protocol.code in codes]
    versions = chosen[:MOST_COMPARED]
    drawn = [card(each) for each in versions]
    rhythm = shelf.rhythm_of(versions)
    context = {
        "cards": drawn,
        "lanes": list(zip(drawn, rhythm.lanes, strict=True)),
        "rhythm": rhythm,
        "rows": compared(versions),
        "left_out": len(chosen) - len(versions),
        "most": MOST_COMPARED,
    }
    return render(request, "protocols/compare.html", context)


def compared(versions: list[ProtocolVersion]) -> list[dict[str, Any]]:
    """Row by row what the versions say, under a heading for each phase."""
    rows = [
        {"label": _("For"), "cells": [names(each.protocol.indications.all()) for each in versions]},
        {"label": _("Areas"), "cells": [names(each.protocol.areas.all()) for each in versions]},
    ]
    phases = [shelf.phases_of(each) for each in versions]
    for place in range(max((len(each) for each in phases), default=0)):
        column = [each[place] if place < len(each) else None for each in phases]
        cells = [phase.name if phase else "" for phase in column]
        rows.append({"heading": _("Phase %(n)s") % {"n": place + 1}, "cells": cells})
        rows += facet_rows(column)
    return rows


def facet_rows(column: list[Phase | None]) -> list[dict[str, Any]]:
    said = [dict(facets_of(phase)) if phase else {} for phase in column]
    labels = dict.fromkeys(label for facets in said for label in facets)
    return [{"label": label, "cells": [facets.get(label, "") for facets in said]} for label in labels]


def names(rows: Iterable[Any]) -> str:
    return ", ".join(str(row) for row in rows)
