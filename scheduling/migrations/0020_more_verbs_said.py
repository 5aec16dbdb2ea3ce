"""Three more things may be said about a visit that change nothing of its row (D38, D39, D41)."""

from django.db import migrations

SAY = """
CREATE OR REPLACE FUNCTION scheduling_say(
    about bigint, what text, at timestamptz, by_id bigint, reason text, detail jsonb)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF what NOT IN ({verbs}) THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied: the database itself writes ' || what;
    END IF;
    INSERT INTO "scheduling_sessionevent" (session_id, verb, from_status, to_status, at, by_id, reason, detail)
    SELECT id, what, status, status, scheduling_say.at, scheduling_say.by_id, scheduling_say.reason,
        scheduling_say.detail FROM scheduling_session WHERE id = about;
END $$;
"""
BEFORE = "'confirm', 'late_policy'"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0019_reactions_hold_courses")]

    operations = [
        migrations.RunSQL(SAY.format(verbs=f"{BEFORE}, 'see_reactions', 'sign', 'addendum'"), SAY.format(verbs=BEFORE))
    ]
