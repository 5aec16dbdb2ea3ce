"""Courses, visits, records and messages are shown with their patient (docs/adr/0013-rows.md). Bookings are not among
them: ids and times, which every place needs, to know whether somebody is free."""

from django.db import migrations

from clinic.migrations._policies import of_patient, of_place, of_row, policy

AT_A_PLACE = [
    "session",
    "sessionhistory",
    "course",
    "courseevent",
    "message",
    "visitrequest",
    "visitrequestevent",
]  # by their place first: that costs least
OF_A_PATIENT = ["adverseevent", "adverseeventevent", "drawnup", "drawnupevent"]
OF_A_VISIT = ["deviation", "deviationevent", "lotalert", "lotalertevent", "recorddraft", "sessionevent"]
OF_A_COURSE = ["course_areas", "coursejudgement", "pricetold", "pricetoldevent", "proposal"]
COURSE, VISIT = "scheduling_course", "scheduling_session"
MINE = "me.id = {row}.injured_id AND me.user_id::text = (clinic_scope())[2]"
INJURY = f"{of_place()} OR EXISTS (SELECT FROM clinic_staffmember me WHERE {MINE})"  # ours


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0036_visits_belong_to_a_place"), ("patients", "0017_rows_by_scope")]

    operations = [
        *(policy(f"scheduling_{name}", of_patient()) for name in OF_A_PATIENT),
        *(policy(f"scheduling_{name}", f"{of_place()} OR {of_patient()}") for name in AT_A_PLACE),
        *(policy(f"scheduling_{name}", of_row(VISIT, "session_id")) for name in OF_A_VISIT),
        policy("scheduling_treatmentrecord", of_row(VISIT, "session_id")),
        policy("scheduling_treatmentrecordevent", of_row(VISIT, "session_id")),
        policy("scheduling_addendum", of_row("scheduling_treatmentrecord", "record_id")),
        *(policy(f"scheduling_{name}", of_row(COURSE, "course_id")) for name in OF_A_COURSE),
        policy("scheduling_replan", f"{of_place()} OR {of_row(COURSE, 'course_id')}"),
        policy("scheduling_sharpsinjury", INJURY),
        policy("scheduling_sharpsinjuryevent", INJURY),
    ]
