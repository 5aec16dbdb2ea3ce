"""The day at a glance: a practitioner's own agenda, the desk's arrivals, the director's alerts."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import CLINICAL, DESK, DIRECTOR, STAFF, allow, is_prescriber, role_of
from clinic.base.requests import HttpRequest
from clinic.models import Location, Role
from patients.access import access_emergency, emergencies_for
from patients.actions.emergencies import see_emergency
from patients.queries.eligibility import sentence
from patients.queries.readiness_words import NEEDS
from protocols.eligibility import Need
from protocols.rules.policies import hours_not_set
from scheduling.access import access_deviation, locations_for, practitioner_of
from scheduling.base.pages import day_of, place_of, show
from scheduling.desk.queries import agenda, worklists
from scheduling.desk.queries.agenda import Entry
from scheduling.desk.queries.fallen import fallen_on
from scheduling.desk.queries.records import ESCALATED_AFTER, unsigned, untold
from scheduling.desk.views.courses import plan_query
from scheduling.messages.queries import machinery
from scheduling.setup import queries as setup
from scheduling.treatment.actions.deviations import acknowledge_deviation
from scheduling.treatment.actions.record import BEYOND
from scheduling.treatment.actions.signing import IN_ERROR
from scheduling.treatment.queries.clusters import clusters
from scheduling.treatment.queries.last_look import kit_of

DEVIATIONS = {
    "early": gettext_lazy("Earlier than its window"),
    "late": gettext_lazy("Later than its window"),
    "partial": gettext_lazy("Done in part"),
    "antisepsis_before": gettext_lazy("No skin antisepsis before"),
    "antisepsis_during": gettext_lazy("No skin antisepsis during"),
    "antisepsis_after": gettext_lazy("No skin antisepsis after"),
    BEYOND: gettext_lazy("Treated an area beyond the plan"),
    "area_floor": gettext_lazy("Too close to another course on the same skin"),
    IN_ERROR: gettext_lazy("Entered in error"),
}
SETTING_UP = (Role.DIRECTOR, Role.ADMINISTRATOR)
GROUP_TITLES = {
    "late": gettext_lazy("Late"),
    "here": gettext_lazy("In the clinic"),
    "expected": gettext_lazy("Expected"),
    "done": gettext_lazy("Been here, or not coming"),
}


@allow(STAFF)
def today(request: HttpRequest) -> HttpResponse:
    location = place_of(request)
    if role_of(request.user) == Role.ADMINISTRATOR:
        places = setup.with_state(locations_for(request.user), clock.now().date())
        context = {"locations": places, "troubles": troubles_of(request, location)}
        return show(request, "scheduling/desk/today_setup.html", context, location=location)
    return show(request, "scheduling/desk/today.html", agenda_of(request, location), location=location)


def agenda_of(request: HttpRequest, location: Location) -> dict[str, Any]:
    now, role = clock.now(), role_of(request.user)
    today = clock.local_date(now, location.timezone)
    day = day_of(request, location)
    own = practitioner_of(request.user) if role in CLINICAL else None
    mine = own is not None and request.GET.get("who") != "all"
    entries = agenda.entries(location, day, now=now, practitioner=own if mine else None)
    upcoming = next((entry for entry in entries if entry.start > now), None) if day == today else None
    rows = [
        {"entry": entry, "step": next_step(entry, role, is_today=day == today), "is_next": entry is upcoming}
        for entry in entries
    ]
    return {
        "day": day,
        "is_today": day == today,
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "rows": rows,
        "following": None if rows else agenda.next_day(location, day, own if mine else None),
        "groups": groups_of(rows) if role == DESK else [],
        "need_you": sum(entry.needs_practitioner for entry in entries),
        "late_count": sum(entry.late for entry in entries),
        "mine": mine,
        "tabs": whose(mine, day) if own else [],
        "waiting": waiting(location, now, today),
        "alerts": worklists.alerts(location, now, today)[:5] if role in CLINICAL else [],
        "troubles": troubles_of(request, location),
        "hours_not_set": hours_not_set() if role == Role.DIRECTOR else [],
        "first_day": steps_open(location, today) if role == Role.DIRECTOR and not entries else 0,
        "clusters": clusters(now) if role == Role.DIRECTOR else [],
        "fallen": fallen_decisions(request, location, today) if is_prescriber(request.user) else [],
        "kit": kit_of(location, today) if role in CLINICAL else None,
        "unsigned": unsigned_of(request, location, now) if role in CLINICAL else [],
        "deviations": [{"row": each, "word": word_of(each.code)} for each in untold(location)]
        if role == DIRECTOR
        else [],
        "emergencies": emergencies_for(request.user).filter(seen_at=None) if role == DIRECTOR else [],
        "locations": locations_for(request.user),
        "now": now,
    }


def steps_open(location: Location, today: date) -> int:
    """How many steps of the first day are open, until the first course is there."""
    steps = setup.first_day(location, today)
    return 0 if steps[-1].done else sum(not step.done for step in steps)


def unsigned_of(request: HttpRequest, location: Location, now: datetime) -> list[dict[str, Any]]:
    """Records without a signature; after a day they are every prescriber's business (D41)."""
    rows = unsigned(location, now, by=request.user, everybody=is_prescriber(request.user))
    return [
        {"record": row, "escalated": row.ended_at is not None and row.ended_at <= now - ESCALATED_AFTER} for row in rows
    ]


def word_of(code: str) -> Any:
    """What departed, in words."""
    return DEVIATIONS.get(code) or (NEEDS[Need(code)].label if code in set(Need) else code)


@allow(frozenset({DIRECTOR}))
@require_POST
def deviation_read(request: HttpRequest, deviation_id: int) -> HttpResponse:
    """A director has read of a serious deviation."""
    row = access_deviation(request.user, deviation_id)
    acknowledge_deviation(deviation=row, by=request.user)
    messages.success(request, _("Acknowledged."))
    return redirect(f"{reverse('desk:today')}?location={row.session.location_id}")


@allow(frozenset({DIRECTOR}))
@require_POST
def emergency_seen(request: HttpRequest, emergency_id: int) -> HttpResponse:
    """A director has read why a record of their location was opened."""
    see_emergency(emergency=access_emergency(request.user, emergency_id), by=request.user)
    messages.success(request, _("Acknowledged."))
    return redirect("desk:today")


def troubles_of(request: HttpRequest, location: Location) -> list[str]:
    """What of the machinery does not work; that no mail server was ever set is for those who can have it set."""
    unset = machinery.reaches_nobody() if role_of(request.user) in SETTING_UP else ""
    return ([unset] if unset else []) + machinery.troubles(location, clock.now())


def fallen_decisions(request: HttpRequest, location: Location, today: date) -> list[dict[str, Any]]:
    """Today's visits whose decision has fallen, each with the page on which it is decided again (D34)."""
    here = request.get_full_path()
    return [
        {
            "patient": each.session.patient,
            "sentences": [sentence(finding) for finding in each.findings],
            "url": reverse("patients:decide_all", args=[each.session.patient_id])
            + f"?{plan_query(each.session.course, back=here)}",
        }
        for each in fallen_on(location, today)
        if each.session.course  # as every such visit has
    ]


def groups_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = agenda.grouped(row["entry"] for row in rows)
    steps = {row["entry"].session.pk: row for row in rows}
    return [
        {"name": name, "title": GROUP_TITLES[name], "rows": [steps[entry.session.pk] for entry in entries]}
        for name, entries in found.items()
        if entries
    ]


def next_step(entry: Entry, role: str | None, *, is_today: bool) -> dict[str, str] | None:
    """The one obvious thing to do with a visit, for the person who looks."""
    if not is_today:
        return None
    steps = {
        "booked": ("visit_check_in", _("Check in")),
        "checked_in": ("visit_chair", _("Start")) if role in CLINICAL else None,
        "in_progress": ("visit_chair", _("Complete")) if role in CLINICAL else None,
    }
    if entry.late:
        steps["booked"] = ("visit_late", _("Late: what now?"))
    found = steps.get(entry.status)
    return {"url": reverse(f"desk:{found[0]}", args=[entry.session.pk]), "label": found[1]} if found else None


def whose(mine: bool, day: object) -> list[dict[str, Any]]:
    return [
        {"label": _("My day"), "url": f"?date={day}", "active": mine},
        {"label": _("Everybody"), "url": f"?date={day}&who=all", "active": not mine},
    ]


TILES: list[tuple[str, Any, str]] = [
    ("alerts", gettext_lazy("Reactions to answer"), "bad"),
    ("lot_alerts", gettext_lazy("Injected, but not as drawn up"), "bad"),
    ("displaced", gettext_lazy("Visits without a time"), "warn"),
    ("to_confirm", gettext_lazy("Visits to confirm"), "plain"),
    ("calls", gettext_lazy("Calls to make"), "info"),
    ("readings", gettext_lazy("Allergy tests to read"), "warn"),
    ("reviews", gettext_lazy("Courses to review"), "info"),
    ("messages", gettext_lazy("Messages that failed"), "bad"),
    ("stopped", gettext_lazy("Courses on hold"), "plain"),
    ("returning", gettext_lazy("Back from a pause soon"), "info"),
]


def waiting(location: Location, now: Any, today: Any) -> list[dict[str, Any]]:
    """What is to do besides the visits; lists with nothing on them are left out."""
    counts = worklists.counts(location, now, today, [name for name, _label, _tone in TILES])
    here = reverse("desk:worklists")
    return [
        {"label": label, "count": counts[name], "tone": tone, "url": f"{here}?tab={name}&location={location.pk}"}
        for name, label, tone in TILES
        if counts[name]
    ]
