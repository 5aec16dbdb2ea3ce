"""A location that plans a visit or a course treats the patient from then on: the database holds it, since the row
policies go by it (docs/adr/0013-rows.md)."""

from django.db import migrations

BELONG = """
CREATE FUNCTION scheduling_belongs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        INSERT INTO public.patients_patientlocation (patient_id, location_id, asked, added_at)
        VALUES (NEW.patient_id, NEW.location_id, false, now()) ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO public.patients_patientlocation (patient_id, location_id, asked, added_at)
        SELECT DISTINCT patient_id, location_id, false, now() FROM new_rows
        ORDER BY patient_id, location_id ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION scheduling_belongs() FROM PUBLIC;
INSERT INTO patients_patientlocation (patient_id, location_id, asked, added_at)
    SELECT patient_id, location_id, false, now() FROM scheduling_session
    UNION SELECT patient_id, location_id, false, now() FROM scheduling_course ON CONFLICT DO NOTHING;
"""
ON_TABLE = """
CREATE TRIGGER belongs AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION scheduling_belongs();
CREATE TRIGGER belongs_elsewhere AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (OLD.patient_id <> NEW.patient_id OR OLD.location_id <> NEW.location_id)
    EXECUTE FUNCTION scheduling_belongs();
"""
OFF_TABLE = "DROP TRIGGER belongs ON {table}; DROP TRIGGER belongs_elsewhere ON {table};"
TABLES = ("scheduling_session", "scheduling_course")


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0035_late_times_of_a_batch")]

    operations = [
        migrations.RunSQL(BELONG, "DROP FUNCTION scheduling_belongs();"),
        *(migrations.RunSQL(ON_TABLE.format(table=each), OFF_TABLE.format(table=each)) for each in TABLES),
    ]
