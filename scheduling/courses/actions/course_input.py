"""What a course may be asked for: each part is turned from words into rows, or refused at its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from clinic.base.limits import whole
from clinic.base.refusals import BadInput, FieldError
from clinic.models import Location
from protocols.models import (
    DeliveryDevice,
    Formulation,
    Indication,
    ProtocolVersion,
    Technique,
    TreatmentArea,
)
from protocols.outline.intervals import Unit
from scheduling.models import Practitioner, WorkingHours
from scheduling.planner.hours import not_over

Entry = TypeVar("Entry", bound=Model)
BOUNDS = ("floor", "ideal", "latest")
MOST_DAYS_AWAY = 50  # stretches


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for, as rows and plain values."""

    version: ProtocolVersion
    areas: Sequence[TreatmentArea]
    indication: Indication
    formulation: Formulation
    location: Location
    practitioner: Practitioner
    start_on: date
    technique: Technique | None = None
    delivery_device: DeliveryDevice | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    intervals: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict)
    confirmed: bool = False
    maintenance_months: int | None = None
    preferences: Mapping[str, Any] = field(default_factory=dict)


def unknown(name: str, code: object) -> FieldError:
    return FieldError(name, "unknown", _("“%(code)s” is not known.") % {"code": code})


def find_version(code: str) -> ProtocolVersion:
    """The active version of a protocol."""
    rows = ProtocolVersion.objects.filter(status=ProtocolVersion.Status.ACTIVE, protocol__code=code)
    version = rows.select_related("protocol").prefetch_related("phases").first()
    if version is None:
        raise BadInput(_("Please correct the marked fields."), errors=[unknown("protocol", code)])
    return version


def find_entry(model: type[Entry], name: str, code: str | None) -> Entry | None:
    """An active catalogue entry by its code; None when none was named."""
    if not code:
        return None
    row = model._default_manager.filter(code=code, active=True).first()
    if row is None:
        raise BadInput(_("Please correct the marked fields."), errors=[unknown(name, code)])
    return row


def find_areas(codes: Sequence[str]) -> list[TreatmentArea]:
    """The areas with these codes, each once, in the order of their codes."""
    if not codes:
        raise BadInput.at("areas", _("Choose at least one area."), "required")
    rows = list(TreatmentArea.objects.filter(code__in=codes, active=True).order_by("code"))
    missing = set(codes) - {row.code for row in rows}
    if missing:
        raise BadInput(
            _("Please correct the marked fields."), errors=[unknown("areas", code) for code in sorted(missing)]
        )
    return rows


def check_practitioner(practitioner: Practitioner, location: Location, on: date) -> None:
    """They work there now or will."""
    hours = WorkingHours.objects.filter(not_over(on), practitioner=practitioner, location=location)
    if not (practitioner.active and practitioner.staff.active and hours.exists()):
        raise BadInput.at("practitioner", _("This practitioner does not work at this location."), "not_there")


def check_mix(formulation: Formulation) -> None:
    if not formulation.items.exists():
        raise BadInput.at("formulation", _("This mix has no ingredients."), "empty")


def clean_counts(counts: Mapping[Any, Any]) -> dict[str, int]:
    """{phase order: sessions}; the keys become text, as JSON has them."""
    return {_order("counts", order): _number(f"counts.{order}", count) for order, count in counts.items()}


def clean_intervals(intervals: Mapping[Any, Any]) -> dict[str, dict[str, int | str]]:
    """{phase order: {floor, ideal, latest, unit}} as typed for P04."""
    return {_order("intervals", order): _bounds(f"intervals.{order}", typed) for order, typed in intervals.items()}


def _bounds(name: str, typed: Any) -> dict[str, int | str]:
    if not isinstance(typed, Mapping) or set(typed) != {*BOUNDS, "unit"}:
        raise BadInput.at(name, _("Give floor, ideal, latest and unit."))
    if typed["unit"] not in {Unit.DAY, Unit.WEEK, Unit.MONTH}:
        raise BadInput.at(f"{name}.unit", _("Intervals are given in days, weeks or months."), "unit")
    return {**{bound: _number(f"{name}.{bound}", typed[bound]) for bound in BOUNDS}, "unit": str(typed["unit"])}


def _order(name: str, order: object) -> str:
    number = whole(str(order))
    if number is None:
        raise BadInput.at(f"{name}.{order}", _("Phases are named by their number."))
    return str(number)


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput.at(name, _("A whole number is needed."))
    return value


def clean_preferences(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """{weekdays: [0..6], from: "09:00", to: "13:00", away: [[first, last]], cannot: [{weekdays, from, to}], only,
    together}, checked; what is not given is left out. Weekdays and times are wishes, and so is `together` with the
    visits of the patient's other courses (D06); what cannot be, and `only` the practitioner asked for, are kept
    whatever it costs."""
    if extra := sorted(set(wanted) - {"weekdays", "from", "to", "away", "cannot", "only", "together"}):
        raise BadInput(_("Please correct the marked fields."), errors=[unknown("preferences", name) for name in extra])
    wishes = _weekly(wanted)
    cannot = [_impossible(each) for each in wanted.get("cannot") or ()]
    if len(cannot) > MOST_DAYS_AWAY:
        raise BadInput.at("preferences.cannot", _("These are too many times."), "too_many")
    away = [_stretch(pair) for pair in wanted.get("away") or ()]
    if len(away) > MOST_DAYS_AWAY:
        raise BadInput.at("preferences.away", _("These are too many absences."), "too_many")
    kept = {
        **wishes,
        "away": away,
        "cannot": cannot,
        **{name: wanted.get(name) is True for name in ("only", "together")},
    }
    return {name: value for name, value in kept.items() if value}


def _weekly(said: Mapping[str, Any]) -> dict[str, Any]:
    """{weekdays, from, to} as far as they were said; no weekday is every day."""
    weekdays = sorted({_weekday(day) for day in said.get("weekdays") or ()})
    times = {name: _time(f"preferences.{name}", said[name]) for name in ("from", "to") if said.get(name)}
    if len(times) > 1 and times["from"] >= times["to"]:
        raise BadInput.at("preferences.to", _("The wished time ends before it begins."), "order")
    return {name: value for name, value in {"weekdays": weekdays, **times}.items() if value}


def _impossible(said: Any) -> dict[str, Any]:
    if not isinstance(said, Mapping) or set(said) - {"weekdays", "from", "to"} or not (found := _weekly(said)):
        raise BadInput.at("preferences.cannot", _("Give weekdays, a time, or both."))
    return found


def _weekday(day: object) -> int:
    number = _number("preferences.weekdays", day)
    if not 0 <= number <= 6:  # Monday is 0, Sunday 6
        raise BadInput.at("preferences.weekdays", _("Weekdays go from 0, Monday, to 6."), "out_of_range")
    return number


def _time(name: str, value: object) -> str:
    try:
        return time.fromisoformat(str(value)).strftime("%H:%M")
    except ValueError as error:
        raise BadInput.at(name, _("A time looks like 09:30.")) from error


def _stretch(pair: Any) -> list[str]:
    try:
        first, last = (date.fromisoformat(str(day)) for day in pair)
    except (TypeError, ValueError) as error:
        raise BadInput.at("preferences.away", _("Give the first and the last day, like 2026-08-01.")) from error
    if first > last:
        raise BadInput.at("preferences.away", _("The last day lies before the first."), "order")
    return [first.isoformat(), last.isoformat()]
