"""Until now everybody worked everywhere. Who treats at several locations keeps them, and so does each patient."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PATIENTS = """
INSERT INTO patients_patientlocation (patient_id, location_id, asked, added_at)
SELECT patient_id, location_id, false, now() FROM scheduling_session
UNION SELECT patient_id, location_id, false, now() FROM scheduling_course
UNION SELECT p.id, s.location_id, false, now() FROM patients_patient p
      JOIN clinic_staffmember s ON s.user_id = p.registered_by_id
      WHERE NOT EXISTS (SELECT 1 FROM scheduling_session v WHERE v.patient_id = p.id)
        AND NOT EXISTS (SELECT 1 FROM scheduling_course c WHERE c.patient_id = p.id)
"""
# Of whom nothing says where they belong: seen wherever they were seen before.
OTHERS = """
INSERT INTO patients_patientlocation (patient_id, location_id, asked, added_at)
SELECT p.id, l.id, false, now() FROM patients_patient p CROSS JOIN clinic_location l
WHERE NOT EXISTS (SELECT 1 FROM patients_patientlocation b WHERE b.patient_id = p.id)
"""
POSTS = """
INSERT INTO clinic_post (staff_id, location_id, role)
SELECT DISTINCT s.id, h.location_id, s.role FROM scheduling_workinghours h
JOIN scheduling_practitioner p ON p.id = h.practitioner_id
JOIN clinic_staffmember s ON s.id = p.staff_id
WHERE h.location_id <> s.location_id
"""


def keep_everybodys_places(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    staff = apps.get_model("clinic", "StaffMember").objects
    staff.filter(role__in=["medical_director", "administrator"]).update(everywhere=True)
    for statement in (PATIENTS, OTHERS, POSTS):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0028_prices_told"),
        ("patients", "0016_places"),
        ("clinic", "0011_places"),
    ]

    operations = [migrations.RunPython(keep_everybodys_places, migrations.RunPython.noop)]
