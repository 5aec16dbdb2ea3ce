"""One policy as a form: a choice, a number in its unit, or words; always with a reason (D15)."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.base.forms import RefusalForm
from protocols.actions.policies import LONGEST_TEXT, limits_of
from protocols.forms.reason import ReasonField
from protocols.rules.policies import Setting


class PolicyForm(RefusalForm):
    """`value` has the kind of the setting; `seen` is the id of the choice the page showed, 0 for none."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = ReasonField(gettext_lazy("It is kept in the history with your name and today’s date."))
    field_order = ["seen", "value", "reason"]

    def __init__(self, data: QueryDict | None = None, *, setting: Setting) -> None:
        initial = {"value": setting.value, "seen": setting.chosen.pk if setting.chosen else 0}
        super().__init__(data, initial=initial)
        self.fields["value"] = value_field(setting)
        self.order_fields(self.field_order)


def value_field(setting: Setting) -> forms.Field:
    """The control that fits the kind of a setting."""
    label = _(setting.entry["name"])
    match setting.entry["kind"]:
        case "choice":
            return forms.ChoiceField(label=label, choices=setting.choices, widget=forms.RadioSelect)
        case "several":
            return forms.MultipleChoiceField(label=label, choices=setting.choices, widget=forms.CheckboxSelectMultiple)
        case "text":
            return forms.CharField(label=label, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    least, most = limits_of(setting)
    said = {"least": least, "most": most}
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=_("From %(least)s to %(most)s.") % said
    )
