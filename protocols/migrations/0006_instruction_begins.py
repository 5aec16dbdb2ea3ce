from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("protocols", "0005_question_rows_and_combinations")]

    operations = [
        migrations.AddField(
            model_name="careinstruction",
            name="begins_policy",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
    ]
