"""The pages of the mailed code: how many tries are left, how long to wait, and a new code from the same page."""

import time
from math import ceil
from typing import Any

from allauth.account import app_settings, views
from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context as allauth
from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LIMIT = {"app": "allauth.account", "action": "request_login_code"}


def wait(request: HttpRequest, email: str) -> str:
    """How long until the next code can be sent to this address, in words; nothing when it can be sent now."""
    left = 0.0
    for rate in ratelimit.get_rates(**LIMIT):
        sent: list[float] = cache.get(ratelimit.get_cache_key(request, rate=rate, key=email.lower(), **LIMIT), [])
        if len(sent) >= rate.amount:  # newest first
            left = max(left, sent[rate.amount - 1] + rate.duration - time.time())
    said = ngettext(
        "Several codes were sent within a minute. The next can be sent in %(left)s second.",
        "Several codes were sent within a minute. The next can be sent in %(left)s seconds.",
        ceil(left),
    )
    return said % {"left": ceil(left)} if left > 0 else ""


class RequestCodeForm(RequestLoginCodeForm):
    """Three codes a minute for one address (ACCOUNT_RATE_LIMITS); whoever asks for more hears how long to wait."""

    def clean_email(self) -> str:
        try:
            email: str = super().clean_email()
        except forms.ValidationError as error:
            if error.code == "too_many_login_attempts":
                said = wait(allauth.request, self.cleaned_data["email"]) or error.message
                raise forms.ValidationError(said, code=error.code) from error
            raise
        return email


class ConfirmCode(views.ConfirmLoginCodeView):
    """A code takes three tries. Then it is used up, and a new one works at once."""

    @property
    def email(self) -> str:
        return str(self._process.state.get("email", ""))

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**given)
        return found | {"wait": wait(self.request, self.email)}

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        if not self._process.record_invalid_attempt():
            known = {"email": self.email, "wait": wait(self.request, self.email)}
            return render(self.request, "account/code_used_up.html", known)
        left = app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS - self._process.state["failed_attempts"]
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form, tries_left=left))
        return page

    def _resend_form_valid(self, form: forms.Form) -> HttpResponse:
        """A new code has its own tries and its own ten minutes, and counts like one asked for from the beginning."""
        if not ratelimit.consume(self.request, key=self.email.lower(), **LIMIT):
            messages.error(self.request, wait(self.request, self.email) or _("Please try again in a moment."))
            return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))
        self._process.state.update(failed_attempts=0, at=time.time())
        page: HttpResponse = super()._resend_form_valid(form)
        return page


confirm_code = ConfirmCode.as_view()
