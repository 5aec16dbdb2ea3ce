"""A course: asked for, and what the patient prefers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, User
from patients.models import Patient
from protocols.models import DeliveryDevice, Formulation, Indication, Technique
from scheduling.courses.actions import course_checks, course_input
from scheduling.courses.actions.course_input import Wanted
from scheduling.models import Course, Practitioner

MOST_MONTHS = 120
CHOSEN = (
    "indication",
    "formulation",
    "technique",
    "delivery_device",
    "counts",
    "intervals",
    "confirmed",
    "maintenance_months",
    "start_on",
    "location",
    "practitioner",
    "preferences",
)


@transaction.atomic
def create_course(
    *,
    patient: Patient,
    protocol: str,
    areas: Sequence[str],
    indication: str,
    formulation: Formulation,
    location: Location,
    practitioner: Practitioner,
    start_on: date,
    technique: str | None = None,
    delivery_device: str | None = None,
    counts: Mapping[Any, int] | None = None,
    intervals: Mapping[Any, Mapping[str, Any]] | None = None,
    confirmed: bool = False,
    maintenance_months: int | None = None,
    preferences: Mapping[str, Any] | None = None,
    by: User,
    now: datetime | None = None,
    draft: Course | None = None,
) -> Course:
    """A draft, pinned to the protocol's active version; with `draft`, that one becomes what is asked for.

    Protocol, areas, indication, technique and device are codes; `counts` {phase order: sessions}, `intervals` {phase
    order: {floor, ideal, latest, unit}} (P04 only).

    BadInput (400) at the field for what is malformed, unknown, out of range or past. Refusal (422) with reasons for
    what the protocol does not serve (F002, D05), what rules the patient out, and skin that another course treats too
    close to the start, with the first date that would pass (D06). Conflict (409) when `draft` is none any more.
    """
    now = now or clock.now()
    wanted = Wanted(
        version=course_input.find_version(protocol),
        areas=course_input.find_areas(areas),
        indication=_needed(course_input.find_entry(Indication, "indication", indication)),
        formulation=formulation,
        location=location,
        practitioner=practitioner,
        start_on=start_on,
        technique=course_input.find_entry(Technique, "technique", technique),
        delivery_device=course_input.find_entry(DeliveryDevice, "delivery_device", delivery_device),
        counts=course_input.clean_counts(counts or {}),
        intervals=course_input.clean_intervals(intervals or {}),
        confirmed=confirmed,
        maintenance_months=_months(maintenance_months),
        preferences=course_input.clean_preferences(preferences or {}),
    )
    course_checks.check_start(start_on, clock.local_date(now, location.timezone))
    course_input.check_practitioner(practitioner, location, start_on)
    course_input.check_mix(formulation)
    course = _save(wanted, _locked(draft) if draft else Course(patient=patient, created_by=by))
    course_checks.check_choices(course)
    course_checks.check_scope(wanted)
    course_checks.check_eligible(patient, wanted)
    course_checks.check_spacing(course, now)
    return course


def _needed(indication: Indication | None) -> Indication:
    if indication is None:
        raise BadInput.at("indication", _("Say what is treated."), "required")
    return indication


def _months(months: int | None) -> int | None:
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise BadInput.at("maintenance_months", _("Choose between 1 and 120 months."), "out_of_range")
    return months


def _locked(draft: Course) -> Course:
    course = lock_course(draft)
    if course.status != Course.Status.DRAFT:
        raise Conflict(_("This course is not a draft any more."), extra={"state": course.status})
    course.version += 1  # a schedule that was built for what it was cannot be accepted
    return course


def _save(wanted: Wanted, course: Course) -> Course:
    course.protocol_version = wanted.version
    for name in CHOSEN:
        setattr(course, name, getattr(wanted, name))
    course.save()
    course.areas.set(wanted.areas)
    return course


def lock_courses(keys: Iterable[int]) -> list[Course]:
    """Several courses, locked in the order of their keys so that two batches never wait for each other."""
    rows = Course.objects.select_for_update(of=("self", "patient"), no_key=True).filter(pk__in=list(keys))
    return list(rows.select_related("location", "patient").order_by("pk"))


def lock_course(course: Course) -> Course:
    """The course's row, locked until the transaction ends: whatever changes its visits holds it. The patient's row is
    held too, since two courses of one patient must not come too close on the same skin (D06)."""
    rows = Course.objects.select_for_update(of=("self", "patient"), no_key=True)
    read = ("location", "patient__contact", "indication", "formulation")
    return rows.select_related(*read).get(pk=course.pk)
