"""A session is the plan of one visit: its window, its state, its history."""

from datetime import date, timedelta

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location
from patients.models import AllergyTest, Patient
from scheduling.models.course import Course
from scheduling.models.resources import Practitioner

PRESCRIBER_KINDS = frozenset({"consultation", "allergy_test"})  # acts only a prescriber may do (D20)
NEEDLE_KINDS = frozenset({"allergy_test", "treatment", "maintenance"})  # they need what D20 lists before they start


class SessionStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    BOOKED = "booked", _("Booked")
    DISPLACED = "displaced", _("Needs a new time")
    CHECKED_IN = "checked_in", _("Checked in")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")
    ERROR = "entered_in_error", _("Entered in error")


WITH_A_TIME = frozenset({SessionStatus.BOOKED, SessionStatus.CHECKED_IN, SessionStatus.IN_PROGRESS})

# verb: (states it may start from, state it leads to). The one table of what may happen to a session.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "book": (frozenset({"planned", "displaced", "no_show"}), "booked"),
    "move": (frozenset({"booked", "displaced"}), "booked"),
    "displace": (frozenset({"booked", "checked_in"}), "displaced"),
    "unbook": (frozenset({"booked", "displaced", "checked_in"}), "planned"),
    "check_in": (frozenset({"booked"}), "checked_in"),
    "start": (frozenset({"checked_in"}), "in_progress"),
    "not_treated": (frozenset({"checked_in", "in_progress"}), "displaced"),  # stopped before the needle (D41)
    "enter_done": (  # D39; one called off by mistake took place all the same (D03)
        frozenset({"planned", "booked", "displaced", "checked_in", "no_show", "cancelled"}),
        "completed",
    ),
    "complete": (frozenset({"in_progress"}), "completed"),
    "no_show": (frozenset({"booked", "checked_in"}), "no_show"),
    "undo": (frozenset({"checked_in", "no_show"}), "booked"),  # a slip: nobody came, or somebody did
    "cancel": (frozenset({"planned", "booked", "displaced", "checked_in", "no_show"}), "cancelled"),
    "mark_error": (
        frozenset({"planned", "booked", "displaced", "no_show", "cancelled", "completed"}),
        "entered_in_error",
    ),
}


@tracked(model_name="SessionHistory", level=pghistory.Statement)  # written many at a time
class Session(models.Model):
    """FHIR Appointment as planned. Times live in its active booking; `revision` rises on time, place or person."""

    class Kind(models.TextChoices):
        CONSULTATION = "consultation", _("Consultation")
        ALLERGY_TEST = "allergy_test", _("Allergy test")
        TREATMENT = "treatment", _("Treatment")
        REVIEW = "review", _("Review")
        MAINTENANCE = "maintenance", _("Upkeep")
        MEASUREMENT = "measurement", _("Measurement")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="sessions")
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="sessions")
    sequence = models.PositiveSmallIntegerField(default=1)
    phase = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=15, choices=Kind)
    chair_minutes = models.PositiveSmallIntegerField(default=30)
    early_limit = models.DateField(null=True, blank=True)
    floor = models.DateField(null=True, blank=True)
    ideal = models.DateField(null=True, blank=True)
    latest = models.DateField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # the end of an elapsed-hours wait (F220)
    review_due = models.BooleanField(default=False)
    why = models.JSONField(default=list)  # the solver's explanation of the chosen time
    talked_about = models.JSONField(
        null=True, blank=True
    )  # of a consultation: {areas, indications}; None where none was named
    status = models.CharField(max_length=20, choices=SessionStatus, default=SessionStatus.PLANNED)
    performed_at = models.DateTimeField(null=True, blank=True)
    performed_by = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="performed"
    )
    allergy_test = models.ForeignKey(AllergyTest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["course", "sequence", "id"]
        indexes = [
            models.Index(fields=["patient", "status"], name="session_patient_status"),
            models.Index(fields=["status", "id"], name="session_by_status"),
            models.Index(
                fields=["location", "latest"],
                condition=Q(status__in=["planned", "displaced", "no_show"]),
                name="session_waiting",
            ),
            models.Index(fields=["location"], condition=Q(status="booked"), name="session_booked"),
            models.Index(
                fields=["location", "performed_at"],
                condition=Q(status="completed", review_due=True),
                name="session_review_due",
            ),
            models.Index(
                fields=["location", "performed_at"], condition=Q(status="completed"), name="session_performed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "sequence"],
                condition=Q(course__isnull=False) & ~Q(status__in=["cancelled", "entered_in_error"]),
                name="session_sequence_once_per_course",
            ),
            models.CheckConstraint(
                condition=Q(floor=None, ideal=None, latest=None) | Q(ideal__gte=F("floor"), latest__gte=F("ideal")),
                name="session_window_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(performed_at__isnull=False), name="session_completed_has_time"
            ),
            models.CheckConstraint(condition=Q(status__in=SessionStatus.values), name="session_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sequence}"

    def approved(self, code: str) -> int:
        """Days that a practitioner approved for its present time: "approved_early" or "approved_late"; 0 for none."""
        return next((int(reason["params"]["days"]) for reason in self.why if reason["code"] == code), 0)

    @property
    def first_day(self) -> date | None:
        """The first day on which it may stand: its floor, or sooner where a practitioner approved that for its time."""
        return self.floor and self.floor - timedelta(days=self.approved("approved_early") if self.has_time else 0)

    @property
    def last_day(self) -> date | None:
        """Its latest day, or later where a practitioner approved that for its time."""
        return self.latest and self.latest + timedelta(days=self.approved("approved_late") if self.has_time else 0)

    @property
    def has_time(self) -> bool:
        return self.status in WITH_A_TIME

    @property
    def is_paused(self) -> bool:
        """Without a time in a course on hold: no day, and no window, is true of it."""
        return self.rests and self.status == SessionStatus.PLANNED

    @property
    def rests(self) -> bool:
        """Its course is on hold, so that nobody confirms it or gives it another time."""
        return self.course is not None and self.course.status == Course.Status.ON_HOLD


class SessionEvent(models.Model):
    """The append-only history of a session: who did what when, and why."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="history")
    verb = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)  # start, practitioner, room, device of the booking concerned
    written_at = models.DateTimeField(db_default=Now(), editable=False)  # the table's own instant (migration 0010)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["at"], condition=Q(verb="no_show"), name="event_no_show")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
