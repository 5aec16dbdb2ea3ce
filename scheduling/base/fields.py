"""What several calls read: things of the clinic by their id, and the reason that many verbs want."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from clinic.base.api import Given, RowField
from clinic.base.problems import NOT_KNOWN
from clinic.base.refusals import Unusable
from clinic.models import User
from patients.access import patients_for
from patients.models import Patient
from scheduling.access import devices_named_by, locations_for, practitioners_for, rooms_named_by


class OwnField(RowField):
    """The id of a row among those that whoever calls may see; any other is not known."""

    def __init__(self, rows: Callable[[User], QuerySet[Any]], **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(find=self.own, **kwargs)

    def own(self, text: str) -> Any:
        return self.rows(self.context["view"].user).filter(pk=int(text)).first()


def location_field(**kwargs: Any) -> RowField:
    return OwnField(locations_for, **kwargs)


def practitioner_field(**kwargs: Any) -> RowField:
    return OwnField(practitioners_for, **kwargs)


def room_field(**kwargs: Any) -> RowField:
    return OwnField(rooms_named_by, **kwargs)


def device_field(**kwargs: Any) -> RowField:
    return OwnField(devices_named_by, **kwargs)


def codes_field(help_text: str) -> serializers.ListField:
    """Codes of the catalogue, which may be left out."""
    code = serializers.CharField(max_length=60)
    return serializers.ListField(child=code, required=False, max_length=40, help_text=help_text)


def patient_given(user: User, text: str) -> Patient:
    """The patient a caller names in a body; one they may not see is as unknown as one that does not exist."""
    patient = patients_for(user).filter(pk=int(text)).first()
    if patient is None:
        raise Unusable.at("patient", _("“{code}” is not known.").format(code=text), NOT_KNOWN)
    return patient


class ReasonGiven(Given):
    reason = serializers.CharField(max_length=1000)


class ReasonMaybe(Given):
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
