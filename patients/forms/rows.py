"""Medicines and allergies one by one: a field whose value is a list of rows, or the text somebody gave before (D35)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from protocols.eligibility.names import SEPARATORS
from protocols.eligibility.questions import Rows

BLANK_ROWS = 2  # lines to write in below those that are filled
MOST_READ = 100  # lines looked at in what was sent
COLUMNS: dict[Rows, list[tuple[str, Any, str]]] = {
    Rows.MEDICINES: [
        ("name", _("Name"), "text"),
        ("purpose", _("What for"), "text"),
        ("last_taken", _("Last taken"), "date"),
        ("ended", _("Ended"), "checkbox"),
    ],
    Rows.ALLERGIES: [("name", _("To what"), "text"), ("reaction", _("What happened"), "text")],
}


class RowsWidget(forms.Widget):
    """Lines of a table, each with its fields called `NAME-LINE-COLUMN`; always some blank ones at the end."""

    template_name = "patients/_rows.html"
    use_fieldset = True

    def __init__(self, kind: Rows) -> None:
        super().__init__()
        self.columns = COLUMNS[kind]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The lines that say anything; a plain text under the field's own name is taken as it is."""
        lines = [self._line(data, f"{name}-{number}") for number in range(MOST_READ)]
        return [line for line in lines if line] or data.get(name) or None

    def _line(self, data: Mapping[str, Any], name: str) -> dict[str, Any]:
        said = {column: str(data.get(f"{name}-{column}") or "").strip() for column, _label, _type in self.columns}
        return {column: True if column == "ended" else value for column, value in said.items() if value}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key == name or key.startswith(f"{name}-") for key in data)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = [*as_lines(value), *({} for _blank in range(BLANK_ROWS))]
        context["widget"]["lines"] = [self._cells(name, number, line) for number, line in enumerate(lines)]
        return context

    def _cells(self, name: str, number: int, line: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"name": f"{name}-{number}-{column}", "label": label, "type": kind, "value": line.get(column, "")}
            for column, label, kind in self.columns
        ]


class RowsField(forms.Field):
    """Its value is what the widget read; the action checks every cell."""

    def __init__(self, kind: Rows, **kwargs: Any) -> None:
        super().__init__(widget=RowsWidget(kind), **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return as_lines(initial) != as_lines(data)


def as_lines(value: Any) -> list[dict[str, Any]]:
    """Rows as they are; a text becomes one line for each name in it."""
    if isinstance(value, str):
        return [{"name": " ".join(piece.split())} for piece in SEPARATORS.split(value) if piece and piece.strip()]
    return [line for line in value or () if isinstance(line, dict)]
