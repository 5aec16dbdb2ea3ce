"""Moving in and out: a file of another system taken over row by row, and everything written into one archive."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location
from patients.models import Patient
from scheduling.models.course import MOST_BUILDS
from scheduling.models.resources import Practitioner
from scheduling.models.session import Session

WORK = ("progress", "attempts", "lease_until", "built_by")  # how far a worker is: no history


class Work(models.Model):
    """A row that is work of a worker (scheduling.messages.actions.leases)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for you")
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Under way")
        READY = "ready", _("Done")
        FAILED = "failed", _("Stopped")

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    built_by = models.CharField(max_length=100, blank=True)  # host:pid
    requested_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="%(class)s_progress_percent"),
            models.CheckConstraint(condition=Q(attempts__lte=MOST_BUILDS), name="%(class)s_attempts_end"),
        ]


@tracked(exclude=[*WORK, "position", "counts"])
class Import(Work):
    """A table of patients or visits on its way in: columns are chosen, every line is checked, then taken over; undone
    as a whole. A step that is queued goes on behind `position`, the last line that is done with."""

    class What(models.TextChoices):
        PATIENTS = "patients", _("Patients")
        VISITS = "visits", _("Visits")

    class Step(models.TextChoices):
        COLUMNS = "columns", _("Columns")
        CHECK = "check", _("Check")
        WRITE = "write", _("Take over")
        UNDO = "undo", _("Undo")
        GIVEN_UP = "given_up", _("Given up")

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=What, default=What.PATIENTS)
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # who has the visits of which the file does not say it
    name = models.CharField(max_length=120)  # of the file
    file = models.FileField(upload_to="imports", blank=True)  # its stored name is drawn; gone once it is taken over
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the file
    encoding = models.CharField(max_length=20)
    separator = models.CharField(max_length=1)
    date_order = models.CharField(max_length=10)
    columns = ArrayField(models.CharField(max_length=200), default=list)
    mapping = models.JSONField(default=dict)  # name of a column -> our field
    total = models.PositiveIntegerField(default=0)  # lines below the names of the columns
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # outcome -> lines; "allergies", "ahead", "past" -> recorded
    step = models.CharField(max_length=10, choices=Step, default=Step.COLUMNS)

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.UniqueConstraint(
                fields=["location", "what", "fingerprint"],
                condition=~Q(step__in=["undo", "given_up"]),
                name="import_of_a_file_once",
            ),
            models.CheckConstraint(condition=Q(position__lte=F("total")), name="import_position_in_file"),
        ]


class ImportLine(models.Model):
    """What became of one line; of a person whom it brought, where they came from. `keys` say who it is about, as
    numbers: name with birth date, phone or e-mail; of a visit ahead, whose time it takes."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        SAME = "same", _("Already here")
        SKIPPED = "skipped", _("Did not take place, or cancelled")
        REJECTED = "rejected", _("Left out")
        STAYED = "stayed", _("Stays after the undo")
        GONE = "gone", _("Undone")

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()  # as a spreadsheet counts, the names of the columns are line 1
    outcome = models.CharField(max_length=10, choices=Outcome)
    external_id = models.CharField(max_length=100, blank=True)
    keys = ArrayField(models.BigIntegerField(), default=list)
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.SET_NULL, related_name="origins")
    allergies = ArrayField(models.BigIntegerField(), default=list)  # ids of those that it brought
    reasons = models.JSONField(default=list)  # [{field, message}]
    cells = models.JSONField(default=list)  # of a line that is left out

    class Meta:
        ordering = ["line"]
        indexes = [
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="import_line_external"),
            GinIndex(fields=["keys"], name="import_line_keys", fastupdate=False),
        ]
        constraints = [
            models.UniqueConstraint(fields=["of", "line"], name="import_line_once"),
            models.CheckConstraint(
                condition=~Q(outcome="rejected") | ~Q(reasons=[]), name="import_line_left_out_has_reason"
            ),
        ]


class MovedVisit(models.Model):
    """A visit of which another system told, in its words. Over, it is history and no visit of ours: no consultation, no
    treatment. Ahead, it was booked and is `session`."""

    line = models.OneToOneField(ImportLine, on_delete=models.CASCADE, related_name="visit")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="moved_visits")
    session = models.OneToOneField(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="moved_visit")
    number = models.CharField(max_length=200, blank=True)  # in the other system
    start = models.DateTimeField()
    told = models.CharField(max_length=200, blank=True)  # what it was
    by = models.CharField(max_length=120, blank=True)  # who had it
    on_skin = models.BooleanField(default=True)  # for all that was told, a treatment

    class Meta:
        ordering = ["-start", "-id"]
        indexes = [models.Index(fields=["number"], condition=~Q(number=""), name="moved_visit_number")]
        constraints = [models.UniqueConstraint(fields=["start", "patient"], name="moved_visit_once")]


@tracked(exclude=WORK)
class Export(Work):
    """Everything the organisation keeps, in one archive that can be fetched until it expires."""

    reason = models.CharField(max_length=200)
    file = models.FileField(upload_to="exports", blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    expires_at = models.DateTimeField(null=True, blank=True)
    fetched_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    fetched_at = models.DateTimeField(null=True, blank=True)  # last; each time is in the trail

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.UniqueConstraint(
                fields=["status"], condition=Q(status__in=["queued", "running"]), name="export_one_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="export_has_reason"),
            models.CheckConstraint(
                condition=~Q(status="ready") | Q(expires_at__isnull=False), name="export_ready_expires"
            ),
        ]
