"""The ledger of messages: every one a row, tied to a session's revision, until its fate is known."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.base.outgoing import MOST_ATTEMPTS, Outgoing
from clinic.models import Location
from patients.models import Patient
from scheduling.models.course import Course
from scheduling.models.session import Session


class Message(Outgoing):
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
        LATE_2W = "late_2w", _("Late infection, after 2 weeks")
        LATE_6W = "late_6w", _("Late infection, after 6 weeks")
        LATE_12W = "late_12w", _("Late infection, after 12 weeks")
        LATE_26W = "late_26w", _("Late infection, after 26 weeks")
        READING_DUE = "reading_due", _("Reading due")
        REVIEW_DUE = "review_due", _("Review due")
        MAINTENANCE_DUE = "maintenance_due", _("Upkeep due")
        RECALL = "recall", _("Recall of a product")
        SLOT_OFFER = "slot_offer", _("Offer of a free time")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")
        CALL = "call", _("Phone call by the desk")
        LETTER = "letter", _("Letter by post")
        IN_PERSON = "in_person", _("In person at the clinic")
        PORTAL = "portal", _("Patient page")

    BY_HAND = ("call", "letter", "in_person")  # somebody of the desk does it
    LATE = frozenset({"late_2w", "late_6w", "late_12w", "late_26w"})  # asked after the last session (D53)
    ASKS_HOW_IT_IS = LATE | {"check_24h", "check_72h"}
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
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(Outgoing.Meta):
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["scheduled", "retry", "sending", "handed_off"]),
                name="message_waiting",
            ),
            models.Index(fields=["status"], condition=Q(status__in=["failed", "unknown"]), name="message_trouble"),
            models.Index(
                fields=["location", "due_at"],
                condition=Q(channel__in=["call", "letter", "in_person"], status__in=["scheduled", "retry", "failed"]),
                name="message_by_hand_open",
            ),
        ]
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["dedupe_key"], name="message_said_once"),
            models.CheckConstraint(condition=~Q(dedupe_key=""), name="message_dedupe_key_set"),
            models.CheckConstraint(
                condition=Q(channel="call") | Q(attempts__lte=MOST_ATTEMPTS), name="message_attempts_end"
            ),
        ]


class ChannelTrouble(models.Model):
    """A channel that does not work at the moment: no row, no trouble. After a few failures it rests for a while."""

    channel = models.CharField(max_length=10, choices=Message.Channel, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    resting_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
