"""What a record's form takes over from last time, and how what two windows wrote differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.forms import BaseForm, ChoiceField
from django.utils.datastructures import MultiValueDict

from scheduling.models import RecordDraft, TreatmentRecord
from scheduling.treatment.forms.record import volume_of

# What may be as it was: choices and volumes. Never lots, nor what must be seen today (D41).
AS_LAST_TIME = (
    *("needle", "needle_length_mm", "depth", "depth_reached", "injection_points", "operator_skill"),
    *("anaesthetic", "anaesthetic_minutes", "film_off_hours"),
)


def as_last_time(record: TreatmentRecord) -> dict[str, list[str]]:
    """The fields of the record's form that are filled in as they were."""
    found = {name: [plain_text(getattr(record, name))] for name in AS_LAST_TIME}
    found["technique"] = [str(record.technique_id or "")]
    found["delivery_device"] = [str(record.delivery_device_id or "")]
    found["areas"] = list(record.areas)
    found["points"] = [json.dumps([each for each in record.placed if each.get("view")])]
    found |= {volume_of(each["area"]): [each["ml"] or ""] for each in record.placed if not each.get("view")}
    if record.barrier_film:
        found["barrier_film"] = ["on"]
    return found


def plain_text(value: Any) -> str:
    return "" if value is None else str(value)


def differences(form: BaseForm, mine: Mapping[str, Sequence[str]], kept: RecordDraft) -> Iterator[dict[str, str]]:
    """Each field in which the two windows differ, by its label, with what stands in either."""
    here: MultiValueDict[str, str] = MultiValueDict({name: list(values) for name, values in mine.items()})
    there: MultiValueDict[str, str] = MultiValueDict(kept.data)
    for name, field in form.fields.items():
        one, other = (field.widget.value_from_datadict(each, {}, name) for each in (here, there))
        if name != "version" and (one or "") != (other or ""):
            label = str(field.label or name)
            yield {"label": label, "here": shown(field, name, one), "there": shown(field, name, other)}
    used = sorted({name for name in {*here, *there} if name.startswith("used-") and here.get(name) != there.get(name)})
    for name in used:
        yield {"label": name.removeprefix("used-"), "here": here.get(name, ""), "there": there.get(name, "")}


def shown(field: Any, name: str, value: Any) -> str:
    """A value as a person reads it."""
    if name == "points":
        return str(len(json.loads(value or "[]")))
    if isinstance(value, list):
        return ", ".join(shown(field, "", each) for each in value)
    if isinstance(field, ChoiceField) or hasattr(field, "queryset"):
        words = {str(key): text for key, text in field.choices}
        return str(words.get(str(value), value or ""))
    if isinstance(value, bool):
        return "✓" if value else "–"
    return str(value or "")
