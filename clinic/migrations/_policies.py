"""Row policies: which rows of a table the database shows, and takes, in the scope of whoever asks.

A migration gives each table that leads to a patient one of these (docs/adr/0013-rows.md). They bind the role of the
application; the owner of the tables, who migrates, seals and backs up, is not bound. `{row}` is the table itself.
Migrations name these: change one by a new function, never in place.
"""

from django.db.migrations import RunSQL

ALL, PLACES, PEOPLE = "(SELECT clinic_sees_all())", "(SELECT clinic_places())", "(SELECT patients_seen())"


def of_patient(column: str = "patient_id") -> str:
    """Rows about the patients of one's places, those opened in an emergency, and one's own."""
    return f"{of_row('patients_patientlocation', column, 'patient_id')} OR {of_person(column)}"


def of_person(column: str = "patient_id") -> str:
    return f"{{row}}.{column} = ANY ({PEOPLE}::bigint[])"


def of_place(column: str = "location_id") -> str:
    """Rows of one's places."""
    return f"{ALL} OR {{row}}.{column} = ANY ({PLACES}::bigint[])"


def of_row(table: str, column: str, key: str = "id") -> str:
    """Rows that are shown with a row of another table, to whose `key` their `column` leads.

    OFFSET 0 makes the database look each one up; else it reads all of the other table first, for a list of thirty.
    """
    above = f"SELECT FROM {table} above WHERE above.{key} = {{row}}.{column} OFFSET 0"  # names of ours
    return f"{ALL} OR EXISTS ({above})"


def policy(table: str, shown: str) -> RunSQL:
    """One policy a table, for reading and writing alike."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f" CREATE POLICY scope ON {table} USING ({shown.format(row=table)});",
        f"DROP POLICY scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )
