"""The first page of a patient: the next visit, what to do before it, the course so far."""

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.utils.translation import gettext as _

from clinic.base.access import PATIENT, allow
from clinic.base.once import reads_once
from clinic.base.requests import HttpRequest
from patients.queries.answers import intake_state
from scheduling.access import messages_for, offers_for, requests_for
from scheduling.calendar.queries.confirmed import is_confirmed
from scheduling.courses.changing.queries.slot_offers import open_offers
from scheduling.courses.queries.patient_visits import Visit
from scheduling.courses.queries.requests import unanswered
from scheduling.desk.queries.overview import RUNNING
from scheduling.messages.queries import inbox
from scheduling.models import NEEDLE_KINDS, Course, SessionStatus
from scheduling.portal import queries
from scheduling.portal.views.moving import due_now
from scheduling.portal.views.shared import Visitor, visitor
from scheduling.treatment.queries.care import AFTERCARE_SHOWN, TREATED, by_days

MORNING, EVENING = 12, 18


@allow(PATIENT)
@reads_once
def home(request: HttpRequest) -> HttpResponse:
    who = visitor(request)
    coming = [each for each in who.visits if each.ahead and each.start]
    following = coming[0] if coming else None
    return who.page(
        "scheduling/portal/home.html",
        greeting=greeting(who),
        visit=following,
        in_days=following.in_days(who.today) if following else None,
        confirmed=following is not None and is_confirmed(following.session),
        can_confirm=following is not None and following.status == SessionStatus.BOOKED and not following.session.rests,
        asked_today=following is not None and following.day == who.today and following.session.kind in NEEDLE_KINDS,
        advice=by_days(who.guides.before(following)) if following else [],
        displaced=[each for each in who.visits if each.needs_time],
        offered=offered(who),
        due=due_now(who),
        asked=unanswered(requests_for(request.user).filter(patient=who.patient)),
        aftercare=recent_aftercare(who),
        unread=inbox.unread(messages_for(request.user), who.now),
        intake=intake_state(who.patient),
        reactions=queries.open_reactions(who.patient),
        been_here=any(each.status == SessionStatus.COMPLETED for each in who.visits),
        courses=[card(who, each) for each in shown_of(who.courses)],
        runs=any(each.status == Course.Status.ACTIVE for each in who.courses),
    )


def offered(who: Visitor) -> list[dict[str, Any]]:
    """Free times that are kept for the patient, each with the visit it is for."""
    visits = {each.session.pk: each for each in who.visits}
    rows = open_offers(offers_for(who.user).filter(session__patient=who.patient), who.now)
    return [{"offer": row, "visit": visits[row.session_id]} for row in rows if row.session_id in visits]


def greeting(who: Visitor) -> str:
    hour = who.now.astimezone(who.zone).hour
    words = _("Good morning, %(name)s") if hour < MORNING else _("Good afternoon, %(name)s")
    return (words if hour < EVENING else _("Good evening, %(name)s")) % {"name": who.patient.given_name}


def recent_aftercare(who: Visitor) -> dict[str, Any]:
    """The last session and what still applies after it; empty when nothing does."""
    done = [each for each in who.visits if each.status == SessionStatus.COMPLETED and each.session.kind in TREATED]
    last = done[-1] if done else None
    if last is None or last.end is None or last.end + AFTERCARE_SHOWN < who.now:
        return {}
    advice = [each for each in who.guides.of(last).after(last) if each.stands_on(who.today)]
    return {"visit": last, "advice": by_days(advice)} if advice else {}


def shown_of(courses: Sequence[Course]) -> list[Course]:
    """The courses that run or wait; else the last one, unless it ended early."""
    running = [each for each in courses if each.status in RUNNING]
    shown = running or [each for each in courses if each.status == Course.Status.COMPLETED][:1]
    prefetch_related_objects(shown, "areas")
    return shown


def card(who: Visitor, course: Course) -> dict[str, Any]:
    """The picture of a course and one sentence about it."""
    series = [each for each in who.visits if each.session.course_id == course.pk and each.number]
    dated = [] if course.status == Course.Status.ON_HOLD else series
    return {
        "course": course,
        "timeline": queries.own_timeline(course, who.visits, who.now),
        "done": sum(each.status == SessionStatus.COMPLETED for each in series),
        "total": len(series),
        "last_day": max((day for each in dated if (day := day_of(each))), default=None),
        "overdue": course.back_on is not None and course.back_on < who.today,
    }


def day_of(visit: Visit) -> Any:
    return visit.day or visit.session.ideal
