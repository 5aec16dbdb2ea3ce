"""What happened to a visit: added to and never changed, with an instant that the table sets itself."""

import django.db.models.functions.datetime
from django.db import migrations, models

STAMP = """
CREATE FUNCTION scheduling_stamp_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION scheduling_stamp_event(), scheduling_close_calendars() FROM PUBLIC;
CREATE TRIGGER stamp_event BEFORE INSERT ON scheduling_sessionevent
    FOR EACH ROW EXECUTE FUNCTION scheduling_stamp_event();
SELECT clinic_only_add('scheduling_sessionevent');
"""
NONE = """
DROP TRIGGER stamp_event ON scheduling_sessionevent;
DROP FUNCTION scheduling_stamp_event();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0006_trail"), ("scheduling", "0010_trail")]

    operations = [
        migrations.AddField(
            "sessionevent",
            "written_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.RunSQL(STAMP, NONE),
    ]
