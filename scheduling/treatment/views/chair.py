"""At the chair: the last look, what is drawn up, where it goes and what follows, on one page (D38 to D41)."""

from collections.abc import Callable, Sequence
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
from clinic.base.limits import whole
from clinic.base.once import reads_once
from clinic.base.refusals import BadInput, Conflict, FieldError, Refusal
from clinic.base.requests import HttpRequest
from scheduling.access import access_session
from scheduling.base.pages import done, show
from scheduling.calendar.actions.placing import lock_arrival
from scheduling.calendar.queries.arrivals import together
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.queries.course_pages import visits_of
from scheduling.courses.queries.courses import reviewed_course
from scheduling.courses.queries.visits import number_of
from scheduling.models import NEEDLE_KINDS, Course, Session
from scheduling.setup.actions.stock import receive_lot
from scheduling.treatment.actions import signing
from scheduling.treatment.actions import visits as actions
from scheduling.treatment.actions.drafts import keep_draft
from scheduling.treatment.actions.record import ANTISEPSIS, TREATED, points_of, problems
from scheduling.treatment.forms.drawn_up import StartForm
from scheduling.treatment.forms.kept import as_last_time, differences
from scheduling.treatment.forms.record import RecordForm
from scheduling.treatment.forms.visits import OutcomeForm
from scheduling.treatment.queries.checklist import checklist
from scheduling.treatment.queries.drafts import draft_of, last_record
from scheduling.treatment.queries.last_look import early_days, kit_of, last_look, open_reactions, waits_for_needle
from scheduling.treatment.queries.namesakes import has_namesake
from scheduling.treatment.queries.outcomes import plots_of_course
from scheduling.treatment.queries.steps import steps_of
from scheduling.treatment.queries.stock import usable

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
    """What waits beside it in the same arrival begins with it, with one look and one press (D06)."""
    sent, today = posted(request), local_today(session)
    form = StartForm(sent, session=session, today=today)
    beside = [StartForm(sent, session=each, today=today, beside=True) for each in beside_at(session, "checked_in")]
    begins = [form, *(each for each in beside if each.chosen)]
    in_order = all(each.is_valid() for each in begins)
    for each in begins[1:]:
        each.take_lots(form)
    begun = attempt(form, lambda: begin_all(begins, request.user)) if in_order else None
    if begun:
        return done(request, _("Started."), to=reverse("desk:visit_chair", args=[session.pk]))
    return chair(request, session, start_form=form, beside=[*map(part_of, beside)])


def beside_at(session: Session, status: str) -> list[Session]:
    """The other treatments of its arrival that are as far along."""
    return [each for each in together(session) if each.status == status and {each.kind, session.kind} <= TREATED]


def part_of(form: StartForm) -> dict[str, Any]:
    """What the page shows of another visit that begins with this one."""
    return {"form": form, "session": form.session, "number": number_of(form.session)}


@transaction.atomic
def begin_all(forms: Sequence[StartForm], by: Any) -> list[Session]:
    """All of them or none; what each still lacks stands in its own form. Lots that came just now are received in the
    same step; when the start is refused they are not."""
    refused = dict(filter(None, [refusal_of(form, receive, by) for form in forms]))
    if len(forms) > 1:
        lock_arrival(forms[0].session)
    refused |= dict(filter(None, [refusal_of(form, begin, by) for form in forms if form not in refused]))
    own = refused.pop(forms[0], None)
    for form, refusal in refused.items():
        form.add_refusal(refusal)
    if own:
        raise own
    if refused:
        raise Refusal(_("The other visit cannot start yet. Untick it, or mend what is missing."))
    return [form.session for form in forms]


def refusal_of(form: StartForm, act: Callable[[StartForm, Any], object], by: Any) -> tuple[StartForm, Refusal] | None:
    try:
        with transaction.atomic():
            act(form, by)
    except Refusal as refusal:
        return form, refusal
    return None


def receive(form: StartForm, by: Any) -> None:
    for number, delivery in form.deliveries():
        try:
            receive_lot(location=form.session.location, by=by, **delivery)
        except Refusal as refusal:
            names = {"number": "lot", "amount": "delivered"}
            errors = [
                FieldError(f"drawn_up.{number}.{names.get(each.field, each.field)}", each.code, each.message)
                for each in refusal.errors
            ]
            raise BadInput(refusal.detail, errors=errors) from refusal


def begin(form: StartForm, by: Any) -> Session:
    return actions.start_session(session=form.session, by=by, **form.wanted())


def recording(request: HttpRequest, session: Session) -> HttpResponse:
    """What was really done: the treatment record, or the outcome of a visit without a needle. The record of what is
    treated beside it stands on the same page, as it was kept."""
    if session.kind not in NEEDLE_KINDS:
        course = reviewed_course(session)
        outcome = OutcomeForm(posted(request), session=session, reviewed=course)
        if attempt(outcome, lambda: actions.complete_session(session=session, by=request.user, **outcome.wanted())):
            return done(request, _("Done."), to=next_page(session, course, outcome.cleaned_data.get("outcome", "")))
        return chair(request, session, form=outcome)
    draft, before = draft_of(session), last_record(session)
    context = {"draft": draft, "before": before, "beside": [*map(kept_part, beside_at(session, "in_progress"))]}
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
        beside = beside_at(session, "in_progress")
        to = reverse("desk:visit_chair", args=[beside[0].pk]) if beside else reverse("desk:visit", args=[session.pk])
        return done(request, _("Done."), to=to)
    return chair(request, session, form=form, **context)


def kept_part(session: Session) -> dict[str, Any]:
    """The record of another visit of the arrival, as it was kept; its controls have ids of their own."""
    draft = draft_of(session)
    kept = MultiValueDict(draft.data) if draft else None
    form = RecordForm(session=session, kept=kept, auto_id=f"id{session.pk}_%s")
    return {
        "session": session,
        "form": form,
        "draft": draft,
        "before": last_record(session),
        "number": number_of(session),
    }


def next_page(session: Session, course: Course | None, outcome: str) -> str:
    """After a review that changes its course: where that is planned, with what follows shown first."""
    if course is not None and outcome == "length":
        return reverse("courses:length", args=[course.pk])
    if course is not None and outcome in ("finish", "revoke"):
        return reverse("courses:stop", args=[course.pk, outcome])
    return reverse("desk:visit", args=[session.pk])


def seen_draft(request: HttpRequest) -> int:
    """The number of the draft that the window began from."""
    return whole(request.POST.get("draft")) or 0


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
        label = str(form.fields[error.field].label)
        return f"{_('Skin antisepsis')}: {label.lower()}" if error.field in ANTISEPSIS else label
    return str(error.message)


def chair(request: HttpRequest, session: Session, **given: Any) -> HttpResponse:
    now, needle, booking = clock.now(), session.kind in NEEDLE_KINDS, current_booking(session)
    looked_at = None if needle else reviewed_course(session) or session.course
    context = given | {
        "session": session,
        "now": now,
        "booking": booking,
        "number": (number := number_of(session)),
        "whole": {"session": session, "number": number},
        "needle": needle,
        "treats": session.kind in TREATED,
        "looked_at": looked_at,
        "plots": plots_of_course(looked_at, visits_of(looked_at)) if looked_at else [],
        "clinical": True,
        "sees_conditions": True,
        "prescriber": is_prescriber(request.user),
        "look": last_look(session, now) if needle else None,
        "kit": kit_of(session.location, local_today(session)),
        "items": checklist(session, at=now, by=request.user) if waits_for_needle(session) else [],
        "open_reactions": open_reactions(session, now),
        "namesake": has_namesake(session, booking),
        "early_days": early_days(session, now),
        "steps": steps_of(session),
        "lots": usable(session.location, local_today(session)),
    }
    for part in context.get("beside", ()):
        other = part["session"]
        waiting = checklist(other, at=now, by=request.user) if waits_for_needle(other) else []
        part |= {"items": waiting, "early_days": early_days(other, now), "steps": steps_of(other)}
    template = "scheduling/treatment/chair.html"
    forms = [form for name, form in given.items() if name in ("form", "start_form")]
    forms += [part["form"] for part in context.get("beside", ())]
    return show(request, template, context, location=session.location, status=status_of(*forms))


def local_today(session: Session) -> date:
    return clock.local_date(clock.now(), session.location.timezone)
