"""Forms of moving in and out: a file to send, how it is read, and why everything is written."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from clinic.models import Location
from scheduling.access import locations_for
from scheduling.models import Import
from scheduling.setup import sheets
from scheduling.setup.actions.moving_in import fields_of
from scheduling.setup.queries import practitioners_at

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": _("Western European (Windows)"),
    "cp1250": _("Central European (Windows)"),
    "cp1251": _("Cyrillic (Windows)"),
    "cp1253": _("Greek (Windows)"),
}
SEPARATOR_NAMES = {";": _("Semicolon ;"), ",": _("Comma ,"), "\t": _("Tabulator"), "|": _("Bar |")}
ORDER_NAMES = {
    sheets.DAY_FIRST: _("Day first: 4/3/1987 is 4 March"),
    sheets.MONTH_FIRST: _("Month first: 4/3/1987 is 3 April"),
    sheets.MIXED: _("Both occur: what may be two days is left out"),
}


class FileForm(RefusalForm):
    what = forms.ChoiceField(
        label=_("What is in it"),
        choices=Import.What.choices,
        widget=forms.RadioSelect,
        initial=Import.What.PATIENTS,
        required=False,
    )
    file = forms.FileField(
        label=_("CSV file, or for visits a calendar file (.ics)"),
        help_text=_("A table with the names of the columns in its first line; at most 100 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.ics,text/csv,text/calendar"}),
        allow_empty_file=True,  # the action says so in words of its own
    )
    location = forms.ModelChoiceField(label=_("Location"), queryset=Location.objects.none(), empty_label=None)

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_field("location").queryset = locations_for(by)

    def clean_what(self) -> str:
        return self.cleaned_data["what"] or str(Import.What.PATIENTS)


class ExportForm(RefusalForm):
    reason = forms.CharField(
        label=_("What for"), max_length=200, help_text=_("Every director reads it in a mail; it stays on record.")
    )


class ColumnsForm(RefusalForm):
    """How a file is read, and which of our fields each of its columns is."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=list(ENCODING_NAMES.items()))
    separator = forms.ChoiceField(label=_("Between columns"), choices=list(SEPARATOR_NAMES.items()))
    date_order = forms.ChoiceField(label=_("Dates"), choices=list(ORDER_NAMES.items()))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, of: Import) -> None:
        shown = {name: getattr(of, name) for name in ("encoding", "separator", "date_order", "version")}
        super().__init__(data, initial=shown)
        if of.what == Import.What.VISITS:
            self.fields["practitioner"] = forms.ModelChoiceField(
                label=_("Who has the visits of which the file does not tell"),
                queryset=practitioners_at(of.location),
                initial=of.practitioner_id,
                required=False,
            )
        self.of = {f"column_{number}": column for number, column in enumerate(of.columns)}
        for name, column in self.of.items():
            self.fields[name] = forms.ChoiceField(
                label=column,
                choices=[("", _("Not taken over")), *fields_of(of).items()],
                required=False,
                initial=of.mapping.get(column, ""),
            )

    def wanted(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        mapping = {column: given.pop(name) for name, column in self.of.items()}
        return {**given, "mapping": mapping, "check": "check" in self.data}

    @property
    def of_columns(self) -> list[forms.BoundField]:
        return [self[name] for name in self.of]
