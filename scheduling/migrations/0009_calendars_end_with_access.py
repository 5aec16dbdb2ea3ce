"""The secret address of a calendar ends with any change of its owner's access, and giving it back revives none."""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION scheduling_close_calendars() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.patients_patient SET calendar_digest = ''
        WHERE user_id = NEW.id AND calendar_digest <> '';
    UPDATE public.scheduling_practitioner practitioner SET calendar_digest = ''
        FROM public.clinic_staffmember staff
        WHERE staff.id = practitioner.staff_id AND staff.user_id = NEW.id AND practitioner.calendar_digest <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER close_calendars AFTER UPDATE ON clinic_user FOR EACH ROW
    WHEN (OLD.access_version IS DISTINCT FROM NEW.access_version) EXECUTE FUNCTION scheduling_close_calendars();
"""
NONE = """
DROP TRIGGER close_calendars ON clinic_user;
DROP FUNCTION scheduling_close_calendars();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0004_access_version"),
        ("patients", "0003_phone_trigrams"),
        ("scheduling", "0008_bounded_repeats"),
    ]

    operations = [migrations.RunSQL(TRIGGER, NONE)]
