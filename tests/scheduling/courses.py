"""Courses for tests: the catalogue's own protocols, a plain mix, and a clinic's calendar filled to a wanted share."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from clinic.models import Location, User
from patients.models import Patient
from protocols.models import Indication, Phase, Protocol, ProtocolVersion, TreatmentArea
from scheduling.models import Course, Practitioner
from tests.factories import NOW, TODAY, FormulationFactory

PROTOCOLS = Path(__file__).parents[2] / "protocols" / "catalogue" / "protocols.yaml"
BOUNDS = ("unit", "floor", "ideal", "latest", "latest_plus_days", "early_limit_days")


@cache
def entries() -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in yaml.safe_load(PROTOCOLS.read_text())}


def version_of(code: str) -> ProtocolVersion:
    """The active version of a catalogue protocol; made from the catalogue's file when it is not loaded."""
    found = ProtocolVersion.objects.filter(protocol__code=code, status="active").first()
    if found:
        return found
    entry = entries()[code]
    protocol = Protocol.objects.create(code=code, name=entry["name"])
    version = ProtocolVersion.objects.create(
        protocol=protocol, number=1, needs_confirmation=entry["needs_confirmation"], needs_counts=entry["needs_counts"]
    )
    for phase in entry["phases"]:
        make_phase(version, phase)
    ProtocolVersion.objects.filter(pk=version.pk).update(status="active", published_at=NOW)
    protocol.areas.set([area(code) for code in entry["areas"]])
    protocol.indications.set([indication(code) for code in entry["indications"]])
    return version


def make_phase(version: ProtocolVersion, entry: dict[str, Any]) -> None:
    sessions, ends = entry.get("sessions") or {}, entry.get("ends_after") or {}
    Phase.objects.create(
        version=version,
        order=entry["order"],
        kind=entry["kind"],
        sessions_min=sessions.get("min"),
        sessions_max=sessions.get("max"),
        duration_amount=ends.get("amount"),
        duration_unit=ends.get("unit", ""),
        alternatives=entry.get("alternatives", []),
        late_policy=entry["late_policy"],
        review_after=entry.get("review_after"),
        **{name: entry["interval"][name] for name in BOUNDS if entry.get("interval")},
    )


def area(code: str, **fields: Any) -> TreatmentArea:
    region = {"face": "face", "eye_area": "face", "scalp": "scalp"}.get(code, "body")
    return TreatmentArea.objects.get_or_create(code=code, defaults={"name": code, "region": region, **fields})[0]


def indication(code: str) -> Indication:
    return Indication.objects.get_or_create(code=code, defaults={"name": code, "field": "aesthetic"})[0]


def make_course(
    patient: Patient,
    location: Location,
    by: User,
    code: str = "P07",
    *,
    areas: tuple[str, ...] = ("thigh",),
    start_on: date = TODAY,
    status: str = Course.Status.DRAFT,
    **fields: Any,
) -> Course:
    """A course as the database keeps it, without the checks of `create_course`."""
    version = version_of(code)
    course = Course.objects.create(
        patient=patient,
        protocol_version=version,
        indication=indication("cellulite"),
        formulation=FormulationFactory(substances={"lidocaine": "1.0"}),
        start_on=start_on,
        location=location,
        practitioner=fields.pop("practitioner", None) or Practitioner.objects.filter(staff__location=location).first(),
        created_by=by,
        status=status,
        **fields,
    )
    course.areas.set([area(code) for code in areas])
    return course


def local(location: Location, day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time at the location."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(location.timezone))
