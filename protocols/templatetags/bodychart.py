"""The body chart as a template tag. `{% load bodychart %}`; the component is `_components/bodychart.html`."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from clinic.templatetags.look_verdict import read
from protocols.pictures.bodychart import figures_for

register = template.Library()
_numbers = count(1)  # makes ids unique when a page shows the chart twice


VIEW_WORDS = {"front": _("Front"), "back": _("Back"), "face": _("Face"), "scalp": _("Scalp, from above")}


@register.simple_tag
def body_view(view: str) -> str:
    """The name of a figure of the body chart."""
    return str(VIEW_WORDS[view])


@register.inclusion_tag("_components/bodychart.html")
def bodychart(
    areas: Iterable[Any],
    name: str = "areas",
    selected: Iterable[str] = (),
    mode: str = "choose",
    single: bool = False,
    points: str = "[]",
    errors: Sequence[str] = (),
    ghost: Iterable[dict[str, Any]] | None = None,
    shown: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The body with its zones. `areas` are TreatmentArea objects or dicts; the list of boxes is the form field.

    mode `choose`: boxes and zones choose areas; `read`: shows the selected ones; `points`: a press on a zone puts a
    point, and the field `name` holds them as JSON (view, x, y, area, ml). `ghost`: points of last time, in grey;
    `shown`: points that are only looked at, by their place in the list.
    """
    chosen = frozenset(selected or ())
    rows = [_area_row(area, chosen) for area in areas]
    if mode == "read":
        rows = [row for row in rows if row["selected"] or not row["selectable"]]
    shapes = {row["shape"]: row for row in rows}
    figures = [
        {
            "figure": figure,
            "zones": [{"zone": z, "row": shapes[z.area]} for z in figure.zones if z.area in shapes],
            "shown": [(n, each) for n, each in enumerate(shown, 1) if each.get("view") == figure.view],
            "ghost": [each for each in ghost or () if each.get("view") == figure.view],
        }
        for figure in figures_for(shapes)
    ]
    return {
        "rows": rows,
        "figures": figures,
        "name": name,
        "mode": mode,
        "single": single,
        "points": points,
        "errors": errors,
        "uid": f"body-{next(_numbers)}",
        "some_refused": any(not row["selectable"] for row in rows),
    }


def _area_row(area: Any, chosen: frozenset[str]) -> dict[str, Any]:
    code = str(read(area, "code"))
    parent = read(area, "parent")
    selectable = bool(read(area, "selectable", True))
    return {
        "code": code,
        "name": read(area, "name", code),
        "shape": read(area, "chart_shape") or code,
        "parent": read(parent, "code", parent) if parent else "",
        "selectable": selectable,
        "reason": read(area, "reason", ""),
        "selected": code in chosen and selectable,
    }
