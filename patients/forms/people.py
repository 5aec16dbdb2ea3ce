"""The register form. Strings become domain types here; what is possible is decided by the action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base import languages
from clinic.base.forms import RefusalForm
from patients.models import Patient


class PatientForm(RefusalForm):
    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Patient.Sex.choices, required=False, initial=Patient.Sex.UNKNOWN)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Opens the patient's own pages. Without it the desk calls.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.offered, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    FIRST = ("given_name", "family_name", "phone")

    def given(self) -> dict[str, Any]:
        """The fields for the action; an untouched choice is the default."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        data["sex"] = data["sex"] or Patient.Sex.UNKNOWN
        data["language"] = languages.spoken(data["language"])
        return data

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def later(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.FIRST]
