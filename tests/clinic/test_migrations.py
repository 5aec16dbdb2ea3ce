"""A new database is made in few steps; one that has run the older, smaller steps goes on from where it is."""

import os
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests.catalog import described
from tests.databases import connected, new_database

OURS = ("clinic", "patients", "protocols", "scheduling")
# Where clinics stand that were made by the first of these joined steps, of which they keep a record.
FIRST_JOINED = {
    "clinic": "0009_database_defaults",
    "patients": "0010_history_of_tests",
    "protocols": "0007_instruction_begins",
    "scheduling": "0025_course_judgement",
}
JUDGEMENT_FK = "scheduling_coursejud_course_id_fabfb53a_fk_schedulin"
FIRST_AFTER_THEM = [
    ("clinic", "0010_staff_link"),
    ("patients", "0011_names_and_phones"),
    ("scheduling", "0026_placed_volumes_drafts_and_sharps"),
]


@pytest.mark.django_db
def test_a_database_of_the_smaller_steps_has_nothing_to_run() -> None:
    assert MigrationRecorder(connection).migration_qs.filter(name__contains="squashed").delete()[0] == len(OURS)
    assert steps_left() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "first",
    [
        ("clinic", "0008_emergency_kit"),
        ("protocols", "0006_substance_classes"),
        ("patients", "0015_merged_records"),
        ("clinic", "0014_closing"),
        ("scheduling", "0042_seasonal_hours"),
    ],
)
def test_a_database_in_the_midst_of_the_smaller_steps_runs_the_rest_of_them(first: tuple[str, str]) -> None:
    left = back_before(first)
    assert first in left
    assert steps_left() == left


@pytest.mark.django_db
def test_a_clinic_of_the_first_joined_steps_runs_those_that_came_after() -> None:
    left = back_before(*FIRST_AFTER_THEM)
    for app, last in FIRST_JOINED.items():
        MigrationRecorder(connection).record_applied(app, f"0001_squashed_{last}")
    assert steps_left() == left


@pytest.mark.proof
def test_both_ways_end_in_the_same_database(django_db_blocker: DjangoDbBlocker) -> None:
    """The small steps, stopped where the first joined ones ended and taken up by `migrate`, beside the joined ones."""
    server = os.environ["DATABASE_URL"]
    joined_steps = new_database("joined_steps", server=server)
    with joined_steps as other, new_database("small_steps", server=server, template="template1") as address:
        with connected(address, django_db_blocker):
            executor = MigrationExecutor(connection)
            executor.loader = SmallSteps(connection)
            executor.migrate(list(FIRST_JOINED.items()))
            call_command("migrate", verbosity=0)
            assert steps_left() == []
        with psycopg.connect(address) as small, psycopg.connect(other) as joined:
            before, after = described(small), described(joined)
            assert counted(small) == counted(joined)
    before = {kind: sorted(map(renamed, found)) for kind, found in before.items()}
    only_one_way = {kind: {*before[kind]} ^ {*after[kind]} for kind in before}
    assert {kind: found for kind, found in only_one_way.items() if found} == {}
    assert before == after


def renamed(text: str) -> str:
    """A table was given another name; what Django had named after it kept the old one."""
    text = text.replace("scheduling_standing_course_id_b61d4c14_fk_scheduling_course_id", JUDGEMENT_FK)
    return text.replace("scheduling_standing_", "scheduling_coursejudgement_")


def counted(database: psycopg.Connection[Any]) -> dict[str, int]:
    """Table -> rows that the migrations put there."""
    names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    found = {name: database.execute(count.format(sql.Identifier(name))).fetchone() for (name,) in names}
    return {name: rows[0] for name, rows in found.items() if rows and name != "django_migrations"}


class SmallSteps(MigrationLoader):
    """Our migrations as if none of them had ever been joined."""

    def load_disk(self) -> None:
        super().load_disk()
        joined = [key for key, step in self.disk_migrations.items() if key[0] in OURS and step.replaces]
        for key in joined:
            del self.disk_migrations[key]


def back_before(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """As if these and all that lean on them were still to come; returns them, sorted."""
    recorded = MigrationRecorder(connection).migration_qs
    recorded.filter(app__in=OURS, name__contains="squashed").delete()
    graph = SmallSteps(None).graph
    left = {key for step in steps for key in graph.backwards_plan(step)}
    for app, name in left:
        assert recorded.filter(app=app, name=name).delete()[0] == 1
    return sorted(left)


def steps_left() -> list[tuple[str, str]]:
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return sorted((step.app_label, step.name) for step, _ in plan)
