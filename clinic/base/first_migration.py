"""The first migration of an app: all its tables at once, from their final state.

Django renders every model anew after each operation; with three hundred operations and triggers on most tables that
takes minutes. Here the state is built first and rendered once, so a model may name one that is made after it: foreign
keys are added when all tables are there.
"""

from typing import Any

from django.db import migrations
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class FirstMigration(migrations.Migration):
    """For whole models (CreateModel), AddTrigger and RunSQL alone: a later AddField would find its column there."""

    def apply(self, project_state: ProjectState, schema_editor: Any, collect_sql: bool = False) -> ProjectState:
        state, tables = unrendered(project_state), unrendered(project_state)
        for operation in self.operations:
            operation.state_forwards(self.app_label, state)
            if not isinstance(operation, AddTrigger):  # else each table would be made with its triggers already
                operation.state_forwards(self.app_label, tables)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, tables)
        return state


def unrendered(state: ProjectState) -> ProjectState:
    """Rendered models would be rendered anew for each operation."""
    found = state.clone()
    found.__dict__.pop("apps", None)
    return found
