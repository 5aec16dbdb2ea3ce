"""What a course means to do, as the eligibility engine reads it."""

from patients.queries import plans
from protocols.eligibility import Plan
from scheduling.models import Course


def plan_of(course: Course) -> Plan:
    """Areas, indication, mix, device and technique of a course."""
    return plans.plan_of(
        areas=course.areas.all(),
        indication=course.indication,
        formulation=course.formulation,
        delivery_device=course.delivery_device,
        technique=course.technique,
    )
