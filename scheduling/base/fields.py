"""What several calls read: things of the clinic by their id, and the reason that many verbs want."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import serializers

from clinic.base.api import Given, RowField
from clinic.base.problems import NOT_KNOWN
from clinic.base.refusals import Unusable
from clinic.models import Location, User
from patients.access import patients_for
from patients.models import Patient
from scheduling.models import Device, Practitioner, Room


def by_id(model: type[Model]) -> Callable[[str], Any]:
    return lambda text: model._default_manager.filter(pk=int(text)).first()


def location_field(**kwargs: Any) -> RowField:
    return RowField(find=by_id(Location), **kwargs)


def practitioner_field(**kwargs: Any) -> RowField:
    return RowField(find=by_id(Practitioner), **kwargs)


def room_field(**kwargs: Any) -> RowField:
    return RowField(find=by_id(Room), **kwargs)


def device_field(**kwargs: Any) -> RowField:
    return RowField(find=by_id(Device), **kwargs)


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
