"""The intake over HTTP: its questions, answers handed in, answers corrected."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import CARE, PATIENT, SIGNED_IN, role_of
from clinic.base.api import ActionView, Given, Shown
from clinic.base.clock import now
from clinic.base.disclosure import may_read
from clinic.base.refusals import BadInput, Forbidden
from clinic.base.zones import zone_of
from patients.access import access_patient
from patients.actions.intake import amend_answers, save_answers
from patients.models import IntakeResponse, Patient
from patients.queries.answers import response_of
from patients.queries.eligibility import asked_again, evaluate, sentence
from patients.queries.questions import intake_questions
from protocols.eligibility import Finding, Occasion


class Option(Shown):
    code = serializers.CharField()
    name = serializers.CharField()


class QuestionShown(Shown):
    link_id = serializers.CharField()
    text = serializers.CharField()
    help = serializers.CharField()
    type = serializers.ChoiceField(choices=["boolean", "date", "choice", "multiple", "integer", "text"])
    topic = serializers.CharField()
    options = Option(many=True)
    rows = serializers.ChoiceField(
        choices=["medicines", "allergies"],
        allow_blank=True,
        help_text="The text may be rows: medicines {name, purpose, last_taken, ended}, allergies {name, reaction}.",
    )
    occasions = serializers.ListField(child=serializers.CharField())
    applies_when = serializers.JSONField(allow_null=True)


class IntakeQuestions(ActionView):
    roles = SIGNED_IN

    @extend_schema(responses=QuestionShown(many=True))
    def get(self, request: Request) -> Response:
        """Every question in force, in the order it is asked."""
        return self.shown(QuestionShown, intake_questions(), many=True)


@extend_schema_field(OpenApiTypes.ANY)
class AnyValue(serializers.Field[Any, Any, Any, Any]):
    """An answer as sent; what it may be depends on its question and is checked by the action."""

    def __init__(self) -> None:
        super().__init__(allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class IntakeGiven(Given):
    occasion = serializers.ChoiceField(choices=[each.value for each in Occasion])
    answers = serializers.DictField(child=AnyValue(), allow_empty=False)
    amends = serializers.CharField(required=False, max_length=20)
    reason = serializers.CharField(required=False, max_length=2000)


class Warned(Shown):
    """A pair of answers that is unlikely together: saved as given, and asked again (D16)."""

    body = "Warning"
    code = serializers.CharField()
    message = serializers.SerializerMethodField()

    def get_message(self, finding: Finding) -> str:
        return sentence(finding)


class IntakeShown(Shown):
    """The desk gets that it was handed in, not what it says: no `answers`, no `warnings` (D17)."""

    id = serializers.CharField(source="pk")
    occasion = serializers.CharField()
    status = serializers.CharField()
    answered_at = serializers.DateTimeField()
    amends = serializers.CharField(source="amends_id", allow_null=True)
    version = serializers.IntegerField()
    warnings = serializers.SerializerMethodField()
    answers = serializers.DictField(child=AnyValue())

    @extend_schema_field(Warned(many=True))
    def get_warnings(self, response: IntakeResponse) -> Any:
        user = self.context["view"].user
        if not may_read(role_of(user), Warned.body, "message"):
            return []
        zone = zone_of(user)
        verdict = evaluate(response.patient, now().astimezone(zone).date(), response.occasion, zone=zone)
        return Warned(asked_again(verdict), many=True, context=self.context).data


class Intake(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(
        request=IntakeGiven,
        responses={201: IntakeShown},
    )
    def post(self, request: Request, patient_id: str) -> Response:
        """Hand in answers, or correct earlier ones (`amends` and `reason`, prescribers only)."""
        patient = access_patient(self.user, patient_id, what="intake")
        return self.act(IntakeGiven, IntakeShown, lambda given: self.hand_in(patient, given))

    def may_read_answers(self) -> bool:
        return may_read(role_of(self.user), IntakeShown.body, "answers")

    def hand_in(self, patient: Patient, given: dict[str, Any]) -> IntakeResponse:
        if given["occasion"] == Occasion.PLAN and not self.may_read_answers():
            raise Forbidden(_("The intake is for the patient and for clinicians."))
        if "amends" in given or "reason" in given:
            return self.amend(patient, given)
        return save_answers(patient=patient, by=self.user, version=self.seen_version, **given)

    def amend(self, patient: Patient, given: dict[str, Any]) -> IntakeResponse:
        amended = response_of(patient, given.get("amends", ""))
        if amended is None:
            raise BadInput.at("amends", _("That is not a completed intake of this patient."))
        return amend_answers(
            patient=patient, answers=given["answers"], amends=amended, reason=given.get("reason", ""), by=self.user
        )
