"""An absence is as good as a booking: nothing stands over it, and every visit it hits is on a list and told."""

from datetime import timedelta
from itertools import pairwise

import pytest

from clinic.base.refusals import BadInput, Conflict
from protocols.models import DeliveryDevice
from scheduling.calendar.actions.absences import cancel_absence, report_absence
from scheduling.courses.actions.sessions import move_session
from scheduling.models import Booking, Course, Device, Message, Room, SessionEvent
from scheduling.treatment.actions.visits import check_in
from tests.factories import NOW, TODAY, RoomFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import TOMORROW, a_visit, at, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(practitioner, desk):
    """Bianchi is away tomorrow from nine to six, unless said otherwise."""

    def report(**given):
        resource = given.pop("resource", {"practitioner": who(practitioner)})
        usual = {"start": at(9), "end": at(18), "reason": "ill", "by": desk, "now": NOW}
        return report_absence(**{**usual, **resource, **given})

    return report


def blocked(practitioner) -> list:
    rows = Booking.objects.filter(practitioner=who(practitioner), kind="block", active=True).order_by("start")
    return list(rows.values_list("start", "end"))


def test_the_visits_it_hits_are_displaced_and_the_rest_stays(away, patient, other_patient, practitioner, desk):
    hit = a_visit(patient, at(10), practitioner, desk)
    kept = a_visit(other_patient, at(10, day=TOMORROW + timedelta(days=1)), practitioner, desk)
    result = away()
    assert result.displaced == [hit]
    hit.refresh_from_db()
    kept.refresh_from_db()
    assert (hit.status, kept.status) == ("displaced", "booked")
    assert not Booking.objects.filter(session=hit, active=True).exists()
    assert SessionEvent.objects.filter(session=hit).last().detail["absence"] == result.absence.pk


def test_a_visit_that_asks_for_no_room_is_not_put_into_a_closed_one(away, patient, clinic, practitioner, desk):
    closed, other = (RoomFactory(location=clinic, name=name) for name in ("Closed", "Open"))
    Room.objects.exclude(pk__in=[closed.pk, other.pk]).update(active=False)
    away(resource={"room": closed})
    visit = a_visit(patient, at(10), practitioner, desk)
    assert Booking.objects.get(session=visit, active=True).room == other


def test_a_visit_is_not_given_a_broken_device(away, patient, clinic, practitioner, desk):
    kind = DeliveryDevice.objects.get(code="multi_injector")
    broken, other = (Device.objects.create(location=clinic, kind=kind, name=name) for name in "AB")
    course = make_course(patient, clinic, practitioner, status="active")
    Course.objects.filter(pk=course.pk).update(delivery_device=kind)
    course.refresh_from_db()
    away(resource={"device": broken})
    visit = a_visit(patient, at(10), practitioner, desk, kind="treatment", course=course)
    assert Booking.objects.get(session=visit, active=True).device == other


def test_the_patient_hears_that_the_time_does_not_stand_and_gets_no_reminder(away, patient, practitioner, desk):
    visit = a_visit(patient, at(10, day=TODAY + timedelta(days=9)), practitioner, desk)
    away(start=at(0, day=TODAY + timedelta(days=9)), end=at(0, day=TODAY + timedelta(days=10)))
    waiting = Message.objects.filter(session=visit, status="scheduled", channel="email")
    assert [row.kind for row in waiting] == ["cancellation"]
    assert waiting[0].context["rebook"] is True


def test_nobody_can_book_into_it(away, patient, practitioner, desk):
    away(start=at(12), end=at(14))
    with pytest.raises(Conflict) as refused:
        a_visit(patient, at(13), practitioner, desk)
    assert refused.value.errors[0].field == "practitioner"
    assert refused.value.next == at(14, 5)
    a_visit(patient, at(11), practitioner, desk)


def test_the_preparation_may_not_reach_into_it_either(away, patient, practitioner, desk):
    away(start=at(12), end=at(14))
    with pytest.raises(Conflict):
        a_visit(patient, at(14), practitioner, desk)
    with pytest.raises(Conflict):
        a_visit(patient, at(11, 30), practitioner, desk)


def test_a_closed_room_displaces_only_its_own_visits(away, patient, other_patient, practitioner, colleague, desk):
    first = a_visit(patient, at(10), practitioner, desk, kind="review")
    second = a_visit(other_patient, at(10), colleague, desk, kind="review")
    result = away(resource={"room": Room.objects.order_by("pk").first()})
    assert result.displaced == [first]
    second.refresh_from_db()
    assert second.status == "booked"


def test_a_broken_device_is_an_absence_too(away, gun):
    away(resource={"device": gun})
    assert Booking.objects.filter(device=gun, kind="block", active=True).count() == 1


def test_three_weeks_are_one_row_a_day(away, practitioner):
    away(start=at(12), end=at(12, day=TOMORROW + timedelta(days=21)))
    rows = blocked(practitioner)
    assert len(rows) == 22
    assert rows[0] == (at(12), at(0, day=TOMORROW + timedelta(days=1)))
    assert all(first[1] == second[0] for first, second in pairwise(rows))


def test_over_the_autumn_change_no_hour_is_left_open(away, practitioner):
    change = TODAY.replace(month=10, day=25)
    away(start=at(0, day=change), end=at(0, day=change + timedelta(days=1)))
    [(start, end)] = blocked(practitioner)
    assert end - start == timedelta(hours=25)


def test_two_absences_may_overlap_and_each_can_be_cancelled(away, practitioner, desk):
    first, second = away(start=at(9), end=at(13)), away(start=at(11), end=at(15))
    assert blocked(practitioner) == [(at(9), at(13)), (at(13), at(15))]
    cancel_absence(absence=first.absence, by=desk, now=NOW)
    assert blocked(practitioner) == [(at(11), at(13)), (at(13), at(15))]
    cancel_absence(absence=second.absence, by=desk, now=NOW)
    assert blocked(practitioner) == []
    with pytest.raises(Conflict):
        cancel_absence(absence=second.absence, by=desk, now=NOW)


def test_who_has_arrived_is_still_seen(away, patient, practitioner, desk):
    visit = a_visit(patient, at(10), practitioner, desk)
    check_in(session=visit, answers={}, by=desk, now=at(9, 58))
    result = away(start=at(10), end=at(18), now=at(9, 59))
    assert result.displaced == []
    assert blocked(practitioner) == [(at(10, 35), at(18))]


def test_a_displaced_visit_gets_a_new_time_with_somebody_else(away, patient, practitioner, colleague, desk):
    visit = a_visit(patient, at(10), practitioner, desk, kind="review")
    away()
    move_session(session=visit, start=at(10), practitioner=who(colleague), by=desk, now=NOW)
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"end": at(9)}, "end"), ({"reason": " "}, "reason"), ({"resource": {}}, "practitioner")],
)
def test_nonsense_is_refused_at_its_field(away, given, field):
    with pytest.raises(BadInput) as refused:
        away(**given)
    assert refused.value.errors[0].field == field


def test_displacing_twenty_visits_takes_as_many_statements_as_one(
    away, patient, other_patient, practitioner, desk, django_assert_max_num_queries
):
    for hour in range(9, 17):
        a_visit(patient, at(hour, 5), practitioner, desk, kind="review")
    with django_assert_max_num_queries(20):
        away()
