"""Patients, answers, allergies, tests, consent: all steps until now in one, for a new database."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clinic.base.clock
import clinic.base.trail
from clinic.base.first_migration import FirstMigration

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


class Migration(FirstMigration):
    initial = True

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
    ]

    dependencies = [
        ("protocols", "0001_squashed_0007_instruction_begins"),
        ("clinic", "0001_squashed_0009_database_defaults"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                (
                    "named",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("administered_at", models.DateTimeField()),
                ("injections", models.PositiveSmallIntegerField()),
                ("site", models.CharField(max_length=100)),
                ("emergency_kit", models.BooleanField()),
                ("acknowledged", models.TextField(blank=True)),
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
                (
                    "named",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("administered_at", models.DateTimeField()),
                ("injections", models.PositiveSmallIntegerField()),
                ("site", models.CharField(max_length=100)),
                ("emergency_kit", models.BooleanField()),
                ("acknowledged", models.TextField(blank=True)),
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllergyTestReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("language", models.CharField(blank=True, max_length=10)),
                ("interpreter", models.CharField(blank=True, max_length=200)),
                ("text_version", models.CharField(blank=True, max_length=12)),
                ("text_digest", models.CharField(blank=True, max_length=64)),
                ("paper", models.CharField(blank=True, max_length=200)),
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
                ("language", models.CharField(blank=True, max_length=10)),
                ("interpreter", models.CharField(blank=True, max_length=200)),
                ("text_version", models.CharField(blank=True, max_length=12)),
                ("text_digest", models.CharField(blank=True, max_length=64)),
                ("paper", models.CharField(blank=True, max_length=200)),
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
                        choices=[("email", "E-mail"), ("sms", "Text message"), ("call", "Phone call by the desk")],
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
            ],
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
                        choices=[("email", "E-mail"), ("sms", "Text message"), ("call", "Phone call by the desk")],
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
                ("by_prescriber", models.BooleanField(default=False)),
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
                ("by_prescriber", models.BooleanField(default=False)),
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
            ],
            options={
                "ordering": ["measured_at", "id"],
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_name", models.CharField(max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(max_length=100, verbose_name="family name")),
                ("phone", models.CharField(max_length=40, verbose_name="phone")),
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
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="patient",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["family_name", "given_name", "id"],
                "indexes": [
                    models.Index(fields=["family_name", "given_name", "id"], name="patient_in_order"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Lower(
                                django.db.models.functions.text.Concat("given_name", models.Value(" "), "family_name")
                            ),
                            name="gin_trgm_ops",
                        ),
                        name="patient_name_trigrams",
                    ),
                    models.Index(fields=["phone"], name="patient_phone"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("phone", name="gin_trgm_ops"),
                        name="patient_phone_trigrams",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(models.Q(("email", ""), _negated=True), ("user__isnull", False)),
                        name="patient_portal_email_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("given_name", ""), _negated=True),
                            models.Q(("family_name", ""), _negated=True),
                            models.Q(("phone", ""), _negated=True),
                        ),
                        name="patient_name_and_phone",
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
                ("given_name", models.CharField(max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(max_length=100, verbose_name="family name")),
                ("phone", models.CharField(max_length=40, verbose_name="phone")),
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
            ],
            options={
                "ordering": ["-taken_at", "-id"],
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
        migrations.CreateModel(
            name="AccessLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("what", models.CharField(max_length=60)),
                ("db_role", models.CharField(blank=True, editable=False, max_length=63)),
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
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_patientevent" ("birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (NEW."birth_date", NEW."calendar_digest", NEW."email", NEW."family_name", NEW."given_name", NEW."id", NEW."language", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."registered_at", NEW."registered_by_id", NEW."sex", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="5f0123d00c8a34ad9c125612a6b6f2b374e8ed25",
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
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patients_patientevent" ("birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (NEW."birth_date", NEW."calendar_digest", NEW."email", NEW."family_name", NEW."given_name", NEW."id", NEW."language", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."registered_at", NEW."registered_by_id", NEW."sex", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="4e7a599115efa576ff8cb8d5cafefbb13595af7c",
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
                    func='INSERT INTO "patients_patientevent" ("birth_date", "calendar_digest", "email", "family_name", "given_name", "id", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registered_at", "registered_by_id", "sex", "user_id", "version") VALUES (OLD."birth_date", OLD."calendar_digest", OLD."email", OLD."family_name", OLD."given_name", OLD."id", OLD."language", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."registered_at", OLD."registered_by_id", OLD."sex", OLD."user_id", OLD."version"); RETURN NULL;',
                    hash="621dd0ae99f43554e5b1808d84c39f1332d7e371",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9898d",
                    table="patients_patient",
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
            model_name="measurement",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (NEW."area_id", NEW."code", NEW."id", NEW."measured_at", NEW."measured_by_id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."unit", NEW."value"); RETURN NULL;',
                    hash="e4431693acefbcc1ee3427b99c649bdc2521e2b2",
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
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (NEW."area_id", NEW."code", NEW."id", NEW."measured_at", NEW."measured_by_id", NEW."note", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."unit", NEW."value"); RETURN NULL;',
                    hash="3b337a181f5175dcd4da7706dd65d6ee7cabb43e",
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
                    func='INSERT INTO "patients_measurementevent" ("area_id", "code", "id", "measured_at", "measured_by_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit", "value") VALUES (OLD."area_id", OLD."code", OLD."id", OLD."measured_at", OLD."measured_by_id", OLD."note", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."unit", OLD."value"); RETURN NULL;',
                    hash="65b95d36457ad2da4663955cec6da0610fa3452e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_badc8",
                    table="patients_measurement",
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
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (NEW."channel", NEW."id", NEW."opted_out", NEW."patient_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."version"); RETURN NULL;',
                    hash="9cc5d0c7445d984e33586d46544c2ba09f52c628",
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
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (NEW."channel", NEW."id", NEW."opted_out", NEW."patient_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."version"); RETURN NULL;',
                    hash="4eeede9423179c7ab90ac27a1df9f5ca92d70859",
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
                    func='INSERT INTO "patients_contactpreferenceevent" ("channel", "id", "opted_out", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (OLD."channel", OLD."id", OLD."opted_out", OLD."patient_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."version"); RETURN NULL;',
                    hash="64a6526af1987a5e2e069001815b2314471f2648",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_60629",
                    table="patients_contactpreference",
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
        migrations.RunSQL(
            sql=STAMP,
            reverse_sql=NO_STAMP,
        ),
    ]
