"""Work lists: what waits for somebody, one list a tab, each row with the one thing to do about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, DIRECTOR, allow, role_of
from clinic.base.forms import status_of
from clinic.base.paging import Counted
from clinic.base.requests import HttpRequest
from clinic.models import Location
from patients.access import sees_conditions
from patients.models import ContactPreference
from patients.queries.photos import photos_of
from scheduling.access import access_message, access_reaction, locations
from scheduling.base.pages import carried_out, place_of, show
from scheduling.desk.queries import worklists
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
    "to_confirm": (gettext_lazy("To confirm"), gettext_lazy("Everybody of the next two days has confirmed.")),
    "calls": (gettext_lazy("Calls"), gettext_lazy("Nobody has to be rung up now.")),
    "letters": (gettext_lazy("By post or in person"), gettext_lazy("Nobody waits for a letter or a word.")),
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
    "stopped": (gettext_lazy("On hold"), gettext_lazy("No course is on hold.")),
}


@allow(CARE)
def index(request: HttpRequest) -> HttpResponse:
    location, now = place_of(request), clock.now()
    today = clock.local_date(now, location.timezone)
    counts = worklists.counts(location, now, today)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else next((name for name in TABS if counts[name]), "to_book")
    rows = worklists.LISTS[tab](location, now, today)
    page = Counted(rows, PAGE_SIZE, counts[tab]).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "tabs": [as_tab(name, location, counts[name], active=name == tab) for name in TABS],
        "title": TABS[tab][0],
        "nothing": TABS[tab][1],
        "page": page,
        "rows": SHOWN.get(tab, list)(page.object_list),
        "template": f"scheduling/desk/worklists/_{TEMPLATES.get(tab, tab)}.html",
        "director": role_of(request.user) == DIRECTOR,
        "clinical": role_of(request.user) in CLINICAL,
        "sees_conditions": sees_conditions(request.user),
        "locations": locations(),
        "now": now,
        "today": today,
    }
    if tab in WAITING:
        context["rows"] = worklists.waiting(page.object_list, today)
    return show(request, "scheduling/desk/worklists/index.html", context, location=location)


WAITING = frozenset({"to_book", "displaced", "misfits", "upkeep"})
TEMPLATES = dict.fromkeys(WAITING, "visits") | {"letters": "calls"}
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
    messages.success(request, said)
    return HttpResponseRedirect(f"{reverse('desk:worklists')}?tab={tab}&location={location_id}")


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
