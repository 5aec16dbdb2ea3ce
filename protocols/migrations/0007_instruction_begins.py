from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("protocols", "0006_substance_classes")]

    operations = [
        migrations.AddField(
            model_name="careinstruction",
            name="begins_policy",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
    ]
