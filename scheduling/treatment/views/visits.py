"""One visit: its page, and what may be done with it while it takes place."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, role_of
from clinic.base.forms import SHOWN_AT_FIELDS, attempt, posted, status_of
from clinic.base.once import reads_once
from clinic.base.refusals import BadInput, FieldError, Refusal
from clinic.base.requests import HttpRequest
from patients.access import sees_conditions
from patients.forms.day import DayForm
from patients.queries.answers import answered_today
from patients.queries.last_told import LastTold, last_told
from patients.queries.walk import walk_of
from patients.views.same_day import told_words
from protocols.eligibility import Occasion, Plan
from scheduling.access import access_session
from scheduling.base.pages import carried_out, done, show
from scheduling.calendar.actions.confirming import confirm_visit
from scheduling.calendar.queries.confirmed import is_confirmed
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.actions.course_progress import answer_late
from scheduling.courses.queries import visits
from scheduling.courses.queries.courses import late_question
from scheduling.courses.queries.plans import plan_of
from scheduling.models import NEEDLE_KINDS, Session
from scheduling.setup.actions.stock import receive_lot
from scheduling.treatment.actions import visits as actions
from scheduling.treatment.forms.drawn_up import StartForm
from scheduling.treatment.forms.record import RecordForm
from scheduling.treatment.forms.visits import LatePolicyForm, OutcomeForm
from scheduling.treatment.queries.checklist import checklist
from scheduling.treatment.queries.stock import usable

AHEAD = frozenset({"planned", "booked", "displaced", "checked_in", "no_show"})


@allow(CARE)
@reads_once
def visit(request: HttpRequest, session_id: int) -> HttpResponse:
    session = access_session(request.user, session_id)
    return show(request, "scheduling/treatment/visit.html", page_of(request, session), location=session.location)


def page_of(request: HttpRequest, session: Session) -> dict[str, Any]:
    """Everything the page of a visit shows. The desk reads no conditions (D17)."""
    now = clock.now()
    waits = session.status in AHEAD and session.kind in NEEDLE_KINDS
    return {
        "session": session,
        "booking": current_booking(session),
        "now": now,
        "items": checklist(session, at=now, by=request.user) if waits else [],
        "written": visits.written(session),
        "history": visits.history(session, reads_conditions=sees_conditions(request.user)),
        "confirmed": is_confirmed(session),
        "asks": session.course is not None and late_question(session.course) == session,
        "clinical": role_of(request.user) in CLINICAL,
        "sees_conditions": sees_conditions(request.user),
        "needle": session.kind in NEEDLE_KINDS,
        "number": visits.number_of(session),
    }


@allow(CARE)
@require_POST
def visit_confirm(request: HttpRequest, session_id: int) -> HttpResponse:
    """The patient said on the phone that they will come."""
    session = access_session(request.user, session_id)
    confirm_visit(session=session, by=request.user)
    here = reverse("desk:visit", args=[session.pk])
    lists = f"{reverse('desk:worklists')}?tab=to_confirm&location={session.location_id}"
    return done(request, _("Confirmed."), to=lists if request.POST.get("back") == "list" else here)


@allow(CARE)
def visit_check_in(request: HttpRequest, session_id: int) -> HttpResponse:
    """The patient is here. Before a needle the questions of the day come first, unless answered on the phone."""
    session = access_session(request.user, session_id)
    walk = walk_today(session) if session.kind in NEEDLE_KINDS else None
    answered = walk and answered_today(session.patient, walk.on, ZoneInfo(session.location.timezone))
    told = last_told(session.patient, ZoneInfo(session.location.timezone))
    asked = walk.asked() if walk and not answered else []
    form = DayForm(request.POST or None, questions=asked, since=told.since)
    if request.method == "POST" and form.is_valid() and all_answered(form):
        try:
            actions.check_in(session=session, answers=form.given(), by=request.user)
        except Refusal as refusal:
            return not_today(request, session, form, refusal)
        return done(request, _("Checked in."), to=reverse("desk:visit", args=[session.pk]))
    return ask(request, session, form, answered, told)


def walk_today(session: Session) -> Any:
    zone = ZoneInfo(session.location.timezone)
    return walk_of(
        session.patient,
        occasion=Occasion.SAME_DAY,
        on=clock.local_date(clock.now(), zone.key),
        plan=plan_of(session.course) if session.course else Plan(),
        zone=zone,
        prescriber=False,
    )


def all_answered(form: DayForm) -> bool:
    """Unknown is an answer; nothing is not, and never means no."""
    for link_id in set(form.questions) - set(form.given()):
        form.add_error(f"q-{link_id}", _("Please answer this question."))
    return not form.errors


def not_today(request: HttpRequest, session: Session, form: DayForm, refusal: Refusal) -> HttpResponse:
    """Open questions are asked again; a visit that needs a new time for the day goes on to find another."""
    if refusal.status not in SHOWN_AT_FIELDS:
        raise refusal
    session.refresh_from_db(fields=["status"])
    if session.status == "displaced":
        return HttpResponseRedirect(reverse("desk:visit_move", args=[session.pk]))
    form.add_refusal(refusal)
    return ask(request, session, form, None, last_told(session.patient, ZoneInfo(session.location.timezone)))


def ask(request: HttpRequest, session: Session, form: DayForm, answered: Any, told: LastTold) -> HttpResponse:
    """What was last told is shown to those who may read it, not to the desk (D17)."""
    context = {"session": session, "booking": current_booking(session), "form": form, "answered": answered}
    context["told"] = told_words(told) if sees_conditions(request.user) else []
    template = "scheduling/treatment/check_in.html"
    return show(request, template, context, location=session.location, status=status_of(form))


@allow(CLINICAL)
@reads_once
def visit_start(request: HttpRequest, session_id: int) -> HttpResponse:
    """Begin, when nothing is missing; else the list of what is."""
    session = access_session(request.user, session_id)
    today = local_today(session)
    form = StartForm(posted(request), session=session, today=today)
    if attempt(form, lambda: begin(session, form, request.user)):
        return done(request, _("Started."), to=reverse("desk:visit_complete", args=[session.pk]))
    lots = usable(session.location, today)
    injects = session.kind in NEEDLE_KINDS and session.kind != Session.Kind.ALLERGY_TEST
    context = page_of(request, session) | {"start_form": form, "lots": lots, "injects": injects}
    template = "scheduling/treatment/start.html"
    return show(request, template, context, location=session.location, status=status_of(form))


@transaction.atomic
def begin(session: Session, form: StartForm, by: Any) -> Session:
    """Lots that came just now are received in the same step; when the start is refused they are not."""
    for number, delivery in form.deliveries():
        try:
            receive_lot(location=session.location, by=by, **delivery)
        except Refusal as refusal:
            names = {"number": "lot", "amount": "delivered"}
            errors = [
                FieldError(f"drawn_up.{number}.{names.get(each.field, each.field)}", each.code, each.message)
                for each in refusal.errors
            ]
            raise BadInput(refusal.detail, errors=errors) from refusal
    return actions.start_session(session=session, by=by, **form.wanted())


@allow(CLINICAL)
@reads_once
def visit_complete(request: HttpRequest, session_id: int) -> HttpResponse:
    """What was really done: the treatment record, or the outcome of a visit without a needle."""
    session = access_session(request.user, session_id)
    kind = RecordForm if session.kind in NEEDLE_KINDS else OutcomeForm
    form = kind(request.POST or None, session=session)
    if attempt(form, lambda: actions.complete_session(session=session, by=request.user, **form.wanted())):
        return done(request, _("Done."), to=reverse("desk:visit", args=[session.pk]))
    context = page_of(request, session) | {"form": form, "lots": usable(session.location, local_today(session))}
    template = "scheduling/treatment/complete.html"
    return show(request, template, context, location=session.location, status=status_of(form))


def local_today(session: Session) -> date:
    return clock.local_date(clock.now(), session.location.timezone)


@allow(CLINICAL)
def visit_late_policy(request: HttpRequest, session_id: int) -> HttpResponse:
    """A session came beyond its window and the protocol leaves it to the practitioner what becomes of the phase."""
    session = access_session(request.user, session_id)
    form = LatePolicyForm(request.POST or None)
    if carried_out(form, answer_late, session=session, by=request.user):
        return done(request, _("Decided."), to=reverse("courses:detail", args=[session.course_id]))
    context = {"session": session, "form": form, "number": visits.number_of(session)}
    template = "scheduling/treatment/late_policy.html"
    return show(request, template, context, location=session.location, status=status_of(form))
