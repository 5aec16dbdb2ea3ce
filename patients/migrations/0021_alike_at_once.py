"""The look for duplicates for many people in one statement, each kind of agreement by an index of its own.

Whoever was born on another day agrees in phone or e-mail or not at all, so names are compared with those alone of whom
no date of birth is known; of a file of 110 000 people that was most of the time.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models

# Organisation-wide, whatever the scope: who may be the same person, and in what they agree; no word of their record.
ALIKE = """
CREATE FUNCTION patients_alike(
    buts bigint[], the_names text[], the_phones text[], the_emails text[], the_births date[]
) RETURNS TABLE (asked bigint, patient_id bigint, same text[])
    LANGUAGE plpgsql STABLE ROWS 100 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    WITH who AS (
        SELECT * FROM unnest(buts, the_names, the_phones, the_emails, the_births)
            WITH ORDINALITY AS row(but, name, phone, email, born, number)
    ), near AS (
        SELECT number, patient.id FROM who JOIN patients_patient patient ON patient.phone = NULLIF(who.phone, '')
        UNION SELECT number, patient.id FROM who JOIN patients_patient patient ON patient.email = NULLIF(who.email, '')
        UNION SELECT number, patient.id FROM who JOIN patients_patient patient ON patient.birth_date = who.born
        UNION SELECT number, patient.id FROM who JOIN patients_patient patient
            ON patient.birth_date IS NULL AND who.name <% patient.folded WHERE who.born IS NOT NULL
        UNION SELECT number, patient.id FROM who JOIN patients_patient patient
            ON who.name <% patient.folded WHERE who.born IS NULL
    ), close AS (
        SELECT who.number, patient.id, who.born, patient.birth_date,
            similarity(patient.folded, who.name) AS likeness,
            COALESCE(patient.phone = NULLIF(who.phone, ''), false) AS same_phone,
            COALESCE(patient.email = NULLIF(who.email, ''), false) AS same_email
        FROM near JOIN who ON who.number = near.number JOIN patients_patient patient ON patient.id = near.id
        WHERE patient.merged_into_id IS NULL AND patient.id IS DISTINCT FROM who.but
    ), closest AS (
        SELECT close.*, row_number() OVER (
            PARTITION BY number ORDER BY same_phone DESC, same_email DESC, likeness DESC
        ) AS place FROM close
    ), agreeing AS (
        SELECT closest.*, array_remove(ARRAY[
            CASE WHEN likeness >= 0.6 THEN 'name' END,
            CASE WHEN same_phone THEN 'phone' END,
            CASE WHEN same_email THEN 'email' END,
            CASE WHEN likeness >= 0.3 AND birth_date = born THEN 'birth_date' END
        ], NULL) AS what FROM closest
        WHERE place <= 50 AND (same_phone OR same_email OR COALESCE(birth_date = born, true))
    )
    SELECT agreeing.number, agreeing.id, agreeing.what FROM agreeing WHERE cardinality(agreeing.what) > 0
    ORDER BY number, cardinality(agreeing.what) DESC, same_phone DESC, same_email DESC, likeness DESC;
END $$;
DROP FUNCTION patients_alike(bigint, text, text, text, date);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0020_levels_of_improvement")]

    operations = [
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("folded", name="gin_trgm_ops"),
                condition=models.Q(birth_date=None),
                fastupdate=False,
                name="patient_undated_trigrams",
            ),
        ),
        migrations.RunSQL(ALIKE),
    ]
