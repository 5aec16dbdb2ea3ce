"""The patient's own forms. Strings become domain types here; what is possible is decided by the actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from scheduling.base.inputs import ReasonField
from scheduling.calendar.forms import PlaceField


class OwnMoveForm(RefusalForm):
    """A time that was offered; `expect` names the outcome that was seen."""

    place = PlaceField(label=_("Time"), widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    expect = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class CannotComeForm(RefusalForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AskForm(RefusalForm):
    """What the patient needs, in their own words."""

    text = ReasonField(
        label=_("What would suit you?"),
        help_text=_("Days, hours, with whom. Please write nothing about your health here."),
    )
