"""The demonstration is the same every time, and it leaves a working clinic alone."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from clinic.models import Location, StaffMember
from scheduling.demo.build import build
from scheduling.models import AdverseEvent, Booking
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_same_seed_gives_the_same_clinic(catalogue: None) -> None:
    stories = []
    for _turn in range(2):
        before = transaction.savepoint()
        list(build(now=NOW, patients=3, weeks=1))
        stories.append(story())
        transaction.savepoint_rollback(before)
    assert stories[0] == stories[1]
    assert stories[0]


def story() -> list[tuple[object, ...]]:
    """Who comes when, and who reacted: names and times, no keys."""
    rows = Booking.objects.filter(session__isnull=False, active=True).order_by("start", "practitioner__name")
    reactions = AdverseEvent.objects.values_list("patient__phone", "onset_at", "answer_by", "owner__user__name")
    return [
        *rows.values_list("start", "practitioner__name", "room__name", "patient__family_name", "patient__phone"),
        *reactions,
    ]


def test_a_clinic_where_somebody_works_is_left_alone(clinic: Location) -> None:
    before = StaffMember.objects.count()
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo")
    assert StaffMember.objects.count() == before
