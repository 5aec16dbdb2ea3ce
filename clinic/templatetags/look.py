"""Tags and filters of the page components. `{% load look %}`; the components are in `templates/_components/`."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.boundfield import BoundWidget
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinic.base import phones
from clinic.templatetags.look_status import DJANGO_TONES, STATUSES, TONES, Look, look_of
from clinic.templatetags.look_verdict import Group, grouped, read, sentence

register = template.Library()
_numbers = count(1)  # makes ids unique when a page shows the same picture twice


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A bootstrap-icons glyph; decorative unless it is given a label."""
    if label:
        return format_html('<i class="bi bi-{}" role="img" aria-label="{}"></i>', name, label)
    return format_html('<i class="bi bi-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def pill(tone: str, icon_name: str, text: str) -> SafeString:
    """A status in colour, icon and word."""
    return format_html('<span class="pill" data-tone="{}">{} {}</span>', tone, icon(icon_name), text)


@register.simple_tag
def status_pill(group: str, code: str) -> SafeString:
    """The pill of a known status; groups and codes are in `look_status.STATUSES`."""
    look = look_of(group, str(code))
    return pill(look.tone, look.icon, str(look.word))


@register.inclusion_tag("_components/toast.html", takes_context=True)
def toast(context: template.Context, message: Any) -> dict[str, Any]:
    """One Django message. `extra_tags="undo:/url"` adds an Undo button that posts there."""
    tone = DJANGO_TONES.get(message.level_tag, "info")
    undo = (message.extra_tags or "").removeprefix("undo:") if "undo:" in (message.extra_tags or "") else ""
    return {
        "message": message,
        "tone": tone,
        "icon_name": TONES[tone].icon,
        "undo_url": undo,
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def phone(number: str) -> str:
    """A stored phone number with its digits in groups, +39 320 555 0022; as it is when no country's plan has it."""
    return phones.shown(number)


@register.simple_tag
def call_link(number: str, look: str = "tabular") -> SafeString:
    """A stored number that a telephone dials when it is pressed; a word for somebody who has none."""
    if not number:
        return format_html('<span class="text-secondary">{}</span>', _("no phone"))
    return format_html(
        '<a class="{} text-nowrap" href="tel:{}">{} {}</a>', look, number, icon("telephone"), phones.shown(number)
    )


# --- Forms -----------------------------------------------------------------------------------------------------


@register.simple_tag
def error_list(form: BaseForm | None = None, errors: Sequence[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    """(id of the control, sentence) of everything wrong with a form, in the order of its fields."""
    found = list(errors or [])
    if form:
        found += [("", str(text)) for text in form.non_field_errors()]
        found += [
            (field.auto_id if field.use_fieldset else field.id_for_label, f"{field.label}: {text}")
            for field in form
            for text in field.errors
        ]
    return found


@register.filter
def control(field: BoundField) -> SafeString:
    """The bare control of a field, dressed for Bootstrap."""
    kind = getattr(field.field.widget, "input_type", "text")
    base = {"select": "form-select", "checkbox": "form-check-input", "radio": "form-check-input"}.get(
        kind, "form-control"
    )
    return field.as_widget(attrs={"class": f"{base} is-invalid" if field.errors else base})


@register.filter
def choice_control(option: BoundWidget) -> SafeString:
    """One radio or checkbox of a group, dressed for Bootstrap."""
    option.data["attrs"] = {**option.data["attrs"], "class": "form-check-input"}
    return option.tag()


# --- Lists -----------------------------------------------------------------------------------------------------

CHECKS = {
    "done": Look("ok", "check-circle-fill", _("Done:")),
    "todo": Look("bad", "circle", _("Missing:")),
    "wait": Look("warn", "hourglass-split", _("Waiting:")),
    "na": Look("plain", "dash-circle", _("Not needed:")),
}


@register.simple_tag
def check_mark(state: str) -> SafeString:
    """The mark in front of one line of a checklist, with its word for those who do not see it."""
    look = CHECKS[state]
    return format_html(
        '<span class="check-mark" data-tone="{}">{}<span class="visually-hidden">{}</span></span>',
        look.tone,
        icon(look.icon),
        look.word,
    )


@register.simple_tag
def checklist_count(items: Iterable[Any]) -> dict[str, int]:
    """How many lines are settled, of those that matter."""
    states = [read(item, "state") for item in items if read(item, "state") != "na"]
    return {"done": states.count("done"), "total": len(states)}


@register.filter
def times(number: int) -> range:
    """So many turns of a for loop."""
    return range(int(number))


# --- Pictures --------------------------------------------------------------------------------------------------


@register.inclusion_tag("_components/timeline.html")
def timeline(picture: Any, compact: bool = False, title: str = "") -> dict[str, Any]:
    """The course timeline, from `scheduling.courses.timeline.build_timeline`. Compact: no legend, no table."""
    return {"timeline": picture, "compact": compact, "title": title, "uid": f"timeline-{next(_numbers)}"}


LOOK_WORDS = {
    "done": _("done"),
    "next": _("next"),
    "booked": _("booked"),
    "planned": _("planned"),
    "moved": _("moved"),
    "displaced": _("needs a new time"),
    "missed": _("missed"),
    "cancelled": _("cancelled"),
}


@register.simple_tag
def timeline_word(look: str) -> str:
    """The word of a look in the legend."""
    return str(LOOK_WORDS[look])


@register.simple_tag
def timeline_sentence(mark: Any) -> str:
    """What hover, focus and a screen reader say about one session: number, state, date, window, why here."""
    session = mark.session
    when = (
        formats.date_format(session.start, "D j M Y, H:i") if session.start else formats.date_format(mark.day, "j M Y")
    )
    parts: list[object] = [
        _("Session %(number)s, %(state)s, %(when)s.")
        % {"number": mark.number, "state": LOOK_WORDS[mark.look], "when": when}
    ]
    if session.floor and session.latest and not mark.finished:
        window = {
            "floor": formats.date_format(session.floor, "j M"),
            "latest": formats.date_format(session.latest, "j M"),
        }
        parts.append(_("Window %(floor)s to %(latest)s.") % window)
    if session.moved_from:
        parts.append(_("Moved from %(day)s.") % {"day": formats.date_format(session.moved_from, "j M")})
    if session.review:
        parts.append(_("Review due."))
    return " ".join(str(part) for part in [*parts, session.why] if part)


MOST_FINDINGS = 5  # of one group that a verdict shows at once: a patient nobody has asked yet has more than forty

BOARD_WORDS = {
    "today": _("Today"),
    "day": _("Day"),
    "week": _("Week"),
    "list": _("List"),
    "window": _("Allowed"),
    "empty": _("Nothing is booked on this day."),
    "failed": _("The board could not be loaded. Please reload the page."),
    "hold": _("Held"),
    "block": _("Not available"),
}


@register.simple_tag
def board_labels() -> str:
    """The words of the day board as JSON, for its script."""
    words = {code: str(look.word) for code, look in STATUSES["session"].items()}
    return json.dumps(words | {key: str(word) for key, word in BOARD_WORDS.items()})


@register.filter
def days(stretch: tuple[date, date]) -> str:
    """The first and the last day in words; a single day is said once."""
    first, last = (formats.date_format(day, "j M Y") for day in stretch)
    return first if first == last else f"{first} – {last}"


@register.filter
def add_float(number: float, other: float) -> float:
    """Sum of two numbers that need not be whole."""
    return round(float(number) + float(other), 2)


@register.inclusion_tag("_components/strip.html")
def strip(picture: Any, label: str = "") -> dict[str, Any]:
    """The rhythm of a protocol, from `protocols.pictures.strip.build_strip`."""
    return {"strip": picture, "label": label}


@register.inclusion_tag("_components/outcome_plot.html")
def outcome_plot(picture: Any, *, table: bool = True) -> dict[str, Any]:
    """A measurement over time, from `treatment.outcomeplot.build_plot`; `table=False` on a page that has its own."""
    return {"plot": picture, "uid": f"plot-{next(_numbers)}", "table": table}


@register.inclusion_tag("_components/verdict_card.html", takes_context=True)
def verdict_card(context: template.Context, verdict: Any, title: str = "", cite_url: str = "") -> dict[str, Any]:
    """A verdict and its findings by what can be done about them; `verdict` is an object or a dict."""
    groups = [folded(group) for group in grouped(read(verdict, "findings", ()))]
    return {
        "verdict": verdict,
        "look": look_of("verdict", str(read(verdict, "status") or read(verdict, "verdict"))),
        "as_of": read(verdict, "on") or read(verdict, "as_of"),
        "until": read(verdict, "until"),
        "groups": groups,
        "title": title,
        "cite_url": cite_url,
        "csrf_token": context.get("csrf_token"),
    }


def folded(group: Group) -> dict[str, Any]:
    """A group of findings: the first few, and behind one line the rest, when they are more than one screen shows."""
    rows = [{"finding": finding, "sentence": sentence(finding)} for finding in group.findings]
    shown = len(rows) if len(rows) <= MOST_FINDINGS + 1 else MOST_FINDINGS
    return {"group": group, "first": rows[:shown], "rest": rows[shown:]}
