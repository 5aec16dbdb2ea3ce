"""A schedule while it is built, when it is ready, and when nothing fits."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.refusals import Conflict, Refusal
from clinic.base.requests import HttpRequest
from scheduling.access import access_course, access_proposal
from scheduling.base.pages import show
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.courses.queries import course_pages
from scheduling.courses.queries.courses import late_approval
from scheduling.courses.queries.pictures import proposal_timeline
from scheduling.models import Course, Proposal, Session, SessionStatus

PROGRESS = "progress"


@allow(CLINICAL)
@require_POST
def generate(request: HttpRequest, course_id: int) -> HttpResponse:
    """Ask the worker for a schedule; the page that follows shows how far it is."""
    course = access_course(request.user, course_id)
    proposal = request_proposal(course=course, by=request.user)
    return HttpResponseRedirect(reverse("courses:proposal", args=[course.pk, proposal.pk]))


@allow(CLINICAL)
@require_POST
def allow_late(request: HttpRequest, course_id: int, proposal_id: int) -> HttpResponse:
    """The practitioner approves the cheapest plan beyond the latest dates (D04)."""
    proposal = found(request, course_id, proposal_id)
    fresh = request_proposal(course=proposal.course, by=request.user, allow_late=late_approval(proposal))
    return HttpResponseRedirect(reverse("courses:proposal", args=[course_id, fresh.pk]))


@allow(CARE)
def proposal(request: HttpRequest, course_id: int, proposal_id: int) -> HttpResponse:
    """Progress, then the schedule with its reasons and one button, or why nothing fits."""
    row = found(request, course_id, proposal_id)
    making = row.status in course_pages.MAKING
    if request.htmx.target == PROGRESS and making:
        return show(
            request, "scheduling/courses/planning/_progress.html", context_of(row), location=row.course.location
        )
    response = show(
        request, "scheduling/courses/planning/proposal.html", page_of(request, row), location=row.course.location
    )
    if request.htmx.target == PROGRESS:
        response["HX-Refresh"] = "true"
    return response


@allow(CARE)
@require_POST
def accept(request: HttpRequest, course_id: int, proposal_id: int) -> HttpResponse:
    """Book all of it or nothing; a lost race leads to the fresh schedule and says who was faster at what."""
    row = found(request, course_id, proposal_id)
    try:
        sessions = accept_proposal(proposal=row, by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        fresh = conflict.extra.get("proposal", row.pk)
        return HttpResponseRedirect(reverse("courses:proposal", args=[course_id, fresh]))
    except Refusal as refusal:
        context = page_of(request, row) | {"refusal": refusal}
        return show(
            request, "scheduling/courses/planning/proposal.html", context, location=row.course.location, status=422
        )
    messages.success(request, planned_words(sessions))
    return HttpResponseRedirect(reverse("courses:detail", args=[course_id]))


def planned_words(sessions: Sequence[Session]) -> str:
    """How many visits the course has now, how many of them are booked, and how many get a time later."""
    booked = sum(session.status == SessionStatus.BOOKED for session in sessions)
    text = ngettext("%(n)d visit planned: ", "%(n)d visits planned: ", len(sessions)) % {"n": len(sessions)}
    if booked == len(sessions):
        return text + _("all booked.")
    later = ngettext("%(n)d gets a time later.", "%(n)d get a time later.", len(sessions) - booked)
    return text + _("%(n)d booked, ") % {"n": booked} + later % {"n": len(sessions) - booked}


def found(request: HttpRequest, course_id: int, proposal_id: int) -> Proposal:
    """The proposal of this course, or 404."""
    row: Proposal = access_proposal(request.user, proposal_id)
    if row.course_id != course_id:
        raise Http404
    return row


def context_of(row: Proposal) -> dict[str, Any]:
    url = reverse("courses:proposal", args=[row.course_id, row.pk])
    return {"proposal": row, "course": row.course, "poll_url": url, "making": row.status in course_pages.MAKING}


def page_of(request: HttpRequest, row: Proposal) -> dict[str, Any]:
    """Everything the page shows of a built schedule."""
    course: Course = row.course
    today = clock.local_date(clock.now(), course.location.timezone)
    plan = course_pages.plan_of_proposal(row)
    rows = course_pages.shown_rows(course, plan, ZoneInfo(course.location.timezone)) if plan else []
    edit = reverse("courses:edit", args=[course.pk])
    return context_of(row) | {
        "reasons": [each for each in row.reasons if each["code"] != "alternative"],
        "alternatives": [
            {"message": each["message"], "url": f"{edit}?{urlencode(each['params']['change'])}"}
            for each in row.reasons
            if each["code"] == "alternative"
        ],
        "rows": rows,
        "timeline": proposal_timeline(course, plan, today=today) if plan else None,
        "booked_count": sum(each.place is not None for each in plan),
        "clinical": role_of(request.user) in CLINICAL,
        "late": any(each.late_days for each in plan),
    }
