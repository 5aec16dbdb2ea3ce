"""What is planned, chosen from the catalogue; and a decision on one finding."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from patients.queries.plans import plan_of
from protocols.eligibility import Plan
from protocols.models import DeliveryDevice, Formulation, Indication, Technique, TreatmentArea


class PlanForm(RefusalForm):
    """Everything may be left open. Sent by GET, so that each verdict has an address."""

    on = forms.DateField(
        label=_("For the day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    area = forms.ModelMultipleChoiceField(
        TreatmentArea.objects.filter(active=True),
        to_field_name="code",
        label=_("Areas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    indication = forms.ModelChoiceField(
        Indication.objects.filter(active=True).order_by("name"),
        to_field_name="code",
        label=_("Indication"),
        required=False,
        empty_label=_("not chosen yet"),
    )
    formulation = forms.ModelChoiceField(
        Formulation.objects.all(), label=_("Mix"), required=False, empty_label=_("not chosen yet")
    )
    delivery_device = forms.ModelChoiceField(
        DeliveryDevice.objects.filter(active=True),
        to_field_name="code",
        label=_("Device"),
        required=False,
        empty_label=_("not chosen yet"),
    )
    technique = forms.ModelChoiceField(
        Technique.objects.filter(active=True),
        to_field_name="code",
        label=_("Technique"),
        required=False,
        empty_label=_("not chosen yet"),
    )

    def __init__(self, data: Any = None, *, mixes: list[Formulation], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.choice_field("formulation").choices = [("", _("not chosen yet")), *((mix.pk, mix.name) for mix in mixes)]

    def plan(self) -> tuple[Plan, Formulation | None]:
        given = self.cleaned_data
        formulation = given.get("formulation")
        plan = plan_of(
            areas=given.get("area") or (),
            indication=given.get("indication"),
            formulation=formulation,
            delivery_device=given.get("delivery_device"),
            technique=given.get("technique"),
        )
        return plan, formulation

    def areas(self) -> list[TreatmentArea]:
        """The areas as the body chart takes them."""
        return list(TreatmentArea.objects.filter(active=True).select_related("parent"))

    def day(self, today: date) -> date:
        return self.cleaned_data.get("on") or today


class DecisionForm(RefusalForm):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("approve", _("Allow treatment")), ("decline", _("Do not treat"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with your name. It holds for this plan and the answers above, until one of them changes."),
    )
