"""The seal on the trail: closed days are digested, and one altered row among them is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from clinic import seal
from clinic.models import DaySeal, User
from patients.models import AccessLog, Patient
from scheduling.models import SessionEvent
from tests.factories import NOW
from tests.scheduling.visits import a_visit

TOMORROW = datetime.now(UTC) + timedelta(days=1)
CLOSED = TOMORROW.replace(hour=1, minute=0, second=1)


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "heads.txt"


@pytest.fixture
def trail(patient: Patient, practitioner: User) -> None:
    """A day on which something happened, to the trail's every table that can be altered below."""
    a_visit(patient, NOW + timedelta(days=1), practitioner, practitioner)
    for what in ("record", "intake", "consent"):
        AccessLog.objects.create(patient=patient, user=practitioner, what=what)


def as_the_owner(statement: str) -> None:
    """What somebody with the owner's rights could do, triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', (SELECT array_agg(tgname)::text FROM pg_trigger), true)")
        cursor.execute(statement)


def test_a_day_is_sealed_when_it_is_closed_and_settled_and_only_once(trail: None, heads: Path):
    assert seal.seal_days(now=CLOSED - timedelta(seconds=2), heads=heads) == []
    (sealed,) = seal.seal_days(now=CLOSED, heads=heads)
    assert seal.seal_days(now=CLOSED, heads=heads) == []
    assert sealed.tables["patients_accesslog"]["rows"] >= 3
    assert heads.read_text() == f"{sealed.day} {sealed.head}\n"
    assert seal.verify(heads=heads) == []


def test_days_without_anything_are_sealed_too_and_hang_together(trail: None, heads: Path):
    sealed = seal.seal_days(now=CLOSED + timedelta(days=2), heads=heads)
    assert [each.tables["patients_accesslog"]["rows"] > 0 for each in sealed] == [True, False, False]
    assert len({each.head for each in sealed}) == 3
    assert seal.verify(heads=heads) == []


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE patients_accesslog SET what = 'nothing' WHERE id = (SELECT min(id) FROM patients_accesslog)",
         "patients_accesslog"),
        ("DELETE FROM patients_accesslog WHERE id = (SELECT max(id) FROM patients_accesslog)", "patients_accesslog"),
        ("UPDATE scheduling_sessionevent SET reason = 'asked to'", "scheduling_sessionevent"),
        ("UPDATE scheduling_sessionhistory SET chair_minutes = 99", "scheduling_sessionhistory"),
        ("UPDATE patients_patientevent SET phone = '0' WHERE pgh_label = 'insert'", "patients_patientevent"),
    ],
)  # fmt: skip
def test_one_altered_or_missing_row_is_found(trail: None, heads: Path, statement: str, table: str):
    seal.seal_days(now=CLOSED, heads=heads)
    as_the_owner(statement)
    assert [fault.table for fault in seal.verify(heads=heads)] == [table]


def test_a_row_put_into_a_closed_day_is_found(trail: None, heads: Path):
    seal.seal_days(now=CLOSED + timedelta(days=1), heads=heads)
    as_the_owner("INSERT INTO clinic_locationevent SELECT * FROM clinic_locationevent ON CONFLICT DO NOTHING")
    assert seal.verify(heads=heads) == []
    as_the_owner("UPDATE clinic_locationevent SET pgh_created_at = pgh_created_at + interval '1 day'")
    assert {fault.table for fault in seal.verify(heads=heads)} == {"clinic_locationevent"}


def test_whoever_writes_the_seal_anew_is_found_by_the_head_outside(trail: None, heads: Path):
    (before,) = seal.seal_days(now=CLOSED, heads=heads)
    as_the_owner("UPDATE patients_accesslog SET what = 'nothing'")
    DaySeal.objects.all().delete()
    seal.seal_days(now=CLOSED, heads=heads.parent / "other.txt")
    faults = seal.verify(heads=heads)
    assert [str(fault) for fault in faults] == [f"{before.day} head: the head outside the database differs"]
    DaySeal.objects.all().delete()
    assert [fault.what for fault in seal.verify(heads=heads)] == ["the seal is gone"]


def test_a_column_that_comes_later_changes_no_seal(trail: None, heads: Path):
    seal.seal_days(now=CLOSED, heads=heads)
    as_the_owner("SET CONSTRAINTS ALL IMMEDIATE")
    as_the_owner("ALTER TABLE patients_accesslog ADD COLUMN added_later integer DEFAULT 3")
    assert seal.verify(heads=heads) == []


def test_the_command_says_so_and_fails(trail: None, settings: Any, heads: Path, monkeypatch: pytest.MonkeyPatch):
    settings.SEAL_FILE = heads
    monkeypatch.setattr("clinic.base.clock.now", lambda: CLOSED)
    out = StringIO()
    call_command("nightly", stdout=out)
    assert "as it was sealed" in out.getvalue()
    as_the_owner("UPDATE scheduling_sessionevent SET reason = 'asked to'")
    with pytest.raises(CommandError, match="scheduling_sessionevent"):
        call_command("nightly")


def test_one_altered_row_among_a_hundred_thousand_is_found(
    trail: None, patient: Patient, desk: User, heads: Path, django_assert_max_num_queries: Callable[..., Any]
):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_accesslog (patient_id, user_id, at, what, db_role)"
            " SELECT %s, %s, now(), 'record', '' FROM generate_series(1, 100000)",
            [patient.pk, desk.pk],
        )
    seal.seal_days(now=CLOSED, heads=heads)
    assert seal.verify(heads=heads) == []
    as_the_owner(
        "UPDATE patients_accesslog SET what = 'recorD' WHERE id = (SELECT max(id) - 50000 FROM patients_accesslog)"
    )
    assert [fault.table for fault in seal.verify(heads=heads)] == ["patients_accesslog"]


def test_the_application_reads_seals_and_writes_none(db: None):
    with connection.cursor() as cursor:
        for statement in ("DELETE FROM clinic_dayseal", "UPDATE clinic_dayseal SET head = 'x'"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(f"SET LOCAL ROLE app; {statement}")


def test_sessions_events_say_when_the_table_got_them(trail: None):
    assert all(each.written_at.date() == datetime.now(UTC).date() for each in SessionEvent.objects.all())
