"""The clinic over HTTP: where, who, which room, which device."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import CARE, SIGNED_IN, STAFF
from clinic.base.api import ActionView, Day, Given, PageAsked, Quantity, RowField, Shown
from clinic.base.paging import Pages
from scheduling.access import devices_for, locations_for, practitioners_for, products_for, rooms_for
from scheduling.base.fields import location_field
from scheduling.models import Product
from scheduling.setup.actions.stock import receive_lot
from scheduling.setup.queries import product_by_id


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


class ProductShown(Shown):
    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    gtin = serializers.CharField()
    substance = serializers.CharField(source="substance.code", allow_null=True, default=None)
    ingredients = serializers.SerializerMethodField()
    carrier = serializers.BooleanField()
    unit = serializers.CharField()
    container = serializers.CharField()
    most_per_session = serializers.DecimalField(max_digits=10, decimal_places=3, allow_null=True)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_ingredients(self, product: Product) -> list[str]:
        return [row.code for row in product.ingredients.all()]


class Products(ActionView):
    roles = CARE
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=ProductShown(many=True))
    def get(self, request: Request) -> Response:
        """What is drawn up at the clinic, as the labels say."""
        return self.page(products_for(self.user).filter(active=True), ProductShown)


class LotGiven(Given):
    location = location_field()
    code = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="A scan, GS1.")
    product = RowField(find=product_by_id, required=False)
    number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    expires_on = Day(required=False)
    amount = Quantity(max_digits=10, decimal_places=3, more_than_none=True)


class LotShown(Shown):
    id = serializers.CharField(source="pk")
    product = serializers.CharField(source="product_id")
    location = serializers.CharField(source="location_id")
    number = serializers.CharField()
    expires_on = serializers.DateField()
    left = serializers.DecimalField(max_digits=12, decimal_places=3)
    state = serializers.CharField()
    version = serializers.IntegerField()


class Lots(ActionView):
    roles = CARE

    @extend_schema(request=LotGiven, responses={201: LotShown})
    def post(self, request: Request) -> Response:
        """Receive a delivery: what is scanned in `code`, or typed (D40)."""
        return self.act(LotGiven, LotShown, lambda given: receive_lot(by=self.user, **given))
