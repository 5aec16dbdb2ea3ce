"""A batch is planned as a whole: a visit is not left without a time because another took the only one it could use."""

import random
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.changing.actions import disruption_building, improving
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import apply_disruption, request_disruption
from scheduling.models import Booking, Practitioner, Replan, Session
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.visits import at

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=60)


def only(doctor: Practitioner, by: User, *hours: tuple[datetime, datetime], until: date = LATER) -> None:
    """The practitioner works in these hours alone."""
    ends = [NOW - timedelta(days=1), *(end for _start, end in hours)]
    starts = [*(start for start, _end in hours), at(23, day=until)]
    for start, end in zip(ends, starts, strict=True):
        report_absence(practitioner=doctor, start=start, end=end, reason="Away", by=by, now=NOW)


def lost(patient: Patient, clinic: Location, kind: str, floor: date, latest: date, minutes: int = 30) -> Session:
    window = {"early_limit": floor, "floor": floor, "ideal": floor, "latest": latest}
    return Session.objects.create(
        patient=patient, location=clinic, kind=kind, status="displaced", chair_minutes=minutes, **window
    )


def batch(clinic: Location, by: User) -> Replan:
    return build_disruption(replan_id=request_disruption(location=clinic, by=by, now=NOW).pk, now=NOW)


def placed(plan: Replan) -> list[dict]:
    return [step for step in plan.steps if step["after"]]


@pytest.fixture
def day() -> date:
    return at(9).date() + timedelta(days=6)


@pytest.fixture
def people(clinic: Location) -> tuple[Practitioner, Practitioner]:
    """Who may prescribe, and who may not."""
    rows = Practitioner.objects.filter(staff__location=clinic).select_related("staff").order_by("-staff__prescriber")
    return rows[0], rows[1]


def test_two_visits_share_what_each_could_not_have_alone(clinic, practitioner, people, day):
    prescriber, other = people
    only(prescriber, practitioner, (at(9, day=day), at(9, 45, day=day)))
    only(other, practitioner, (at(15, day=day), at(15, 45, day=day)))
    review = lost(PatientFactory(), clinic, "review", day, day)
    consultation = lost(PatientFactory(), clinic, "consultation", day, day + timedelta(days=1))
    with patch.object(improving, "MOST_IDLE", 0):
        assert [step["session"] for step in placed(batch(clinic, practitioner))] == [str(review.pk)]
    Replan.objects.all().delete()
    plan = batch(clinic, practitioner)
    assert {step["session"] for step in placed(plan)} == {str(review.pk), str(consultation.pk)}
    apply_disruption(replan=plan, by=practitioner, now=NOW)
    who = dict(Booking.objects.filter(active=True, kind="session").values_list("session", "practitioner"))
    assert who == {review.pk: other.pk, consultation.pk: prescriber.pk}


def test_what_could_have_no_time_even_alone_is_not_tried_again(clinic, practitioner, people, day, caplog):
    for each in people:
        only(each, practitioner, (at(9, day=day), at(9, 45, day=day)))
    for kind in ("consultation", "consultation", "review"):
        lost(PatientFactory(), clinic, kind, day + timedelta(days=1), day + timedelta(days=2))
    with patch.object(improving, "make_anew") as tried, caplog.at_level("INFO", disruption_building.__name__):
        assert placed(batch(clinic, practitioner)) == []
    assert not tried.called
    assert "at most 0 can" in caplog.text


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_drawn_it_is_never_worse_and_nothing_overlaps(clinic, practitioner, people, day, seed):
    drawn = random.Random(seed)
    days = [day, day + timedelta(days=1), day + timedelta(days=2)]
    days = [each for each in days if each.weekday() < 5]
    for each in people:
        only(each, practitioner, *((at(9, day=each_day), at(11, day=each_day)) for each_day in days))
    patients = [PatientFactory() for _number in range(8)]
    for _number in range(14):
        floor = drawn.choice(days)
        latest, kind = drawn.choice([each for each in days if each >= floor]), drawn.choice(["consultation", "review"])
        lost(drawn.choice(patients), clinic, kind, floor, latest, drawn.choice((20, 30, 50)))
    with patch.object(improving, "MOST_IDLE", 0):
        first = len(placed(batch(clinic, practitioner)))
    Replan.objects.all().delete()
    plan = batch(clinic, practitioner)
    assert len(placed(plan)) >= first
    apply_disruption(replan=plan, by=practitioner, now=NOW)  # the database refuses what overlaps
    assert Booking.objects.filter(active=True, kind="session").count() == len(placed(plan))
