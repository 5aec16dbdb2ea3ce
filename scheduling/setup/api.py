"""The clinic over HTTP: where, who, which room, which device."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import SIGNED_IN, STAFF
from clinic.base.api import ActionView, PageAsked, Shown
from clinic.base.paging import Pages
from scheduling.access import devices_for, locations_for, practitioners_for, rooms_for


class LocationShown(Shown):
    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    timezone = serializers.CharField()
    horizon_days = serializers.IntegerField()


class PractitionerShown(Shown):
    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    prescriber = serializers.BooleanField(source="staff.prescriber")
    location = serializers.CharField(source="staff.location_id")


class RoomShown(Shown):
    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    location = serializers.CharField(source="location_id")


class DeviceShown(RoomShown):
    kind = serializers.CharField(source="kind.code")


class Locations(ActionView):
    roles = SIGNED_IN
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=LocationShown(many=True))
    def get(self, request: Request) -> Response:
        """Where the clinic is."""
        return self.page(locations_for(self.user), LocationShown)


class Practitioners(ActionView):
    roles = SIGNED_IN
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=PractitionerShown(many=True))
    def get(self, request: Request) -> Response:
        """Who treats."""
        return self.page(practitioners_for(self.user), PractitionerShown)


class Rooms(ActionView):
    roles = STAFF
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=RoomShown(many=True))
    def get(self, request: Request) -> Response:
        """Rooms in use."""
        return self.page(rooms_for(self.user), RoomShown)


class Devices(ActionView):
    roles = STAFF
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=DeviceShown(many=True))
    def get(self, request: Request) -> Response:
        """Devices in use."""
        return self.page(devices_for(self.user), DeviceShown)
