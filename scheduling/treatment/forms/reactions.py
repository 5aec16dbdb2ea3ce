"""What somebody noticed after a visit, in a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import WallTimeField, ZonedForm
from protocols.models import ExpectedReaction, TreatmentArea
from scheduling.models import AdverseEvent

WORDS = {
    AdverseEvent.Severity.MILD: _("Mild: I notice it, and it does not hold me up"),
    AdverseEvent.Severity.MODERATE: _("In between: it bothers me in what I do"),
    AdverseEvent.Severity.SEVERE: _("Severe: I cannot do what I usually do"),
}


class ReactionForm(ZonedForm):
    """What somebody noticed after a visit."""

    reaction = forms.ModelChoiceField(
        label=_("What it is"),
        queryset=ExpectedReaction.objects.none(),
        empty_label=_("Something else"),
        required=False,
    )
    text = forms.CharField(
        label=_("In your own words"),
        help_text=_("Where it is, what it looks like, what you have done about it."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    area = forms.ModelChoiceField(
        TreatmentArea.objects.filter(active=True).order_by("name"),
        to_field_name="code",
        label=_("Where it is"),
        required=False,
        empty_label=_("no particular area"),
    )
    onset_at = WallTimeField(label=_("Since when"))
    severity = forms.ChoiceField(label=_("How bad it is"), choices=WORDS.items(), widget=forms.RadioSelect)
    worsening = forms.BooleanField(label=_("It is getting worse"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("reaction").queryset = ExpectedReaction.objects.filter(active=True).order_by("serious", "pk")


class SeenReactionForm(ReactionForm):
    """The same, by staff who may have a photograph of it."""

    file = forms.FileField(
        label=_("Photograph"), required=False, help_text=_("Only with the patient's consent to photographs.")
    )
