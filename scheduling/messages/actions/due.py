"""Messages that no visit brings about but the calendar does: a reading, an upkeep visit to book. Swept hourly."""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.transaction import atomic

from clinic.base import clock
from clinic.models import Location
from patients.models import AllergyTest, AllergyTestReading
from protocols.queries import policies
from scheduling.messages import duetimes
from scheduling.messages.actions.ledger import Entry, Kind, Line, Subject, quiet_of, rows, write
from scheduling.models import Message, Session

logger = logging.getLogger(__name__)

UPKEEP_AHEAD = timedelta(days=21)


@atomic
def arm_due(*, now: datetime | None = None) -> int:
    """Write what has become foreseeable; how many rows are new. Any number of workers: the dedupe keys decide."""
    now = now or clock.now()
    repeat_after = policies().test_repeat_after
    ledger = [*reading_rows(now, repeat_after), *upkeep_rows(now)]
    keys = [row.dedupe_key for row in ledger]
    known = set(Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    write(ledger)
    keep_to_policy(repeat_after)
    for key in keys:
        if key not in known:
            logger.info("message %s: written", key)
    return len(ledger) - len(known)


def arm_reading(*, test: AllergyTest, location: Location) -> None:
    """That the test wants to be looked at, 24 elapsed hours after it (D22)."""
    write(rows_of_test(test, location, policies().test_repeat_after))


def rows_of_test(test: AllergyTest, location: Location, repeat_after: timedelta) -> list[Line]:
    entry = Entry(
        kind=Kind.READING_DUE,
        due=duetimes.after_quiet(test.opens_at, quiet_of(location)),
        visible=test.administered_at,
        expires=test.administered_at + repeat_after,
        context={"start": test.opens_at.isoformat(), "test": test.pk},
    )
    return list(rows(Subject(key=f"test-{test.pk}", revision=0, patient=test.patient, location=location), [entry]))


def reading_rows(now: datetime, repeat_after: timedelta) -> list[Line]:
    seen = Q(look=AllergyTestReading.Look.DELAYED) | Q(result=AllergyTestReading.Result.POSITIVE)  # D50
    read = AllergyTestReading.objects.filter(seen, test=OuterRef("pk"))
    tests = AllergyTest.objects.filter(~Exists(read), administered_at__gte=now - repeat_after)
    people = tests.select_related("patient__contact", "administered_by__staff__location")
    return [
        row
        for test in people
        if hasattr(test.administered_by, "staff")
        for row in rows_of_test(test, test.administered_by.staff.location, repeat_after)
    ]


def keep_to_policy(repeat_after: timedelta) -> None:
    """Nobody is asked to look at a test that is repeated: open messages end by the days in force now (D22)."""
    open_ones = (Message.Status.SCHEDULED, Message.Status.RETRY)
    waiting = list(Message.objects.filter(kind=Kind.READING_DUE, status__in=open_ones, context__has_key="test"))
    tests = AllergyTest.objects.in_bulk({message.context["test"] for message in waiting})
    for message in waiting:
        message.expires_at = tests[message.context["test"]].administered_at + repeat_after
    Message.objects.bulk_update(waiting, ["expires_at"])


def upkeep_rows(now: datetime) -> list[Line]:
    """Upkeep visits without a time whose ideal day is near."""
    near = Q(ideal__lte=(now + UPKEEP_AHEAD).date(), kind=Session.Kind.MAINTENANCE, status="planned")
    sessions = Session.objects.filter(near, course__status="active").select_related(
        "location", "patient__contact", "course"
    )
    return [row for session in sessions for row in rows(Subject.of_session(session), [upkeep(session, now)])]


def upkeep(session: Session, now: datetime) -> Entry:
    context = {"from": str(session.floor), "until": str(session.latest)}
    return Entry(
        kind=Kind.MAINTENANCE_DUE,
        due=duetimes.after_quiet(now, quiet_of(session.location)),
        expires=now + timedelta(days=60),
        context=context,
    )
