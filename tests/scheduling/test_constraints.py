"""Every rule that the database keeps for us, broken once: the name in the error is the rule's own."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from scheduling.models import (
    MOST_BUILDS,
    Absence,
    Addendum,
    AdverseEvent,
    Booking,
    Course,
    Deviation,
    Device,
    DrawnUp,
    Export,
    Import,
    ImportLine,
    Lot,
    LotAlert,
    Message,
    MovedVisit,
    Product,
    Proposal,
    PublicHoliday,
    Room,
    Season,
    SessionEvent,
    SlotOffer,
    TodoMark,
    TreatmentRecord,
    VisitRequest,
    WorkingHours,
)
from scheduling.models.price import PriceTold
from scheduling.models.record import SharpsInjury
from scheduling.models.replan import Replan
from tests.factories import NOW, TODAY
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_session, at, who

pytestmark = pytest.mark.django_db

World = SimpleNamespace
HOUR = timedelta(hours=1)


@pytest.fixture
def world(patient, other_patient, clinic, practitioner, colleague, desk, gun) -> World:
    """One of everything; the cases below add what must not be."""
    room, second_room = Room.objects.filter(location=clinic).order_by("pk")
    return World(
        clinic=clinic,
        patient=patient,
        other=other_patient,
        practitioner=who(practitioner),
        colleague=who(colleague),
        room=room,
        second_room=second_room,
        gun=gun,
        desk=desk,
        session=a_session(patient, clinic),
        course=make_course(patient, clinic, desk, status="active"),
    )


def booking(w: World, **given: Any) -> Booking:
    """An active booking of the session, from ten to half past, with everything named."""
    start, end = given.pop("start", at(10)), given.pop("end", at(10, 30))
    usual = {
        "kind": "session",
        "session": w.session,
        "patient": w.patient,
        "practitioner": w.practitioner,
        "room": w.room,
        "occupied_start": start,
        "occupied_end": end,
    }
    return Booking.objects.create(start=start, end=end, **{**usual, **given})


def other_visit(w: World, **given: Any) -> Booking:
    """At the same time, with nothing in common but what is given."""
    session = a_session(w.other, w.clinic)
    apart = {"session": session, "patient": w.other, "practitioner": w.colleague, "room": w.second_room}
    return booking(w, **{**apart, **given})


def twice(**shared: str) -> Callable[[World], object]:
    """Two visits at one time that share one thing."""

    def break_it(w: World) -> None:
        device = {"device": w.gun} if "device" in shared else {}
        booking(w, **device)
        other_visit(w, **{name: getattr(w, attribute) for name, attribute in shared.items()})

    return break_it


def hours(w: World, **given: Any) -> WorkingHours:
    usual = {"weekday": 1, "start": "09:00", "end": "18:00", "valid_from": TODAY}
    return WorkingHours.objects.create(practitioner=w.practitioner, location=w.clinic, **{**usual, **given})


def season(w: World, *, first: date = TODAY, last: date | None = TODAY + timedelta(days=9)) -> Season:
    return Season.objects.create(practitioner=w.practitioner, location=w.clinic, first=first, last=last or first)


def absence(w: World, **given: Any) -> Absence:
    usual = {"practitioner": w.practitioner, "start": at(10), "end": at(11), "reason": "ill", "created_by": w.desk}
    return Absence.objects.create(**{**usual, **given})


def message(w: World, **given: Any) -> Message:
    usual = {"patient": w.patient, "location": w.clinic, "kind": "reminder", "channel": "email", "dedupe_key": "k"}
    return Message.objects.create(**{**usual, "due_at": NOW, **given})


def proposal(w: World, **given: Any) -> Proposal:
    usual = {"course": w.course, "course_version": 1, "requested_by": w.desk, "requested_at": NOW}
    return Proposal.objects.create(**{**usual, **given})


def replan(w: World, **given: Any) -> Replan:
    return Replan.objects.create(location=w.clinic, requested_by=w.desk, requested_at=NOW, **given)


def sent(w: World, **given: Any) -> Import:
    usual = {"location": w.clinic, "name": "a.csv", "fingerprint": "1", "requested_by": w.desk, "requested_at": NOW}
    return Import.objects.create(**usual, **given)


def line(w: World, **given: Any) -> ImportLine:
    of = Import.objects.first() or sent(w)
    return ImportLine.objects.create(**{"of": of, "line": 2, "outcome": "new", **given})


def moved_visit(w: World) -> MovedVisit:
    return MovedVisit.objects.create(line=line(w, line=2 + MovedVisit.objects.count()), patient=w.patient, start=NOW)


def archive(w: World, **given: Any) -> Export:
    return Export.objects.create(**{"reason": "Leaving", "requested_by": w.desk, "requested_at": NOW, **given})


def asked(w: World, **given: Any) -> VisitRequest:
    return VisitRequest.objects.create(
        **{"patient": w.patient, "location": w.clinic, "text": "Later", "asked_at": NOW, **given}
    )


def offer(w: World, **given: Any) -> SlotOffer:
    """A time kept for the visit, each an hour after the one before."""
    start = at(12) + HOUR * SlotOffer.objects.count()
    hold = {"kind": "hold", "session": None, "patient": None, "held_until": NOW + HOUR}
    kept = booking(w, **hold, start=start, end=start + HOUR)
    return SlotOffer.objects.create(**{"session": w.session, "hold": kept, "revision": 0, "offered_at": NOW, **given})


def mark(w: World, **given: Any) -> TodoMark:
    return TodoMark.objects.create(**{"location": w.clinic, "list": "calls", "key": 1, "until": NOW, **given})


def record(w: World, **given: Any) -> TreatmentRecord:
    return TreatmentRecord.objects.create(session=w.session, started_at=NOW, by=w.desk, **given)


def deviation(w: World, **given: Any) -> Deviation:
    return Deviation.objects.create(**{"session": w.session, "code": "late", "by": w.desk, "at": NOW, **given})


def reaction(w: World, **given: Any) -> AdverseEvent:
    usual = {"patient": w.patient, "onset_at": NOW, "reported_by": w.desk, "reported_at": NOW, "answer_by": NOW}
    return AdverseEvent.objects.create(**{**usual, **given})


def both(make: Callable[..., object], **given: Any) -> Callable[[World], object]:
    """The same row twice."""
    return lambda w: (make(w, **given), make(w, **given))


def product(w: World, **given: Any) -> Product:
    return Product.objects.create(**{"name": "Saline", "carrier": True, **given})


def lot(w: World, **given: Any) -> Lot:
    saline = Product.objects.filter(name="Saline").first() or product(w)
    usual = {"product": saline, "location": w.clinic, "number": "L1", "expires_on": TODAY, "received": 10, "left": 10}
    return Lot.objects.create(**{**usual, "received_at": NOW, "received_by": w.desk, **given})


def drawn(w: World, **given: Any) -> DrawnUp:
    usual = {"patient": w.patient, "session": w.session, "lot": lot(w), "named": "Saline", "number": "L1", "amount": 1}
    return DrawnUp.objects.create(**{**usual, "unit": "ml", "at": NOW, "by": w.desk, **given})


def alert(w: World, **given: Any) -> LotAlert:
    usual = {"session": w.session, "what": "Minoxidil", "reason": "by mistake", "raised_at": NOW, "raised_by": w.desk}
    return LotAlert.objects.create(**{**usual, **given})


def price(w: World, **given: Any) -> PriceTold:
    right = {"amount": 1, "currency": "EUR", "covers": "all", "told_at": NOW, "told_by": w.desk}
    return PriceTold.objects.create(course=w.course, **(right | given))


def sharps_injury(w: World, **given: Any) -> SharpsInjury:
    right = {"injured": w.desk.staff, "location": w.clinic, "happened_at": NOW, "device": "30 G", "source": "clean"}
    return SharpsInjury.objects.create(**right | {"reported_by": w.desk, "reported_at": NOW} | given)


BROKEN: dict[str, Callable[[World], object]] = {
    "booking_patient_free": twice(patient="patient"),
    "booking_practitioner_free": twice(practitioner="practitioner"),
    "booking_room_free": twice(room="room"),
    "booking_device_free": twice(device="gun"),
    "booking_end_after_start": lambda w: booking(w, end=at(10), occupied_end=at(10)),
    "booking_occupied_covers": lambda w: booking(w, occupied_start=at(10, 5)),
    "booking_at_most_a_day": lambda w: booking(w, end=at(10) + 27 * HOUR, occupied_end=at(10) + 27 * HOUR),
    "booking_session_names_all": lambda w: booking(w, room=None),
    "booking_hold_ends": lambda w: booking(w, kind="hold", session=None),
    "booking_block_names_one": lambda w: booking(w, kind="block"),
    "booking_one_per_session": lambda w: (booking(w), booking(w, start=at(14), end=at(15))),
    "course_stop_has_reason": lambda w: Course.objects.filter(pk=w.course.pk).update(status="on_hold"),
    "proposal_one_in_the_making": lambda w: (proposal(w), proposal(w, status="running")),
    "proposal_progress_percent": lambda w: proposal(w, progress=101),
    "proposal_acceptance_complete": lambda w: proposal(w, status="accepted", accepted_at=NOW),
    "proposal_attempts_end": lambda w: proposal(w, attempts=4),
    "replan_attempts_end": lambda w: replan(w, attempts=4),
    "message_attempts_end": lambda w: message(w, attempts=13),
    "message_repeated_once": lambda w: message(w, doubts=3),
    "visit_request_one_open": lambda w: (asked(w), asked(w)),
    "visit_request_says_something": lambda w: asked(w, text=""),
    "visit_request_closed_by_name": lambda w: asked(w, closed_at=NOW),
    "slot_offer_one_open": both(offer),
    "slot_offer_answer_known": lambda w: offer(w, answer="perhaps", answered_at=NOW),
    "slot_offer_answered_when": lambda w: offer(w, answer="lapsed"),
    "slot_offer_answered_by_name": lambda w: offer(w, answer="declined", answered_at=NOW),
    "todo_mark_one_a_row": lambda w: (mark(w), mark(w)),
    "todo_mark_says_something": lambda w: mark(w, until=None),
    "replan_leaver_has_last_day": lambda w: replan(w, leaver=w.practitioner),
    "replan_progress_percent": lambda w: replan(w, progress=101),
    "replan_application_complete": lambda w: replan(w, status="applied"),
    "message_said_once": lambda w: (message(w), message(w)),
    "message_dedupe_key_set": lambda w: message(w, dedupe_key=""),
    "message_sent_has_time": lambda w: message(w, status="sent"),
    "message_sending_has_lease": lambda w: message(w, status="sending"),
    "product_name_once": lambda w: (product(w), product(w)),
    "product_gtin_once": lambda w: (product(w, gtin="9" * 14), product(w, name="Water", gtin="9" * 14)),
    "product_maximum_positive": lambda w: product(w, most_per_session=0),
    "product_anaesthetic_not_negative": lambda w: product(w, anaesthetic_mg_per_unit=-1),
    "lot_number_once": lambda w: (lot(w), lot(w)),
    "lot_has_number": lambda w: lot(w, number=""),
    "lot_left_of_received": lambda w: lot(w, left=11),
    "lot_stopped_with_reason": lambda w: lot(w, state="recalled"),
    "drawn_up_for_one_act": lambda w: drawn(w, session=None),
    "drawn_up_amount_positive": lambda w: drawn(w, amount=0),
    "drawn_up_lot_or_reason": lambda w: drawn(w, lot=None),
    "lot_alert_has_reason": lambda w: alert(w, reason=""),
    "lot_alert_seen_by_somebody": lambda w: alert(w, seen_at=NOW),
    "record_in_order": lambda w: record(w, ended_at=NOW - HOUR),
    "record_deviation_has_reason": lambda w: record(w, deviation="early"),
    "record_antisepsis_answered": lambda w: record(w, ended_at=NOW, substances=["x"], antisepsis_before=True),
    "record_signed_when_done": lambda w: record(w, signed_at=NOW),
    "record_left_over_not_negative": lambda w: record(w, left_over_ml=-1),
    "record_dwell_of_an_anaesthetic": lambda w: record(w, anaesthetic_minutes=5),
    "record_film_off_when_on": lambda w: record(w, film_off_hours=5),
    "price_not_negative": lambda w: price(w, amount=-1),
    "price_currency_code": lambda w: price(w, currency="eur"),
    "price_says_what_it_covers": lambda w: price(w, covers=""),
    "sharps_injury_names_device": lambda w: sharps_injury(w, device=""),
    "sharps_injury_patient_is_the_source": lambda w: sharps_injury(w, source_patient=w.patient),
    "sharps_injury_closed_with_words": lambda w: sharps_injury(w, closed_at=NOW, closed_by=w.desk),
    "adverse_event_decision_written": lambda w: reaction(w, decided_at=NOW),
    "course_times_kept_only_on_hold": lambda w: Course.objects.filter(pk=w.course.pk).update(times_kept_until=NOW),
    "course_back_only_from_hold": lambda w: Course.objects.filter(pk=w.course.pk).update(back_on=NOW.date()),
    "addendum_has_text_and_reason": lambda w: Addendum.objects.create(record=record(w), text="x", by=w.desk, at=NOW),
    "deviation_once_per_session": lambda w: [deviation(w, reason="x"), deviation(w, reason="x")],
    "deviation_has_reason": deviation,
    "deviation_acknowledged_by_name": lambda w: deviation(w, reason="x", acknowledged_at=NOW),
    "adverse_event_closed_with_outcome": lambda w: reaction(w, closed_at=NOW),
    "room_name_once_per_location": lambda w: Room.objects.create(location=w.clinic, name="Room 1"),
    "device_name_once_per_location": lambda w: Device.objects.create(location=w.clinic, kind=w.gun.kind, name="Gun 1"),
    "hours_weekday_known": lambda w: hours(w, weekday=7),
    "hours_end_after_start": lambda w: hours(w, end="09:00"),
    "hours_valid_in_order": lambda w: hours(w, valid_until=TODAY - timedelta(days=1)),
    "season_in_order": lambda w: season(w, last=TODAY - timedelta(days=1)),
    "season_one_a_day": lambda w: (season(w), season(w, first=TODAY + timedelta(days=9), last=None)),
    "holiday_once_per_location": both(lambda w: PublicHoliday.objects.create(location=w.clinic, date=TODAY, name="x")),
    "absence_end_after_start": lambda w: absence(w, end=at(10)),
    "absence_of_exactly_one": lambda w: absence(w, room=w.room),
    "session_sequence_once_per_course": both(lambda w: a_session(w.patient, w.clinic, course=w.course, sequence=2)),
    "session_window_in_order": lambda w: a_session(
        w.patient, w.clinic, floor=date(2026, 5, 8), ideal=date(2026, 5, 7), latest=date(2026, 5, 9)
    ),
    "session_completed_has_time": lambda w: a_session(w.patient, w.clinic, status="completed"),
    "import_progress_percent": lambda w: sent(w, progress=101),
    "import_attempts_end": lambda w: sent(w, attempts=MOST_BUILDS + 1),
    "import_of_a_file_once": both(sent),
    "import_position_in_file": lambda w: sent(w, position=1),
    "import_line_once": both(line),
    "import_line_left_out_has_reason": lambda w: line(w, outcome="rejected"),
    "moved_visit_once": both(moved_visit),
    "export_progress_percent": lambda w: archive(w, progress=101),
    "export_attempts_end": lambda w: archive(w, attempts=MOST_BUILDS + 1),
    "export_one_at_a_time": both(archive),
    "export_has_reason": lambda w: archive(w, reason=""),
    "export_ready_expires": lambda w: archive(w, status="ready"),
    "session_status_known": lambda w: a_session(w.patient, w.clinic, status="lost"),
}


def test_every_named_rule_has_its_case():
    named = {c.name for model in apps.get_app_config("scheduling").get_models() for c in model._meta.constraints}
    assert named == set(BROKEN)


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_database_refuses_it_by_name(name, world):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        BROKEN[name](world)
    assert refused.value.__cause__.diag.constraint_name == name


def test_a_time_that_is_kept_for_somebody_is_nobody_elses(world):
    offer(world)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        other_visit(world, practitioner=world.practitioner, start=at(12, 30), end=at(13))
    assert refused.value.__cause__.diag.constraint_name == "booking_practitioner_free"


def test_what_is_no_longer_active_stands_in_nobodys_way(world):
    booking(world, active=False)
    booking(world)
    other_visit(world, practitioner=world.practitioner, active=False)


def test_visits_that_touch_do_not_overlap(world):
    booking(world)
    other_visit(world, practitioner=world.practitioner, room=world.room, start=at(10, 30), end=at(11))


def test_a_cancelled_session_frees_its_number_in_the_course(world):
    a_session(world.patient, world.clinic, course=world.course, sequence=2, status="cancelled")
    a_session(world.patient, world.clinic, course=world.course, sequence=2)


def test_the_history_of_a_session_is_only_ever_added_to(world):
    event = SessionEvent.objects.create(
        session=world.session, verb="book", from_status="planned", to_status="booked", at=NOW, by=world.desk
    )
    for change in (lambda: SessionEvent.objects.update(verb="x"), event.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("table", "change", "history"),
    [
        ("scheduling_booking", "active = FALSE", "scheduling_bookingevent"),
        ("scheduling_session", "chair_minutes = 45", "scheduling_sessionhistory"),
    ],
)
def test_a_raw_update_leaves_its_trace_for_every_row_that_it_changed(table, change, history, world):
    """History is written by the database, so no path goes round it."""
    booking(world)
    later = {"start": at(14), "end": at(15), "occupied_start": at(14), "occupied_end": at(15)}
    booking(world, session=a_session(world.patient, world.clinic), **later)

    def traces() -> int:
        cursor.execute(f"SELECT count(*) FROM {history}")
        return cursor.fetchone()[0]

    with connection.cursor() as cursor:
        before = traces()
        cursor.execute(f"UPDATE {table} SET {change}")
        changed = cursor.rowcount
        assert changed >= 2
        assert traces() == before + changed
        cursor.execute(f"UPDATE {table} SET {change}")
        assert traces() == before + changed
