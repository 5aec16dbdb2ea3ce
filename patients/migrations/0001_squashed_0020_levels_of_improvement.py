"""Patients and what is known of them: all steps until now in one, for a new database."""

import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clinic.base.clock
import clinic.base.names
import clinic.base.trail
from clinic.base.first_migration import FirstMigration
from clinic.migrations._policies import of_patient, of_person, of_place, of_row, policy

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
NO_STAMP = """
DROP TRIGGER stamp_access ON patients_accesslog;
DROP FUNCTION patients_stamp_access();
"""
SEEN = """
CREATE FUNCTION patients_seen() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text[] := public.clinic_scope();
BEGIN
    IF said[1] = 'person' THEN
        RETURN ARRAY(SELECT id FROM public.patients_patient WHERE user_id = said[2]::bigint);
    ELSIF said[1] = 'staff' AND said[3] IN ('practitioner', 'medical_director') THEN
        RETURN ARRAY(
            SELECT patient_id FROM public.patients_emergencyaccess
            WHERE by_id = said[2]::bigint AND until > now()
        );
    END IF;
    RETURN '{}';
END $$;
"""
FOUND = """
CREATE FUNCTION patients_found(words text, near text, phones text, emails text, born date[], most integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE ROWS 100 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    everywhere boolean := public.clinic_sees_all();
    places bigint[] := public.clinic_places();
    people bigint[] := public.patients_seen();
BEGIN
    RETURN QUERY SELECT patient.id FROM public.patients_patient patient
    WHERE (words IS NULL OR patient.folded::tsvector @@ words::tsquery)
        AND (near IS NULL OR near <% patient.folded)
        AND (phones IS NULL OR patient.phone LIKE phones)
        AND (emails IS NULL OR patient.email LIKE emails)
        AND (born IS NULL OR patient.birth_date = ANY (born))
        AND (everywhere OR patient.id = ANY (people) OR EXISTS (
            SELECT FROM public.patients_patientlocation here
            WHERE here.patient_id = patient.id AND here.location_id = ANY (places)
        ))
    LIMIT most;
END $$;
"""
# Organisation-wide, whatever the scope: who may be the same person, and in what they agree; no word of their record.
ALIKE = """
CREATE FUNCTION patients_alike(but bigint, the_name text, the_phone text, the_email text, born date)
    RETURNS TABLE (patient_id bigint, same text[])
    LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    WITH close AS (
        SELECT patient.id, patient.birth_date, similarity(patient.folded, the_name) AS likeness,
            COALESCE(patient.phone = NULLIF(the_phone, ''), false) AS same_phone,
            COALESCE(patient.email = NULLIF(the_email, ''), false) AS same_email
        FROM public.patients_patient patient
        WHERE patient.merged_into_id IS NULL AND patient.id IS DISTINCT FROM but AND (
            patient.phone = NULLIF(the_phone, '')
            OR patient.email = NULLIF(the_email, '')
            OR patient.birth_date = born
            OR the_name <% patient.folded
        )
        ORDER BY patient.phone = NULLIF(the_phone, '') DESC NULLS LAST,
            patient.email = NULLIF(the_email, '') DESC NULLS LAST, likeness DESC LIMIT 50
    ), agreeing AS (
        SELECT close.*, array_remove(ARRAY[
            CASE WHEN likeness >= 0.6 THEN 'name' END,
            CASE WHEN same_phone THEN 'phone' END,
            CASE WHEN same_email THEN 'email' END,
            CASE WHEN likeness >= 0.3 AND birth_date = born THEN 'birth_date' END
        ], NULL) AS what FROM close
        WHERE same_phone OR same_email OR COALESCE(birth_date = born, true)
    )
    SELECT agreeing.id, agreeing.what FROM agreeing WHERE cardinality(agreeing.what) > 0
    ORDER BY cardinality(agreeing.what) DESC, same_phone DESC, same_email DESC, likeness DESC;
END $$;
"""
# With their history, whose rows name the same patient.
OF_A_PATIENT = [
    "addresschange",
    "allergy",
    "allergytest",
    "consent",
    "contactperson",
    "contactpreference",
    "findingdecision",
    "intakeresponse",
    "measurement",
    "photo",
]
OPENED = f"{of_patient()} OR {{row}}.by_id::text = (clinic_scope())[2]"  # by whom it was, before it opens anything


class Migration(FirstMigration):
    replaces = [
        ("patients", "0001_initial"),
        ("patients", "0002_decision_by_prescriber"),
        ("patients", "0003_phone_trigrams"),
        ("patients", "0004_address_change"),
        ("patients", "0005_trail"),
        ("patients", "0006_access_log"),
        ("patients", "0007_indexes_of_lists"),
        ("patients", "0008_consent_binds_lines"),
        ("patients", "0009_named_ingredients_of_tests"),
        ("patients", "0010_history_of_tests"),
        ("patients", "0011_names_and_phones"),
        ("patients", "0012_photos_are_pictures"),
        ("patients", "0013_needs_and_contact_persons"),
        ("patients", "0014_family_mailbox"),
        ("patients", "0015_merged_records"),
        ("patients", "0016_places"),
        ("patients", "0017_rows_by_scope"),
        ("patients", "0018_search_by_function"),
        ("patients", "0019_earlier_times"),
        ("patients", "0020_levels_of_improvement"),
    ]

    initial = True

    dependencies = [
        ("clinic", "0013_scope"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("protocols", "0007_instruction_begins"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("what", models.CharField(max_length=60)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
                    ),
                ),
                ("db_role", models.CharField(blank=True, editable=False, max_length=63)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["patient", "-at"], name="access_log_patient")],
            },
        ),
        migrations.CreateModel(
            name="AddressChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254)),
                ("asked_at", models.DateTimeField()),
                ("needs_old", models.BooleanField()),
                ("new_digest", models.CharField(max_length=64, unique=True)),
                ("old_digest", models.CharField(max_length=64, unique=True)),
                ("new_said_yes_at", models.DateTimeField(blank=True, null=True)),
                ("old_said_yes_at", models.DateTimeField(blank=True, null=True)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="address_changes",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("applied_at", None), ("stopped_at", None)),
                        fields=("patient",),
                        name="address_change_one_open_per_patient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applied_at", None),
                            models.Q(
                                ("new_said_yes_at__isnull", False),
                                models.Q(("needs_old", False), ("old_said_yes_at__isnull", False), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="address_change_applied_was_confirmed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressChangeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("address", models.EmailField(max_length=254)),
                ("asked_at", models.DateTimeField()),
                ("needs_old", models.BooleanField()),
                ("new_said_yes_at", models.DateTimeField(blank=True, null=True)),
                ("old_said_yes_at", models.DateTimeField(blank=True, null=True)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
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
                        to="patients.addresschange",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Allergy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("allergen", models.CharField(blank=True, max_length=60)),
                (
                    "verification",
                    models.CharField(
                        choices=[("unconfirmed", "Suspected"), ("confirmed", "Confirmed"), ("refuted", "Ruled out")],
                        default="confirmed",
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="allergies", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("substance__isnull", False), models.Q(("allergen", ""), _negated=True), _connector="OR"
                        ),
                        name="allergy_names_something",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("substance__isnull", False)),
                        fields=("patient", "substance"),
                        name="allergy_substance_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AllergyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("allergen", models.CharField(blank=True, max_length=60)),
                (
                    "verification",
                    models.CharField(
                        choices=[("unconfirmed", "Suspected"), ("confirmed", "Confirmed"), ("refuted", "Ruled out")],
                        default="confirmed",
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
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
                        to="patients.allergy",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllergyTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ingredients", models.JSONField(default=dict)),
                ("administered_at", models.DateTimeField()),
                ("injections", models.PositiveSmallIntegerField()),
                ("site", models.CharField(max_length=100)),
                ("emergency_kit", models.BooleanField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "administered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "formulation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tests", to="protocols.formulation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="allergy_tests", to="patients.patient"
                    ),
                ),
                ("acknowledged", models.TextField(blank=True)),
                (
                    "named",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
            ],
            options={
                "ordering": ["-administered_at", "-id"],
                "indexes": [models.Index(fields=["administered_at"], name="allergy_test_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("injections__gte", 1), ("injections__lte", 2)),
                        name="allergy_test_one_or_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("emergency_kit", True)), name="allergy_test_emergency_kit_checked"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AllergyTestEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("ingredients", models.JSONField(default=dict)),
                ("administered_at", models.DateTimeField()),
                ("injections", models.PositiveSmallIntegerField()),
                ("site", models.CharField(max_length=100)),
                ("emergency_kit", models.BooleanField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "administered_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        to="patients.allergytest",
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
                ("acknowledged", models.TextField(blank=True)),
                (
                    "named",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllergyTestReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField()),
                (
                    "result",
                    models.CharField(
                        choices=[("negative", "Negative"), ("positive", "Positive"), ("inconclusive", "Inconclusive")],
                        max_length=12,
                    ),
                ),
                ("wheal_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("flare_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("symptoms_since", models.TextField(blank=True)),
                ("provisional", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "read_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="patients.allergytest"
                    ),
                ),
                (
                    "look",
                    models.CharField(
                        choices=[
                            ("immediate", "15 to 20 minutes after the injection"),
                            ("delayed", "24 hours after the injection or later"),
                        ],
                        default="delayed",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["read_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("provisional", True), ("signed_by__isnull", False), _connector="OR"),
                        name="reading_signed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AllergyTestReadingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("read_at", models.DateTimeField()),
                (
                    "result",
                    models.CharField(
                        choices=[("negative", "Negative"), ("positive", "Positive"), ("inconclusive", "Inconclusive")],
                        max_length=12,
                    ),
                ),
                ("wheal_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("flare_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("symptoms_since", models.TextField(blank=True)),
                ("provisional", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
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
                        to="patients.allergytestreading",
                    ),
                ),
                (
                    "read_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                (
                    "test",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.allergytest",
                    ),
                ),
                (
                    "look",
                    models.CharField(
                        choices=[
                            ("immediate", "15 to 20 minutes after the injection"),
                            ("delayed", "24 hours after the injection or later"),
                        ],
                        default="delayed",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[("test", "Allergy test"), ("treatment", "Treatment"), ("photos", "Photographs")],
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Signed"), ("rejected", "Refused"), ("inactive", "Withdrawn")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("statements", models.JSONField(default=list)),
                ("signed_name", models.CharField(max_length=200)),
                ("signed_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=clinic.base.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="patients.patient"
                    ),
                ),
                ("interpreter", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("paper", models.CharField(blank=True, max_length=200)),
                ("text_digest", models.CharField(blank=True, max_length=64)),
                ("text_version", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "ordering": ["-signed_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(
                                ("status", "inactive"), ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="consent_withdrawal_complete",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "inactive"), _negated=True),
                            ("withdrawn_at__gte", models.F("signed_at")),
                            _connector="OR",
                        ),
                        name="consent_withdrawn_after_signing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("signed_name", ""), _negated=True), name="consent_has_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[("test", "Allergy test"), ("treatment", "Treatment"), ("photos", "Photographs")],
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Signed"), ("rejected", "Refused"), ("inactive", "Withdrawn")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("statements", models.JSONField(default=list)),
                ("signed_name", models.CharField(max_length=200)),
                ("signed_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=clinic.base.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
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
                        to="patients.consent",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
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
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                ("interpreter", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("paper", models.CharField(blank=True, max_length=200)),
                ("text_digest", models.CharField(blank=True, max_length=64)),
                ("text_version", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ContactPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("relationship", models.CharField(blank=True, max_length=60, verbose_name="relationship")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("pays", models.BooleanField(default=False)),
                ("patient_agreed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreement_noted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_persons",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="contact_person_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone", ""), ("phone__regex", "^\\+[0-9]{4,15}(;ext=[0-9]{1,7})?$"), _connector="OR"
                        ),
                        name="contact_phone_dials",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreement_noted_by", None), ("patient_agreed_at", None)),
                            models.Q(("agreement_noted_by__isnull", False), ("patient_agreed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="contact_person_yes_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPersonEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("relationship", models.CharField(blank=True, max_length=60, verbose_name="relationship")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("pays", models.BooleanField(default=False)),
                ("patient_agreed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreement_noted_by",
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
                        to="patients.contactperson",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ContactPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("call", "Phone call by the desk"),
                            ("letter", "Letter by post"),
                            ("in_person", "In person at the clinic"),
                            ("helper", "Through a contact person"),
                        ],
                        default="email",
                        max_length=10,
                    ),
                ),
                (
                    "opted_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), blank=True, default=list, size=None
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contact", to="patients.patient"
                    ),
                ),
                ("no_calls", models.BooleanField(default=False)),
                ("wants_earlier", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel", "call"), ("no_calls", True), _negated=True),
                        name="contact_by_no_unwanted_call",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPreferenceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("call", "Phone call by the desk"),
                            ("letter", "Letter by post"),
                            ("in_person", "In person at the clinic"),
                            ("helper", "Through a contact person"),
                        ],
                        default="email",
                        max_length=10,
                    ),
                ),
                (
                    "opted_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), blank=True, default=list, size=None
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                        to="patients.contactpreference",
                    ),
                ),
                ("no_calls", models.BooleanField(default=False)),
                ("wants_earlier", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EmergencyAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
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
            ],
            options={
                "ordering": ["opened_at", "id"],
                "indexes": [models.Index(fields=["by", "until"], name="emergency_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="emergency_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__gt", models.F("opened_at")),
                            (
                                "until__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("opened_at"), "+", models.Value(datetime.timedelta(seconds=43200))
                                ),
                            ),
                        ),
                        name="emergency_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seen_at", None), ("seen_by", None)),
                            models.Q(("seen_at__isnull", False), ("seen_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="emergency_seen_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyAccessEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
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
                        to="patients.emergencyaccess",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FindingDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                (
                    "decision",
                    models.CharField(choices=[("approve", "Approved"), ("decline", "Declined")], max_length=10),
                ),
                ("reason", models.TextField()),
                ("plan", models.JSONField(default=dict)),
                ("rule_version", models.CharField(max_length=64)),
                ("answers_hash", models.CharField(max_length=64)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="patients.patient"
                    ),
                ),
                ("by_prescriber", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-decided_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="finding_decision_has_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FindingDecisionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=60)),
                (
                    "decision",
                    models.CharField(choices=[("approve", "Approved"), ("decline", "Declined")], max_length=10),
                ),
                ("reason", models.TextField()),
                ("plan", models.JSONField(default=dict)),
                ("rule_version", models.CharField(max_length=64)),
                ("answers_hash", models.CharField(max_length=64)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
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
                        to="patients.findingdecision",
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
                ("by_prescriber", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IntakeResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "occasion",
                    models.CharField(choices=[("plan", "Planning"), ("same_day", "On the day")], max_length=10),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("in_progress", "In progress"), ("completed", "Completed")],
                        default="completed",
                        max_length=12,
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("answered_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "amends",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="patients.intakeresponse",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="intakes", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["answered_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("occasion", "plan")), fields=["patient", "status"], name="intake_of_plan"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amends", None), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="intake_amendment_has_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "in_progress")),
                        fields=("patient", "occasion"),
                        name="intake_one_open_per_occasion",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IntakeResponseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "occasion",
                    models.CharField(choices=[("plan", "Planning"), ("same_day", "On the day")], max_length=10),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("in_progress", "In progress"), ("completed", "Completed")],
                        default="completed",
                        max_length=12,
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("answered_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "amends",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.intakeresponse",
                    ),
                ),
                (
                    "author",
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
                        to="patients.intakeresponse",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                ("unit", models.CharField(default="cm", max_length=20)),
                ("measured_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
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
                    "measured_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="measurements", to="patients.patient"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("very_much_improved", "Very much improved"),
                            ("much_improved", "Much improved"),
                            ("improved", "Improved"),
                            ("no_change", "No change"),
                            ("worse", "Worse"),
                        ],
                        db_default="",
                        max_length=20,
                    ),
                ),
            ],
            options={
                "ordering": ["measured_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", "improvement"), models.Q(("level", ""), _negated=True)),
                            models.Q(models.Q(("code", "improvement"), _negated=True), ("level", "")),
                            _connector="OR",
                        ),
                        name="measurement_improvement_has_its_level",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasurementEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                ("unit", models.CharField(default="cm", max_length=20)),
                ("measured_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
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
                    "measured_by",
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
                        to="patients.measurement",
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
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("very_much_improved", "Very much improved"),
                            ("much_improved", "Much improved"),
                            ("improved", "Improved"),
                            ("no_change", "No change"),
                            ("worse", "Worse"),
                        ],
                        db_default="",
                        max_length=20,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("merged_at", models.DateTimeField()),
                ("moved", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "merged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "retired",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-merged_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("retired",), name="merge_once_a_record"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at", None), ("undone_by", None)),
                            models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="merge_undone_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("merged_at", models.DateTimeField()),
                ("moved", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kept",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "merged_by",
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
                        to="patients.merge",
                    ),
                ),
                (
                    "retired",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
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
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_name", models.CharField(blank=True, max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(blank=True, max_length=100, verbose_name="family name")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "sex",
                    models.CharField(
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not stated")],
                        default="unknown",
                        max_length=10,
                        verbose_name="sex",
                    ),
                ),
                ("language", models.CharField(default="en-gb", max_length=10, verbose_name="language")),
                ("registered_at", models.DateTimeField(auto_now_add=True)),
                ("calendar_digest", models.CharField(blank=True, db_index=True, max_length=64)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "registered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="patients",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("folded", clinic.base.names.FoldedField(default="", editable=False, of=("given_name", "family_name"))),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="postal address")),
                (
                    "needs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("hearing", "Deaf or hard of hearing"),
                                ("interpreter", "Interpreter"),
                                ("lift", "Lift, no stairs"),
                                ("hoist", "Hoist"),
                                ("chaperone", "Chaperone"),
                                ("time", "More time"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("needs_note", models.CharField(blank=True, max_length=200)),
                (
                    "merged_into",
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
                "ordering": ["family_name", "given_name", "id"],
                "indexes": [
                    models.Index(fields=["phone"], name="patient_phone"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("phone", name="gin_trgm_ops"),
                        name="patient_phone_trigrams",
                    ),
                    models.Index(fields=["family_name", "given_name", "id"], name="patient_in_order"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("folded", name="gin_trgm_ops"),
                        name="patient_name_trigrams",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.db.models.functions.comparison.Cast(
                            "folded", django.contrib.postgres.search.SearchVectorField()
                        ),
                        name="patient_name_words",
                    ),
                    models.Index(fields=["birth_date"], name="patient_birth_date"),
                    models.Index(fields=["email"], name="patient_email", opclasses=["varchar_pattern_ops"]),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("family_name", ""), ("given_name", ""), _negated=True),
                        name="patient_has_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone", ""), ("phone__regex", "^\\+[0-9]{4,15}(;ext=[0-9]{1,7})?$"), _connector="OR"
                        ),
                        name="patient_phone_dials",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needs__contained_by", ["hearing", "interpreter", "lift", "hoist", "chaperone", "time"])
                        ),
                        name="patient_needs_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="patient_merged_into_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("given_name", models.CharField(blank=True, max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(blank=True, max_length=100, verbose_name="family name")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "sex",
                    models.CharField(
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not stated")],
                        default="unknown",
                        max_length=10,
                        verbose_name="sex",
                    ),
                ),
                ("language", models.CharField(default="en-gb", max_length=10, verbose_name="language")),
                ("registered_at", models.DateTimeField(auto_now_add=True)),
                ("calendar_digest", models.CharField(blank=True, max_length=64)),
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
                        to="patients.patient",
                    ),
                ),
                (
                    "registered_by",
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
                    "user",
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
                ("address", models.CharField(blank=True, max_length=300, verbose_name="postal address")),
                (
                    "needs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("hearing", "Deaf or hard of hearing"),
                                ("interpreter", "Interpreter"),
                                ("lift", "Lift, no stairs"),
                                ("hoist", "Hoist"),
                                ("chaperone", "Chaperone"),
                                ("time", "More time"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("needs_note", models.CharField(blank=True, max_length=200)),
                (
                    "merged_into",
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
            name="PatientLocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked", models.BooleanField(default=False)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "added_by",
                    models.ForeignKey(
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="places", to="patients.patient"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("patient", "location"), name="patient_belongs_once_to_a_location")
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientLocationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("asked", models.BooleanField(default=False)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "added_by",
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
                        to="patients.patientlocation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to="photos/%Y/%m")),
                ("taken_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="patients.patient"
                    ),
                ),
                ("height", models.PositiveIntegerField()),
                (
                    "pose",
                    models.CharField(
                        choices=[
                            ("front", "From the front"),
                            ("left", "From the left"),
                            ("right", "From the right"),
                            ("back", "From behind"),
                            ("close", "From close by"),
                        ],
                        default="front",
                        max_length=10,
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["taken_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("height__gt", 0), ("size__gt", 0), ("width__gt", 0)),
                        name="photo_holds_a_picture",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PhotoEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "pose",
                    models.CharField(
                        choices=[
                            ("front", "From the front"),
                            ("left", "From the left"),
                            ("right", "From the right"),
                            ("back", "From behind"),
                            ("close", "From close by"),
                        ],
                        default="front",
                        max_length=10,
                    ),
                ),
                ("file", models.FileField(upload_to="photos/%Y/%m")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("taken_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        to="patients.photo",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("evaluated_for", models.DateField()),
                ("evaluated_at", models.DateTimeField()),
                ("occasion", models.CharField(max_length=10)),
                ("plan", models.JSONField(default=dict)),
                ("verdict", models.CharField(max_length=20)),
                ("until", models.DateField(blank=True, null=True)),
                ("findings", models.JSONField(default=list)),
                ("rule_version", models.CharField(max_length=64)),
                ("answers_hash", models.CharField(max_length=64)),
                (
                    "evaluated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="screenings", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["-evaluated_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("occasion", "plan")),
                        fields=["patient", "-evaluated_at", "-id"],
                        include=("verdict", "until"),
                        name="screening_of_plan",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            sql=STAMP,
            reverse_sql=NO_STAMP,
        ),
        migrations.RunSQL(SEEN, "DROP FUNCTION patients_seen();"),
        policy("patients_patientlocation", f"{of_place()} OR {of_person()}"),
        policy("patients_patientlocationevent", of_patient()),
        policy("patients_patient", of_patient("id")),
        policy("patients_patientevent", of_patient("pgh_obj_id")),
        *(policy(f"patients_{name}{kind}", of_patient()) for name in OF_A_PATIENT for kind in ("", "event")),
        policy("patients_accesslog", of_patient()),
        policy("patients_screening", of_patient()),
        policy("patients_allergytestreading", of_row("patients_allergytest", "test_id")),
        policy("patients_allergytestreadingevent", of_row("patients_allergytest", "test_id")),
        policy("patients_emergencyaccess", OPENED),
        policy("patients_emergencyaccessevent", OPENED),
        policy("patients_merge", of_patient("kept_id")),
        policy("patients_mergeevent", of_patient("kept_id")),
        migrations.RunSQL(FOUND, "DROP FUNCTION patients_found(text, text, text, text, date[], integer);"),
        migrations.RunSQL(ALIKE, "DROP FUNCTION patients_alike(bigint, text, text, text, date);"),
        pgtrigger.migrations.AddTrigger(
            model_name="accesslog",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e9a4bb93625b80cf3c992f0c75bb58eba2e3a4a3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_03098",
                    table="patients_accesslog",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addresschange",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_addresschangeevent" ("address", "applied_at", "asked_at", "asked_by_id", "id", "needs_old", "new_said_yes_at", "old_said_yes_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stopped_at") VALUES (NEW."address", NEW."applied_at", NEW."asked_at", NEW."asked_by_id", NEW."id", NEW."needs_old", NEW."new_said_yes_at", NEW."old_said_yes_at", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."stopped_at"); RETURN NULL;',
                    hash="b04e9154b83b66c6b3094f9e6f422f49187f8124",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c9c08",
                    table="patients_addresschange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addresschange",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."applied_at" IS DISTINCT FROM (NEW."applied_at") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."needs_old" IS DISTINCT FROM (NEW."needs_old") OR OLD."new_said_yes_at" IS DISTINCT FROM (NEW."new_said_yes_at") OR OLD."old_said_yes_at" IS DISTINCT FROM (NEW."old_said_yes_at") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."stopped_at" IS DISTINCT FROM (NEW."stopped_at"))',
                    func='INSERT INTO "patients_addresschangeevent" ("address", "applied_at", "asked_at", "asked_by_id", "id", "needs_old", "new_said_yes_at", "old_said_yes_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stopped_at") VALUES (NEW."address", NEW."applied_at", NEW."asked_at", NEW."asked_by_id", NEW."id", NEW."needs_old", NEW."new_said_yes_at", NEW."old_said_yes_at", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."stopped_at"); RETURN NULL;',
                    hash="a0111b26df82a0ee7e58849bebcf624c46ed60ac",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_afb93",
                    table="patients_addresschange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addresschange",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_addresschangeevent" ("address", "applied_at", "asked_at", "asked_by_id", "id", "needs_old", "new_said_yes_at", "old_said_yes_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stopped_at") VALUES (OLD."address", OLD."applied_at", OLD."asked_at", OLD."asked_by_id", OLD."id", OLD."needs_old", OLD."new_said_yes_at", OLD."old_said_yes_at", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."stopped_at"); RETURN NULL;',
                    hash="59f9670c9eb25a506ac8d94586fac3fd7a0877f4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_12b45",
                    table="patients_addresschange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addresschangeevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="53470acb931f5fb26dfd59e60e4f8809602bb6b9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7eab3",
                    table="patients_addresschangeevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergy",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergyevent" ("allergen", "id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "substance_id", "verification", "version") VALUES (NEW."allergen", NEW."id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."substance_id", NEW."verification", NEW."version"); RETURN NULL;',
                    hash="de8e4fb1885d64c95f85c74b4f493162bd543277",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_09063",
                    table="patients_allergy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_allergyevent" ("allergen", "id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "substance_id", "verification", "version") VALUES (NEW."allergen", NEW."id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."substance_id", NEW."verification", NEW."version"); RETURN NULL;',
                    hash="f6b814a5768efa61e3b83c8d191687d100d1d02b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6c37b",
                    table="patients_allergy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergyevent" ("allergen", "id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "substance_id", "verification", "version") VALUES (OLD."allergen", OLD."id", OLD."note", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."substance_id", OLD."verification", OLD."version"); RETURN NULL;',
                    hash="501858fff292c2005fc60e538306b1e949283257",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9391c",
                    table="patients_allergy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergyevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c548d99255e80820398f5ae48af48c09093f1f15",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_539c8",
                    table="patients_allergyevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytest",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergytestevent" ("acknowledged", "administered_at", "administered_by_id", "emergency_kit", "formulation_id", "id", "ingredients", "injections", "named", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "site", "version") VALUES (NEW."acknowledged", NEW."administered_at", NEW."administered_by_id", NEW."emergency_kit", NEW."formulation_id", NEW."id", NEW."ingredients", NEW."injections", NEW."named", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."site", NEW."version"); RETURN NULL;',
                    hash="09d1f6f5046ac21f4017e288eb22bb32e5ab97f9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4c046",
                    table="patients_allergytest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytest",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_allergytestevent" ("acknowledged", "administered_at", "administered_by_id", "emergency_kit", "formulation_id", "id", "ingredients", "injections", "named", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "site", "version") VALUES (NEW."acknowledged", NEW."administered_at", NEW."administered_by_id", NEW."emergency_kit", NEW."formulation_id", NEW."id", NEW."ingredients", NEW."injections", NEW."named", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."site", NEW."version"); RETURN NULL;',
                    hash="aed8a0c6cf93c69b9637af35839f14a42d7a5b08",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_3b197",
                    table="patients_allergytest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytest",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergytestevent" ("acknowledged", "administered_at", "administered_by_id", "emergency_kit", "formulation_id", "id", "ingredients", "injections", "named", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "site", "version") VALUES (OLD."acknowledged", OLD."administered_at", OLD."administered_by_id", OLD."emergency_kit", OLD."formulation_id", OLD."id", OLD."ingredients", OLD."injections", OLD."named", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."site", OLD."version"); RETURN NULL;',
                    hash="ea2eec3d5b57f01340369d4db520dbd8dfbc8d3b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_74227",
                    table="patients_allergytest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytestevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="46d12a261e60784a0879216441733a5405329a37",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5c2f5",
                    table="patients_allergytestevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytestreading",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergytestreadingevent" ("flare_mm", "id", "look", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provisional", "read_at", "read_by_id", "recorded_at", "result", "signed_by_id", "symptoms_since", "test_id", "wheal_mm") VALUES (NEW."flare_mm", NEW."id", NEW."look", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."provisional", NEW."read_at", NEW."read_by_id", NEW."recorded_at", NEW."result", NEW."signed_by_id", NEW."symptoms_since", NEW."test_id", NEW."wheal_mm"); RETURN NULL;',
                    hash="e23480ddf0dc31808b7b3649029ecfb1febd29f6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_88674",
                    table="patients_allergytestreading",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytestreading",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_allergytestreadingevent" ("flare_mm", "id", "look", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provisional", "read_at", "read_by_id", "recorded_at", "result", "signed_by_id", "symptoms_since", "test_id", "wheal_mm") VALUES (NEW."flare_mm", NEW."id", NEW."look", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."provisional", NEW."read_at", NEW."read_by_id", NEW."recorded_at", NEW."result", NEW."signed_by_id", NEW."symptoms_since", NEW."test_id", NEW."wheal_mm"); RETURN NULL;',
                    hash="9741c0f69a7160930aca77fc9c11c189da08b182",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bedf8",
                    table="patients_allergytestreading",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytestreading",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_allergytestreadingevent" ("flare_mm", "id", "look", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provisional", "read_at", "read_by_id", "recorded_at", "result", "signed_by_id", "symptoms_since", "test_id", "wheal_mm") VALUES (OLD."flare_mm", OLD."id", OLD."look", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."provisional", OLD."read_at", OLD."read_by_id", OLD."recorded_at", OLD."result", OLD."signed_by_id", OLD."symptoms_since", OLD."test_id", OLD."wheal_mm"); RETURN NULL;',
                    hash="f2775ed989a9a2dee59903fc1483005118bab0f5",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1243c",
                    table="patients_allergytestreading",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergytestreadingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8323e35ef176d15d166a44f8cf37f17c843ea4ca",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4b741",
                    table="patients_allergytestreadingevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_consentevent" ("act", "id", "interpreter", "language", "paper", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "signed_at", "signed_name", "statements", "status", "text_digest", "text_version", "version", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason") VALUES (NEW."act", NEW."id", NEW."interpreter", NEW."language", NEW."paper", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."signed_at", NEW."signed_name", NEW."statements", NEW."status", NEW."text_digest", NEW."text_version", NEW."version", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason"); RETURN NULL;',
                    hash="95cfaef6ea09972d25dab69f798168850cca834a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f3c10",
                    table="patients_consent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_consentevent" ("act", "id", "interpreter", "language", "paper", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "signed_at", "signed_name", "statements", "status", "text_digest", "text_version", "version", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason") VALUES (NEW."act", NEW."id", NEW."interpreter", NEW."language", NEW."paper", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."signed_at", NEW."signed_name", NEW."statements", NEW."status", NEW."text_digest", NEW."text_version", NEW."version", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason"); RETURN NULL;',
                    hash="300b4364c0f0fbaa9dc97cfef76419d98ab8c7bb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_06fdd",
                    table="patients_consent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_consentevent" ("act", "id", "interpreter", "language", "paper", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "signed_at", "signed_name", "statements", "status", "text_digest", "text_version", "version", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason") VALUES (OLD."act", OLD."id", OLD."interpreter", OLD."language", OLD."paper", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."signed_at", OLD."signed_name", OLD."statements", OLD."status", OLD."text_digest", OLD."text_version", OLD."version", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_reason"); RETURN NULL;',
                    hash="e25de1ff7d9c51f9d578f9c8a066e49c4943d5ce",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a515a",
                    table="patients_consent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fced6dcbc87843e2b3fc4d589e9e5c46457e7a26",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_76697",
                    table="patients_consentevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactperson",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_contactpersonevent" ("agreement_noted_by_id", "email", "id", "name", "patient_agreed_at", "patient_id", "pays", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relationship") VALUES (NEW."agreement_noted_by_id", NEW."email", NEW."id", NEW."name", NEW."patient_agreed_at", NEW."patient_id", NEW."pays", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."relationship"); RETURN NULL;',
                    hash="de53451265df2c7b2805ba440b0cafa79a6f271d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_44901",
                    table="patients_contactperson",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactperson",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_contactpersonevent" ("agreement_noted_by_id", "email", "id", "name", "patient_agreed_at", "patient_id", "pays", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relationship") VALUES (NEW."agreement_noted_by_id", NEW."email", NEW."id", NEW."name", NEW."patient_agreed_at", NEW."patient_id", NEW."pays", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."relationship"); RETURN NULL;',
                    hash="2228431ba290fb5c0654d503847c4ee4cbbf495c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4aeb0",
                    table="patients_contactperson",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactperson",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_contactpersonevent" ("agreement_noted_by_id", "email", "id", "name", "patient_agreed_at", "patient_id", "pays", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relationship") VALUES (OLD."agreement_noted_by_id", OLD."email", OLD."id", OLD."name", OLD."patient_agreed_at", OLD."patient_id", OLD."pays", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."relationship"); RETURN NULL;',
                    hash="6145b33b73b1f9cbf1d40bcfbe586bb51aa1af43",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1f551",
                    table="patients_contactperson",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpersonevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="aacd7a711ed2023b305fef382e73311680f74062",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c8cc8",
                    table="patients_contactpersonevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "no_calls", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version", "wants_earlier") VALUES (NEW."channel", NEW."id", NEW."no_calls", NEW."opted_out", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."version", NEW."wants_earlier"); RETURN NULL;',
                    hash="12cbbe3aa6a7d49be597031ac492561bba00da8f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_60855",
                    table="patients_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "no_calls", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version", "wants_earlier") VALUES (NEW."channel", NEW."id", NEW."no_calls", NEW."opted_out", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."version", NEW."wants_earlier"); RETURN NULL;',
                    hash="85dc0a355a1c44226c1deaf213373e938b1ecd65",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_95d94",
                    table="patients_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "no_calls", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version", "wants_earlier") VALUES (OLD."channel", OLD."id", OLD."no_calls", OLD."opted_out", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."version", OLD."wants_earlier"); RETURN NULL;',
                    hash="5ce15d7bd4d1b724be612edcdc2e9850c35acd9c",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_60629",
                    table="patients_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreferenceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ff0e104fb315ce8d0a763e21ba33b10990472eda",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c4804",
                    table="patients_contactpreferenceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_emergencyaccessevent" ("by_id", "id", "opened_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "seen_at", "seen_by_id", "until") VALUES (NEW."by_id", NEW."id", NEW."opened_at", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."seen_at", NEW."seen_by_id", NEW."until"); RETURN NULL;',
                    hash="72c9351318fb269db4c18eff8d71646ce4c9491b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f84a1",
                    table="patients_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_emergencyaccessevent" ("by_id", "id", "opened_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "seen_at", "seen_by_id", "until") VALUES (NEW."by_id", NEW."id", NEW."opened_at", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."seen_at", NEW."seen_by_id", NEW."until"); RETURN NULL;',
                    hash="1e30b62986e0fc63181c879150e4bd64b368f58f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_48a92",
                    table="patients_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_emergencyaccessevent" ("by_id", "id", "opened_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "seen_at", "seen_by_id", "until") VALUES (OLD."by_id", OLD."id", OLD."opened_at", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."seen_at", OLD."seen_by_id", OLD."until"); RETURN NULL;',
                    hash="92544ba07991340d920e62fab50bfcd121bba535",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_194f6",
                    table="patients_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccessevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="92ddaa5997027264e43d7f01dc360a1b6dfbeaf9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3644f",
                    table="patients_emergencyaccessevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_findingdecisionevent" ("answers_hash", "by_prescriber", "code", "decided_at", "decided_by_id", "decision", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "reason", "rule_version") VALUES (NEW."answers_hash", NEW."by_prescriber", NEW."code", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."id", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."plan", NEW."reason", NEW."rule_version"); RETURN NULL;',
                    hash="908cb99017e83ef893769f9e9239031f7bacc2b0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a2708",
                    table="patients_findingdecision",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_findingdecisionevent" ("answers_hash", "by_prescriber", "code", "decided_at", "decided_by_id", "decision", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "reason", "rule_version") VALUES (NEW."answers_hash", NEW."by_prescriber", NEW."code", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."id", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."plan", NEW."reason", NEW."rule_version"); RETURN NULL;',
                    hash="c1c9673dc358d1df57b0844e9c0f8959b96f86e4",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5da76",
                    table="patients_findingdecision",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_findingdecisionevent" ("answers_hash", "by_prescriber", "code", "decided_at", "decided_by_id", "decision", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan", "reason", "rule_version") VALUES (OLD."answers_hash", OLD."by_prescriber", OLD."code", OLD."decided_at", OLD."decided_by_id", OLD."decision", OLD."id", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."plan", OLD."reason", OLD."rule_version"); RETURN NULL;',
                    hash="65eaa767441128e3e9187e3321f0448603953128",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_df12a",
                    table="patients_findingdecision",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingdecisionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e477af2e4d5b8bbe8213c5898d46dd936169eae2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e2fe8",
                    table="patients_findingdecisionevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intakeresponse",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_intakeresponseevent" ("amends_id", "answered_at", "answers", "author_id", "id", "occasion", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "status", "version") VALUES (NEW."amends_id", NEW."answered_at", NEW."answers", NEW."author_id", NEW."id", NEW."occasion", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."status", NEW."version"); RETURN NULL;',
                    hash="e0bd8a974174e52f90cf446e0f155ae6687cf493",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_66ab8",
                    table="patients_intakeresponse",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intakeresponse",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_intakeresponseevent" ("amends_id", "answered_at", "answers", "author_id", "id", "occasion", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "status", "version") VALUES (NEW."amends_id", NEW."answered_at", NEW."answers", NEW."author_id", NEW."id", NEW."occasion", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."status", NEW."version"); RETURN NULL;',
                    hash="7f8fe2809f11191a23752760dcac5b484a1adb46",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_fa774",
                    table="patients_intakeresponse",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intakeresponse",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_intakeresponseevent" ("amends_id", "answered_at", "answers", "author_id", "id", "occasion", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "status", "version") VALUES (OLD."amends_id", OLD."answered_at", OLD."answers", OLD."author_id", OLD."id", OLD."occasion", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."status", OLD."version"); RETURN NULL;',
                    hash="0102e7877ca24f99a6b4fc5d6154c727c299410c",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9a74a",
                    table="patients_intakeresponse",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intakeresponseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="70b020097c7d0ae74deaaf50572495b3bc48fcb4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d34b5",
                    table="patients_intakeresponseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="measurement",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "level", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (NEW."area_id", NEW."code", NEW."id", NEW."level", NEW."measured_at", NEW."measured_by_id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."unit", NEW."value"); RETURN NULL;',
                    hash="7af7c4294532e847abcd4fe4ef6377bc2e290935",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ac3bc",
                    table="patients_measurement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="measurement",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "level", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (NEW."area_id", NEW."code", NEW."id", NEW."level", NEW."measured_at", NEW."measured_by_id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."unit", NEW."value"); RETURN NULL;',
                    hash="6ee07f00e5ced087b32e2cdfcaf5924aa639ea3a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1bcce",
                    table="patients_measurement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="measurement",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "level", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (OLD."area_id", OLD."code", OLD."id", OLD."level", OLD."measured_at", OLD."measured_by_id", OLD."note", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."unit", OLD."value"); RETURN NULL;',
                    hash="ffd6b59f871a1cf9fb7b63a9068eb905d7c9e07a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_badc8",
                    table="patients_measurement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="measurementevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ffd54c3ef040da7b4b3f0102eb875ad6c42ee8f0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d0c93",
                    table="patients_measurementevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merge",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_mergeevent" ("before", "id", "kept_id", "merged_at", "merged_by_id", "moved", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_id", "undone_at", "undone_by_id") VALUES (NEW."before", NEW."id", NEW."kept_id", NEW."merged_at", NEW."merged_by_id", NEW."moved", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."retired_id", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;',
                    hash="a2618075a2ad439bfdf0a13a5a8ec549c370a2d9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_92879",
                    table="patients_merge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merge",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_mergeevent" ("before", "id", "kept_id", "merged_at", "merged_by_id", "moved", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_id", "undone_at", "undone_by_id") VALUES (NEW."before", NEW."id", NEW."kept_id", NEW."merged_at", NEW."merged_by_id", NEW."moved", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."retired_id", NEW."undone_at", NEW."undone_by_id"); RETURN NULL;',
                    hash="29dc8f2e8e5e71a538395b8c7e132b0773c747df",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9333a",
                    table="patients_merge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merge",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_mergeevent" ("before", "id", "kept_id", "merged_at", "merged_by_id", "moved", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_id", "undone_at", "undone_by_id") VALUES (OLD."before", OLD."id", OLD."kept_id", OLD."merged_at", OLD."merged_by_id", OLD."moved", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."retired_id", OLD."undone_at", OLD."undone_by_id"); RETURN NULL;',
                    hash="a51ce63f6ca6446db871f1e3764eefad49955419",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bf81c",
                    table="patients_merge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mergeevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e86097062f13c561abc013c6da2507e1d50e4d0e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_17ec1",
                    table="patients_mergeevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_patientevent" ("address", "birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "merged_into_id", "needs", "needs_note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (NEW."address", NEW."birth_date", NEW."calendar_digest", NEW."email", NEW."family_name", NEW."given_name", NEW."id", NEW."language", NEW."merged_into_id", NEW."needs", NEW."needs_note", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."registered_at", NEW."registered_by_id", NEW."sex", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="9c183cdde3c78be3ac7f655d42138f8ea6178e70",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_62165",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."calendar_digest" IS DISTINCT FROM (NEW."calendar_digest") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."family_name" IS DISTINCT FROM (NEW."family_name") OR OLD."given_name" IS DISTINCT FROM (NEW."given_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."needs" IS DISTINCT FROM (NEW."needs") OR OLD."needs_note" IS DISTINCT FROM (NEW."needs_note") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."registered_at" IS DISTINCT FROM (NEW."registered_at") OR OLD."registered_by_id" IS DISTINCT FROM (NEW."registered_by_id") OR OLD."sex" IS DISTINCT FROM (NEW."sex") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func='INSERT INTO "patients_patientevent" ("address", "birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "merged_into_id", "needs", "needs_note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (NEW."address", NEW."birth_date", NEW."calendar_digest", NEW."email", NEW."family_name", NEW."given_name", NEW."id", NEW."language", NEW."merged_into_id", NEW."needs", NEW."needs_note", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."registered_at", NEW."registered_by_id", NEW."sex", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="74e8b8c7878a974682171b5d62dcf59ba0b63c36",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_546ce",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_patientevent" ("address", "birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "merged_into_id", "needs", "needs_note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (OLD."address", OLD."birth_date", OLD."calendar_digest", OLD."email", OLD."family_name", OLD."given_name", OLD."id", OLD."language", OLD."merged_into_id", OLD."needs", OLD."needs_note", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."registered_at", OLD."registered_by_id", OLD."sex", OLD."user_id", OLD."version"); RETURN NULL;',
                    hash="0276023173954d0210f205bdde50b0586d34a90a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9898d",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d56fc44e91ee8df71d41dd0265710731967b921c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ade9e",
                    table="patients_patientevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientlocation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_patientlocationevent" ("added_at", "added_by_id", "asked", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."asked", NEW."id", NEW."location_id", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="37f621629eb76f6ef8c08a370277b07afeb97390",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d4d57",
                    table="patients_patientlocation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientlocation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_patientlocationevent" ("added_at", "added_by_id", "asked", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."asked", NEW."id", NEW."location_id", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="12dc57072899efb6c8d69344f3e7f3d63bd24617",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2a0ec",
                    table="patients_patientlocation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientlocation",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_patientlocationevent" ("added_at", "added_by_id", "asked", "id", "location_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."added_at", OLD."added_by_id", OLD."asked", OLD."id", OLD."location_id", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="1a9f7512c89e9448fd93801a57240c0b5a85c299",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d795d",
                    table="patients_patientlocation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientlocationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b39b8013ff9a2e74106b424083b67df6075e7d35",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f1776",
                    table="patients_patientlocationevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photo",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_photoevent" ("added_by_id", "area_id", "file", "height", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pose", "size", "taken_at", "width") VALUES (NEW."added_by_id", NEW."area_id", NEW."file", NEW."height", NEW."id", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."pose", NEW."size", NEW."taken_at", NEW."width"); RETURN NULL;',
                    hash="58dad91ec6a8ba262c7bba7a928e3b21367a62c1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_85a44",
                    table="patients_photo",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photo",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_photoevent" ("added_by_id", "area_id", "file", "height", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pose", "size", "taken_at", "width") VALUES (NEW."added_by_id", NEW."area_id", NEW."file", NEW."height", NEW."id", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."pose", NEW."size", NEW."taken_at", NEW."width"); RETURN NULL;',
                    hash="ca9825d56541ba6127e6396ee2c654e3ea1b45cf",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0fae6",
                    table="patients_photo",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photo",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_photoevent" ("added_by_id", "area_id", "file", "height", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pose", "size", "taken_at", "width") VALUES (OLD."added_by_id", OLD."area_id", OLD."file", OLD."height", OLD."id", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."pose", OLD."size", OLD."taken_at", OLD."width"); RETURN NULL;',
                    hash="b37951b9bc63b9361966609e78b9f212573bfaa6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dfbf1",
                    table="patients_photo",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photoevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="063d294af8653cfc705476fe3b42843f4ed0e010",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4e4fa",
                    table="patients_photoevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="screening",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9e7d77ff2ae42cba550a6ce0d1b7f176b46e7c18",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e367c",
                    table="patients_screening",
                    when="BEFORE",
                ),
            ),
        ),
    ]
