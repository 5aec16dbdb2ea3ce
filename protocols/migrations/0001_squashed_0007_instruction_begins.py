"""The catalogue, rules, policies: all steps until now in one, for a new database."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clinic.base.trail
from clinic.base.first_migration import FirstMigration


class Migration(FirstMigration):
    initial = True

    replaces = [
        ("protocols", "0001_initial"),
        ("protocols", "0002_catalogue_fields"),
        ("protocols", "0003_discarded_drafts"),
        ("protocols", "0004_trail"),
        ("protocols", "0005_question_rows_and_combinations"),
        ("protocols", "0006_substance_classes"),
        ("protocols", "0007_instruction_begins"),
    ]

    dependencies = [
        ("clinic", "0006_trail"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CareInstruction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("stage", models.CharField(max_length=20)),
                ("offset_from_hours", models.IntegerField(blank=True, null=True)),
                ("offset_until_hours", models.IntegerField(blank=True, null=True)),
                ("duration_policy", models.CharField(blank=True, max_length=60)),
                ("begins_policy", models.CharField(blank=True, max_length=60)),
                ("enabled_by", models.CharField(blank=True, max_length=60)),
                ("scope", models.JSONField(default=dict)),
                ("text", models.TextField()),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["stage", "order", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConsentStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("act", models.CharField(max_length=20)),
                ("scope", models.JSONField(default=dict)),
                ("text", models.TextField()),
                ("separately", models.BooleanField(default=False)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DeliveryDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("kind", models.CharField(max_length=40)),
                ("needle_count", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("skin_breaching", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ExpectedReaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("usual_hours", models.PositiveIntegerField(blank=True, null=True)),
                ("lasting", models.BooleanField(default=False)),
                ("serious", models.BooleanField(default=False)),
                ("route", models.CharField(default="clinic", max_length=20)),
                ("advice", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Indication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("aesthetic", "Aesthetic medicine"),
                            ("dermatology", "Dermatology"),
                            ("pain", "Pain therapy"),
                            ("traumatology", "Traumatology"),
                        ],
                        max_length=20,
                    ),
                ),
                ("evidence", models.CharField(default="low", max_length=20)),
                ("sign_off", models.BooleanField(default=False, verbose_name="needs a prescriber's sign-off")),
                ("caveat", models.TextField(blank=True)),
                ("selectable", models.BooleanField(default=True)),
                ("reason", models.TextField(blank=True)),
                ("areas", models.ManyToManyField(blank=True, related_name="indications", to="protocols.treatmentarea")),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("selectable", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="indication_refusal_has_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IntakeQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("link_id", models.CharField(max_length=60, unique=True)),
                ("text", models.TextField()),
                ("help", models.TextField(blank=True)),
                ("type", models.CharField(max_length=20)),
                ("options", models.JSONField(default=list)),
                (
                    "occasions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("applies_when", models.JSONField(blank=True, null=True)),
                ("topic", models.CharField(max_length=40)),
                ("asked_of", models.CharField(default="patient", max_length=12)),
                ("rows", models.CharField(blank=True, max_length=12)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("catalogue", "Catalogue"), ("clinic", "Clinic")], default="catalogue", max_length=10
                    ),
                ),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["order", "link_id"],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=40)),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Substance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("category", models.CharField(max_length=40)),
                (
                    "allergens",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("injectable", models.BooleanField(default=True)),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("stands_for_class", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Technique",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("text", models.TextField(blank=True)),
                ("caution", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CatalogueEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=60)),
                ("data", models.JSONField()),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["kind", "order"],
                "constraints": [models.UniqueConstraint(fields=("kind", "code"), name="catalogue_entry_once")],
            },
        ),
        migrations.CreateModel(
            name="Formulation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("value", models.JSONField()),
                ("reason", models.TextField()),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["code", "-set_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("code",), name="policy_one_in_force"
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="policy_has_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("value", models.JSONField()),
                ("reason", models.TextField()),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                        to="protocols.policy",
                    ),
                ),
                (
                    "set_by",
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
            name="Protocol",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("flags", models.JSONField(default=list)),
                ("evidence", models.CharField(default="low", max_length=20)),
                ("caveat", models.TextField(blank=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "indications",
                    models.ManyToManyField(blank=True, related_name="protocols", to="protocols.indication"),
                ),
                ("sources", models.ManyToManyField(blank=True, related_name="protocols", to="protocols.source")),
                ("areas", models.ManyToManyField(blank=True, related_name="protocols", to="protocols.treatmentarea")),
            ],
            options={
                "ordering": ["order", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProtocolVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("retired", "Retired"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("catalogue", "Catalogue"), ("clinic", "Clinic")], default="catalogue", max_length=10
                    ),
                ),
                ("needs_confirmation", models.BooleanField(default=False)),
                ("needs_counts", models.BooleanField(default=False)),
                (
                    "maintenance_choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("definition", models.JSONField(default=dict)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="protocols.protocol"
                    ),
                ),
                (
                    "published_by",
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
                "ordering": ["protocol__order", "protocol__code", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("protocol", "number"), name="protocol_version_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "active")),
                        fields=("protocol",),
                        name="protocol_one_active_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "discarded"]), ("published_at__isnull", False), _connector="OR"
                        ),
                        name="protocol_version_published_when_active",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("induction", "Course"), ("maintenance", "Upkeep"), ("measurement", "Measurement")],
                        max_length=15,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("sessions_min", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("sessions_max", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("duration_amount", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "duration_unit",
                    models.CharField(
                        blank=True, choices=[("day", "days"), ("week", "weeks"), ("month", "months")], max_length=10
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        blank=True, choices=[("day", "days"), ("week", "weeks"), ("month", "months")], max_length=10
                    ),
                ),
                ("floor", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("ideal", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("latest", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("latest_plus_days", models.PositiveSmallIntegerField(default=0)),
                ("early_limit_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("alternatives", models.JSONField(default=list)),
                ("joint", models.CharField(blank=True, max_length=10)),
                ("chair_minutes", models.PositiveSmallIntegerField(default=30)),
                ("chair_minutes_min", models.PositiveSmallIntegerField(default=20)),
                ("chair_minutes_max", models.PositiveSmallIntegerField(default=60)),
                (
                    "late_policy",
                    models.CharField(
                        choices=[
                            ("continue", "Continue the course"),
                            ("add_session", "Add a session"),
                            ("restart_phase", "Restart the phase"),
                            ("ask", "Ask the practitioner"),
                        ],
                        default="continue",
                        max_length=15,
                    ),
                ),
                ("review_after", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phases",
                        to="protocols.protocolversion",
                    ),
                ),
            ],
            options={
                "ordering": ["order"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "order"), name="phase_order_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sessions_min", None), ("sessions_max__gte", models.F("sessions_min")), _connector="OR"
                        ),
                        name="phase_session_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("floor", None),
                            models.Q(("ideal__gte", models.F("floor")), ("latest__gte", models.F("ideal"))),
                            _connector="OR",
                        ),
                        name="phase_window_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("chair_minutes__gte", models.F("chair_minutes_min")),
                            ("chair_minutes__lte", models.F("chair_minutes_max")),
                        ),
                        name="phase_chair_minutes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProtocolVersionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("retired", "Retired"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("catalogue", "Catalogue"), ("clinic", "Clinic")], default="catalogue", max_length=10
                    ),
                ),
                ("needs_confirmation", models.BooleanField(default=False)),
                ("needs_counts", models.BooleanField(default=False)),
                (
                    "maintenance_choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("definition", models.JSONField(default=dict)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
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
                        to="protocols.protocolversion",
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="protocols.protocol",
                    ),
                ),
                (
                    "published_by",
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
            name="ScreeningRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "origin",
                    models.CharField(
                        choices=[("catalogue", "Catalogue"), ("clinic", "Clinic")], default="catalogue", max_length=10
                    ),
                ),
                ("definition", models.JSONField()),
                ("effect", models.CharField(max_length=20)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active_from", models.DateTimeField()),
                ("active_until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "published_by",
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
                "ordering": ["code", "version"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="rule_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("active_until", None)), fields=("code",), name="rule_one_active_version"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningRuleEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "origin",
                    models.CharField(
                        choices=[("catalogue", "Catalogue"), ("clinic", "Clinic")], default="catalogue", max_length=10
                    ),
                ),
                ("definition", models.JSONField()),
                ("effect", models.CharField(max_length=20)),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active_from", models.DateTimeField()),
                ("active_until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
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
                        to="protocols.screeningrule",
                    ),
                ),
                (
                    "published_by",
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
            name="Fact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=8, unique=True)),
                ("kind", models.CharField(max_length=20)),
                ("topic", models.CharField(blank=True, max_length=40)),
                ("statement", models.TextField()),
                ("use", models.CharField(blank=True, max_length=40)),
                ("line", models.PositiveIntegerField(blank=True, null=True)),
                ("locator", models.CharField(blank=True, max_length=200)),
                ("values", models.JSONField(default=dict)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="protocols.source",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="FormulationItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=3, max_digits=10)),
                ("unit", models.CharField(default="ml", max_length=10)),
                (
                    "formulation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="protocols.formulation"
                    ),
                ),
                (
                    "substance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="protocols.substance"
                    ),
                ),
            ],
            options={
                "ordering": ["substance__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("formulation", "substance"), name="formulation_ingredient_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="formulation_amount_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TreatmentArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "cites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                (
                    "region",
                    models.CharField(choices=[("face", "Face"), ("body", "Body"), ("scalp", "Scalp")], max_length=10),
                ),
                ("chart_shape", models.CharField(blank=True, max_length=60)),
                ("selectable", models.BooleanField(default=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="protocols.treatmentarea",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("selectable", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="area_refusal_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", "breast"), _negated=True), ("selectable", False), _connector="OR"
                        ),
                        name="area_breast_never_selectable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Combination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="reason")),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "indication",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.indication",
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
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="protocols.treatmentarea"
                    ),
                ),
            ],
            options={
                "ordering": ["added_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("indication", None), ("substance__isnull", False)),
                            models.Q(("indication__isnull", False), ("substance", None)),
                            _connector="OR",
                        ),
                        name="combination_one_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="combination_has_reason"
                    ),
                    models.UniqueConstraint(fields=("indication", "area"), name="combination_indication_once"),
                    models.UniqueConstraint(fields=("substance", "area"), name="combination_substance_once"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_policyevent" ("code", "ended_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "set_at", "set_by_id", "value") VALUES (NEW."code", NEW."ended_at", NEW."id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."set_at", NEW."set_by_id", NEW."value"); RETURN NULL;',
                    hash="df135347ac21f6d228e412bf32267324d6f88a95",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cdde4",
                    table="protocols_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "protocols_policyevent" ("code", "ended_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "set_at", "set_by_id", "value") VALUES (NEW."code", NEW."ended_at", NEW."id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."set_at", NEW."set_by_id", NEW."value"); RETURN NULL;',
                    hash="b6d8fb7222dc3f52d266b649d6d70694c6053ff9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cd2da",
                    table="protocols_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_policyevent" ("code", "ended_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "set_at", "set_by_id", "value") VALUES (OLD."code", OLD."ended_at", OLD."id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."set_at", OLD."set_by_id", OLD."value"); RETURN NULL;',
                    hash="0a207b13c8ff4fbbbad0dca66bfb6cc381048efe",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d1f89",
                    table="protocols_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="12089b1986094ceb2cca74dd9371224944c6acd8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_88150",
                    table="protocols_policyevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversion",
            trigger=pgtrigger.compiler.Trigger(
                name="version_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" IN ('active', 'retired', 'discarded'))",
                    func="IF OLD.status = 'active' AND NEW.status = 'retired' AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN RETURN NEW; END IF; RAISE EXCEPTION 'a published protocol version never changes' USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen';",
                    hash="47ff22e6c9d7300c323c916a0e337a28de6426e8",
                    operation="UPDATE",
                    pgid="pgtrigger_version_frozen_099f5",
                    table="protocols_protocolversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversion",
            trigger=pgtrigger.compiler.Trigger(
                name="version_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" IN ('active', 'retired', 'discarded'))",
                    func="RAISE EXCEPTION 'a published protocol version is never deleted' USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen';",
                    hash="c76a94a9fadda7d38331632a5c03f93c1e84cc5b",
                    operation="DELETE",
                    pgid="pgtrigger_version_kept_aac18",
                    table="protocols_protocolversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversion",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_protocolversionevent" ("cites", "definition", "id", "maintenance_choices", "needs_confirmation", "needs_counts", "note", "number", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_id", "published_at", "published_by_id", "status") VALUES (NEW."cites", NEW."definition", NEW."id", NEW."maintenance_choices", NEW."needs_confirmation", NEW."needs_counts", NEW."note", NEW."number", NEW."origin", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."protocol_id", NEW."published_at", NEW."published_by_id", NEW."status"); RETURN NULL;',
                    hash="e68719f84f5f7781370392d59e4ca564e0521836",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f348a",
                    table="protocols_protocolversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversion",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "protocols_protocolversionevent" ("cites", "definition", "id", "maintenance_choices", "needs_confirmation", "needs_counts", "note", "number", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_id", "published_at", "published_by_id", "status") VALUES (NEW."cites", NEW."definition", NEW."id", NEW."maintenance_choices", NEW."needs_confirmation", NEW."needs_counts", NEW."note", NEW."number", NEW."origin", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."protocol_id", NEW."published_at", NEW."published_by_id", NEW."status"); RETURN NULL;',
                    hash="5be3996d961b95555d35af431acdbd755fb535d5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0f23a",
                    table="protocols_protocolversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversion",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_protocolversionevent" ("cites", "definition", "id", "maintenance_choices", "needs_confirmation", "needs_counts", "note", "number", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_id", "published_at", "published_by_id", "status") VALUES (OLD."cites", OLD."definition", OLD."id", OLD."maintenance_choices", OLD."needs_confirmation", OLD."needs_counts", OLD."note", OLD."number", OLD."origin", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."protocol_id", OLD."published_at", OLD."published_by_id", OLD."status"); RETURN NULL;',
                    hash="316bc62960e59bbccc245d01ac6b4589823af7c6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2fa93",
                    table="protocols_protocolversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phase",
            trigger=pgtrigger.compiler.Trigger(
                name="phase_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE owner_status text;",
                    func="SELECT status INTO owner_status FROM protocols_protocolversion WHERE id = COALESCE(NEW.version_id, OLD.version_id); IF owner_status IN ('active', 'retired', 'discarded') THEN RAISE EXCEPTION 'the phases of a published protocol version never change' USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_version_frozen'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
                    hash="9a6bc312a97d9fb9a3194c2ccc44d467e1072527",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_phase_frozen_4ba4d",
                    table="protocols_phase",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocolversionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e58470762e5f0bb5dca076a302c0a6158e7e223e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fbdfd",
                    table="protocols_protocolversionevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="screeningrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_screeningruleevent" ("active_from", "active_until", "cites", "code", "definition", "effect", "id", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_by_id", "reason", "version") VALUES (NEW."active_from", NEW."active_until", NEW."cites", NEW."code", NEW."definition", NEW."effect", NEW."id", NEW."origin", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."published_by_id", NEW."reason", NEW."version"); RETURN NULL;',
                    hash="74305b553c3a418e921f828d69edeb174a316628",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2767b",
                    table="protocols_screeningrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="screeningrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "protocols_screeningruleevent" ("active_from", "active_until", "cites", "code", "definition", "effect", "id", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_by_id", "reason", "version") VALUES (NEW."active_from", NEW."active_until", NEW."cites", NEW."code", NEW."definition", NEW."effect", NEW."id", NEW."origin", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."published_by_id", NEW."reason", NEW."version"); RETURN NULL;',
                    hash="27e68e59954326cb031e9e9ac4661ec52b986c40",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_55bb7",
                    table="protocols_screeningrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="screeningrule",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "protocols_screeningruleevent" ("active_from", "active_until", "cites", "code", "definition", "effect", "id", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_by_id", "reason", "version") VALUES (OLD."active_from", OLD."active_until", OLD."cites", OLD."code", OLD."definition", OLD."effect", OLD."id", OLD."origin", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."published_by_id", OLD."reason", OLD."version"); RETURN NULL;',
                    hash="36a5aa5a81689da97f0835bb07c663b769dc4548",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_659ac",
                    table="protocols_screeningrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="screeningruleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="42717f94c53f04fc7510a8ec485bd539f65a0265",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_34b15",
                    table="protocols_screeningruleevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
