"""The planning page keeps what is ticked and typed, whatever is ticked next."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.browser.clinic import People
from tests.browser.steps.doors import signs_in
from tests.browser.visitor import PHONE, Visitor
from tests.factories import PatientFactory
from tests.stack import Stack

# Every control that a person can reach, by name and, where there are several of a name, by value.
CONTROLS = """form => [...form.elements]
    .filter(each => each.name && !each.disabled && !['hidden', 'submit', 'button'].includes(each.type))
    .map(each => ({
        name: each.name, type: each.type,
        value: ['checkbox', 'radio'].includes(each.type) ? each.getAttribute('value') : null,
        options: each.options ? [...each.options].map(option => option.value).filter(Boolean) : [],
    }))"""
STATE = """form => Object.fromEntries([...form.elements].filter(each => each.name && each.type !== 'hidden').map(
    each => ['checkbox', 'radio'].includes(each.type)
        ? [each.name + '=' + each.value, each.checked] : [each.name, each.value]))"""
PLACE = frozenset({"areas", "indication", "protocol", "location"})  # they say which other controls there are
FORM = "#course-form"
DELAY = 200  # milliseconds: the form waits 150 before it asks


def acts_on(visitor: Visitor, control: dict[str, Any]) -> tuple[str, object]:
    """Ticks, chooses or types something else than what stands there; what is to stand there from now on."""
    page, name = visitor.page, control["name"]
    if control["type"] in ("checkbox", "radio"):
        its_value = "" if control["value"] is None else f'[value="{control["value"]}"]'
        box = page.locator(f'{FORM} [name="{name}"]{its_value}')
        wanted = control["type"] == "radio" or not box.is_checked()
        box.set_checked(wanted)
        return f"{name}={control['value'] or 'on'}", wanted
    field = page.locator(f'{FORM} [name="{name}"]')
    if control["options"]:
        field.select_option(control["options"][-1])
    else:
        typed = {"time": "10:30", "date": str(timezone.localdate() + timedelta(days=30)), "number": "7"}
        field.fill(typed.get(control["type"], "something"))
        field.press("Tab")
    return name, field.input_value()


@pytest.mark.proof
@pytest.mark.parametrize("protocol", ["P07", "P04"])
def test_no_control_loses_what_another_was_given(
    visitor: Callable[..., Visitor], people: People, stack: Stack, protocol: str
):
    with stack.records():
        patient = PatientFactory(given_name="Ottavia", family_name=f"Tutto {protocol}")
    planner = visitor(size=PHONE if protocol == "P04" else None)
    signs_in(planner, people.practitioner)
    page = planner.goes_to(f"/courses/new/?patient={patient.pk}&areas=thigh&indication=cellulite&protocol={protocol}")
    for closed in page.locator("main details:not([open]) > summary").all():
        closed.click()
    given: dict[str, object] = {}
    done = 0
    for control in page.locator(FORM).evaluate(CONTROLS):
        if control["name"] in PLACE or (control["type"] == "select-one" and not control["options"]):
            continue
        key, wanted = acts_on(planner, control)
        if control["type"] == "radio":  # another of its group gives way
            given = {each: kept for each, kept in given.items() if not each.startswith(f"{control['name']}=")}
        given[key] = wanted
        page.wait_for_timeout(DELAY)
        page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')")
        stands = page.locator(FORM).evaluate(STATE)
        assert {each: stands.get(each) for each in given} == given, f"after {key}"
        done += 1
    assert done > 15
    page.reload()
    stands = page.locator(FORM).evaluate(STATE)
    assert {each: stands.get(each) for each in given} == given
    planner.looks_at(f"planning-{protocol}")
