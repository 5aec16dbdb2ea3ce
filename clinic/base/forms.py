"""What every form of the product shares: actions it calls, refusals at their field, wall times of the location."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise

from clinic.base.refusals import Refusal
from clinic.base.zones import instant_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words = StrOrPromise
else:
    Words = str | Promise  # text for people, translated now or when it is shown

Answer = TypeVar("Answer")
SHOWN_AT_FIELDS = frozenset({400, 409, 422})


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


class RefusalForm(forms.Form):
    """A plain form that turns strings into domain types and can show what an action refused."""

    def choice_field(self, name: str) -> forms.ChoiceField:
        """The field of that name, whose choices may be known only now."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def row_field(self, name: str) -> "forms.ModelChoiceField[Any]":
        """The field of that name, whose rows may be known only now."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field

    def add_refusal(self, refusal: Refusal) -> None:
        """Put a refusal where the person can mend it: at its fields where it names them, else on top of the form."""
        shown = [*refusal.errors]
        for error in shown:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))
        for reason in refusal.reasons:
            self.add_error(None, str(reason.message))
        if not shown and not refusal.reasons:
            self.add_error(None, str(refusal.detail))


def attempt(form: RefusalForm, action: Callable[[], Answer]) -> Answer | None:
    """The action's answer; None while the form is not in order, or for a refusal that can be mended in it."""
    if not form.is_valid():
        return None
    try:
        return action()
    except Refusal as refusal:
        if refusal.status not in SHOWN_AT_FIELDS:
            raise
        form.add_refusal(refusal)
        return None


def status_of(*forms: RefusalForm) -> int:
    """422 for a page that comes back with errors, so that scripts and caches do not take it for a success."""
    return 422 if any(form.is_bound and form.errors for form in forms) else 200


class WallTimeField(forms.DateTimeField):
    """A local date and time in `zone`, as an aware datetime. The form sets `zone` before it is bound."""

    zone = ZoneInfo("UTC")
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        wall = read_wall(str(value).strip())
        if wall is None or wall.tzinfo is not None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return instant_of(wall, self.zone, "")
        except Refusal as refusal:
            raise forms.ValidationError(refusal.detail, code="invalid") from refusal


def read_wall(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:  # well formed and impossible, such as a thirteenth month
        return None


class ZonedForm(RefusalForm):
    """A form whose wall times are those of `zone`."""

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, WallTimeField):
                field.zone = zone
