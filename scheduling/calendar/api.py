"""Free starts over HTTP, and how a session is shown wherever the API answers with one."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base import clock
from clinic.base.access import CARE, PATIENT
from clinic.base.api import ActionView, Day, Given, IdField, Shown
from clinic.base.refusals import Unusable
from protocols.models import Phase
from protocols.queries import active_versions
from scheduling.access import access_searched
from scheduling.base.fields import location_field, patient_given, practitioner_field
from scheduling.calendar.queries.places import current_booking
from scheduling.calendar.queries.search import Opening, Search, free_slots
from scheduling.models import Session, SessionStatus

LOOK_AHEAD = timedelta(days=30)


class SlotsAsked(Given):
    location = location_field(required=False)
    kind = serializers.ChoiceField(choices=Session.Kind.choices, required=False)
    protocol = serializers.CharField(max_length=20, required=False)
    session = IdField(required=False, help_text="Starts inside this session's window.")
    patient = IdField(required=False, help_text="Leaves out what clashes with them.")
    practitioner = practitioner_field(required=False)
    to = Day(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, required=False, default=20)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it cannot be an attribute."""
        return {"from": Day(required=False), **super().get_fields()}


class SlotShown(Shown):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    practitioner = serializers.CharField(source="practitioner_id")
    room = serializers.CharField(source="room_id")
    device = serializers.CharField(source="device_id", allow_null=True)

    def to_representation(self, instance: Opening) -> dict[str, Any]:
        """As the fields above say, without them: for twenty slots they took longer than the search."""
        return {
            "start": instance.start,
            "end": instance.end,
            "practitioner": str(instance.practitioner_id),
            "room": str(instance.room_id),
            "device": None if instance.device_id is None else str(instance.device_id),
        }


class Slots(ActionView):
    roles = CARE | {PATIENT}

    asks = SlotsAsked

    @extend_schema(responses=SlotShown(many=True))
    def get(self, request: Request) -> Response:
        """The next free starts of a kind of visit at a location, or of one session inside its window."""
        search = self.search(self.query)
        return self.shown(SlotShown, free_slots(search=search, now=clock.now()), many=True)

    def search(self, asked: dict[str, Any]) -> Search:
        practitioner = asked.get("practitioner")
        common = {"practitioner_id": practitioner.pk if practitioner else None, "limit": asked["limit"]}
        if "session" in asked:
            session = access_searched(self.user, asked["session"])
            return Search.for_session(session, now=clock.now(), first=asked.get("from"), last=asked.get("to"), **common)
        if "location" not in asked:
            raise Unusable.at("location", _("Name a location, or a session."), "required")
        if "patient" in asked:
            common["patient_id"] = patient_given(self.user, asked["patient"]).pk
        location = asked["location"]
        first = asked.get("from") or clock.local_date(clock.now(), location.timezone)
        last = asked.get("to") or first + LOOK_AHEAD
        if "protocol" in asked:
            return Search(location, chair_minutes_of(asked["protocol"]), first, last, **common)
        return Search.for_kind(location, asked.get("kind", Session.Kind.TREATMENT), first=first, last=last, **common)


def chair_minutes_of(code: str) -> int:
    """The chair time of a protocol's sessions (D33)."""
    phase = Phase.objects.filter(version__in=active_versions().filter(protocol__code=code)).order_by("order").first()
    if phase is None:
        raise Unusable.at("protocol", _("“{code}” is not known.").format(code=code), "unknown")
    return phase.chair_minutes


class PlaceShown(Shown):
    """Where a session is booked; nothing of it before it is booked."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    practitioner = serializers.CharField(source="practitioner_id")
    room = serializers.CharField(source="room_id")
    device = serializers.CharField(source="device_id", allow_null=True)


class SessionShown(Shown):
    id = serializers.CharField(source="pk")
    patient = serializers.CharField(source="patient_id")
    course = serializers.CharField(source="course_id", allow_null=True)
    location = serializers.CharField(source="location_id")
    sequence = serializers.IntegerField()
    phase = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    status = serializers.ChoiceField(choices=SessionStatus.choices)
    chair_minutes = serializers.IntegerField()
    early_limit = serializers.DateField(allow_null=True)
    floor = serializers.DateField(allow_null=True)
    ideal = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)
    not_before = serializers.DateTimeField(allow_null=True)
    review_due = serializers.BooleanField()
    performed_at = serializers.DateTimeField(allow_null=True)
    booking = serializers.SerializerMethodField()
    revision = serializers.IntegerField()
    version = serializers.IntegerField()

    @extend_schema_field(PlaceShown(allow_null=True))
    def get_booking(self, session: Session) -> Any:
        booking = current_booking(session)
        return PlaceShown(booking, context=self.context).data if booking else None
