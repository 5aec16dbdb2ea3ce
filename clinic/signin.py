"""The pages of the mailed code: how many tries are left, how long to wait, and a new code from the same page."""

import time

from allauth.account import app_settings, views
from allauth.account.forms import RequestLoginCodeForm
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

ASK = "request_login_code"
WAIT = gettext_lazy("Several codes were sent within a minute. Please wait one minute, then ask for the next.")


class RequestCodeForm(RequestLoginCodeForm):
    """Three codes a minute for one address (ACCOUNT_RATE_LIMITS); whoever asks for more hears how long to wait."""

    def clean_email(self) -> str:
        try:
            email: str = super().clean_email()
        except forms.ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise forms.ValidationError(WAIT, code=error.code) from error
            raise
        return email


class ConfirmCode(views.ConfirmLoginCodeView):
    """A code takes three tries. Then it is used up, and a new one works at once."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        email = self._process.state.get("email", "")
        if not self._process.record_invalid_attempt():
            return render(self.request, "account/code_used_up.html", {"email": email})
        left = app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS - self._process.state["failed_attempts"]
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form, tries_left=left))
        return page

    def _resend_form_valid(self, form: forms.Form) -> HttpResponse:
        """A new code has its own tries and its own ten minutes, and counts like one asked for from the beginning."""
        key = self._process.state.get("email", "").lower()
        if not ratelimit.consume(self.request, action=ASK, key=key):
            messages.error(self.request, WAIT)
            return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))
        self._process.state.update(failed_attempts=0, at=time.time())
        page: HttpResponse = super()._resend_form_valid(form)
        return page


confirm_code = ConfirmCode.as_view()
