"""Forms of the desk on the phone: who, what kind of visit, when."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from clinic.models import Location
from patients.models import Patient
from scheduling.forms.inputs import DateInput
from scheduling.models import Practitioner, Session
from scheduling.queries.offers import Place, Wish
from scheduling.queries.setup import practitioners_at

KINDS = [Session.Kind.CONSULTATION, Session.Kind.REVIEW, Session.Kind.MEASUREMENT, Session.Kind.ALLERGY_TEST]


class PlaceField(forms.CharField):
    """One of the offered times, as a Place."""

    default_error_messages = {"required": _("Choose a time."), "invalid": _("Choose one of the times below.")}

    def to_python(self, value: Any) -> Place | None:
        if value in self.empty_values or isinstance(value, Place):
            return value or None
        try:
            return Place.parse(str(value))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error

    def run_validators(self, value: Any) -> None:
        """A Place has been checked by being one."""


class WishForm(ZonedForm):
    """Which free times to show. Nothing in it is required, and what cannot be read is left out."""

    kind = forms.ChoiceField(
        label=_("Kind of visit"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.RadioSelect,
        required=False,
    )
    practitioner = forms.ModelChoiceField(
        label=_("With"), queryset=Practitioner.objects.none(), empty_label=_("Anybody, the soonest"), required=False
    )
    since = forms.DateField(label=_("From"), widget=DateInput, required=False)
    start = WallTimeField(required=False, widget=forms.HiddenInput)
    room = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, zone=ZoneInfo(location.timezone), **kwargs)
        self.fields["practitioner"].queryset = practitioners_at(location)
        self.location = location

    def wish(self, patient: Patient) -> Wish:
        self.is_valid()
        given = self.cleaned_data
        practitioner = given.get("practitioner")
        return Wish(
            location=self.location,
            kind=given.get("kind") or Session.Kind.CONSULTATION.value,
            patient_id=patient.pk,
            practitioner_id=practitioner.pk if practitioner else None,
            room_id=given.get("room"),
            since=given.get("since"),
            at=given.get("start"),
        )


class BookingForm(RefusalForm):
    """A visit to be booked at an offered time."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in KINDS])
    place = PlaceField(label=_("Time"))


class QuickPatientForm(RefusalForm):
    """Somebody new on the phone: a name and a number are enough to begin."""

    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    phone = forms.CharField(label=_("Phone"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    email = forms.EmailField(label=_("E-mail"), required=False)
