"""Forms of the account pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import ApiToken

LASTING = [(7, _("A week")), (30, _("A month")), (90, _("Three months")), (365, _("A year"))]


class TokenForm(forms.Form):
    """What a new token is for, what it may do and how long it works."""

    name = forms.CharField(label=_("What is it for?"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label=_("It works for"), choices=LASTING, coerce=int, initial=90)
