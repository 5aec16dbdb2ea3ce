"""What a treatment is: the catalogue, its sources and the versioned protocols. Knows no patients."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked


class Entry(models.Model):
    """What every catalogue entry has: a stable code, a name, and the facts and decisions it rests on."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    cites = ArrayField(models.CharField(max_length=8), default=list)
    active = models.BooleanField(default=True)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """One of the published texts the content comes from."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title


class Fact(models.Model):
    """One numbered statement: a fact (F…), contradiction (C…), boundary (B…), gap (G…) or decision (D…)."""

    code = models.CharField(max_length=8, unique=True)
    kind = models.CharField(max_length=20)
    topic = models.CharField(max_length=40, blank=True)
    statement = models.TextField()
    use = models.CharField(max_length=40, blank=True)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="facts")
    line = models.PositiveIntegerField(null=True, blank=True)
    locator = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class TreatmentArea(Entry):
    """A body area; `selectable` is false for the breast (F002), with the reason."""

    class Region(models.TextChoices):
        FACE = "face", _("Face")
        BODY = "body", _("Body")
        SCALP = "scalp", _("Scalp")

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    region = models.CharField(max_length=10, choices=Region)
    chart_shape = models.CharField(max_length=60, blank=True)
    selectable = models.BooleanField(default=True)
    reason = models.TextField(blank=True)

    class Meta(Entry.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(selectable=True) | ~Q(reason=""), name="area_refusal_has_reason"),
            models.CheckConstraint(
                condition=~Q(code="breast") | Q(selectable=False), name="area_breast_never_selectable"
            ),
        ]


class Indication(Entry):
    """A reason to treat, with its field and how thin the evidence is."""

    class Field(models.TextChoices):
        AESTHETIC = "aesthetic", _("Aesthetic medicine")
        DERMATOLOGY = "dermatology", _("Dermatology")
        PAIN = "pain", _("Pain therapy")
        TRAUMATOLOGY = "traumatology", _("Traumatology")

    field = models.CharField(max_length=20, choices=Field)
    areas = models.ManyToManyField(TreatmentArea, blank=True, related_name="indications")
    evidence = models.CharField(max_length=20, default="low")
    sign_off = models.BooleanField(_("needs a prescriber's sign-off"), default=False)
    caveat = models.TextField(blank=True)
    selectable = models.BooleanField(default=True)
    reason = models.TextField(blank=True)

    class Meta(Entry.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(selectable=True) | ~Q(reason=""), name="indication_refusal_has_reason")
        ]


class Technique(Entry):
    """How the substance is placed: point by point, nappage …"""

    text = models.TextField(blank=True)
    caution = models.TextField(blank=True)


class DeliveryDevice(Entry):
    """What delivers it: syringe, gun, multi-injector, roller, pen."""

    kind = models.CharField(max_length=40)
    needle_count = models.PositiveSmallIntegerField(null=True, blank=True)
    skin_breaching = models.BooleanField(default=True)


class Substance(Entry):
    """An ingredient, antiseptic or topical product, with the allergens to check."""

    category = models.CharField(max_length=40)
    allergens = ArrayField(models.CharField(max_length=60), default=list)
    injectable = models.BooleanField(default=True)
    areas = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # only here; empty: anywhere (D47)
    note = models.TextField(blank=True)
    stands_for_class = models.BooleanField(default=False)  # its products differ: only a product names them (D40)


class Combination(models.Model):
    """An area that a director let an indication or a substance belong to as well, never the breast (D47)."""

    indication = models.ForeignKey(Indication, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    substance = models.ForeignKey(Substance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(TreatmentArea, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    added_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(indication=None, substance__isnull=False) | Q(indication__isnull=False, substance=None),
                name="combination_one_of_two",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="combination_has_reason"),
            models.UniqueConstraint(fields=["indication", "area"], name="combination_indication_once"),
            models.UniqueConstraint(fields=["substance", "area"], name="combination_substance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.indication or self.substance}: {self.area}"


class Formulation(models.Model):
    """A mix: the set of its ingredients with amounts. Tests and blocks belong to the set (D21)."""

    name = models.CharField(_("name"), max_length=120)
    created_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class FormulationItem(models.Model):
    """One ingredient of a mix; dose and dilution are never assumed (C39)."""

    formulation = models.ForeignKey(Formulation, on_delete=models.CASCADE, related_name="items")
    substance = models.ForeignKey(Substance, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=10, default="ml")

    class Meta:
        ordering = ["substance__code"]
        constraints = [
            models.UniqueConstraint(fields=["formulation", "substance"], name="formulation_ingredient_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="formulation_amount_positive"),
        ]


class CareInstruction(Entry):
    """What the patient is asked to do or leave, and when around a session."""

    stage = models.CharField(max_length=20)
    offset_from_hours = models.IntegerField(null=True, blank=True)
    offset_until_hours = models.IntegerField(null=True, blank=True)
    duration_policy = models.CharField(max_length=60, blank=True)  # how long the clinic lets it last (G01)
    begins_policy = models.CharField(max_length=60, blank=True)  # hours after which it begins to hold (G09)
    enabled_by = models.CharField(max_length=60, blank=True)  # a policy that must be on for it to be said (C20)
    scope = models.JSONField(default=dict)
    text = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(Entry.Meta):
        ordering = ["stage", "order", "code"]


class ExpectedReaction(Entry):
    """A reaction the patient is told about, with the hours it usually lasts; serious ones escalate."""

    usual_hours = models.PositiveIntegerField(null=True, blank=True)
    lasting = models.BooleanField(default=False)
    serious = models.BooleanField(default=False)
    route = models.CharField(max_length=20, default="clinic")  # clinic, physician or emergency
    advice = models.TextField(blank=True)


class ConsentStatement(Entry):
    """One line the patient reads and signs."""

    act = models.CharField(max_length=20)  # test, treatment or both
    scope = models.JSONField(default=dict)
    text = models.TextField()
    separately = models.BooleanField(default=False)  # acknowledged on its own (C28)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(Entry.Meta):
        ordering = ["order", "code"]


class CatalogueEntry(models.Model):
    """Whatever else the catalogue holds and pages show: policies, gates, checklist steps, outcomes, roles …"""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    data = models.JSONField()
    cites = ArrayField(models.CharField(max_length=8), default=list)
    order = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "order"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="catalogue_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}"


class IntakeQuestion(models.Model):
    """One question of the screening; FHIR Questionnaire.item. The catalogue leaves a clinic's own ones alone (D15)."""

    class Origin(models.TextChoices):
        CATALOGUE = "catalogue", _("Catalogue")
        CLINIC = "clinic", _("Clinic")

    link_id = models.CharField(max_length=60, unique=True)
    text = models.TextField()
    help = models.TextField(blank=True)
    type = models.CharField(max_length=20)
    options = models.JSONField(default=list)
    occasions = ArrayField(models.CharField(max_length=20), default=list)
    applies_when = models.JSONField(null=True, blank=True)
    topic = models.CharField(max_length=40)
    asked_of = models.CharField(max_length=12, default="patient")  # or prescriber: judged at the consultation
    rows = models.CharField(max_length=12, blank=True)  # medicines or allergies: also given one by one (D35)
    order = models.PositiveSmallIntegerField(default=0)
    cites = ArrayField(models.CharField(max_length=8), default=list)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CATALOGUE)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["order", "link_id"]

    def __str__(self) -> str:
        return self.link_id


@tracked()
class ScreeningRule(models.Model):
    """One version of one rule, as data. The rule that is active has no `until`; old versions stay for the record."""

    class Origin(models.TextChoices):
        CATALOGUE = "catalogue", _("Catalogue")
        CLINIC = "clinic", _("Clinic")

    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CATALOGUE)
    definition = models.JSONField()
    effect = models.CharField(max_length=20)
    cites = ArrayField(models.CharField(max_length=8), default=list)
    active_from = models.DateTimeField()
    active_until = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(active_until=None), name="rule_one_active_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


@tracked()
class Policy(models.Model):
    """A dated choice of the director where sources disagree or none speaks (D07, D15)."""

    code = models.CharField(max_length=60)
    value = models.JSONField()
    reason = models.TextField()
    set_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code", "-set_at"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(ended_at=None), name="policy_one_in_force"),
            models.CheckConstraint(condition=~Q(reason=""), name="policy_has_reason"),
        ]


class Protocol(Entry):
    """A named course of one source (P01 … P08); its content lives in versions."""

    areas = models.ManyToManyField(TreatmentArea, blank=True, related_name="protocols")
    indications = models.ManyToManyField(Indication, blank=True, related_name="protocols")
    sources = models.ManyToManyField(Source, blank=True, related_name="protocols")
    flags = models.JSONField(default=list)
    evidence = models.CharField(max_length=20, default="low")
    caveat = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(Entry.Meta):
        ordering = ["order", "code"]


@tracked()
class ProtocolVersion(models.Model):
    """A published version never changes; a running course is pinned to its own. A discarded draft stays for the record,
    so that the catalogue does not offer the same change again."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")
        DISCARDED = "discarded", _("Discarded")

    class Origin(models.TextChoices):
        CATALOGUE = "catalogue", _("Catalogue")
        CLINIC = "clinic", _("Clinic")

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CATALOGUE)
    needs_confirmation = models.BooleanField(default=False)
    needs_counts = models.BooleanField(default=False)
    maintenance_choices = ArrayField(models.PositiveSmallIntegerField(), default=list)
    definition = models.JSONField(default=dict)  # the catalogue entry this version was made from, for the diff
    cites = ArrayField(models.CharField(max_length=8), default=list)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["protocol__order", "protocol__code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "number"], name="protocol_version_number_once"),
            models.UniqueConstraint(
                fields=["protocol"], condition=Q(status="active"), name="protocol_one_active_version"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "discarded"]) | Q(published_at__isnull=False),
                name="protocol_version_published_when_active",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="version_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__status__in=["active", "retired", "discarded"]),
                func=(
                    "IF OLD.status = 'active' AND NEW.status = 'retired'"
                    " AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN RETURN NEW; END IF;"
                    " RAISE EXCEPTION 'a published protocol version never changes'"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen';"
                ),
            ),
            pgtrigger.Trigger(
                name="version_kept",
                operation=pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__status__in=["active", "retired", "discarded"]),
                func=(
                    "RAISE EXCEPTION 'a published protocol version is never deleted'"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen';"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol.code} v{self.number}"


class Phase(models.Model):
    """One stretch of equal intervals. Amounts are literal: 15 days stay 15 days, a month is a calendar month (D01)."""

    class Kind(models.TextChoices):
        INDUCTION = "induction", _("Course")
        MAINTENANCE = "maintenance", _("Upkeep")
        MEASUREMENT = "measurement", _("Measurement")

    class Unit(models.TextChoices):
        DAY = "day", _("days")
        WEEK = "week", _("weeks")
        MONTH = "month", _("months")

    class LatePolicy(models.TextChoices):
        CONTINUE = "continue", _("Continue the course")
        ADD_SESSION = "add_session", _("Add a session")
        RESTART_PHASE = "restart_phase", _("Restart the phase")
        ASK = "ask", _("Ask the practitioner")

    version = models.ForeignKey(ProtocolVersion, on_delete=models.CASCADE, related_name="phases")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=15, choices=Kind)
    name = models.CharField(max_length=120, blank=True)
    sessions_min = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_max = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_amount = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_unit = models.CharField(max_length=10, choices=Unit, blank=True)
    unit = models.CharField(max_length=10, choices=Unit, blank=True)
    floor = models.PositiveSmallIntegerField(null=True, blank=True)
    ideal = models.PositiveSmallIntegerField(null=True, blank=True)
    latest = models.PositiveSmallIntegerField(null=True, blank=True)
    latest_plus_days = models.PositiveSmallIntegerField(default=0)
    early_limit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    alternatives = models.JSONField(default=list)  # other intervals by count or by months (P06-A with 4, P02 upkeep)
    joint = models.CharField(
        max_length=10, blank=True
    )  # whose interval stands before this phase: own, previous, larger
    chair_minutes = models.PositiveSmallIntegerField(default=30)
    chair_minutes_min = models.PositiveSmallIntegerField(default=20)
    chair_minutes_max = models.PositiveSmallIntegerField(default=60)
    late_policy = models.CharField(max_length=15, choices=LatePolicy, default=LatePolicy.CONTINUE)
    review_after = models.PositiveSmallIntegerField(null=True, blank=True)
    cites = ArrayField(models.CharField(max_length=8), default=list)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "order"], name="phase_order_once"),
            models.CheckConstraint(
                condition=Q(sessions_min=None) | Q(sessions_max__gte=F("sessions_min")), name="phase_session_range"
            ),
            models.CheckConstraint(
                condition=Q(floor=None) | Q(ideal__gte=F("floor"), latest__gte=F("ideal")), name="phase_window_in_order"
            ),
            models.CheckConstraint(
                condition=Q(chair_minutes__gte=F("chair_minutes_min"), chair_minutes__lte=F("chair_minutes_max")),
                name="phase_chair_minutes",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="phase_frozen",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[("owner_status", "text")],
                func=(
                    "SELECT status INTO owner_status FROM protocols_protocolversion"
                    " WHERE id = COALESCE(NEW.version_id, OLD.version_id);"
                    " IF owner_status IN ('active', 'retired', 'discarded') THEN"
                    " RAISE EXCEPTION 'the phases of a published protocol version never change'"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen';"
                    " END IF;"
                    " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
                ),
            ),
        ]
