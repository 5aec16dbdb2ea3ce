"""How somebody wants to be reached: one form for the patient's page and the desk's."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from patients.models import ContactPreference
from scheduling.models import Message

KIND_WORDS = {
    Message.Kind.REMINDER: _("A reminder two days before a visit"),
    Message.Kind.AFTERCARE: _("What to do after a session"),
    Message.Kind.CHECK_24H: _("How I am one day after a session"),
    Message.Kind.CHECK_72H: _("How I am three days after a session"),
    Message.Kind.REVIEW_DUE: _("When we look at the course together"),
    Message.Kind.MAINTENANCE_DUE: _("When the next upkeep visit is due"),
}


class ContactForm(RefusalForm):
    """How to be reached, and about what besides what is always said."""

    channel = forms.ChoiceField(label=_("Reach me by"), widget=forms.RadioSelect)
    wanted = forms.MultipleChoiceField(
        label=_("Also tell me about"), widget=forms.CheckboxSelectMultiple, required=False
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channels: Sequence[str], kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = dict(ContactPreference.Channel.choices)
        self.kinds = kinds
        self.choice_field("channel").choices = [(channel, words[channel]) for channel in channels]
        self.choice_field("wanted").choices = [(kind, KIND_WORDS[Message.Kind(kind)]) for kind in kinds]

    def opted_out(self) -> list[str]:
        """The kinds that were not ticked."""
        return [kind for kind in self.kinds if kind not in self.cleaned_data["wanted"]]
