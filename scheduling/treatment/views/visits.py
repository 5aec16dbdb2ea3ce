"""One visit: its page, how it arrives, and how its record is signed; what is done at the chair is in `chair`."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, allow, is_prescriber, role_of
from clinic.base.clock import local_date
from clinic.base.forms import SHOWN_AT_FIELDS, attempt, status_of
from clinic.base.once import reads_once
from clinic.base.refusals import Conflict, Refusal
from clinic.base.requests import HttpRequest
from clinic.models import Location, User
from patients.access import sees_conditions
from patients.actions.identity import check_identity
from patients.forms.day import DayForm
from patients.models import Patient
from patients.queries.answers import answered_today
from patients.queries.last_told import LastTold, last_told
from patients.views.same_day import told_words
from scheduling.access import access_session, sees
from scheduling.base.pages import carried_out, done, place_of, show
from scheduling.calendar.actions.confirming import confirm_visit
from scheduling.calendar.queries.arrivals import arrival_of
from scheduling.calendar.queries.confirmed import is_confirmed
from scheduling.calendar.queries.offers import Offer
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.actions.course_progress import answer_late
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.queries.acts import slip_of
from scheduling.courses.changing.views.moves import undoable
from scheduling.courses.queries import visits
from scheduling.courses.queries.courses import late_question
from scheduling.courses.queries.prices import prices_of, used_of
from scheduling.models import NEEDLE_KINDS, Booking, Session
from scheduling.treatment.actions import signing
from scheduling.treatment.actions import visits as actions
from scheduling.treatment.actions.here_now import HereNow, here_now, where
from scheduling.treatment.forms.visits import (
    AddendumForm,
    ArrivalForm,
    LatePolicyForm,
    ReasonForm,
    SignForm,
)
from scheduling.treatment.queries.arriving import others_of, todays_questions
from scheduling.treatment.queries.checklist import checklist
from scheduling.treatment.queries.last_look import early_days, open_reactions, waits_for_needle
from scheduling.treatment.queries.namesakes import has_namesake
from scheduling.treatment.queries.steps import steps_of
from scheduling.treatment.views.afterwards import may_have_taken_place


@allow(CARE)
@reads_once
def visit(request: HttpRequest, session_id: int) -> HttpResponse:
    session = access_session(request.user, session_id)
    return show(request, "scheduling/treatment/visit.html", page_of(request, session), location=session.location)


def page_of(request: HttpRequest, session: Session) -> dict[str, Any]:
    """Everything the page of a visit shows. The desk reads no conditions (D17)."""
    now, booking = clock.now(), current_booking(session)
    waits = waits_for_needle(session)
    return {
        "session": session,
        "booking": booking,
        "arrival": arrival_of(session) if booking and waits else (),
        "opens_course": session.course is not None
        and sees(request.user, session.patient_id, session.course.location_id),
        "now": now,
        "items": checklist(session, at=now, by=request.user) if waits else [],
        "steps": steps_of(session) if role_of(request.user) in CLINICAL else [],
        "written": visits.written(session),
        "history": visits.history(session, reads_conditions=sees_conditions(request.user)),
        "confirmed": is_confirmed(session),
        "namesake": has_namesake(session, booking),
        "early_days": early_days(session, now),
        "addenda": visits.addenda(session) if sees_conditions(request.user) else [],
        "asks": session.course is not None and late_question(session.course) == session,
        "clinical": role_of(request.user) in CLINICAL,
        "sees_conditions": sees_conditions(request.user),
        "prescriber": is_prescriber(request.user),
        "open_reactions": open_reactions(session, now) if sees_conditions(request.user) else [],
        "needle": session.kind in NEEDLE_KINDS,
        "number": visits.number_of(session),
        "slip": slip_of(session, now),
        "left_open": visits.left_open(session, now),
        "took_place": role_of(request.user) in CLINICAL and may_have_taken_place(session, booking, now),
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
    if session.status != "booked":  # pressed twice, for the other visit of its arrival too, or on an old page
        return HttpResponseRedirect(reverse("desk:visit", args=[session.pk]))
    arrival, zone = arrival_of(session), ZoneInfo(session.location.timezone)
    needle = session.kind in NEEDLE_KINDS
    answered = answered_today(session.patient, local_date(clock.now(), zone.key), zone) if needle else None
    told = last_told(session.patient, zone)
    asked = todays_questions([session, *others_of(arrival, session)]) if needle and not answered else []
    form, here = (
        ArrivalForm(request.POST or None, questions=asked, since=told.since),
        here_now(session, home_of(request, session), by=request.user),
    )
    if here and here.place and here.offer and request.POST.get("take") == str(here.offer.place):
        return taken_there(request, session, here.place, here.offer)
    if here and here.at_once and request.method == "POST" and request.POST.get("here") != here.who:
        form.add_error(None, _("Another time is the next free one now. Please look at it first."))
    if request.method == "POST" and form.is_valid() and all_answered(form, session.patient if needle else None):
        try:
            let_in(session, form, here, request.user)
        except Refusal as refusal:
            return not_today(request, session, form, refusal)
        return undoable(request, session, _("Moved to now and checked in.") if here else said_of(arrival, session))
    return ask(request, session, form, answered, told)


def said_of(arrival: Sequence[Booking], session: Session) -> str:
    """That it is checked in, and which visit of the arrival the answers leave for another day."""
    others = Session.objects.filter(pk__in=[each.pk for each in others_of(arrival, session)])
    if any(each.status == "displaced" for each in others):
        return _("Checked in. The other visit needs a new time: not today.")
    return _("Checked in.")


def home_of(request: HttpRequest, session: Session) -> Location:
    """Where the patient is: the place of `?location=`, else the visit's."""
    return place_of(request) if "location" in request.GET else session.location


def let_in(session: Session, form: ArrivalForm, here: HereNow | None, by: User) -> Session:
    given: dict[str, Any] = {"session": session, "answers": form.given(), "born": form.born, "by": by}
    if here is None or here.offer is None or not here.at_once:
        return actions.check_in(**given)
    return actions.come_now(**where(here.offer), here=here.place, **given)


def taken_there(request: HttpRequest, session: Session, place: Location, offer: Offer) -> HttpResponse:
    """Nobody is free now: this visit of a course gets the next time at the place where the patient is."""
    cascade = place_session(session=session, **where(offer), here=place, by=request.user)
    said = _("The visit is in %(place)s now.") % {"place": place.name}
    undo = reverse("courses:undo", args=[session.course_id, cascade.act])
    return done(request, said, to=reverse("desk:visit", args=[session.pk]), undo=undo)


def all_answered(form: ArrivalForm, patient: Patient | None) -> bool:
    """Unknown is an answer; nothing is not, and never means no. Whose answers they are is said along with it, so that
    nobody answers them all for somebody else's record."""
    if patient:
        try:
            check_identity(patient, form.born)
        except Refusal as refusal:
            form.add_refusal(refusal)
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
    booking = current_booking(session)
    context = {"session": session, "booking": booking, "form": form, "answered": answered}
    context["arrival"] = arrival_of(session)
    courses = [row.visit.course for row in context["arrival"] if row.visit.course]
    context |= {"prices": prices_of(courses), "used": used_of(courses)}
    here = here_now(session, home_of(request, session), by=request.user)
    context |= {"namesake": has_namesake(session, booking), "here": here}
    context["zone"] = (here.place if here and here.place else session.location).timezone  # of the times that are free
    home = place_of(request)
    context["other_place"] = home if home != session.location else None
    context["told"] = told_words(told) if sees_conditions(request.user) else []
    template = "scheduling/treatment/check_in.html"
    return show(request, template, context, location=session.location, status=status_of(form))


@allow(CLINICAL)
def visit_not_treated(request: HttpRequest, session_id: int) -> HttpResponse:
    """Stopped before the needle, with the reason; the visit needs a new time."""
    return with_reason(
        request,
        session_id,
        actions.not_treated,
        title=_("Not treated"),
        text=_("Stopped before the needle: it does not count, and the visit needs a new time."),
        button=_("Nothing was injected"),
        said=_("Not treated. The visit needs a new time."),
    )


@allow(CLINICAL)
def visit_in_error(request: HttpRequest, session_id: int) -> HttpResponse:
    """This treatment never was: the record stays to be read and counts for nothing."""
    return with_reason(
        request,
        session_id,
        signing.enter_in_error,
        title=_("Entered in error"),
        text=_(
            "For a record that belongs to somebody else or was written twice. It stays to be read and does not count "
            "any more: the stock is as before, nothing more is sent about it, and the course waits for it again "
            "unless somebody ended it. A medical director is told. It cannot be undone."
        ),
        button=_("This was entered in error"),
        said=_("Entered in error. It does not count any more."),
    )


def with_reason(
    request: HttpRequest, session_id: int, act: Callable[..., Any], *, said: str, **words: str
) -> HttpResponse:
    """The page of an act on a visit that wants nothing but a reason; `words`: its title, text and button."""
    session = access_session(request.user, session_id)
    form = ReasonForm(request.POST or None, initial={"version": session.version})
    if carried_out(form, act, session=session, by=request.user):
        return done(request, said, to=reverse("desk:visit", args=[session.pk]))
    context = {"session": session, "form": form, "number": visits.number_of(session), **words}
    template = "scheduling/treatment/with_reason.html"
    return show(request, template, context, location=session.location, status=status_of(form))


@allow(CLINICAL)
def visit_sign(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign the record; what it still lacks is asked for first (D41)."""
    session = access_session(request.user, session_id)
    written = visits.written(session)
    if written is None:
        raise Conflict(_("There is no record that waits for a signature."), extra={"state": session.status})
    own = written.record.by_id == request.user.pk
    initial = {"version": session.version}
    needed = {each.field for each in signing.unanswered(written.record, session.kind)}
    form = SignForm(request.POST or None, record=written.record, needed=needed, own=own, initial=initial)
    if attempt(form, lambda: signing.sign_record(session=session, by=request.user, **form.wanted())):
        return done(request, _("Signed."), to=reverse("desk:visit", args=[session.pk]))
    context = {"session": session, "form": form, "written": written, "number": visits.number_of(session)}
    template = "scheduling/treatment/sign.html"
    return show(request, template, context, location=session.location, status=status_of(form))


@allow(CLINICAL)
def visit_addendum(request: HttpRequest, session_id: int) -> HttpResponse:
    """Add to a record that is signed."""
    session = access_session(request.user, session_id)
    form = AddendumForm(request.POST or None, initial={"version": session.version})
    if carried_out(form, signing.add_addendum, session=session, by=request.user):
        return done(request, _("Added."), to=reverse("desk:visit", args=[session.pk]))
    context = {"session": session, "form": form, "number": visits.number_of(session)}
    template = "scheduling/treatment/addendum.html"
    return show(request, template, context, location=session.location, status=status_of(form))


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
