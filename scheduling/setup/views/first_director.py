"""The one page that is open before anybody can sign in: it makes the first director."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from clinic.base.access import PUBLIC, allow
from clinic.base.forms import posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.base.pages import carried_out
from scheduling.setup.actions.first_director import link_works, make_first_director
from scheduling.setup.forms import FirstDirectorForm

GONE = 410


@allow(PUBLIC)
@sensitive_post_parameters("password", "password_again")
def first_director(request: HttpRequest, secret: str) -> HttpResponse:
    """The form while the link works; afterwards the sign-in page."""
    if not link_works(secret):
        return render(request, "scheduling/setup/first_director_gone.html", status=GONE)
    form = FirstDirectorForm(posted(request), initial={"timezone": "Europe/Rome"})
    if carried_out(form, make_first_director, secret=secret):
        messages.success(request, _("The clinic is yours. Sign in with the password you chose."))
        return redirect("account_login")
    return render(request, "scheduling/setup/first_director.html", {"form": form}, status=status_of(form))
