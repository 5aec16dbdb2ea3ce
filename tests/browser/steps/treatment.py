"""The day of a treatment, from the counter to the record."""

from playwright.sync_api import expect

from tests.browser.steps.desk import fills, says_the_birthday
from tests.browser.visitor import Visitor


def starts(clinician: Visitor, visit: int) -> None:
    """Sees the list before the needle with nothing missing but the kit, checks the kit and starts."""
    page = clinician.goes_to(f"/visits/{visit}/")
    page.get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_text("The emergency kit was not checked.").first).to_be_visible()
    page.get_by_role("checkbox", name="The emergency kit was checked").check()
    page.get_by_role("checkbox", name="confirmed the consent aloud").check()
    says_the_birthday(clinician)
    page.get_by_role("checkbox", name="The patient has confirmed area and side").check()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_role("group", name="Areas on the body")).to_be_visible()


def completes(clinician: Visitor) -> None:
    """Writes down what was done; the mix stands there already."""
    page = clinician.page
    for moment in ("Before", "During", "After"):
        page.get_by_role("group", name=moment, exact=True).get_by_label("Yes").check()
    fills(clinician, {"Before: product, or why not": "chlorhexidine"})
    page.locator(".zone[data-area=thigh] path").first.click()
    expect(page.locator("input[name=areas][value=thigh]")).to_be_checked()
    page.locator(".point-row input").fill("2.5")
    page.locator("input[name=ml-thigh]").fill("0.5")
    expect(page.locator("[data-placed]")).to_contain_text("3 of 3 ml placed")
    expect(page.locator("#kept")).to_contain_text("draft kept")
    page.get_by_role("checkbox", name="After-care explained").check()
    fills(clinician, {"Needle": "30 G", "Skin right after": "Slight redness"})
    page.get_by_role("button", name="Done, sign later").click()
    page.wait_for_url("**/visits/*/")
    expect(page.get_by_role("heading", name="Treatment record")).to_be_visible()
