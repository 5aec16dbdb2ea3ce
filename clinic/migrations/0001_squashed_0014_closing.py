"""People, rights, places, the trail and its functions: all steps until now in one, for a new database."""

import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clinic.base.trail
from clinic.base.first_migration import FirstMigration

TRAIL = """
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
"""
NO_TRAIL = """
DROP FUNCTION clinic_only_add(regclass);
DROP FUNCTION clinic_close_trail();
DROP FUNCTION clinic_only_read(regclass);
DROP FUNCTION clinic_trail_context();
"""
ACCESS = """
CREATE FUNCTION clinic_access_of_user() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.access_version := GREATEST(OLD.access_version, NEW.access_version);
    IF (NEW.password, NEW.email, NEW.is_active) IS DISTINCT FROM (OLD.password, OLD.email, OLD.is_active) THEN
        NEW.access_version := OLD.access_version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_of_user BEFORE UPDATE ON clinic_user
    FOR EACH ROW EXECUTE FUNCTION clinic_access_of_user();

CREATE FUNCTION clinic_access_of_staff() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.clinic_user SET access_version = access_version + 1 WHERE id = OLD.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER access_of_staff AFTER UPDATE ON clinic_staffmember FOR EACH ROW
    WHEN ((OLD.role, OLD.prescriber, OLD.active, OLD.user_id)
          IS DISTINCT FROM (NEW.role, NEW.prescriber, NEW.active, NEW.user_id))
    EXECUTE FUNCTION clinic_access_of_staff();
CREATE TRIGGER access_of_former_staff AFTER DELETE ON clinic_staffmember FOR EACH ROW
    EXECUTE FUNCTION clinic_access_of_staff();

-- On a table of one's own these would end anybody's access.
REVOKE ALL ON FUNCTION clinic_access_of_user(), clinic_access_of_staff() FROM PUBLIC;
"""
NO_ACCESS = """
DROP TRIGGER access_of_former_staff ON clinic_staffmember;
DROP TRIGGER access_of_staff ON clinic_staffmember;
DROP TRIGGER access_of_user ON clinic_user;
DROP FUNCTION clinic_access_of_staff();
DROP FUNCTION clinic_access_of_user();
"""
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


class Migration(FirstMigration):
    replaces = [
        ("clinic", "0001_initial"),
        ("clinic", "0002_first_hour"),
        ("clinic", "0003_fast_lane"),
        ("clinic", "0004_access_version"),
        ("clinic", "0005_trail_functions"),
        ("clinic", "0006_trail"),
        ("clinic", "0007_day_seal"),
        ("clinic", "0008_emergency_kit"),
        ("clinic", "0009_database_defaults"),
        ("clinic", "0010_staff_link"),
        ("clinic", "0011_places"),
        ("clinic", "0012_leaving"),
        ("clinic", "0013_scope"),
        ("clinic", "0014_closing"),
    ]

    initial = True

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        django.contrib.postgres.operations.TrigramExtension(),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("access_version", models.PositiveIntegerField(default=0)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("read", "Read"),
                                ("book", "Book and move visits, register patients"),
                                ("clinical", "Write clinical records"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__contained_by", ["read", "book", "clinical"]),
                            models.Q(("scopes", []), _negated=True),
                        ),
                        name="token_scopes_known",
                    )
                ],
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ApiTokenEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("read", "Read"),
                                ("book", "Book and move visits, register patients"),
                                ("clinical", "Write clinical records"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("access_version", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
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
                        to="clinic.apitoken",
                    ),
                ),
                (
                    "user",
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
            name="DaySeal",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("tables", models.JSONField()),
                ("head", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="Demonstration",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("patients", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("filled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="demonstration_only_one")],
            },
        ),
        migrations.CreateModel(
            name="FirstLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("valid_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("part", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("request_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="idempotency_key_once_per_user")],
            },
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("timezone", models.CharField(default="Europe/Rome", max_length=64, verbose_name="time zone")),
                ("horizon_days", models.PositiveIntegerField(default=180, verbose_name="booking horizon in days")),
                (
                    "observation_minutes",
                    models.PositiveIntegerField(
                        help_text="No source states it, so every clinic must set it (decision D33).",
                        verbose_name="observation after a test or session, minutes",
                    ),
                ),
                (
                    "preparation_minutes",
                    models.PositiveIntegerField(default=5, verbose_name="preparation before a visit, minutes"),
                ),
                (
                    "turnover_minutes",
                    models.PositiveIntegerField(default=5, verbose_name="turnover after a visit, minutes"),
                ),
                (
                    "emergency_number",
                    models.CharField(default="112", max_length=20, verbose_name="local emergency number"),
                ),
                (
                    "antisepsis_protocol",
                    models.TextField(
                        blank=True,
                        help_text="Must be defined before anyone is treated (F280).",
                        verbose_name="skin antisepsis protocol",
                    ),
                ),
                ("quiet_from", models.TimeField(default="20:00", verbose_name="no messages from")),
                ("quiet_until", models.TimeField(default="08:00", verbose_name="no messages until")),
                (
                    "adrenaline_expires_on",
                    models.DateField(blank=True, null=True, verbose_name="adrenaline expires on"),
                ),
                ("kit_checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kit_checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kit_contents", models.TextField(blank=True, verbose_name="contents of the emergency kit")),
                ("ended_hours", models.JSONField(default=list)),
                ("last_day", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("horizon_days__gte", 1), ("horizon_days__lte", 1500)),
                        name="location_horizon_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kit_checked_at", None), ("kit_checked_by", None)),
                            models.Q(
                                ("adrenaline_expires_on__isnull", False),
                                ("kit_checked_at__isnull", False),
                                ("kit_checked_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="location_kit_checked_by_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LocationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("timezone", models.CharField(default="Europe/Rome", max_length=64, verbose_name="time zone")),
                ("horizon_days", models.PositiveIntegerField(default=180, verbose_name="booking horizon in days")),
                (
                    "observation_minutes",
                    models.PositiveIntegerField(
                        help_text="No source states it, so every clinic must set it (decision D33).",
                        verbose_name="observation after a test or session, minutes",
                    ),
                ),
                (
                    "preparation_minutes",
                    models.PositiveIntegerField(default=5, verbose_name="preparation before a visit, minutes"),
                ),
                (
                    "turnover_minutes",
                    models.PositiveIntegerField(default=5, verbose_name="turnover after a visit, minutes"),
                ),
                (
                    "emergency_number",
                    models.CharField(default="112", max_length=20, verbose_name="local emergency number"),
                ),
                (
                    "antisepsis_protocol",
                    models.TextField(
                        blank=True,
                        help_text="Must be defined before anyone is treated (F280).",
                        verbose_name="skin antisepsis protocol",
                    ),
                ),
                ("quiet_from", models.TimeField(default="20:00", verbose_name="no messages from")),
                ("quiet_until", models.TimeField(default="08:00", verbose_name="no messages until")),
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
                        to="clinic.location",
                    ),
                ),
                (
                    "adrenaline_expires_on",
                    models.DateField(blank=True, null=True, verbose_name="adrenaline expires on"),
                ),
                ("kit_checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kit_checked_by",
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
                ("kit_contents", models.TextField(blank=True, verbose_name="contents of the emergency kit")),
                ("ended_hours", models.JSONField(default=list)),
                ("last_day", models.DateField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="clinic.staffmember"
                    ),
                ),
            ],
            options={
                "ordering": ["location__name"],
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "location"), name="post_once_a_location"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["front_desk", "practitioner", "medical_director", "administrator"])
                        ),
                        name="post_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
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
                        to="clinic.post",
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
            name="SealedLetter",
            fields=[
                (
                    "mail",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="letter",
                        serialize=False,
                        to="clinic.signinmail",
                    ),
                ),
                ("sealed", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="SignInMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("doubts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("handed_off_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("sent_by", models.CharField(blank=True, db_default="", max_length=100)),
                ("error", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("kind", models.CharField(max_length=60)),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["due_at", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["scheduled", "retry", "sending", "handed_off"])),
                        fields=["due_at"],
                        name="signinmail_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                        ),
                        name="signinmail_sent_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "sending"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="signinmail_sending_has_lease",
                    ),
                    models.CheckConstraint(condition=models.Q(("doubts__lte", 2)), name="signinmail_repeated_once"),
                    models.CheckConstraint(condition=models.Q(("attempts__lte", 12)), name="signinmail_attempts_end"),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__isnull", False)), name="signinmail_expires"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("prescriber", models.BooleanField(default=False)),
                ("trained_on", models.DateField(blank=True, null=True)),
                ("experienced", models.BooleanField(default=False)),
                ("valid_until", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.location"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StaffLinkEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("prescriber", models.BooleanField(default=False)),
                ("trained_on", models.DateField(blank=True, null=True)),
                ("experienced", models.BooleanField(default=False)),
                ("valid_until", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
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
                    "made_by",
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
                        to="clinic.stafflink",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("prescriber", models.BooleanField(default=False, verbose_name="may prescribe")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="staff", to="clinic.location"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="staff", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("everywhere", models.BooleanField(default=False, verbose_name="works at every location")),
                ("leaves_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["user__name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["front_desk", "practitioner", "medical_director", "administrator"])
                        ),
                        name="staff_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("prescriber", False), ("role__in", ["practitioner", "medical_director"]), _connector="OR"
                        ),
                        name="staff_prescriber_is_clinical",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffMemberEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("front_desk", "Front desk"),
                            ("practitioner", "Practitioner"),
                            ("medical_director", "Medical director"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("prescriber", models.BooleanField(default=False, verbose_name="may prescribe")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
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
                        to="clinic.staffmember",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("everywhere", models.BooleanField(default=False, verbose_name="works at every location")),
                ("leaves_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(auto_now_add=True)),
                ("access_version", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="user_email_once_whatever_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UserEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(auto_now_add=True)),
                ("access_version", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
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
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RunSQL(
            sql="CREATE TABLE clinic_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL); CREATE INDEX clinic_cache_expires ON clinic_cache (expires)",
            reverse_sql="DROP TABLE clinic_cache",
        ),
        migrations.RunSQL(
            sql=TRAIL,
            reverse_sql=NO_TRAIL,
        ),
        migrations.RunSQL(
            sql=ACCESS,
            reverse_sql=NO_ACCESS,
        ),
        migrations.RunSQL(
            sql="SELECT clinic_only_read('clinic_dayseal')",
            reverse_sql="",
        ),
        migrations.RunSQL(SCOPE, NO_SCOPE),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_apitokenevent" ("access_version", "created_at", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (NEW."access_version", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="4185ad68e9639793df5f6523109227ccbfa28c56",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_45a81",
                    table="clinic_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."access_version" IS DISTINCT FROM (NEW."access_version") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "clinic_apitokenevent" ("access_version", "created_at", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (NEW."access_version", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."revoked_at", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="7b540fe3096fe363aac1688a7a56f342695da1ac",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4931c",
                    table="clinic_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_apitokenevent" ("access_version", "created_at", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (OLD."access_version", OLD."created_at", OLD."expires_at", OLD."id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."revoked_at", OLD."scopes", OLD."user_id"); RETURN NULL;',
                    hash="8015efa77efbf4ea68eb36265ded36e4e2bbe1cc",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c7ff3",
                    table="clinic_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitokenevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d5e4c6970ece6ac769c84dd357c5d6c86c38b7ba",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8735d",
                    table="clinic_apitokenevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="location",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_locationevent" ("address", "adrenaline_expires_on", "antisepsis_protocol", "emergency_number", "ended_hours", "horizon_days", "id", "kit_checked_at", "kit_checked_by_id", "kit_contents", "last_day", "name", "observation_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preparation_minutes", "quiet_from", "quiet_until", "timezone", "turnover_minutes") VALUES (NEW."address", NEW."adrenaline_expires_on", NEW."antisepsis_protocol", NEW."emergency_number", NEW."ended_hours", NEW."horizon_days", NEW."id", NEW."kit_checked_at", NEW."kit_checked_by_id", NEW."kit_contents", NEW."last_day", NEW."name", NEW."observation_minutes", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."preparation_minutes", NEW."quiet_from", NEW."quiet_until", NEW."timezone", NEW."turnover_minutes"); RETURN NULL;',
                    hash="1b3c9e0ca884233d98428d5b6799b76ba98a416a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_16fd5",
                    table="clinic_location",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="location",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "clinic_locationevent" ("address", "adrenaline_expires_on", "antisepsis_protocol", "emergency_number", "ended_hours", "horizon_days", "id", "kit_checked_at", "kit_checked_by_id", "kit_contents", "last_day", "name", "observation_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preparation_minutes", "quiet_from", "quiet_until", "timezone", "turnover_minutes") VALUES (NEW."address", NEW."adrenaline_expires_on", NEW."antisepsis_protocol", NEW."emergency_number", NEW."ended_hours", NEW."horizon_days", NEW."id", NEW."kit_checked_at", NEW."kit_checked_by_id", NEW."kit_contents", NEW."last_day", NEW."name", NEW."observation_minutes", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."preparation_minutes", NEW."quiet_from", NEW."quiet_until", NEW."timezone", NEW."turnover_minutes"); RETURN NULL;',
                    hash="e271a396ce10ab3a9fcfb053dcf716e06c0a51e5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ecd1c",
                    table="clinic_location",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="location",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_locationevent" ("address", "adrenaline_expires_on", "antisepsis_protocol", "emergency_number", "ended_hours", "horizon_days", "id", "kit_checked_at", "kit_checked_by_id", "kit_contents", "last_day", "name", "observation_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preparation_minutes", "quiet_from", "quiet_until", "timezone", "turnover_minutes") VALUES (OLD."address", OLD."adrenaline_expires_on", OLD."antisepsis_protocol", OLD."emergency_number", OLD."ended_hours", OLD."horizon_days", OLD."id", OLD."kit_checked_at", OLD."kit_checked_by_id", OLD."kit_contents", OLD."last_day", OLD."name", OLD."observation_minutes", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."preparation_minutes", OLD."quiet_from", OLD."quiet_until", OLD."timezone", OLD."turnover_minutes"); RETURN NULL;',
                    hash="edf916ccaf2f20a8eeb1ef82a23ec29b4ef96239",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_b425a",
                    table="clinic_location",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="locationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="55a1a2bfc731c1ccc3f2ec4dc3cc00a56240841d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_61918",
                    table="clinic_locationevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_postevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "staff_id") VALUES (NEW."id", NEW."location_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."staff_id"); RETURN NULL;',
                    hash="c6796d8e6850b0615e681a3e9691072eb75ea058",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_835da",
                    table="clinic_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "clinic_postevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "staff_id") VALUES (NEW."id", NEW."location_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."staff_id"); RETURN NULL;',
                    hash="67e17ed4777a283a32b4e0ab9fc0eb388176d1a7",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7f96f",
                    table="clinic_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_postevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "staff_id") VALUES (OLD."id", OLD."location_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."staff_id"); RETURN NULL;',
                    hash="d9706b559ef6b75ec13f890e0378be2d6af02b0f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_436c2",
                    table="clinic_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5fc9db968dcc64e6ab5c5770b44845d77fd950cb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d08dd",
                    table="clinic_postevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stafflink",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_stafflinkevent" ("experienced", "id", "location_id", "made_by_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "trained_on", "used_at", "valid_until") VALUES (NEW."experienced", NEW."id", NEW."location_id", NEW."made_by_id", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."prescriber", NEW."role", NEW."trained_on", NEW."used_at", NEW."valid_until"); RETURN NULL;',
                    hash="41f873dbd678f41a423485c5bb66bf5e0f3e93e4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_618c8",
                    table="clinic_stafflink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stafflink",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."experienced" IS DISTINCT FROM (NEW."experienced") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."location_id" IS DISTINCT FROM (NEW."location_id") OR OLD."made_by_id" IS DISTINCT FROM (NEW."made_by_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."prescriber" IS DISTINCT FROM (NEW."prescriber") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."trained_on" IS DISTINCT FROM (NEW."trained_on") OR OLD."used_at" IS DISTINCT FROM (NEW."used_at") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))',
                    func='INSERT INTO "clinic_stafflinkevent" ("experienced", "id", "location_id", "made_by_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "trained_on", "used_at", "valid_until") VALUES (NEW."experienced", NEW."id", NEW."location_id", NEW."made_by_id", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."prescriber", NEW."role", NEW."trained_on", NEW."used_at", NEW."valid_until"); RETURN NULL;',
                    hash="937a27dc15c8fc215bb9d27c92eaadc4c6e8bd28",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c9390",
                    table="clinic_stafflink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stafflink",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_stafflinkevent" ("experienced", "id", "location_id", "made_by_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "trained_on", "used_at", "valid_until") VALUES (OLD."experienced", OLD."id", OLD."location_id", OLD."made_by_id", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."prescriber", OLD."role", OLD."trained_on", OLD."used_at", OLD."valid_until"); RETURN NULL;',
                    hash="e30daf2f502f467cbe434950cc047c3d4e650eb9",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_62a40",
                    table="clinic_stafflink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stafflinkevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e305e92f54bcdc21d177d10007cf6a178fdabec4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3d179",
                    table="clinic_stafflinkevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_staffmemberevent" ("active", "everywhere", "id", "leaves_on", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "user_id") VALUES (NEW."active", NEW."everywhere", NEW."id", NEW."leaves_on", NEW."location_id", clinic_trail_context(), NOW(), \'insert\', NEW."id", NEW."prescriber", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="9cfc5d0002dfc61cce5fc686cd66d916ed38d627",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c152b",
                    table="clinic_staffmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "clinic_staffmemberevent" ("active", "everywhere", "id", "leaves_on", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "user_id") VALUES (NEW."active", NEW."everywhere", NEW."id", NEW."leaves_on", NEW."location_id", clinic_trail_context(), NOW(), \'update\', NEW."id", NEW."prescriber", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="7d32ba5143db992da0013f4688182573f820b30a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6c2d5",
                    table="clinic_staffmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_staffmemberevent" ("active", "everywhere", "id", "leaves_on", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prescriber", "role", "user_id") VALUES (OLD."active", OLD."everywhere", OLD."id", OLD."leaves_on", OLD."location_id", clinic_trail_context(), NOW(), \'delete\', OLD."id", OLD."prescriber", OLD."role", OLD."user_id"); RETURN NULL;',
                    hash="3ad454c2e39303e55a0e133fd28ec30f9b13e975",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dea42",
                    table="clinic_staffmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmemberevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="224166c9eec62f17a69d05c77a760fb6229b4793",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6a2a0",
                    table="clinic_staffmemberevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_userevent" ("access_version", "date_joined", "email", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."access_version", NEW."date_joined", NEW."email", NEW."id", NEW."is_active", NEW."name", clinic_trail_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="436b817bf9efa71fd111041c2b230b60751a4e11",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2f1a2",
                    table="clinic_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=clinic.base.trail.TrailSql(
                    condition='WHEN (OLD."access_version" IS DISTINCT FROM (NEW."access_version") OR OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name"))',
                    func='INSERT INTO "clinic_userevent" ("access_version", "date_joined", "email", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."access_version", NEW."date_joined", NEW."email", NEW."id", NEW."is_active", NEW."name", clinic_trail_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="211dd4c404e849f5aea78e6114e523e7676d0f20",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8b9bb",
                    table="clinic_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=clinic.base.trail.TrailSql(
                    func='INSERT INTO "clinic_userevent" ("access_version", "date_joined", "email", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."access_version", OLD."date_joined", OLD."email", OLD."id", OLD."is_active", OLD."name", clinic_trail_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="77ff82abc1b4b6fca916c1a5413c22c8bf174a90",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c1c44",
                    table="clinic_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a535f1d0fb5444a6a16797c1a08f0f380cadd8c5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0aa3e",
                    table="clinic_userevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
