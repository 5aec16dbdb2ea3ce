"""A combination the catalogue does not have, with the reason (D47)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from protocols.forms.reason import ReasonField
from protocols.models import Indication, Substance, TreatmentArea


class CombinationForm(RefusalForm):
    indication = forms.ModelChoiceField(
        Indication.objects.filter(active=True, selectable=True).order_by("name"),
        to_field_name="code",
        label=_("Reason to treat"),
        required=False,
        empty_label=_("none"),
        help_text=_("Either this or a substance."),
    )
    substance = forms.ModelChoiceField(
        Substance.objects.filter(active=True, injectable=True).order_by("name"),
        to_field_name="code",
        label=_("Substance"),
        required=False,
        empty_label=_("none"),
    )
    area = forms.ModelChoiceField(
        TreatmentArea.objects.filter(active=True).order_by("name"), to_field_name="code", label=_("Area")
    )
    reason = ReasonField(_("Kept with your name and today’s date."))
