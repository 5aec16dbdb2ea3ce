"""What was really done, and what followed."""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location, StaffMember
from patients.models import Patient, Photo
from protocols.models import DeliveryDevice, ExpectedReaction, Substance, Technique, TreatmentArea
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
    depth = models.CharField(max_length=60, blank=True)  # as intended
    depth_reached = models.CharField(max_length=60, blank=True)
    placed = models.JSONField(default=list)  # [{area, ml}] a zone, [{area, view, x, y, ml}] a point of the body chart
    left_over_ml = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)  # drawn up, not injected
    injection_points = models.PositiveIntegerField(null=True, blank=True)
    substances = models.JSONField(default=list)  # [{code, amount, unit, lot}]
    antisepsis_before = models.BooleanField(null=True, blank=True)  # None: not answered (D41)
    antisepsis_before_note = models.CharField(max_length=200, blank=True)  # yes: the product; no: the reason
    antisepsis_during = models.BooleanField(null=True, blank=True)
    antisepsis_during_note = models.CharField(max_length=200, blank=True)
    antisepsis_after = models.BooleanField(null=True, blank=True)
    antisepsis_after_note = models.CharField(max_length=200, blank=True)
    anaesthetic = models.CharField(max_length=120, blank=True)  # put on the skin before
    anaesthetic_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # how long it dwelt
    blood_ml = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)  # own blood drawn
    blood_identity_twice = models.BooleanField(default=False)  # when drawn and when injected
    operator_skill = models.CharField(max_length=200, blank=True)
    hands_on_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    emergency_kit = models.BooleanField(default=False)
    consent_confirmed = models.BooleanField(default=False)  # aloud, by the patient, at the start (D36)
    barrier_film = models.BooleanField(default=False)
    film_off_hours = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # when it comes off, as the patient was told
    drainage_massage = models.BooleanField(default=False)
    aftercare_given = models.BooleanField(default=False)
    old_sites_checked = models.BooleanField(default=False)  # lump, discharge or dark patch asked (D32)
    watched_from = models.DateTimeField(null=True, blank=True)  # the observation after the last injection began
    skin_response = models.CharField(max_length=200, blank=True)
    clinical_response = models.CharField(max_length=200, blank=True)
    partial = models.BooleanField(default=False)
    deviation = models.CharField(max_length=20, blank=True)  # early, late or partial (D03)
    deviation_reason = models.TextField(blank=True)
    partial_reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_for = models.TextField(blank=True)  # why a prescriber signed somebody else's record
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False, signed_at=None), name="record_unsigned"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="record_in_order"
            ),
            models.CheckConstraint(
                condition=Q(deviation="") | ~Q(deviation_reason=""), name="record_deviation_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None)
                | Q(technique=None, delivery_device=None, substances=[])
                | (
                    Q(antisepsis_before__isnull=False, antisepsis_during__isnull=False, antisepsis_after__isnull=False)
                    & ~Q(antisepsis_before_note="")
                    & ~Q(antisepsis_during_note="")
                    & ~Q(antisepsis_after_note="")
                ),
                name="record_antisepsis_answered",
            ),
            models.CheckConstraint(
                condition=Q(left_over_ml=None) | Q(left_over_ml__gte=0), name="record_left_over_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(anaesthetic_minutes=None) | ~Q(anaesthetic=""), name="record_dwell_of_an_anaesthetic"
            ),
            models.CheckConstraint(
                condition=Q(film_off_hours=None) | Q(barrier_film=True), name="record_film_off_when_on"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None)
                | Q(signed_at__isnull=False, signed_by__isnull=False, ended_at__isnull=False),
                name="record_signed_when_done",
            ),
        ]

    @property
    def antisepsis(self) -> list[tuple[Any, bool | None, str]]:
        """(when, answer, product or reason) three times."""
        return [
            (_("Before"), self.antisepsis_before, self.antisepsis_before_note),
            (_("During"), self.antisepsis_during, self.antisepsis_during_note),
            (_("After"), self.antisepsis_after, self.antisepsis_after_note),
        ]


class RecordDraft(models.Model):
    """What stands on the page of a record that is not done yet, as it was typed. `number` grows with each keeping, so
    that the later of two windows sees what the other one wrote. Gone once the record is done."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)  # name of a field -> the strings that were sent
    number = models.PositiveIntegerField(default=1)
    kept_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()


class Addendum(models.Model):
    """What is added to a record after it was signed; never changed (D41)."""

    record = models.ForeignKey(TreatmentRecord, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.TextField()
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="addendum_has_text_and_reason")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


@tracked()
class Deviation(models.Model):
    """One way in which a visit departed from plan or rule, with its own reason (D39 to D41). Serious ones stand on the
    director's first page until they are acknowledged by name."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="deviations")
    code = models.CharField(max_length=60)  # early, late, partial, antisepsis_during, entered_in_error, or a need
    reason = models.TextField()
    serious = models.BooleanField(default=False)
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        "clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["at"], condition=Q(serious=True, acknowledged_at=None), name="deviation_untold"),
            models.Index(fields=["at"], condition=Q(serious=True), name="deviation_serious"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "code"], name="deviation_once_per_session"),
            models.CheckConstraint(condition=~Q(reason=""), name="deviation_has_reason"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="deviation_acknowledged_by_name",
            ),
        ]


@tracked()
class AdverseEvent(models.Model):
    """FHIR AdverseEvent: a reaction with an owner, a clock and an end (D32, B10)."""

    class Severity(models.TextChoices):
        MILD = "mild", _("Mild")
        MODERATE = "moderate", _("Moderate")
        SEVERE = "severe", _("Severe")

    class Cause(models.TextChoices):
        SUBSTANCE = "substance", _("A substance of the mix")
        ANAESTHETIC = "anaesthetic", _("The anaesthetic")
        ANTISEPTIC = "antiseptic", _("The antiseptic")
        MATERIAL = "material", _("The material")
        TECHNIQUE = "technique", _("The technique")

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
    area = models.ForeignKey(TreatmentArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    photo = models.ForeignKey(Photo, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause, blank=True)  # suspected, by a clinician (D38)
    suspected = models.ForeignKey(Substance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stops = models.BooleanField(default=False)  # nothing is injected before a prescriber has decided (D38)
    decision = models.TextField(blank=True)
    decided_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["answer_by", "id"]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(closed_at=None), name="adverse_event_open"),
            models.Index(fields=["patient"], condition=Q(closed_at=None), name="adverse_event_of_patient"),
            models.Index(fields=["patient"], condition=Q(stops=True, decided_at=None), name="adverse_event_stops"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="adverse_event_decision_written",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(outcome=""), name="adverse_event_closed_with_outcome"
            ),
        ]

    @property
    def holds(self) -> bool:
        """Whether it stops every needle now: closing it does not end that, only a prescriber's decision does (D38)."""
        return self.stops and self.decided_at is None

    @property
    def expected_until(self) -> datetime | None:
        """When the sources expect it to be over at the latest; None for what has no such time (C15, B10)."""
        hours = self.reaction.usual_hours if self.reaction else None
        return self.onset_at + timedelta(hours=hours) if hours else None


@tracked()
class SharpsInjury(models.Model):
    """A needle that hurt somebody of the staff (D55): a record of theirs, apart from the patient's."""

    class Source(models.TextChoices):
        KNOWN = "known", _("The patient is known")
        UNKNOWN = "unknown", _("Nobody knows whose needle it was")
        CLEAN = "clean", _("The needle was not used yet")

    injured = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField()
    device = models.CharField(max_length=120)  # which needle or blade, and whether it was seen to hold blood
    source = models.CharField(max_length=10, choices=Source)
    source_patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    how = models.TextField(blank=True)
    reported_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    follow_up = models.TextField(blank=True)
    closed_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(device=""), name="sharps_injury_names_device"),
            models.CheckConstraint(
                condition=Q(source="known") | Q(source_patient=None), name="sharps_injury_patient_is_the_source"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, follow_up="")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(follow_up="")),
                name="sharps_injury_closed_with_words",
            ),
        ]
