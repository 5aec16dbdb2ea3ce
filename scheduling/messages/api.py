"""The ledger over HTTP: what was, is or will be sent."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import CARE, PATIENT
from clinic.base.api import ActionView, IdField, PageAsked, Shown
from clinic.base.paging import Pages
from scheduling.access import messages_for
from scheduling.models import Message


class MessageShown(Shown):
    id = serializers.CharField(source="pk")
    patient = serializers.CharField(source="patient_id")
    session = serializers.CharField(source="session_id", allow_null=True)
    course = serializers.CharField(source="course_id", allow_null=True)
    kind = serializers.ChoiceField(choices=Message.Kind.choices)
    channel = serializers.ChoiceField(choices=Message.Channel.choices)
    status = serializers.ChoiceField(choices=Message.Status.choices)
    revision = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()


class MessagesAsked(PageAsked):
    session = IdField(required=False)
    patient = IdField(required=False)


class Messages(ActionView):
    roles = CARE | {PATIENT}
    pagination_class = Pages
    asks = MessagesAsked

    @extend_schema(responses=MessageShown(many=True))
    def get(self, request: Request) -> Response:
        """The ledger's rows you may see."""
        wanted = {name: int(self.query[name]) for name in ("session", "patient") if name in self.query}
        return self.page(messages_for(self.user).filter(**wanted), MessageShown)
