"""A time that is free is offered to one patient, and kept for them while they think about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.booking import Booking
from scheduling.models.session import Session


class SlotOffer(models.Model):
    """The time is that of `hold`, a booking of its own kind: whatever keeps two visits from one time keeps others from
    this one, until `hold.held_until`. Of a visit as it was at `revision`; open until it is answered or over."""

    class Answer(models.TextChoices):
        OPEN = "", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Not answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="offers")
    hold = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="offer")
    revision = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.OPEN, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(answer=""), name="slot_offer_one_open"),
            models.CheckConstraint(
                condition=Q(answer__in=["", "accepted", "declined", "lapsed", "withdrawn"]),
                name="slot_offer_answer_known",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False),
                name="slot_offer_answered_when",
            ),
            models.CheckConstraint(
                condition=~Q(answer__in=["accepted", "declined"]) | Q(answered_by__isnull=False),
                name="slot_offer_answered_by_name",
            ),
        ]
