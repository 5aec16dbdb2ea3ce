"""What forms and API verbs share: strict reading, codes, instants, and refusals shown where they can be mended."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.test import RequestFactory
from rest_framework import serializers

from clinic.base.api import CodeField, Given, Instant
from clinic.base.forms import RefusalForm, WallTimeField, ZonedForm, posted
from clinic.base.refusals import BadInput, FieldError, Reason, Refusal

ROME = ZoneInfo("Europe/Rome")


class Inner(Given):
    amount = serializers.IntegerField()


class Sample(Given):
    id = serializers.CharField(read_only=True)
    area = CodeField(find={"hip": 1, "arm": 2}.get, required=False)
    at = Instant(required=False)
    items = serializers.ListField(child=Inner(), required=False)


def read(data: Any) -> dict[str, Any]:
    sample = Sample(data=data)
    sample.is_valid(raise_exception=True)
    return dict(sample.validated_data)


def faults(data: Any) -> Any:
    with pytest.raises(serializers.ValidationError) as wrong:
        read(data)
    return wrong.value.get_codes()


def test_a_field_that_is_unknown_or_only_read_is_an_error():
    assert faults({"id": "1", "role": "director"}) == {"id": ["read_only"], "role": ["unknown"]}


def test_strictness_reaches_nested_rows():
    assert faults({"items": [{"amount": 1}, {"amount": 1, "price": 2}]}) == {"items": {1: {"price": ["unknown"]}}}


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_an_error(body: Any):
    assert faults(body)


def test_a_code_becomes_its_thing_and_an_unknown_one_an_error():
    assert read({"area": "hip"}) == {"area": 1}
    assert faults({"area": "knee"}) == {"area": ["not_known"]}
    assert faults({"area": "hip\x00"}) == {"area": ["null_characters_not_allowed"]}
    assert faults({"area": ["hip"]}) == {"area": ["invalid"]}


def test_an_instant_needs_its_offset():
    assert read({"at": "2026-05-05T10:00:00+02:00"})["at"] == datetime(2026, 5, 5, 8, tzinfo=UTC)
    assert read({"at": "2026-05-05T08:00:00Z"})["at"] == datetime(2026, 5, 5, 8, tzinfo=UTC)
    assert faults({"at": "2026-05-05T10:00:00"}) == {"at": ["no_offset"]}
    assert faults({"at": "tomorrow"}) == {"at": ["invalid"]}


# --- forms ---------------------------------------------------------------------------------------------------------


class Visit(ZonedForm):
    name = forms.CharField()
    at = WallTimeField(required=False)


def visit(**data: str) -> Visit:
    return Visit({"name": "Ana"} | data, zone=ROME)


def test_wall_time_is_the_locations_time():
    form = visit(at="2026-05-05T10:00")
    assert form.is_valid()
    assert form.cleaned_data["at"] == datetime(2026, 5, 5, 8, tzinfo=UTC)


def test_an_instant_is_shown_as_wall_time():
    form = Visit(zone=ROME, initial={"at": datetime(2026, 5, 5, 8, tzinfo=UTC)})
    assert 'value="2026-05-05T10:00"' in str(form["at"])


@pytest.mark.parametrize(
    "typed", ["2026-03-29T02:30", "2026-13-01T10:00", "0001-01-01T00:00", "soon", "2026-05-05T10:00+02:00"]
)
def test_what_is_no_wall_time_is_refused_at_its_field(typed: str):
    assert list(visit(at=typed).errors) == ["at"]


def test_a_refusal_is_shown_at_its_field_or_on_top():
    form = visit()
    assert form.is_valid()
    form.add_refusal(
        BadInput("No", errors=[FieldError("name", "x", "Not this one."), FieldError("else", "x", "Nor this.")])
    )
    assert (form.errors["name"], form.non_field_errors()) == (["Not this one."], ["Nor this."])


def test_reasons_of_a_rule_are_shown_on_top_else_the_sentence():
    with_reasons, without = visit(), visit()
    for form, refusal in (
        (with_reasons, Refusal("No", reasons=[Reason("a", "Because of this."), Reason("b", "And that.")])),
        (without, Refusal("No.")),
    ):
        assert form.is_valid()
        form.add_refusal(refusal)
    assert with_reasons.non_field_errors() == ["Because of this.", "And that."]
    assert without.non_field_errors() == ["No."]


def test_an_empty_post_is_a_post_and_a_look_is_none():
    requests = RequestFactory()
    assert RefusalForm(posted(requests.post("/"))).is_bound
    assert not RefusalForm(posted(requests.get("/"))).is_bound
