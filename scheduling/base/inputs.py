"""Controls of the forms: the browser's own pickers, in the formats they insist on."""

from typing import Any

from django import forms


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """`step` in seconds: five minutes, the grid of the calendar."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"step": 300} | (attrs or {}), format="%H:%M")


class LateField(forms.JSONField):
    """The visits a practitioner allows beyond latest, as a preview named them: [{"sequence": 3, "days": 5}]."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> list[Any]:
        given = super().clean(value)
        return given if isinstance(given, list) else []


class ReasonField(forms.CharField):
    """Why: a line or two, never empty where it is asked for."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"max_length": 500, "widget": forms.Textarea(attrs={"rows": 2}), "strip": True, **kwargs}
        super().__init__(**kwargs)


def seen_version() -> forms.IntegerField:
    """The version of the visit that the person looked at."""
    return forms.IntegerField(required=False, widget=forms.HiddenInput)
