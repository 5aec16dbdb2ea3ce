"""Several desks book the same minute with different people: as long as a room is left, each of them gets one."""

from collections.abc import Callable

import pytest

from clinic.models import Location, User
from scheduling.courses.actions.create_visit import create_visit
from scheduling.models import Booking, Room
from tests.factories import NOW, PatientFactory, PractitionerFactory, RoomFactory
from tests.racing import at_once
from tests.scheduling.visits import at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_ten")]
DESKS = 4


def booked(clinic: Location, desk: User, room: Room | None = None) -> Callable[[], object]:
    patient, person = PatientFactory(at=[clinic]), PractitionerFactory(staff__location=clinic)
    return lambda: create_visit(
        patient=patient, kind="consultation", start=at(15), practitioner=person, room=room, by=desk, now=NOW
    )


def test_each_is_given_a_room_of_its_own(clinic: Location, desk: User):
    Room.objects.filter(location=clinic).delete()
    RoomFactory.create_batch(DESKS - 1, location=clinic)
    told = at_once(*(booked(clinic, desk) for _desk in range(DESKS)))
    assert told == ["too late", *["yes"] * (DESKS - 1)]
    assert Booking.objects.filter(start=at(15), active=True).values("room").distinct().count() == DESKS - 1


def test_a_room_asked_for_by_name_is_given_once(clinic: Location, desk: User):
    room, *_others = RoomFactory.create_batch(DESKS, location=clinic)
    assert at_once(*(booked(clinic, desk, room) for _desk in range(2))) == ["too late", "yes"]
