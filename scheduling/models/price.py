"""What a patient was told that a course costs."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.base.trail import tracked
from scheduling.models.course import Course


@tracked()
class PriceTold(models.Model):
    """One price as it was told, with what it covers (F233). A change adds a line; none is ever rewritten."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="prices")
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)  # ISO 4217
    covers = models.CharField(_("what it covers"), max_length=300)
    told_at = models.DateTimeField()
    told_by = models.ForeignKey("clinic.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["told_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="price_currency_code"),
            models.CheckConstraint(condition=~Q(covers=""), name="price_says_what_it_covers"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
