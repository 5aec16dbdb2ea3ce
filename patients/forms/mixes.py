"""The mix builder and measurements."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from clinic.base.refusals import Refusal
from patients.actions.formulations import UNITS, Item
from patients.actions.measurements import SCALES
from patients.models import Measurement
from patients.queries.measurements import CM_PER_INCH
from protocols.models import Substance, TreatmentArea

ROWS = 6


class MixForm(RefusalForm):
    """Ingredients with typed amounts, and what is put on the skin. No dose is ever filled in (C39, G04)."""

    name = forms.CharField(label=_("Name of the mix"), max_length=120)
    topicals = forms.ModelMultipleChoiceField(
        Substance.objects.filter(active=True, injectable=False),
        to_field_name="code",
        label=_("Put on the skin"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Checked against allergies like the ingredients."),
    )

    def __init__(self, data: Any = None, *, rows: int = ROWS, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rows = rows
        ingredients = Substance.objects.filter(active=True, injectable=True).order_by("name")
        choices = [("", _("choose an ingredient")), *((each.code, each.name) for each in ingredients)]
        for number in range(rows):
            self.fields |= row_fields(number, choices)

    def row_list(self) -> list[dict[str, forms.BoundField]]:
        return [
            {part: self[f"{part}-{number}"] for part in ("substance", "amount", "unit")} for number in range(self.rows)
        ]

    def clean(self) -> dict[str, Any]:
        for number in range(self.rows):
            chosen, amount = (self.cleaned_data.get(f"{part}-{number}") for part in ("substance", "amount"))
            if chosen and amount is None and f"amount-{number}" not in self.errors:
                self.add_error(f"amount-{number}", _("Please type the amount."))
            if amount is not None and not chosen:
                self.add_error(f"substance-{number}", _("Please choose the ingredient."))
        return self.cleaned_data

    def items(self) -> list[Item]:
        """The rows filled in, and one unit of each product put on the skin."""
        substances = {each.code: each for each in Substance.objects.filter(active=True)}
        rows = [
            Item(
                substances[self.cleaned_data[f"substance-{number}"]],
                self.cleaned_data[f"amount-{number}"],
                self.cleaned_data[f"unit-{number}"],
            )
            for number in self._filled()
        ]
        return rows + [Item(each, Decimal(1), "ml") for each in self.cleaned_data["topicals"]]

    def add_refusal(self, refusal: Refusal) -> None:
        """Actions name a row `items.N.part`, counting the rows filled in; the page has it as `part-ROW`."""
        filled = self._filled()
        for error in refusal.errors:
            _items, number, part = [*error.field.split("."), "", ""][:3]
            row = filled[int(number)] if number and int(number) < len(filled) else ""
            name = f"{part}-{row}" if part else error.field
            self.add_error(name if name in self.fields else None, str(error.message))

    def _filled(self) -> list[int]:
        return [number for number in range(self.rows) if self.cleaned_data.get(f"substance-{number}")]


def row_fields(number: int, choices: list[tuple[str, Any]]) -> dict[str, forms.Field]:
    human = number + 1
    amount = forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.001", "min": "0", "placeholder": _("amount")})
    return {
        f"substance-{number}": forms.ChoiceField(
            label=_("Ingredient %(number)s") % {"number": human}, choices=choices, required=False
        ),
        f"amount-{number}": forms.DecimalField(
            label=_("Amount %(number)s") % {"number": human},
            max_digits=10,
            decimal_places=3,
            required=False,
            widget=amount,
        ),
        f"unit-{number}": forms.ChoiceField(
            label=_("Unit %(number)s") % {"number": human}, choices=[(unit, unit) for unit in UNITS], required=False
        ),
    }


WORDS = {
    "circumference": _("Circumference (cm)"),
    "fold": _("Skin fold (mm)"),
    "weight": _("Weight (kg)"),
    "cellulite_grade": _("Grade of cellulite (0 to 3)"),
    "hair_count": _("Hairs in a marked square centimetre"),
    "phototype": _("Phototype (1 to 6)"),
    "improvement": _("Improvement since before the course"),
    "pain": _("Pain (0 to 10)"),
    "satisfaction": _("Satisfaction (0 to 10)"),
}


class MeasurementForm(ZonedForm):
    code = forms.ChoiceField(label=_("What"), choices=[(code, WORDS[code]) for code in SCALES])
    area = forms.ModelChoiceField(
        TreatmentArea.objects.filter(active=True, selectable=True).order_by("name"),
        to_field_name="code",
        label=_("Where"),
        required=False,
        empty_label=_("no particular area"),
    )
    value = forms.DecimalField(
        label=_("Value"),
        max_digits=8,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    level = forms.ChoiceField(
        label=_("How it looks now"),
        choices=[("", _("choose")), *Measurement.Level.choices],
        required=False,
        help_text=_("Of an improvement: beside the photograph before the course."),
    )
    unit = forms.ChoiceField(
        label=_("In"), choices=[("cm", _("cm, or the unit above")), ("in", _("inches"))], required=False
    )
    measured_at = WallTimeField(label=_("Measured at"), required=False, help_text=_("Empty means now."))
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("For example the marked height.")
    )

    def __init__(self, data: Any = None, *, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(data, zone=zone, **kwargs)
        in_words = self["code"].value() == "improvement"
        self.fields["value"].required, self.fields["level"].required = not in_words, in_words

    def clean(self) -> dict[str, Any]:
        """A length in inches is kept in centimetres; what is said in words has no number, and the other way round."""
        given = self.cleaned_data
        given |= {"value": None} if given.get("code") == "improvement" else {"level": ""}
        if given.pop("unit", "") == "in" and given.get("value") is not None:
            if given.get("code") == "circumference":
                given["value"] = round(given["value"] * CM_PER_INCH, 2)
            else:
                self.add_error("unit", _("Only a circumference is given in inches."))
        return given
