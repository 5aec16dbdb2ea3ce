"""A course is the plan a patient agreed to; a proposal is one schedule the worker found for it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location
from patients.models import Patient
from protocols.models import DeliveryDevice, Formulation, Indication, ProtocolVersion, Technique, TreatmentArea
from scheduling.models.resources import Practitioner

MOST_BUILDS = 3  # how often a schedule is begun, by whatever worker, before it is given up


@tracked()
class Course(models.Model):
    """FHIR CarePlan. Pins one protocol version; counts and intervals are the practitioner's choices within it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        ON_HOLD = "on_hold", _("On hold")
        COMPLETED = "completed", _("Completed")
        REVOKED = "revoked", _("Closed early")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="courses")
    areas = models.ManyToManyField(TreatmentArea, related_name="courses")
    indication = models.ForeignKey(Indication, on_delete=models.PROTECT, related_name="courses")
    formulation = models.ForeignKey(Formulation, on_delete=models.PROTECT, related_name="courses")
    technique = models.ForeignKey(Technique, null=True, blank=True, on_delete=models.PROTECT, related_name="courses")
    delivery_device = models.ForeignKey(
        DeliveryDevice, null=True, blank=True, on_delete=models.PROTECT, related_name="courses"
    )
    counts = models.JSONField(default=dict)  # phase order -> sessions
    intervals = models.JSONField(default=dict)  # phase order -> {floor, ideal, latest, unit} (P04)
    confirmed = models.BooleanField(default=False)  # P01's unusual order, confirmed by the practitioner (C10)
    maintenance_months = models.PositiveSmallIntegerField(null=True, blank=True)  # P02: 12 or 6
    start_on = models.DateField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="courses")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="courses")
    preferences = models.JSONField(default=dict)  # as course_input.clean_preferences has it
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    status_reason = models.TextField(blank=True)
    held_for = models.ForeignKey(  # the reaction that put it on hold: only a prescriber resumes it (D38)
        "scheduling.AdverseEvent", null=True, blank=True, on_delete=models.PROTECT, related_name="held_courses"
    )
    times_kept_until = models.DateTimeField(null=True, blank=True)  # then the times of a held course are freed
    back_on = models.DateField(null=True, blank=True)  # about when a paused patient is back; none: nobody knows
    ask_on = models.DateField(null=True, blank=True)  # from then on the desk asks; none: on hold until it is decided
    created_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "-id"], name="course_by_status"),
            models.Index(fields=["location"], condition=Q(status="on_hold"), name="course_on_hold"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["on_hold", "revoked"]) | ~Q(status_reason=""), name="course_stop_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(times_kept_until=None) | Q(status="on_hold"), name="course_times_kept_only_on_hold"
            ),
            models.CheckConstraint(
                condition=Q(back_on=None, ask_on=None) | Q(status="on_hold"), name="course_back_only_from_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol_version} · {self.patient_id}"


class Proposal(models.Model):
    """A requested schedule. The row is the work: a ring shortens the wait, the sweep finds it anyway."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being built")
        READY = "ready", _("Ready")
        INFEASIBLE = "infeasible", _("Does not fit")
        ACCEPTED = "accepted", _("Accepted")
        STALE = "stale", _("Out of date")
        FAILED = "failed", _("Could not be built")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="proposals")
    course_version = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    allow_late = models.JSONField(default=list)  # [{sequence, days}]
    requested_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    built_by = models.CharField(max_length=100, blank=True)  # host:pid of the process that built it
    cost = models.PositiveIntegerField(null=True, blank=True)
    sessions = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    ready_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(status__in=["queued", "running"]), name="proposal_waiting"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["course"], condition=Q(status__in=["queued", "running"]), name="proposal_one_in_the_making"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="proposal_progress_percent"),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_BUILDS), name="proposal_attempts_end"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, status="accepted"),
                name="proposal_acceptance_complete",
            ),
        ]
