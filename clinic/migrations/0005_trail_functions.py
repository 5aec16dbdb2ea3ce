"""What the triggers of the trail call (clinic.base.trail), and the end of the application's rights on the history."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION clinic_trail_context() RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known uuid := NULLIF(current_setting('pghistory.context_id', true), '')::uuid;
    said jsonb := NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb;
BEGIN
    IF known IS NULL OR said IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (known, said, now(), now())
        ON CONFLICT (id) DO NOTHING;
    RETURN known;
END $$;
REVOKE ALL ON FUNCTION clinic_trail_context() FROM PUBLIC;

-- Everybody but the owner may read a table of the trail and nothing else.
CREATE FUNCTION clinic_only_read(closed regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    holder record;
BEGIN
    FOR holder IN
        SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = closed AND grantee <> relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', closed,
            CASE holder.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(holder.grantee)) END);
        IF holder.grantee <> 0 THEN
            EXECUTE format('GRANT SELECT ON %s TO %I', closed, pg_get_userbyid(holder.grantee));
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION clinic_only_read(regclass) FROM PUBLIC;

CREATE FUNCTION clinic_close_trail() RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT clinic_only_read(attrelid::regclass) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    WHERE attname = 'pgh_label' AND NOT attisdropped
    UNION ALL SELECT clinic_only_read('pghistory_context'::regclass);
$$;
REVOKE ALL ON FUNCTION clinic_close_trail() FROM PUBLIC;

-- Everybody but the owner may read a table and add to it.
CREATE FUNCTION clinic_only_add(kept regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    holder record;
BEGIN
    FOR holder IN
        SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = kept AND grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', kept, pg_get_userbyid(holder.grantee));
        EXECUTE format('GRANT SELECT, INSERT ON %s TO %I', kept, pg_get_userbyid(holder.grantee));
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION clinic_only_add(regclass) FROM PUBLIC;

-- On a table of one's own these would end anybody's access.
REVOKE ALL ON FUNCTION clinic_access_of_user(), clinic_access_of_staff() FROM PUBLIC;
"""
NONE = """
DROP FUNCTION clinic_only_add(regclass);
DROP FUNCTION clinic_close_trail();
DROP FUNCTION clinic_only_read(regclass);
DROP FUNCTION clinic_trail_context();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0004_access_version"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunSQL(FUNCTIONS, NONE)]
