"""How somebody wants to be reached: one form for the patient's page and the desk's."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from patients.models import ContactPreference
from scheduling.messages.actions.preferences import MAY_BE_LEFT_OUT
from scheduling.models import Message

EARLIER = "earlier"

KIND_WORDS = {
    Message.Kind.REMINDER: _("A reminder two days before a visit"),
    Message.Kind.AFTERCARE: _("What to do after a session"),
    Message.Kind.CHECK_24H: _("How I am one day after a session"),
    Message.Kind.CHECK_72H: _("How I am three days after a session"),
    Message.Kind.REVIEW_DUE: _("When we look at the course together"),
    Message.Kind.MAINTENANCE_DUE: _("When the next upkeep visit is due"),
    Message.Kind.SLOT_OFFER: _("A time that is free, while a visit of mine has none"),
}


class ContactForm(RefusalForm):
    """How to be reached, and about what besides what is always said."""

    channel = forms.ChoiceField(label=_("Reach me by"), widget=forms.RadioSelect)
    wanted = forms.MultipleChoiceField(
        label=_("Also tell me about"), widget=forms.CheckboxSelectMultiple, required=False
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channels: Sequence[str], kept: ContactPreference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = dict(ContactPreference.Channel.choices)
        self.choice_field("channel").choices = [(channel, words[channel]) for channel in channels]
        kinds = [(kind.value, KIND_WORDS[kind]) for kind in MAY_BE_LEFT_OUT]
        self.choice_field("wanted").choices = [*kinds, (EARLIER, _("An earlier time, when a visit of mine is late"))]
        wanted = [kind.value for kind in MAY_BE_LEFT_OUT if kind not in kept.opted_out]
        wanted += [EARLIER] if kept.wants_earlier else []
        self.initial.update({"channel": kept.channel, "wanted": wanted, "version": kept.version})

    def given(self) -> dict[str, Any]:
        """As `set_contact` takes it: kinds that were not ticked are left out."""
        wanted, given = self.cleaned_data["wanted"], self.cleaned_data
        left_out = [kind.value for kind in MAY_BE_LEFT_OUT if kind not in wanted]
        asked = {"opted_out": left_out, "wants_earlier": EARLIER in wanted}
        return {name: given[name] for name in given if name != "wanted"} | asked
