"""Proposals over HTTP: ask for a schedule, watch it being built, accept it."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import BOOK, CARE, CLINICAL, PATIENT
from clinic.base.api import ActionView, Given, NothingGiven, Shown
from clinic.base.openapi import IF_MATCH
from scheduling.access import access_course, access_proposal
from scheduling.calendar.api import SessionShown
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.models import Proposal


class Late(Given):
    """So many days beyond `latest` are approved for this visit (D04)."""

    sequence = serializers.IntegerField(min_value=1, max_value=1000)
    days = serializers.IntegerField(min_value=1, max_value=366)


class ProposalGiven(Given):
    allow_late = Late(many=True, required=False)


class Why(Shown):
    code = serializers.CharField()
    params = serializers.DictField()


class ProposedSession(Shown):
    sequence = serializers.IntegerField()
    phase = serializers.IntegerField()
    kind = serializers.CharField()
    chair_minutes = serializers.IntegerField()
    early_limit = serializers.DateField(allow_null=True)
    floor = serializers.DateField(allow_null=True)
    ideal = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)
    start = serializers.DateTimeField(allow_null=True, help_text="Null beyond the location's booking horizon.")
    end = serializers.DateTimeField(allow_null=True)
    practitioner = serializers.CharField(allow_null=True)
    room = serializers.CharField(allow_null=True)
    device = serializers.CharField(allow_null=True)
    late_days = serializers.IntegerField()
    why = Why(many=True)


class ProposalReason(Shown):
    code = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField()
    sequence = serializers.IntegerField(allow_null=True, default=None)
    rule = serializers.CharField(allow_null=True, default=None)
    until = serializers.CharField(allow_null=True, default=None)
    cites = serializers.ListField(child=serializers.CharField(), default=list)


class ProposalShown(Shown):
    id = serializers.CharField(source="pk")
    course = serializers.CharField(source="course_id")
    status = serializers.ChoiceField(choices=Proposal.Status.choices)
    progress = serializers.IntegerField(help_text="Percent.")
    cost = serializers.IntegerField(allow_null=True)
    sessions = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()
    requested_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()

    @extend_schema_field(ProposedSession(many=True))
    def get_sessions(self, proposal: Proposal) -> Any:
        return ProposedSession(proposal.sessions, many=True, context=self.context).data

    @extend_schema_field(ProposalReason(many=True))
    def get_reasons(self, proposal: Proposal) -> Any:
        return ProposalReason(proposal.reasons, many=True, context=self.context).data


class Accepted(Shown):
    """What an acceptance booked and planned."""

    course = serializers.CharField()
    sessions = SessionShown(many=True)
    version = serializers.IntegerField(help_text="The course's version.")


class Proposals(ActionView):
    roles = CLINICAL

    @extend_schema(request=ProposalGiven, responses={202: ProposalShown})
    def post(self, request: Request, course_id: str) -> Response:
        """Ask the worker for a schedule; answers at once."""
        course = access_course(self.user, course_id)
        return self.act(
            ProposalGiven,
            ProposalShown,
            lambda given: request_proposal(course=course, by=self.user, **given),
            code=202,
        )


class ProposalDetail(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(responses=ProposalShown)
    def get(self, request: Request, proposal_id: str) -> Response:
        """How far it is, and the schedule once it is ready."""
        return self.shown(ProposalShown, access_proposal(self.user, proposal_id))


class AcceptProposal(ActionView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=NothingGiven, parameters=[IF_MATCH], responses={201: Accepted})
    def post(self, request: Request, proposal_id: str) -> Response:
        """Book all of it or nothing. 409 names the conflicts and a fresh proposal."""
        proposal = access_proposal(self.user, proposal_id)

        def accept(given: dict[str, Any]) -> dict[str, Any]:
            sessions = accept_proposal(proposal=proposal, by=self.user, version=self.seen_version)
            proposal.course.refresh_from_db(fields=["version"])
            return {"course": str(proposal.course_id), "sessions": sessions, "version": proposal.course.version}

        return self.act(NothingGiven, Accepted, accept)
