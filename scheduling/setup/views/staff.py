"""Settings of the people who work here: invitation, role, weekly hours."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base import clock
from clinic.base.access import allow
from clinic.base.forms import attempt, status_of
from clinic.base.requests import HttpRequest
from clinic.models import Location, StaffLink, StaffMember
from scheduling.access import MANAGERS, locations_for, practitioners_for, staff_for
from scheduling.calendar.queries.stranded import would_strand
from scheduling.setup import queries as setup
from scheduling.setup.actions import hours as hours_actions
from scheduling.setup.actions import seasons
from scheduling.setup.actions import staff as actions
from scheduling.setup.actions.staff_link import invite_by_link, take_back
from scheduling.setup.forms import InvitationForm, OpeningForm, StaffMemberForm, WeekForm
from scheduling.setup.views.places import location_tabs, tabs, warn_of

WITH_MAIL = frozenset({"email", "posts", "everywhere"})  # what a link without mail does not carry


@allow(MANAGERS)
def staff(request: HttpRequest) -> HttpResponse:
    context = {
        "people": staff_for(request.user),
        "links": setup.links_out(locations_for(request.user), clock.now()),
        "tabs": tabs("staff", request.user),
    }
    return render(request, "scheduling/setup/staff.html", context)


@allow(MANAGERS)
@require_POST
def link_take_back(request: HttpRequest, link_id: int) -> HttpResponse:
    take_back(link=get_object_or_404(StaffLink, pk=link_id, location__in=locations_for(request.user)), by=request.user)
    messages.success(request, _("The link does not work any more."))
    return redirect("settings:staff")


@allow(MANAGERS)
def invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, by=request.user)
    if form.is_valid() and not form.cleaned_data["email"]:
        return hand_over(request, form)
    if invited := attempt(form, lambda: actions.invite_staff(**form.wanted(), by=request.user)):
        say_sent(request, invited)
        return redirect("settings:staff_member", invited.pk)
    return render(request, "scheduling/setup/staff_member.html", {"form": form}, status=status_of(form))


def hand_over(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    """The link and its QR code, shown this once."""
    given = {name: value for name, value in form.wanted().items() if name not in WITH_MAIL}
    secret = attempt(form, lambda: invite_by_link(**given, by=request.user))
    if secret is None:
        return render(request, "scheduling/setup/staff_member.html", {"form": form}, status=status_of(form))
    link = settings.SITE_URL + reverse("desk:join", args=[secret])
    code = mark_safe(get_adapter().build_totp_svg(link))  # noqa: S308  # drawn from our own link
    context = {"name": given["name"], "link": link, "code": code}
    return render(request, "scheduling/setup/staff_link.html", context)


@allow(MANAGERS)
def staff_member(request: HttpRequest, staff_id: int) -> HttpResponse:
    person = get_object_or_404(staff_for(request.user), pk=staff_id)
    form = StaffMemberForm(request.POST or None, by=request.user, initial=as_shown(person))
    if attempt(form, lambda: actions.change_staff(staff=person, **form.wanted(), by=request.user)):
        messages.success(request, _("Saved."))
        return redirect("settings:staff")
    context = {"form": form, "person": person}
    return render(request, "scheduling/setup/staff_member.html", context, status=status_of(form))


def as_shown(person: StaffMember) -> dict[str, Any]:
    treats = getattr(person, "practitioner", None)
    return {
        "name": person.user.name,
        "role": person.role,
        "location": person.location_id,
        "prescriber": person.prescriber,
        "active": person.active,
        "everywhere": person.everywhere,
        **{f"post_{post.location_id}": post.role for post in person.posts.all()},
        "treats": bool(treats and treats.active),
        "trained_on": treats.trained_on if treats else None,
        "experienced": bool(treats and treats.experienced),
    }


@allow(MANAGERS)
@require_POST
def invite_again(request: HttpRequest, staff_id: int) -> HttpResponse:
    person = get_object_or_404(staff_for(request.user), pk=staff_id)
    say_sent(request, person)
    return redirect("settings:staff_member", person.pk)


def say_sent(request: HttpRequest, person: StaffMember) -> None:
    if actions.send_invitation(staff=person, by=request.user):
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": person.user.email})
    else:
        messages.error(request, _("The mail server did not take the invitation. Please send it again later."))


@allow(MANAGERS)
def hours(request: HttpRequest, location_id: int) -> HttpResponse:
    """Everybody's week at a location, side by side."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    today = clock.local_date(clock.now(), place.timezone)
    context = {
        "place": place,
        "people": setup.weeks(place, today),
        "seasons": setup.seasons(place, today),
        "weekday_names": [WEEKDAYS_ABBR[day] for day in range(7)],
        "tabs": location_tabs(place, "hours"),
    }
    return render(request, "scheduling/setup/hours.html", context)


@allow(MANAGERS)
def week(request: HttpRequest, location_id: int, practitioner_id: int) -> HttpResponse:
    """Somebody's weekly hours, or with a last day those of a season."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    practitioner = get_object_or_404(practitioners_for(request.user), pk=practitioner_id)
    today = clock.local_date(clock.now(), place.timezone)
    form = WeekForm(request.POST or None, initial={"valid_from": today}, week=setup.week_of(practitioner, place, today))

    def change() -> object:
        wanted = form.wanted()
        setting = seasons.set_season if "valid_until" in wanted else hours_actions.set_week
        return setting(practitioner=practitioner, location=place, by=request.user, **wanted)

    return hours_saved(request, place, form, change, practitioner=practitioner)


@allow(MANAGERS)
def season(request: HttpRequest, location_id: int) -> HttpResponse:
    """Shorter hours of everybody at a place, for a span of days."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    form = OpeningForm(request.POST or None)
    change = partial(seasons.open_only, location=place, by=request.user)
    return hours_saved(request, place, form, lambda: change(**form.wanted()))


def hours_saved(
    request: HttpRequest, place: Location, form: WeekForm, change: Callable[[], object], **of: Any
) -> HttpResponse:
    """First whom the change leaves with nobody there, then the change."""
    lost = attempt(form, lambda: would_strand(change, location=place, now=clock.now()))
    if lost is not None and (not lost or "apply" in request.POST):
        change()
        messages.success(request, _("The hours are saved."))
        warn_of(request, lost)
        return redirect("settings:hours", place.pk)
    context = {"form": form, "place": place, "lost": lost} | of
    return render(request, "scheduling/setup/week.html", context, status=status_of(form, *form.stretches))


@allow(MANAGERS)
@require_POST
def season_remove(request: HttpRequest, location_id: int, season_id: int) -> HttpResponse:
    """The weekly hours hold after all, for everybody who has a season of the same days here."""
    place = get_object_or_404(locations_for(request.user), pk=location_id)
    row = get_object_or_404(place.seasons, pk=season_id)
    same = list(place.seasons.filter(first=row.first, last=row.last))
    end = partial(seasons.end_seasons, seasons=same, by=request.user)
    lost = would_strand(end, location=place, now=clock.now())
    if lost and "apply" not in request.POST:
        return render(request, "scheduling/setup/season_end.html", {"place": place, "season": row, "lost": lost})
    end()
    messages.success(request, _("The weekly hours hold on these days."))
    warn_of(request, lost)
    return redirect("settings:hours", place.pk)
