"""Forms of the acts before the needle: consent, test, reading, and what a prescriber settles."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from patients.actions.identity import born_of
from patients.models import AllergyTestReading
from protocols.models import ConsentStatement, Formulation, Substance

SUBSTANCE = "substance:"  # before the code of a substance, where allergens stand beside it
REASON = forms.Textarea(attrs={"rows": 3})


def birth_number(label: Any, most: int, *, required: bool = False) -> forms.IntegerField:
    """Day or month of the birthday, as the patient says it (D51)."""
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=required, widget=widget)


class ConsentForm(ZonedForm):
    """The lines as they are read. Some are ticked one by one, all others together."""

    birth_day = birth_number(_("Day of birth"), 31, required=True)
    birth_month = birth_number(_("Month of birth"), 12, required=True)
    together = forms.BooleanField(label=_("I have read all lines above, could ask, and agree"))
    signed_name = forms.CharField(label=_("Full name, as signed"), max_length=200)
    interpreter = forms.CharField(
        label=_("Interpreter"),
        max_length=200,
        required=False,
        help_text=_("Who put the text into the patient’s language, by name."),
    )
    signed_at = WallTimeField(
        label=_("Signed at"),
        required=False,
        help_text=_("Empty means now. At most seven days back."),
    )
    paper = forms.CharField(
        label=_("Signed sheet"),
        max_length=200,
        required=False,
        help_text=_("Where the paper is kept, or its file; needed when it was signed earlier."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        lines: Sequence[ConsentStatement],
        zone: ZoneInfo,
        by_patient: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, zone=zone, **kwargs)
        self.lines = lines
        if not self.read_together:
            del self.fields["together"]
        if by_patient:  # their signature carries the time at which they send it (D36)
            for name in ("signed_at", "paper", "birth_day", "birth_month"):
                del self.fields[name]
            self.fields["signed_name"].label = _("Your full name")
        for line in self.apart:
            self.fields[f"line-{line.code}"] = forms.BooleanField(label=line.text)

    @property
    def apart(self) -> list[ConsentStatement]:
        """Lines acknowledged on their own."""
        return [line for line in self.lines if line.separately]

    @property
    def read_together(self) -> list[ConsentStatement]:
        return [line for line in self.lines if not line.separately]

    @property
    def apart_fields(self) -> list[forms.BoundField]:
        return [self[f"line-{line.code}"] for line in self.apart]

    def wanted(self) -> dict[str, Any]:
        """The form as `sign_consent` takes it."""
        names = ("signed_name", "signed_at", "interpreter", "paper", "birth_day", "birth_month")
        given = {name: self.cleaned_data[name] for name in names if name in self.fields}
        return born_of({"statements": self.codes()} | given)

    def codes(self) -> list[str]:
        """The lines signed; valid only when every one was ticked."""
        return [line.code for line in self.lines]


class ReasonForm(RefusalForm):
    """A withdrawal or a refusal; the reason may be kept to oneself."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=REASON)


class SignedReasonForm(RefusalForm):
    """What a prescriber signs with a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=REASON)


class TestForm(ZonedForm):
    """The test injections."""

    __test__ = False  # pytest would take the name for a test

    birth_day = birth_number(_("Day of birth"), 31, required=True)
    birth_month = birth_number(_("Month of birth"), 12, required=True)
    formulation = forms.ModelChoiceField(Formulation.objects.all(), label=_("Mix"), empty_label=_("choose the mix"))
    administered_at = WallTimeField(label=_("Done at"), help_text=_("At most seven days back."))
    injections = forms.TypedChoiceField(
        label=_("Test injections"), choices=[(1, _("One")), (2, _("Two"))], coerce=int, widget=forms.RadioSelect
    )
    site = forms.CharField(label=_("Where"), max_length=100, help_text=_("For example: left forearm, inner side."))
    emergency_kit = forms.BooleanField(label=_("The emergency kit was checked and within reach"), required=False)
    acknowledged = forms.CharField(
        label=_("Why it is not postponed"),
        max_length=2000,
        required=False,
        widget=REASON,
        help_text=_("Only when a medicine on the list can hide a reaction: antihistamines of seven days, steroids."),
    )

    def __init__(self, data: Any = None, *, mixes: Sequence[Formulation], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(data, zone=zone, **kwargs)
        self.choice_field("formulation").choices = [("", _("choose the mix")), *((mix.pk, mix.name) for mix in mixes)]


class ReadingForm(ZonedForm):
    """What is seen after 24 hours or more. Over 72 hours symptoms since are asked for (D22)."""

    look = forms.ChoiceField(
        label=_("Which look"), choices=AllergyTestReading.Look.choices, widget=forms.RadioSelect, required=False
    )
    read_at = WallTimeField(label=_("Read at"))
    result = forms.ChoiceField(label=_("Result"), choices=AllergyTestReading.Result.choices, widget=forms.RadioSelect)
    wheal_mm = forms.IntegerField(label=_("Wheal, mm"), required=False, min_value=0, max_value=500)
    flare_mm = forms.IntegerField(label=_("Flare, mm"), required=False, min_value=0, max_value=500)
    symptoms_since = forms.CharField(
        label=_("Symptoms since the test"),
        max_length=2000,
        required=False,
        widget=REASON,
        help_text=_("Ask when more than 72 hours have passed; write “none” when there were none."),
    )
    photo = forms.BooleanField(label=_("Read from a photo"), required=False)

    def clean_look(self) -> str:
        return self.cleaned_data["look"] or AllergyTestReading.Look.DELAYED.value


class AllergyForm(RefusalForm):
    """An allergy the patient reports or a test proved."""

    allergen = forms.ChoiceField(label=_("Allergic to"))
    note = forms.CharField(
        label=_("How is it known?"),
        max_length=2000,
        widget=REASON,
        help_text=_("For example: the patient reports it, with what happened; or a test, with its date."),
    )

    def __init__(self, data: Any = None, *, allergens: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.substances = {row.code: row for row in Substance.objects.filter(active=True)}
        substances = [(f"{SUBSTANCE}{code}", row.name) for code, row in self.substances.items()]
        self.choice_field("allergen").choices = [
            ("", _("choose")),
            (_("Allergens"), list(allergens.items())),
            (_("Substances of mixes"), substances),
        ]

    def named(self) -> dict[str, Any]:
        """What was chosen, as `record_allergy` takes it."""
        code = self.cleaned_data["allergen"]
        chosen = self.substances.get(code.removeprefix(SUBSTANCE)) if code.startswith(SUBSTANCE) else None
        return {"substance": chosen} if chosen else {"allergen": code}


class SettleForm(RefusalForm):
    """A suspected allergy confirmed or ruled out by a prescriber."""

    verdict = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("confirmed", _("An allergy: never again in a mix")), ("refuted", _("Not an allergy"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Reason"), max_length=2000, widget=REASON)
