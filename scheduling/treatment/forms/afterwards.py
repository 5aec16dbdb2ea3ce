"""The record of a treatment that already took place, with its real time (D39)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import WallTimeField
from clinic.base.refusals import Refusal
from patients.actions.identity import born_of
from patients.forms.acts import birth_number
from scheduling.base.inputs import ReasonField
from scheduling.treatment.forms.record import RecordForm, tick

OWN = ("performed_at", "birth_day", "birth_month", "emergency_kit", "consent_confirmed")
REASON = "reasons."  # before the code of a gate that failed then


class EnterForm(RecordForm):
    """What `enter_treatment` takes. Whatever would have stopped the start then adds a field for its reason."""

    performed_at = WallTimeField(label=_("When it took place"), help_text=_("At most seven days back."))
    birth_day = birth_number(_("Day of birth"), 31, required=True)
    birth_month = birth_number(_("Month of birth"), 12, required=True)
    emergency_kit = tick(_("The emergency kit was checked and within reach"))
    consent_confirmed = tick(_("The patient confirmed the consent aloud"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name in data or ():
            if name.startswith(REASON):
                self.ask(name, label=data.get(f"label-{name}", ""))

    def ask(self, name: str, *, label: str) -> None:
        self.fields[name] = ReasonField(label=label, required=False)

    @property
    def reasons(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(REASON)]

    def wanted(self) -> dict[str, Any]:
        given = self.cleaned_data
        own = {name: given.pop(name) for name in OWN}
        why = {name.removeprefix(REASON): given.pop(name) for name in list(given) if name.startswith(REASON)}
        return born_of({**super().wanted(), **own, "reasons": why})

    def add_refusal(self, refusal: Refusal) -> None:
        for error in refusal.errors:
            if error.field.startswith(REASON):
                self.ask(error.field, label=error.message)
        super().add_refusal(refusal)
