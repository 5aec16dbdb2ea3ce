"""What a course means to do, as the eligibility engine reads it."""

from patients.models import Patient
from patients.queries import plans
from patients.queries.eligibility import plan_in_view
from protocols.eligibility import Plan
from scheduling.models import Course

NOT_ENDED = (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.ON_HOLD)


def plan_of(course: Course) -> Plan:
    """Areas, indication, mix, device and technique of a course."""
    return plans.plan_of(
        areas=course.areas.all(),
        indication=course.indication,
        formulation=course.formulation,
        delivery_device=course.delivery_device,
        technique=course.technique,
    )


def plans_of_patient(patient: Patient) -> list[Plan]:
    """What the patient's courses that have not ended mean to do, and what was last looked at for them."""
    courses = Course.objects.filter(patient=patient, status__in=NOT_ENDED)
    courses = courses.select_related("indication", "formulation", "delivery_device", "technique")
    courses = courses.prefetch_related("areas", "formulation__items__substance")
    return [plan_in_view(patient), *(plan_of(course) for course in courses)]
