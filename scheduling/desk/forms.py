"""Forms of the desk: absences, and booking for somebody on the phone."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.access import CARE
from clinic.base.clock import local_date
from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from clinic.base.refusals import Refusal
from clinic.base.zones import day_begins, instant_of
from clinic.models import Location, StaffMember
from patients.forms.people import WhoForm
from patients.models import Patient
from scheduling.base.inputs import DateInput, TimeInput, seen_version
from scheduling.calendar.actions.absences import check_span
from scheduling.calendar.forms import PlaceField
from scheduling.calendar.queries.offers import Wish
from scheduling.desk.queries.todo import CAN_WAIT, Todo
from scheduling.messages.forms import ContactForm
from scheduling.models import Practitioner, Session
from scheduling.setup import queries as setup
from scheduling.setup.queries import practitioners_at

MOVED = {"start": "first_day", "end": "last_day", "practitioner": "away"}  # the action's names for our fields


class AbsenceForm(RefusalForm):
    """Whole days unless times are given; wall times of the location."""

    away = forms.ChoiceField(label=_("Who or what is away"))
    first_day = forms.DateField(label=_("First day"), widget=DateInput)
    since = forms.TimeField(label=_("From"), widget=TimeInput, required=False)
    last_day = forms.DateField(label=_("Last day"), widget=DateInput)
    until = forms.TimeField(label=_("Until"), widget=TimeInput, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("For colleagues; patients do not see it."))

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.location = location
        self.things = things_at(location)
        self.choice_field("away").choices = [
            (title, [(value, str(thing)) for value, thing in rows.items()]) for title, rows in self.things if rows
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first_day"), given.get("last_day")
        if first and last:
            try:
                given["start"] = self.instant(first, given.get("since"), "since")
                given["end"] = self.instant(last, given.get("until"), "until", otherwise=last + timedelta(days=1))
                check_span(given["start"], given["end"])
            except Refusal as refusal:
                self.add_refusal(refusal)
        return given

    def instant(self, day: date, at: time | None, name: str, *, otherwise: date | None = None) -> datetime:
        """The time typed on that day; without one the beginning of `otherwise`, or of the day itself."""
        zone = ZoneInfo(self.location.timezone)
        return day_begins(otherwise or day, zone) if at is None else instant_of(datetime.combine(day, at), zone, name)

    def wanted(self) -> dict[str, Any]:
        """The absence as `report_absence` takes it."""
        given = self.cleaned_data
        kind = given["away"].partition(":")[0]
        thing = next(rows[given["away"]] for _title, rows in self.things if given["away"] in rows)
        return {kind: thing, "start": given["start"], "end": given["end"], "reason": given["reason"]}

    def add_refusal(self, refusal: Refusal) -> None:
        for error in refusal.errors:
            name = MOVED.get(error.field, error.field)
            self.add_error(name if name in self.fields else None, str(error.message))
        if not refusal.errors:
            super().add_refusal(refusal)


def things_at(location: Location) -> list[tuple[Any, dict[str, Model]]]:
    """People, rooms and devices of a location that can be away, by the value of their choice."""
    groups = [
        (_("People"), "practitioner", setup.practitioners_at(location)),
        (_("Rooms"), "room", setup.rooms(location).filter(active=True)),
        (_("Devices"), "device", setup.devices(location).filter(active=True)),
    ]
    return [(title, {f"{kind}:{row.pk}": row for row in rows}) for title, kind, rows in groups]


KINDS = [Session.Kind.CONSULTATION, Session.Kind.REVIEW, Session.Kind.MEASUREMENT, Session.Kind.ALLERGY_TEST]


class WishForm(ZonedForm):
    """Which free times to show. Nothing in it is required, and what cannot be read is left out."""

    kind = forms.ChoiceField(
        label=_("Kind of visit"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.RadioSelect,
        required=False,
    )
    practitioner = forms.ModelChoiceField(
        label=_("With"), queryset=Practitioner.objects.none(), empty_label=_("Anybody, the soonest"), required=False
    )
    since = forms.DateField(label=_("From"), widget=DateInput, required=False)
    start = WallTimeField(required=False, widget=forms.HiddenInput)
    room = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, zone=ZoneInfo(location.timezone), **kwargs)
        self.row_field("practitioner").queryset = practitioners_at(location)
        self.location = location

    def wish(self, patient: Patient) -> Wish:
        self.is_valid()
        given = self.cleaned_data
        practitioner = given.get("practitioner")
        return Wish(
            location=self.location,
            kind=given.get("kind") or Session.Kind.CONSULTATION.value,
            patient_id=patient.pk,
            practitioner_id=practitioner.pk if practitioner else None,
            room_id=given.get("room"),
            since=given.get("since"),
            at=given.get("start"),
        )


class BookingForm(RefusalForm):
    """A visit to be booked at an offered time."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in KINDS])
    place = PlaceField(label=_("Time"))


class QuickPatientForm(WhoForm):
    """Somebody new on the phone: a name and a number are enough to begin."""

    email = forms.CharField(label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput)


class ReachForm(ContactForm):
    """How the patient wants to be reached, as the desk notes it."""

    no_calls = forms.BooleanField(label=_("Do not phone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].label = _("Reached by")
        self.fields["wanted"].label = _("Also told about")


class ContactPersonForm(RefusalForm):
    """Somebody who books, pays or helps."""

    name = forms.CharField(label=_("Name"), max_length=200)
    relationship = forms.CharField(label=_("Who this is to the patient"), max_length=60, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=60, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput)
    pays = forms.BooleanField(label=_("Books or pays"), required=False)
    hears_times = forms.BooleanField(
        label=_("The patient agreed that this person hears the times of visits"),
        required=False,
        help_text=_("Nothing about health is said to them."),
    )


class MarkForm(ZonedForm):
    """Whose a thing to do is, and until when it is put off."""

    owner = forms.ModelChoiceField(
        label=_("Who does it"),
        queryset=StaffMember.objects.none(),
        required=False,
        empty_label=_("Whoever comes first"),
    )
    wait = forms.ChoiceField(label=_("Put off"), required=False, widget=forms.RadioSelect)
    until = WallTimeField(label=_("Until"), required=False)
    version = seen_version()

    def __init__(self, *args: Any, item: Todo, location: Location, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, zone=ZoneInfo(location.timezone), **kwargs)
        people = StaffMember.objects.filter(active=True, role__in=CARE).select_related("user")
        here = Q(location=location) | Q(everywhere=True) | Q(posts__location=location)
        self.row_field("owner").queryset = people.filter(here).distinct().order_by("user__name")
        mark, can_wait = item.mark, item.list in CAN_WAIT
        self.initial.update({"owner": mark and mark.owner_id, "version": mark.version if mark else 0})
        morning = datetime.combine(local_date(now, location.timezone), time(8), ZoneInfo(location.timezone))
        self.times = {
            "hour": now + timedelta(hours=1),
            "tomorrow": morning + timedelta(days=1),
            "week": morning + timedelta(days=7),
        }
        labels = {
            "": _("No"),
            "hour": _("An hour"),
            "tomorrow": _("Until tomorrow"),
            "week": _("A week"),
            "at": _("Until …"),
        }
        self.choice_field("wait").choices = list(labels.items())
        if mark and mark.until and mark.until > now:
            self.initial.update({"wait": "at", "until": mark.until})
        if not can_wait:
            del self.fields["wait"], self.fields["until"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("wait") == "at" and not given.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until when."))
        return given

    def wanted(self) -> dict[str, Any]:
        given = self.cleaned_data
        until = given.get("until") if given.get("wait") == "at" else self.times.get(given.get("wait", ""))
        return {"owner": given["owner"], "until": until, "version": given["version"]}


class ReturnForm(RefusalForm):
    """When the consultation is of somebody who comes back."""

    place = PlaceField(label=_("Time"), widget=forms.HiddenInput)

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].required = needed
