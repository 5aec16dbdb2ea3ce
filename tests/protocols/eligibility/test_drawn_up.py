"""What is drawn up, compared product by product (D40, D52)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.eligibility.drawn_up import Drawn, DrawnLine, DrawnLot, DrawnProduct, Mismatch, mismatches

TODAY = date(2026, 5, 5)
DAY = timedelta(days=1)
SALINE = DrawnProduct(key=9, name="Saline", carrier=True)


def vitamin_c(**given: Any) -> DrawnProduct:
    usual: dict[str, Any] = {
        "key": 1,
        "name": "Vitamin C",
        "ingredients": frozenset({"ascorbic_acid", "benzyl_alcohol"}),
        "allergens": frozenset({"vitamins", "benzyl_alcohol"}),
    }
    return DrawnProduct(**{**usual, **given})


def line(product: DrawnProduct | None = None, amount: str = "2", **given: Any) -> DrawnLine:
    usual: dict[str, Any] = {"number": "A1", "lot": DrawnLot(expires_on=TODAY + DAY)}
    return DrawnLine(product=product or vitamin_c(), amount=Decimal(amount), **{**usual, **given})


def drawn(*lines: DrawnLine, **given: Any) -> Drawn:
    usual: dict[str, Any] = {"on": TODAY, "tested": frozenset({"ascorbic_acid", "benzyl_alcohol"})}
    return Drawn(lines=lines or (line(),), **{**usual, **given})


def codes(case: Drawn) -> list[str]:
    return [each.code for each in mismatches(case)]


def lot(**given: Any) -> DrawnLot:
    return DrawnLot(**{"expires_on": TODAY, **given})


class TestD40:
    def test_what_was_tested_from_a_lot_in_date_matches(self) -> None:
        assert codes(drawn()) == []

    def test_saline_added_needs_a_lot_and_no_test(self) -> None:
        assert codes(drawn(line(), line(SALINE))) == []
        assert mismatches(drawn(line(), line(SALINE, number=""))) == (
            Mismatch(code="lot_missing", line=1, at="lot", product="Saline"),
        )

    def test_another_product_of_the_same_class_is_stopped(self) -> None:
        other = vitamin_c(key=2, name="Vitamin B5", ingredients=frozenset({"dexpanthenol"}))
        [found] = mismatches(drawn(line(other)))
        assert (found.code, found.line, found.what) == ("product_not_tested", 0, "dexpanthenol")

    def test_an_excipient_counts_as_an_ingredient(self) -> None:
        assert codes(drawn(tested=frozenset({"ascorbic_acid"}))) == ["product_not_tested"]

    def test_a_class_without_named_ingredients_cannot_be_drawn_up(self) -> None:
        assert codes(drawn(line(vitamin_c(ingredients=frozenset())))) == ["product_not_named"]

    @pytest.mark.parametrize("lines", [(), (SALINE,)])
    def test_nothing_or_a_carrier_alone_is_nothing(self, lines: tuple[DrawnProduct, ...]) -> None:
        assert codes(replace(drawn(), lines=tuple(line(each) for each in lines))) == ["nothing_drawn_up"]

    def test_own_blood_has_no_product(self) -> None:
        assert codes(replace(drawn(), lines=(), own_blood=True)) == []

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"number": "", "lot": None}, "lot_missing"),
            ({"lot": None}, "lot_unknown"),
            ({"lot": lot(expires_on=TODAY - DAY)}, "lot_expired"),
            ({"lot": lot(recalled=True)}, "lot_recalled"),
            ({"lot": lot(quarantined=True)}, "lot_quarantined"),
            ({"lot": lot(here=False)}, "lot_elsewhere"),
            ({"lot": lot(here=False, recalled=True)}, "lot_recalled"),
        ],
    )
    def test_a_lot_that_may_not_be_used_is_refused(self, change: dict[str, Any], code: str) -> None:
        assert codes(drawn(line(**change))) == [code]

    def test_a_lot_serves_through_its_expiry_date(self) -> None:
        assert codes(drawn(line(lot=lot(expires_on=TODAY)))) == []

    @pytest.mark.parametrize("against", ["vitamins", "ascorbic_acid", "benzyl_alcohol"])
    @pytest.mark.parametrize(("name", "code"), [("allergies", "product_allergy"), ("suspected", "product_suspected")])
    def test_an_allergen_or_a_suspected_ingredient_is_refused(self, name: str, code: str, against: str) -> None:
        assert codes(drawn(**{name: frozenset({against})})) == [code]

    def test_a_carrier_with_a_preservative_is_checked_for_allergy_too(self) -> None:
        water = replace(SALINE, ingredients=frozenset({"benzyl_alcohol"}))
        assert codes(drawn(line(), line(water), allergies=frozenset({"sulfites"}))) == []
        assert "product_allergy" in codes(drawn(line(), line(water), allergies=frozenset({"benzyl_alcohol"})))

    def test_a_cream_needs_no_test_and_no_allergy(self) -> None:
        cream = DrawnProduct(key=3, name="Cream", ingredients=frozenset({"lidocaine"}), topical=True)
        assert codes(drawn(line(), line(cream))) == []
        assert codes(drawn(line(), line(cream), allergies=frozenset({"lidocaine"}))) == ["product_allergy"]

    def test_while_the_test_itself_is_missing_products_are_not_named_one_by_one(self) -> None:
        assert codes(drawn(tested=None)) == []


class TestD52:
    def test_the_fourth_vial_over_the_maximum_needs_a_prescriber_and_a_reason(self) -> None:
        three = vitamin_c(most=Decimal(6))
        assert codes(drawn(line(three), line(three), line(three))) == []
        over = drawn(*[line(three)] * 4)
        assert codes(over) == ["over_maximum"]
        assert codes(replace(over, by_prescriber=True)) == ["over_maximum"]
        assert codes(replace(over, reason="two large areas")) == ["over_maximum"]
        assert codes(replace(over, by_prescriber=True, reason="two large areas")) == []

    def test_a_maximum_that_is_not_set_limits_nothing(self) -> None:
        assert codes(drawn(line(amount="500"))) == []

    @pytest.mark.parametrize(
        ("amount", "weight", "limit", "wrong"),
        [
            ("9", "60", "3", []),  # 180 mg at 60 kg
            ("9.1", "60", "3", ["over_anaesthetic"]),
            ("13.5", "60", "4.5", []),
            ("15", "100", "4.5", []),  # 300 mg
            ("15.1", "100", "4.5", ["over_anaesthetic"]),
            ("1", None, "3", ["weight_missing"]),
        ],
    )
    def test_local_anaesthetic_counts_by_weight(self, amount: str, weight: str, limit: str, wrong: list[str]) -> None:
        numb = vitamin_c(anaesthetic_mg=Decimal(20))
        weighed = Decimal(weight) if weight else None
        assert codes(drawn(line(numb, amount), weight_kg=weighed, most_mg_per_kg=Decimal(limit))) == wrong

    def test_the_cream_counts_with_the_injection(self) -> None:
        cream = DrawnProduct(
            key=3, name="Cream", ingredients=frozenset({"x"}), topical=True, anaesthetic_mg=Decimal(50)
        )
        numb = vitamin_c(anaesthetic_mg=Decimal(20))
        assert codes(drawn(line(numb, "6"), line(cream, "1"), weight_kg=Decimal(60))) == []
        assert codes(drawn(line(numb, "6"), line(cream, "2"), weight_kg=Decimal(60))) == ["over_anaesthetic"]

    @pytest.mark.parametrize(
        ("opened", "wrong"),
        [(None, ["vial_not_dated"]), (0, []), (28, []), (29, ["vial_too_old"]), (-1, ["vial_opened_later"])],
    )
    def test_a_multi_dose_vial_lasts_28_days_from_its_opening(self, opened: int | None, wrong: list[str]) -> None:
        opened_on = None if opened is None else TODAY - opened * DAY
        assert codes(drawn(line(vitamin_c(multi_dose=True), opened_on=opened_on))) == wrong

    @given(st.lists(st.decimals(min_value="0.001", max_value=50, places=3), min_size=1, max_size=6))
    def test_more_lines_never_pass_what_their_sum_does_not(self, amounts: list[Decimal]) -> None:
        product = vitamin_c(most=Decimal(20))
        found = codes(drawn(*[line(product, str(amount)) for amount in amounts]))
        assert (found == ["over_maximum"]) == (sum(amounts) > 20)
