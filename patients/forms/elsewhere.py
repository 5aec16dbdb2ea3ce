"""Adding a location to a patient of another one, and opening their record in an emergency."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm


class AddLocationForm(RefusalForm):
    key = forms.CharField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("The patient was asked, and says that this location may treat them and see their record"),
        required=False,
    )


class EmergencyForm(RefusalForm):
    key = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why the record is needed now"),
        help_text=_("A director of the patient's location reads it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    hours = forms.TypedChoiceField(
        label=_("Open for"),
        coerce=int,
        choices=[(1, _("1 hour")), (4, _("4 hours")), (12, _("12 hours"))],
    )
