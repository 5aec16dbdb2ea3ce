"""A free time as a form takes it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.calendar.queries.offers import Place


class PlaceField(forms.Field):
    """One of the offered times, as a Place."""

    default_error_messages = {"required": _("Choose a time."), "invalid": _("Choose one of the times below.")}

    def to_python(self, value: Any) -> Place | None:
        if value in self.empty_values or isinstance(value, Place):
            return value or None
        try:
            return Place.parse(str(value))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error

    def run_validators(self, value: Any) -> None:
        """A Place has been checked by being one."""
