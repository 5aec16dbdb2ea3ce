"""Two at one moment about one time that is offered: one of them gets it, and the other is told."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions import slot_offers
from scheduling.courses.changing.actions.slot_offers import accept_offer, decline_offer, sweep_offers
from scheduling.models import Booking, SlotOffer
from tests.factories import NOW
from tests.racing import at_once
from tests.scheduling.running import accepted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_ten")]
SOON = NOW + timedelta(minutes=11)


@pytest.fixture
def freed(patient: Patient, other_patient: Patient, clinic: Location, practitioner: User) -> SlotOffer | None:
    """One patient gave a time back, another waits for one."""
    visit = accepted(patient, clinic, practitioner).sessions.get(sequence=2)
    times = Booking.objects.filter(session=visit)
    times.update(**{name: F(name) + timedelta(days=2) for name in ("start", "end", "occupied_start", "occupied_end")})
    displace_session(session=visit, reason="Cannot come", by=practitioner, now=NOW)
    waits = accepted(other_patient, clinic, practitioner).sessions.filter(sequence__gt=1)
    Booking.objects.filter(session__in=waits).delete()
    waits.update(status="planned", revision=0)
    return None


@pytest.fixture
def offer(freed: None) -> SlotOffer:
    assert sweep_offers(now=SOON) == 1
    return SlotOffer.objects.get()


def taken(offer: SlotOffer, by: User) -> Callable[[], object]:
    return lambda: accept_offer(offer=SlotOffer.objects.get(pk=offer.pk), by=by, now=SOON)


def declined(offer: SlotOffer, by: User) -> Callable[[], object]:
    return lambda: decline_offer(offer=SlotOffer.objects.get(pk=offer.pk), by=by, now=SOON)


def test_patient_and_desk_take_it_at_once_and_it_is_booked_once(offer: SlotOffer, desk: User):
    mine = offer.session.patient.user
    assert mine
    assert at_once(taken(offer, mine), taken(offer, desk), taken(offer, mine)) == ["too late", "too late", "yes"]
    assert Booking.objects.filter(session=offer.session, active=True).count() == 1
    assert SlotOffer.objects.get().answer == "accepted"


def test_taken_and_declined_at_once_one_counts(offer: SlotOffer, desk: User):
    assert at_once(taken(offer, desk), declined(offer, desk)) == ["too late", "yes"]
    booked = Booking.objects.filter(session=offer.session, active=True).exists()
    assert booked is (SlotOffer.objects.get().answer == "accepted")


def test_two_sweeps_at_once_offer_it_once(freed: None):
    assert at_once(*[lambda: sweep_offers(now=SOON)] * 3) == ["yes", "yes", "yes"]
    assert SlotOffer.objects.count() == 1
    assert Booking.objects.filter(kind="hold", active=True).count() == 1


def test_the_first_test_would_notice_an_answer_that_looks_before_it_writes(
    offer: SlotOffer, desk: User, monkeypatch: pytest.MonkeyPatch
):
    """Control: both look, then both write, and both are told yes."""
    looked = threading.Barrier(2)

    def careless(*, offer: SlotOffer, answer: str, by: Any, now: datetime) -> None:
        is_open = SlotOffer.objects.get(pk=offer.pk).answer == ""
        looked.wait()
        if not is_open:
            slot_offers.no_longer()
        SlotOffer.objects.filter(pk=offer.pk).update(answer=answer, answered_at=now, answered_by=by)
        Booking.objects.filter(pk=offer.hold_id).update(active=False)

    monkeypatch.setattr(slot_offers, "close", careless)
    assert at_once(taken(offer, desk), declined(offer, desk)) == ["yes", "yes"]
