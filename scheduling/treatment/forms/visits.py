"""Forms of one visit: give it a time, call it off, say how it went."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from patients.actions.identity import born_of
from patients.forms.acts import birth_number
from patients.forms.day import DayForm
from protocols.models import Indication, Phase, Substance, Technique, TreatmentArea
from scheduling.base.inputs import DateInput, ReasonField, seen_version
from scheduling.models import AdverseEvent, Course, Session, TreatmentRecord


class ReasonForm(RefusalForm):
    """Why something is cancelled."""

    reason = ReasonField(label=_("Reason"))
    version = seen_version()


class NoShowForm(RefusalForm):
    reason = ReasonField(label=_("Note"), required=False)
    version = seen_version()


LATER, LEFT_OUT = "later", "out"


class CancelForm(ReasonForm):
    """The patient cannot come: the time is freed and another is found later, or the visit is left out."""

    then = forms.ChoiceField(choices=[(LATER, LATER), (LEFT_OUT, LEFT_OUT)], widget=forms.HiddenInput)
    expect = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def seen(self, applying: bool) -> dict[str, Any]:
        """How `leave_out` is called; what was seen counts only when it is applied."""
        given = self.cleaned_data
        how = {"expect": given["expect"] or None} if applying else {"preview": True}
        return self.said() | how

    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("reason", "version")}


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


class CauseForm(RefusalForm):
    """What a clinician suspects of a reaction."""

    cause = forms.ChoiceField(label=_("Suspected cause"), choices=AdverseEvent.Cause.choices, widget=forms.RadioSelect)
    substance = forms.ModelChoiceField(
        label=_("Which substance"), queryset=Substance.objects.none(), required=False,
        help_text=_("For a substance, an anaesthetic or an antiseptic. It is a suspected allergy from then on."),
    )  # fmt: skip
    version = seen_version()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("substance").queryset = Substance.objects.filter(active=True).order_by("name")


class DecisionForm(RefusalForm):
    """A prescriber's written decision after a reaction that stopped everything."""

    decision = ReasonField(label=_("Decision and why"), max_length=2000)


class KitForm(RefusalForm):
    """The emergency kit of a place, as it was found today."""

    adrenaline_expires_on = forms.DateField(label=_("Adrenaline expires on"), widget=DateInput, required=False)
    contents = forms.CharField(
        label=_("What is in it, and until when"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )


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

# After a review the course goes on, or is planned anew on the page of its length or its end.
REVIEWED = [
    ("on", _("The course goes on as planned")),
    ("length", _("It gets longer or shorter")),
    ("finish", _("It ends: the goal is reached")),
    ("revoke", _("It stops for good")),
]


class ArrivalForm(DayForm):
    """What the patient says of the birthday, and the questions of the day."""

    birth_day = birth_number(_("Day of birth"), 31)
    birth_month = birth_number(_("Month of birth"), 12)

    @property
    def born(self) -> tuple[int, int] | None:
        found: tuple[int, int] | None = born_of(self.cleaned_data)["born"]
        return found


class SignForm(RefusalForm):
    """What the record still lacks, and why somebody else signs it."""

    technique = forms.ModelChoiceField(label=_("Technique"), queryset=Technique.objects.none(), required=False)
    needle = forms.CharField(label=_("Needle"), max_length=60, required=False)
    needle_length_mm = forms.DecimalField(
        label=_("Needle length, mm"), max_digits=4, decimal_places=1, min_value=Decimal(0), required=False
    )
    depth = forms.CharField(label=_("Depth"), max_length=60, required=False)
    injection_points = forms.IntegerField(label=_("Number of points"), min_value=0, max_value=10000, required=False)
    operator_skill = forms.CharField(label=_("Experience with this technique"), max_length=200, required=False)
    hands_on_minutes = forms.IntegerField(label=_("Hands-on minutes"), min_value=0, max_value=600, required=False)
    skin_response = forms.CharField(label=_("How the skin reacted"), max_length=200, required=False)
    clinical_response = forms.CharField(label=_("Change since last time"), max_length=200, required=False)
    reason = ReasonField(label=_("Why you sign for somebody else"), required=False)
    version = seen_version()

    def __init__(self, *args: Any, record: TreatmentRecord, needed: Collection[str], own: bool, **kwargs: Any) -> None:
        """`needed`: the fields without which it is not signed."""
        super().__init__(*args, **kwargs)
        self.row_field("technique").queryset = Technique.objects.filter(active=True).order_by("name")
        for name in [name for name in self.fields if name not in ("reason", "version")]:
            if getattr(record, name if name != "technique" else "technique_id") not in (None, ""):
                del self.fields[name]
        if own:
            del self.fields["reason"]
        for name in self.fields.keys() & {*needed, "reason"}:
            self.fields[name].required = True

    def wanted(self) -> dict[str, Any]:
        """The form as `sign_record` takes it."""
        given = dict(self.cleaned_data)
        reason, version = given.pop("reason", ""), given.pop("version")
        fields = {name: value for name, value in given.items() if value not in (None, "")}
        return {"reason": reason, "version": version, "fields": fields}


class AddendumForm(RefusalForm):
    """What is added after the signature."""

    text = forms.CharField(label=_("Addendum"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    reason = ReasonField(label=_("Why it is added now"))
    version = seen_version()


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

    def __init__(self, *args: Any, session: Session, reviewed: Course | None = None, **kwargs: Any) -> None:
        """`reviewed`: the course that a review is about; without one nothing is asked about it."""
        zone = ZoneInfo(session.location.timezone)
        super().__init__(*args, initial={"version": session.version}, zone=zone, **kwargs)
        if session.kind != Session.Kind.CONSULTATION:
            del self.fields["areas"], self.fields["indications"]
            self.choice_field("outcome").choices = REVIEWED
            if reviewed is None:
                del self.fields["outcome"]

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
        words = dict([*OUTCOMES, *REVIEWED])
        said = filter(None, [str(words.get(given.get("outcome", ""), "")), given["note"]])
        about = {name: [row.code for row in given.get(name, ())] for name in ("areas", "indications")}
        return about | {"outcome": ". ".join(said), "performed_at": given["performed_at"], "version": given["version"]}
