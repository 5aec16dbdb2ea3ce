"""What is drawn up, line by line, on the page on which a visit starts; and what a delivery brings."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from clinic.base.refusals import FieldError, Refusal
from patients.actions.identity import born_of
from patients.forms.acts import birth_number
from protocols.models import Substance
from scheduling.base.inputs import DateInput, ReasonField, seen_version
from scheduling.models import Product, Session
from scheduling.setup.gs1 import NotGs1Error, Scan, read
from scheduling.treatment.queries.drawn_up import Line, Syringe
from scheduling.treatment.queries.stock import suggested

SPARE_LINES = 2
UNITS = [(unit, unit) for unit in ("ml", "mg", "g", "IU")]
AMOUNT: dict[str, Any] = {"max_digits": 10, "decimal_places": 3, "min_value": Decimal("0.001"), "required": False}


if TYPE_CHECKING:
    ChoiceOfProduct = forms.ModelChoiceField[Product]
else:
    ChoiceOfProduct = forms.ModelChoiceField


class ProductField(ChoiceOfProduct):
    """Each with the unit that its amount is in: half a millilitre is not half a milligram."""

    def label_from_instance(self, obj: Product) -> str:
        return f"{obj.name} ({obj.unit})"


class LineForm(RefusalForm):
    """One product from one lot. `delivered` receives the lot first, when it has just come."""

    product = ProductField(label=_("Product"), queryset=Product.objects.none(), required=False)
    lot = forms.CharField(
        label=_("Lot, typed or scanned"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "lots", "autocomplete": "off"}),
    )
    amount = forms.DecimalField(label=_("Amount"), **AMOUNT)
    opened_on = forms.DateField(label=_("Vial opened on"), required=False, widget=DateInput)
    expires_on = forms.DateField(label=_("Expires on"), required=False, widget=DateInput)
    delivered = forms.DecimalField(label=_("Just delivered, how much"), **AMOUNT)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.empty_permitted = False  # a line that is sent as it was suggested counts
        self.row_field("product").queryset = Product.objects.filter(active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if scan := self.scanned(given.get("lot", "")):
            given["lot"] = scan.lot
            given["expires_on"] = given.get("expires_on") or scan.expires_on
            given["product"] = given.get("product") or Product.objects.filter(gtin=scan.gtin, active=True).first()
        begun = self.has_changed() and (given.get("lot") or given.get("product"))
        if begun and not given.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("How much is drawn up?"))
        if given.get("amount") and not given.get("product") and "product" not in self.errors:
            self.add_error("product", _("Which product is it?"))
        return given

    def scanned(self, text: str) -> Scan | None:
        """What a scanner typed into the field of the lot; None for a lot number, which is no longer than 20."""
        if len(text) <= 20 and not text.startswith(("(", "]")):
            return None
        try:
            found = read(text, this_year=self.today.year)
        except NotGs1Error:
            self.add_error("lot", _("This is neither a lot number nor a code that can be read. Please scan again."))
            return None
        if len(found) > 1:
            lots = ", ".join(dict.fromkeys(each.lot for each in found))
            asks = _("The scanner lost a separator. Type the lot number that stands on the box: %(lots)s?")
            self.add_error("lot", asks % {"lots": lots})
            return None
        return found[0]

    @property
    def line(self) -> Line | None:
        given = self.cleaned_data
        if not given.get("product") or not given.get("amount"):
            return None
        return Line(
            product=given["product"], lot=given["lot"], amount=given["amount"], opened_on=given.get("opened_on")
        )

    @property
    def delivery(self) -> dict[str, Any] | None:
        """What `receive_lot` takes, for a lot that came just now."""
        given = self.cleaned_data
        if not given.get("delivered") or not given.get("product"):
            return None
        return {
            "product": given["product"],
            "number": given["lot"],
            "expires_on": given.get("expires_on"),
            "amount": given["delivered"],
        }


def problems_of(lines: Iterable[forms.Form]) -> list[tuple[str, str]]:
    """(id of a control, sentence) of what is wrong in the lines of a form, for its summary."""
    return [
        (form[name].id_for_label, str(text))
        for form in lines
        for name in form.fields
        for text in form.errors.get(name, ())
    ]


LineFormSet = forms.formset_factory(LineForm, extra=SPARE_LINES, max_num=30)


class TestLines:
    """The products of an allergy test, beside the form of the test."""

    __test__ = False  # pytest would take the name for a test

    def __init__(self, data: Any, *, today: date) -> None:
        sent = data if data is not None and "drawn-TOTAL_FORMS" in data else None
        self.sent = sent is not None
        self.lines = LineFormSet(sent, prefix="drawn", form_kwargs={"today": today})

    def is_valid(self) -> bool:
        return not self.sent or bool(self.lines.is_valid())

    def given(self) -> dict[str, Any]:
        """What the action takes besides the test."""
        return {"drawn_up": [form.line for form in self.lines if form.line]} if self.sent else {}

    def add_refusal(self, refusal: Refusal) -> None:
        filled = [form for form in self.lines if form.line] if self.sent else []
        for error in refusal.errors:
            at_line(filled, error)


def at_line(filled: Sequence[LineForm], error: FieldError) -> bool:
    """Put `drawn_up.<position among the filled lines>.<field>` at its line; whether it was one."""
    name, _dot, rest = error.field.partition(".")
    number, _dot, field = rest.partition(".")
    if name != "drawn_up" or not number.isdecimal():
        return False
    form = filled[int(number)]
    form.add_error(field if field in form.fields else None, error.message)
    return True


# What is said or seen at the start, beside what is drawn up.
SAID = (
    *("birth_day", "birth_month", "place_confirmed", "early_reason", "reactions_seen"),
    *("emergency_kit", "consent_confirmed", "version"),
)


# What each visit of an arrival has of its own beside its lines; all else is said once for all of them.
OWN = ("starts", "early_reason", "over_maximum_reason", "version")


class StartForm(RefusalForm):
    """The last look before the needle: who it is and where (D51), the kit, and each product with its lot (D40).

    `beside`: for another visit of the arrival (D06), begun with the first unless `starts` is unticked.
    """

    starts = forms.BooleanField(label=_("Begin this one too"), required=False)

    birth_day = birth_number(_("Day of birth"), 31)
    birth_month = birth_number(_("Month of birth"), 12)
    place_confirmed = forms.BooleanField(label=_("The patient has confirmed area and side."), required=False)
    early_reason = ReasonField(label=_("Why it begins before its window"), required=False)
    reactions_seen = forms.BooleanField(
        label=_("I have looked at the open reactions, and the visit may begin."), required=False
    )
    emergency_kit = forms.BooleanField(
        label=_("The emergency kit was checked today and is within reach."), required=False
    )
    consent_confirmed = forms.BooleanField(label=_("The patient has just confirmed the consent aloud."), required=False)
    weight_kg = forms.DecimalField(
        label=_("Weight, kg"),
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(1),
        required=False,
        help_text=_("Needed with a local anaesthetic, as a cream too."),
    )
    over_maximum_reason = ReasonField(
        label=_("Why more than the clinic's maximum"), required=False, help_text=_("Only a prescriber may.")
    )
    version = seen_version()

    def __init__(self, data: Any = None, *, session: Session, today: date, beside: bool = False, **kwargs: Any) -> None:
        super().__init__(data, initial={"version": session.version, "starts": True}, **kwargs)
        self.session, self.own = session, f"-{session.pk}" if beside else ""
        drawn = f"drawn{self.own}"
        sent = data if data is not None and f"{drawn}-TOTAL_FORMS" in data else None
        known = [
            {"product": product.pk, "lot": lot.number, "amount": amount.normalize(), "opened_on": lot.opened_on}
            for product, lot, amount in suggested(session, today)
        ]
        self.sent = sent is not None
        self.lines = LineFormSet(sent, prefix=drawn, initial=known, form_kwargs={"today": today})

    def add_prefix(self, field_name: str) -> str:
        return f"{field_name}{self.own}" if field_name in OWN else field_name

    @property
    def chosen(self) -> bool:
        """Whether it is to begin with the first visit of the arrival."""
        return self.is_bound and self.add_prefix("starts") in self.data

    def clean(self) -> dict[str, Any]:
        if self.sent and not self.lines.is_valid():
            self.add_error(None, _("Please look at what is drawn up again."))
        return self.cleaned_data

    def filled(self) -> list[LineForm]:
        return [form for form in self.lines if form.line] if self.sent else []

    def take_lots(self, first: "StartForm") -> None:
        """A lot chosen once serves both visits: that of the same product in `first`, where none is said here."""
        if not (self.is_valid() and first.is_valid()):
            return
        chosen = {form.cleaned_data["product"]: form.cleaned_data for form in first.filled()}
        for form in self.filled():
            if not form.cleaned_data["lot"] and (there := chosen.get(form.cleaned_data["product"])):
                form.cleaned_data |= {name: there[name] for name in ("lot", "opened_on")}

    @property
    def line_problems(self) -> list[tuple[str, str]]:
        """(id of a control, sentence) of what is wrong with the lines, for the summary."""
        return problems_of(self.lines)

    def deliveries(self) -> list[tuple[int, dict[str, Any]]]:
        return [(number, form.delivery) for number, form in enumerate(self.filled()) if form.delivery]

    def wanted(self) -> dict[str, Any]:
        """The form as `start_session` takes it."""
        given = self.cleaned_data
        lines = tuple(line for form in self.filled() if (line := form.line))
        why = given["over_maximum_reason"]
        syringe = Syringe(lines=lines, weight_kg=given["weight_kg"], over_maximum_reason=why)
        said = {name: given[name] for name in SAID}
        return born_of(said) | {"syringe": syringe}

    def add_refusal(self, refusal: Refusal) -> None:
        """Reasons on top, and each mismatch at its line: `drawn_up.<position among the filled lines>.<field>`."""
        filled = self.filled()
        for error in refusal.errors:
            if at_line(filled, error):
                continue
            if error.field in self.fields:
                self.add_error(error.field, error.message)
            elif not refusal.reasons:
                self.add_error(None, error.message)
        for reason in refusal.reasons:
            self.add_error(None, str(reason.message))
        if not refusal.errors and not refusal.reasons:
            self.add_error(None, str(refusal.detail))


class ReceiveForm(RefusalForm):
    """A delivery. A scan fills product, lot and date; what is typed beside it must agree."""

    code = forms.CharField(
        label=_("Scan the box"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=_("Or leave it empty and type the rest."),
    )
    product = ProductField(label=_("Product"), queryset=Product.objects.none(), required=False)
    number = forms.CharField(label=_("Lot number"), max_length=60, required=False)
    expires_on = forms.DateField(label=_("Expires on"), required=False, widget=DateInput)
    amount = forms.DecimalField(
        label=_("How much"), max_digits=10, decimal_places=3, min_value=Decimal("0.001"),
        help_text=_("In the unit of the product."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("product").queryset = Product.objects.filter(active=True).order_by("name")


class ProductForm(RefusalForm):
    """A product as its label says."""

    name = forms.CharField(label=_("Name"), max_length=120)
    substance = forms.ModelChoiceField(
        label=_("Stands for"),
        queryset=Substance.objects.none(),
        required=False,
        help_text=_("What it is in a mix. Empty for a carrier."),
    )
    ingredients = forms.ModelMultipleChoiceField(
        label=_("Ingredients on the label, excipients included"),
        queryset=Substance.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    carrier = forms.BooleanField(label=_("A carrier, such as saline: it needs a lot and no test"), required=False)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    container = forms.ChoiceField(label=_("Container"), choices=Product.Container.choices)
    most_per_session = forms.DecimalField(label=_("Maximum per session"), **AMOUNT)
    anaesthetic_mg_per_unit = forms.DecimalField(
        label=_("Local anaesthetic in one unit, mg"), max_digits=8, decimal_places=3, min_value=Decimal(0), initial=0
    )
    gtin = forms.CharField(label=_("GTIN"), max_length=14, required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, product: Product | None = None, **kwargs: Any) -> None:
        if product:
            kwargs["initial"] = as_initial(product)
        super().__init__(*args, **kwargs)
        usual = Substance.objects.filter(active=True).order_by("name")
        self.row_field("substance").queryset = usual
        self.row_field("ingredients").queryset = usual.filter(stands_for_class=False)


def as_initial(product: Product) -> dict[str, Any]:
    names = ("name", "carrier", "unit", "container", "most_per_session", "anaesthetic_mg_per_unit", "gtin", "active")
    chosen = {"substance": product.substance_id, "ingredients": [each.pk for each in product.ingredients.all()]}
    return {name: getattr(product, name) for name in names} | chosen


class AsideForm(RefusalForm):
    reason = ReasonField(label=_("Reason"))
    version = seen_version()


class RecallForm(RefusalForm):
    reason = ReasonField(label=_("Reason"))
    expect = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
