"""The register form. Strings become domain types here; what is possible is decided by the action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base import languages
from clinic.base.forms import RefusalForm
from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.actions.register import WITHOUT_PHONE, PerhapsKnown, register_patient
from patients.models import Patient
from patients.queries.elsewhere import Known


class WhoForm(RefusalForm):
    """Who somebody is and one way to reach them: enough to begin."""

    given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    not_these = forms.CharField(required=False, widget=forms.HiddenInput)  # ids of people whom somebody looked at

    known: Known | None = None  # whom somebody must look at before this one is registered

    def given(self) -> dict[str, Any]:
        """The fields for the action; an untouched choice is the default."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "not_these"}}

    def save(self, by: User, location: Location | None = None) -> Patient | None:
        """The new patient; None while something is wrong or somebody `known` must be looked at."""
        looked_at = {int(pk) for pk in self.cleaned_data["not_these"].split(",") if pk.isascii() and pk.isdigit()}
        try:
            return register_patient(**self.given(), not_these=looked_at, location=location, by=by)
        except PerhapsKnown as known:
            self.known = known.known
        except Refusal as refusal:
            self.add_refusal(refusal)
        return None

    @property
    def shown_ids(self) -> str:
        """What `not_these` says once somebody has looked at them all."""
        return ",".join(map(str, sorted(self.known.ids))) if self.known else ""


class PatientForm(WhoForm):
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Patient.Sex.choices, required=False, initial=Patient.Sex.UNKNOWN)
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput,
        help_text=_("Opens the patient's own pages. Without it the desk calls."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.offered, required=False)
    address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    needs = forms.MultipleChoiceField(
        label=_("What they need at a visit"),
        choices=Patient.Need.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_note = forms.CharField(
        label=_("More about it"), max_length=200, required=False, help_text=_("For example the interpreter's language.")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    FIRST = ("given_name", "family_name", "phone")

    def given(self) -> dict[str, Any]:
        """The fields for the action; an untouched choice is the default."""
        data = super().given()
        data["sex"] = data["sex"] or Patient.Sex.UNKNOWN
        data["language"] = languages.spoken(data["language"])
        return data

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def later(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.FIRST]


class RegisterForm(PatientForm):
    """With a way to be reached for somebody who has neither phone nor e-mail."""

    reached_by = forms.ChoiceField(
        label=_("No phone and no e-mail: reached by"),
        choices=[("", _("Phone or e-mail")), *((way.value, way.label) for way in WITHOUT_PHONE)],
        required=False,
    )
    helper_name = forms.CharField(
        label=_("Contact person"),
        max_length=200,
        required=False,
        help_text=_("Hears the times of visits, which the patient agreed to, and nothing about health."),
    )
    helper_phone = forms.CharField(label=_("Their phone"), max_length=60, required=False)

    def given(self) -> dict[str, Any]:
        data = super().given()
        data["helper"] = {"name": data.pop("helper_name"), "phone": data.pop("helper_phone")}
        return data

    def add_refusal(self, refusal: Refusal) -> None:
        """What the action says of the contact person belongs to the contact person's fields."""
        for error in refusal.errors:
            own = "helper_name" if error.field == "name" else error.field
            self.add_error(own if own in self.fields else None, str(error.message))
