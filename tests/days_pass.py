"""Let days pass in a clinic of real processes, whose clock nobody can move: every day and time in it lies earlier."""

from datetime import timedelta

from django.db import connection, transaction

from tests.stack import Stack

# Days and times that are no part of what happens to patients: who is signed in, what was migrated and loaded.
STAYS = ("django_", "protocols_", "account_", "clinic_")
COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY column_name)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
AND column_name <> 'birth_date' AND data_type IN ('date', 'timestamp with time zone')
GROUP BY table_name
"""


def days_pass(stack: Stack, days: int) -> None:
    """As the owner of the tables, with triggers off: nothing of it is an act of anybody."""
    with stack.records(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, columns in cursor.fetchall():
            if not table.startswith(STAYS):
                earlier = ", ".join(f'"{name}" = "{name}" - %(by)s' for name in columns)
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
                cursor.execute(f'UPDATE "{table}" SET {earlier}', {"by": timedelta(days=days)})
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
