"""The form of the treatment record: what was really done, where, with which lot, and how the skin answered."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, Words, ZonedForm
from clinic.base.limits import whole
from clinic.base.refusals import Refusal
from protocols.models import DeliveryDevice, Substance, Technique, TreatmentArea
from scheduling.base.inputs import ReasonField
from scheduling.courses.queries.visits import plain
from scheduling.models import DrawnUp, Session
from scheduling.treatment.actions.record import ANTISEPSIS, Placed, Record, Used, drawn_ml
from scheduling.treatment.forms.drawn_up import problems_of

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

    def __init__(self, *args: Any, substances: Sequence[Substance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.row_field("code")
        field.queryset = Substance.objects.filter(active=True)
        field.choices = [("", "---------"), *((each.code, each.name) for each in substances)]  # read once for all lines

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


class PointsField(forms.CharField):
    """Points of the body chart, as the chart keeps them: JSON of {view, x, y, area, ml}."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            rows = json.loads(value or "[]", parse_float=Decimal, parse_int=Decimal)
            return tuple(point_of(row) for row in rows)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as unreadable:
            raise forms.ValidationError(_("The points could not be read.")) from unreadable


def point_of(row: dict[str, Any]) -> Placed:
    area, view, ml = row["area"], row["view"], row.get("ml")
    if not (isinstance(area, str) and isinstance(view, str) and view):
        raise ValueError
    volume = None if ml in (None, "") else Decimal(ml)
    return Placed(area=area, view=view, x=float(row["x"]), y=float(row["y"]), ml=volume)


class RecordForm(ZonedForm):
    """The record of a test or treatment; `wanted()` is what the action takes. `kept`: what stood on the page before."""

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
    depth = line(_("Depth, intended"), 60)
    depth_reached = line(_("Depth, reached"), 60)
    points = PointsField(max_length=40000, required=False)
    left_over_ml = forms.DecimalField(
        label=_("Left over, ml"), max_digits=6, decimal_places=3, min_value=Decimal(0), required=False
    )
    injection_points = forms.IntegerField(label=_("Number of points"), min_value=0, max_value=10000, required=False)
    antisepsis_before = yes_or_no(_("Before"))
    antisepsis_before_note = line(_("Before: product, or why not"), 200)
    antisepsis_during = yes_or_no(_("During"))
    antisepsis_during_note = line(_("During: product if another, or why not"), 200)
    antisepsis_after = yes_or_no(_("After"))
    antisepsis_after_note = line(_("After: product if another, or why not"), 200)
    anaesthetic = line(_("Anaesthetic on the skin"), 120)
    anaesthetic_minutes = forms.IntegerField(label=_("Dwelt, minutes"), min_value=0, max_value=600, required=False)
    blood_ml = forms.DecimalField(
        label=_("Own blood drawn, ml"), max_digits=5, decimal_places=1, min_value=Decimal(0), required=False
    )
    blood_identity_twice = tick(_("Own blood: identity checked when drawn and when injected"))
    operator_skill = line(_("Experience with this technique"), 200)
    hands_on_minutes = forms.IntegerField(label=_("Hands-on minutes"), min_value=0, max_value=600, required=False)
    barrier_film = tick(_("Barrier film put on"))
    film_off_hours = forms.IntegerField(label=_("Comes off after, hours"), min_value=0, max_value=240, required=False)
    drainage_massage = tick(_("Drainage massage done"))
    aftercare_given = tick(_("After-care explained and handed over"))
    old_sites_checked = tick(_("Asked about a lump, discharge or dark patch at an old site"))
    watched_from = WallTimeField(label=_("Watched since"), required=False)
    skin_response = line(_("Skin right after"), 200)
    clinical_response = line(_("Change since last time"), 200)
    partial = tick(_("Only part of the planned session was done"))
    deviation_reason = ReasonField(
        label=_("Why it came late"), required=False, help_text=_("Needed when the visit was beyond its window.")
    )
    partial_reason = ReasonField(
        label=_("Why only a part"), required=False, help_text=_("Needed when it was done in part.")
    )
    area_reason = ReasonField(
        label=_("Why an area was treated that the course does not plan"),
        required=False,
        help_text=_("Needed only then; a director is told."),
    )
    product_reason = ReasonField(
        label=_("Why something else was injected than what was drawn up"),
        required=False,
        help_text=_("Needed only then; a director is told at once."),
    )
    note = forms.CharField(label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, session: Session, kept: MultiValueDict[str, str] | None = None, **kwargs: Any
    ) -> None:
        zone = ZoneInfo(session.location.timezone)
        super().__init__(data, zone=zone, initial=planned(session), **kwargs)
        self.session = session
        self.placed: tuple[Placed, ...] = ()
        self.row_field("areas").queryset = selectable()
        self.row_field("technique").queryset = Technique.objects.filter(active=True).order_by("name")
        self.row_field("delivery_device").queryset = DeliveryDevice.objects.filter(active=True).order_by("name")
        self.rows = list(selectable().select_related("parent").order_by("name"))
        for area in self.rows:
            self.fields[volume_of(area.code)] = forms.DecimalField(
                label=area.name, max_digits=6, decimal_places=3, min_value=Decimal(0), required=False
            )
        self.drawn = list(DrawnUp.objects.filter(session=session).select_related("product__substance"))
        used = drawn_up_for(self.drawn) or mix_of(session)
        if kept is not None:
            self.initial = {
                name: field.widget.value_from_datadict(kept, {}, name) for name, field in self.fields.items()
            }
            used = used_in(kept)
        self.initial["version"] = session.version
        substances = list(Substance.objects.filter(active=True).order_by("name"))
        own: dict[str, Any] = {"auto_id": self.auto_id, "form_kwargs": {"substances": substances}}
        self.used = UsedFormSet(data, prefix="used", initial=used, **own)

    @property
    def typed(self) -> dict[str, list[str]]:
        """What stands in the form, as a draft keeps it."""
        sent = MultiValueDict(self.data)
        names = [name for name in sent if name.startswith("used-") or name in self.fields]
        return {name: sent.getlist(name) for name in sorted(names) if name != "version"}

    def clean(self) -> dict[str, Any]:
        if not self.used.is_valid():
            self.add_error(None, _("Please look at the substances again."))
        given = self.cleaned_data
        for name in ANTISEPSIS[1:]:  # the product of the first holds for all that name no other
            if given.get(name) and not given.get(f"{name}_note"):
                given[f"{name}_note"] = given.get(f"{ANTISEPSIS[0]}_note", "") if given.get(ANTISEPSIS[0]) else ""
        return given

    @property
    def area_choices(self) -> list[dict[str, Any]]:
        """Every area with whether it is ticked and how much went there, those of the course first."""
        ticked = set(self["areas"].value() or ())
        rows = [
            {"area": each, "chosen": each.code in ticked, "volume": self[volume_of(each.code)]} for each in self.rows
        ]
        return sorted(rows, key=lambda row: not row["chosen"])

    @cached_property
    def drawn_ml(self) -> str:
        """What there is to place, before own blood."""
        return plain(drawn_ml(Record(), self.session))

    @property
    def chart_areas(self) -> list[TreatmentArea]:
        """What the body chart shows: the areas that are ticked, and those within them."""
        chosen = {row["area"].pk for row in self.area_choices if row["chosen"]}
        return [area for area in self.rows if {area.pk, area.parent_id} & chosen]

    def wanted(self) -> dict[str, Any]:
        """The form as `complete_session` takes it. An area with a volume or a point was treated."""
        given = dict(self.cleaned_data)
        version, ticked, points = given.pop("version"), given.pop("areas", ()), given.pop("points", ())
        volumes = [(area.code, given.pop(volume_of(area.code), None)) for area in self.rows]
        zones = [Placed(area=code, ml=ml) for code, ml in volumes if ml]
        placed = (*points, *zones)
        areas = dict.fromkeys([*(area.code for area in ticked), *(each.area for each in placed)])
        used = tuple(used for form in self.used if (used := form.used))
        self.placed = placed
        return {"record": Record(areas=tuple(areas), substances=used, placed=placed, **given), "version": version}

    def filled(self) -> list[UsedForm]:
        return [form for form in self.used if form.used]

    @property
    def antisepsis(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Answer and note, three times."""
        return [(self[name], self[f"{name}_note"]) for name in ANTISEPSIS]

    @property
    def used_problems(self) -> list[tuple[str, str]]:
        """(id of a control, sentence) of what is wrong with the substances, for the summary."""
        return problems_of(self.used)

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
            elif name == "placed":
                self.add_error(self.place_of(int(rest)), error.message)
            else:
                self.add_error(error.field if error.field in self.fields else None, error.message)
        if not refusal.errors:
            super().add_refusal(refusal)

    def place_of(self, number: int) -> str:
        """The field of the `number`th of what was placed."""
        each = self.placed[number]
        return "points" if each.view or volume_of(each.area) not in self.fields else volume_of(each.area)


def volume_of(area: str) -> str:
    """The name of the field of a zone's millilitres."""
    return f"ml-{area}"


def used_in(kept: MultiValueDict[str, str]) -> list[dict[str, str]]:
    """The lines of substances as they stood on the page."""
    lines = range(min(whole(kept.get("used-TOTAL_FORMS")) or 0, 30))
    rows = [{name: kept.get(f"used-{line}-{name}", "") for name in ("code", "amount", "unit", "lot")} for line in lines]
    return [row for row in rows if row["code"] or row["amount"]]


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


def drawn_up_for(drawn: Iterable[DrawnUp]) -> list[dict[str, Any]]:
    """What was compared before the start, with its lots."""
    return [
        {"code": line.product.substance.code, "amount": line.amount.normalize(), "unit": line.unit, "lot": line.number}
        for line in drawn
        if line.product and line.product.substance
    ]


def mix_of(session: Session) -> list[dict[str, Any]]:
    if session.course is None:
        return []
    items = session.course.formulation.items.select_related("substance")
    return [{"code": item.substance.code, "amount": item.amount.normalize(), "unit": item.unit} for item in items]
