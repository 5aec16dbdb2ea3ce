"""Looks at a page in three widths, light and dark: is anything cut, covered, too small or too wide, and does axe-core
find something."""

from collections.abc import Iterator
from pathlib import Path

from tests.browser.visitor import Visitor

LOOK = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
WINDOWS = ({"width": 1440, "height": 900}, {"width": 1024, "height": 768}, {"width": 390, "height": 844})
THEMES = ("light", "dark")
PHONE = 390
JUDGED_BY_AXE = {(1440, "light"), (390, "dark")}  # colours change with the theme, contents and places with the width


def faults(person: Visitor, name: str, *, everywhere: bool) -> Iterator[str]:
    """In words. `everywhere`: all six looks, with a picture of each; else the widest and the narrowest, light."""
    page = person.page
    for window in WINDOWS if everywhere else (WINDOWS[0], WINDOWS[-1]):
        page.set_viewport_size(window)
        for theme in THEMES if everywhere else THEMES[:1]:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            width = window["width"]
            if everywhere:
                person.picture(f"walks/{name}-{theme}", window)
            found = page.evaluate(LOOK, width == PHONE) if theme == THEMES[0] else []
            if not everywhere or (width, theme) in JUDGED_BY_AXE:
                found += person.judged().splitlines()
            yield from (f"{name} ({person.path}) at {width} {theme}: {each}" for each in found)
    page.emulate_media(color_scheme=THEMES[0], reduced_motion="reduce")
    page.set_viewport_size(person.size)
