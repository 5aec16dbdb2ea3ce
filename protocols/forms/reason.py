"""Why: the line that every change of what a clinic does carries."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, Words


class ReasonField(forms.CharField):
    """A line or two, never empty."""

    def __init__(self, help_text: Words = "") -> None:
        super().__init__(
            label=_("Reason"), help_text=help_text, max_length=500, widget=forms.Textarea(attrs={"rows": 2}), strip=True
        )


class ReasonForm(RefusalForm):
    """A reason, and the state the person saw when giving it."""

    seen: forms.Field = forms.CharField(widget=forms.HiddenInput, max_length=20)
    reason = ReasonField(_("It is kept in the history with your name and today’s date."))


class TakeBackForm(ReasonForm):
    """The same, where the state is the version of a rule."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
