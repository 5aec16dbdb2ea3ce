"""Booking, moving and offers over HTTP: one answer for a visit of a course (a cascade) and for a single visit."""

from datetime import datetime
from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base import clock
from clinic.base.access import BOOK, CARE, PATIENT
from clinic.base.api import ActionView, Given, Instant, NothingGiven, PageAsked, Shown
from clinic.base.openapi import IF_MATCH
from clinic.base.paging import Pages
from clinic.models import User
from scheduling.access import access_offer, access_session, offers_for
from scheduling.base.fields import device_field, practitioner_field, room_field
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.actions.sessions import book_session, move_session, try_place
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.slot_offers import accept_offer, decline_offer
from scheduling.courses.changing.queries.slot_offers import open_offers
from scheduling.models import Device, Practitioner, Room, Session, SlotOffer


class PlaceGiven(Given):
    start = Instant()
    practitioner = practitioner_field(required=False, allow_null=True)
    room = room_field(required=False, allow_null=True)
    device = device_field(required=False, allow_null=True)
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    preview = serializers.BooleanField(required=False, default=False)
    expect = serializers.CharField(
        max_length=64, required=False, help_text="The digest of the preview you saw; 409 when it no longer stands."
    )


class StepPlace(Shown):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    practitioner = serializers.CharField()
    practitioner_name = serializers.CharField()
    room = serializers.CharField()
    room_name = serializers.CharField()
    device = serializers.CharField(allow_null=True)


class Step(Shown):
    """One visit of the course before and after, and why."""

    session = serializers.CharField(allow_null=True)
    sequence = serializers.IntegerField()
    kind = serializers.CharField()
    before = StepPlace(allow_null=True)
    after = StepPlace(allow_null=True)
    floor = serializers.DateField(allow_null=True)
    ideal = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)
    message = serializers.CharField()


class MovedShown(Shown):
    """The cascade; `version` is the course's, or the visit's own when it belongs to none."""

    applied = serializers.BooleanField()
    digest = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    kept = Step(many=True)
    moved = Step(many=True)
    placed = Step(many=True, help_text="Visits that had no time and get one.")
    waiting = Step(many=True, help_text="Visits beyond the booking horizon.")
    dropped = Step(many=True)
    unplaceable = Step(many=True)

    def to_representation(self, cascade: dict[str, Any]) -> dict[str, Any]:
        return cascade


class Where(TypedDict):
    """Where a visit is to stand."""

    start: datetime
    practitioner: Practitioner | None
    room: Room | None
    device: Device | None
    reason: str


def place(
    *,
    session: Session,
    start: datetime,
    by: User,
    version: int | None,
    preview: bool,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    device: Device | None = None,
    reason: str = "",
    expect: str | None = None,
) -> dict[str, Any]:
    """Book or move one visit; a visit of a course takes the rest of the course along."""
    where: Where = {"start": start, "practitioner": practitioner, "room": room, "device": device, "reason": reason}
    if session.course_id:
        cascade = place_session(session=session, by=by, preview=preview, version=version, expect=expect, **where)
        return cascade.as_json()
    before = current_booking(session)
    if preview:
        try_place(session=session, by=by, **where)
        return alone(session, before, start)
    act = move_session if before else book_session
    moved = act(session=session, by=by, version=version, **where)
    return alone(moved, before, start) | {"applied": True, "version": moved.version}


def alone(session: Session, before: Any, start: datetime) -> dict[str, Any]:
    """A cascade of one: nothing hangs on a visit without a course."""
    step = {"session": str(session.pk), "sequence": session.sequence, "kind": session.kind, "message": ""}
    window = {"floor": session.floor, "ideal": session.ideal, "latest": session.latest}
    times = {"before": {"start": before.start} if before else None, "after": {"start": start}}
    steps: dict[str, Any] = {name: [] for name in ("kept", "placed", "waiting", "dropped", "unplaceable")}
    steps |= {"moved": [step | window | times]}
    return {"applied": False, "digest": None, "version": session.version, **steps}


class Move(ActionView):
    scope = BOOK
    roles = CARE | {PATIENT}

    @extend_schema(request=PlaceGiven, parameters=[IF_MATCH], responses=MovedShown)
    def post(self, request: Request, session_id: str) -> Response:
        """Move a visit, and what hangs on it. With `preview` nothing changes and the cascade is shown."""
        session = access_session(self.user, session_id)
        return self.act(
            PlaceGiven,
            MovedShown,
            lambda given: place(session=session, by=self.user, version=self.seen_version, **given),
            code=200,
        )


class Book(Move):
    roles = CARE

    @extend_schema(request=PlaceGiven, parameters=[IF_MATCH], responses=MovedShown)
    def post(self, request: Request, session_id: str) -> Response:
        """Give a planned or displaced visit a time. With `preview` nothing changes and the cascade is shown."""
        return super().post(request, session_id)


class OfferShown(Shown):
    id = serializers.CharField(source="pk")
    session = serializers.CharField(source="session_id")
    start = serializers.DateTimeField(source="hold.start")
    end = serializers.DateTimeField(source="hold.end")
    practitioner = serializers.CharField(source="hold.practitioner_id")
    room = serializers.CharField(source="hold.room_id")
    held_until = serializers.DateTimeField(source="hold.held_until")
    answer = serializers.ChoiceField(choices=SlotOffer.Answer.choices, help_text="Empty until it is answered.")


class Offers(ActionView):
    roles = CARE | {PATIENT}
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=OfferShown(many=True))
    def get(self, request: Request) -> Response:
        """Free times that are kept for patients you may see, and may still be taken."""
        return self.page(open_offers(offers_for(self.user), clock.now()), OfferShown)


class AcceptOffer(ActionView):
    scope = BOOK
    roles = CARE | {PATIENT}

    @extend_schema(request=None, responses=MovedShown)
    def post(self, request: Request, offer_id: str) -> Response:
        """The visit goes where it was offered; 409 when somebody answered before or the time is over."""
        offer = access_offer(self.user, offer_id)
        return self.act(NothingGiven, MovedShown, lambda _: accept_offer(offer=offer, by=self.user).as_json(), code=200)


class DeclineOffer(ActionView):
    scope = BOOK
    roles = CARE | {PATIENT}

    @extend_schema(request=None, responses=OfferShown)
    def post(self, request: Request, offer_id: str) -> Response:
        """The patient does not want the time; the next one is asked."""
        offer = access_offer(self.user, offer_id)
        return self.act(NothingGiven, OfferShown, lambda _: decline_offer(offer=offer, by=self.user), code=200)
