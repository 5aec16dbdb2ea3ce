"""A table, some rows, and time enough to be killed in between."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE TABLE late_thing (id int)", "DROP TABLE late_thing"),
        migrations.RunSQL("INSERT INTO late_thing VALUES (1)", ""),
        migrations.RunSQL("SELECT pg_sleep(3)", ""),
        migrations.RunSQL("INSERT INTO late_thing VALUES (2)", ""),
    ]
