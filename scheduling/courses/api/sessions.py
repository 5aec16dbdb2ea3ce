"""Sessions over HTTP: the calendar, one visit with its history, and a visit without a course."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import BOOK, CARE, PATIENT, home_of, works_at
from clinic.base.api import ActionView, Given, IdField, Instant, PageAsked, Shown
from clinic.base.paging import Pages
from patients.access import sees_conditions
from scheduling.access import access_session, sessions_for
from scheduling.base.fields import codes_field, patient_given, practitioner_field, room_field
from scheduling.calendar.api import SessionShown
from scheduling.calendar.queries.arrivals import together
from scheduling.calendar.queries.places import with_places
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.queries.visits import reason_of
from scheduling.models import Session, SessionEvent, SessionStatus
from scheduling.models.booking import LONGEST


class EventShown(Shown):
    body = "SessionEvent"
    verb = serializers.CharField()
    from_status = serializers.CharField()
    to_status = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.name", allow_null=True, default=None)
    reason = serializers.SerializerMethodField()

    def get_reason(self, event: SessionEvent) -> str:
        return reason_of(event, reads_conditions=sees_conditions(self.context["view"].user))


class SessionWithHistory(SessionShown):
    why = serializers.ListField(child=serializers.DictField(), help_text="Why the planner chose this time.")
    history = serializers.SerializerMethodField()
    together = serializers.SerializerMethodField(help_text="The other visits for which the patient comes once.")

    def get_together(self, session: Session) -> list[str]:
        return [str(each.pk) for each in together(session)]

    @extend_schema_field(EventShown(many=True))
    def get_history(self, session: Session) -> Any:
        return EventShown(session.history.select_related("by__staff"), many=True, context=self.context).data


class SessionsAsked(PageAsked):
    practitioner = IdField(required=False)
    room = IdField(required=False)
    patient = IdField(required=False)
    course = IdField(required=False)
    status = serializers.ChoiceField(choices=SessionStatus.choices, required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it cannot be an attribute; `to` stands beside it."""
        times = {name: Instant(required=False) for name in ("from", "to")}
        return {**times, **super().get_fields()}


class VisitGiven(Given):
    patient = IdField()
    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    practitioner = practitioner_field()
    start = Instant(required=False)
    room = room_field(required=False, allow_null=True)
    performed_at = Instant(required=False, help_text="For a visit that took place already, at most 7 days ago.")
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    areas = codes_field("What a consultation is about; it counts for plans within these.")
    indications = codes_field("As areas.")


class Sessions(ActionView):
    scope = BOOK
    roles_by_method = {"GET": CARE | {PATIENT}, "POST": CARE}
    pagination_class = Pages
    asks = SessionsAsked

    @extend_schema(responses=SessionShown(many=True))
    def get(self, request: Request) -> Response:
        """Sessions you may see, by the time, person or room they are booked for."""
        asked = self.query
        rows = sessions_for(self.user)
        booked = {f"bookings__{name}": int(asked[name]) for name in ("practitioner", "room") if name in asked}
        if "from" in asked:  # the second condition says nothing new but gives the index a place to begin
            booked |= {"bookings__end__gt": asked["from"], "bookings__start__gt": asked["from"] - LONGEST}
        booked |= {"bookings__start__lt": asked["to"]} if "to" in asked else {}
        if booked:
            rows = rows.filter(bookings__active=True, **booked)
        wanted: dict[str, Any] = {name: int(asked[name]) for name in ("patient", "course") if name in asked}
        wanted |= {"status": asked["status"]} if "status" in asked else {}
        return self.page(with_places(rows.filter(**wanted)), SessionShown)

    @extend_schema(request=VisitGiven, responses={201: SessionShown})
    def post(self, request: Request) -> Response:
        """Book a visit that belongs to no course, or enter one that took place."""
        return self.act(VisitGiven, SessionShown, self.create)

    def create(self, given: dict[str, Any]) -> Session:
        patient = patient_given(self.user, given.pop("patient"))
        if not given.get("room"):
            home = given["practitioner"].staff.location
            given["location"] = home if works_at(self.user, home.pk) else home_of(self.user)
        return create_visit(patient=patient, by=self.user, **given)


class SessionDetail(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(responses=SessionWithHistory)
    def get(self, request: Request, session_id: str) -> Response:
        """One session with its history."""
        return self.shown(SessionWithHistory, access_session(self.user, session_id))
