"""Forms of the settings: what a location is, its rooms, devices and closing days."""

from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from protocols.models import DeliveryDevice
from scheduling.forms.inputs import DateInput, TimeInput


def zones() -> list[tuple[str, str]]:
    """Places of the world by their city, without the zones that are only kept for old machines."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name]


def minutes(label: str, help_text: str = "") -> forms.IntegerField:
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

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = DeliveryDevice.objects.filter(active=True).order_by("name")


class HolidayForm(RefusalForm):
    day = forms.DateField(label=_("Day"), widget=DateInput)
    name = forms.CharField(label=_("Why the clinic is closed"), max_length=100)
