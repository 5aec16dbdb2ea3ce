"""What was really done, and what followed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from patients.models import Patient
from protocols.models import DeliveryDevice, ExpectedReaction, Technique
from scheduling.models.session import Session


@tracked()
class TreatmentRecord(models.Model):
    """FHIR Procedure. The fields the sources require of a session (F003, F013, F064, F096, F121, F281, F368 …)."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="record")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    areas = ArrayField(models.CharField(max_length=60), default=list)
    technique = models.ForeignKey(Technique, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    delivery_device = models.ForeignKey(
        DeliveryDevice, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    needle = models.CharField(max_length=60, blank=True)
    needle_length_mm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    depth = models.CharField(max_length=60, blank=True)
    injection_points = models.PositiveIntegerField(null=True, blank=True)
    substances = models.JSONField(default=list)  # [{code, amount, unit, lot}]
    antisepsis_before = models.BooleanField(default=False)
    antisepsis_during = models.BooleanField(default=False)
    antisepsis_after = models.BooleanField(default=False)
    emergency_kit = models.BooleanField(default=False)
    consent_confirmed = models.BooleanField(default=False)  # aloud, by the patient, at the start (D36)
    barrier_film = models.BooleanField(default=False)
    drainage_massage = models.BooleanField(default=False)
    aftercare_given = models.BooleanField(default=False)
    old_sites_checked = models.BooleanField(default=False)  # lump, discharge or dark patch asked (D32)
    skin_response = models.CharField(max_length=200, blank=True)
    clinical_response = models.CharField(max_length=200, blank=True)
    partial = models.BooleanField(default=False)
    deviation = models.CharField(max_length=20, blank=True)  # early, late or partial (D03)
    deviation_reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="record_in_order"
            ),
            models.CheckConstraint(
                condition=Q(deviation="") | ~Q(deviation_reason=""), name="record_deviation_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None)
                | Q(antisepsis_before=True, antisepsis_during=True, antisepsis_after=True)
                | Q(technique=None, delivery_device=None, substances=[]),
                name="record_antisepsis_three_times",
            ),
        ]


@tracked()
class AdverseEvent(models.Model):
    """FHIR AdverseEvent: a reaction with an owner, a clock and an end (D32, B10)."""

    class Severity(models.TextChoices):
        MILD = "mild", _("Mild")
        MODERATE = "moderate", _("Moderate")
        SEVERE = "severe", _("Severe")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="adverse_events")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="adverse_events")
    reaction = models.ForeignKey(ExpectedReaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.MILD)
    onset_at = models.DateTimeField()
    worsening = models.BooleanField(default=False)
    reported_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    owner = models.ForeignKey("clinic.StaffMember", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["answer_by", "id"]
        indexes = [models.Index(fields=["answer_by"], condition=Q(closed_at=None), name="adverse_event_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(outcome=""), name="adverse_event_closed_with_outcome"
            )
        ]
