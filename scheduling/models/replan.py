"""Visits that move together: what an absence or a change of one visit does to the others, previewed, applied as a whole
and undone within minutes."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Location
from scheduling.models.course import MOST_BUILDS, Course
from scheduling.models.resources import Absence, Practitioner


class Replan(models.Model):
    """One cascade. Of a course it is written when it is applied; a batch over many courses is a row first, because a
    worker builds it while the page shows how far it has come."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being built")
        READY = "ready", _("Ready")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")
        STALE = "stale", _("Out of date")
        FAILED = "failed", _("Could not be built")

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="replans")
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.CASCADE, related_name="replans")
    absence = models.ForeignKey(Absence, null=True, blank=True, on_delete=models.SET_NULL, related_name="replans")
    leaver = models.ForeignKey(  # whose visits after `last_day` the batch gives to others
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_day = models.DateField(null=True, blank=True)
    hours = models.JSONField(default=list)  # the leaver's weekly stretches that applying the batch ended, as they were
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    reason = models.CharField(max_length=200, blank=True)
    # course -> its version when planned, then when applied; its practitioner, and who is `to` take it over
    courses = models.JSONField(default=dict)
    late = models.JSONField(default=dict)  # session -> days beyond latest that a practitioner allows in it (D01)
    steps = models.JSONField(default=list)  # one a visit, as a preview shows it
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    built_by = models.CharField(max_length=100, blank=True)  # host:pid
    requested_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    applied_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(status__in=["queued", "running"]), name="replan_waiting")
        ]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="replan_progress_percent"),
            models.CheckConstraint(
                condition=Q(leaver=None, last_day=None)
                | Q(leaver__isnull=False, last_day__isnull=False, course=None, absence=None),
                name="replan_leaver_has_last_day",
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_BUILDS), name="replan_attempts_end"),
            models.CheckConstraint(
                condition=~Q(status__in=["applied", "undone"]) | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="replan_application_complete",
            ),
        ]

    @property
    def who_leaves(self) -> tuple[Practitioner, date]:
        """The leaver of a batch that has one, and their last day (replan_leaver_has_last_day)."""
        assert self.leaver is not None
        assert self.last_day is not None
        return self.leaver, self.last_day
