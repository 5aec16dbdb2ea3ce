"""A patient comes back after a long time: the consultation is booked and the old course drafted anew, in one act."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, Conflict
from clinic.models import User
from scheduling.calendar.queries.offers import Place
from scheduling.courses.actions.courses import create_course, lock_course
from scheduling.courses.actions.create_visit import create_visit
from scheduling.desk.queries.returning import course_to_repeat
from scheduling.models import Course, Practitioner, Session
from scheduling.setup.queries import practitioners_at


@transaction.atomic
def come_back(
    *, course: Course, place: Place | None, by: User, now: datetime | None = None
) -> tuple[Session | None, Course | None]:
    """The consultation at `place`, where one is needed, and for a clinician a draft of the ended course with its areas,
    mix and wishes, from the day after. The draft plans its own allergy test where the old one has expired.

    BadInput at place; Conflict (409) when another course was begun meanwhile or the time is taken; what creating a
    course refuses.
    """
    now = now or clock.now()
    old = lock_course(course)
    if course_to_repeat(Course.objects.filter(patient=old.patient_id)) != old:
        raise Conflict(_("Another course of this patient was begun meanwhile."))
    areas = list(old.areas.values_list("code", flat=True))
    visit = None
    if place is not None:
        visit = create_visit(
            patient=old.patient,
            kind=Session.Kind.CONSULTATION,
            practitioner=somebody(old, place.practitioner_id),
            start=place.start,
            location=old.location,
            areas=areas,
            indications=[old.indication.code],
            by=by,
            now=now,
        )
    if role_of(by) not in CLINICAL:
        return visit, None
    day = local_date(place.start if place else now, old.location.timezone) + timedelta(days=1)
    draft = create_course(
        patient=old.patient,
        protocol=old.protocol_version.protocol.code,
        areas=areas,
        indication=old.indication.code,
        formulation=old.formulation,
        location=old.location,
        practitioner=somebody(old, old.practitioner_id, place.practitioner_id if place else None),
        start_on=day,
        technique=old.technique.code if old.technique else None,
        delivery_device=old.delivery_device.code if old.delivery_device else None,
        counts=old.counts,
        intervals=old.intervals,
        confirmed=old.confirmed,
        maintenance_months=old.maintenance_months,
        preferences={name: wish for name, wish in old.preferences.items() if name != "away"},
        by=by,
        now=now,
    )
    return visit, draft


def somebody(course: Course, *wanted: int | None) -> Practitioner:
    """The first of these who treats at the course's location."""
    there = {each.pk: each for each in practitioners_at(course.location)}
    found = next((there[pk] for pk in wanted if pk in there), None)
    if found is None:
        raise BadInput.at("place", _("Choose one of the times below."))
    return found
