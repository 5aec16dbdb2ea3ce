"""Forms of one visit: give it a time, call it off, say how it went."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from protocols.models import Indication, Phase, TreatmentArea
from scheduling.base.inputs import ReasonField, seen_version
from scheduling.models import Session


class ReasonForm(RefusalForm):
    """Why something is cancelled."""

    reason = ReasonField(label=_("Reason"))
    version = seen_version()


class NoShowForm(RefusalForm):
    reason = ReasonField(label=_("Note"), required=False)
    version = seen_version()


class CancelForm(ReasonForm):
    """A visit of a course gets another time, or is left out and the rest closes up."""

    drop = forms.ChoiceField(
        label=_("And then?"),
        choices=[("", _("It gets another time later")), ("drop", _("It is left out; the visits after it close up"))],
        widget=forms.RadioSelect,
        required=False,
    )
    expect = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order = ["reason", "drop"]

    def wanted(self, applying: bool) -> dict[str, Any]:
        """The form as `cancel_visit` takes it; what was seen counts only when it is applied."""
        given = self.cleaned_data
        seen = {"expect": given["expect"] or None} if applying else {"preview": True}
        return {"reason": given["reason"], "drop": bool(given["drop"]), "version": given["version"]} | seen


class LatePolicyForm(RefusalForm):
    """What becomes of a phase whose session came too late."""

    policy = forms.ChoiceField(
        label=_("What follows"),
        choices=[
            (Phase.LatePolicy.CONTINUE.value, _("The course goes on as it was")),
            (Phase.LatePolicy.ADD_SESSION.value, _("One session is added to this phase")),
            (Phase.LatePolicy.RESTART_PHASE.value, _("The phase begins anew")),
        ],
        widget=forms.RadioSelect,
    )
    reason = ReasonField(label=_("Reason"))


class ClosingForm(RefusalForm):
    """How a reported reaction ended."""

    outcome = ReasonField(label=_("How did it end?"), max_length=2000)
    version = seen_version()


class LateForm(ZonedForm):
    """When a late patient will be here."""

    arrives = WallTimeField(label=_("Here at"))


OUTCOMES = [
    ("plan", _("Plan a course")),
    ("wait", _("Nothing yet: the patient thinks about it, or something is still missing")),
    ("none", _("No treatment here")),
]


class OutcomeForm(ZonedForm):
    """How a visit without a needle ended, and when if that was earlier. Only clinicians read the note."""

    outcome = forms.ChoiceField(
        label=_("What comes next"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
    )
    areas = forms.ModelMultipleChoiceField(
        TreatmentArea.objects.filter(active=True, selectable=True),
        to_field_name="code",
        label=_("Areas talked about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    indications = forms.ModelMultipleChoiceField(
        Indication.objects.filter(active=True, selectable=True).order_by("name"),
        to_field_name="code",
        label=_("Indications talked about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=_("Note"), max_length=1500, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    performed_at = WallTimeField(
        label=_("Took place at"), required=False, help_text=_("Leave empty for now. At most seven days back.")
    )
    version = seen_version()

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        zone = ZoneInfo(session.location.timezone)
        super().__init__(*args, initial={"version": session.version}, zone=zone, **kwargs)
        if session.kind != Session.Kind.CONSULTATION:
            del self.fields["outcome"], self.fields["areas"], self.fields["indications"]

    def clean(self) -> dict[str, Any]:
        """A consultation after which a course is planned says for what: it counts for no other plan (D37)."""
        if self.cleaned_data.get("outcome") == "plan":
            for name in ("areas", "indications"):
                if not self.cleaned_data.get(name):
                    self.add_error(name, _("Please say what was talked about; the plan may go no further."))
        return self.cleaned_data

    def wanted(self) -> dict[str, Any]:
        """The form as `complete_session` takes it."""
        given = self.cleaned_data
        said = filter(None, [str(dict(OUTCOMES).get(given.get("outcome", ""), "")), given["note"]])
        about = {name: [row.code for row in given.get(name, ())] for name in ("areas", "indications")}
        return about | {"outcome": ". ".join(said), "performed_at": given["performed_at"], "version": given["version"]}
