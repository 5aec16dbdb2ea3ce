"""The staff's first page about one patient: where they stand, what comes next, what was and what will be."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse

from clinic.base import clock, languages
from clinic.base.access import CARE, allow
from clinic.base.once import reads_once
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from clinic.models import Location
from patients.access import access_patient, sees_conditions
from patients.models import Patient
from patients.queries.alerts import alerts_of
from patients.queries.answers import intake_state
from patients.views.shared import patient_page
from patients.views.summary import summary_of
from scheduling.access import courses_for, messages_for, reactions_for, sessions_for
from scheduling.courses.queries import patient_visits
from scheduling.courses.queries.pictures import course_timeline
from scheduling.courses.queries.plans import plan_of
from scheduling.desk.queries import overview
from scheduling.desk.views.next_step import Known, next_step
from scheduling.models import Course
from scheduling.treatment.queries.sheets import Sheet, sheet_of
from scheduling.treatment.views.sheet_pdf import sheet_file

LATER_SHOWN = 6


@allow(CARE)
@reads_once
def detail(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="overview")
    now, clinical = clock.now(), sees_conditions(request.user)
    today = now.astimezone(zone_of(request.user)).date()
    sessions = sessions_for(request.user).filter(patient=patient)
    visits = patient_visits.visits_of(sessions, now)
    own = courses_for(request.user).filter(patient=patient)
    courses = list(own.prefetch_related("protocol_version__phases", "patient__courses", "location__holidays"))
    running = overview.running(courses)
    plan, mix = (plan_of(running), running.formulation) if running else (None, None)
    summary = summary_of(patient, request.user, plan=plan, mix=mix)
    coming = [each for each in visits if each.needs_time] + [each for each in visits if each.ahead and each.start]
    not_allowed = overview.not_allowed(own, now)
    events = overview.reactions(reactions_for(request.user).filter(patient=patient))
    context = {
        "age": overview.age_on(patient.birth_date, today),
        "language": languages.name_of(patient.language),
        "origins": patient.origins.filter(outcome__in=["new", "stayed"]).select_related("of"),
        "summary": summary,
        "step": step_for(patient, request, visits, courses, summary, today, spoken_against=bool(not_allowed)),
        "not_allowed": not_allowed,
        "coming": coming[:LATER_SHOWN],
        "coming_more": max(len(coming) - LATER_SHOWN, 0),
        "past": [each for each in reversed(visits) if not each.ahead and each.start][:LATER_SHOWN],
        "former": patient.moved_visits.filter(session=None).select_related("line__of__location"),
        "courses": courses,
        "letters": overview.near_messages(messages_for(request.user).filter(patient=patient), now),
        "reactions": events,
        "open_reactions": [each for each in events if each.closed_at is None],
        "history": overview.history(sessions),
        "now": now,
        "merged": overview.merged_lately(patient, now)[:1],
        "running": [picture_of(each, visits, now) for each in courses if each.status in overview.RUNNING],
    }
    return patient_page(request, "scheduling/desk/overview.html", patient, "detail", clinical=clinical, **context)


def step_for(
    patient: Patient,
    request: HttpRequest,
    visits: list[patient_visits.Visit],
    courses: list[Course],
    summary: dict[str, Any],
    today: Any,
    *,
    spoken_against: bool,
) -> Any:
    draft, proposal = overview.drafted(courses)
    running = overview.running(courses)
    alerts = alerts_of(patient, clock.now())
    days = running.location.horizon_days if running else 0
    known = Known(
        patient=patient,
        clinical=sees_conditions(request.user),
        today=today,
        horizon=today + timedelta(days=days),
        visits=visits,
        running=running,
        draft=draft,
        proposal=proposal,
        intake=intake_state(patient),
        verdict=summary["verdict"],
        spoken_against=spoken_against,
        on_hold=alerts.on_hold,
        suspected=alerts.suspected[0].pk if alerts.suspected else None,
    )
    return next_step(known)


def picture_of(course: Course, visits: list[patient_visits.Visit], now: Any) -> dict[str, Any]:
    """A running course with its picture."""
    of_course = [each for each in visits if each.session.course_id == course.pk]
    rows = sorted((each.session for each in of_course), key=lambda row: row.sequence)
    series = [each for each in of_course if each.number]
    today = clock.local_date(now, course.location.timezone)
    return {
        "course": course,
        "timeline": course_timeline(course, rows, today=today),
        "done": sum(each.status == "completed" for each in series),
        "total": len(series),
    }


@allow(CARE)
@reads_once
def sheet(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Dates and instructions on paper, for those who have no e-mail."""
    patient = access_patient(request.user, patient_id, what="sheet")
    paper, location = paper_of(request, patient)
    return patient_page(request, "scheduling/portal/sheet.html", patient, "detail", sheet=paper, location=location)


@allow(CARE)
@reads_once
def sheet_as_file(request: HttpRequest, patient_id: int) -> HttpResponse:
    patient = access_patient(request.user, patient_id, what="sheet")
    return sheet_file(patient, *paper_of(request, patient))


def paper_of(request: HttpRequest, patient: Patient) -> tuple[Sheet, Location | None]:
    now = clock.now()
    visits = patient_visits.visits_of(sessions_for(request.user).filter(patient=patient), now)
    courses = patient_visits.courses_of(courses_for(request.user).filter(patient=patient))
    return sheet_of(visits, courses, now), patient_visits.location_of(patient, now)
