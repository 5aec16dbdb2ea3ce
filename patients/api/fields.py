"""What several calls read or answer: what is planned, and rows that are written once."""

from typing import Any

from rest_framework import serializers

from clinic.base.api import CodeField, Given, RowField, Shown
from patients.queries import catalogue
from patients.queries.plans import plan_of
from protocols.eligibility import Plan
from protocols.models import Formulation


class PlanGiven(Given):
    """What is planned; everything may be left open."""

    areas = serializers.ListField(child=CodeField(find=catalogue.area), required=False, max_length=20)
    indication = CodeField(find=catalogue.indication, required=False, allow_null=True)
    formulation = RowField(find=catalogue.formulation, required=False, allow_null=True)
    delivery_device = CodeField(find=catalogue.delivery_device, required=False, allow_null=True)
    technique = CodeField(find=catalogue.technique, required=False, allow_null=True)


def plan_given(given: dict[str, Any]) -> tuple[Plan, Formulation | None]:
    """The plan of a request and its mix."""
    formulation = given.get("formulation")
    plan = plan_of(
        areas=given.get("areas") or (),
        indication=given.get("indication"),
        formulation=formulation,
        delivery_device=given.get("delivery_device"),
        technique=given.get("technique"),
    )
    return plan, formulation


class WrittenOnce(Shown):
    """A row that is never changed, so its version stays 1."""

    id = serializers.CharField(source="pk")
    version = serializers.SerializerMethodField()

    def get_version(self, row: Any) -> int:
        return 1
