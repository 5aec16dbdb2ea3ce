"""Stock: deliveries, warnings, quarantine, recall, and who received a lot (D40)."""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from protocols.models import Substance
from scheduling.models import DrawnUp, Lot, Message, Product
from scheduling.treatment.queries.stock import received, shelved
from tests.factories import NOW, TODAY, FormulationFactory, LocationFactory
from tests.scheduling.course_steps import MIX
from tests.scheduling.visits import a_session
from tests.steps import inject_test, make_ready
from tests.stock import a_lot, a_product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
DAY = timedelta(days=1)
GTIN = "09506000134352"


@pytest.fixture
def product(clinic: Location) -> Product:
    row = a_product("vitamins")
    row.gtin = GTIN
    row.save()
    return row


def use(lot: Lot, patient: Patient, by: User, **act: Any) -> DrawnUp:
    if not act:
        act = {"session": a_session(patient, lot.location, status="completed", performed_at=NOW - DAY)}
    values = {"named": lot.product.name, "number": lot.number, "amount": Decimal(1), "unit": "ml", "at": NOW, "by": by}
    return DrawnUp.objects.create(patient=patient, product=lot.product, lot=lot, **values, **act)


def put(lot: Lot, **changes: Any) -> Lot:
    for name, value in changes.items():
        setattr(lot, name, value)
    return lot


class TestADelivery:
    def receive(self, browser: Client, **given: str) -> Any:
        return browser.post(reverse("desk:stock"), {"amount": "50", **given})

    def test_is_typed(self, product: Product, clinic: Location, browser_of: Browser, desk: User):
        typed = {"product": str(product.pk), "number": "HA-1", "expires_on": "2027-03-31"}
        assert self.receive(browser_of(desk), **typed).status_code == 302
        lot = Lot.objects.get()
        assert (lot.location, lot.number, lot.received, lot.left) == (clinic, "HA-1", 50, 50)

    def test_is_scanned_with_day_00_as_the_last_of_the_month(self, product: Product, browser_of: Browser, desk: User):
        assert self.receive(browser_of(desk), code=f"01{GTIN}1727020010HA2231").status_code == 302
        lot = Lot.objects.get()
        assert (lot.product, lot.number, str(lot.expires_on)) == (product, "HA2231", "2027-02-28")

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"code": f"01{GTIN[:-1]}31727020010HA2231"}, "code"),
            ({"code": "HELLO"}, "code"),
            ({"code": f"01{GTIN}1727020010HA223121S77"}, "number"),  # the separator was lost
            ({"code": f"01{GTIN}1727020010HA2231", "number": "OTHER"}, "number"),
            ({"code": f"01{GTIN}1720010110HA2231"}, "expires_on"),
            ({"number": "A", "expires_on": "2027-01-01"}, "product"),
        ],
    )
    def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_kept(
        self, given: dict[str, str], field: str, product: Product, browser_of: Browser, desk: User
    ):
        answer = self.receive(browser_of(desk), **given)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assert not Lot.objects.exists()

    def test_a_lost_separator_is_answered_by_typing_the_lot(self, product: Product, browser_of: Browser, desk: User):
        code = f"01{GTIN}1727020010HA223121S77"
        assert self.receive(browser_of(desk), code=code, number="HA2231").status_code == 302
        assert Lot.objects.get().number == "HA2231"

    def test_more_of_a_lot_adds_to_it_and_another_date_is_refused(
        self, product: Product, browser_of: Browser, desk: User
    ):
        typed = {"product": str(product.pk), "number": "HA-1", "expires_on": "2027-03-31"}
        self.receive(browser_of(desk), **typed)
        self.receive(browser_of(desk), **typed)
        assert Lot.objects.get().left == 100
        answer = self.receive(browser_of(desk), **typed | {"expires_on": "2027-04-30"})
        assert list(answer.context["form"].errors) == ["expires_on"]

    def test_a_lot_recalled_elsewhere_is_recalled_when_it_arrives(
        self, product: Product, browser_of: Browser, desk: User
    ):
        other = LocationFactory(name="Elsewhere")
        a_lot(product, other, desk, number="BAD", state="recalled", state_reason="glass")
        typed = {"product": str(product.pk), "number": "BAD", "expires_on": "2027-03-31"}
        self.receive(browser_of(desk), **typed)
        assert Lot.objects.get(number="BAD", location__name="Aventino").state == "recalled"


def test_over_http_products_are_listed_and_a_delivery_is_received(
    product: Product, clinic: Location, api_of: Any, desk: User, patient: Patient
):
    [shown] = api_of(desk).get("/api/v1/products/").json()["results"]
    assert (shown["id"], shown["ingredients"]) == (str(product.pk), ["ascorbic_acid", "benzyl_alcohol"])
    given = {"location": str(clinic.pk), "code": f"(01){GTIN}(17)270200(10)HA2231", "amount": "10"}
    made = api_of(desk).post("/api/v1/lots/", given)
    assert (made.status_code, made.json()["expires_on"], made.json()["left"]) == (201, "2027-02-28", "10.000")
    wrong = api_of(desk).post("/api/v1/lots/", given | {"code": "HELLO"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "code")
    assert api_of(patient.user).get("/api/v1/products/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"left": 21}, []),
        ({"left": 20}, ["little_left"]),
        ({"expires_on": TODAY + 31 * DAY}, []),
        ({"expires_on": TODAY + 30 * DAY}, ["expires_soon"]),
        ({"expires_on": TODAY}, ["expires_soon"]),
        ({"expires_on": TODAY - DAY}, ["expired"]),
    ],
)
def test_warnings_at_a_fifth_left_and_30_days_before_expiry(
    changes: dict[str, Any], said: list[str], product: Product, clinic: Location, desk: User
):
    each = shelved(put(a_lot(product, clinic, desk), **changes), TODAY)
    assert [name for name in ("expired", "expires_soon", "little_left") if getattr(each, name)] == said


def test_the_list_asks_the_same_number_of_queries_for_one_lot_and_for_thirty(
    product: Product, clinic: Location, desk: User, browser_of: Browser
):
    browser, counts = browser_of(desk), []
    for numbers in (range(1), range(1, 30)):
        for number in numbers:
            a_lot(product, clinic, desk, number=f"N{number}")
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(reverse("desk:stock")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


class TestWhoReceivedIt:
    @pytest.fixture
    def lot(self, product: Product, clinic: Location, patient: Patient, other_patient: Patient, practitioner: User):
        lot = a_lot(product, clinic, practitioner, number="X1")
        use(lot, patient, practitioner)
        mix = FormulationFactory(substances=MIX)
        make_ready(other_patient, mix, by=practitioner, location=clinic, now=NOW)
        test = inject_test(other_patient, mix, by=practitioner, at=NOW)
        use(lot, other_patient, practitioner, allergy_test=test)
        return lot

    def test_is_one_query_over_visits_and_allergy_tests(self, lot: Lot, django_assert_num_queries: Any):
        with django_assert_num_queries(1):
            found = {(row.patient.family_name, bool(row.session_id)) for row in received(DrawnUp.objects.all(), "x1")}
        assert found == {("Rossi", True), ("Marino", False)}

    def test_is_what_one_finds_who_looks_at_every_use(
        self, lot: Lot, product: Product, clinic: Location, patient: Patient, other_patient: Patient,
        practitioner: User, browser_of: Browser,
    ):  # fmt: skip
        """However the number is written, and whatever lot is called nearly so."""
        lots = [a_lot(product, clinic, practitioner, number=each) for each in ("X10", "x1", "Y1", "1X")]
        for turn, each in enumerate([*lots, lot] * 4):
            how = "entered_in_error" if turn % 7 == 3 else "completed"
            who = (patient, other_patient)[turn % 2]
            use(each, who, practitioner, session=a_session(who, clinic, status=how, performed_at=NOW - turn * DAY))
        browser, here = browser_of(practitioner), reverse("desk:lot_received")
        for typed in ("X1", " x1 ", "x10", "Y1", "X"):
            found = list(csv.DictReader(StringIO(browser.get(here, {"number": typed, "as": "csv"}).content.decode())))
            every = [
                (str(row.patient_id), (row.session.performed_at if row.session else row.allergy_test.administered_at))
                for row in DrawnUp.objects.select_related("session", "allergy_test")
                if row.number.lower() == typed.strip().lower()
                and not (row.session and row.session.status == "entered_in_error")
            ]
            told = [(row["patient"], datetime.fromisoformat(row["at"])) for row in found]
            assert sorted(told) == sorted(every), typed
            assert [at for _who, at in told] == sorted((at for _who, at in every), reverse=True)

    def test_is_a_page_and_a_csv_for_clinicians(self, lot: Lot, browser_of: Browser, practitioner: User, desk: User):
        here = reverse("desk:lot_received") + "?number=X1"
        said = browser_of(practitioner).get(here).content.decode()
        assert "Rossi" in said
        assert "Marino" in said
        answer = browser_of(practitioner).get(here + "&as=csv")
        rows = list(csv.DictReader(StringIO(answer.content.decode())))
        assert {row["act"] for row in rows} == {"visit", "allergy test"}
        assert "X1" not in answer.headers["Content-Disposition"]
        assert browser_of(desk).get(here).status_code == 403

    def test_a_recall_is_seen_first_and_then_stops_the_lot_and_writes_to_each(
        self, lot: Lot, clinic: Location, patient: Patient, browser_of: Browser, director: User, practitioner: User
    ):
        other = a_lot(lot.product, LocationFactory(name="Elsewhere"), director, number="X1")
        use(lot, patient, practitioner)  # twice for one person
        here, browser = reverse("desk:lot_recall", args=[lot.pk]), browser_of(director)
        page = browser.get(here)
        assert len(page.context["told"]) == 2
        assert not Message.objects.filter(kind="recall").exists()
        assert browser.post(here, {"expect": "1", "reason": "Glass in the vial"}).status_code == 422
        assert browser.post(here, {"expect": "2", "reason": "Glass in the vial"}).status_code == 302
        assert set(Lot.objects.filter(pk__in=[lot.pk, other.pk]).values_list("state", flat=True)) == {"recalled"}
        told = Message.objects.filter(kind="recall", channel="portal")
        assert told.count() == 2
        assert browser_of(practitioner).get(here).status_code == 403

    def test_a_recalled_lot_is_never_released(self, lot: Lot, browser_of: Browser, practitioner: User):
        Lot.objects.filter(pk=lot.pk).update(state="recalled", state_reason="glass")
        assert browser_of(practitioner).post(reverse("desk:lot_release", args=[lot.pk])).status_code == 409


def test_quarantine_takes_a_reason_and_is_lifted(
    product: Product, clinic: Location, browser_of: Browser, practitioner: User, desk: User
):
    lot, browser = a_lot(product, clinic, practitioner), browser_of(practitioner)
    here = reverse("desk:lot_aside", args=[lot.pk])
    assert browser.post(here, {"reason": ""}).status_code == 422
    assert browser.post(here, {"reason": "Looks cloudy"}).status_code == 302
    lot.refresh_from_db()
    assert (lot.state, lot.state_reason) == ("quarantined", "Looks cloudy")
    browser.post(reverse("desk:lot_release", args=[lot.pk]))
    lot.refresh_from_db()
    assert lot.state == "in_use"
    assert browser_of(desk).get(here).status_code == 403


class TestAProduct:
    def test_is_named_by_a_director(self, clinic: Location, browser_of: Browser, director: User, desk: User):
        codes = {row.code: str(row.pk) for row in Substance.objects.all()}
        given = {
            "name": "C 10 %", "substance": codes["vitamins"], "ingredients": [codes["ascorbic_acid"]], "unit": "ml",
            "container": "single_dose", "anaesthetic_mg_per_unit": "0", "active": "on",
        }  # fmt: skip
        here = reverse("desk:product_new")
        assert browser_of(director).post(here, given).status_code == 302
        assert list(browser_of(director).post(here, given).context["form"].errors) == ["name"]
        assert browser_of(desk).post(here, given).status_code == 403
        wrong = given | {"name": "Other", "ingredients": [codes["vitamins"]], "gtin": "09506000134353"}
        assert set(browser_of(director).post(here, wrong).context["form"].errors) == {"ingredients"}
        wrong = given | {"name": "Other", "gtin": "09506000134353"}
        assert set(browser_of(director).post(here, wrong).context["form"].errors) == {"gtin"}
