"""A sharps injury, as whoever was hurt writes it down."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from patients.models import Patient
from scheduling.base.inputs import ReasonField, seen_version
from scheduling.models import SharpsInjury


class InjuryForm(ZonedForm):
    happened_at = WallTimeField(label=_("When"), required=False, help_text=_("Empty means now."))
    device = forms.CharField(
        label=_("Which needle or blade"),
        max_length=120,
        help_text=_("Gauge, hollow or solid, and whether it held blood."),
    )
    source = forms.ChoiceField(label=_("Whose blood"), choices=SharpsInjury.Source.choices, widget=forms.RadioSelect)
    source_patient = forms.ModelChoiceField(label=_("Patient"), queryset=Patient.objects.none(), required=False)
    how = forms.CharField(
        label=_("How it happened"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, patients: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("source_patient").queryset = patients


class FollowUpForm(RefusalForm):
    follow_up = ReasonField(label=_("What was done about it"), max_length=2000)
    version = seen_version()
