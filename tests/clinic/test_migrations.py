"""A new database is made in few steps; one that has run the older, smaller steps goes on from where it is."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_a_database_of_the_smaller_steps_has_nothing_to_run() -> None:
    assert MigrationRecorder(connection).migration_qs.filter(name__contains="squashed").delete()[0] == 4
    assert steps_left() == []


def test_a_database_in_the_midst_of_the_smaller_steps_runs_the_rest_of_them() -> None:
    recorded = MigrationRecorder(connection).migration_qs.filter(app="clinic")
    recorded.filter(name__contains="squashed").delete()
    later = sorted(recorded.filter(name__gte="0008").values_list("name", flat=True))
    assert later[0] == "0008_emergency_kit"
    recorded.filter(name__in=later).delete()
    assert steps_left() == [("clinic", name) for name in later]


def steps_left() -> list[tuple[str, str]]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(step.app_label, step.name) for step, _ in plan]
