"""Access ends with every change of password, address, role or employment, whoever writes it; tokens get an end."""

import django.contrib.postgres.fields
import django.utils.timezone
from django.db import migrations, models

TRIGGERS = """
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
"""
NONE = """
DROP TRIGGER access_of_former_staff ON clinic_staffmember;
DROP TRIGGER access_of_staff ON clinic_staffmember;
DROP TRIGGER access_of_user ON clinic_user;
DROP FUNCTION clinic_access_of_staff();
DROP FUNCTION clinic_access_of_user();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0003_fast_lane")]

    operations = [
        migrations.AddField(
            "user", "access_version", models.PositiveIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.AddField("apitoken", "name", models.CharField(blank=True, max_length=100)),
        migrations.AddField("apitoken", "access_version", models.PositiveIntegerField(default=0)),
        # Tokens made before they had scopes end with this migration.
        migrations.AddField(
            "apitoken",
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
                default=["read"],
                size=None,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "apitoken",
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
        migrations.AddField(
            "apitoken",
            "expires_at",
            models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AlterModelOptions("apitoken", {"ordering": ["-created_at", "-id"]}),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(
                    ("scopes__contained_by", ["read", "book", "clinical"]), models.Q(("scopes", []), _negated=True)
                ),
                name="token_scopes_known",
            ),
        ),
        migrations.RunSQL(TRIGGERS, NONE),
    ]
