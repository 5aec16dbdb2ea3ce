"""The front door, the health of the clinic's processes, and the way home for each role."""

from allauth.account.views import login
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from clinic.base import clock, demonstration
from clinic.base.access import ACTING, PATIENT, PUBLIC, SIGNED_IN, STAFF, allow, role_of
from clinic.base.requests import HttpRequest
from clinic.base.tokens import end_token, make_token
from clinic.forms import TokenForm
from clinic.health import readiness


@allow(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@allow(PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    status, body = readiness()
    return JsonResponse(body, status=status)


class Schema(SpectacularAPIView):
    http_method_names = ["get", "head"]


class Docs(SpectacularSwaggerView):
    http_method_names = ["get", "head"]


@allow(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:home" if role_of(request.user) == PATIENT else "desk:today"))


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign-in; while the demonstration is filled nobody can, and the page counts its patients."""
    if filling := demonstration.being_filled():
        return render(request, "account/filling.html", {"demonstration": filling})
    response: HttpResponse = login(request)
    if request.htmx.target == "filling":  # the count was still asked for
        response["HX-Refresh"] = "true"
    return response


@allow(STAFF)
@require_POST
def role(request: HttpRequest) -> HttpResponse:
    """Act in one's own role again, or in that of a post at another location, until one signs out."""
    request.session[ACTING] = request.POST.get("role", "")
    return redirect("home")


@allow(STAFF)
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens for the API: made here, shown once, ended."""
    form, secret = TokenForm(request.POST or None), ""
    if form.is_valid():
        secret = make_token(user=request.user, **form.cleaned_data)
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": request.user.tokens.all(), "now": clock.now()}
    return render(request, "account/tokens.html", context, status=400 if form.errors else 200)


@allow(STAFF)
@require_POST
def token_end(request: HttpRequest, token_id: int) -> HttpResponse:
    end_token(token=get_object_or_404(request.user.tokens, pk=token_id))
    messages.success(request, _("The token is ended."))
    return redirect("tokens")
