"""Something that leaves the system: a row until its fate is known."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_ATTEMPTS = 12
MOST_DOUBTS = 2  # the first, and that of the one repeat


class Outgoing(models.Model):
    """The columns that every ledger of outgoing mail has.

    `claim` names the batch that holds the row: whoever comes late finds another one and changes nothing.
    `doubts` counts the attempts that nobody confirmed or refused. The defaults are the
    database's too, so that an insert names only what it knows.
    """

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

    WAITING: ClassVar = ("scheduled", "retry", "sending", "handed_off")

    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.SCHEDULED, db_default=Status.SCHEDULED)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    doubts = models.PositiveSmallIntegerField(default=0, db_default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_off_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.CharField(max_length=100, blank=True, db_default="")  # host:pid of the process that sent it
    error = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        abstract = True
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="%(class)s_sent_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(lease_until__isnull=False), name="%(class)s_sending_has_lease"
            ),
            models.CheckConstraint(condition=Q(doubts__lte=MOST_DOUBTS), name="%(class)s_repeated_once"),
        ]
