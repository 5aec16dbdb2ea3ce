"""How the API describes itself: sign-in, the headers every write takes, and problem documents as its errors."""

from typing import Any, Literal

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from clinic.base import limits
from clinic.base.access import PUBLIC
from clinic.base.permissions import roles_for

WRITES = ("POST", "PUT", "PATCH", "DELETE")
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": limits.VERSION},
    OpenApiParameter.HEADER,
    description="The version you saw.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": limits.PRINTABLE},
    OpenApiParameter.HEADER,
    description="The same key and body return the first answer; the same key with another body is 422.",
)


class FieldProblem(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class RuleReason(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    until = serializers.CharField(allow_null=True)
    cites = serializers.ListField(child=serializers.CharField())


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `reasons` and `next` come with a refusal by a rule."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment]  # the document's word, which DRF uses for its own
    reasons = RuleReason(many=True, required=False)


class ActionSchema(AutoSchema):
    """Adds to every operation what every operation takes and can answer."""

    def get_override_parameters(self) -> list[Any]:
        own = list(super().get_override_parameters())
        asks = getattr(self.view, "asks", None) if self.method == "GET" else None
        asked = [asks] if asks and asks().fields else []
        return [*own, *asked, *([IDEMPOTENCY_KEY] if self.method == "POST" else [])]

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._resolve_path_parameters(variables)
        for each in found:
            each["schema"]["pattern"] = limits.ID if each["name"].endswith("_id") else limits.CODE
        return found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._problems():
            described = OpenApiResponse(Problem, description=STATUSES[status])
            bodies.setdefault(
                status, self._get_response_for_code(described, status, ["application/problem+json"], direction)
            )
        return bodies

    def _problems(self) -> list[str]:
        """The statuses above 399 this operation can answer with."""
        found = ["400", "404"]
        if PUBLIC not in roles_for(self.view, self.method):
            found += ["401", "403"]
        if self.method in WRITES:
            found += ["409", "412", "413", "415"]
        return [*found, "422", "429", "503"]


STATUSES = {
    "400": "The request is not valid; `errors` name the fields.",
    "401": "Sign in first.",
    "403": "Not allowed for this role.",
    "404": "There is none such, or it is somebody else's.",
    "409": "It collides with a booking or a state.",
    "412": "Changed by somebody else meanwhile.",
    "413": "The request is too large.",
    "415": "The body must be JSON.",
    "422": "Well formed and refused: by a clinical rule (`reasons`), or for what it names (`errors`).",
    "429": "Too often; `Retry-After` says when to come back.",
    "503": "Busy; the same request may be repeated.",
}


class StrictObject(OpenApiSerializerExtension):
    """What a caller sends has the fields that are described and no others."""

    target_class = "clinic.base.api.Given"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, schema in described.get("properties", {}).items():
            if not getattr(self.target.fields[name], "allow_empty", True):
                schema["minItems" if schema["type"] == "array" else "minProperties"] = 1
            text = schema.get("items", schema)
            if text.get("type") == "string" and not text.keys() & {"enum", "format", "pattern", "readOnly"}:
                text["pattern"] = (
                    limits.MAYBE_TEXT if getattr(self.target.fields[name], "allow_blank", False) else limits.TEXT
                )
        return described | {"additionalProperties": False}


class QuantityText(OpenApiSerializerFieldExtension):
    """An amount is written in digits; what is more than it can hold does not fit the description."""

    target_class = "clinic.base.api.Quantity"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        field = self.target
        whole, places = field.max_digits - field.decimal_places, field.decimal_places
        largest, some = 10**whole - 1, "|".join(f"0{{{n}}}[1-9][0-9]{{0,{places - n - 1}}}" for n in range(places))
        pattern = rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"
        if field.more_than_none:
            pattern = rf"^([1-9][0-9]{{0,{whole - 1}}}(\.[0-9]{{1,{places}}})?|0\.({some}))$"
        number = {"type": "integer", "minimum": int(field.more_than_none), "maximum": largest}
        return {"anyOf": [{"type": "string", "pattern": pattern}, number]}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "clinic.base.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token …`, printed by `manage.py issue_token EMAIL`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "clinic.base.tokens.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "session", "description": "The browser's session."}
