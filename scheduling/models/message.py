"""The ledger of messages: every one a row, tied to a session's revision, until its fate is known."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Location
from patients.models import Patient
from scheduling.models.course import Course
from scheduling.models.session import Session


class Message(models.Model):
    """One message to one recipient. The portal row is exactly-once; e-mail is at-least-once with one Message-ID."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("Confirmation")
        CANCELLATION = "cancellation", _("Cancellation")
        ASPIRIN = "aspirin", _("Aspirin question")
        REMINDER = "reminder", _("Reminder")
        SAME_DAY = "same_day", _("Same-day check")
        AFTERCARE = "aftercare", _("After-care")
        CHECK_24H = "check_24h", _("Check-in after 24 hours")
        CHECK_72H = "check_72h", _("Check-in after 72 hours")
        READING_DUE = "reading_due", _("Reading due")
        REVIEW_DUE = "review_due", _("Review due")
        MAINTENANCE_DUE = "maintenance_due", _("Upkeep due")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")
        CALL = "call", _("Phone call by the desk")
        PORTAL = "portal", _("Patient page")

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        HANDED_OFF = "handed_off", _("Handed over")
        SENT = "sent", _("Sent")
        RETRY = "retry", _("Will be tried again")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Not known whether it arrived")
        SUPERSEDED = "superseded", _("Replaced")
        EXPIRED = "expired", _("Too late")

    PRE_VISIT = frozenset({"confirmation", "aspirin", "reminder", "same_day"})

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="messages")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="messages", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    channel = models.CharField(max_length=10, choices=Channel)
    revision = models.PositiveIntegerField(default=0)
    dedupe_key = models.CharField(max_length=200)
    context = models.JSONField(default=dict)  # dates and places the text needs; no clinical detail
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.SCHEDULED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_off_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.CharField(max_length=100, blank=True)  # host:pid of the process that sent it
    read_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["scheduled", "retry", "sending", "handed_off", "unknown"]),
                name="message_waiting",
            ),
            models.Index(fields=["status"], condition=Q(status__in=["failed", "unknown"]), name="message_trouble"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], name="message_said_once"),
            models.CheckConstraint(condition=~Q(dedupe_key=""), name="message_dedupe_key_set"),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="message_sent_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(lease_until__isnull=False), name="message_sending_has_lease"
            ),
        ]
