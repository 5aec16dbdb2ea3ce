"""The second line of defence: what the database shows the application's role in each scope, table by table."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError, connection, connections, models, transaction
from pytest_django import DjangoDbBlocker

from clinic.base import scope
from clinic.base.access import scope_of
from clinic.celery import app as celery
from clinic.models import Location, Post, StaffMember, User
from patients.models import EmergencyAccess, Patient
from scheduling import tasks
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.models import AdverseEvent, Course, Message, Proposal, Session
from tests.databases import shared_rows
from tests.elsewhere import NAME, Lisboa, open_lisboa
from tests.factories import NOW, TODAY, PatientFactory, StaffFactory, aventino

pytestmark = [pytest.mark.xdist_group("rows"), pytest.mark.django_db]

EXEMPT = {
    "scheduling_booking": "ids and times: whether people, rooms and patients are free is known at every place",
    "scheduling_bookingevent": "the history of ids and times",
}


def lead_to_a_patient() -> dict[str, type[models.Model]]:
    """Every table from which foreign keys lead to a patient, history and tables between two others included."""
    found: dict[type[models.Model], str] = {Patient: Patient._meta.db_table}
    while True:
        more = {
            model: model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if model not in found and any(field.related_model in found for field in model._meta.concrete_fields)
        }
        if not more:
            return {table: model for model, table in found.items()}
        found |= more


TABLES = sorted(lead_to_a_patient().keys() - EXEMPT)


def test_every_table_that_leads_to_a_patient_has_one_policy_or_a_reason_for_none():
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid)
            FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace
        """)
        found = {name: rest for name, *rest in cursor.fetchall()}
    assert found == {table: [False, 1] for table in TABLES}
    assert EXEMPT.keys() <= lead_to_a_patient().keys()


# --- the tables -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lisboa(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Lisboa]:
    """A patient of Lisboa with a row in every table, and the clinic in Rome without any."""
    with shared_rows(django_db_blocker):
        aventino()
        found = open_lisboa()
        for model in lead_to_a_patient().values():
            if not model._default_manager.exists() and not model._meta.auto_created:
                filled(model, found)
        yield found


ODD: dict[str, dict[str, Any]] = {
    "patients_merge": {"before": {}},
    "patients_measurement": {"level": ""},
    "scheduling_pricetold": {"currency": "EUR"},
    "scheduling_drawnup": {"reason": "None other"},
}


def filled(model: type[models.Model], lisboa: Lisboa) -> None:
    """A row about the patient of Lisboa whose other fields say as little as may be."""
    named = {
        Patient: lisboa.patient,
        User: lisboa.practitioner,
        Location: lisboa.location,
        Session: Session.objects.get(pk=lisboa.ids["session_id"]),
        Course: Course.objects.get(pk=lisboa.ids["course_id"]),
    }
    plain = {models.DateTimeField: NOW, models.DateField: TODAY, models.DecimalField: Decimal(1)}
    given: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default() or (field.null and field.name != "session"):
            continue
        if field.is_relation:
            there = named.get(field.related_model) or field.related_model._default_manager.earliest("pk")  # type: ignore[arg-type,union-attr]
            given[field.name] = PatientFactory(at=[lisboa.location]) if field.name == "retired" else there
        elif type(field) in plain:
            given[field.name] = plain[type(field)]  # type: ignore[index]
        elif field.choices:
            given[field.name] = field.choices[0][0]  # type: ignore[index]
        else:
            given[field.name] = field.name if isinstance(field, models.CharField | models.TextField) else 1
    model._default_manager.create(**given | ODD.get(model._meta.db_table, {}))


@contextmanager
def as_app(wanted: str) -> Iterator[Any]:
    """A cursor with the rights of the application, in a scope; nothing that was done stays."""
    with transaction.atomic(), scope.of(wanted), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE app")
        yield cursor
        transaction.set_rollback(True)


def shown(table: str, wanted: str) -> bool:
    with as_app(wanted) as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        return bool(cursor.fetchone()[0])


def faults(table: str, lisboa: Lisboa) -> list[str]:
    """In which scopes a table shows what it should not, or hides what it should show."""
    strangers = [StaffFactory(location=Location.objects.get(name="Aventino")).user, PatientFactory(at=[]).user]
    must = {scope.WHOLE: True, scope_of(lisboa.director): True, scope.NOBODY: False}
    must |= {scope_of(each): False for each in strangers if each}
    return [wanted or "nobody" for wanted, right in must.items() if shown(table, wanted) is not right]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_shows_its_rows_to_their_place_and_to_nobody_else(lisboa: Lisboa, table: str):
    assert faults(table, lisboa) == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("undone", ["DROP POLICY scope ON {}", "ALTER TABLE {} DISABLE ROW LEVEL SECURITY"])
def test_without_its_policy_a_table_shows_something_else(lisboa: Lisboa, table: str, undone: str):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(undone.format(table))
        assert faults(table, lisboa)
        transaction.set_rollback(True)


def test_a_patient_sees_what_is_about_them(lisboa: Lisboa):
    own = scope_of(lisboa.patient.user)
    of_staff = {"scheduling_replan", "scheduling_sharpsinjury", "scheduling_sharpsinjuryevent", "scheduling_importline"}
    assert {table for table in TABLES if not shown(table, own)} == of_staff


# --- the scope ------------------------------------------------------------------------------------------------------


def names(wanted: str | None = None) -> set[str]:
    """The patients whom the application is shown, in the scope we are in or in another one."""
    with as_app(scope.current() if wanted is None else wanted) as cursor:
        cursor.execute("SELECT family_name FROM patients_patient")
        return {name for (name,) in cursor.fetchall()}


def told() -> str:
    """The scope that the server has, as the policies read it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_to_string(clinic_scope(), ':')")
        return cursor.fetchone()[0] or ""


def test_a_scope_ends_with_its_block_and_after_an_error(lisboa: Lisboa):
    inside = scope_of(lisboa.desk)
    with suppress(ZeroDivisionError), scope.of(inside), transaction.atomic():
        assert told() == inside
        raise ZeroDivisionError
    assert (scope.current(), told(), names()) == (scope.NOBODY, "", set())
    with scope.of(inside), suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert told() == ""


def test_what_a_rollback_takes_back_is_told_again(lisboa: Lisboa):
    with scope.whole():
        told()
        with suppress(ZeroDivisionError), transaction.atomic():
            with scope.of(scope_of(lisboa.desk)):
                told()
            raise ZeroDivisionError
        assert told() == scope.WHOLE
        with scope.of(scope_of(lisboa.desk)):
            with suppress(ZeroDivisionError), transaction.atomic():
                told()
                raise ZeroDivisionError
            assert told() == scope_of(lisboa.desk)


def test_a_thread_of_a_pool_begins_with_nobody_whoever_it_served_before(lisboa: Lisboa):
    def serve(wanted: str) -> tuple[str, str]:
        with scope.of(wanted):
            return scope.current(), told()

    def begin() -> tuple[str, str]:
        return scope.current(), told()

    with scope.whole(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(serve, "staff:1:front_desk").result() == ("staff:1:front_desk",) * 2
        assert pool.submit(begin).result() == (scope.NOBODY, "")
        pool.submit(connections.close_all).result()


def test_what_runs_after_commit_has_the_scope_of_whoever_runs_it(
    lisboa: Lisboa, django_capture_on_commit_callbacks: Callable[..., Any]
):
    seen: list[set[str]] = []
    with django_capture_on_commit_callbacks(execute=True), scope.of(scope_of(lisboa.desk)):
        transaction.on_commit(lambda: seen.append(names()))
        assert NAME in names()
    assert seen == [set()]


def test_a_task_after_one_of_another_place_sees_its_own(lisboa: Lisboa):
    rome = StaffFactory(location=Location.objects.get(name="Aventino")).user
    ours = PatientFactory(at=[rome.staff.location], family_name="Ours")
    first, second = scope.of(scope_of(lisboa.desk))(names), scope.of(scope_of(rome))(names)
    assert (NAME in first(), second(), names()) == (True, {ours.family_name}, set())


def test_an_ended_post_and_an_emergency_that_ran_out_show_nothing_whatever_is_claimed(lisboa: Lisboa):
    doctor = StaffFactory(location=Location.objects.get(name="Aventino"), role="practitioner").user
    claimed = scope_of(doctor)
    post = Post.objects.create(staff=doctor.staff, location=lisboa.location, role="practitioner")
    assert NAME in names(claimed)
    post.delete()
    assert names(claimed) == set()
    now = datetime.now(UTC)
    given = {"patient": lisboa.patient, "by": doctor, "reason": "Faint"}
    opened = EmergencyAccess.objects.create(**given, opened_at=now, until=now + timedelta(hours=1))
    assert names(claimed) == {NAME}
    assert names(scope.staff(doctor.pk, "front_desk")) == set()
    over = {"opened_at": now - timedelta(hours=3), "until": now - timedelta(hours=1)}
    EmergencyAccess.objects.filter(pk=opened.pk).update(**over)
    assert names(claimed) == set()
    StaffMember.objects.filter(pk=doctor.staff.pk).update(everywhere=True)
    assert NAME in names(claimed)
    StaffMember.objects.filter(pk=doctor.staff.pk).update(active=False)
    assert names(claimed) == set()


def test_nothing_is_written_about_a_patient_of_another_place(lisboa: Lisboa):
    rome = scope_of(StaffFactory(location=Location.objects.get(name="Aventino")).user)
    written = "INSERT INTO patients_accesslog (patient_id, user_id, at, what, db_role) VALUES (%s, %s, now(), 'x', '')"
    with pytest.raises(DatabaseError, match="row-level security"), as_app(rome) as cursor:
        cursor.execute(written, [lisboa.patient.pk, lisboa.desk.pk])
    with as_app(rome) as cursor:
        cursor.execute("UPDATE patients_patient SET phone = '+390000'")
        assert cursor.rowcount == 0


def test_search_answers_within_the_scope_and_duplicates_in_no_more_than_what_agrees(lisboa: Lisboa):
    rome = scope_of(StaffFactory(location=Location.objects.get(name="Aventino")).user)
    words = f"'{NAME.lower()}'"
    for wanted, many in ((scope.NOBODY, 0), (rome, 0), (scope_of(lisboa.desk), 1), (scope.WHOLE, 1)):
        with as_app(wanted) as cursor:
            cursor.execute("SELECT patients_found(%s, NULL, NULL, NULL, NULL, NULL)", [words])
            assert len(cursor.fetchall()) == many
    with as_app(rome) as cursor:
        cursor.execute(
            "SELECT patient_id, same FROM patients_alike('{NULL}', %s, '{NULL}', '{NULL}', '{NULL}')",
            [[f"eva {NAME.lower()}"]],
        )
        assert cursor.fetchall() == [(lisboa.patient.pk, ["name"])]


# --- tasks ----------------------------------------------------------------------------------------------------------


def test_every_task_about_patients_names_its_scope():
    celery.loader.import_default_modules()
    tasks = {name: task.run for name, task in celery.tasks.items() if name.startswith(("scheduling.", "patients."))}
    assert len(tasks) > 10
    assert [name for name, run in tasks.items() if not hasattr(run, "__wrapped__")] == []


def test_the_clocks_tasks_do_their_work_with_the_rights_of_the_application(
    lisboa: Lisboa, settings: Any, mailoutbox: list[Any]
):
    """A scope that is too narrow would lose reminders and schedules without a word."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    due = Message.objects.filter(channel="email", status="scheduled", patient=lisboa.patient)
    assert due.exists()
    first = min(due.values_list("due_at", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE app")
        with time_machine.travel(first, tick=False):
            with scope.whole():
                dispatch_due(now=first)  # the task goes by the clock of the database
            for task in (tasks.dispatch_messages, tasks.sweep_proposals, tasks.judge_changed, tasks.escalate_reactions):
                task.run()
        cursor.execute("RESET ROLE")
        assert mailoutbox
        assert not Proposal.objects.filter(pk=lisboa.ids["proposal_id"], status="queued").exists()
        assert AdverseEvent.objects.get(pk=lisboa.ids["event_id"]).escalated_at
        transaction.set_rollback(True)
