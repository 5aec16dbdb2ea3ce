"""The course form: strings into what `create_course` takes."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from clinic.models import Location
from protocols.models import Formulation, Phase, ProtocolVersion
from scheduling.base.inputs import DateInput, TimeInput
from scheduling.courses.planning import queries as workspace
from scheduling.courses.planning.queries import Needs
from scheduling.models import Course, Practitioner

MOST_TYPED = 60


class PriceForm(RefusalForm):
    """What a patient is told that the course costs."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=9, decimal_places=2, min_value=0)
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters, for example EUR."))
    covers = forms.CharField(
        label=_("What it covers"), max_length=300, help_text=_("For example: ten sessions, test and reviews included.")
    )


if TYPE_CHECKING:
    MixField = forms.ModelChoiceField[Formulation]
else:
    MixField = forms.ModelChoiceField


class MixChoice(MixField):
    def label_from_instance(self, mix: Formulation) -> str:
        return f"{mix.name}: {', '.join(item.substance.name for item in mix.items.all())}"


class CourseForm(RefusalForm):
    """Everything a course needs. Fields for counts and typed intervals follow the chosen protocol."""

    areas = forms.MultipleChoiceField(label=_("Areas"))
    indication = forms.ChoiceField(label=_("Reason to treat"))
    protocol = forms.CharField(label=_("Protocol"), widget=forms.HiddenInput)
    formulation = MixChoice(label=_("Mix"), queryset=Formulation.objects.none())
    technique = forms.ChoiceField(label=_("Technique"), required=False)
    delivery_device = forms.ChoiceField(label=_("Delivered with"), required=False)
    practitioner = forms.ModelChoiceField(label=_("Practitioner"), queryset=Practitioner.objects.none())
    start_on = forms.DateField(label=_("Start on or after"), widget=DateInput)
    weekdays = forms.MultipleChoiceField(
        label=_("Days that suit"),
        required=False,
        choices=[(str(day), name) for day, name in WEEKDAYS_ABBR.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    earliest = forms.TimeField(label=_("Not before"), required=False, widget=TimeInput)
    latest = forms.TimeField(label=_("Not after"), required=False, widget=TimeInput)
    only = forms.BooleanField(label=_("Only with this practitioner"), required=False)
    together = forms.BooleanField(label=_("In one visit with the other course, wherever both allow it"), required=False)
    cannot_days = forms.MultipleChoiceField(
        label=_("Cannot come on"),
        required=False,
        choices=[(str(day), name) for day, name in WEEKDAYS_ABBR.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    cannot_before = forms.TimeField(label=_("Cannot come before"), required=False, widget=TimeInput)
    cannot_after = forms.TimeField(label=_("Must leave by"), required=False, widget=TimeInput)
    away_from = forms.DateField(label=_("Away from"), required=False, widget=DateInput)
    away_to = forms.DateField(label=_("Away until"), required=False, widget=DateInput)

    def __init__(
        self,
        *args: Any,
        patient: Any,
        version: ProtocolVersion | None,
        people: QuerySet[Practitioner],
        location: Location,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.location = location
        self.needs = workspace.needs_of(version)
        self.choice_field("areas").choices = [(area.code, area.name) for area in workspace.areas()]
        grouped: dict[str, list[tuple[str, str]]] = {}
        for each in workspace.indications():
            grouped.setdefault(str(each.get_field_display()), []).append((each.code, each.name))
        self.choice_field("indication").choices = [("", "—"), *grouped.items()]
        self.row_field("formulation").queryset = workspace.mixes_for(patient)
        self.row_field("practitioner").queryset = people
        self.choice_field("technique").choices = [("", "—"), *((t.code, t.name) for t in workspace.techniques())]
        self.choice_field("delivery_device").choices = [
            ("", "—"), *((device.code, device.name) for device in workspace.delivery_devices())
        ]  # fmt: skip
        if not patient.courses.filter(status=Course.Status.ACTIVE).exists():
            del self.fields["together"]
        self.add_needs(self.needs)

    def add_needs(self, needs: Needs) -> None:
        for phase in needs.ranges:
            if phase.sessions_min is not None:
                self.fields[f"counts.{phase.order}"] = count_field(phase)
        for phase in needs.typed:
            self.add_typed(phase)
        if needs.months:
            self.fields["maintenance_months"] = forms.TypedChoiceField(
                label=_("Upkeep"),
                coerce=int,
                choices=[(n, _("every %(n)s months") % {"n": n}) for n in needs.months],
                widget=forms.RadioSelect,
                initial=needs.months[0],
            )
        if needs.confirmation:
            self.fields["confirmed"] = forms.BooleanField(
                label=_("The order of this course, first rarer and then more frequent, is meant.")
            )

    def add_typed(self, phase: Phase) -> None:
        """P04 presumes nothing: count and interval are typed (D05)."""
        order = phase.order
        names = {"floor": _("at least"), "ideal": _("ideally"), "latest": _("at most")}
        self.fields[f"counts.{order}"] = forms.IntegerField(
            label=_("%(phase)s: sessions") % {"phase": phase.name}, min_value=1, max_value=MOST_TYPED
        )
        for name, label in names.items():
            self.fields[f"intervals.{order}.{name}"] = forms.IntegerField(
                label=_("%(phase)s: %(bound)s") % {"phase": phase.name, "bound": label}, min_value=1, max_value=400
            )
        self.fields[f"intervals.{order}.unit"] = forms.ChoiceField(label=_("Unit"), choices=Phase.Unit.choices)

    @property
    def need_fields(self) -> list[Any]:
        """The bound fields that the chosen protocol asked for."""
        names = [name for name in self.fields if "." in name or name in {"maintenance_months", "confirmed"}]
        return [self[name] for name in names]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("away_from"), given.get("away_to")
        if bool(first) != bool(last):
            self.add_error("away_to" if first else "away_from", _("Give the first and the last day."))
        if given.get("earliest") and given.get("latest") and given["earliest"] >= given["latest"]:
            self.add_error("latest", _("This must be later than “not before”."))
        before, after = given.get("cannot_before"), given.get("cannot_after")
        if before and after and before >= after:
            self.add_error("cannot_after", _("Then no time is left: this must be later than the time before."))
        return given

    @staticmethod
    def filled(course: Course) -> dict[str, list[str]]:
        """What a course was asked for, as this form would have sent it."""
        said, typed = course.preferences, course.intervals.items()
        cannot = said.get("cannot", ())
        one = {
            "indication": course.indication.code,
            "protocol": course.protocol_version.protocol.code,
            "formulation": course.formulation_id,
            "technique": course.technique and course.technique.code,
            "delivery_device": course.delivery_device and course.delivery_device.code,
            "practitioner": course.practitioner_id,
            "start_on": course.start_on.isoformat(),
            "maintenance_months": course.maintenance_months,
            "confirmed": course.confirmed and "on",
            "earliest": said.get("from"),
            "latest": said.get("to"),
            "only": said.get("only") and "on",
            "together": said.get("together") and "on",
            "cannot_before": next((each["to"] for each in cannot if set(each) == {"to"}), None),
            "cannot_after": next((each["from"] for each in cannot if set(each) == {"from"}), None),
            **{f"counts.{order}": count for order, count in course.counts.items()},
            **{f"intervals.{order}.{name}": value for order, bounds in typed for name, value in bounds.items()},
            **dict(zip(("away_from", "away_to"), next(iter(said.get("away", ())), ()), strict=False)),
        }
        days = next((each["weekdays"] for each in cannot if set(each) == {"weekdays"}), ())
        several = {
            "areas": [area.code for area in course.areas.all()],
            "weekdays": map(str, said.get("weekdays", ())),
            "cannot_days": map(str, days),
        }
        return {name: [str(value)] for name, value in one.items() if value} | {
            name: list(values) for name, values in several.items()
        }

    def wanted(self, draft: Course | None = None) -> dict[str, Any]:
        """The cleaned values as `create_course` takes them; of a draft, with what this form has no field for."""
        given = self.cleaned_data
        plain = ("areas", "indication", "protocol", "formulation", "practitioner", "start_on")
        return {name: given[name] for name in plain} | {
            "technique": given["technique"] or None,
            "delivery_device": given["delivery_device"] or None,
            "location": self.place_of(given["practitioner"]),
            "counts": {name.split(".")[1]: n for name, n in given.items() if name.startswith("counts.")},
            "intervals": self.typed_intervals(),
            "confirmed": given.get("confirmed", False),
            "maintenance_months": given.get("maintenance_months"),
            "preferences": wishes(given, beyond=without_field(draft.preferences if draft else {})),
        }

    def place_of(self, practitioner: Practitioner) -> Location:
        """The location that the page shows, if they treat there, else their own."""
        here = practitioner.hours.filter(location=self.location).exists()
        return self.location if here else practitioner.staff.location

    def typed_intervals(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name, value in self.cleaned_data.items():
            if name.startswith("intervals."):
                _prefix, order, bound = name.split(".")
                found.setdefault(order, {})[bound] = value
        return found


def without_field(said: dict[str, Any]) -> dict[str, list[Any]]:
    """Stretches away after the first, and what is impossible on some days at some times: said over the API."""
    shown: set[str] = set()
    more = []
    for each in said.get("cannot", ()):
        if len(each) == 1 and not shown & each.keys():
            shown |= each.keys()
        else:
            more.append(each)
    return {"cannot": more, "away": list(said.get("away", ()))[1:]}


def wishes(given: dict[str, Any], *, beyond: dict[str, list[Any]]) -> dict[str, Any]:
    """Times and days that suit, and a stretch away; only what was said, here or `beyond` this form."""
    found: dict[str, Any] = {}
    if given["weekdays"]:
        found["weekdays"] = [int(day) for day in given["weekdays"]]
    for name, key in (("earliest", "from"), ("latest", "to")):
        if given[name]:
            found[key] = given[name].strftime("%H:%M")
    cannot = [
        {"weekdays": [int(day) for day in given["cannot_days"]]} if given["cannot_days"] else None,
        {"to": given["cannot_before"].strftime("%H:%M")} if given["cannot_before"] else None,
        {"from": given["cannot_after"].strftime("%H:%M")} if given["cannot_after"] else None,
    ]
    found |= {"cannot": [each for each in cannot if each] + beyond["cannot"], "only": given["only"]}
    found["together"] = given.get("together", False)
    away = [[given["away_from"].isoformat(), given["away_to"].isoformat()]] if given.get("away_from") else []
    if away or beyond["away"]:
        found["away"] = away + beyond["away"]
    return found


def count_field(phase: Phase) -> forms.IntegerField:
    """How many sessions of a range; the fewest until somebody says more."""
    low, high = phase.sessions_min, phase.sessions_max
    return forms.IntegerField(
        label=_("Sessions (%(low)s to %(high)s)") % {"low": low, "high": high},
        min_value=low,
        max_value=high,
        initial=low,
    )


class ReasonForm(RefusalForm):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class BackForm(RefusalForm):
    """About when a paused patient is back: a day, or nobody knows."""

    until = forms.DateField(
        label=_("Back about"),
        widget=DateInput,
        help_text=_("It stands on the list two weeks before. When nobody knows yet, after three months."),
        error_messages={"required": _("Give a day, or say that nobody knows yet.")},
    )
    unknown = forms.BooleanField(label=_("Nobody knows yet"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].required = not self.data.get("unknown")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.pop("unknown", False) and given.get("until"):
            self.add_error("until", _("Give a day, or say that nobody knows yet."))
        return given


class HoldForm(BackForm, ReasonForm):
    field_order = ("reason", "until", "unknown")


def start_or(given: str, otherwise: date) -> date:
    """A date as typed so far, for the preview; `otherwise` while it cannot be read."""
    try:
        return max(date.fromisoformat(given), otherwise)
    except ValueError:
        return otherwise
