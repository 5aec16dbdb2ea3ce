"""The page behind an invitation that was handed over: an address, a password, done."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from clinic.base.access import PUBLIC, allow
from clinic.base.forms import posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.base.pages import carried_out
from scheduling.setup.actions import staff_link
from scheduling.setup.forms import JoinForm

GONE = 410


@allow(PUBLIC)
@sensitive_post_parameters("password", "password_again")
def join(request: HttpRequest, secret: str) -> HttpResponse:
    invitation = staff_link.invited_by(secret)
    if invitation is None:
        return render(request, "scheduling/setup/join_gone.html", status=GONE)
    form = JoinForm(posted(request))
    if carried_out(form, staff_link.join, secret=secret):
        messages.success(request, _("Welcome. Sign in with the password you chose."))
        return redirect("account_login")
    context = {"form": form, "invitation": invitation}
    return render(request, "scheduling/setup/join.html", context, status=status_of(form))
