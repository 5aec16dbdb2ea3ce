"""One verb of the API: read strictly, call one action, answer once.

class Consents(ActionView):
    roles_by_method = {"POST": CARE}

    @extend_schema(request=ConsentIn, responses={201: ConsentOut})
    def post(self, request, patient_id):
        patient = access_patient(request.user, patient_id)
        return self.act(ConsentIn, ConsentOut, lambda given: sign_consent(patient=patient, by=request.user, **given))
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.base import limits
from clinic.base.access import role_of
from clinic.base.disclosure import may_read, read_by_all
from clinic.base.idempotency import answer_once, request_hash
from clinic.base.json import JsonError, read_json
from clinic.base.openapi import ActionSchema
from clinic.base.paging import Pages
from clinic.base.problems import NOT_KNOWN
from clinic.base.rates import AddressRate, CallerRate
from clinic.base.refusals import BadInput, Malformed, Unusable
from clinic.base.versions import parse_if_match
from clinic.models import User


class Given(serializers.Serializer[Any]):
    """What a caller may send. A field that is unknown or only ever read is an error, never silently dropped."""

    default_error_messages = {"unknown": _("This field is not known here."), "read_only": _("This field is only read.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            faults = {name: [self._fault(name)] for name in map(str, data) if not self._may_be_sent(name)}
            if faults:
                raise serializers.ValidationError(faults)
        return super().to_internal_value(data)

    def _may_be_sent(self, name: str) -> bool:
        return name in self.fields and not self.fields[name].read_only

    def _fault(self, name: str) -> serializers.ErrorDetail:
        code = "read_only" if name in self.fields else "unknown"
        return serializers.ErrorDetail(str(self.error_messages[code]), code=code)


class Shown(serializers.Serializer[Any]):
    """What an answer holds: of the fields declared here those that the caller's role reads (clinic.base.disclosure).

    `body` names it in that table; where none is given it is the class's name without "Shown".
    """

    body = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.body = cls.__dict__.get("body") or cls.__name__.removesuffix("Shown")

    def get_fields(self) -> dict[str, Any]:
        """A field that not everybody reads may be missing, and the API's description says so."""
        fields: dict[str, Any] = super().get_fields()
        for name, field in fields.items():
            if not read_by_all(self.body, name):
                field.required = field.read_only = False  # the description calls every read-only field required
        return fields

    @property
    def _readable_fields(self) -> list[Any]:
        role = role_of(self.context["view"].user)
        return [each for each in super()._readable_fields if may_read(role, self.body, str(each.field_name))]


class NothingGiven(Given):
    """For verbs without a body, and for reads without a query."""


class PageAsked(Given):
    """What every list takes."""

    cursor = serializers.CharField(max_length=200, required=False, help_text="From `next` of the page before.")
    page_size = serializers.IntegerField(min_value=1, max_value=limits.LARGEST_PAGE, required=False)


class Number(serializers.IntegerField):
    """A whole number that the database can hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"min_value": -limits.LARGEST_NUMBER, "max_value": limits.LARGEST_NUMBER} | kwargs))


class Quantity(serializers.DecimalField):
    """An amount that is not negative, as digits in a text or as a whole number; `more_than_none` leaves out zero."""

    def __init__(self, *, more_than_none: bool = False, **kwargs: Any) -> None:
        self.more_than_none = more_than_none
        smallest = Decimal(1).scaleb(-kwargs["decimal_places"]) if more_than_none else Decimal(0)
        super().__init__(min_value=smallest, **kwargs)


@extend_schema_field({"type": "string", "pattern": limits.ID})
class IdField(serializers.RegexField):
    """An id as text; whether there is such a thing is another question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limits.ID, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "date", "pattern": limits.DAY})
class Day(serializers.DateField):
    """A local date, between the first and the last that we reckon with."""

    default_error_messages = {"beyond": _("Please check the year.")}

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not limits.is_sane(day):
            self.fail("beyond")
        return day


class CodeField(serializers.CharField):
    """A code of the catalogue or an id, as text; `find` turns it into the thing, or None when there is none such."""

    default_error_messages = {NOT_KNOWN: _("“{code}” is not known.")}

    def __init__(self, *, find: Callable[[str], Any], **kwargs: Any) -> None:
        self.find = find
        super().__init__(**({"max_length": 60} | kwargs))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        code = super().run_validation(data)
        if not isinstance(code, str) or (code == "" and self.allow_blank):
            return code
        found = self.find(code)
        if found is None:
            self.fail(NOT_KNOWN, code=code)
        return found


@extend_schema_field({"type": "string", "pattern": limits.ID})
class RowField(CodeField):
    """The id of a row of ours; `find` turns it into the row, or None."""

    default_error_messages = {"malformed": _("An id is written in digits.")}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not isinstance(data, str) or not re.fullmatch(limits.ID, text):
            self.fail("malformed")
        return text


@extend_schema_field({"type": "string", "format": "date-time", "pattern": limits.DAY})
class Instant(serializers.DateTimeField):
    """An instant of ISO 8601 with its offset; a time without one is refused, since nobody knows where it was meant."""

    default_error_messages = {
        "no_offset": _("Please give the offset from UTC, for example 2026-05-05T10:00:00+02:00."),
        "beyond": _("Please check the year."),
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("no_offset")
        if not limits.FIRST_INSTANT <= value <= limits.LAST_INSTANT:
            self.fail("beyond")
        return super().enforce_timezone(value)


class TooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("This request is too large.")
    default_code = "too_large"


class ModestParser(JSONParser):
    """JSON of a size and nesting that can be borne; more is a fault of the request, not of ours."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(limits.LARGEST_BODY + 1)
        if len(body) > limits.LARGEST_BODY:
            raise TooLargeError
        try:
            return read_json(body)
        except JsonError as wrong:
            raise BadInput.at(wrong.path, str(wrong)) from wrong
        except ValueError as wrong:
            raise ParseError(str(wrong)) from wrong


class ActionView(APIView):
    """Base of every API view. `asks` names what its GET takes in the query string; anything else there is refused."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    parser_classes = [ModestParser]
    throttle_classes = [CallerRate]
    schema = ActionSchema()
    asks: type[Given] = NothingGiven
    query: dict[str, Any]
    seen_version: int | None  # what the caller saw, from If-Match; None when the caller did not say

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the verb: is there such a verb, does this address call too often, who calls, what do they ask?"""
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        address = AddressRate()
        if not address.allow_request(request, self):
            self.throttled(request, cast(float, address.wait()))
        super().initial(request, *args, **kwargs)
        self.seen_version = parse_if_match(request.headers.get("If-Match"))
        self.query = self.asked(self.asks if request.method in {"GET", "HEAD"} else NothingGiven)

    @property
    def user(self) -> User:
        """Whoever calls; the roles of the view have let nobody else in."""
        return cast(User, self.request.user)

    def given(self, serializer: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The request's body in domain types, or 400 naming the fields."""
        read = serializer(data=self.request.data, partial=partial, context=self.get_serializer_context())
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def asked(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query string in domain types, or 400 naming the parameters."""
        read = serializer(data={}, context=self.get_serializer_context())
        fields, query = read.fields, self.request.query_params  # fields are costly to make, so they are made once
        read.initial_data = {
            name: query.getlist(name) if isinstance(fields.get(name), serializers.ListField) else query.get(name)
            for name in query
        }
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def act(
        self,
        reads: type[serializers.Serializer[Any]],
        answers: type[serializers.Serializer[Any]],
        action: Callable[[dict[str, Any]], Any],
        *,
        code: int = status.HTTP_201_CREATED,
        partial: bool = False,
    ) -> Response:
        """Read the body, call `action` with it, and answer with its result; one Idempotency-Key, one effect."""

        def once() -> Response:
            given = self.given(reads, partial=partial)
            try:
                result = action(given)
            except Malformed:
                raise
            except BadInput as refused:  # it was read without fault, so what is wrong is not its form
                raise Unusable(refused.detail, errors=refused.errors, extra=refused.extra) from refused
            return Response(answers(result, context=self.get_serializer_context()).data, status=code)

        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return once()
        seen = request_hash(self.request.method or "", self.request.get_full_path(), self.request.data)
        return answer_once(user=self.user, key=key, fingerprint=seen, act=once)

    def shown(self, answers: type[Shown], row: Any, *, many: bool = False) -> Response:
        """What this caller reads of one row, or of many that are no list of pages."""
        return Response(answers(row, many=many, context=self.get_serializer_context()).data)

    def page(self, rows: QuerySet[Any], answers: type[serializers.Serializer[Any]]) -> Response:
        """One page of a list: `results` and `next`. The view names `pagination_class = Pages` for its description."""
        paginator = Pages()
        found = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(answers(found, many=True, context=self.get_serializer_context()).data)

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self}
