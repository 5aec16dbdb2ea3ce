from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

ONLY_THERE = "director@demo.test"  # nobody else has an address under .test


def remember_the_demonstration(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Databases that were filled before this was written down."""
    if apps.get_model("clinic", "User").objects.filter(email=ONLY_THERE).exists():
        apps.get_model("clinic", "Demonstration").objects.create(filled_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FirstLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("valid_until", models.DateTimeField()),
            ],
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
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="demonstration_only_one")]
            },
        ),
        migrations.RunPython(remember_the_demonstration, migrations.RunPython.noop),
    ]
