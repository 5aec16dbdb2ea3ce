"""Which places the scope of a session opens: what the row policies ask (docs/adr/0013-rows.md)."""

from django.db import migrations

SCOPE = """
CREATE FUNCTION clinic_scope() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.string_to_array(NULLIF(pg_catalog.current_setting('clinic.scope', true), ''), ':')
$$;

CREATE FUNCTION clinic_sees_all() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text[] := public.clinic_scope();
BEGIN
    IF said[1] = 'staff' THEN
        RETURN EXISTS (
            SELECT FROM public.clinic_staffmember
            WHERE user_id = said[2]::bigint AND active AND everywhere AND role = said[3]
        );
    END IF;
    RETURN COALESCE(said[1] = 'whole', false);
END $$;

CREATE FUNCTION clinic_places() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text[] := public.clinic_scope();
BEGIN
    IF said[1] = 'staff' THEN
        RETURN ARRAY(
            SELECT location_id FROM public.clinic_staffmember
            WHERE user_id = said[2]::bigint AND active AND role = said[3]
            UNION ALL
            SELECT post.location_id FROM public.clinic_post post
            JOIN public.clinic_staffmember staff ON staff.id = post.staff_id
            WHERE staff.user_id = said[2]::bigint AND staff.active AND post.role = said[3]
        );
    END IF;
    RETURN '{}';
END $$;
"""
NO_SCOPE = "DROP FUNCTION clinic_places(), clinic_sees_all(), clinic_scope();"


class Migration(migrations.Migration):
    dependencies = [("clinic", "0012_leaving")]

    operations = [migrations.RunSQL(SCOPE, NO_SCOPE)]
