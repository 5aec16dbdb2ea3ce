"""Seals of the trail. The application may read them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0006_trail")]

    operations = [
        migrations.CreateModel(
            "DaySeal",
            [
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("tables", models.JSONField()),
                ("head", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(auto_now_add=True)),
            ],
            {"ordering": ["day"]},
        ),
        migrations.RunSQL("SELECT clinic_only_read('clinic_dayseal')", migrations.RunSQL.noop),
    ]
