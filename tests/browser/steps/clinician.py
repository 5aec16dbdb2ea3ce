"""What the practitioner does before a course: intake, consultation, mix, consent, allergy test."""

from datetime import datetime

from playwright.sync_api import expect

from tests.browser.clinic import LOT
from tests.browser.steps.desk import fills, says_no_to_everything, says_the_birthday
from tests.browser.visitor import Visitor


def takes_the_intake(clinician: Visitor, patient: int) -> None:
    """Topic by topic, with answers that raise nothing, then hands it in. Ends on the verdict."""
    page = clinician.goes_to(f"/patients/{patient}/intake/")
    page.get_by_role("link", name="Begin").click()
    while not clinician.path.endswith("/intake/"):
        answers_one_topic(clinician)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url("**/eligibility/")


def answers_one_topic(person: Visitor) -> None:
    here = person.path
    expect(person.page.get_by_role("button", name="Save and continue")).to_be_visible()
    says_no_to_everything(person)
    person.page.get_by_role("button", name="Save and continue").click()
    person.page.wait_for_function("here => location.pathname !== here", arg=here)


def holds_the_consultation(clinician: Visitor, visit: int, took_place: datetime) -> None:
    """Starts and completes a visit that is checked in; `took_place`: the wall time, which may be an earlier one."""
    page = clinician.goes_to(f"/visits/{visit}/")
    page.get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Start now").click()
    page.get_by_role("radio", name="Plan a course").check()
    page.get_by_role("checkbox", name="Thigh", exact=True).check()
    page.get_by_role("checkbox", name="Cellulite", exact=True).check()
    fills(clinician, {"Note": "Wishes treatment of the thighs.", "Took place at": wall(took_place)})
    page.get_by_role("button", name="Complete the visit").click()
    page.wait_for_url(f"**/visits/{visit}/")


def builds_a_mix(clinician: Visitor, patient: int, name: str, ingredients: dict[str, str]) -> None:
    """`ingredients`: name -> amount in ml."""
    page = clinician.goes_to(f"/patients/{patient}/mix/")
    page.get_by_label("Name of the mix").fill(name)
    for number, (ingredient, amount) in enumerate(ingredients.items()):
        row = page.locator(".mix-row").nth(number)
        row.get_by_role("combobox").first.select_option(label=ingredient)
        row.get_by_role("textbox").or_(row.get_by_role("spinbutton")).first.fill(amount)
    page.get_by_role("button", name="Keep this mix").click()
    expect(page.get_by_text(name).first).to_be_visible()


def answers_what_the_mix_asks(clinician: Visitor, patient: int, mix: str, question: str) -> None:
    """The verdict for this mix names an open question; it is answered and handed in. Ends on the verdict."""
    page = clinician.goes_to(f"/patients/{patient}/mix/")
    page.locator(".work-item", has_text=mix).get_by_role("link", name="Check").click()
    finding = page.locator("li.finding", has_text=question)
    expect(finding).to_be_visible()
    clinician.looks_at("verdict-with-reasons")
    finding.get_by_role("link", name="Answer").click()
    page.wait_for_url("**/intake/**")
    says_no_to_everything(clinician)
    page.get_by_role("button", name="Save and come back later").click()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/eligibility/**")


def has_signed(clinician: Visitor, patient: int, act: str, at: datetime) -> None:
    """The patient read and signed the consent to one act ("test" or "treatment"), on paper."""
    page = clinician.goes_to(f"/patients/{patient}/consent/?act={act}")
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    says_the_birthday(clinician)
    fills(clinician, {"Signed at": wall(at), "Signed sheet": "Binder 4"})
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed by").first).to_be_visible()


def injects_the_test(clinician: Visitor, patient: int, mix: str, at: datetime, products: list[str]) -> None:
    """`products`: the names of what was drawn up, each from the usual lot."""
    page = clinician.goes_to(f"/patients/{patient}/allergy-test/")
    page.get_by_role("combobox", name="Mix").select_option(label=mix)
    page.get_by_role("radio", name="One").check()
    says_the_birthday(clinician)
    fills(clinician, {"Done at": wall(at), "Where": "Left forearm, inner side"})
    for number, product in enumerate(products):
        draws_up(clinician, number, product)
    page.get_by_label("The emergency kit was checked").check()
    page.get_by_role("button", name="Record the test").click()
    expect(page.get_by_role("heading", name="Tests", exact=True)).to_be_visible()


def draws_up(clinician: Visitor, number: int, product: str) -> None:
    line = clinician.page.locator("fieldset.used-line").nth(number)
    line.get_by_label("Product").select_option(label=f"{product} (ml)")
    line.get_by_label("Lot, typed or scanned").fill(LOT)
    line.get_by_label("Amount").fill("0.1")


def reads_it_as_negative(clinician: Visitor, at: datetime) -> None:
    page = clinician.page
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("radio", name="Negative").check()
    fills(clinician, {"Read at": wall(at)})
    page.get_by_role("button", name="Record the reading").click()
    page.wait_for_url("**/allergy-test/")


def wall(at: datetime) -> str:
    """A local time as the browser's own field takes it."""
    return at.strftime("%Y-%m-%dT%H:%M")
