"""What happens to courses when a patient says no, or the skin does. Call these instead of the patients' own actions,
which know no courses."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.models import User
from patients.actions import allergy_test
from patients.actions import consent as consents
from patients.models import AllergyTest, AllergyTestReading, Consent, Patient
from patients.queries.plans import mix_of
from scheduling.courses.actions.courses import lock_courses
from scheduling.courses.changing.actions.course_states import close_for_consent, hold_course
from scheduling.models import Course


@transaction.atomic
def refuse_consent(
    *, patient: Patient, act: str, name: str, reason: str = "", by: User, now: datetime | None = None
) -> Consent:
    """The patient said no: courses close, times are freed, messages stop (D23); photographs block nothing."""
    now = now or clock.now()
    refused = consents.refuse_consent(patient=patient, act=act, name=name, reason=reason, by=by, now=now)
    if act != Consent.Act.PHOTOS:
        close_for_consent(patient=patient, act=act, reason=reason or _("Consent refused"), by=by, now=now)
    return refused


@transaction.atomic
def withdraw_consent(
    *, consent: Consent, reason: str = "", by: User, version: int | None = None, now: datetime | None = None
) -> Consent:
    """The patient took a consent back: as if it had been refused (D23).

    Conflict (409) when it is not valid any more; Stale (412) for another `version`.
    """
    now = now or clock.now()
    lock_courses(Course.objects.filter(patient=consent.patient_id).values_list("pk", flat=True))
    withdrawn = consents.withdraw_consent(consent=consent, reason=reason, by=by, version=version, now=now)
    if withdrawn.act != Consent.Act.PHOTOS:
        why = reason or _("Consent withdrawn")
        close_for_consent(patient=withdrawn.patient, act=withdrawn.act, reason=why, by=by, now=now)
    return withdrawn


@transaction.atomic
def read_allergy_test(*, test: AllergyTest, by: User, now: datetime | None = None, **seen: Any) -> AllergyTestReading:
    """Record a reading (see patients.actions.allergy_test.read_test). A positive one holds every course of the patient
    whose mix shares an ingredient, until a prescriber decides; nothing is proposed instead (D22).

    Refuses as `read_test` does.
    """
    now = now or clock.now()
    reading = allergy_test.read_test(test=test, by=by, now=now, **seen)
    if reading.result == AllergyTestReading.Result.POSITIVE:
        hold_for_test(test=test, by=by, now=now)
    return reading


def hold_for_test(*, test: AllergyTest, by: User, now: datetime) -> list[Course]:
    """Put on hold the active courses whose mix shares an ingredient with a positive test, one that the labels of its
    products name included."""
    active = Course.objects.filter(patient=test.patient, status=Course.Status.ACTIVE).select_related("formulation")
    suspected = {*test.ingredients, *test.named}
    shared = [course for course in active.order_by("pk") if set(mix_of(course.formulation)) & suspected]
    why = _("Positive allergy test")
    return [hold_course(course=course, reason=why, decide=True, by=by, now=now) for course in shared]
