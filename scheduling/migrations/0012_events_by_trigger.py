"""What happened to a visit is written by the database when it happens, as the owner and without a switch.

Whoever changes visits says beforehand, in the setting `clinic.said`, which verb it is, who acts and why: {verb, at, by,
reason, from: {id: status}, details: {id or "new": detail}}. A change of state or revision that nobody said anything about is
written all the same, as `change`. What is said about a visit without changing it (confirmed, the answer to a late visit)
comes through one function that knows these verbs alone.
"""

from django.db import migrations

EVENTS = """
CREATE FUNCTION scheduling_write_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said jsonb := COALESCE(NULLIF(current_setting('clinic.said', true), ''), '{}')::jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "scheduling_sessionevent" (session_id, verb, from_status, to_status, at, by_id, reason, detail)
        SELECT session.id, said->>'verb', COALESCE(said->'from'->>session.id::text, 'planned'), session.status,
            (said->>'at')::timestamptz, (said->>'by')::bigint, said->>'reason',
            COALESCE(said->'details'->session.id::text, said->'details'->'new')
        FROM new_rows AS session WHERE said->'details' ? session.id::text
            OR (said->'details' ? 'new' AND session.status <> 'planned') ORDER BY session.id;
    ELSE
        INSERT INTO "scheduling_sessionevent" (session_id, verb, from_status, to_status, at, by_id, reason, detail)
        SELECT session.id, mine->>'verb', before.status, session.status,
            COALESCE((mine->>'at')::timestamptz, now()), (mine->>'by')::bigint, COALESCE(mine->>'reason', ''),
            COALESCE(mine->'details'->session.id::text, '{}')
        FROM new_rows AS session JOIN old_rows AS before ON before.id = session.id,
            LATERAL (SELECT CASE WHEN said->'details' ? session.id::text
                THEN said ELSE '{"verb": "change"}'::jsonb END AS mine) AS told
        WHERE session.status <> before.status OR session.revision <> before.revision ORDER BY session.id;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION scheduling_write_events() FROM PUBLIC;
CREATE TRIGGER write_events_of_new AFTER INSERT ON scheduling_session REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION scheduling_write_events();
CREATE TRIGGER write_events AFTER UPDATE ON scheduling_session REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION scheduling_write_events();

CREATE FUNCTION scheduling_say(about bigint, what text, at timestamptz, by_id bigint, reason text, detail jsonb)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF what NOT IN ('confirm', 'late_policy') THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied: the database itself writes ' || what;
    END IF;
    INSERT INTO "scheduling_sessionevent" (session_id, verb, from_status, to_status, at, by_id, reason, detail)
    SELECT id, what, status, status, scheduling_say.at, scheduling_say.by_id, scheduling_say.reason,
        scheduling_say.detail FROM scheduling_session WHERE id = about;
END $$;
SELECT clinic_only_read('scheduling_sessionevent');
"""
NONE = """
DROP FUNCTION scheduling_say(bigint, text, timestamptz, bigint, text, jsonb);
DROP TRIGGER write_events ON scheduling_session;
DROP TRIGGER write_events_of_new ON scheduling_session;
DROP FUNCTION scheduling_write_events();
SELECT clinic_only_add('scheduling_sessionevent');
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_session_events_are_kept")]

    operations = [migrations.RunSQL(EVENTS, NONE)]
