"""The log of who opened what: added to and never changed; its instant and database role are the table's own."""

from django.db import migrations, models

STAMP = """
CREATE FUNCTION patients_stamp_access() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.db_role := session_user;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION patients_stamp_access() FROM PUBLIC;
CREATE TRIGGER stamp_access BEFORE INSERT ON patients_accesslog FOR EACH ROW EXECUTE FUNCTION patients_stamp_access();
SELECT clinic_only_add('patients_accesslog'), clinic_only_add('patients_screening');
"""
NONE = """
DROP TRIGGER stamp_access ON patients_accesslog;
DROP FUNCTION patients_stamp_access();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0006_trail"), ("patients", "0005_trail")]

    operations = [
        migrations.AddField(
            "accesslog",
            "db_role",
            models.CharField(blank=True, default="", editable=False, max_length=63),
            preserve_default=False,
        ),
        migrations.AddIndex("accesslog", models.Index(fields=["patient", "-at"], name="access_log_patient")),
        migrations.RunSQL(STAMP, NONE),
    ]
