"""Who and what can be booked, and when they are there."""

from datetime import time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location, StaffMember
from protocols.models import DeliveryDevice


@tracked(exclude=["calendar_digest"])
class Practitioner(models.Model):
    """A staff member who treats; their training is on record (C38, F236)."""

    staff = models.OneToOneField(StaffMember, on_delete=models.CASCADE, related_name="practitioner")
    name = models.CharField(_("name"), max_length=120)
    experienced = models.BooleanField(_("experienced with nappage"), default=False)
    trained_on = models.DateField(_("training recorded on"), null=True, blank=True)
    active = models.BooleanField(default=True)
    calendar_digest = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Room(models.Model):
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(_("name"), max_length=60)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["location", "name", "id"]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="room_name_once_per_location")]

    def __str__(self) -> str:
        return self.name


@tracked()
class Device(models.Model):
    """One physical device, of a kind from the catalogue."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="devices")
    kind = models.ForeignKey(DeliveryDevice, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(_("name"), max_length=60)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["location", "name", "id"]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="device_name_once_per_location")]

    def __str__(self) -> str:
        return self.name


class Days(Func):
    """daterange(first, last), both included."""

    function = "DATERANGE"
    output_field = DateRangeField()


@tracked()
class Season(models.Model):
    """Days, both included, on which somebody's week at a location is another one: its own `hours`. `instead_of` is what
    the weekly hours had on them, as rows of WorkingHours."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="seasons")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="seasons")
    first = models.DateField()
    last = models.DateField()
    instead_of = models.JSONField(default=list)

    class Meta:
        ordering = ["first", "practitioner__name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="season_in_order"),
            ExclusionConstraint(
                name="season_one_a_day",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("location", RangeOperators.EQUAL),
                    (Days("first", "last", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@tracked()
class WorkingHours(models.Model):
    """A weekly stretch of work at one location, local wall time, from and until a date, of a season or of the rest.

    It is on one day: what goes past midnight is two of them, the first with an `end` at 00:00.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="hours")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # Monday is 0
    start = models.TimeField()
    end = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    season = models.ForeignKey(Season, null=True, blank=True, on_delete=models.CASCADE, related_name="hours")

    class Meta:
        ordering = ["practitioner", "weekday", "start"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday_known"),
            models.CheckConstraint(condition=Q(end__gt=F("start")) | Q(end=time()), name="hours_end_after_start"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="hours_valid_in_order"
            ),
        ]


@tracked()
class PublicHoliday(models.Model):
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["location", "date"], name="holiday_once_per_location")]


@tracked()
class Absence(models.Model):
    """A practitioner, room or device that is not there. Its blocks in the booking table are what keeps others out."""

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.CASCADE, related_name="absences"
    )
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.CASCADE, related_name="absences")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="absences")
    start = models.DateTimeField()
    end = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["start", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="absence_end_after_start"),
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, room=None, device=None)
                | Q(practitioner=None, room__isnull=False, device=None)
                | Q(practitioner=None, room=None, device__isnull=False),
                name="absence_of_exactly_one",
            ),
        ]
