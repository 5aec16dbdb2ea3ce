"""The form of an absence: who or what is away, from when to when, and why."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from clinic.base.refusals import Refusal
from clinic.base.zones import instant_of
from clinic.models import Location
from scheduling.forms.inputs import DateInput, TimeInput
from scheduling.queries import setup

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
        self.fields["away"].choices = [
            (title, [(value, str(thing)) for value, thing in rows.items()]) for title, rows in self.things if rows
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first_day"), given.get("last_day")
        if first and last:
            zone = ZoneInfo(self.location.timezone)
            after = datetime.combine(last + timedelta(days=1), time())
            end = datetime.combine(last, given["until"]) if given.get("until") else after
            try:
                given["start"] = instant_of(datetime.combine(first, given.get("since") or time()), zone, "since")
                given["end"] = instant_of(end, zone, "until")
            except Refusal as refusal:
                self.add_refusal(refusal)
        return given

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
