"""Somebody in front of a browser. What the browser complains about is kept, and fails the test at its end."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect

from tests.sizes import PROOF

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
PICTURES = ROOT / "var" / "screenshots"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# What the browser calls an error and is none: an answer of 409, 412 or 422 is a page that says why, htmx reports each
# question that a newer one has replaced, and axe-core tries an inline style, which our policy stops, and leaves empty
# ones, which htmx copies.
NO_ERROR = re.compile(
    r"Failed to load resource: .* status of (409|412|422)"
    r"|htmx:(sendAbort|afterRequest),"
    r"|Applying inline style .*sha256-LCYO6aZgIIKUnjcSr4gFsHQ6Y4vrxnN7Ev5la8a4W4Y="
    r"|Applying inline style .*sha256-47DEQpj8HBSa\+/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU="
)
FIND_VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
    found => ({rule: found.id, help: found.help, where: found.nodes.slice(0, 4).map(node => node.html.slice(0, 200))
    }))"""
# A page that is still loading, or whose new part htmx has not made listen yet: what is typed or pressed there is lost
# to its script. A person is slower than that, so every act and every look waits until this is gone.
TELL_WHEN_LOADED = "addEventListener('load', () => document.documentElement.setAttribute('data-loaded', ''))"
DEAF = ":root:not([data-loaded]), .htmx-swapping, .htmx-settling, .htmx-added"
# What can be pressed or filled in and lies under something else, so that a mouse does not reach it.
COVERED = """() => {
    const parts = [...document.querySelectorAll('main :is(a, button, summary, input, select, textarea)')];
    const under = parts.filter((part) => {
        if (!part.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || part.disabled) return false;
        if (part.closest('.visually-hidden, .ec')) return false;
        part.scrollIntoView({ block: 'center' });
        const box = part.getClientRects()[0];
        if (!box || box.width < 2) return false;
        const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (!above || above.closest('.toasts') || part.contains(above) || above.contains(part)) return false;
        return ![...(part.labels || [])].some((label) => label.contains(above));
    });
    scrollTo(0, 0);
    return under.map((part) => 'covered: ' + part.outerHTML.slice(0, 200));
}"""
TOO_WIDE = "() => document.scrollingElement.scrollWidth - window.innerWidth"


class Visitor:
    """One person's window: cookies of their own, and a page that begins at `url`."""

    def __init__(self, browser: Browser, url: str, *, size: dict[str, int] | None = None) -> None:
        self.url = url
        self.size = size or DESKTOP
        self.context = browser.new_context(
            base_url=url, viewport=self.size, reduced_motion="reduce", locale="en-GB", color_scheme="light"
        )
        self.context.set_default_timeout(20_000)
        self.problems: list[str] = []
        self.context.add_init_script(TELL_WHEN_LOADED)
        self.page: Page = self.context.new_page()
        self.page.add_locator_handler(self.page.locator(DEAF).first, lambda: None)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.path}: {error}"))
        self.page.on("response", self._answered)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def goes_to(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def looks_at(self, name: str, *, sizes: tuple[dict[str, int], ...] = (DESKTOP, PHONE)) -> None:
        """Let axe-core judge this page as this person sees it; in the proof in both widths, with a picture of each.

        That a page fits both widths is always looked at, and each page is judged in both by test_every_page.py.
        """
        for size in sizes:
            self.page.set_viewport_size(size)
            self.picture(name, size)
            problems = self.judged() if PROOF or size == self.size else self.fits()
            assert not problems, f"{name} ({self.path}) at {size['width']} pixels:\n{problems}"
        self.page.set_viewport_size(self.size)

    def picture(self, name: str, size: dict[str, int]) -> None:
        """For people to look at; outside a proof nobody does."""
        if not PROOF:
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", full_page=True)

    def judged(self) -> str:
        """What axe-core finds on this page, what lies under something else, and whether it is too wide; empty when
        all is well."""
        expect(self.page.locator(DEAF)).to_have_count(0)
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(FIND_VIOLATIONS)
        found = [*(json.dumps(each) for each in found), *self.page.evaluate(COVERED), self.fits()]
        return "\n".join(filter(None, found))

    def fits(self) -> str:
        """Empty when the page is no wider than its window."""
        wider = self.page.evaluate(TOO_WIDE)
        return f"{wider} pixels too wide" if wider > 0 else ""

    def leaves(self) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NO_ERROR.match(message.text):
            self.problems.append(f"{self.path}: {message.text}")

    def _answered(self, response: Response) -> Any:
        if response.status >= 500:
            self.problems.append(f"{urlsplit(response.url).path}: {response.status}")
