"""Places, courses, visits, messages, records: all steps until now in one, for a new database."""

import datetime
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clinic.base.trail
import scheduling.models.booking
import scheduling.models.resources
from clinic.base.first_migration import FirstMigration
from clinic.migrations._policies import ALL, PLACES, of_patient, of_place, of_row, policy

CALENDARS = """
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
NO_CALENDARS = """
DROP TRIGGER close_calendars ON clinic_user;
DROP FUNCTION scheduling_close_calendars();
"""
EVENTS = """
CREATE FUNCTION scheduling_stamp_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION scheduling_stamp_event(), scheduling_close_calendars() FROM PUBLIC;
CREATE TRIGGER stamp_event BEFORE INSERT ON scheduling_sessionevent
    FOR EACH ROW EXECUTE FUNCTION scheduling_stamp_event();
SELECT clinic_only_add('scheduling_sessionevent');

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
    IF what NOT IN ('confirm', 'late_policy', 'see_reactions', 'sign', 'addendum') THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied: the database itself writes ' || what;
    END IF;
    INSERT INTO "scheduling_sessionevent" (session_id, verb, from_status, to_status, at, by_id, reason, detail)
    SELECT id, what, status, status, scheduling_say.at, scheduling_say.by_id, scheduling_say.reason,
        scheduling_say.detail FROM scheduling_session WHERE id = about;
END $$;
SELECT clinic_only_read('scheduling_sessionevent');
"""
NO_EVENTS = """
DROP FUNCTION scheduling_say(bigint, text, timestamptz, bigint, text, jsonb);
DROP TRIGGER write_events ON scheduling_session;
DROP TRIGGER write_events_of_new ON scheduling_session;
DROP FUNCTION scheduling_write_events();
SELECT clinic_only_add('scheduling_sessionevent');
DROP TRIGGER stamp_event ON scheduling_sessionevent;
DROP FUNCTION scheduling_stamp_event();
"""
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
AT_A_PLACE = [
    "session",
    "sessionhistory",
    "course",
    "courseevent",
    "message",
    "visitrequest",
    "visitrequestevent",
]  # by their place first: that costs least
OF_A_PATIENT = ["adverseevent", "adverseeventevent", "drawnup", "drawnupevent"]
OF_A_VISIT = ["deviation", "deviationevent", "lotalert", "lotalertevent", "recorddraft", "sessionevent"]
OF_A_COURSE = ["course_areas", "coursejudgement", "pricetold", "pricetoldevent", "proposal"]
COURSE, VISIT = "scheduling_course", "scheduling_session"
MINE = "me.id = {row}.injured_id AND me.user_id::text = (clinic_scope())[2]"
INJURY = f"{of_place()} OR EXISTS (SELECT FROM clinic_staffmember me WHERE {MINE})"  # ours
# Lines belong to the place that took them over.
OF_ITS_PLACE = (
    f"{ALL} OR EXISTS (SELECT FROM scheduling_import above WHERE above.id = {{row}}.of_id"
    f" AND above.location_id = ANY ({PLACES}::bigint[]) OFFSET 0)"
)


class Migration(FirstMigration):
    replaces = [
        ("scheduling", "0001_initial"),
        ("scheduling", "0002_performed_by_and_bounded_bookings"),
        ("scheduling", "0003_replan"),
        ("scheduling", "0004_message_location_needs_no_index"),
        ("scheduling", "0005_standing"),
        ("scheduling", "0006_history_by_statement"),
        ("scheduling", "0007_message_said_once"),
        ("scheduling", "0008_bounded_repeats"),
        ("scheduling", "0009_calendars_end_with_access"),
        ("scheduling", "0010_trail"),
        ("scheduling", "0011_session_events_are_kept"),
        ("scheduling", "0012_events_by_trigger"),
        ("scheduling", "0013_indexes_of_lists"),
        ("scheduling", "0014_consent_confirmed_and_talked_about"),
        ("scheduling", "0015_database_defaults"),
        ("scheduling", "0016_lots_without_a_place"),
        ("scheduling", "0017_products_and_lots"),
        ("scheduling", "0018_words_of_proposals"),
        ("scheduling", "0019_reactions_hold_courses"),
        ("scheduling", "0020_more_verbs_said"),
        ("scheduling", "0021_records_are_signed"),
        ("scheduling", "0022_history_of_records"),
        ("scheduling", "0023_late_infection_question"),
        ("scheduling", "0024_kinds_of_messages"),
        ("scheduling", "0025_course_judgement"),
        ("scheduling", "0026_placed_volumes_drafts_and_sharps"),
        ("scheduling", "0027_messages_by_hand"),
        ("scheduling", "0028_prices_told"),
        ("scheduling", "0029_patients_belong_to_places"),
        ("scheduling", "0030_hours_until_midnight"),
        ("scheduling", "0031_pauses_have_an_end"),
        ("scheduling", "0032_leaving"),
        ("scheduling", "0033_patients_ask"),
        ("scheduling", "0034_todo_marks"),
        ("scheduling", "0035_late_times_of_a_batch"),
        ("scheduling", "0036_visits_belong_to_a_place"),
        ("scheduling", "0037_rows_by_scope"),
        ("scheduling", "0038_times_are_offered"),
        ("scheduling", "0039_figures_of_a_practice"),
        ("scheduling", "0040_moving_in_and_out"),
        ("scheduling", "0041_lots_by_folded_number"),
        ("scheduling", "0042_seasonal_hours"),
    ]

    initial = True

    dependencies = [
        ("clinic", "0014_closing"),
        ("patients", "0020_levels_of_improvement"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("protocols", "0007_instruction_begins"),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="scheduling.device",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="scheduling.room",
                    ),
                ),
            ],
            options={
                "ordering": ["start", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))), name="absence_end_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("device", None), ("practitioner__isnull", False), ("room", None)),
                            models.Q(("device", None), ("practitioner", None), ("room__isnull", False)),
                            models.Q(("device__isnull", False), ("practitioner", None), ("room", None)),
                            _connector="OR",
                        ),
                        name="absence_of_exactly_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AbsenceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.device",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.absence",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.room",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Addendum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addenda",
                        to="scheduling.treatmentrecord",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="addendum_has_text_and_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(blank=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")],
                        default="mild",
                        max_length=10,
                    ),
                ),
                ("onset_at", models.DateTimeField()),
                ("worsening", models.BooleanField(default=False)),
                ("reported_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.staffmember",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
                        to="patients.patient",
                    ),
                ),
                (
                    "reaction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.expectedreaction",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
                        to="scheduling.session",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("substance", "A substance of the mix"),
                            ("anaesthetic", "The anaesthetic"),
                            ("antiseptic", "The antiseptic"),
                            ("material", "The material"),
                            ("technique", "The technique"),
                        ],
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision", models.TextField(blank=True)),
                ("stops", models.BooleanField(default=False)),
                (
                    "suspected",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.substance",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.treatmentarea",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="patients.photo",
                    ),
                ),
            ],
            options={
                "ordering": ["answer_by", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["answer_by"], name="adverse_event_open"
                    ),
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["patient"], name="adverse_event_of_patient"
                    ),
                    models.Index(
                        condition=models.Q(("decided_at", None), ("stops", True)),
                        fields=["patient"],
                        name="adverse_event_stops",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None), models.Q(("outcome", ""), _negated=True), _connector="OR"
                        ),
                        name="adverse_event_closed_with_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("decision", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="adverse_event_decision_written",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdverseEventEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("text", models.TextField(blank=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")],
                        default="mild",
                        max_length=10,
                    ),
                ),
                ("onset_at", models.DateTimeField()),
                ("worsening", models.BooleanField(default=False)),
                ("reported_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.staffmember",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.adverseevent",
                    ),
                ),
                (
                    "reaction",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.expectedreaction",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("substance", "A substance of the mix"),
                            ("anaesthetic", "The anaesthetic"),
                            ("antiseptic", "The antiseptic"),
                            ("material", "The material"),
                            ("technique", "The technique"),
                        ],
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision", models.TextField(blank=True)),
                ("stops", models.BooleanField(default=False)),
                (
                    "suspected",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.substance",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.treatmentarea",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.photo",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("session", "Visit"), ("hold", "Hold"), ("block", "Not available")],
                        default="session",
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("occupied_start", models.DateTimeField()),
                ("occupied_end", models.DateTimeField()),
                ("active", models.BooleanField(db_default=True, default=True)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "absence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="scheduling.absence",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="patients.patient",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="scheduling.device",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="scheduling.room",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "ordering": ["start", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("active", True), ("practitioner__isnull", False)),
                        fields=["practitioner", "occupied_start"],
                        include=("occupied_end",),
                        name="booking_by_practitioner",
                    ),
                    models.Index(
                        condition=models.Q(("active", True), ("room__isnull", False)),
                        fields=["room", "occupied_start"],
                        include=("occupied_end",),
                        name="booking_by_room",
                    ),
                    models.Index(
                        condition=models.Q(("active", True), ("device__isnull", False)),
                        fields=["device", "occupied_start"],
                        include=("occupied_end",),
                        name="booking_by_device",
                    ),
                    models.Index(condition=models.Q(("active", True)), fields=["start"], name="booking_by_start"),
                    models.Index(
                        condition=models.Q(("active", False), ("kind", "session")),
                        fields=["start"],
                        name="booking_freed",
                    ),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("active", True), ("patient__isnull", False)),
                        expressions=[("patient", "="), (scheduling.models.booking.Span("start", "end"), "&&")],
                        name="booking_patient_free",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("active", True), ("practitioner__isnull", False)),
                        expressions=[
                            ("practitioner", "="),
                            (scheduling.models.booking.Span("occupied_start", "occupied_end"), "&&"),
                        ],
                        name="booking_practitioner_free",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("active", True), ("room__isnull", False)),
                        expressions=[
                            ("room", "="),
                            (scheduling.models.booking.Span("occupied_start", "occupied_end"), "&&"),
                        ],
                        name="booking_room_free",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("active", True), ("device__isnull", False)),
                        expressions=[
                            ("device", "="),
                            (scheduling.models.booking.Span("occupied_start", "occupied_end"), "&&"),
                        ],
                        name="booking_device_free",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))), name="booking_end_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("occupied_end__gte", models.F("end")), ("occupied_start__lte", models.F("start"))
                        ),
                        name="booking_occupied_covers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "session"), _negated=True),
                            models.Q(
                                ("absence", None),
                                ("patient__isnull", False),
                                ("practitioner__isnull", False),
                                ("room__isnull", False),
                                ("session__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="booking_session_names_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "hold"), _negated=True),
                            models.Q(("held_until__isnull", False), ("practitioner__isnull", False)),
                            _connector="OR",
                        ),
                        name="booking_hold_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "block"), _negated=True),
                            models.Q(
                                ("patient", None),
                                ("session", None),
                                models.Q(
                                    ("practitioner__isnull", False),
                                    ("room__isnull", False),
                                    ("device__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="booking_block_names_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("active", True), ("session__isnull", False)),
                        fields=("session",),
                        name="booking_one_per_session",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "occupied_end__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("occupied_start"),
                                    "+",
                                    models.Value(datetime.timedelta(days=1, seconds=7200)),
                                ),
                            )
                        ),
                        name="booking_at_most_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BookingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("session", "Visit"), ("hold", "Hold"), ("block", "Not available")],
                        default="session",
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("occupied_start", models.DateTimeField()),
                ("occupied_end", models.DateTimeField()),
                ("active", models.BooleanField(db_default=True, default=True)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "absence",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.absence",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.booking",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.device",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.room",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ChannelTrouble",
            fields=[
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("call", "Phone call by the desk"),
                            ("letter", "Letter by post"),
                            ("in_person", "In person at the clinic"),
                            ("portal", "Patient page"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("since", models.DateTimeField()),
                ("resting_until", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Course",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counts", models.JSONField(default=dict)),
                ("intervals", models.JSONField(default=dict)),
                ("confirmed", models.BooleanField(default=False)),
                ("maintenance_months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("start_on", models.DateField()),
                ("preferences", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("on_hold", "On hold"),
                            ("completed", "Completed"),
                            ("revoked", "Closed early"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("status_reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("areas", models.ManyToManyField(related_name="courses", to="protocols.treatmentarea")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "delivery_device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "formulation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="protocols.formulation"
                    ),
                ),
                (
                    "indication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="protocols.indication"
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="clinic.location"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="patients.patient"
                    ),
                ),
                (
                    "protocol_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="protocols.protocolversion",
                    ),
                ),
                (
                    "technique",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="protocols.technique",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "held_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_courses",
                        to="scheduling.adverseevent",
                    ),
                ),
                ("times_kept_until", models.DateTimeField(blank=True, null=True)),
                ("ask_on", models.DateField(blank=True, null=True)),
                ("back_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["status", "-id"], name="course_by_status"),
                    models.Index(condition=models.Q(("status", "on_hold")), fields=["location"], name="course_on_hold"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["on_hold", "revoked"]), _negated=True),
                            models.Q(("status_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="course_stop_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("times_kept_until", None), ("status", "on_hold"), _connector="OR"),
                        name="course_times_kept_only_on_hold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ask_on", None), ("back_on", None)), ("status", "on_hold"), _connector="OR"
                        ),
                        name="course_back_only_from_hold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("intervals", models.JSONField(default=dict)),
                ("confirmed", models.BooleanField(default=False)),
                ("maintenance_months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("start_on", models.DateField()),
                ("preferences", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("on_hold", "On hold"),
                            ("completed", "Completed"),
                            ("revoked", "Closed early"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("status_reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivery_device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "formulation",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.formulation",
                    ),
                ),
                (
                    "indication",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.indication",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.course",
                    ),
                ),
                (
                    "protocol_version",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.protocolversion",
                    ),
                ),
                (
                    "technique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.technique",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "held_for",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.adverseevent",
                    ),
                ),
                ("times_kept_until", models.DateTimeField(blank=True, null=True)),
                ("ask_on", models.DateField(blank=True, null=True)),
                ("back_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CourseJudgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("judged_at", models.DateTimeField()),
                ("against", models.JSONField(default=list)),
                (
                    "course",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judgement", to="scheduling.course"
                    ),
                ),
            ],
            options={
                "ordering": ["course_id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("against", []), _negated=True), fields=["course"], name="judgement_against"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Deviation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("reason", models.TextField()),
                ("serious", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deviations", to="scheduling.session"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("acknowledged_at", None), ("serious", True)),
                        fields=["at"],
                        name="deviation_untold",
                    ),
                    models.Index(condition=models.Q(("serious", True)), fields=["at"], name="deviation_serious"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "code"), name="deviation_once_per_session"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="deviation_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at", None), ("acknowledged_by", None)),
                            models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="deviation_acknowledged_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("reason", models.TextField()),
                ("serious", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.deviation",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("active", models.BooleanField(default=True)),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="devices", to="clinic.location"
                    ),
                ),
            ],
            options={
                "ordering": ["location", "name", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("location", "name"), name="device_name_once_per_location")
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("active", models.BooleanField(default=True)),
                (
                    "kind",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.device",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DrawnUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("named", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("amount", models.DecimalField(decimal_places=3, max_digits=10)),
                ("unit", models.CharField(max_length=10)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "allergy_test",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn_up",
                        to="patients.allergytest",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn_up",
                        to="scheduling.session",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn_up",
                        to="scheduling.lot",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.product",
                    ),
                ),
                (
                    "folded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Upper("number"),
                        output_field=models.CharField(max_length=60),
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["folded", "-at"], name="drawn_up_by_folded_number")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("allergy_test__isnull", False), ("session", None)),
                            models.Q(("allergy_test", None), ("session__isnull", False)),
                            _connector="OR",
                        ),
                        name="drawn_up_for_one_act",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="drawn_up_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lot__isnull", False), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="drawn_up_lot_or_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DrawnUpEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("named", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("amount", models.DecimalField(decimal_places=3, max_digits=10)),
                ("unit", models.CharField(max_length=10)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "allergy_test",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.allergytest",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.drawnup",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.lot",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for you"),
                            ("queued", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("ready", "Done"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("built_by", models.CharField(blank=True, max_length=100)),
                ("requested_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("reason", models.CharField(max_length=200)),
                ("file", models.FileField(blank=True, upload_to="exports")),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                (
                    "fetched_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("progress__lte", 100)), name="export_progress_percent"),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 3)), name="export_attempts_end"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("status",),
                        name="export_one_at_a_time",
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="export_has_reason"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "ready"), _negated=True), ("expires_at__isnull", False), _connector="OR"
                        ),
                        name="export_ready_expires",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for you"),
                            ("queued", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("ready", "Done"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("reason", models.CharField(max_length=200)),
                ("file", models.FileField(blank=True, upload_to="exports")),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                (
                    "fetched_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.export",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for you"),
                            ("queued", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("ready", "Done"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("built_by", models.CharField(blank=True, max_length=100)),
                ("requested_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("name", models.CharField(max_length=120)),
                ("file", models.FileField(blank=True, upload_to="imports")),
                ("fingerprint", models.CharField(max_length=64)),
                ("encoding", models.CharField(max_length=20)),
                ("separator", models.CharField(max_length=1)),
                ("date_order", models.CharField(max_length=10)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("mapping", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("columns", "Columns"),
                            ("check", "Check"),
                            ("write", "Take over"),
                            ("undo", "Undo"),
                            ("given_up", "Given up"),
                        ],
                        default="columns",
                        max_length=10,
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("progress__lte", 100)), name="import_progress_percent"),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 3)), name="import_attempts_end"),
                    models.UniqueConstraint(
                        condition=models.Q(("step__in", ["undo", "given_up"]), _negated=True),
                        fields=("location", "fingerprint"),
                        name="import_of_a_file_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__lte", models.F("total"))), name="import_position_in_file"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for you"),
                            ("queued", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("ready", "Done"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("name", models.CharField(max_length=120)),
                ("file", models.FileField(blank=True, upload_to="imports")),
                ("fingerprint", models.CharField(max_length=64)),
                ("encoding", models.CharField(max_length=20)),
                ("separator", models.CharField(max_length=1)),
                ("date_order", models.CharField(max_length=10)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("mapping", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("columns", "Columns"),
                            ("check", "Check"),
                            ("write", "Take over"),
                            ("undo", "Undo"),
                            ("given_up", "Given up"),
                        ],
                        default="columns",
                        max_length=10,
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.import",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("same", "Already here"),
                            ("rejected", "Left out"),
                            ("stayed", "Stays after the undo"),
                            ("gone", "Undone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("external_id", models.CharField(blank=True, max_length=100)),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "allergies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("cells", models.JSONField(default=list)),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="scheduling.import"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="origins",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "ordering": ["line"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=["external_id"],
                        name="import_line_external",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["keys"], name="import_line_keys"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("of", "line"), name="import_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "rejected"), _negated=True),
                            models.Q(("reasons", []), _negated=True),
                            _connector="OR",
                        ),
                        name="import_line_left_out_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60, verbose_name="lot number")),
                ("expires_on", models.DateField(verbose_name="expires on")),
                ("received", models.DecimalField(decimal_places=3, max_digits=12)),
                ("left", models.DecimalField(decimal_places=3, max_digits=12)),
                (
                    "state",
                    models.CharField(
                        choices=[("in_use", "In use"), ("quarantined", "Quarantined"), ("recalled", "Recalled")],
                        default="in_use",
                        max_length=12,
                    ),
                ),
                ("state_reason", models.TextField(blank=True)),
                ("opened_on", models.DateField(blank=True, null=True)),
                ("received_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="clinic.location"
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="scheduling.product"
                    ),
                ),
            ],
            options={
                "ordering": ["product__name", "expires_on", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "location", "number"), name="lot_number_once"),
                    models.CheckConstraint(condition=models.Q(("number", ""), _negated=True), name="lot_has_number"),
                    models.CheckConstraint(
                        condition=models.Q(("left__gte", 0), ("left__lte", models.F("received"))),
                        name="lot_left_of_received",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "in_use"), models.Q(("state_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="lot_stopped_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LotAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.TextField()),
                ("reason", models.TextField()),
                ("raised_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lot_alerts", to="scheduling.session"
                    ),
                ),
            ],
            options={
                "ordering": ["raised_at", "id"],
                "indexes": [
                    models.Index(condition=models.Q(("seen_at", None)), fields=["raised_at"], name="lot_alert_open")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="lot_alert_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seen_at", None), ("seen_by", None)),
                            models.Q(("seen_at__isnull", False), ("seen_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="lot_alert_seen_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LotAlertEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("what", models.TextField()),
                ("reason", models.TextField()),
                ("raised_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.lotalert",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LotEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("number", models.CharField(max_length=60, verbose_name="lot number")),
                ("expires_on", models.DateField(verbose_name="expires on")),
                ("received", models.DecimalField(decimal_places=3, max_digits=12)),
                ("left", models.DecimalField(decimal_places=3, max_digits=12)),
                (
                    "state",
                    models.CharField(
                        choices=[("in_use", "In use"), ("quarantined", "Quarantined"), ("recalled", "Recalled")],
                        default="in_use",
                        max_length=12,
                    ),
                ),
                ("state_reason", models.TextField(blank=True)),
                ("opened_on", models.DateField(blank=True, null=True)),
                ("received_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.lot",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirmation", "Confirmation"),
                            ("cancellation", "Cancellation"),
                            ("aspirin", "Aspirin question"),
                            ("reminder", "Reminder"),
                            ("same_day", "Same-day check"),
                            ("aftercare", "After-care"),
                            ("check_24h", "Check-in after 24 hours"),
                            ("check_72h", "Check-in after 72 hours"),
                            ("late_2w", "Late infection, after 2 weeks"),
                            ("late_6w", "Late infection, after 6 weeks"),
                            ("late_12w", "Late infection, after 12 weeks"),
                            ("late_26w", "Late infection, after 26 weeks"),
                            ("reading_due", "Reading due"),
                            ("review_due", "Review due"),
                            ("maintenance_due", "Upkeep due"),
                            ("recall", "Recall of a product"),
                            ("slot_offer", "Offer of a free time"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("call", "Phone call by the desk"),
                            ("letter", "Letter by post"),
                            ("in_person", "In person at the clinic"),
                            ("portal", "Patient page"),
                        ],
                        max_length=10,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0)),
                ("dedupe_key", models.CharField(max_length=200)),
                ("context", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "Scheduled"),
                            ("sending", "Sending"),
                            ("handed_off", "Handed over"),
                            ("sent", "Sent"),
                            ("retry", "Will be tried again"),
                            ("failed", "Failed"),
                            ("unknown", "Not known whether it arrived"),
                            ("superseded", "Replaced"),
                            ("expired", "Too late"),
                        ],
                        db_default="scheduled",
                        default="scheduled",
                        max_length=12,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("handed_off_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("sent_by", models.CharField(blank=True, db_default="", max_length=100)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="scheduling.course",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="patients.patient"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="scheduling.session",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="clinic.location",
                    ),
                ),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("doubts", models.PositiveSmallIntegerField(db_default=0, default=0)),
            ],
            options={
                "ordering": ["due_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["failed", "unknown"])),
                        fields=["status"],
                        name="message_trouble",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["scheduled", "retry", "sending", "handed_off"])),
                        fields=["due_at"],
                        name="message_waiting",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("channel__in", ["call", "letter", "in_person"]),
                            ("status__in", ["scheduled", "retry", "failed"]),
                        ),
                        fields=["location", "due_at"],
                        name="message_by_hand_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dedupe_key", ""), _negated=True), name="message_dedupe_key_set"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                        ),
                        name="message_sent_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "sending"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="message_sending_has_lease",
                    ),
                    models.UniqueConstraint(fields=("dedupe_key",), name="message_said_once"),
                    models.CheckConstraint(condition=models.Q(("doubts__lte", 2)), name="message_repeated_once"),
                    models.CheckConstraint(
                        condition=models.Q(("channel", "call"), ("attempts__lte", 12), _connector="OR"),
                        name="message_attempts_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Practitioner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("experienced", models.BooleanField(default=False, verbose_name="experienced with nappage")),
                ("trained_on", models.DateField(blank=True, null=True, verbose_name="training recorded on")),
                ("active", models.BooleanField(default=True)),
                ("calendar_digest", models.CharField(blank=True, db_index=True, max_length=64)),
                (
                    "staff",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="practitioner",
                        to="clinic.staffmember",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="PractitionerEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("experienced", models.BooleanField(default=False, verbose_name="experienced with nappage")),
                ("trained_on", models.DateField(blank=True, null=True, verbose_name="training recorded on")),
                ("active", models.BooleanField(default=True)),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.staffmember",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PriceTold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("covers", models.CharField(max_length=300, verbose_name="what it covers")),
                ("told_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="scheduling.course"
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["told_at", "id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="price_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="price_currency_code"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("covers", ""), _negated=True), name="price_says_what_it_covers"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceToldEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("covers", models.CharField(max_length=300, verbose_name="what it covers")),
                ("told_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.course",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.pricetold",
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("gtin", models.CharField(blank=True, max_length=14, verbose_name="GTIN")),
                ("carrier", models.BooleanField(default=False, verbose_name="carrier")),
                ("unit", models.CharField(default="ml", max_length=10, verbose_name="unit")),
                (
                    "container",
                    models.CharField(
                        choices=[("single_dose", "Serves one patient"), ("multi_dose", "Multi-dose vial")],
                        default="single_dose",
                        max_length=12,
                        verbose_name="container",
                    ),
                ),
                ("most_per_session", models.DecimalField(blank=True, decimal_places=3, max_digits=10, null=True)),
                ("anaesthetic_mg_per_unit", models.DecimalField(decimal_places=3, default=Decimal(0), max_digits=8)),
                ("active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("ingredients", models.ManyToManyField(blank=True, related_name="products", to="protocols.substance")),
                (
                    "substance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.substance",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("name",), name="product_name_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("gtin", ""), _negated=True), fields=("gtin",), name="product_gtin_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("most_per_session", None), ("most_per_session__gt", 0), _connector="OR"),
                        name="product_maximum_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("anaesthetic_mg_per_unit__gte", 0)), name="product_anaesthetic_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("gtin", models.CharField(blank=True, max_length=14, verbose_name="GTIN")),
                ("carrier", models.BooleanField(default=False, verbose_name="carrier")),
                ("unit", models.CharField(default="ml", max_length=10, verbose_name="unit")),
                (
                    "container",
                    models.CharField(
                        choices=[("single_dose", "Serves one patient"), ("multi_dose", "Multi-dose vial")],
                        default="single_dose",
                        max_length=12,
                        verbose_name="container",
                    ),
                ),
                ("most_per_session", models.DecimalField(blank=True, decimal_places=3, max_digits=10, null=True)),
                ("anaesthetic_mg_per_unit", models.DecimalField(decimal_places=3, default=Decimal(0), max_digits=8)),
                ("active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.product",
                    ),
                ),
                (
                    "substance",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.substance",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("course_version", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being built"),
                            ("ready", "Ready"),
                            ("infeasible", "Does not fit"),
                            ("accepted", "Accepted"),
                            ("stale", "Out of date"),
                            ("failed", "Could not be built"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("allow_late", models.JSONField(default=list)),
                ("requested_at", models.DateTimeField()),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("built_by", models.CharField(blank=True, max_length=100)),
                ("cost", models.PositiveIntegerField(blank=True, null=True)),
                ("sessions", models.JSONField(default=list)),
                ("reasons", models.JSONField(default=list)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="proposals", to="scheduling.course"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=["requested_at"],
                        name="proposal_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("course",),
                        name="proposal_one_in_the_making",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("progress__lte", 100)), name="proposal_progress_percent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(
                                ("accepted_at__isnull", False), ("accepted_by__isnull", False), ("status", "accepted")
                            ),
                            _connector="OR",
                        ),
                        name="proposal_acceptance_complete",
                    ),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 3)), name="proposal_attempts_end"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicHoliday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("name", models.CharField(max_length=100)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="clinic.location"
                    ),
                ),
            ],
            options={
                "ordering": ["date"],
                "constraints": [models.UniqueConstraint(fields=("location", "date"), name="holiday_once_per_location")],
            },
        ),
        migrations.CreateModel(
            name="PublicHolidayEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("date", models.DateField()),
                ("name", models.CharField(max_length=100)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.publicholiday",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RecordDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField(default=dict)),
                ("number", models.PositiveIntegerField(default=1)),
                ("kept_at", models.DateTimeField()),
                (
                    "kept_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="scheduling.session"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Replan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being built"),
                            ("ready", "Ready"),
                            ("applied", "Applied"),
                            ("undone", "Undone"),
                            ("stale", "Out of date"),
                            ("failed", "Could not be built"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("courses", models.JSONField(default=dict)),
                ("steps", models.JSONField(default=list)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("built_by", models.CharField(blank=True, max_length=100)),
                ("requested_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "absence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replans",
                        to="scheduling.absence",
                    ),
                ),
                (
                    "applied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replans",
                        to="scheduling.course",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replans", to="clinic.location"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("hours", models.JSONField(default=list)),
                ("last_day", models.DateField(blank=True, null=True)),
                (
                    "leaver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                ("late", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=["requested_at"],
                        name="replan_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("progress__lte", 100)), name="replan_progress_percent"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["applied", "undone"]), _negated=True),
                            models.Q(("applied_at__isnull", False), ("applied_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="replan_application_complete",
                    ),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 3)), name="replan_attempts_end"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("last_day", None), ("leaver", None)),
                            models.Q(
                                ("absence", None),
                                ("course", None),
                                ("last_day__isnull", False),
                                ("leaver__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="replan_leaver_has_last_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("active", models.BooleanField(default=True)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rooms", to="clinic.location"
                    ),
                ),
            ],
            options={
                "ordering": ["location", "name", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("location", "name"), name="room_name_once_per_location")
                ],
            },
        ),
        migrations.CreateModel(
            name="RoomEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("active", models.BooleanField(default=True)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.room",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Season",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("instead_of", models.JSONField(default=list)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seasons", to="clinic.location"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seasons",
                        to="scheduling.practitioner",
                    ),
                ),
            ],
            options={
                "ordering": ["first", "practitioner__name", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", models.F("first"))), name="season_in_order"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("practitioner", "="),
                            ("location", "="),
                            (
                                scheduling.models.resources.Days(
                                    "first",
                                    "last",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                                ),
                                "&&",
                            ),
                        ],
                        name="season_one_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeasonEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("instead_of", models.JSONField(default=list)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.season",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveSmallIntegerField(default=1)),
                ("phase", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("consultation", "Consultation"),
                            ("allergy_test", "Allergy test"),
                            ("treatment", "Treatment"),
                            ("review", "Review"),
                            ("maintenance", "Upkeep"),
                            ("measurement", "Measurement"),
                        ],
                        max_length=15,
                    ),
                ),
                ("chair_minutes", models.PositiveSmallIntegerField(default=30)),
                ("early_limit", models.DateField(blank=True, null=True)),
                ("floor", models.DateField(blank=True, null=True)),
                ("ideal", models.DateField(blank=True, null=True)),
                ("latest", models.DateField(blank=True, null=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("review_due", models.BooleanField(default=False)),
                ("why", models.JSONField(default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("booked", "Booked"),
                            ("displaced", "Needs a new time"),
                            ("checked_in", "Checked in"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("no_show", "Did not come"),
                            ("cancelled", "Cancelled"),
                            ("entered_in_error", "Entered in error"),
                        ],
                        default="planned",
                        max_length=20,
                    ),
                ),
                ("performed_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "allergy_test",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.allergytest",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="scheduling.course",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="clinic.location"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="patients.patient"
                    ),
                ),
                (
                    "performed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="performed",
                        to="scheduling.practitioner",
                    ),
                ),
                ("talked_about", models.JSONField(blank=True, null=True)),
            ],
            options={
                "ordering": ["course", "sequence", "id"],
                "indexes": [
                    models.Index(fields=["patient", "status"], name="session_patient_status"),
                    models.Index(fields=["status", "id"], name="session_by_status"),
                    models.Index(
                        condition=models.Q(("status__in", ["planned", "displaced", "no_show"])),
                        fields=["location", "latest"],
                        name="session_waiting",
                    ),
                    models.Index(condition=models.Q(("status", "booked")), fields=["location"], name="session_booked"),
                    models.Index(
                        condition=models.Q(("review_due", True), ("status", "completed")),
                        fields=["location", "performed_at"],
                        name="session_review_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "completed")),
                        fields=["location", "performed_at"],
                        name="session_performed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("course__isnull", False),
                            models.Q(("status__in", ["cancelled", "entered_in_error"]), _negated=True),
                        ),
                        fields=("course", "sequence"),
                        name="session_sequence_once_per_course",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("floor", None), ("ideal", None), ("latest", None)),
                            models.Q(("ideal__gte", models.F("floor")), ("latest__gte", models.F("ideal"))),
                            _connector="OR",
                        ),
                        name="session_window_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "completed"), _negated=True),
                            ("performed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="session_completed_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "planned",
                                    "booked",
                                    "displaced",
                                    "checked_in",
                                    "in_progress",
                                    "completed",
                                    "no_show",
                                    "cancelled",
                                    "entered_in_error",
                                ],
                            )
                        ),
                        name="session_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verb", models.CharField(max_length=20)),
                ("from_status", models.CharField(max_length=20)),
                ("to_status", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="history", to="scheduling.session"
                    ),
                ),
                (
                    "written_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [models.Index(condition=models.Q(("verb", "no_show")), fields=["at"], name="event_no_show")],
            },
        ),
        migrations.CreateModel(
            name="SessionHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("sequence", models.PositiveSmallIntegerField(default=1)),
                ("phase", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("consultation", "Consultation"),
                            ("allergy_test", "Allergy test"),
                            ("treatment", "Treatment"),
                            ("review", "Review"),
                            ("maintenance", "Upkeep"),
                            ("measurement", "Measurement"),
                        ],
                        max_length=15,
                    ),
                ),
                ("chair_minutes", models.PositiveSmallIntegerField(default=30)),
                ("early_limit", models.DateField(blank=True, null=True)),
                ("floor", models.DateField(blank=True, null=True)),
                ("ideal", models.DateField(blank=True, null=True)),
                ("latest", models.DateField(blank=True, null=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("review_due", models.BooleanField(default=False)),
                ("why", models.JSONField(default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("booked", "Booked"),
                            ("displaced", "Needs a new time"),
                            ("checked_in", "Checked in"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("no_show", "Did not come"),
                            ("cancelled", "Cancelled"),
                            ("entered_in_error", "Entered in error"),
                        ],
                        default="planned",
                        max_length=20,
                    ),
                ),
                ("performed_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "allergy_test",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.allergytest",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.course",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.session",
                    ),
                ),
                (
                    "performed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                ("talked_about", models.JSONField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SharpsInjury",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_at", models.DateTimeField()),
                ("device", models.CharField(max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("known", "The patient is known"),
                            ("unknown", "Nobody knows whose needle it was"),
                            ("clean", "The needle was not used yet"),
                        ],
                        max_length=10,
                    ),
                ),
                ("how", models.TextField(blank=True)),
                ("reported_at", models.DateTimeField()),
                ("follow_up", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "injured",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.staffmember"
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "source_patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "ordering": ["-happened_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("device", ""), _negated=True), name="sharps_injury_names_device"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", "known"), ("source_patient", None), _connector="OR"),
                        name="sharps_injury_patient_is_the_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None), ("follow_up", "")),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                models.Q(("follow_up", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sharps_injury_closed_with_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SharpsInjuryEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("happened_at", models.DateTimeField()),
                ("device", models.CharField(max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("known", "The patient is known"),
                            ("unknown", "Nobody knows whose needle it was"),
                            ("clean", "The needle was not used yet"),
                        ],
                        max_length=10,
                    ),
                ),
                ("how", models.TextField(blank=True)),
                ("reported_at", models.DateTimeField()),
                ("follow_up", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "injured",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.staffmember",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.sharpsinjury",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source_patient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SlotOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField()),
                ("offered_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Offered"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("lapsed", "Not answered"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="offer", to="scheduling.booking"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="scheduling.session"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answer", "")), fields=("session",), name="slot_offer_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer__in", ["", "accepted", "declined", "lapsed", "withdrawn"])),
                        name="slot_offer_answer_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="slot_offer_answered_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer__in", ["accepted", "declined"]), _negated=True),
                            ("answered_by__isnull", False),
                            _connector="OR",
                        ),
                        name="slot_offer_answered_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TodoMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list", models.CharField(max_length=20)),
                ("key", models.BigIntegerField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.staffmember",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("location", "list", "key"), name="todo_mark_one_a_row"),
                    models.CheckConstraint(
                        condition=models.Q(("owner", None), ("until", None), _negated=True),
                        name="todo_mark_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TreatmentRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("needle", models.CharField(blank=True, max_length=60)),
                ("needle_length_mm", models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ("depth", models.CharField(blank=True, max_length=60)),
                ("injection_points", models.PositiveIntegerField(blank=True, null=True)),
                ("substances", models.JSONField(default=list)),
                ("antisepsis_before", models.BooleanField(blank=True, null=True)),
                ("antisepsis_during", models.BooleanField(blank=True, null=True)),
                ("antisepsis_after", models.BooleanField(blank=True, null=True)),
                ("emergency_kit", models.BooleanField(default=False)),
                ("barrier_film", models.BooleanField(default=False)),
                ("drainage_massage", models.BooleanField(default=False)),
                ("aftercare_given", models.BooleanField(default=False)),
                ("old_sites_checked", models.BooleanField(default=False)),
                ("skin_response", models.CharField(blank=True, max_length=200)),
                ("clinical_response", models.CharField(blank=True, max_length=200)),
                ("partial", models.BooleanField(default=False)),
                ("deviation", models.CharField(blank=True, max_length=20)),
                ("deviation_reason", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "delivery_device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="record", to="scheduling.session"
                    ),
                ),
                (
                    "technique",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.technique",
                    ),
                ),
                ("consent_confirmed", models.BooleanField(default=False)),
                ("antisepsis_after_note", models.CharField(blank=True, max_length=200)),
                ("antisepsis_before_note", models.CharField(blank=True, max_length=200)),
                ("antisepsis_during_note", models.CharField(blank=True, max_length=200)),
                ("blood_identity_twice", models.BooleanField(default=False)),
                ("blood_ml", models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True)),
                ("hands_on_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("operator_skill", models.CharField(blank=True, max_length=200)),
                ("partial_reason", models.TextField(blank=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("signed_for", models.TextField(blank=True)),
                ("anaesthetic", models.CharField(blank=True, max_length=120)),
                ("anaesthetic_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("depth_reached", models.CharField(blank=True, max_length=60)),
                ("film_off_hours", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("left_over_ml", models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ("placed", models.JSONField(default=list)),
                ("watched_from", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["started_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", False), ("signed_at", None)),
                        fields=["ended_at"],
                        name="record_unsigned",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="record_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deviation", ""), models.Q(("deviation_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="record_deviation_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            models.Q(("delivery_device", None), ("substances", []), ("technique", None)),
                            models.Q(
                                ("antisepsis_after__isnull", False),
                                ("antisepsis_before__isnull", False),
                                ("antisepsis_during__isnull", False),
                                models.Q(("antisepsis_before_note", ""), _negated=True),
                                models.Q(("antisepsis_during_note", ""), _negated=True),
                                models.Q(("antisepsis_after_note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="record_antisepsis_answered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("signed_at", None), ("signed_by", None)),
                            models.Q(
                                ("ended_at__isnull", False), ("signed_at__isnull", False), ("signed_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="record_signed_when_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("left_over_ml", None), ("left_over_ml__gte", 0), _connector="OR"),
                        name="record_left_over_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("anaesthetic_minutes", None), models.Q(("anaesthetic", ""), _negated=True), _connector="OR"
                        ),
                        name="record_dwell_of_an_anaesthetic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("film_off_hours", None), ("barrier_film", True), _connector="OR"),
                        name="record_film_off_when_on",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TreatmentRecordEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("needle", models.CharField(blank=True, max_length=60)),
                ("needle_length_mm", models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ("depth", models.CharField(blank=True, max_length=60)),
                ("injection_points", models.PositiveIntegerField(blank=True, null=True)),
                ("substances", models.JSONField(default=list)),
                ("antisepsis_before", models.BooleanField(blank=True, null=True)),
                ("antisepsis_during", models.BooleanField(blank=True, null=True)),
                ("antisepsis_after", models.BooleanField(blank=True, null=True)),
                ("emergency_kit", models.BooleanField(default=False)),
                ("barrier_film", models.BooleanField(default=False)),
                ("drainage_massage", models.BooleanField(default=False)),
                ("aftercare_given", models.BooleanField(default=False)),
                ("old_sites_checked", models.BooleanField(default=False)),
                ("skin_response", models.CharField(blank=True, max_length=200)),
                ("clinical_response", models.CharField(blank=True, max_length=200)),
                ("partial", models.BooleanField(default=False)),
                ("deviation", models.CharField(blank=True, max_length=20)),
                ("deviation_reason", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivery_device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.deliverydevice",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.treatmentrecord",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
                (
                    "technique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.technique",
                    ),
                ),
                ("consent_confirmed", models.BooleanField(default=False)),
                ("antisepsis_after_note", models.CharField(blank=True, max_length=200)),
                ("antisepsis_before_note", models.CharField(blank=True, max_length=200)),
                ("antisepsis_during_note", models.CharField(blank=True, max_length=200)),
                ("blood_identity_twice", models.BooleanField(default=False)),
                ("blood_ml", models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True)),
                ("hands_on_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("operator_skill", models.CharField(blank=True, max_length=200)),
                ("partial_reason", models.TextField(blank=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("signed_for", models.TextField(blank=True)),
                ("anaesthetic", models.CharField(blank=True, max_length=120)),
                ("anaesthetic_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("depth_reached", models.CharField(blank=True, max_length=60)),
                ("film_off_hours", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("left_over_ml", models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ("placed", models.JSONField(default=list)),
                ("watched_from", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VisitRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="patients.patient"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["location"], name="visit_request_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("patient", "session"),
                        name="visit_request_one_open",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="visit_request_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="visit_request_closed_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitRequestEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("text", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.visitrequest",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField()),
                ("start", models.TimeField()),
                ("end", models.TimeField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hours", to="clinic.location"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hours", to="scheduling.practitioner"
                    ),
                ),
                (
                    "season",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="scheduling.season",
                    ),
                ),
            ],
            options={
                "ordering": ["practitioner", "weekday", "start"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("weekday__lte", 6)), name="hours_weekday_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="hours_valid_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end__gt", models.F("start")), ("end", datetime.time(0, 0)), _connector="OR"
                        ),
                        name="hours_end_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingHoursEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("weekday", models.PositiveSmallIntegerField()),
                ("start", models.TimeField()),
                ("end", models.TimeField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="clinic.location",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.workinghours",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.practitioner",
                    ),
                ),
                (
                    "season",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.season",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RunSQL(
            sql=CALENDARS,
            reverse_sql=NO_CALENDARS,
        ),
        migrations.RunSQL(
            sql=EVENTS,
            reverse_sql=NO_EVENTS,
        ),
        migrations.RunSQL(BELONG, "DROP FUNCTION scheduling_belongs();"),
        *(migrations.RunSQL(ON_TABLE.format(table=each), OFF_TABLE.format(table=each)) for each in TABLES),
        *(policy(f"scheduling_{name}", of_patient()) for name in OF_A_PATIENT),
        *(policy(f"scheduling_{name}", f"{of_place()} OR {of_patient()}") for name in AT_A_PLACE),
        *(policy(f"scheduling_{name}", of_row(VISIT, "session_id")) for name in OF_A_VISIT),
        policy("scheduling_treatmentrecord", of_row(VISIT, "session_id")),
        policy("scheduling_treatmentrecordevent", of_row(VISIT, "session_id")),
        policy("scheduling_addendum", of_row("scheduling_treatmentrecord", "record_id")),
        *(policy(f"scheduling_{name}", of_row(COURSE, "course_id")) for name in OF_A_COURSE),
        policy("scheduling_replan", f"{of_place()} OR {of_row(COURSE, 'course_id')}"),
        policy("scheduling_sharpsinjury", INJURY),
        policy("scheduling_sharpsinjuryevent", INJURY),
        policy("scheduling_slotoffer", of_row("scheduling_session", "session_id")),
        policy("scheduling_importline", OF_ITS_PLACE),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_absenceevent" ("cancelled_at", "created_at", "created_by_id", "device_id", "end", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "reason", "room_id", "start") VALUES (NEW."cancelled_at", NEW."created_at", NEW."created_by_id", NEW."device_id", NEW."end", NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."reason", NEW."room_id", NEW."start"); RETURN NULL;',
                    hash="0459be9aa46aaed94d8b74819ae1d6a55d974be9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_61f92",
                    table="scheduling_absence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_absenceevent" ("cancelled_at", "created_at", "created_by_id", "device_id", "end", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "reason", "room_id", "start") VALUES (NEW."cancelled_at", NEW."created_at", NEW."created_by_id", NEW."device_id", NEW."end", NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."reason", NEW."room_id", NEW."start"); RETURN NULL;',
                    hash="2a26e37c23b4f4ddcf34daaab7b1efb731eaa8ec",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_39a57",
                    table="scheduling_absence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_absenceevent" ("cancelled_at", "created_at", "created_by_id", "device_id", "end", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "reason", "room_id", "start") VALUES (OLD."cancelled_at", OLD."created_at", OLD."created_by_id", OLD."device_id", OLD."end", OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."practitioner_id", OLD."reason", OLD."room_id", OLD."start"); RETURN NULL;',
                    hash="2703c61c3c17d549ad99c73fc9b823eacd06a270",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dee38",
                    table="scheduling_absence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absenceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b00019f6816df1bf90a7d6a53bcf1ed538e842d0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a31e9",
                    table="scheduling_absenceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addendum",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f27d559ac1f45fbf99d64fdb71a102b5eb1c5596",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1d24c",
                    table="scheduling_addendum",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_adverseeventevent" ("answer_by", "area_id", "cause", "closed_at", "decided_at", "decided_by_id", "decision", "escalated_at", "id", "onset_at", "outcome", "owner_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "reaction_id", "reported_at", "reported_by_id", "session_id", "severity", "stops", "suspected_id", "text", "version", "worsening") VALUES (NEW."answer_by", NEW."area_id", NEW."cause", NEW."closed_at", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."escalated_at", NEW."id", NEW."onset_at", NEW."outcome", NEW."owner_id", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."photo_id", NEW."reaction_id", NEW."reported_at", NEW."reported_by_id", NEW."session_id", NEW."severity", NEW."stops", NEW."suspected_id", NEW."text", NEW."version", NEW."worsening"); RETURN NULL;',
                    hash="c2ed668fd0c0dad0530c2310b08077165f121ced",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2c425",
                    table="scheduling_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_adverseeventevent" ("answer_by", "area_id", "cause", "closed_at", "decided_at", "decided_by_id", "decision", "escalated_at", "id", "onset_at", "outcome", "owner_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "reaction_id", "reported_at", "reported_by_id", "session_id", "severity", "stops", "suspected_id", "text", "version", "worsening") VALUES (NEW."answer_by", NEW."area_id", NEW."cause", NEW."closed_at", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."escalated_at", NEW."id", NEW."onset_at", NEW."outcome", NEW."owner_id", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."photo_id", NEW."reaction_id", NEW."reported_at", NEW."reported_by_id", NEW."session_id", NEW."severity", NEW."stops", NEW."suspected_id", NEW."text", NEW."version", NEW."worsening"); RETURN NULL;',
                    hash="91dc005e9878befd7735e6510da363ddf0ae03b5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bd8bc",
                    table="scheduling_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_adverseeventevent" ("answer_by", "area_id", "cause", "closed_at", "decided_at", "decided_by_id", "decision", "escalated_at", "id", "onset_at", "outcome", "owner_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "reaction_id", "reported_at", "reported_by_id", "session_id", "severity", "stops", "suspected_id", "text", "version", "worsening") VALUES (OLD."answer_by", OLD."area_id", OLD."cause", OLD."closed_at", OLD."decided_at", OLD."decided_by_id", OLD."decision", OLD."escalated_at", OLD."id", OLD."onset_at", OLD."outcome", OLD."owner_id", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."photo_id", OLD."reaction_id", OLD."reported_at", OLD."reported_by_id", OLD."session_id", OLD."severity", OLD."stops", OLD."suspected_id", OLD."text", OLD."version", OLD."worsening"); RETURN NULL;',
                    hash="cda39da582c3993b22205a585a227cd90a0f02c8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a744e",
                    table="scheduling_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseeventevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5914d2e74efac22f81ea4e81baa5d54145a6a5f2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_630b6",
                    table="scheduling_adverseeventevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="booking",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_bookingevent" ("absence_id", "active", "created_at", "created_by_id", "device_id", "end", "held_until", "id", "kind", "occupied_end", "occupied_start", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "room_id", "session_id", "start") SELECT new_values."absence_id", new_values."active", new_values."created_at", new_values."created_by_id", new_values."device_id", new_values."end", new_values."held_until", new_values."id", new_values."kind", new_values."occupied_end", new_values."occupied_start", new_values."patient_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."practitioner_id", new_values."room_id", new_values."session_id", new_values."start" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="f14f8f010b0e21316b6515333d1b106771bc7353",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7f30b",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="scheduling_booking",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="booking",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_bookingevent" ("absence_id", "active", "created_at", "created_by_id", "device_id", "end", "held_until", "id", "kind", "occupied_end", "occupied_start", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "room_id", "session_id", "start") SELECT new_values."absence_id", new_values."active", new_values."created_at", new_values."created_by_id", new_values."device_id", new_values."end", new_values."held_until", new_values."id", new_values."kind", new_values."occupied_end", new_values."occupied_start", new_values."patient_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."practitioner_id", new_values."room_id", new_values."session_id", new_values."start" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="3f8b925846a9164eab4e77e17a140d8330c6f8ad",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_db94f",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="scheduling_booking",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="booking",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_bookingevent" ("absence_id", "active", "created_at", "created_by_id", "device_id", "end", "held_until", "id", "kind", "occupied_end", "occupied_start", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "room_id", "session_id", "start") SELECT old_values."absence_id", old_values."active", old_values."created_at", old_values."created_by_id", old_values."device_id", old_values."end", old_values."held_until", old_values."id", old_values."kind", old_values."occupied_end", old_values."occupied_start", old_values."patient_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."practitioner_id", old_values."room_id", old_values."session_id", old_values."start" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="d87a17ecbe426288ac4401ca2ecad45593f57996",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_589b6",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="scheduling_booking",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bookingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e9b133e4ef31261f8276c745f987d0ce74211f35",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_762e7",
                    table="scheduling_bookingevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="course",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_courseevent" ("ask_on", "back_on", "confirmed", "counts", "created_at", "created_by_id", "delivery_device_id", "formulation_id", "held_for_id", "id", "indication_id", "intervals", "location_id", "maintenance_months", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "preferences", "protocol_version_id", "start_on", "status", "status_reason", "technique_id", "times_kept_until", "version") VALUES (NEW."ask_on", NEW."back_on", NEW."confirmed", NEW."counts", NEW."created_at", NEW."created_by_id", NEW."delivery_device_id", NEW."formulation_id", NEW."held_for_id", NEW."id", NEW."indication_id", NEW."intervals", NEW."location_id", NEW."maintenance_months", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."preferences", NEW."protocol_version_id", NEW."start_on", NEW."status", NEW."status_reason", NEW."technique_id", NEW."times_kept_until", NEW."version"); RETURN NULL;',
                    hash="7c87b59ec1ec14c47a4768a48f6e9904bb6a7a07",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3301c",
                    table="scheduling_course",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="course",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_courseevent" ("ask_on", "back_on", "confirmed", "counts", "created_at", "created_by_id", "delivery_device_id", "formulation_id", "held_for_id", "id", "indication_id", "intervals", "location_id", "maintenance_months", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "preferences", "protocol_version_id", "start_on", "status", "status_reason", "technique_id", "times_kept_until", "version") VALUES (NEW."ask_on", NEW."back_on", NEW."confirmed", NEW."counts", NEW."created_at", NEW."created_by_id", NEW."delivery_device_id", NEW."formulation_id", NEW."held_for_id", NEW."id", NEW."indication_id", NEW."intervals", NEW."location_id", NEW."maintenance_months", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."preferences", NEW."protocol_version_id", NEW."start_on", NEW."status", NEW."status_reason", NEW."technique_id", NEW."times_kept_until", NEW."version"); RETURN NULL;',
                    hash="31a8ce34ee3d11de1e7f4f23bbf244d88490d1a8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a2ae8",
                    table="scheduling_course",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="course",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_courseevent" ("ask_on", "back_on", "confirmed", "counts", "created_at", "created_by_id", "delivery_device_id", "formulation_id", "held_for_id", "id", "indication_id", "intervals", "location_id", "maintenance_months", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "preferences", "protocol_version_id", "start_on", "status", "status_reason", "technique_id", "times_kept_until", "version") VALUES (OLD."ask_on", OLD."back_on", OLD."confirmed", OLD."counts", OLD."created_at", OLD."created_by_id", OLD."delivery_device_id", OLD."formulation_id", OLD."held_for_id", OLD."id", OLD."indication_id", OLD."intervals", OLD."location_id", OLD."maintenance_months", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."practitioner_id", OLD."preferences", OLD."protocol_version_id", OLD."start_on", OLD."status", OLD."status_reason", OLD."technique_id", OLD."times_kept_until", OLD."version"); RETURN NULL;',
                    hash="206e48d44931e04b91528d7074f3a69e825384a8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c0176",
                    table="scheduling_course",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="courseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="06e658d46168ad3daceb788127c07861e6731791",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e87df",
                    table="scheduling_courseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_deviationevent" ("acknowledged_at", "acknowledged_by_id", "at", "by_id", "code", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "serious", "session_id") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."at", NEW."by_id", NEW."code", NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."serious", NEW."session_id"); RETURN NULL;',
                    hash="8304a8bbd4d8c824e467cb516fed2517df75e0c0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_40d52",
                    table="scheduling_deviation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_deviationevent" ("acknowledged_at", "acknowledged_by_id", "at", "by_id", "code", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "serious", "session_id") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."at", NEW."by_id", NEW."code", NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."serious", NEW."session_id"); RETURN NULL;',
                    hash="aac69b16499a458cdb9b4efa29777e713043d040",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_42521",
                    table="scheduling_deviation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviation",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_deviationevent" ("acknowledged_at", "acknowledged_by_id", "at", "by_id", "code", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "serious", "session_id") VALUES (OLD."acknowledged_at", OLD."acknowledged_by_id", OLD."at", OLD."by_id", OLD."code", OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."serious", OLD."session_id"); RETURN NULL;',
                    hash="0e3a80827d79a67edae9d7cbf26cfed3f63d0186",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1ef35",
                    table="scheduling_deviation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6b6a7f84da67fd5cfc5d706864668be4394c318f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_375b6",
                    table="scheduling_deviationevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_deviceevent" ("active", "id", "kind_id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."id", NEW."kind_id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="6eb42dbe3aff847716810e542bfe104d73022f74",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_03d7a",
                    table="scheduling_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_deviceevent" ("active", "id", "kind_id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."id", NEW."kind_id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="abd1c883236e624811da91f2787a77a6c29bf72b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ad7f1",
                    table="scheduling_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_deviceevent" ("active", "id", "kind_id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."id", OLD."kind_id", OLD."location_id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="e09e1ebb2927fb4061241cb684e36e86a9492a23",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1e03b",
                    table="scheduling_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3ad1ae2b71af5c60689e1dd4c40284bc4e13b046",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_06150",
                    table="scheduling_deviceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawnup",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_drawnupevent" ("allergy_test_id", "amount", "at", "by_id", "id", "lot_id", "named", "number", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "reason", "session_id", "unit") VALUES (NEW."allergy_test_id", NEW."amount", NEW."at", NEW."by_id", NEW."id", NEW."lot_id", NEW."named", NEW."number", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."product_id", NEW."reason", NEW."session_id", NEW."unit"); RETURN NULL;',
                    hash="4a35ed1433e6e1655761d8fa50519c87efc7177f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_771e0",
                    table="scheduling_drawnup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawnup",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_drawnupevent" ("allergy_test_id", "amount", "at", "by_id", "id", "lot_id", "named", "number", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "reason", "session_id", "unit") VALUES (OLD."allergy_test_id", OLD."amount", OLD."at", OLD."by_id", OLD."id", OLD."lot_id", OLD."named", OLD."number", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."product_id", OLD."reason", OLD."session_id", OLD."unit"); RETURN NULL;',
                    hash="3d818c413f0d6e892686a2965a3858263c64f593",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_289a0",
                    table="scheduling_drawnup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawnup",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."allergy_test_id" IS DISTINCT FROM (NEW."allergy_test_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lot_id" IS DISTINCT FROM (NEW."lot_id") OR OLD."named" IS DISTINCT FROM (NEW."named") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."unit" IS DISTINCT FROM (NEW."unit"))',
                    func='INSERT INTO "scheduling_drawnupevent" ("allergy_test_id", "amount", "at", "by_id", "id", "lot_id", "named", "number", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "reason", "session_id", "unit") VALUES (NEW."allergy_test_id", NEW."amount", NEW."at", NEW."by_id", NEW."id", NEW."lot_id", NEW."named", NEW."number", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."product_id", NEW."reason", NEW."session_id", NEW."unit"); RETURN NULL;',
                    hash="2b0d97f28c621c20348a34a982a252091ee9bd30",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_14c54",
                    table="scheduling_drawnup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drawnupevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f936150324525fbbfe2c12154d432965ef5a4297",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_32771",
                    table="scheduling_drawnupevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_exportevent" ("expires_at", "fetched_at", "fetched_by_id", "file", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "requested_at", "requested_by_id", "size", "status", "version") VALUES (NEW."expires_at", NEW."fetched_at", NEW."fetched_by_id", NEW."file", NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."requested_at", NEW."requested_by_id", NEW."size", NEW."status", NEW."version"); RETURN NULL;',
                    hash="a446df7fc45ed1665b8d156d76ae013ada07664d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0fb74",
                    table="scheduling_export",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."fetched_at" IS DISTINCT FROM (NEW."fetched_at") OR OLD."fetched_by_id" IS DISTINCT FROM (NEW."fetched_by_id") OR OLD."file" IS DISTINCT FROM (NEW."file") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at") OR OLD."requested_by_id" IS DISTINCT FROM (NEW."requested_by_id") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func='INSERT INTO "scheduling_exportevent" ("expires_at", "fetched_at", "fetched_by_id", "file", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "requested_at", "requested_by_id", "size", "status", "version") VALUES (NEW."expires_at", NEW."fetched_at", NEW."fetched_by_id", NEW."file", NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."requested_at", NEW."requested_by_id", NEW."size", NEW."status", NEW."version"); RETURN NULL;',
                    hash="036d1f7ad2f7a3782b06c814bb1d2f3a5c3d7708",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5be31",
                    table="scheduling_export",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_exportevent" ("expires_at", "fetched_at", "fetched_by_id", "file", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "requested_at", "requested_by_id", "size", "status", "version") VALUES (OLD."expires_at", OLD."fetched_at", OLD."fetched_by_id", OLD."file", OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."requested_at", OLD."requested_by_id", OLD."size", OLD."status", OLD."version"); RETURN NULL;',
                    hash="023f554a84ad55c1495b87b84ec66cb04eaf4e11",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_913d2",
                    table="scheduling_export",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exportevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e4231f516a167584d69c71256796e8539a976675",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a26ba",
                    table="scheduling_exportevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="import",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_importevent" ("columns", "date_order", "encoding", "file", "fingerprint", "id", "location_id", "mapping", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requested_at", "requested_by_id", "separator", "status", "step", "total", "version") VALUES (NEW."columns", NEW."date_order", NEW."encoding", NEW."file", NEW."fingerprint", NEW."id", NEW."location_id", NEW."mapping", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."requested_at", NEW."requested_by_id", NEW."separator", NEW."status", NEW."step", NEW."total", NEW."version"); RETURN NULL;',
                    hash="6c7dd6b3315ee2947041fcb5afc1f77bdc5c0625",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_93828",
                    table="scheduling_import",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="import",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."columns" IS DISTINCT FROM (NEW."columns") OR OLD."date_order" IS DISTINCT FROM (NEW."date_order") OR OLD."encoding" IS DISTINCT FROM (NEW."encoding") OR OLD."file" IS DISTINCT FROM (NEW."file") OR OLD."fingerprint" IS DISTINCT FROM (NEW."fingerprint") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."location_id" IS DISTINCT FROM (NEW."location_id") OR OLD."mapping" IS DISTINCT FROM (NEW."mapping") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at") OR OLD."requested_by_id" IS DISTINCT FROM (NEW."requested_by_id") OR OLD."separator" IS DISTINCT FROM (NEW."separator") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."step" IS DISTINCT FROM (NEW."step") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func='INSERT INTO "scheduling_importevent" ("columns", "date_order", "encoding", "file", "fingerprint", "id", "location_id", "mapping", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requested_at", "requested_by_id", "separator", "status", "step", "total", "version") VALUES (NEW."columns", NEW."date_order", NEW."encoding", NEW."file", NEW."fingerprint", NEW."id", NEW."location_id", NEW."mapping", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."requested_at", NEW."requested_by_id", NEW."separator", NEW."status", NEW."step", NEW."total", NEW."version"); RETURN NULL;',
                    hash="474e629d9a5f28df4f1f10eb08a9338216fc3ffa",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_373b1",
                    table="scheduling_import",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="import",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_importevent" ("columns", "date_order", "encoding", "file", "fingerprint", "id", "location_id", "mapping", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requested_at", "requested_by_id", "separator", "status", "step", "total", "version") VALUES (OLD."columns", OLD."date_order", OLD."encoding", OLD."file", OLD."fingerprint", OLD."id", OLD."location_id", OLD."mapping", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."requested_at", OLD."requested_by_id", OLD."separator", OLD."status", OLD."step", OLD."total", OLD."version"); RETURN NULL;',
                    hash="bac00e3f1e58ab0b58726411b0da591f9bf34518",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1b8fd",
                    table="scheduling_import",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3e0ac585c4388eda8178ad7adb6865f7615ea4ec",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f27e6",
                    table="scheduling_importevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lot",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_lotevent" ("expires_on", "id", "left", "location_id", "number", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "received", "received_at", "received_by_id", "state", "state_reason", "version") VALUES (NEW."expires_on", NEW."id", NEW."left", NEW."location_id", NEW."number", NEW."opened_on", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."product_id", NEW."received", NEW."received_at", NEW."received_by_id", NEW."state", NEW."state_reason", NEW."version"); RETURN NULL;',
                    hash="4c9dbabcdd30bd1956b1b9287c5d577b3cfa87cd",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_de3fd",
                    table="scheduling_lot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lot",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_lotevent" ("expires_on", "id", "left", "location_id", "number", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "received", "received_at", "received_by_id", "state", "state_reason", "version") VALUES (NEW."expires_on", NEW."id", NEW."left", NEW."location_id", NEW."number", NEW."opened_on", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."product_id", NEW."received", NEW."received_at", NEW."received_by_id", NEW."state", NEW."state_reason", NEW."version"); RETURN NULL;',
                    hash="26c28596c641a1491d69d21ed30665409a9a604e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7a3b1",
                    table="scheduling_lot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lot",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_lotevent" ("expires_on", "id", "left", "location_id", "number", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "received", "received_at", "received_by_id", "state", "state_reason", "version") VALUES (OLD."expires_on", OLD."id", OLD."left", OLD."location_id", OLD."number", OLD."opened_on", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."product_id", OLD."received", OLD."received_at", OLD."received_by_id", OLD."state", OLD."state_reason", OLD."version"); RETURN NULL;',
                    hash="2fd23aaf1fc2e0fce9e77117e083bf7ba7ec4b3a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_ce1b5",
                    table="scheduling_lot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotalert",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_lotalertevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "raised_by_id", "reason", "seen_at", "seen_by_id", "session_id", "what") VALUES (NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."raised_at", NEW."raised_by_id", NEW."reason", NEW."seen_at", NEW."seen_by_id", NEW."session_id", NEW."what"); RETURN NULL;',
                    hash="5621761fdca9995c81a2d622038e0b727fb67dca",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f7fd6",
                    table="scheduling_lotalert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotalert",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_lotalertevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "raised_by_id", "reason", "seen_at", "seen_by_id", "session_id", "what") VALUES (NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."raised_at", NEW."raised_by_id", NEW."reason", NEW."seen_at", NEW."seen_by_id", NEW."session_id", NEW."what"); RETURN NULL;',
                    hash="92e4ace8c407c05abca7523cdd1d5e1e7f1cedc9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cd3be",
                    table="scheduling_lotalert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotalert",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_lotalertevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "raised_by_id", "reason", "seen_at", "seen_by_id", "session_id", "what") VALUES (OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."raised_at", OLD."raised_by_id", OLD."reason", OLD."seen_at", OLD."seen_by_id", OLD."session_id", OLD."what"); RETURN NULL;',
                    hash="230b3a81be975fe6eea4036cfe3b873f278f9638",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_ee62c",
                    table="scheduling_lotalert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotalertevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e9336d4455fa574a8932f5f646213a018cd88723",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8c3df",
                    table="scheduling_lotalertevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ef2add39ab595d6960e17199b1194bf5fcb746ec",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4e66e",
                    table="scheduling_lotevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="practitioner",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_practitionerevent" ("active", "experienced", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_id", "trained_on") VALUES (NEW."active", NEW."experienced", NEW."id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."staff_id", NEW."trained_on"); RETURN NULL;',
                    hash="aa30933be8c469452c1f275bc3bb246ca3b931e6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0b4c6",
                    table="scheduling_practitioner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="practitioner",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."experienced" IS DISTINCT FROM (NEW."experienced") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."staff_id" IS DISTINCT FROM (NEW."staff_id") OR OLD."trained_on" IS DISTINCT FROM (NEW."trained_on"))',
                    func='INSERT INTO "scheduling_practitionerevent" ("active", "experienced", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_id", "trained_on") VALUES (NEW."active", NEW."experienced", NEW."id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."staff_id", NEW."trained_on"); RETURN NULL;',
                    hash="45ca563f9f978e033b63405837b20cee3be5d4f3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d5e5e",
                    table="scheduling_practitioner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="practitioner",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_practitionerevent" ("active", "experienced", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_id", "trained_on") VALUES (OLD."active", OLD."experienced", OLD."id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."staff_id", OLD."trained_on"); RETURN NULL;',
                    hash="b735ef8fd45bc8d3119d0785d34baa8f24bfed69",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_14a1d",
                    table="scheduling_practitioner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="practitionerevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7adb701e3e1db4282f71e4d6f9d90c6a0d94c8c4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_37a80",
                    table="scheduling_practitionerevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricetold",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b96e8b1098ef5b70b67ab915fe52b8c3c8ce2e3b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a9072",
                    table="scheduling_pricetold",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricetold",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_pricetoldevent" ("amount", "course_id", "covers", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "told_at", "told_by_id") VALUES (NEW."amount", NEW."course_id", NEW."covers", NEW."currency", NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."told_at", NEW."told_by_id"); RETURN NULL;',
                    hash="80fcb1871a12b6b9b5052d4a5e5b603c32fa2660",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a3264",
                    table="scheduling_pricetold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricetold",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_pricetoldevent" ("amount", "course_id", "covers", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "told_at", "told_by_id") VALUES (NEW."amount", NEW."course_id", NEW."covers", NEW."currency", NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."told_at", NEW."told_by_id"); RETURN NULL;',
                    hash="c89f58ff0ac063c5000420ef77d2d214b951702f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_09a78",
                    table="scheduling_pricetold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricetold",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_pricetoldevent" ("amount", "course_id", "covers", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "told_at", "told_by_id") VALUES (OLD."amount", OLD."course_id", OLD."covers", OLD."currency", OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."told_at", OLD."told_by_id"); RETURN NULL;',
                    hash="d90143b8556560187fbdd4c7b5bbc55595f8afb9",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dcbb5",
                    table="scheduling_pricetold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricetoldevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9936c180270aa6aa36a26f119e63b7748d419424",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fc57c",
                    table="scheduling_pricetoldevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_productevent" ("active", "anaesthetic_mg_per_unit", "carrier", "container", "gtin", "id", "most_per_session", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "substance_id", "unit", "version") VALUES (NEW."active", NEW."anaesthetic_mg_per_unit", NEW."carrier", NEW."container", NEW."gtin", NEW."id", NEW."most_per_session", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."substance_id", NEW."unit", NEW."version"); RETURN NULL;',
                    hash="425b21b7d2da2e5249d82bb838276d0e23f2aa19",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3f863",
                    table="scheduling_product",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_productevent" ("active", "anaesthetic_mg_per_unit", "carrier", "container", "gtin", "id", "most_per_session", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "substance_id", "unit", "version") VALUES (NEW."active", NEW."anaesthetic_mg_per_unit", NEW."carrier", NEW."container", NEW."gtin", NEW."id", NEW."most_per_session", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."substance_id", NEW."unit", NEW."version"); RETURN NULL;',
                    hash="366294f02f077b6ff50cc2e49753a4823a6c9764",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4ddd0",
                    table="scheduling_product",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_productevent" ("active", "anaesthetic_mg_per_unit", "carrier", "container", "gtin", "id", "most_per_session", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "substance_id", "unit", "version") VALUES (OLD."active", OLD."anaesthetic_mg_per_unit", OLD."carrier", OLD."container", OLD."gtin", OLD."id", OLD."most_per_session", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."substance_id", OLD."unit", OLD."version"); RETURN NULL;',
                    hash="29d48e221e177dd0287f469b16bcecbfa85dbec3",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a20c2",
                    table="scheduling_product",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="809a65f0bbfa36b005a636280c7649dc7b91018e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e4e9a",
                    table="scheduling_productevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicholiday",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_publicholidayevent" ("date", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date", NEW."id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="b28ffcebe268ff002c017eb6c8618fea2bfdca5c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_eed44",
                    table="scheduling_publicholiday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicholiday",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_publicholidayevent" ("date", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date", NEW."id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="65e0d53e7bb6f36822e135d76bc6c02d09430dd3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a1b90",
                    table="scheduling_publicholiday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicholiday",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_publicholidayevent" ("date", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."date", OLD."id", OLD."location_id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="3121b28b9184fd5c5a1afb1b665f09f7da2122f6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2384a",
                    table="scheduling_publicholiday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicholidayevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a163a31d8436123919b7c46e5549e06e01c2ca42",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_df954",
                    table="scheduling_publicholidayevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="room",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_roomevent" ("active", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="85a74580f35bcbc67c2aa63df79bc17df5b1fc70",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4b200",
                    table="scheduling_room",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="room",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_roomevent" ("active", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."id", NEW."location_id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="64b7cced67bdbfb0733c6d1bfafb90128e5b8b6f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_83449",
                    table="scheduling_room",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="room",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_roomevent" ("active", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."id", OLD."location_id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="276877dd1bb989fafd0ee67b765e5c6ba3e9daf9",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_382b4",
                    table="scheduling_room",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="roomevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9c16f5839654840a36a1bb5d4296dec33c317620",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a6add",
                    table="scheduling_roomevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="season",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_seasonevent" ("first", "id", "instead_of", "last", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id") VALUES (NEW."first", NEW."id", NEW."instead_of", NEW."last", NEW."location_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id"); RETURN NULL;',
                    hash="f37975bd954115913339dcee0b08c104a27228ff",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7849c",
                    table="scheduling_season",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="season",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_seasonevent" ("first", "id", "instead_of", "last", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id") VALUES (NEW."first", NEW."id", NEW."instead_of", NEW."last", NEW."location_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id"); RETURN NULL;',
                    hash="af85922b46090e9c2692374b23ade9534bfb1a7a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d6c1b",
                    table="scheduling_season",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="season",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_seasonevent" ("first", "id", "instead_of", "last", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id") VALUES (OLD."first", OLD."id", OLD."instead_of", OLD."last", OLD."location_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."practitioner_id"); RETURN NULL;',
                    hash="27ffe14b893b56a94cf4abc5d5a09c0b37dc28d7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c937e",
                    table="scheduling_season",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seasonevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="659b406b20190f90447698bea6c9ee83197ed7aa",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3b574",
                    table="scheduling_seasonevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_sessionhistory" ("allergy_test_id", "chair_minutes", "course_id", "created_at", "early_limit", "floor", "id", "ideal", "kind", "latest", "location_id", "not_before", "patient_id", "performed_at", "performed_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "review_due", "revision", "sequence", "status", "talked_about", "version", "why") SELECT new_values."allergy_test_id", new_values."chair_minutes", new_values."course_id", new_values."created_at", new_values."early_limit", new_values."floor", new_values."id", new_values."ideal", new_values."kind", new_values."latest", new_values."location_id", new_values."not_before", new_values."patient_id", new_values."performed_at", new_values."performed_by_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phase", new_values."review_due", new_values."revision", new_values."sequence", new_values."status", new_values."talked_about", new_values."version", new_values."why" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="eaabdfa4a9551b925fc1b669620e335be7bae472",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d2ba6",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="scheduling_session",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_sessionhistory" ("allergy_test_id", "chair_minutes", "course_id", "created_at", "early_limit", "floor", "id", "ideal", "kind", "latest", "location_id", "not_before", "patient_id", "performed_at", "performed_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "review_due", "revision", "sequence", "status", "talked_about", "version", "why") SELECT new_values."allergy_test_id", new_values."chair_minutes", new_values."course_id", new_values."created_at", new_values."early_limit", new_values."floor", new_values."id", new_values."ideal", new_values."kind", new_values."latest", new_values."location_id", new_values."not_before", new_values."patient_id", new_values."performed_at", new_values."performed_by_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phase", new_values."review_due", new_values."revision", new_values."sequence", new_values."status", new_values."talked_about", new_values."version", new_values."why" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="00433dbef7ea677b892dff0cd77823a5171ed573",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2f1db",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="scheduling_session",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='WITH _pgh_attached_context AS ( SELECT clinic_trail_context() AS value ) INSERT INTO "scheduling_sessionhistory" ("allergy_test_id", "chair_minutes", "course_id", "created_at", "early_limit", "floor", "id", "ideal", "kind", "latest", "location_id", "not_before", "patient_id", "performed_at", "performed_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "review_due", "revision", "sequence", "status", "talked_about", "version", "why") SELECT old_values."allergy_test_id", old_values."chair_minutes", old_values."course_id", old_values."created_at", old_values."early_limit", old_values."floor", old_values."id", old_values."ideal", old_values."kind", old_values."latest", old_values."location_id", old_values."not_before", old_values."patient_id", old_values."performed_at", old_values."performed_by_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phase", old_values."review_due", old_values."revision", old_values."sequence", old_values."status", old_values."talked_about", old_values."version", old_values."why" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="9f659031f693cdd48a766f4988bf19610de32e60",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_b4b91",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="scheduling_session",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sessionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5ec7d624a8e84977090d38fc972a38e89355bf99",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_77de4",
                    table="scheduling_sessionevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sessionhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="09437d555136f2dad05808e55344e15d99e59bc5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8c2ed",
                    table="scheduling_sessionhistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sharpsinjury",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_sharpsinjuryevent" ("closed_at", "closed_by_id", "device", "follow_up", "happened_at", "how", "id", "injured_id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "reported_by_id", "source", "source_patient_id", "version") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."device", NEW."follow_up", NEW."happened_at", NEW."how", NEW."id", NEW."injured_id", NEW."location_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reported_at", NEW."reported_by_id", NEW."source", NEW."source_patient_id", NEW."version"); RETURN NULL;',
                    hash="13f70d32c9268624178803f22e053b167a0d68bc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ab04b",
                    table="scheduling_sharpsinjury",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sharpsinjury",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_sharpsinjuryevent" ("closed_at", "closed_by_id", "device", "follow_up", "happened_at", "how", "id", "injured_id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "reported_by_id", "source", "source_patient_id", "version") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."device", NEW."follow_up", NEW."happened_at", NEW."how", NEW."id", NEW."injured_id", NEW."location_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reported_at", NEW."reported_by_id", NEW."source", NEW."source_patient_id", NEW."version"); RETURN NULL;',
                    hash="e96bb67b465c53e7259c8a3cfb7e481428a58b44",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_57b57",
                    table="scheduling_sharpsinjury",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sharpsinjury",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_sharpsinjuryevent" ("closed_at", "closed_by_id", "device", "follow_up", "happened_at", "how", "id", "injured_id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "reported_by_id", "source", "source_patient_id", "version") VALUES (OLD."closed_at", OLD."closed_by_id", OLD."device", OLD."follow_up", OLD."happened_at", OLD."how", OLD."id", OLD."injured_id", OLD."location_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reported_at", OLD."reported_by_id", OLD."source", OLD."source_patient_id", OLD."version"); RETURN NULL;',
                    hash="c82d769c861c60b639b84c22c94fa08758a56ef7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_3e329",
                    table="scheduling_sharpsinjury",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sharpsinjuryevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2fc5e93ef974b75c6dfafe89821d9ed622309abd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2fd3a",
                    table="scheduling_sharpsinjuryevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_treatmentrecordevent" ("aftercare_given", "anaesthetic", "anaesthetic_minutes", "antisepsis_after", "antisepsis_after_note", "antisepsis_before", "antisepsis_before_note", "antisepsis_during", "antisepsis_during_note", "areas", "barrier_film", "blood_identity_twice", "blood_ml", "by_id", "clinical_response", "consent_confirmed", "delivery_device_id", "depth", "depth_reached", "deviation", "deviation_reason", "drainage_massage", "emergency_kit", "ended_at", "film_off_hours", "hands_on_minutes", "id", "injection_points", "left_over_ml", "needle", "needle_length_mm", "note", "old_sites_checked", "operator_skill", "partial", "partial_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed", "session_id", "signed_at", "signed_by_id", "signed_for", "skin_response", "started_at", "substances", "technique_id", "version", "watched_from") VALUES (NEW."aftercare_given", NEW."anaesthetic", NEW."anaesthetic_minutes", NEW."antisepsis_after", NEW."antisepsis_after_note", NEW."antisepsis_before", NEW."antisepsis_before_note", NEW."antisepsis_during", NEW."antisepsis_during_note", NEW."areas", NEW."barrier_film", NEW."blood_identity_twice", NEW."blood_ml", NEW."by_id", NEW."clinical_response", NEW."consent_confirmed", NEW."delivery_device_id", NEW."depth", NEW."depth_reached", NEW."deviation", NEW."deviation_reason", NEW."drainage_massage", NEW."emergency_kit", NEW."ended_at", NEW."film_off_hours", NEW."hands_on_minutes", NEW."id", NEW."injection_points", NEW."left_over_ml", NEW."needle", NEW."needle_length_mm", NEW."note", NEW."old_sites_checked", NEW."operator_skill", NEW."partial", NEW."partial_reason", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."placed", NEW."session_id", NEW."signed_at", NEW."signed_by_id", NEW."signed_for", NEW."skin_response", NEW."started_at", NEW."substances", NEW."technique_id", NEW."version", NEW."watched_from"); RETURN NULL;',
                    hash="58db74e255d005ee357abcf64c8862103ef18e4b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_08880",
                    table="scheduling_treatmentrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_treatmentrecordevent" ("aftercare_given", "anaesthetic", "anaesthetic_minutes", "antisepsis_after", "antisepsis_after_note", "antisepsis_before", "antisepsis_before_note", "antisepsis_during", "antisepsis_during_note", "areas", "barrier_film", "blood_identity_twice", "blood_ml", "by_id", "clinical_response", "consent_confirmed", "delivery_device_id", "depth", "depth_reached", "deviation", "deviation_reason", "drainage_massage", "emergency_kit", "ended_at", "film_off_hours", "hands_on_minutes", "id", "injection_points", "left_over_ml", "needle", "needle_length_mm", "note", "old_sites_checked", "operator_skill", "partial", "partial_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed", "session_id", "signed_at", "signed_by_id", "signed_for", "skin_response", "started_at", "substances", "technique_id", "version", "watched_from") VALUES (NEW."aftercare_given", NEW."anaesthetic", NEW."anaesthetic_minutes", NEW."antisepsis_after", NEW."antisepsis_after_note", NEW."antisepsis_before", NEW."antisepsis_before_note", NEW."antisepsis_during", NEW."antisepsis_during_note", NEW."areas", NEW."barrier_film", NEW."blood_identity_twice", NEW."blood_ml", NEW."by_id", NEW."clinical_response", NEW."consent_confirmed", NEW."delivery_device_id", NEW."depth", NEW."depth_reached", NEW."deviation", NEW."deviation_reason", NEW."drainage_massage", NEW."emergency_kit", NEW."ended_at", NEW."film_off_hours", NEW."hands_on_minutes", NEW."id", NEW."injection_points", NEW."left_over_ml", NEW."needle", NEW."needle_length_mm", NEW."note", NEW."old_sites_checked", NEW."operator_skill", NEW."partial", NEW."partial_reason", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."placed", NEW."session_id", NEW."signed_at", NEW."signed_by_id", NEW."signed_for", NEW."skin_response", NEW."started_at", NEW."substances", NEW."technique_id", NEW."version", NEW."watched_from"); RETURN NULL;',
                    hash="d927bf740519a9050ca0187ed8ffcab312f92dd0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1dd74",
                    table="scheduling_treatmentrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_treatmentrecordevent" ("aftercare_given", "anaesthetic", "anaesthetic_minutes", "antisepsis_after", "antisepsis_after_note", "antisepsis_before", "antisepsis_before_note", "antisepsis_during", "antisepsis_during_note", "areas", "barrier_film", "blood_identity_twice", "blood_ml", "by_id", "clinical_response", "consent_confirmed", "delivery_device_id", "depth", "depth_reached", "deviation", "deviation_reason", "drainage_massage", "emergency_kit", "ended_at", "film_off_hours", "hands_on_minutes", "id", "injection_points", "left_over_ml", "needle", "needle_length_mm", "note", "old_sites_checked", "operator_skill", "partial", "partial_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed", "session_id", "signed_at", "signed_by_id", "signed_for", "skin_response", "started_at", "substances", "technique_id", "version", "watched_from") VALUES (OLD."aftercare_given", OLD."anaesthetic", OLD."anaesthetic_minutes", OLD."antisepsis_after", OLD."antisepsis_after_note", OLD."antisepsis_before", OLD."antisepsis_before_note", OLD."antisepsis_during", OLD."antisepsis_during_note", OLD."areas", OLD."barrier_film", OLD."blood_identity_twice", OLD."blood_ml", OLD."by_id", OLD."clinical_response", OLD."consent_confirmed", OLD."delivery_device_id", OLD."depth", OLD."depth_reached", OLD."deviation", OLD."deviation_reason", OLD."drainage_massage", OLD."emergency_kit", OLD."ended_at", OLD."film_off_hours", OLD."hands_on_minutes", OLD."id", OLD."injection_points", OLD."left_over_ml", OLD."needle", OLD."needle_length_mm", OLD."note", OLD."old_sites_checked", OLD."operator_skill", OLD."partial", OLD."partial_reason", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."placed", OLD."session_id", OLD."signed_at", OLD."signed_by_id", OLD."signed_for", OLD."skin_response", OLD."started_at", OLD."substances", OLD."technique_id", OLD."version", OLD."watched_from"); RETURN NULL;',
                    hash="90bddf72714b0ca92edfb123893689325e76f6be",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_5fff9",
                    table="scheduling_treatmentrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentrecordevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9725a45f956a4dc66428575babe5d5ee1f5d2b65",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_942a3",
                    table="scheduling_treatmentrecordevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_visitrequestevent" ("asked_at", "closed_at", "closed_by_id", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "text") VALUES (NEW."asked_at", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."location_id", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."session_id", NEW."text"); RETURN NULL;',
                    hash="8fa1991d2b533531ddcd2e1bda23e0ee10125618",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_de214",
                    table="scheduling_visitrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_visitrequestevent" ("asked_at", "closed_at", "closed_by_id", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "text") VALUES (NEW."asked_at", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."location_id", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."session_id", NEW."text"); RETURN NULL;',
                    hash="d30fcb1164af773fddf529fcc5cea51739cf4ad5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cf95f",
                    table="scheduling_visitrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_visitrequestevent" ("asked_at", "closed_at", "closed_by_id", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "text") VALUES (OLD."asked_at", OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."location_id", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."session_id", OLD."text"); RETURN NULL;',
                    hash="a133f7a1cece15a928401984891fb895ff06abcb",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_17a3a",
                    table="scheduling_visitrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitrequestevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e5dfe77bae8f160a30417aad3b03714214d569c7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3092b",
                    table="scheduling_visitrequestevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workinghours",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_workinghoursevent" ("end", "id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "season_id", "start", "valid_from", "valid_until", "weekday") VALUES (NEW."end", NEW."id", NEW."location_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."season_id", NEW."start", NEW."valid_from", NEW."valid_until", NEW."weekday"); RETURN NULL;',
                    hash="9385d5524b9d209c2ffc41edbf7af99ae2b5f6f3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c2f03",
                    table="scheduling_workinghours",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workinghours",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_workinghoursevent" ("end", "id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "season_id", "start", "valid_from", "valid_until", "weekday") VALUES (NEW."end", NEW."id", NEW."location_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."season_id", NEW."start", NEW."valid_from", NEW."valid_until", NEW."weekday"); RETURN NULL;',
                    hash="08cac093fcbd74ef6180b1e761167032b5b18c02",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_dbc28",
                    table="scheduling_workinghours",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workinghours",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "scheduling_workinghoursevent" ("end", "id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "season_id", "start", "valid_from", "valid_until", "weekday") VALUES (OLD."end", OLD."id", OLD."location_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."practitioner_id", OLD."season_id", OLD."start", OLD."valid_from", OLD."valid_until", OLD."weekday"); RETURN NULL;',
                    hash="b1c88237d48a8701b53ae8cff691542eb765bbf3",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_48191",
                    table="scheduling_workinghours",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workinghoursevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="311b36936fc052ab1d019b2750774a97c6d17f34",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d05d9",
                    table="scheduling_workinghoursevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
