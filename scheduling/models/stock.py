"""What is drawn up: products, their lots at each place, and who received which lot (D40, D52)."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from clinic.models import Location
from patients.models import AllergyTest, Patient
from protocols.models import Substance
from scheduling.models.session import Session


@tracked()
class Product(models.Model):
    """A named product. `substance` is what it stands for in a mix; `ingredients` is what its label names."""

    class Container(models.TextChoices):
        SINGLE = "single_dose", _("Serves one patient")
        MULTI = "multi_dose", _("Multi-dose vial")

    name = models.CharField(_("name"), max_length=120)
    gtin = models.CharField(_("GTIN"), max_length=14, blank=True)
    substance = models.ForeignKey(Substance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ingredients = models.ManyToManyField(Substance, blank=True, related_name="products")
    carrier = models.BooleanField(_("carrier"), default=False)  # saline or water: a lot, and no test
    unit = models.CharField(_("unit"), max_length=10, default="ml")
    container = models.CharField(_("container"), max_length=12, choices=Container, default=Container.SINGLE)
    most_per_session = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)  # None: not set
    anaesthetic_mg_per_unit = models.DecimalField(max_digits=8, decimal_places=3, default=Decimal(0))
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="product_name_once"),
            models.UniqueConstraint(fields=["gtin"], condition=~Q(gtin=""), name="product_gtin_once"),
            models.CheckConstraint(
                condition=Q(most_per_session=None) | Q(most_per_session__gt=0), name="product_maximum_positive"
            ),
            models.CheckConstraint(
                condition=Q(anaesthetic_mg_per_unit__gte=0), name="product_anaesthetic_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Lot(models.Model):
    """One batch of a product at one place, with what is left of it."""

    class State(models.TextChoices):
        IN_USE = "in_use", _("In use")
        QUARANTINED = "quarantined", _("Quarantined")
        RECALLED = "recalled", _("Recalled")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(_("lot number"), max_length=60)
    expires_on = models.DateField(_("expires on"))  # the last day on which it serves
    received = models.DecimalField(max_digits=12, decimal_places=3)
    left = models.DecimalField(max_digits=12, decimal_places=3)
    state = models.CharField(max_length=12, choices=State, default=State.IN_USE)
    state_reason = models.TextField(blank=True)
    opened_on = models.DateField(null=True, blank=True)  # of the multi-dose vial in use
    received_at = models.DateTimeField()
    received_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["product__name", "expires_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "location", "number"], name="lot_number_once"),
            models.CheckConstraint(condition=~Q(number=""), name="lot_has_number"),
            models.CheckConstraint(condition=Q(left__gte=0, left__lte=F("received")), name="lot_left_of_received"),
            models.CheckConstraint(condition=Q(state="in_use") | ~Q(state_reason=""), name="lot_stopped_with_reason"),
        ]

    def __str__(self) -> str:
        return self.number


@tracked(exclude=["folded"])
class DrawnUp(models.Model):
    """One product from one lot that was drawn up for a visit or an allergy test. `lot` is empty when none was known;
    `number` is always what stood on the box."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="drawn_up")
    allergy_test = models.ForeignKey(
        AllergyTest, null=True, blank=True, on_delete=models.PROTECT, related_name="drawn_up"
    )
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="drawn_up")
    named = models.CharField(max_length=120)  # the product as it was called that day
    number = models.CharField(max_length=60, blank=True)
    # Compared by "=" alone: row policies let no function such as upper() use an index before each row is judged.
    folded = models.GeneratedField(
        expression=Upper("number"), output_field=models.CharField(max_length=60), db_persist=True
    )
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=10)
    reason = models.TextField(blank=True)  # why it was used although it does not match (D40) or is beyond a maximum
    at = models.DateTimeField()
    by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["folded", "-at"], name="drawn_up_by_folded_number")]
        constraints = [
            models.CheckConstraint(
                condition=Q(session=None, allergy_test__isnull=False) | Q(session__isnull=False, allergy_test=None),
                name="drawn_up_for_one_act",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="drawn_up_amount_positive"),
            models.CheckConstraint(condition=Q(lot__isnull=False) | ~Q(reason=""), name="drawn_up_lot_or_reason"),
        ]


@tracked()
class LotAlert(models.Model):
    """What was injected against the rule of products and lots: a serious deviation that a director has to see (D40)."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="lot_alerts")
    what = models.TextField()
    reason = models.TextField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey("clinic.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["raised_at", "id"]
        indexes = [models.Index(fields=["raised_at"], condition=Q(seen_at=None), name="lot_alert_open")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="lot_alert_has_reason"),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="lot_alert_seen_by_somebody",
            ),
        ]
