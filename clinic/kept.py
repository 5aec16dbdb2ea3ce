"""A form that was left open while the session changed: what was typed stays, and the way leads to sign-in and back.

Nothing is stored. The page carries the typed text in its own form; signing in happens in another tab, and the form is
then sent from here with a fresh token.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from clinic.base.problems import plain, problem_response
from clinic.base.requests import AnyRequest

NEVER_KEPT = ("csrfmiddlewaretoken", "password", "code")  # secrets are typed again
OUTSIDE = {template.partition("%s")[0] for template in (REASON_BAD_ORIGIN, REASON_BAD_REFERER)}


def csrf_failure(request: AnyRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. A form of another site is refused and nothing of it is shown."""
    if request.path_info.startswith("/api/"):
        return problem_response(plain(403, _("The security token of this session is missing or old.")))
    if from_outside(request, reason):
        return render(request, "403.html", {"detail": _("This form did not come from our own pages.")}, status=403)
    return kept(request)


def from_outside(request: AnyRequest, reason: str) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site not in {"same-origin", "none"} or any(reason.startswith(each) for each in OUTSIDE)


def signed_out(request: AnyRequest) -> HttpResponse:
    """Nobody is signed in: on to the sign-in, and back to the page afterwards. Typed text is never thrown away."""
    if request.method not in {"GET", "HEAD"}:
        return kept(request)
    if request.htmx:  # a part of a page: the whole page goes to the sign-in, which has no place inside of it
        return HttpResponseClientRedirect(sign_in(request))
    return HttpResponseRedirect(sign_in(request))


def kept(request: AnyRequest) -> HttpResponse:
    """The page with the typed text; a part of a page is left as it stands and told about."""
    if request.htmx and not request.htmx.boosted:
        said = _("Your sign-in has changed. Your text is still here: sign in in another tab, then send it from here.")
        return trigger_client_event(HttpResponse(status=403), "toast", {"message": said, "tone": "bad"})
    context: dict[str, Any] = {"sign_in": sign_in(request), "entrance": is_entrance(request)}
    context |= {} if context["entrance"] else {"typed": typed(request), "files": bool(request.FILES)}
    return render(request, "kept.html", context, status=403)


def is_entrance(request: AnyRequest) -> bool:
    """The sign-in pages themselves: nothing of theirs is worth keeping."""
    return request.path_info.startswith("/accounts/")


def typed(request: AnyRequest) -> list[tuple[str, str]]:
    """Names and values of the form, in order, without secrets."""
    names = [name for name in request.POST if not any(word in name for word in NEVER_KEPT)]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def sign_in(request: AnyRequest) -> str:
    """The sign-in page that leads back here, for a part of a page back to the page it belongs to."""
    here = request.get_full_path()
    if request.htmx:
        here = request.htmx.current_url_abs_path or "/"
    elif request.method not in {"GET", "HEAD"}:
        here = page_before(request)
    return f"{resolve_url('account_login')}?{urlencode({'next': here})}"


def page_before(request: AnyRequest) -> str:
    """The page the form stood on, when it was one of ours."""
    came = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()}):
        return "/"
    return urlsplit(came)._replace(scheme="", netloc="").geturl() or "/"
