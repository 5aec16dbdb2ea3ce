"""Work lists: what waits for somebody, one list a tab, each row with the one thing to do about it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, DIRECTOR, allow, role_of
from clinic.base.forms import attempt, posted, status_of
from clinic.base.paging import Counted
from clinic.base.requests import HttpRequest
from clinic.models import Location, StaffMember
from patients.access import sees_conditions
from patients.models import ContactPreference
from patients.queries.photos import photos_of
from scheduling.access import access_message, access_offer, access_reaction, access_request, locations_for
from scheduling.base.pages import carried_out, done, place_of, show, when
from scheduling.courses.actions.requests import close_request
from scheduling.courses.changing.actions.disruptions import rehouse
from scheduling.courses.changing.actions.slot_offers import accept_offer, decline_offer, withdraw_offer
from scheduling.courses.changing.views.moves import undo_of_course
from scheduling.desk.actions.todo import mark_todo
from scheduling.desk.forms import MarkForm
from scheduling.desk.queries import todo, worklists
from scheduling.messages.actions import desk as message_desk
from scheduling.messages.texts import text_of
from scheduling.models import AdverseEvent, Message
from scheduling.treatment.actions import reactions
from scheduling.treatment.forms.visits import CauseForm, ClosingForm

PAGE_SIZE = 30
TABS: dict[str, tuple[Any, Any]] = {
    "to_book": (gettext_lazy("To book"), gettext_lazy("Everybody whose turn has come has a time.")),
    "displaced": (gettext_lazy("No time"), gettext_lazy("No visit needs a new time.")),
    "misfits": (gettext_lazy("Out of window"), gettext_lazy("Every booked visit is inside its window.")),
    "without_staff": (gettext_lazy("Nobody there"), gettext_lazy("Every booked visit is within hours.")),
    "unclosed": (gettext_lazy("Not closed"), gettext_lazy("Of every visit it is written down what happened.")),
    "overtaken": (gettext_lazy("Overtaken"), gettext_lazy("No session was passed over.")),
    "to_confirm": (gettext_lazy("To confirm"), gettext_lazy("Everybody of the next two days has confirmed.")),
    "calls": (gettext_lazy("Calls"), gettext_lazy("Nobody has to be rung up now.")),
    "letters": (gettext_lazy("By post or in person"), gettext_lazy("Nobody waits for a letter or a word.")),
    "requests": (gettext_lazy("Asked by patients"), gettext_lazy("No patient waits for an answer.")),
    "offers": (gettext_lazy("Offered"), gettext_lazy("No free time is offered to anybody now.")),
    "not_allowed": (gettext_lazy("Not allowed"), gettext_lazy("No booked visit has a finding against it.")),
    "messages": (gettext_lazy("Messages"), gettext_lazy("No message has failed.")),
    "alerts": (gettext_lazy("Reactions"), gettext_lazy("Every reaction is answered.")),
    "reviews": (gettext_lazy("Reviews"), gettext_lazy("No course is due for review.")),
    "readings": (gettext_lazy("Readings"), gettext_lazy("No allergy test is due to be read.")),
    "upkeep": (gettext_lazy("Upkeep"), gettext_lazy("No upkeep visit is near without a time.")),
    "lot_alerts": (gettext_lazy("Lots"), gettext_lazy("Nothing was injected but what was drawn up and compared.")),
    "consultations": (
        gettext_lazy("Consultations"),
        gettext_lazy("Every running course has one that counts."),
    ),
    "stopped": (gettext_lazy("On hold"), gettext_lazy("No course waits for a decision.")),
    "returning": (gettext_lazy("Back from a pause"), gettext_lazy("No paused patient is due back.")),
}


@allow(CARE)
def index(request: HttpRequest) -> HttpResponse:
    location, now = place_of(request), clock.now()
    today = clock.local_date(now, location.timezone)
    counts = worklists.counts(location, now, today)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        return everything(request, location, now, counts)
    rows = worklists.LISTS[tab](location, now, today)
    page = Counted(rows, PAGE_SIZE, counts[tab]).get_page(request.GET.get("page"))
    context = shared(request, location, counts) | as_rows(tab, list(page.object_list), today)
    context |= {"title": TABS[tab][0], "nothing": TABS[tab][1], "page": page, "now": now, "today": today}
    return show(request, "scheduling/desk/worklists/index.html", context, location=location)


def everything(request: HttpRequest, location: Location, now: datetime, counts: dict[str, int]) -> HttpResponse:
    """All lists as one, what expires first before the rest."""
    today = clock.local_date(now, location.timezone)
    which = request.GET.get("show", "")
    which = which if which in SHOWN_BY else "all"
    said = {"mine": todo.of_person(request.user), "later": todo.put_off(now)}
    having = {name: todo.marked(location, now, today, marks) for name, marks in said.items()}
    totals = {
        name: sum(counts[each] - having["later"].get(each, 0) for each in todo.FILTERS[name])
        if name in todo.FILTERS
        else sum(having[name].values())
        for name in SHOWN_BY
    }
    found = todo.keys(location, now, today, todo.FILTERS.get(which, todo.FILTERS["all"]), marks=said.get(which))
    page = Counted(found, PAGE_SIZE, totals[which]).get_page(request.GET.get("page"))
    items = [
        {"label": TABS[each.list][0], "why": WHY[each.list], "due": each.due, "day": each.due_day, "item": each}
        | as_rows(each.list, [each.row], today)
        for each in todo.todos(location, now, today, page.object_list)
    ]
    filters = [
        {"label": label, "url": f"?show={name}&location={location.pk}", "active": name == which, "count": count}
        for name, label in SHOWN_BY.items()
        for count in [totals[name]]
    ]
    context = shared(request, location, counts) | {"items": items, "filters": filters, "page": page}
    context |= {"title": _("To do"), "nothing": _("Nothing is waiting."), "now": now, "today": today}
    return show(request, "scheduling/desk/worklists/todo.html", context, location=location)


@allow(CARE)
def mark(request: HttpRequest, name: str, key: int) -> HttpResponse:
    """Whose a thing to do is, and until when it is put off."""
    location, now = place_of(request), clock.now()
    item = todo.one(location, now, clock.local_date(now, location.timezone), name, key)
    if item is None:  # done meanwhile
        messages.info(request, _("This is done already."))
        return HttpResponseRedirect(f"{reverse('desk:worklists')}?location={location.pk}")
    form = MarkForm(posted(request), item=item, location=location, now=now)
    if attempt(form, lambda: mark_todo(item=item, location=location, **form.wanted(), now=now)):
        messages.success(request, said_of(location, **form.wanted()))
        return HttpResponseRedirect(f"{reverse('desk:worklists')}?location={location.pk}")
    context = {"item": item, "label": TABS[name][0], "why": WHY[name], "form": form}
    return show(request, "scheduling/desk/worklists/mark.html", context, location=location, status=status_of(form))


def said_of(location: Location, owner: StaffMember | None, until: datetime | None, **_version: Any) -> str:
    """What was just marked, in words."""
    said = [_("%(name)s does it.") % {"name": owner.user.name or owner.user.email}] if owner else []
    if until:
        said.append(_("Put off until %(when)s.") % {"when": when(until, location)})
    return " ".join(said) or _("Whoever comes first does it.")


def shared(request: HttpRequest, location: Location, counts: dict[str, int]) -> dict[str, Any]:
    """What the lists together and each for itself need besides their rows."""
    tab = request.GET.get("tab", "")
    return {
        "tabs": [as_tab(name, location, counts[name], active=name == tab) for name in TABS],
        "director": role_of(request.user) == DIRECTOR,
        "clinical": role_of(request.user) in CLINICAL,
        "sees_conditions": sees_conditions(request.user),
        "locations": locations_for(request.user),
    }


def as_rows(name: str, rows: Sequence[Any], today: date) -> dict[str, Any]:
    """Rows of one list as its template takes them."""
    shown = worklists.waiting(rows, today) if name in WAITING else SHOWN.get(name, list)(rows)
    return {"tab": name, "rows": shown, "template": f"scheduling/desk/worklists/_{TEMPLATES.get(name, name)}.html"}


SHOWN_BY = {
    "all": gettext_lazy("Everything"),
    "call": gettext_lazy("Call"),
    "book": gettext_lazy("Book"),
    "clinical": gettext_lazy("Clinical"),
    "mine": gettext_lazy("Mine"),
    "later": gettext_lazy("Put off"),
}
WHY: dict[str, Any] = {
    "to_book": gettext_lazy("its turn has come and it has no time"),
    "displaced": gettext_lazy("its time was cancelled"),
    "misfits": gettext_lazy("a visit before it was early, late or left out"),
    "without_staff": gettext_lazy("hours or closing days have changed"),
    "unclosed": gettext_lazy("nobody has said what happened"),
    "overtaken": gettext_lazy("a later session took place first"),
    "to_confirm": gettext_lazy("it is within two days"),
    "calls": gettext_lazy("they want to be rung up, or have no e-mail"),
    "letters": gettext_lazy("they want a letter, or to be told at the clinic"),
    "requests": gettext_lazy("the patient asked"),
    "offers": gettext_lazy("a time is kept for a patient who has not answered"),
    "not_allowed": gettext_lazy("a rule is against a booked visit"),
    "messages": gettext_lazy("nobody knows that it arrived"),
    "alerts": gettext_lazy("a reaction was reported"),
    "reviews": gettext_lazy("the course is to be looked at"),
    "readings": gettext_lazy("a test waits for its reading"),
    "upkeep": gettext_lazy("upkeep is near"),
    "lot_alerts": gettext_lazy("something else was injected than was compared"),
    "consultations": gettext_lazy("the consultation runs out"),
    "stopped": gettext_lazy("the course is on hold"),
    "returning": gettext_lazy("the patient is back soon, or nobody has asked for months"),
}


WAITING = frozenset({"to_book", "displaced", "misfits", "upkeep", "overtaken"})
TEMPLATES = dict.fromkeys(WAITING, "visits") | {"letters": "calls", "returning": "stopped"}
SHOWN: dict[str, Callable[[Any], list[Any]]] = {
    "calls": lambda rows: [spoken(row) for row in rows],
    "letters": lambda rows: [spoken(row) for row in rows],
    "not_allowed": lambda rows: [{"course": row.course, "visits": row.visits} for row in rows],
}


def spoken(row: Message) -> dict[str, Any]:
    """What to say and to whom: a contact person hears times only."""
    contact = getattr(row.patient, "contact", None)
    helpers = [each for each in row.patient.contact_persons.all() if each.hears_times]
    through = contact is not None and contact.channel == ContactPreference.Channel.HELPER and row.channel == "call"
    return {"message": row, "text": text_of(row), "helper": helpers[0] if through and helpers else None}


def as_tab(name: str, location: Location, count: int, *, active: bool) -> dict[str, Any]:
    return {"label": TABS[name][0], "url": f"?tab={name}&location={location.pk}", "count": count, "active": active}


def back(request: HttpRequest, tab: str, location_id: int, said: str) -> HttpResponse:
    return done(request, said, to=tab_of(tab, location_id))


def tab_of(tab: str, location_id: int) -> str:
    return f"{reverse('desk:worklists')}?tab={tab}&location={location_id}"


@allow(CARE)
@require_POST
def free_stranded(request: HttpRequest) -> HttpResponse:
    """Everybody for whom nobody would be there: their times are freed, and one batch looks for new ones."""
    replan = rehouse(location=place_of(request), by=request.user)
    return HttpResponseRedirect(reverse("desk:batch", args=[replan.pk]))


@allow(CARE)
@require_POST
def call(request: HttpRequest, message_id: int) -> HttpResponse:
    """The desk rang: reached or not."""
    message = access_message(request.user, message_id)
    reached = "reached" in request.POST
    message_desk.record_call(message=message, reached=reached, note=request.POST.get("note", ""), by=request.user)
    said = _("Noted: reached.") if reached else _("Noted. The call comes back in two hours.")
    return back(request, "calls" if message.channel == "call" else "letters", message.location_id, said)


@allow(CARE)
@require_POST
def request_answered(request: HttpRequest, request_id: int) -> HttpResponse:
    asked = access_request(request.user, request_id)
    close_request(request=asked, by=request.user)
    return back(request, "requests", asked.location_id, _("Taken off the list."))


@allow(CARE)
@require_POST
def offer_answer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """What the patient said on the phone about a time that is kept for them, or the desk needs it itself."""
    offer = access_offer(request.user, offer_id)
    place = offer.session.location_id
    if "accept" in request.POST:
        undo = undo_of_course(accept_offer(offer=offer, by=request.user), offer.session)
        return done(request, _("Booked. The patient gets a message."), to=tab_of("offers", place), undo=undo)
    if "decline" in request.POST:
        decline_offer(offer=offer, by=request.user)
        return back(request, "offers", place, _("Noted. The next patient is asked."))
    withdraw_offer(offer=offer, by=request.user)
    return back(request, "offers", place, _("Withdrawn. The time is free, and offered to nobody."))


@allow(CARE)
@require_POST
def send_again(request: HttpRequest, message_id: int) -> HttpResponse:
    message = access_message(request.user, message_id)
    message_desk.send_again(message=message, by=request.user)
    return back(request, "messages", message.location_id, _("It will be sent again within a minute."))


@allow(CARE)
@require_POST
def let_go(request: HttpRequest, message_id: int) -> HttpResponse:
    message = access_message(request.user, message_id)
    message_desk.let_go(message=message, by=request.user)
    return back(request, "messages", message.location_id, _("Taken off the list."))


@allow(CLINICAL)
def reaction(request: HttpRequest, event_id: int) -> HttpResponse:
    """What a patient reported, who answers it, and how it ended."""
    event = access_reaction(request.user, event_id)
    location = event.session.location if event.session else place_of(request)
    form = ClosingForm(request.POST or None, initial={"version": event.version})
    if carried_out(form, reactions.close_reaction, event=event, by=request.user):
        return back(request, "alerts", location.pk, _("Closed."))
    return reaction_page(request, event, location, form, CauseForm(initial={"version": event.version}))


def reaction_page(
    request: HttpRequest, event: AdverseEvent, location: Location, form: ClosingForm, cause: CauseForm
) -> HttpResponse:
    now = clock.now()
    photo = photos_of(event.patient, now).filter(pk=event.photo_id).first() if event.photo_id else None
    context = {"event": event, "form": form, "cause": cause, "now": now, "photo": photo}
    template = "scheduling/desk/worklists/reaction.html"
    return show(request, template, context, location=location, status=max(status_of(form), status_of(cause)))


@allow(CLINICAL)
def reaction_cause(request: HttpRequest, event_id: int) -> HttpResponse:
    """What is suspected of it; a substance that is named becomes a suspected allergy (D38)."""
    event = access_reaction(request.user, event_id)
    location = event.session.location if event.session else place_of(request)
    form = CauseForm(request.POST or None, initial={"version": event.version})
    if carried_out(form, reactions.suspect_cause, event=event, by=request.user):
        messages.success(request, _("Noted."))
        return HttpResponseRedirect(reverse("desk:reaction", args=[event.pk]))
    return reaction_page(request, event, location, ClosingForm(initial={"version": event.version}), form)


@allow(CLINICAL)
@require_POST
def reaction_take(request: HttpRequest, event_id: int) -> HttpResponse:
    event = access_reaction(request.user, event_id)
    reactions.take_reaction(event=event, by=request.user)
    messages.success(request, _("It is yours now."))
    return HttpResponseRedirect(reverse("desk:reaction", args=[event.pk]))
