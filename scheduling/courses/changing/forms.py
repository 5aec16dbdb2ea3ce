"""Forms of a running course: longer or shorter, somebody else treats, days the patient is away."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm
from clinic.models import Location
from clinic.templatetags.look import days
from scheduling.base.inputs import DateInput, LateField, ReasonField, seen_version
from scheduling.calendar.forms import PlaceField
from scheduling.courses.changing.queries.leaving import Left
from scheduling.courses.queries.course_pages import PhaseLeft
from scheduling.models import Course, Practitioner, Room, Session
from scheduling.planner.away import Stretch
from scheduling.setup import queries as setup


class ChangeForm(RefusalForm):
    """What every change of a course carries from its preview to the action: `expect` names the outcome that was seen,
    `version` the course's."""

    allow_late = LateField()
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    expect = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def how(self, *, applying: bool) -> dict[str, Any]:
        """For the cascade; what was seen counts only when it is applied."""
        given = self.cleaned_data
        seen = {"expect": given["expect"] or None} if applying else {"preview": True}
        return {"version": given["version"], "allow_late": given["allow_late"]} | seen

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields a person fills in."""
        return self.visible_fields()

    @property
    def carried(self) -> list[forms.BoundField]:
        """What the preview's form repeats as it was sent."""
        return [*self.asked, self["version"]]


class LengthForm(ChangeForm):
    """So many visits more or fewer in a phase."""

    phase = forms.TypedChoiceField(label=_("Part of the course"), coerce=int, widget=forms.RadioSelect)
    way = forms.ChoiceField(
        label=_("How it changes"),
        choices=[("more", _("Longer: visits are added at its end")), ("fewer", _("Shorter: its last visits are off"))],
        widget=forms.RadioSelect,
    )
    by_sessions = forms.IntegerField(label=_("By how many visits"), min_value=1, max_value=99)
    reason = ReasonField(label=_("Reason"), help_text=_("What the response so far says."))

    def __init__(self, *args: Any, phases: Sequence[PhaseLeft], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = _("%(phase)s: %(left)s still ahead")
        self.choice_field("phase").choices = [
            (each.order, text % {"phase": each.name, "left": each.left}) for each in phases
        ]
        self.initial.setdefault("phase", phases[0].order if phases else None)

    def wanted(self) -> dict[str, Any]:
        given = self.cleaned_data
        sign = 1 if given["way"] == "more" else -1
        return {"phase": given["phase"], "by_sessions": sign * given["by_sessions"], "reason": given["reason"]}


class HandOverForm(ChangeForm):
    """Who treats from now on."""

    practitioner = forms.ModelChoiceField(label=_("New practitioner"), queryset=Practitioner.objects.none())
    reason = ReasonField(label=_("Reason"))

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = setup.practitioners_at(course.location).exclude(pk=course.practitioner_id)
        self.row_field("practitioner").queryset = self.others

    def wanted(self) -> dict[str, Any]:
        return {"to": self.cleaned_data["practitioner"], "reason": self.cleaned_data["reason"]}


def people_at(places: Sequence[Location]) -> dict[str, tuple[Location, Practitioner]]:
    """Who treats at each of some places, by the value of a choice."""
    return {f"{place.pk}-{each.pk}": (place, each) for place in places for each in setup.practitioners_at(place)}


def grouped(people: Mapping[str, tuple[Location, Practitioner]]) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, (place, each) in people.items():
        groups.setdefault(place.name, []).append((key, each.name))
    return [("", _("Choose")), *groups.items()]


class ElsewhereForm(ChangeForm):
    """From which visit on a course goes on at another place, and with whom there."""

    since = forms.TypedChoiceField(label=_("From which visit on"), coerce=int)
    there = forms.ChoiceField(label=_("Where, and with whom"), help_text=_("The locations at which you work too."))

    def __init__(self, *args: Any, ahead: Sequence[tuple[int, str]], places: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ahead = ahead
        self.choice_field("since").choices = list(ahead)
        self.people = people_at(places)
        self.choice_field("there").choices = grouped(self.people)

    def wanted(self) -> dict[str, Any]:
        place, practitioner = self.people[self.cleaned_data["there"]]
        return {"to": place, "practitioner": practitioner, "since": self.cleaned_data["since"]}

    @property
    def stays(self) -> list[str]:
        """The visits still to come that do not go along."""
        return [said for number, said in self.ahead if number < self.cleaned_data["since"]]


class ClosingForm(RefusalForm):
    """The last day of a location."""

    last_day = forms.DateField(label=_("Last day"), widget=DateInput)


class TogetherForm(RefusalForm):
    """Where, and with whom, all courses of a location that closes go on."""

    there = forms.ChoiceField(label=_("Where, and with whom"), help_text=_("The locations at which you work too."))

    def __init__(self, *args: Any, places: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people_at(places)
        self.choice_field("there").choices = grouped(self.people)


class LeavingForm(RefusalForm):
    """The last day of somebody, and who takes each of their courses over."""

    last_day = forms.DateField(label=_("Last day"), widget=DateInput)

    def __init__(self, *args: Any, left: Sequence[Left], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = left
        for each in left:
            self.fields[f"to_{each.course.pk}"] = forms.TypedChoiceField(
                label=_("Who takes it over"),
                coerce=int,
                choices=[(one.pk, one.name) for one in each.choices],
                initial=each.proposed and each.proposed.pk,
                error_messages={"required": _("Choose who takes this course over.")},
            )

    @property
    def rows(self) -> list[tuple[Left, forms.BoundField]]:
        return [(each, self[f"to_{each.course.pk}"]) for each in self.left]

    def wanted(self) -> dict[str, Any]:
        to = {each.course.pk: self.cleaned_data[f"to_{each.course.pk}"] for each in self.left}
        return {"last_day": self.cleaned_data["last_day"], "to": to}


class DaysAwayForm(ChangeForm):
    """One stretch more in which the patient is away, or stretches that do not hold any more."""

    first = forms.DateField(label=_("First day away"), required=False, widget=DateInput)
    last = forms.DateField(label=_("Last day away"), required=False, widget=DateInput)
    forget = forms.MultipleChoiceField(label=_("No longer away"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, known: Sequence[Stretch], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.today = known, today
        ahead = [(written(each), days(each)) for each in known if each[1] >= today]
        self.choice_field("forget").choices = ahead
        if not ahead:
            del self.fields["forget"]
            self.fields["first"].required = self.fields["last"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"first", "last"} & set(self.errors):
            return given
        first, last = given.get("first"), given.get("last")
        if bool(first) != bool(last):
            self.add_error("last" if first else "first", _("Give the first and the last day."))
        elif first and last and first > last:
            self.add_error("last", _("The last day lies before the first."))
        elif last and last < self.today:
            self.add_error("last", _("These days are over."))
        elif not first and not given.get("forget"):
            self.add_error("first", _("Say from when to when."))
        return given

    def away(self) -> list[list[str]]:
        """All that holds from now on, as the course keeps it."""
        given = self.cleaned_data
        kept = {each for each in self.known if written(each) not in given.get("forget", ())}
        added = {(given["first"], given["last"])} if given["first"] else set()
        return [[first.isoformat(), last.isoformat()] for first, last in sorted(kept | added)]


def written(stretch: Stretch) -> str:
    return "/".join(day.isoformat() for day in stretch)


class OtherTimesForm(RefusalForm):
    """Which free times to offer for a visit."""

    practitioner = forms.ModelChoiceField(
        label=_("With"), queryset=Practitioner.objects.none(), empty_label=_("Anybody"), required=False
    )
    since = forms.DateField(label=_("From"), widget=DateInput, required=False)
    not_on = forms.DateField(required=False, widget=forms.HiddenInput)  # the day on which the patient cannot come

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("practitioner").queryset = setup.practitioners_at(session.location)

    def narrowed(self) -> dict[str, Any]:
        """What the filters say of a search; a filter that cannot be read says nothing."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        practitioner = given.get("practitioner")
        wanted = {"practitioner_id": practitioner and practitioner.pk}
        wanted |= {"first": given.get("since"), "not_on": given.get("not_on")}
        return {name: value for name, value in wanted.items() if value}


class MoveForm(ZonedForm):
    """Where a visit is to be: one of the offered times, or a time of its own with a person and a room."""

    place = PlaceField(label=_("Time"), required=False)
    start = WallTimeField(label=_("Another time"), required=False)
    practitioner = forms.ModelChoiceField(
        label=_("With"), queryset=Practitioner.objects.none(), empty_label=_("Whoever has it now"), required=False
    )
    room = forms.ModelChoiceField(
        label=_("Room"), queryset=Room.objects.none(), empty_label=_("Any that is free"), required=False
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("Needed outside the window; only a practitioner may decide that."),
    )
    allow_late = LateField()
    along = forms.BooleanField(label=_("Move the other visit along"), required=False, initial=True)
    version = seen_version()
    expect = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, zone=ZoneInfo(session.location.timezone), **kwargs)
        self.row_field("practitioner").queryset = setup.practitioners_at(session.location)
        self.row_field("room").queryset = setup.rooms(session.location).filter(active=True)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not (given.get("place") or given.get("start")):
            self.add_error("place", _("Choose a time."))
        return given
