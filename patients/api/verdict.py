"""The verdict and decisions over HTTP. The desk gets verdict and date, never a condition (D17)."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import CARE, CLINICAL, PATIENT
from clinic.base.api import ActionView, CodeField, Day, Given, RowField, Shown
from clinic.base.clock import now
from clinic.base.zones import zone_of
from patients.access import access_patient
from patients.actions.decisions import decide_finding
from patients.api.fields import PlanGiven, WrittenOnce, plan_given
from patients.models import FindingDecision, Patient
from patients.queries import catalogue
from patients.queries.eligibility import evaluate, sentence
from protocols.eligibility import Effect, Finding, Occasion, Status, Verdict


class EligibilityAsked(Given):
    on = Day(required=False, help_text="The local date; today when not given.")
    occasion = serializers.ChoiceField(choices=[each.value for each in Occasion], default=Occasion.PLAN.value)
    area = serializers.ListField(child=CodeField(find=catalogue.area), required=False, max_length=20)
    indication = CodeField(find=catalogue.indication, required=False)
    formulation = RowField(find=catalogue.formulation, required=False)
    delivery_device = CodeField(find=catalogue.delivery_device, required=False)
    technique = CodeField(find=catalogue.technique, required=False)


class FindingShown(Shown):
    code = serializers.CharField()
    effect = serializers.ChoiceField(choices=[each.value for each in Effect])
    message = serializers.SerializerMethodField()
    until = serializers.DateField(allow_null=True)
    cites = serializers.ListField(child=serializers.CharField())
    decision = serializers.SerializerMethodField()
    fallen = serializers.SerializerMethodField(
        help_text="An earlier decision that no longer holds: an answer changed, or it was for another plan."
    )

    def get_message(self, finding: Finding) -> str:
        return sentence(finding)

    @extend_schema_field(serializers.ChoiceField(choices=FindingDecision.Decision.choices, allow_null=True))
    def get_decision(self, finding: Finding) -> str | None:
        if finding.decision is None:
            return None
        return "approve" if finding.decision.approved else "decline"

    @extend_schema_field(serializers.ChoiceField(choices=FindingDecision.Decision.choices, allow_null=True))
    def get_fallen(self, finding: Finding) -> str | None:
        if finding.fallen is None:
            return None
        return "approve" if finding.fallen.approved else "decline"


class VerdictShown(Shown):
    """The desk and the patient get no `findings` (D17)."""

    verdict = serializers.ChoiceField(choices=[each.value for each in Status], source="status")
    until = serializers.DateField(allow_null=True)
    findings = FindingShown(many=True)


class Eligibility(ActionView):
    roles = CARE | {PATIENT}
    asks = EligibilityAsked

    @extend_schema(responses=VerdictShown)
    def get(self, request: Request, patient_id: str) -> Response:
        """Evaluate for a date and a plan. Findings are for clinicians only."""
        patient = access_patient(self.user, patient_id, what="eligibility")
        return self.shown(VerdictShown, self.verdict(patient, self.query))

    def verdict(self, patient: Patient, asked: dict[str, Any]) -> Verdict:
        zone = zone_of(self.user)
        plan, _formulation = plan_given(asked | {"areas": asked.get("area")})
        return evaluate(patient, asked.get("on") or now().astimezone(zone).date(), asked["occasion"], plan, zone=zone)


class DecisionGiven(PlanGiven):
    decision = serializers.ChoiceField(choices=FindingDecision.Decision.choices)
    reason = serializers.CharField(max_length=2000)
    occasion = serializers.ChoiceField(choices=[each.value for each in Occasion], default=Occasion.PLAN.value)


class DecisionShown(WrittenOnce):
    code = serializers.CharField()
    decision = serializers.ChoiceField(choices=FindingDecision.Decision.choices)
    reason = serializers.CharField()
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField()


class Decisions(ActionView):
    roles = CLINICAL

    @extend_schema(request=DecisionGiven, responses={201: DecisionShown})
    def post(self, request: Request, patient_id: str, code: str) -> Response:
        """Approve or decline one finding for this plan. Blocks and deferrals cannot be decided on (422); a plan without
        areas or indication is none (400)."""
        patient = access_patient(self.user, patient_id, what="decision")

        def decide(given: dict[str, Any]) -> FindingDecision:
            plan, formulation = plan_given(given)
            return decide_finding(
                patient=patient,
                code=code,
                decision=given["decision"],
                reason=given["reason"],
                plan=plan,
                formulation=formulation,
                occasion=given["occasion"],
                by=self.user,
            )

        return self.act(DecisionGiven, DecisionShown, decide)
