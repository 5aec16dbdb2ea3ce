"""What a quiet morning of the demonstration does not have: a visit in progress, a reaction, a draft, a batch.

Each function makes its rows and returns the addresses of the pages that show them.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Allergy, AllergyTest, Patient
from patients.queries.eligibility import evaluate
from protocols.actions.publish import new_draft
from protocols.actions.rules import addition, make_change
from protocols.eligibility import Effect
from protocols.models import Formulation, Protocol, Substance
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import request_disruption
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.models import Booking, Import, ImportLine, Session, SlotOffer, TreatmentRecord
from scheduling.treatment.actions.reactions import report_reaction
from scheduling.treatment.actions.sharps import report_injury
from tests.factories import PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.steps import consent_to, hold_consultation, inject_test, take_intake

DAY = timedelta(days=1)
NOT_THERE = {"kind": "planned", "areas": ["eye_area"]}


def rare_pages(director: User) -> list[str]:
    """Addresses for every role; a role that may not go there leaves them out."""
    return [
        *visits_of_today(director),
        *an_arrival(director),
        *an_offer(),
        *schedules(director),
        *a_batch(director),
        *reactions(director),
        *injuries(director),
        *decisions(director),
        *drafts(director),
        *a_file(director),
        *own_pages(),
    ]


def visits_of_today(director: User) -> list[str]:
    """One that waits to start, one that runs, one that should be here by now, one whose record wants a signature."""
    now = datetime.now(UTC)
    waiting, running, absent, done = Session.objects.filter(status="booked", kind="treatment").order_by("-pk")[:4]
    Session.objects.filter(pk=waiting.pk).update(status="checked_in")
    Session.objects.filter(pk=running.pk).update(status="in_progress")
    TreatmentRecord.objects.create(session=running, started_at=now, emergency_kit=True, by=director)
    Session.objects.filter(pk=done.pk).update(status="completed", performed_at=now)
    TreatmentRecord.objects.create(session=done, started_at=now, ended_at=now, emergency_kit=True, by=director)
    pages = (
        *(("visit", waiting), ("visit_chair", waiting), ("visit", running), ("visit_chair", running)),
        ("visit_sign", done),
        ("visit_in_error", done),
    )
    signed = Session.objects.filter(record__signed_at__isnull=False).earliest("pk")
    pages = (*pages, ("visit_addendum", signed))
    late = [
        (name, absent)
        for name in ("visit", "visit_no_show", "visit_late", "visit_late_policy", "visit_unwell", "visit_enter")
    ]
    return [reverse(f"desk:{name}", args=[session.pk]) for name, session in (*pages, *late)]


def an_arrival(director: User) -> list[str]:
    """Visits of two courses that follow each other today, before anybody else comes."""
    place, patient = director.staff.location, PatientFactory()
    day = datetime.now(ZoneInfo(place.timezone)).date()
    wanted = (("P07", "thigh", "cellulite"), ("P05", "scalp", "alopecia"))
    for number, (code, area, indication) in enumerate(wanted):
        course = make_course(patient, place, director, code, areas=(area,), indication=indication, status="active")
        visit = book_treatment(course, day, 5 + number)
        sooner = timedelta(minutes=20 * number)  # each takes thirty minutes and five before and after
        names = ("start", "end", "occupied_start", "occupied_end")
        Booking.objects.filter(session=visit).update(**{name: F(name) - sooner for name in names})
    first = Session.objects.filter(patient=patient).earliest("pk")
    return [reverse(f"desk:{name}", args=[first.pk]) for name in ("visit", "visit_check_in", "visit_cancel")]


def an_offer() -> list[str]:
    """A freed time that is kept for the patient of the demonstration, at an hour at which nothing is booked."""
    now = datetime.now(UTC)
    ahead = Session.objects.filter(patient__email="patient@demo.test", course__status="active", status="booked")
    visit = ahead.select_related("course", "location").earliest("sequence")
    person, zone = visit.course.practitioner, ZoneInfo(visit.location.timezone)
    closed = set(visit.location.holidays.values_list("date", flat=True))
    weekdays = set(person.hours.filter(location=visit.location).values_list("weekday", flat=True))
    days = (now.astimezone(zone).date() + number * DAY for number in range(1, 30))
    day = next(day for day in days if day.weekday() in weekdays and day not in closed)
    start = datetime.combine(day, time(5), zone)
    end, room = start + timedelta(minutes=30), visit.location.rooms.first()
    hold = Booking.objects.create(
        kind="hold", practitioner=person, room=room, held_until=now + DAY / 2, start=start, end=end,
        occupied_start=start, occupied_end=end,
    )  # fmt: skip
    SlotOffer.objects.create(session=visit, hold=hold, revision=visit.revision, offered_at=now)
    return [f"{reverse('desk:worklists')}?tab=offers&location={visit.location_id}"]


def schedules(director: User) -> list[str]:
    """A schedule that is ready and one that waits for a worker."""
    location, today = Location.objects.get(pk=director.staff.location_id), datetime.now(UTC).date()
    drafts = [make_course(PatientFactory(), location, director, start_on=today) for _each in range(2)]
    asked = [request_proposal(course=course, by=director) for course in drafts]
    build_proposal(proposal_id=asked[0].pk)
    return [reverse("courses:proposal", args=[row.course_id, row.pk]) for row in asked]


def a_batch(director: User) -> list[str]:
    """New times for those whom somebody's absence of a fortnight displaces, at the place where the desk works."""
    location, now = Location.objects.get(pk=director.staff.location_id), datetime.now(UTC)
    coming = Booking.objects.filter(active=True, session__location=location, session__course__isnull=False)
    first = coming.filter(start__gt=now + DAY).select_related("practitioner").earliest("start")
    away = {"start": now + DAY, "end": now + 15 * DAY, "reason": "Ill"}
    report_absence(practitioner=first.practitioner, by=director, **away)
    replan = request_disruption(location=location, by=director)
    build_disruption(replan_id=replan.pk)
    return [reverse("desk:batch", args=[replan.pk])]


def reactions(director: User) -> list[str]:
    patient = Patient.objects.get(email="patient@demo.test")
    event = report_reaction(patient=patient, text="A hard lump", onset_at=datetime.now(UTC), by=director)
    decide = reverse("patients:reactions_decide", args=[patient.pk])
    return [
        *(reverse(name, args=[event.pk]) for name in ("desk:reaction", "desk:reaction_cause", "portal:reaction")),
        decide,
    ]


def injuries(director: User) -> list[str]:
    location = Location.objects.get(pk=director.staff.location_id)
    injury = report_injury(location=location, device="30 G", source="clean", by=director)
    return [reverse("desk:sharps"), reverse("desk:sharps_close", args=[injury.pk])]


def decisions(director: User) -> list[str]:
    """A finding that somebody must settle, a question that is open, a mix that a prescriber acknowledges, a test that
    waits for its reading, and an ingredient that is suspect."""
    mix, patient = Formulation.objects.first(), PatientFactory()
    assert mix is not None
    now = datetime.now(UTC)
    take_intake(patient, by=director, now=now, cancer_past=True)
    open_to_decide = [each for each in evaluate(patient, now.date()).findings if each.effect is Effect.REVIEW]
    decide = reverse("patients:decide", args=[patient.pk, open_to_decide[0].code])
    question = reverse("patients:answer", args=[patient.pk, "cancer_past"])
    suspected = Allergy(patient=patient, substance=Substance.objects.earliest("pk"), verification="unconfirmed")
    suspected.recorded_by, suspected.recorded_at = director, now
    suspected.save()
    test = tested(mix, director, now - 2 * DAY)
    pages = (("settle", [suspected.pk]), ("reading", [test.pk]), ("acknowledge", [patient.pk, mix.pk]))
    talked = reverse("desk:visit", args=[test.patient.sessions.get().pk])  # from here a course is planned
    refused = reverse("patients:consent_refuse", args=[test.patient.pk])
    every = reverse("patients:decide_all", args=[patient.pk])
    return [decide, every, question, talked, refused, *(reverse(f"patients:{name}", args=keys) for name, keys in pages)]


def tested(mix: Formulation, director: User, at: datetime) -> AllergyTest:
    """A patient's first act with a needle."""
    patient = PatientFactory()
    hold_consultation(patient, location=Location.objects.get(pk=director.staff.location_id), at=at)
    take_intake(patient, by=director, now=at)
    consent_to(patient, "test", by=director, at=at)
    return inject_test(patient, mix, by=director, at=at)


def drafts(director: User) -> list[str]:
    draft = new_draft(protocol=Protocol.objects.get(code="P03"), by=director)
    change = addition(effect="excluded_option", message="Not done here.", when=NOT_THERE)
    rule = make_change(change=change, reason="We do not treat there.", by=director)
    pages = [reverse(f"protocols:draft_{name}", args=["P03", draft.number]) for name in ("edit", "publish", "discard")]
    return [*pages, reverse("settings:rule_withdraw", args=[rule.code])]


def a_file(director: User) -> list[str]:
    """A file of patients that was checked; one line is left out."""
    place = director.staff.location
    given = {"name": "patients.csv", "fingerprint": "1", "separator": ";", "columns": ["Name"], "total": 1}
    state = {"step": "check", "status": "ready", "position": 1, "counts": {"rejected": 1}}
    asked = {"requested_by": director, "requested_at": datetime.now(UTC)}
    file = Import.objects.create(location=place, mapping={"Name": "name"}, **given, **state, **asked)
    reasons = [{"field": "name", "message": "Given and family name are missing."}]
    ImportLine.objects.create(of=file, line=2, outcome="rejected", reasons=reasons, cells=["?"])
    return [reverse("settings:import", args=[file.pk])]


def own_pages() -> list[str]:
    """Pages that are in a menu only while there is something to do."""
    topic = reverse("portal:intake_topic", args=["heart_and_blood"])
    whose = reverse("portal:whose")  # linked for a family with one mailbox
    patient = Patient.objects.get(email="patient@demo.test")
    ahead = Booking.objects.filter(patient=patient, active=True, start__gt=datetime.now(UTC)).latest("start")
    away = [reverse(f"portal:{name}", args=[ahead.session_id]) for name in ("cannot_come", "visit_ask")]
    returns = reverse("patients:comes_back", args=[patient.pk])  # linked when the last visit is long ago
    return [
        reverse("portal:intake"),
        topic,
        reverse("portal:same_day"),
        whose,
        reverse("calendar:mine"),
        *away,
        returns,
    ]
