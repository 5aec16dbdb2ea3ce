"""One slot is sold once, all of a course or nothing, and whoever loses hears what was taken, never by whom."""

from datetime import timedelta

import pytest
from django.db import transaction

from clinic.base.refusals import Conflict
from patients.models import Patient
from scheduling.calendar.actions.booking import Slot, book_slots, release
from scheduling.models import Booking, Room
from tests.factories import NOW
from tests.scheduling.visits import a_session, at, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def rooms(clinic):
    return list(Room.objects.filter(location=clinic).order_by("pk"))


@pytest.fixture
def slot(clinic, practitioner, rooms):
    """A slot for a new visit, at ten with Bianchi in room 1 unless said otherwise."""

    def make(patient: Patient, start=None, person=practitioner, room=None, **given) -> Slot:
        session = a_session(patient, clinic, **given)
        room_id = (room or rooms[0]).pk
        return Slot.for_session(session, start=start or at(10), practitioner_id=who(person).pk, room_id=room_id)

    return make


def test_a_booking_occupies_preparation_and_turnover_too(slot, patient, desk):
    [pk] = book_slots(slots=[slot(patient)], by=desk)
    row = Booking.objects.get(pk=pk)
    assert (row.start, row.end) == (at(10), at(10, 30))
    assert (row.occupied_start, row.occupied_end) == (at(9, 55), at(10, 35))
    assert (row.active, row.created_by, row.kind) == (True, desk, "session")


def test_the_ids_come_back_in_the_order_given(slot, patient, desk):
    late, early = slot(patient, at(12)), slot(patient, at(10))
    ids = book_slots(slots=[late, early], by=desk)
    assert [Booking.objects.get(pk=pk).start for pk in ids] == [at(12), at(10)]


def test_nobody_is_booked_twice_and_the_refusal_says_who_and_what_is_taken(
    slot, patient, other_patient, colleague, rooms, desk
):
    book_slots(slots=[slot(patient)], by=desk)
    for second, names in (
        (slot(other_patient), ["practitioner", "room"]),
        (slot(other_patient, person=colleague), ["room"]),
        (slot(other_patient, room=rooms[1]), ["practitioner"]),
        (slot(patient, person=colleague, room=rooms[1]), ["patient"]),
    ):
        with pytest.raises(Conflict) as refused, transaction.atomic():
            book_slots(slots=[second], by=desk)
        assert [error.field for error in refused.value.errors] == names
        assert refused.value.extra["conflicts"][0]["taken"] == names
        text = repr(refused.value.extra) + refused.value.detail
        assert not any(name in text for name in ("Ana", "Rossi", "Lia", "Marino"))


def test_the_device_is_guarded_like_the_room(slot, patient, other_patient, colleague, rooms, desk, gun):
    first, second = slot(patient), slot(other_patient, person=colleague, room=rooms[1])
    with_device = [
        Slot.for_session(
            a_session(p, gun.location),
            start=at(10),
            practitioner_id=s.practitioner_id,
            room_id=s.room_id,
            device_id=gun.pk,
        )
        for p, s in ((patient, first), (other_patient, second))
    ]
    book_slots(slots=with_device[:1], by=desk)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        book_slots(slots=with_device[1:], by=desk)
    assert refused.value.extra["conflicts"][0]["taken"] == ["device"]


def test_a_visit_may_follow_when_the_turnover_is_over(slot, patient, other_patient, desk):
    book_slots(slots=[slot(patient)], by=desk)
    with pytest.raises(Conflict), transaction.atomic():
        book_slots(slots=[slot(other_patient, at(10, 35))], by=desk)
    book_slots(slots=[slot(other_patient, at(10, 40))], by=desk)


def test_one_taken_slot_of_many_books_nothing(slot, patient, other_patient, desk):
    book_slots(slots=[slot(other_patient, at(12))], by=desk)
    wanted = [slot(patient, at(hour)) for hour in (9, 10, 11, 12, 13)]
    with pytest.raises(Conflict) as refused, transaction.atomic():
        book_slots(slots=wanted, by=desk)
    assert Booking.objects.filter(patient=patient).count() == 0
    [conflict] = refused.value.extra["conflicts"]
    assert conflict["session"] == str(wanted[3].session_id)


def test_two_slots_of_one_request_that_overlap_are_refused(slot, patient, desk):
    with pytest.raises(Conflict), transaction.atomic():
        book_slots(slots=[slot(patient, at(10)), slot(patient, at(10, 20))], by=desk)
    assert not Booking.objects.exists()


def test_a_released_time_is_free_again_and_its_row_stays(slot, patient, other_patient, desk):
    first = slot(patient)
    book_slots(slots=[first], by=desk)
    assert release(sessions=[first.session_id]) == 1
    book_slots(slots=[slot(other_patient)], by=desk)
    assert Booking.objects.count() == 2


def test_one_session_has_one_time(slot, patient, colleague, rooms, desk):
    first = slot(patient)
    book_slots(slots=[first], by=desk)
    again = Slot(
        **{name: getattr(first, name) for name in first.__slots__}
        | {"start": at(14), "end": at(14, 30), "occupied_start": at(14), "occupied_end": at(14, 30)}
    )
    with pytest.raises(Conflict), transaction.atomic():
        book_slots(slots=[again], by=desk)


def test_a_hold_keeps_others_out_until_it_ends(slot, patient, other_patient, desk):
    held = slot(patient)
    hold = Slot(
        kind="hold",
        patient_id=patient.pk,
        practitioner_id=held.practitioner_id,
        room_id=held.room_id,
        start=held.start,
        end=held.end,
        occupied_start=held.occupied_start,
        occupied_end=held.occupied_end,
        held_until=NOW + timedelta(minutes=10),
    )
    book_slots(slots=[hold], by=desk)
    with pytest.raises(Conflict), transaction.atomic():
        book_slots(slots=[slot(other_patient)], by=desk)
    Booking.objects.filter(kind="hold").update(active=False)
    book_slots(slots=[slot(other_patient)], by=desk)


def test_minutes_are_added_to_the_instant_not_to_the_clock(patient, clinic, practitioner, rooms):
    """At the autumn change half past two comes twice; thirty minutes stay thirty."""
    start = at(2, 40, day=at(0).date().replace(month=10, day=25))
    slot = Slot.for_session(a_session(patient, clinic), start=start, practitioner_id=1, room_id=1)
    assert slot.end - slot.start == timedelta(minutes=30)


def test_history_is_written_by_the_database(slot, patient, desk):
    book_slots(slots=[slot(patient)], by=desk)
    assert Booking.pgh_event_model.objects.count() == 1


def test_a_booking_takes_one_statement_however_many_slots(slot, patient, desk, django_assert_num_queries):
    wanted = [slot(patient, at(hour)) for hour in range(9, 17)]
    with django_assert_num_queries(1):
        book_slots(slots=wanted, by=desk)
