"""Each scope sees the patients of its places, or its own: a policy on every table about a patient (docs/adr/0013)."""

from django.db import migrations

from clinic.migrations._policies import of_patient, of_person, of_place, of_row, policy

SEEN = """
CREATE FUNCTION patients_seen() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text[] := public.clinic_scope();
BEGIN
    IF said[1] = 'person' THEN
        RETURN ARRAY(SELECT id FROM public.patients_patient WHERE user_id = said[2]::bigint);
    ELSIF said[1] = 'staff' AND said[3] IN ('practitioner', 'medical_director') THEN
        RETURN ARRAY(
            SELECT patient_id FROM public.patients_emergencyaccess
            WHERE by_id = said[2]::bigint AND until > now()
        );
    END IF;
    RETURN '{}';
END $$;
"""
# With their history, whose rows name the same patient.
OF_A_PATIENT = [
    "addresschange",
    "allergy",
    "allergytest",
    "consent",
    "contactperson",
    "contactpreference",
    "findingdecision",
    "intakeresponse",
    "measurement",
    "photo",
]
OPENED = f"{of_patient()} OR {{row}}.by_id::text = (clinic_scope())[2]"  # by whom it was, before it opens anything


class Migration(migrations.Migration):
    dependencies = [("patients", "0016_places"), ("clinic", "0013_scope")]

    operations = [
        migrations.RunSQL(SEEN, "DROP FUNCTION patients_seen();"),
        policy("patients_patientlocation", f"{of_place()} OR {of_person()}"),
        policy("patients_patientlocationevent", of_patient()),
        policy("patients_patient", of_patient("id")),
        policy("patients_patientevent", of_patient("pgh_obj_id")),
        *(policy(f"patients_{name}{kind}", of_patient()) for name in OF_A_PATIENT for kind in ("", "event")),
        policy("patients_accesslog", of_patient()),
        policy("patients_screening", of_patient()),
        policy("patients_allergytestreading", of_row("patients_allergytest", "test_id")),
        policy("patients_allergytestreadingevent", of_row("patients_allergytest", "test_id")),
        policy("patients_emergencyaccess", OPENED),
        policy("patients_emergencyaccessevent", OPENED),
        policy("patients_merge", of_patient("kept_id")),
        policy("patients_mergeevent", of_patient("kept_id")),
    ]
