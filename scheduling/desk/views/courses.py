"""Courses: the list, one course with its timeline, and how it stops, goes on and ends."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.forms import RefusalForm, attempt, status_of
from clinic.base.once import reads_once
from clinic.base.paging import Counted
from clinic.base.refusals import Conflict
from clinic.base.requests import HttpRequest
from patients.queries.eligibility import evaluate
from patients.views.verdict_card import deciding
from scheduling.access import access_course, courses_for
from scheduling.base.pages import done, show
from scheduling.calendar.queries.days_away import clashes
from scheduling.courses.actions.prices import tell_price
from scheduling.courses.changing.actions.course_states import (
    HAS_A_TIME,
    expect_back,
    finish_course,
    hold_course,
    resume_course,
    revoke_course,
)
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.courses.changing.queries.acts import pause_to_undo
from scheduling.courses.planning.forms import BackForm, HoldForm, PriceForm, ReasonForm
from scheduling.courses.queries import course_pages
from scheduling.courses.queries.numbering import SERIES
from scheduling.courses.queries.pictures import course_timeline
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Course
from scheduling.planner.away import away_of
from scheduling.treatment.queries.outcomes import plots_of_course

A_PAGE = 30
# The action, what it asks for, its name, what the page says afterwards.
STOPS: dict[str, tuple[Callable[..., Course], type[RefusalForm], Any, Any]] = {
    "hold": (hold_course, HoldForm, _lazy("Pause"), _lazy("Paused.")),
    "until": (expect_back, BackForm, _lazy("Another date of return"), _lazy("Noted.")),
    "resume": (resume_course, ReasonForm, _lazy("Resume"), _lazy("Resumed.")),
    "finish": (finish_course, ReasonForm, _lazy("Finish: goal reached"), _lazy("Finished.")),
    "revoke": (revoke_course, ReasonForm, _lazy("Stop for good"), _lazy("Stopped for good.")),
}


@allow(CARE)
def index(request: HttpRequest) -> HttpResponse:
    """All courses, by status."""
    courses = courses_for(request.user)
    status = request.GET.get("status", Course.Status.ACTIVE)
    rows = course_pages.listed(courses, status="" if status == "all" else status)
    counted = course_pages.counts(courses)
    known = counted.get(status, 0) if status and status != "all" else sum(counted.values())
    page = Counted(rows, A_PAGE, known).get_page(request.GET.get("page"))
    tabs = [
        {"label": label, "url": f"?status={code}", "active": code == status, "count": counted.get(code, 0)}
        for code, label in Course.Status.choices
    ]
    tabs.append({"label": _("All"), "url": "?status=all", "active": status == "all", "count": sum(counted.values())})
    context = {"page": page, "tabs": tabs, "layout": "base.html", "clinical": sees_why(request)}
    return show(request, "scheduling/desk/courses/list.html", context, location=request.user.staff.location)


@allow(CARE)
@reads_once
def detail(request: HttpRequest, course_id: int) -> HttpResponse:
    """One course: where every visit may be, where it is booked and why, and what can be done now."""
    course = access_course(request.user, course_id)
    prefetch_related_objects([course], "areas", "patient__courses")
    sessions = course_pages.visits_of(course)
    series = [session for session in sessions if session.kind in SERIES]
    today = clock.local_date(clock.now(), course.location.timezone)
    context = {
        "course": course,
        "today": today,
        "rows": course_pages.table_of(sessions),
        "timeline": course_timeline(course, sessions, today=today) if sessions else None,
        "proposal": course_pages.in_the_making(course),
        "done": sum(session.status == "completed" for session in series),
        "total": len(series),
        **(verdict_of(course, today, request) if sees_why(request) else {"verdict": None}),
        "pause": pause_to_undo(course, clock.now()),
        "stops": stops_for(course, role_of(request.user) in CLINICAL),
        "prices": course.prices.select_related("told_by"),
        "plots": plots_of_course(course, sessions) if sees_why(request) else [],
        "clinical": sees_why(request),
        "wishes": course_pages.wishes(course),
        "away": away_of(course.patient.courses.all(), since=today),
        "clash": next((each for each in clashes(course.patient, clock.now()) if each.course == course), None),
    }
    return show(request, "scheduling/desk/courses/detail.html", context, location=course.location)


def verdict_of(course: Course, today: date, request: HttpRequest) -> dict[str, Any]:
    """Today's verdict for what the course plans, and where everything open about it is decided at once (D34)."""
    verdict = evaluate(course.patient, today, plan=plan_of(course))
    query = plan_query(course, back=request.get_full_path())
    return {"verdict": verdict, "deciding": deciding(verdict, course.patient, query, request.user)}


def plan_query(course: Course, *, back: str) -> str:
    query = QueryDict(mutable=True)
    query.setlist("area", [area.code for area in course.areas.all()])
    query.update({"indication": course.indication.code, "formulation": str(course.formulation_id), "next": back})
    if course.delivery_device:
        query["delivery_device"] = course.delivery_device.code
    if course.technique:
        query["technique"] = course.technique.code
    return query.urlencode()


def sees_why(request: HttpRequest) -> bool:
    """The desk never sees what the answers were (D17)."""
    return role_of(request.user) in CLINICAL


def stops_for(course: Course, clinical: bool) -> list[dict[str, Any]]:
    """What can stop or restart this course now, by its status."""
    ways = {
        Course.Status.DRAFT: ["revoke"],
        Course.Status.ACTIVE: ["hold", "finish", "revoke"],
        Course.Status.ON_HOLD: ["resume", "until", "revoke"] if course.ask_on else ["resume", "revoke"],
    }.get(Course.Status(course.status), [])
    desk = {"hold", "until", "revoke"} | (
        set() if course.held_for_id else {"resume"}
    )  # after a reaction a prescriber (D38)
    allowed = [way for way in ways if clinical or way in desk]
    return [{"way": way, "label": STOPS[way][2]} for way in allowed]


def consequence(course: Course, way: str) -> str:
    """What the page of a way says before it is chosen."""
    if way == "resume":
        return _("We check the health answers again first.")
    if way == "until":
        return _("The course stays paused.")
    times = course.sessions.filter(status__in=HAS_A_TIME, bookings__active=True).count()
    text = ngettext("%(n)d booked time is freed; messages stop.", "%(n)d booked times are freed; messages stop.", times)
    return text % {"n": times}


@allow(CARE)
@require_POST
def course_undo(request: HttpRequest, course_id: int, act: int) -> HttpResponse:
    """Take one change of the course back, the one that it was shown for."""
    course = access_course(request.user, course_id)
    undo_cascade(course=course, act=act, by=request.user)
    return done(request, _("Undone."), to=reverse("courses:detail", args=[course.pk]))


@allow(CARE)
def price(request: HttpRequest, course_id: int) -> HttpResponse:
    """What the course costs is told; what was told before stands above."""
    course = access_course(request.user, course_id)
    prices = list(course.prices.select_related("told_by"))
    last = {"currency": prices[-1].currency, "covers": prices[-1].covers} if prices else {"currency": "EUR"}
    form = PriceForm(request.POST or None, initial=last)
    if attempt(form, lambda: tell_price(course=course, by=request.user, **form.cleaned_data)):
        return done(request, _("Written down."), to=reverse("courses:detail", args=[course.pk]))
    context = {"course": course, "form": form, "prices": prices}
    return show(
        request, "scheduling/desk/courses/price.html", context, location=course.location, status=status_of(form)
    )


@allow(CARE)
def stop(request: HttpRequest, course_id: int, way: str) -> HttpResponse:
    """Pause, resume, finish or stop a course, with the reason."""
    course = access_course(request.user, course_id)
    if way not in {each["way"] for each in stops_for(course, sees_why(request))}:
        raise Conflict(_("That is not possible for this course now."))
    action, kind, title, said = STOPS[way]
    form = kind(request.POST or None)
    text = consequence(course, way)
    if done_to := attempt(form, lambda: action(course=course, by=request.user, **form.cleaned_data)):
        pause = pause_to_undo(done_to, clock.now()) if way == "hold" else None
        undo = reverse("courses:undo", args=[course.pk, pause.pk]) if pause else ""
        return done(request, said, to=reverse("courses:detail", args=[course.pk]), undo=undo)
    context: dict[str, Any] = {"course": course, "form": form, "title": title, "text": text, "way": way}
    return show(request, "scheduling/desk/courses/stop.html", context, location=course.location, status=status_of(form))
