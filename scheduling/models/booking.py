"""A booking is a stretch of the calendar. The database, not the code, refuses a second one over it."""

from datetime import timedelta

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from patients.models import Patient
from scheduling.models.resources import Absence, Device, Practitioner, Room
from scheduling.models.session import Session

# No row reaches further, so whoever reads a day needs rows that began this long before it and no others.
LONGEST = timedelta(hours=26)


class Span(Func):
    """tstzrange(from, to), half-open: a visit may begin the minute another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def nobody_twice(who: str, start: str, end: str) -> ExclusionConstraint:
    """No two active rows of the same `who` whose [start, end) overlap."""
    return ExclusionConstraint(
        name=f"booking_{who}_free",
        expressions=[(who, RangeOperators.EQUAL), (Span(start, end), RangeOperators.OVERLAPS)],
        condition=Q(active=True, **{f"{who}__isnull": False}),
    )


@tracked(level=pghistory.Statement)  # written many at a time
class Booking(models.Model):
    """Patient from start to end; practitioner, room and device for the wider occupied range (preparation, turnover)."""

    class Kind(models.TextChoices):
        SESSION = "session", _("Visit")
        HOLD = "hold", _("Hold")
        BLOCK = "block", _("Not available")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SESSION)
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    absence = models.ForeignKey(Absence, null=True, blank=True, on_delete=models.CASCADE, related_name="blocks")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    device = models.ForeignKey(
        Device, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    start = models.DateTimeField()
    end = models.DateTimeField()
    occupied_start = models.DateTimeField()
    occupied_end = models.DateTimeField()
    active = models.BooleanField(default=True, db_default=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    created_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["start", "id"]
        indexes = [
            # GiST guards, it is not read: the calendar is read by these (measured 27 against 68 ms).
            models.Index(
                fields=["practitioner", "occupied_start"],
                include=["occupied_end"],
                condition=Q(active=True, practitioner__isnull=False),
                name="booking_by_practitioner",
            ),
            models.Index(
                fields=["room", "occupied_start"],
                include=["occupied_end"],
                condition=Q(active=True, room__isnull=False),
                name="booking_by_room",
            ),
            models.Index(
                fields=["device", "occupied_start"],
                include=["occupied_end"],
                condition=Q(active=True, device__isnull=False),
                name="booking_by_device",
            ),
            models.Index(fields=["start"], condition=Q(active=True), name="booking_by_start"),
            models.Index(fields=["start"], condition=Q(active=False, kind="session"), name="booking_freed"),
        ]
        constraints = [
            nobody_twice("patient", "start", "end"),
            nobody_twice("practitioner", "occupied_start", "occupied_end"),
            nobody_twice("room", "occupied_start", "occupied_end"),
            nobody_twice("device", "occupied_start", "occupied_end"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_end_after_start"),
            models.CheckConstraint(
                condition=Q(occupied_start__lte=F("start"), occupied_end__gte=F("end")), name="booking_occupied_covers"
            ),
            models.CheckConstraint(
                condition=Q(occupied_end__lte=F("occupied_start") + LONGEST), name="booking_at_most_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(kind="session")
                | Q(
                    session__isnull=False,
                    patient__isnull=False,
                    practitioner__isnull=False,
                    room__isnull=False,
                    absence=None,
                ),
                name="booking_session_names_all",
            ),
            models.CheckConstraint(
                condition=~Q(kind="hold") | Q(held_until__isnull=False, practitioner__isnull=False),
                name="booking_hold_ends",
            ),
            models.CheckConstraint(
                condition=~Q(kind="block")
                | Q(session=None, patient=None)
                & (Q(practitioner__isnull=False) | Q(room__isnull=False) | Q(device__isnull=False)),
                name="booking_block_names_one",
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(active=True, session__isnull=False), name="booking_one_per_session"
            ),
        ]

    @property
    def visit(self) -> Session:
        """What a booking of kind SESSION is for (booking_session_names_all)."""
        assert self.session is not None
        return self.session
