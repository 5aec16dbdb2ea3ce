"""The model is named by what it holds: what the rules say of a course's booked visits."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0024_kinds_of_messages")]

    operations = [
        migrations.RenameModel("Standing", "CourseJudgement"),
        migrations.AlterField(
            "CourseJudgement",
            "course",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="judgement", to="scheduling.course"
            ),
        ),
        migrations.RenameIndex("CourseJudgement", new_name="judgement_against", old_name="standing_against"),
    ]
