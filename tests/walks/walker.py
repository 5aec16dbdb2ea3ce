"""Follows a walk in a browser by its words and counts: a press is one activation, a field typed is one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.walks.layout import faults
from tests.walks.script import FOLDER, Part, Step, Walk, pattern

# Inputs after links: a label that is also a link is pressed as the link.
PRESSABLE = ("link", "button", "radio", "checkbox", "tab")
FIRST_PAGES = {"Today": "/today/", "My course": "/me/"}
PATIENCE = 30_000  # milliseconds: a schedule is built by a worker
NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_END_IN = {"date": "", "datetime-local": "T12:00"}
MOVING = "[hx-trigger^=every]"  # a page that waits for a worker and turns into another by itself
HEADING = ".panel-drawer h2, main h1"
SHOWN = {"width": 1024, "height": 720}  # pictures of the pages of staff
GROWN = 100  # pixels


@dataclass
class Cost:
    """What a walk took. `heights`: of each page at the first window, in pixels."""

    presses: int = 0
    fields: int = 0
    looks: int = 0
    heights: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        pages = ", ".join(f"{name} {height}" for name, height in self.heights.items())
        return f"{self.presses} presses, {self.fields} fields; pages in pixels: {pages}"


class Walker:
    """`comes_in(who, begins)`: that person, signed in, on the first page. `today`: of the clinic. `everywhere`: look at
    each page in every width and theme. `pictures`: make those of the walks' own pages anew."""

    def __init__(
        self, comes_in: Callable[[str, str], Visitor], today: date, *, everywhere: bool, pictures: bool = False
    ) -> None:
        self.comes_in, self.today, self.everywhere, self.pictures = comes_in, today, everywhere, pictures

    def follows(self, walk: Walk) -> Cost:
        cost = Cost()
        for part in walk.parts:
            self.plays(part, walk.name, cost)
        return cost

    def plays(self, part: Part, name: str, cost: Cost) -> None:
        person = self.comes_in(part.who, part.begins)
        for step in part.steps:
            if step.does not in ("see", "picture"):
                self.looks(person, name, cost)
            self.does(step, person, cost)
        self.looks(person, name, cost)

    def does(self, step: Step, person: Visitor, cost: Cost) -> None:
        page = person.page
        if step.does == "see":
            expect(page.get_by_text(re.compile(pattern(step.what))).filter(visible=True).first).to_be_visible(
                timeout=PATIENCE
            )
        elif step.does == "picture":
            self.shows(step.what, person)
        elif step.does == "type":
            blank = labelled(page, step.where)
            blank.fill(self.spelt(step.what, blank))
            cost.fields += 1
        elif step.does == "choose":
            chosen = labelled(page, step.where)
            option = chosen.locator("option").filter(has_text=re.compile(pattern(step.what))).first
            chosen.select_option(value=option.get_attribute("value"))
            cost.presses += 1
        else:
            presses(pressable(page, step))
            cost.presses += 1

    def spelt(self, words: str, into: Locator) -> str:
        """Days are said as a person says them; where a time is asked for too, it is noon."""
        kind = into.get_attribute("type")
        if kind not in DAYS_END_IN:
            return words
        return day_called(words, self.today).isoformat() + DAYS_END_IN[kind]

    def shows(self, file: str, person: Visitor) -> None:
        """The picture that the walk's page shows here, made anew when that is wanted; as small as it can be read."""
        if not self.pictures:
            return
        person.page.wait_for_load_state("networkidle")
        person.page.set_viewport_size(SHOWN if person.size == DESKTOP else PHONE)
        person.page.screenshot(path=FOLDER / file)
        person.page.set_viewport_size(person.size)

    def looks(self, person: Visitor, name: str, cost: Cost) -> None:
        """As the person sees it who is about to act: once at each page and panel, and again when it has grown."""
        expect(person.page.locator(MOVING)).to_have_count(0, timeout=PATIENCE)
        person.page.wait_for_load_state("networkidle")
        heading = person.page.locator(HEADING).first.inner_text().strip()
        height = int(person.page.evaluate("() => document.scrollingElement.scrollHeight"))
        if abs(cost.heights.get(heading, 0) - height) < GROWN:
            return
        cost.heights[heading] = height
        cost.looks += 1
        cost.faults += faults(person, f"{name}-{cost.looks}", everywhere=self.everywhere)


def day_called(words: str, today: date) -> date:
    """*yesterday*, *today*, *tomorrow*, or *next Thursday*, which is at least a day ahead."""
    if words in NAMED_DAYS:
        return today + timedelta(days=NAMED_DAYS[words])
    weekday = WEEKDAYS.index(words.removeprefix("next "))
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def presses(control: Locator) -> None:
    """A choice is pressed on its label, behind which the browser's own circle may be hidden."""
    shown = control.evaluate_handle("control => control.labels?.[0] ?? control").as_element()
    assert shown
    shown.click()


def labelled(page: Page, words: str) -> Locator:
    """The field of that label, whether or not it says that it is optional; else one in whose label the words stand."""
    anything = page.get_by_label(re.compile(pattern(words))).filter(visible=True)
    expect(anything.first).to_be_visible(timeout=PATIENCE)
    exact = page.get_by_label(re.compile(rf"^\s*{pattern(words)}(\s+optional)?\s*$")).filter(visible=True)
    return (exact if exact.count() else anything).first


def pressable(page: Page, step: Step) -> Locator:
    """What a person presses who reads these words: the control that is called so, else one that begins so, else one in
    whose name they stand. Waits for it, since what is asked for may still be on its way."""
    within: Page | Locator = page
    if step.where:
        rows = page.locator("li, tr, article, fieldset, section, form").filter(has_text=re.compile(pattern(step.where)))
        within = rows.filter(has=controls(page, pattern(step.what))).last
    words = pattern(step.what)
    anything = controls(within, words)
    expect(anything.first).to_be_visible(timeout=PATIENCE)
    for name in (rf"^\s*{words}\s*$", rf"^\s*{words}", words):
        found = controls(within, name)
        if found.count():
            return found.last if step.last else found.first
    return anything.first


def controls(within: Page | Locator, name: str) -> Locator:
    called = re.compile(name)
    first, *others = (within.get_by_role(role, name=called) for role in PRESSABLE)  # type: ignore[arg-type]
    for other in others:
        first = first.or_(other)
    return first.or_(within.locator("summary").filter(has_text=called)).filter(visible=True)
