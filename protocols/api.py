"""The catalogue over HTTP: what can be chosen, and the protocols that are in force."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import DIRECTOR, SIGNED_IN
from clinic.base.api import ActionView, CodeField, Given, PageAsked, Shown
from clinic.base.paging import Pages
from protocols.actions.combinations import add_combination
from protocols.models import (
    DeliveryDevice,
    Indication,
    Phase,
    ProtocolVersion,
    Substance,
    Technique,
    TreatmentArea,
)
from protocols.queries import active_versions, offered_fields, valid_pairs


def by_code(table: type[Model]) -> Callable[[str], Any]:
    """Finds an entry that is in use by its code."""
    return lambda code: table._default_manager.filter(code=code, active=True).first()


class EntryShown(Shown):
    code = serializers.CharField()
    name = serializers.CharField()
    cites = serializers.ListField(child=serializers.CharField())


class SelectableShown(EntryShown):
    selectable = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why it cannot be chosen; empty when it can.")


class AreaShown(SelectableShown):
    parent = serializers.CharField(  # type: ignore[assignment]  # the API's word, which DRF uses for its own
        source="parent.code", allow_null=True, default=None
    )
    region = serializers.ChoiceField(choices=TreatmentArea.Region.choices)


class Codes(serializers.ListField):
    """The codes of related entries."""

    child = serializers.CharField()

    def to_representation(self, related: Any) -> list[str]:
        return [row.code for row in related.all()]


class IndicationShown(SelectableShown):
    field = serializers.ChoiceField(choices=Indication.Field.choices)
    evidence = serializers.CharField()
    areas = Codes(help_text="Where it is treated; empty where that is up to the protocol.")


class SubstanceShown(EntryShown):
    category = serializers.CharField()
    allergens = serializers.ListField(child=serializers.CharField())
    injectable = serializers.BooleanField()


class DeliveryDeviceShown(EntryShown):
    kind = serializers.CharField()
    needle_count = serializers.IntegerField(allow_null=True)


class CatalogueList(ActionView):
    """One list of the catalogue. Subclasses name the table and how a row reads."""

    roles = SIGNED_IN
    pagination_class = Pages
    asks = PageAsked
    rows: type[Model]
    entry: type[serializers.Serializer[Any]]
    joins: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def get(self, request: Request) -> Response:
        """Entries of the catalogue that are in use."""
        found: QuerySet[Any] = self.rows._default_manager.filter(active=True)
        found = found.select_related(*self.joins) if self.joins else found
        return self.page(found.prefetch_related(*self.beside), self.entry)


@extend_schema(responses=AreaShown(many=True))
class Areas(CatalogueList):
    rows, entry, joins = TreatmentArea, AreaShown, ("parent",)


@extend_schema(responses=IndicationShown(many=True))
class Indications(CatalogueList):
    rows, entry, beside = Indication, IndicationShown, ("areas",)


@extend_schema(responses=SubstanceShown(many=True))
class Substances(CatalogueList):
    rows, entry = Substance, SubstanceShown


@extend_schema(responses=EntryShown(many=True))
class Techniques(CatalogueList):
    rows, entry = Technique, EntryShown


@extend_schema(responses=DeliveryDeviceShown(many=True))
class DeliveryDevices(CatalogueList):
    rows, entry = DeliveryDevice, DeliveryDeviceShown


class Count(Shown):
    min = serializers.IntegerField(source="sessions_min", allow_null=True)
    max = serializers.IntegerField(source="sessions_max", allow_null=True)


class IntervalShown(Shown):
    """Literal amounts of `unit`; the window ends `latest_plus_days` after `latest`, `early_limit` is in days (D01)."""

    early_limit = serializers.IntegerField(source="early_limit_days", allow_null=True)
    floor = serializers.IntegerField()
    ideal = serializers.IntegerField()
    latest = serializers.IntegerField()
    latest_plus_days = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=Phase.Unit.choices)


class PhaseShown(Shown):
    order = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Phase.Kind.choices)
    name = serializers.CharField()
    sessions = Count(source="*")
    interval = serializers.SerializerMethodField()
    alternatives = serializers.ListField(child=serializers.DictField())
    duration = serializers.SerializerMethodField()
    chair_minutes = serializers.IntegerField()
    late_policy = serializers.ChoiceField(choices=Phase.LatePolicy.choices)
    review_after = serializers.IntegerField(allow_null=True)
    cites = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(IntervalShown(allow_null=True))
    def get_interval(self, phase: Phase) -> Any:
        return IntervalShown(phase, context=self.context).data if phase.floor is not None else None

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_duration(self, phase: Phase) -> dict[str, Any] | None:
        return {"amount": phase.duration_amount, "unit": phase.duration_unit} if phase.duration_amount else None


class Pair(serializers.Serializer[Any]):
    """An area and an indication that a course of this protocol may be planned for."""

    area = serializers.CharField()
    indication = serializers.CharField()


class ProtocolShown(Shown):
    code = serializers.CharField(source="protocol.code")
    name = serializers.CharField(source="protocol.name")
    version = serializers.IntegerField(source="number")
    areas = Codes(source="protocol.areas")
    indications = Codes(source="protocol.indications")
    pairs = serializers.SerializerMethodField(help_text="What areas and indications may be planned together.")
    needs_confirmation = serializers.BooleanField()
    needs_counts = serializers.BooleanField()
    maintenance_choices = serializers.ListField(child=serializers.IntegerField())
    flags = serializers.ListField(source="protocol.flags", child=serializers.CharField())
    caveat = serializers.CharField(source="protocol.caveat")
    evidence = serializers.CharField(source="protocol.evidence")
    sources = Codes(source="protocol.sources")
    phases = PhaseShown(many=True)

    @extend_schema_field(Pair(many=True))
    def get_pairs(self, version: ProtocolVersion) -> list[dict[str, str]]:
        pairs = valid_pairs(version.protocol, self.context["offered"])
        return [{"area": area, "indication": indication} for area, indication in pairs]


def shown_versions() -> QuerySet[ProtocolVersion]:
    """The versions in force with where each indication is treated."""
    return active_versions().prefetch_related("protocol__indications__areas")


class Protocols(ActionView):
    roles = SIGNED_IN
    pagination_class = Pages
    asks = PageAsked

    @extend_schema(responses=ProtocolShown(many=True))
    def get(self, request: Request) -> Response:
        """The protocols in force, each with its active version."""
        return self.page(shown_versions(), ProtocolShown)

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"offered": offered_fields()}


class ProtocolDetail(ActionView):
    roles = SIGNED_IN

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"offered": offered_fields()}

    @extend_schema(responses=ProtocolShown)
    def get(self, request: Request, code: str) -> Response:
        """One protocol's active version."""
        version: ProtocolVersion | None = shown_versions().filter(protocol__code=code).first()
        if version is None:
            raise Http404
        return self.shown(ProtocolShown, version)


class CombinationGiven(Given):
    indication = CodeField(find=by_code(Indication), required=False, allow_null=True)
    substance = CodeField(find=by_code(Substance), required=False, allow_null=True)
    area = CodeField(find=by_code(TreatmentArea))
    reason = serializers.CharField(max_length=500)


class CombinationShown(Shown):
    id = serializers.CharField(source="pk")
    indication = serializers.CharField(source="indication.code", default=None, allow_null=True)
    substance = serializers.CharField(source="substance.code", default=None, allow_null=True)
    area = serializers.CharField(source="area.code")
    reason = serializers.CharField()
    added_at = serializers.DateTimeField()
    version = serializers.IntegerField(default=1)


class Combinations(ActionView):
    roles = frozenset({DIRECTOR})

    @extend_schema(request=CombinationGiven, responses={201: CombinationShown})
    def post(self, request: Request) -> Response:
        """Let an indication or a substance belong to one more area, with the reason; never the breast (D47)."""
        return self.act(CombinationGiven, CombinationShown, lambda given: add_combination(by=self.user, **given))


urlpatterns: list[URLPattern] = [
    path("combinations/", Combinations.as_view(), name="combinations"),
    path("areas/", Areas.as_view(), name="areas"),
    path("indications/", Indications.as_view(), name="indications"),
    path("substances/", Substances.as_view(), name="substances"),
    path("techniques/", Techniques.as_view(), name="techniques"),
    path("delivery-devices/", DeliveryDevices.as_view(), name="delivery-devices"),
    path("protocols/", Protocols.as_view(), name="protocols"),
    path("protocols/<str:code>/", ProtocolDetail.as_view(), name="protocol"),
]
