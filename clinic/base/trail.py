"""The trail: every insert, change and deletion of a tracked table, written by the database and by nobody else.

    @tracked()
    class Course(models.Model): ...

The triggers' functions belong to the owner of the database and run as the owner (SECURITY DEFINER), so the role of the
application needs no right on the history but to read it, and there is no setting that makes them stay silent. Nobody
else may use the functions: on a table of one's own they would write whatever history one likes.
"""

from collections.abc import Callable
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory.trigger import Event
from pgtrigger import compiler


class TrailSql(compiler.UpsertTriggerSql):
    """What a migration runs for one trigger. Migrations name this class: change it by a new class, never in place."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger
                LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
                AS $$ {declare} BEGIN {func} END; $$;
            REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid} {when} {operation} ON {table} {timing} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
            SELECT clinic_close_trail();
        """


class TrailEvent(Event):
    """pghistory's trigger with our function around it, and a context that is written once and never changed."""

    def get_func(self, model: models.Model) -> pgtrigger.Func:  # the class: pgtrigger describes it as a row
        return pgtrigger.Func(super().get_func(model).func.replace("_pgh_attach_context()", "clinic_trail_context()"))

    def compile(self, model: models.Model) -> compiler.Trigger:
        plain = super().compile(model).sql
        kept = {name: value for name, value in plain.kwargs.items() if name != "ignore_func_name"}
        return compiler.Trigger(name=self.name, sql=TrailSql(**kept))


class _Written:
    """A tracker whose trigger is ours."""

    def add_event_trigger(self: Any, event_model: Any) -> None:
        trigger = TrailEvent(
            event_model=event_model,
            label=self.label,
            name=self.trigger_name,
            row=self.row,
            operation=self.operation,
            condition=self.condition,
            level=self.level,
        )
        pgtrigger.register(trigger)(event_model.pgh_tracked_model)


class Inserted(_Written, pghistory.InsertEvent):
    pass


class Updated(_Written, pghistory.UpdateEvent):
    pass


class Deleted(_Written, pghistory.DeleteEvent):
    pass


def tracked(*, level: Any = pgtrigger.Row, **options: Any) -> Callable[[Any], Any]:
    """Keep the history of a model. `level=pghistory.Statement` for tables that are written many rows at a time."""
    track: Callable[[Any], Any] = pghistory.track(
        Inserted(level=level), Updated(level=level), Deleted(level=level), **options
    )
    return track
