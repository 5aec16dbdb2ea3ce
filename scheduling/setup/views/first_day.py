"""The nine steps of a new clinic's first day."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import signin_mail
from clinic.base import clock
from clinic.base.access import allow
from clinic.base.requests import HttpRequest
from scheduling.access import MANAGERS
from scheduling.base.pages import place_of
from scheduling.messages.queries import machinery
from scheduling.setup import queries as setup
from scheduling.setup.views.places import tabs


@allow(MANAGERS)
def first_day(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    steps = setup.first_day(place, clock.local_date(clock.now(), place.timezone))
    done = sum(step.done for step in steps)
    context = {"place": place, "steps": steps, "done": done, "tabs": tabs("first_day", request.user)}
    return render(request, "scheduling/setup/first_day.html", context)


@allow(MANAGERS)
@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """A letter to whoever asks, by the way that the codes of the sign-in go."""
    text = _("Mail from %(site)s arrives. Nothing else is to be done.") % {"site": settings.SITE_URL}
    letter = EmailMessage(_("A test mail of the clinic"), text, to=[request.user.email])
    signin_mail.enqueue(kind="test_mail", letter=letter, now=clock.now())
    if unset := machinery.reaches_nobody():
        messages.warning(request, unset)
        return redirect("settings:first_day")
    messages.success(request, _("The test mail is on its way to %(email)s.") % {"email": request.user.email})
    return redirect("settings:first_day")
