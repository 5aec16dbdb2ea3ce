"""Colours that can be read, and pages that keep the browser's safety rules."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from clinic.templatetags.look_status import TONES

THEME = Path(settings.BASE_DIR) / "static" / "css" / "theme.css"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


# --- Colours


def colours():
    found = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", THEME.read_text())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "grounds"),
    [
        *((tone, [f"{tone}-soft", "surface", "paper"]) for tone in TONES),
        ("ink", ["surface", "paper", "sunken"]),
        ("ink-2", ["surface", "paper", "sunken"]),
        ("ink-3", ["surface"]),
        ("accent", ["surface", "paper"]),
        ("accent-ink", ["accent-soft", "surface"]),
        ("on-accent", ["accent", "accent-strong"]),
    ],
)
def test_text_can_be_read_on_its_ground_in_both_themes(ink, grounds, theme):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    palette = colours()
    for ground in grounds:
        assert contrast(palette[ink][theme], palette[ground][theme]) >= 4.5, ground


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_edge_of_a_control_can_be_seen(theme):
    """WCAG 2.2, 1.4.11: 3 to 1."""
    palette = colours()
    assert contrast(palette["line-control"][theme], palette["surface"][theme]) >= 3


# --- The browser's safety rules


def test_no_template_carries_inline_style_or_script():
    for template in TEMPLATES.rglob("*.html"):
        if "emails" in template.parts:
            continue  # mail readers know no style sheets
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style\b|\son[a-z]+=[\"']|javascript:", text), template
        scripts = re.findall(r"<script\b([^>]*)>", text)
        assert all("src=" in script or 'type="application/json"' in script for script in scripts), template


def test_no_template_asks_another_host():
    for template in TEMPLATES.rglob("*.html"):
        assert not re.search(r"(src|href)=[\"'](https?:)?//", template.read_text()), template
