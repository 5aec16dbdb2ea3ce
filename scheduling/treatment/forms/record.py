"""The form of the treatment record: what was really done, with which lot, and how the skin answered."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, Words
from clinic.base.refusals import Refusal
from protocols.models import DeliveryDevice, Substance, Technique, TreatmentArea
from scheduling.base.inputs import ReasonField
from scheduling.models import DrawnUp, Session
from scheduling.treatment.actions.record import Record, Used

SPARE_ROWS = 2  # empty lines for what was added on the day
UNITS = [("ml", "ml"), ("mg", "mg"), ("IU", "IU"), ("g", "g")]


def tick(label: Words, help_text: Words = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


def line(label: Words, longest: int, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False, widget=forms.TextInput(attrs=attrs))


def yes_or_no(label: Words) -> forms.TypedChoiceField:
    """Starts unanswered; no answer is not a no (D41)."""
    return forms.TypedChoiceField(
        label=label,
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
    )


class UsedForm(RefusalForm):
    """One substance, how much of it, from which lot; a line without an amount was not used."""

    code = forms.ModelChoiceField(
        label=_("Substance"), queryset=Substance.objects.none(), to_field_name="code", required=False
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=10, decimal_places=3, min_value=Decimal(0), required=False
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, required=False)
    lot = forms.CharField(
        label=_("Lot"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "lots", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("code").queryset = Substance.objects.filter(active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("amount") and not given.get("code") and "code" not in self.errors:
            self.add_error("code", _("Say which substance it was."))
        return given

    @property
    def used(self) -> Used | None:
        given = self.cleaned_data
        if not given.get("amount") or not given.get("code"):
            return None
        return Used(code=given["code"].code, amount=given["amount"], unit=given.get("unit") or "ml", lot=given["lot"])


UsedFormSet = forms.formset_factory(UsedForm, extra=SPARE_ROWS, max_num=30)


def selectable() -> QuerySet[TreatmentArea]:
    return TreatmentArea.objects.filter(active=True, selectable=True)


class RecordForm(RefusalForm):
    """The record of a test or treatment; `wanted()` is what the action takes."""

    areas = forms.ModelMultipleChoiceField(
        label=_("Areas"), queryset=TreatmentArea.objects.none(), to_field_name="code", required=False
    )
    technique = forms.ModelChoiceField(label=_("Technique"), queryset=Technique.objects.none(), required=False)
    delivery_device = forms.ModelChoiceField(
        label=_("Delivered by"), queryset=DeliveryDevice.objects.none(), required=False
    )
    needle = line(_("Needle"), 60, placeholder="30 G")
    needle_length_mm = forms.DecimalField(
        label=_("Needle length, mm"), max_digits=4, decimal_places=1, min_value=Decimal(0), required=False
    )
    depth = line(_("Depth"), 60)
    injection_points = forms.IntegerField(label=_("Number of points"), min_value=0, max_value=10000, required=False)
    antisepsis_before = yes_or_no(_("Before"))
    antisepsis_before_note = line(_("Before: product, or why not"), 200)
    antisepsis_during = yes_or_no(_("During"))
    antisepsis_during_note = line(_("During: product, or why not"), 200)
    antisepsis_after = yes_or_no(_("After"))
    antisepsis_after_note = line(_("After: product, or why not"), 200)
    blood_ml = forms.DecimalField(
        label=_("Own blood drawn, ml"), max_digits=5, decimal_places=1, min_value=Decimal(0), required=False
    )
    blood_identity_twice = tick(_("Own blood: identity checked when drawn and when injected"))
    operator_skill = line(_("Experience with this technique"), 200)
    hands_on_minutes = forms.IntegerField(label=_("Hands-on minutes"), min_value=0, max_value=600, required=False)
    barrier_film = tick(_("Barrier film put on"))
    drainage_massage = tick(_("Drainage massage done"))
    aftercare_given = tick(_("After-care explained and handed over"))
    old_sites_checked = tick(_("Asked about a lump, discharge or dark patch at an old site"))
    skin_response = line(_("Skin right after"), 200)
    clinical_response = line(_("Change since last time"), 200)
    partial = tick(_("Only part of the planned session was done"))
    deviation_reason = ReasonField(
        label=_("Why it came late"), required=False, help_text=_("Needed when the visit was beyond its window.")
    )
    partial_reason = ReasonField(
        label=_("Why only a part"), required=False, help_text=_("Needed when it was done in part.")
    )
    product_reason = ReasonField(
        label=_("Why something else was injected than what was drawn up"),
        required=False,
        help_text=_("Needed only then; a director is told at once."),
    )
    note = forms.CharField(label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, session: Session, **kwargs: Any) -> None:
        super().__init__(data, initial=planned(session) | {"version": session.version}, **kwargs)
        self.row_field("areas").queryset = selectable()
        self.row_field("technique").queryset = Technique.objects.filter(active=True).order_by("name")
        self.row_field("delivery_device").queryset = DeliveryDevice.objects.filter(active=True).order_by("name")
        self.used = UsedFormSet(data, prefix="used", initial=drawn_up_for(session) or mix_of(session))

    def clean(self) -> dict[str, Any]:
        if not self.used.is_valid():
            self.add_error(None, _("Please look at the substances again."))
        return self.cleaned_data

    @property
    def area_choices(self) -> list[dict[str, Any]]:
        """Every area with whether it is ticked, those of the course first."""
        ticked = set(self["areas"].value() or ())
        areas = selectable().order_by("name")
        rows = [{"code": each.code, "name": each.name, "chosen": each.code in ticked} for each in areas]
        return sorted(rows, key=lambda row: not row["chosen"])

    def wanted(self) -> dict[str, Any]:
        """The form as `complete_session` takes it."""
        given = dict(self.cleaned_data)
        version, areas = given.pop("version"), tuple(area.code for area in given.pop("areas"))
        used = tuple(used for form in self.used if (used := form.used))
        return {"record": Record(areas=areas, substances=used, **given), "version": version}

    def filled(self) -> list[UsedForm]:
        return [form for form in self.used if form.used]

    @property
    def used_problems(self) -> list[tuple[str, str]]:
        """(id of a control, sentence) of what is wrong with the substances, for the summary."""
        return [
            (form[name].id_for_label, str(text))
            for form in self.used
            for name, texts in form.errors.items()
            for text in texts
        ]

    def add_refusal(self, refusal: Refusal) -> None:
        """`substances.<position>.<field>` of the action is the position among the lines that were filled in."""
        filled = self.filled()
        for error in refusal.errors:
            name, _dot, rest = error.field.partition(".")
            if name == "substances" and not rest:
                self.add_error(None, error.message)
            elif name == "substances":
                position, _dot, field = rest.partition(".")
                filled[int(position)].add_error(field, error.message)
            else:
                self.add_error(error.field if error.field in self.fields else None, error.message)
        if not refusal.errors:
            super().add_refusal(refusal)


def planned(session: Session) -> dict[str, Any]:
    """What the course means to do: the practitioner corrects it to what was done."""
    course = session.course
    if course is None:
        return {}
    return {
        "areas": [area.code for area in course.areas.all()],
        "technique": course.technique_id,
        "delivery_device": course.delivery_device_id,
    }


def drawn_up_for(session: Session) -> list[dict[str, Any]]:
    """What was compared before the start, with its lots."""
    lines = DrawnUp.objects.filter(session=session, product__substance__isnull=False)
    return [
        {"code": line.product.substance.code, "amount": line.amount.normalize(), "unit": line.unit, "lot": line.number}
        for line in lines.select_related("product__substance")
        if line.product and line.product.substance
    ]


def mix_of(session: Session) -> list[dict[str, Any]]:
    if session.course is None:
        return []
    items = session.course.formulation.items.select_related("substance")
    return [{"code": item.substance.code, "amount": item.amount.normalize(), "unit": item.unit} for item in items]
