"""At the chair: the last look, what is drawn up, where it goes and what follows, on one page (D38 to D41)."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CLINICAL, allow, is_prescriber
from clinic.base.forms import attempt, posted, status_of
from clinic.base.once import reads_once
from clinic.base.refusals import BadInput, Conflict, FieldError, Refusal
from clinic.base.requests import HttpRequest
from scheduling.access import access_session
from scheduling.base.pages import done, show
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.queries.courses import reviewed_course
from scheduling.courses.queries.visits import number_of
from scheduling.models import NEEDLE_KINDS, Course, Session
from scheduling.setup.actions.stock import receive_lot
from scheduling.treatment.actions import signing
from scheduling.treatment.actions import visits as actions
from scheduling.treatment.actions.drafts import keep_draft
from scheduling.treatment.actions.record import TREATED, points_of, problems
from scheduling.treatment.forms.drawn_up import StartForm
from scheduling.treatment.forms.kept import as_last_time, differences
from scheduling.treatment.forms.record import RecordForm
from scheduling.treatment.forms.visits import OutcomeForm
from scheduling.treatment.queries.checklist import checklist
from scheduling.treatment.queries.drafts import draft_of, last_record
from scheduling.treatment.queries.last_look import last_look
from scheduling.treatment.queries.steps import steps_of
from scheduling.treatment.queries.stock import usable
from scheduling.treatment.views.visits import AHEAD, early_days, has_namesake, open_reactions

OVER = frozenset({"completed", "not_treated", "cancelled", "entered_in_error"})


@allow(CLINICAL)
@reads_once
def visit_chair(request: HttpRequest, session_id: int) -> HttpResponse:
    """Column 1 must be right before Start opens the record; which form was sent is told by its button."""
    session = access_session(request.user, session_id)
    if session.status in OVER and request.method != "POST":
        return done(request, _("This visit is over."), to=reverse("desk:visit", args=[session.pk]))
    if "start" in request.POST or (session.status != "in_progress" and request.method != "POST"):
        return starting(request, session)
    return recording(request, session)


def starting(request: HttpRequest, session: Session) -> HttpResponse:
    form = StartForm(posted(request), session=session, today=local_today(session))
    if attempt(form, lambda: begin(session, form, request.user)):
        return done(request, _("Started."), to=reverse("desk:visit_chair", args=[session.pk]))
    return chair(request, session, start_form=form)


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


def recording(request: HttpRequest, session: Session) -> HttpResponse:
    """What was really done: the treatment record, or the outcome of a visit without a needle."""
    if session.kind not in NEEDLE_KINDS:
        course = reviewed_course(session)
        outcome = OutcomeForm(posted(request), session=session, reviewed=course)
        if attempt(outcome, lambda: actions.complete_session(session=session, by=request.user, **outcome.wanted())):
            return done(request, _("Done."), to=next_page(session, course, outcome.cleaned_data.get("outcome", "")))
        return chair(request, session, form=outcome)
    draft, before = draft_of(session), last_record(session)
    context = {"draft": draft, "before": before}
    if "fill" in request.POST and before is not None:
        typed = request.POST.copy()
        for name, values in as_last_time(before).items():
            typed.setlist(name, values)
        return chair(request, session, form=RecordForm(session=session, kept=typed), **context)
    if request.method != "POST":
        kept = MultiValueDict(draft.data) if draft else None
        return chair(request, session, form=RecordForm(session=session, kept=kept), **context)
    form = RecordForm(request.POST, session=session)
    if draft and draft.number != seen_draft(request) and (differ := list(differences(form, form.typed, draft))):
        form.add_error(None, _("Another window has kept something else meanwhile. Look at it, then press again."))
        return chair(request, session, form=form, differ=differ, **context)
    complete = signing.complete_and_sign if "sign" in request.POST else actions.complete_session
    if attempt(form, lambda: complete(session=session, by=request.user, **form.wanted())):
        return done(request, _("Done."), to=reverse("desk:visit", args=[session.pk]))
    return chair(request, session, form=form, **context)


def next_page(session: Session, course: Course | None, outcome: str) -> str:
    """After a review that changes its course: where that is planned, with what follows shown first."""
    if course is not None and outcome == "length":
        return reverse("courses:length", args=[course.pk])
    if course is not None and outcome in ("finish", "revoke"):
        return reverse("courses:stop", args=[course.pk, outcome])
    return reverse("desk:visit", args=[session.pk])


def seen_draft(request: HttpRequest) -> int:
    """The number of the draft that the window began from."""
    text = request.POST.get("draft", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@allow(CLINICAL)
@require_POST
def visit_draft(request: HttpRequest, session_id: int) -> HttpResponse:
    """Keep what is typed, and say what is still missing, by the same rules as the record."""
    session = access_session(request.user, session_id)
    form = RecordForm(request.POST, session=session)
    context: dict[str, Any] = {"session": session}
    try:
        seen = None if "over" in request.POST else seen_draft(request)
        context["draft"] = keep_draft(session=session, data=form.typed, seen=seen, by=request.user)
    except Conflict as refusal:
        kept = draft_of(session)
        if kept is None or "draft" not in refusal.extra:
            raise
        context |= {"differ": list(differences(form, form.typed, kept)), "draft": kept, "seen": seen_draft(request)}
    context["missing"] = still_missing(form, session)
    return show(request, "scheduling/treatment/_kept.html", context, location=session.location)


def still_missing(form: RecordForm, session: Session) -> dict[str, list[str]]:
    """What blocks Done, and what only the signature waits for; each once."""
    if not form.is_valid():
        return {"done": list(dict.fromkeys(str(text) for texts in form.errors.values() for text in texts))}
    record = form.wanted()["record"]
    blocks = [named(form, each) for each in problems(record, session)]
    counted = replace(record, injection_points=points_of(record))
    later = [named(form, each) for each in signing.unanswered(counted, session.kind)]
    return {"done": list(dict.fromkeys(blocks)), "sign": [each for each in dict.fromkeys(later) if each not in blocks]}


def named(form: RecordForm, error: FieldError) -> str:
    """The label of a field, or the sentence where no label says it."""
    if error.code == "required" and error.field in form.fields:
        return str(form.fields[error.field].label)
    return str(error.message)


def chair(request: HttpRequest, session: Session, **given: Any) -> HttpResponse:
    now, needle, booking = clock.now(), session.kind in NEEDLE_KINDS, current_booking(session)
    waits = needle and session.status in AHEAD
    context = given | {
        "session": session,
        "now": now,
        "booking": booking,
        "number": number_of(session),
        "needle": needle,
        "treats": session.kind in TREATED,
        "clinical": True,
        "sees_conditions": True,
        "prescriber": is_prescriber(request.user),
        "look": last_look(session, now) if needle else None,
        "items": checklist(session, at=now, by=request.user) if waits else [],
        "open_reactions": open_reactions(session, now),
        "namesake": has_namesake(session, booking),
        "early_days": early_days(session, now),
        "steps": steps_of(session),
        "lots": usable(session.location, local_today(session)),
    }
    template = "scheduling/treatment/chair.html"
    forms = [form for name, form in given.items() if name in ("form", "start_form")]
    return show(request, template, context, location=session.location, status=status_of(*forms))


def local_today(session: Session) -> date:
    return clock.local_date(clock.now(), session.location.timezone)
