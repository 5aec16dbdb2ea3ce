"""Forms of the settings: locations, rooms, devices, closing days, people and their hours."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, Words
from clinic.base.refusals import Refusal
from clinic.models import STAFF_ROLES, Location
from protocols.models import DeliveryDevice
from scheduling.access import locations_for, manages_all
from scheduling.base.inputs import DateInput, TimeInput
from scheduling.planner.hours import MIDNIGHT
from scheduling.setup import public_holidays
from scheduling.setup.actions.hours import Stretch
from scheduling.setup.actions.staff import Training


def zones() -> list[tuple[str, str]]:
    """Places of the world by their city, without the zones that are only kept for old machines."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name]


def minutes(label: Words, help_text: Words = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=120)


class LocationForm(RefusalForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    emergency_number = forms.CharField(
        label=_("Local emergency number"), max_length=20, help_text=_("Patients see it on the reaction form.")
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    horizon_days = forms.IntegerField(
        label=_("Booking horizon in days"),
        help_text=_("Visits further ahead stay planned until the horizon reaches them."),
        min_value=1,
        max_value=1500,
    )
    observation_minutes = minutes(
        _("Observation after a test or session, minutes"),
        _("No source states it, so the clinic decides. Staff are reminded of it at the end of a visit."),
    )
    preparation_minutes = minutes(_("Preparation before a visit, minutes"))
    turnover_minutes = minutes(_("Turnover after a visit, minutes"))
    quiet_from = forms.TimeField(label=_("No messages from"), widget=TimeInput)
    quiet_until = forms.TimeField(label=_("No messages until"), widget=TimeInput)
    antisepsis_protocol = forms.CharField(
        label=_("Skin antisepsis protocol"),
        help_text=_("Nobody is treated here until it is defined."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=5000,
        required=False,
    )


class RoomForm(RefusalForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class DeviceForm(RefusalForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ModelChoiceField(label=_("Kind"), queryset=DeliveryDevice.objects.none())
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("kind").queryset = DeliveryDevice.objects.filter(active=True).order_by("name")


class HolidayForm(RefusalForm):
    day = forms.DateField(label=_("Day"), widget=DateInput)
    name = forms.CharField(label=_("Why the clinic is closed"), max_length=100)


class PublicHolidaysForm(RefusalForm):
    """Which of the public holidays `offered` the clinic closes on."""

    days = forms.TypedMultipleChoiceField(
        coerce=date.fromisoformat,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick the days on which the clinic is closed.")},
    )

    def __init__(self, *args: Any, offered: Mapping[date, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choice_field("days").choices = [(day.isoformat(), name) for day, name in offered.items()]


class RegionForm(RefusalForm):
    region = forms.ChoiceField(label=_("Region"), required=False)

    def __init__(self, *args: Any, country: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = public_holidays.regions(country) if country else []
        self.choice_field("region").choices = [("", _("Not chosen")), *known]


ROLES = [(role.value, role.label) for role in STAFF_ROLES]
A_DAY = 2  # stretches of work on one day: before and after a break


class StaffForm(RefusalForm):
    """Who somebody is here. `training()` is what the action wants; a person who does not treat has none."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As patients read it, with the title."))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    location = forms.ModelChoiceField(label=_("Home location"), queryset=Location.objects.none())
    prescriber = forms.BooleanField(
        label=_("May prescribe"),
        help_text=_("Consultations, allergy tests and their readings are theirs alone."),
        required=False,
    )
    treats = forms.BooleanField(
        label=_("Treats patients"), help_text=_("Gets a column of the board and weekly hours."), required=False
    )
    trained_on = forms.DateField(label=_("Training recorded on"), widget=DateInput, required=False)
    experienced = forms.BooleanField(label=_("Experienced with nappage"), required=False)

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        """What `by` may give: posts at the places they manage, and the whole organisation if they have it."""
        super().__init__(*args, **kwargs)
        places = locations_for(by)
        self.row_field("location").queryset = places
        self.row_field("location").empty_label = None
        self.further = {f"post_{place.pk}": place for place in places} if len(places) > 1 else {}
        for name, place in self.further.items():
            self.fields[name] = forms.ChoiceField(
                label=_("At %(location)s") % {"location": place},
                choices=[("", "—"), *ROLES],
                required=False,
            )
        if manages_all(by):
            self.fields["everywhere"] = forms.BooleanField(
                label=_("Works at every location"),
                help_text=_("Has the role at all of them, also at those to come."),
                required=False,
            )

    @property
    def posts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.further]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("treats") and not given.get("trained_on"):
            self.add_error("trained_on", _("Enter the day of the training: it must be on record before treating."))
        return given

    def wanted(self) -> dict[str, Any]:
        """The form's values as `invite_staff` and `change_staff` take them."""
        given = dict(self.cleaned_data)
        treats, on, experienced = given.pop("treats"), given.pop("trained_on"), given.pop("experienced")
        posts = {place: given.pop(name) for name, place in self.further.items()}
        return given | {"posts": posts, "training": Training(on=on, experienced=experienced) if treats else None}


class InvitationForm(StaffForm):
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("The invitation goes there, and they sign in with it. Left empty, you get a link to hand over."),
    )
    field_order = ["email"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in (*self.further, "everywhere"):
            if given.get(name) and not given.get("email"):
                self.add_error(name, _("Without e-mail this can be given once they have joined."))
        return given


class StaffMemberForm(StaffForm):
    active = forms.BooleanField(label=_("May sign in"), required=False)


class StretchForm(RefusalForm):
    """From and to of one stretch of work; both empty means free."""

    start = forms.TimeField(label=_("From"), widget=TimeInput, required=False)
    end = forms.TimeField(label=_("Until"), widget=TimeInput, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("start")) != bool(given.get("end")) and not self.errors:
            raise forms.ValidationError(now_("Give both times, or neither."))
        return given

    @property
    def stretch(self) -> tuple[time, time] | None:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        return (start, end) if start and end else None


class WeekForm(RefusalForm):
    """A week of work: seven days of two stretches, valid from a day on."""

    valid_from = forms.DateField(
        label=_("Valid from"),
        help_text=_(
            "Before that day the hours stay as they were. "
            "An end at 00:00 is midnight; one before its beginning is on the next day."
        ),
        widget=DateInput,
    )
    valid_until = forms.DateField(
        label=_("Only until"),
        help_text=_("For a season, such as July and August: the weekly hours go on afterwards. Empty: from then on."),
        widget=DateInput,
        required=False,
    )

    def __init__(self, data: Any = None, *, week: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        held = {(weekday, number): each for weekday, rows in by_day(week).items() for number, each in enumerate(rows)}
        self.rows = [
            [self.row(data, weekday, number, held.get((weekday, number))) for number in range(A_DAY)]
            for weekday in range(7)
        ]

    def row(self, data: Any, weekday: int, number: int, held: Any) -> StretchForm:
        initial = {"start": held[0], "end": held[1]} if held else {}
        return StretchForm(data, prefix=f"d{weekday}-{number}", initial=initial)

    @property
    def days(self) -> list[tuple[str, list[StretchForm]]]:
        """(name of the weekday, its stretches), Monday first."""
        return [(WEEKDAYS[weekday], forms_of_day) for weekday, forms_of_day in enumerate(self.rows)]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of a control, sentence) of every stretch that is wrong, for the summary."""
        return [
            (each["start"].id_for_label, f"{day}: {text}")
            for day, stretches in self.days
            for each in stretches
            for texts in each.errors.values()
            for text in texts
        ]

    @property
    def stretches(self) -> list[StretchForm]:
        return [each for day in self.rows for each in day]

    def is_valid(self) -> bool:
        stretches = [each.is_valid() for each in self.stretches]
        return super().is_valid() and all(stretches)

    def wanted(self) -> dict[str, Any]:
        """The week as `set_week` takes it, or with a last day `set_season`."""
        week = [Stretch(weekday, *hours) for weekday, each in self.filled() if (hours := each.stretch)]
        until = {"valid_until": day} if (day := self.cleaned_data["valid_until"]) else {}
        return {"week": week, "valid_from": self.cleaned_data["valid_from"]} | until

    def filled(self) -> list[tuple[int, StretchForm]]:
        return [(weekday, each) for weekday, day in enumerate(self.rows) for each in day if each.stretch]

    def add_refusal(self, refusal: Refusal) -> None:
        """`week.<position>` of the action is the position among the stretches that were filled in."""
        filled = self.filled()
        for error in refusal.errors:
            name, _dot, position = error.field.partition(".")
            if name == "week":
                filled[int(position)][1].add_error(None, error.message)
            else:
                self.add_error(error.field if error.field in self.fields else None, error.message)
        if not refusal.errors:
            super().add_refusal(refusal)


class OpeningForm(WeekForm):
    """When a place is open for a span of days."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].label, self.fields["valid_until"].label = _("First day"), _("Last day")
        self.fields["valid_from"].help_text = _("Of everybody's hours here, what lies inside these stays.")
        self.fields["valid_until"].help_text = _("The weekly hours go on afterwards.")
        self.fields["valid_until"].required = True


def by_day(week: Sequence[Any]) -> dict[int, list[tuple[time, time]]]:
    """The stretches of working hours by weekday, in the order of the day; one that goes past midnight in one piece."""
    days: dict[int, list[tuple[time, time]]] = {weekday: [] for weekday in range(7)}
    for each in sorted(week, key=lambda row: row.start):
        days[each.weekday].append((each.start, each.end))
    for day, stretches in days.items():
        before = days[(day - 1) % 7]
        if before and stretches and before[-1][1] == stretches[0][0] == MIDNIGHT and stretches[0][1] < before[-1][0]:
            before[-1] = (before[-1][0], stretches.pop(0)[1])
    return days


NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class JoinForm(RefusalForm):
    """`cleaned_data` is what `join` takes."""

    email = forms.EmailField(label=_("E-mail"), help_text=_("You sign in with it."))
    password = forms.CharField(label=_("Password"), widget=NEW_PASSWORD, help_text=_("At least twelve characters."))
    password_again = forms.CharField(label=_("Password again"), widget=NEW_PASSWORD)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        again = given.pop("password_again", None)
        if again and given.get("password") and again != given["password"]:
            self.add_error("password_again", now_("The two passwords are not the same."))
        return given


class FirstDirectorForm(JoinForm):
    """`cleaned_data` is what `make_first_director` takes."""

    director = forms.CharField(
        label=_("Your name"), max_length=120, help_text=_("As patients read it, with the title.")
    )
    name = forms.CharField(label=_("Name of the place"), max_length=120, help_text=_("As patients know it."))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    emergency_number = forms.CharField(
        label=_("Local emergency number"),
        max_length=20,
        initial="112",
        help_text=_("Patients see it on the reaction form."),
    )
    observation_minutes = minutes(
        _("Observation after a test or session, minutes"), _("No source states it, so the clinic decides.")
    )
