"""Who is treated: the person, what they answered, what was concluded, tested, consented to and measured."""

from datetime import datetime, timedelta

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from clinic.base import clock, phones
from clinic.base.names import FoldedField
from clinic.base.trail import tracked
from protocols.eligibility.gate import WAIT
from protocols.models import Formulation, Substance, TreatmentArea

LONGEST_EMERGENCY = timedelta(hours=12)
NEVER_CHANGED = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


@tracked(exclude=["folded"])
class Patient(models.Model):
    """A person in care. One name and one way to be reached are enough to begin."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")
        UNKNOWN = "unknown", _("Not stated")

    class Need(models.TextChoices):
        HEARING = "hearing", _("Deaf or hard of hearing")
        INTERPRETER = "interpreter", _("Interpreter")
        LIFT = "lift", _("Lift, no stairs")
        HOIST = "hoist", _("Hoist")
        CHAPERONE = "chaperone", _("Chaperone")
        TIME = "time", _("More time")

    # Whose mailbox it is, signs in; a family may share one.
    user = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="patients")
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    folded = FoldedField(of=("given_name", "family_name"))  # as people look for it
    phone = models.CharField(_("phone"), max_length=40, blank=True)  # as clinic.base.phones stores it
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("postal address"), max_length=300, blank=True)
    needs = ArrayField(models.CharField(max_length=20, choices=Need), default=list, blank=True)
    needs_note = models.CharField(max_length=200, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, default=Sex.UNKNOWN)
    language = models.CharField(_("language"), max_length=10, default="en-gb")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    registered_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)
    calendar_digest = models.CharField(max_length=64, blank=True, db_index=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            models.Index(fields=["family_name", "given_name", "id"], name="patient_in_order"),
            GinIndex(OpClass("folded", name="gin_trgm_ops"), name="patient_name_trigrams"),
            GinIndex(
                OpClass("folded", name="gin_trgm_ops"),
                name="patient_undated_trigrams",
                condition=Q(birth_date=None),
                fastupdate=False,  # searched for each line of a file that moves in, right after lines were written
            ),
            GinIndex(Cast("folded", SearchVectorField()), name="patient_name_words"),
            models.Index(fields=["birth_date"], name="patient_birth_date"),
            models.Index(fields=["email"], name="patient_email", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["phone"], name="patient_phone"),
            GinIndex(OpClass("phone", name="gin_trgm_ops"), name="patient_phone_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(given_name="", family_name=""), name="patient_has_name"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="patient_merged_into_another"
            ),
            models.CheckConstraint(
                condition=Q(needs__contained_by=["hearing", "interpreter", "lift", "hoist", "chaperone", "time"]),
                name="patient_needs_known",
            ),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=phones.STORED), name="patient_phone_dials"),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def in_order(self) -> str:
        """The name as lists have it, by family name."""
        return ", ".join(filter(None, (self.family_name, self.given_name)))

    @property
    def needs_shown(self) -> list[str]:
        """What whoever books, greets or treats them must know."""
        return [*(str(self.Need(need).label) for need in self.needs), *filter(None, [self.needs_note])]


@tracked()
class PatientLocation(models.Model):
    """A location that treats a patient: where they were registered, where a visit or a course was planned, or one that
    was added with the patient's yes (`asked`)."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="places")
    location = models.ForeignKey("clinic.Location", on_delete=models.PROTECT, related_name="+")
    asked = models.BooleanField(default=False)
    added_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "location"], name="patient_belongs_once_to_a_location")
        ]


@tracked()
class EmergencyAccess(models.Model):
    """A clinician opened the record of a patient of another location: why, and until when it stays open by itself.

    A director of the patient's locations is told, and acknowledges it by name.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["by", "until"], name="emergency_open")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="emergency_has_reason"),
            models.CheckConstraint(
                condition=Q(until__gt=F("opened_at")) & Q(until__lte=F("opened_at") + LONGEST_EMERGENCY),
                name="emergency_ends",
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="emergency_seen_by_name",
            ),
        ]


@tracked()
class ContactPreference(models.Model):
    """How a patient wants to be reached. Without e-mail the desk calls, unless nobody may phone."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")
        CALL = "call", _("Phone call by the desk")
        LETTER = "letter", _("Letter by post")
        IN_PERSON = "in_person", _("In person at the clinic")
        HELPER = "helper", _("Through a contact person")

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, related_name="contact")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    no_calls = models.BooleanField(default=False)
    opted_out = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    wants_earlier = models.BooleanField(default=False, db_default=False)  # than a late visit, where a time is free
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(channel="call", no_calls=True), name="contact_by_no_unwanted_call")
        ]


@tracked()
class ContactPerson(models.Model):
    """Somebody beside the patient: who books, pays or helps. Hears times only with the patient's yes, health never."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="contact_persons")
    name = models.CharField(_("name"), max_length=200)
    relationship = models.CharField(_("relationship"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    pays = models.BooleanField(default=False)
    patient_agreed_at = models.DateTimeField(null=True, blank=True)  # that this person hears times
    agreement_noted_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="contact_person_has_name"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=phones.STORED), name="contact_phone_dials"),
            models.CheckConstraint(
                condition=Q(patient_agreed_at=None, agreement_noted_by=None)
                | Q(patient_agreed_at__isnull=False, agreement_noted_by__isnull=False),
                name="contact_person_yes_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hears_times(self) -> bool:
        return self.patient_agreed_at is not None


@tracked()
class IntakeResponse(models.Model):
    """Answers as given, FHIR QuestionnaireResponse. A correction is a new response naming the one it amends (D14)."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="intakes")
    occasion = models.CharField(max_length=10, choices=[("plan", _("Planning")), ("same_day", _("On the day"))])
    status = models.CharField(max_length=12, choices=Status, default=Status.COMPLETED)
    answers = models.JSONField(default=dict)
    answered_at = models.DateTimeField()
    author = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    amends = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="amendments")
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["answered_at", "id"]
        indexes = [models.Index(fields=["patient", "status"], condition=Q(occasion="plan"), name="intake_of_plan")]
        constraints = [
            models.CheckConstraint(condition=Q(amends=None) | ~Q(reason=""), name="intake_amendment_has_reason"),
            models.UniqueConstraint(
                fields=["patient", "occasion"], condition=Q(status="in_progress"), name="intake_one_open_per_occasion"
            ),
        ]


class Screening(models.Model):
    """The immutable result of one evaluation: verdict, findings, and what they were computed from."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="screenings")
    evaluated_for = models.DateField()
    evaluated_at = models.DateTimeField()
    evaluated_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=10)
    plan = models.JSONField(default=dict)
    verdict = models.CharField(max_length=20)
    until = models.DateField(null=True, blank=True)
    findings = models.JSONField(default=list)
    rule_version = models.CharField(max_length=64)
    answers_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-evaluated_at", "-id"]
        indexes = [
            models.Index(
                fields=["patient", "-evaluated_at", "-id"],
                include=["verdict", "until"],
                condition=Q(occasion="plan"),
                name="screening_of_plan",
            )
        ]
        triggers = [NEVER_CHANGED]


@tracked()
class FindingDecision(models.Model):
    """A prescriber's answer to one finding. Bound to the plan, the rules and the answers; changed input voids it."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Approved")
        DECLINE = "decline", _("Declined")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="decisions")
    code = models.CharField(max_length=60)
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.TextField()
    plan = models.JSONField(default=dict)
    rule_version = models.CharField(max_length=64)
    answers_hash = models.CharField(max_length=64)  # the finding's context: plan, rule version and the answers it read
    decided_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    by_prescriber = models.BooleanField(default=False)  # as the person was marked that day
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="finding_decision_has_reason")]


@tracked()
class Allergy(models.Model):
    """FHIR AllergyIntolerance. A positive test makes every ingredient *suspected* (D22)."""

    class Verification(models.TextChoices):
        SUSPECTED = "unconfirmed", _("Suspected")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUTED = "refuted", _("Ruled out")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="allergies")
    substance = models.ForeignKey(Substance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    allergen = models.CharField(max_length=60, blank=True)
    verification = models.CharField(max_length=12, choices=Verification, default=Verification.CONFIRMED)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(substance__isnull=False) | ~Q(allergen=""), name="allergy_names_something"
            ),
            models.UniqueConstraint(
                fields=["patient", "substance"], condition=Q(substance__isnull=False), name="allergy_substance_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.substance or self.allergen)


@tracked()
class AllergyTest(models.Model):
    """One or two test injections of a named mix (F219, F227). The ingredients are kept as they were that day."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="allergy_tests")
    formulation = models.ForeignKey(Formulation, on_delete=models.PROTECT, related_name="tests")
    ingredients = models.JSONField(default=dict)  # substance code -> [amount, unit]
    # What the labels of the products drawn up for it name, excipients included (D40).
    named = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    administered_at = models.DateTimeField()
    injections = models.PositiveSmallIntegerField()
    site = models.CharField(max_length=100)
    emergency_kit = models.BooleanField()
    acknowledged = models.TextField(blank=True)  # why it was given although a medicine may hide a reaction (D50)
    administered_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-administered_at", "-id"]
        indexes = [models.Index(fields=["administered_at"], name="allergy_test_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(injections__gte=1, injections__lte=2), name="allergy_test_one_or_two"),
            models.CheckConstraint(condition=Q(emergency_kit=True), name="allergy_test_emergency_kit_checked"),
        ]

    @property
    def opens_at(self) -> datetime:
        """When 24 elapsed hours are over and the test may be read (F220)."""
        return self.administered_at + WAIT


@tracked()
class AllergyTestReading(models.Model):
    """What was seen, when, by whom. A photo reading is provisional until a prescriber signs it (D22)."""

    class Result(models.TextChoices):
        NEGATIVE = "negative", _("Negative")
        POSITIVE = "positive", _("Positive")
        INCONCLUSIVE = "inconclusive", _("Inconclusive")

    class Look(models.TextChoices):
        IMMEDIATE = "immediate", _("15 to 20 minutes after the injection")
        DELAYED = "delayed", _("24 hours after the injection or later")

    test = models.ForeignKey(AllergyTest, on_delete=models.CASCADE, related_name="readings")
    look = models.CharField(max_length=10, choices=Look, default=Look.DELAYED)  # D50
    read_at = models.DateTimeField()
    result = models.CharField(max_length=12, choices=Result)
    wheal_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    flare_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    symptoms_since = models.TextField(blank=True)
    provisional = models.BooleanField(default=False)
    read_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["read_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(provisional=True) | Q(signed_by__isnull=False), name="reading_signed")
        ]


@tracked()
class Consent(models.Model):
    """FHIR Consent: the lines as the patient saw them, signed, and perhaps withdrawn (D20, D23)."""

    class Act(models.TextChoices):
        TEST = "test", _("Allergy test")
        TREATMENT = "treatment", _("Treatment")
        PHOTOS = "photos", _("Photographs")  # blocks nothing (D36)

    class Status(models.TextChoices):
        ACTIVE = "active", _("Signed")
        REFUSED = "rejected", _("Refused")
        WITHDRAWN = "inactive", _("Withdrawn")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    act = models.CharField(max_length=12, choices=Act)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    statements = models.JSONField(default=list)  # [{code, text}] as shown
    language = models.CharField(max_length=10, blank=True)  # of the text as shown
    interpreter = models.CharField(max_length=200, blank=True)  # who put it into the patient's language (D36)
    text_version = models.CharField(max_length=12, blank=True)  # the edition of the whole text of the act
    text_digest = models.CharField(max_length=64, blank=True)  # of exactly these lines
    paper = models.CharField(max_length=200, blank=True)  # where the signed sheet is, when it was signed earlier
    signed_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    recorded_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-signed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, status="inactive"),
                name="consent_withdrawal_complete",
            ),
            models.CheckConstraint(
                condition=~Q(status="inactive") | Q(withdrawn_at__gte=F("signed_at")),
                name="consent_withdrawn_after_signing",
            ),
            models.CheckConstraint(condition=~Q(signed_name=""), name="consent_has_name"),
        ]


@tracked()
class Measurement(models.Model):
    """FHIR Observation: one value at one site, centimetres kept (B12)."""

    class Level(models.TextChoices):
        """Global Aesthetic Improvement Scale, against the photograph before the course. Published codings disagree on
        the numbers, so the level itself is kept."""

        VERY_MUCH = "very_much_improved", _("Very much improved")
        MUCH = "much_improved", _("Much improved")
        IMPROVED = "improved", _("Improved")
        SAME = "no_change", _("No change")
        WORSE = "worse", _("Worse")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="measurements")
    code = models.CharField(max_length=40)
    area = models.ForeignKey(TreatmentArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(max_digits=8, decimal_places=2)
    level = models.CharField(max_length=20, choices=Level, blank=True, db_default="")
    unit = models.CharField(max_length=20, default="cm")
    measured_at = models.DateTimeField()
    measured_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["measured_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code="improvement") & ~Q(level="") | ~Q(code="improvement") & Q(level=""),
                name="measurement_improvement_has_its_level",
            )
        ]


@tracked()
class Photo(models.Model):
    """A picture of a site, made anew from the pixels of what was sent, so that nothing else of the file is kept."""

    class Pose(models.TextChoices):
        FRONT = "front", _("From the front")
        LEFT = "left", _("From the left")
        RIGHT = "right", _("From the right")
        BACK = "back", _("From behind")
        CLOSE = "close", _("From close by")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="photos")
    area = models.ForeignKey(TreatmentArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pose = models.CharField(max_length=10, choices=Pose, default=Pose.FRONT)
    file = models.FileField(upload_to="photos/%Y/%m")  # JPEG; its name is drawn, and no address leads to it
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # bytes
    taken_at = models.DateTimeField()
    added_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0, width__gt=0, height__gt=0), name="photo_holds_a_picture")
        ]


class AccessLog(models.Model):
    """Who opened whose record. Triggers cannot see reads, so the access layer writes these.

    The table itself sets the instant and the role of the database that wrote (migration 0006).
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("clinic.User", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=60)
    db_role = models.CharField(max_length=63, blank=True, editable=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["patient", "-at"], name="access_log_patient")]
        triggers = [NEVER_CHANGED]


@tracked(exclude=["new_digest", "old_digest"])
class AddressChange(models.Model):
    """Another address for a patient who signs in, on its way: it opens nothing before its own mailbox has said yes.

    What the desk asks for also needs a yes from the mailbox that it replaces. Only digests of the links are kept.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="address_changes")
    address = models.EmailField()
    asked_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    needs_old = models.BooleanField()
    new_digest = models.CharField(max_length=64, unique=True)
    old_digest = models.CharField(max_length=64, unique=True)
    new_said_yes_at = models.DateTimeField(null=True, blank=True)
    old_said_yes_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(applied_at=None, stopped_at=None),
                name="address_change_one_open_per_patient",
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None)
                | Q(new_said_yes_at__isnull=False) & (Q(needs_old=False) | Q(old_said_yes_at__isnull=False)),
                name="address_change_applied_was_confirmed",
            ),
        ]


@tracked()
class Merge(models.Model):
    """Two records of one person made one: what moved, and what stood in the kept record before, to take it apart."""

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    retired = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    merged_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()
    moved = models.JSONField(default=dict)  # table -> ids of the rows that changed their patient
    before = models.JSONField(default=dict)  # fields of both records and of allergies, as they were
    undone_by = models.ForeignKey("clinic.User", null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["retired"], condition=Q(undone_at=None), name="merge_once_a_record"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_name",
            ),
        ]
