"""What a patient asks of the desk in their own words: another time than those offered, or a visit."""

from django.db import models
from django.db.models import Q

from clinic.base.trail import tracked
from clinic.models import Location
from patients.models import Patient
from scheduling.models.session import Session


@tracked()
class VisitRequest(models.Model):
    """On the desk's list until somebody answers it, the visit it is about gets a time, or the patient withdraws it."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="requests")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.CASCADE, related_name="requests")
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["location"], condition=Q(closed_at=None), name="visit_request_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "session"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="visit_request_one_open",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="visit_request_says_something"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="visit_request_closed_by_name",
            ),
        ]
