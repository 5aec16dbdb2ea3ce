"""The page behind the links of a changed address. Whoever opens one holds the mailbox; nobody has to be signed in."""

from django.http import HttpResponse
from django.shortcuts import render

from clinic.base import clock
from clinic.base.access import PUBLIC, allow
from clinic.base.requests import HttpRequest
from patients.actions.addresses import answer_address_change, open_change


@allow(PUBLIC)
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """Opening the link changes nothing, since mail programmes open links by themselves; pressing a button does."""
    if request.method == "POST":
        change = answer_address_change(secret=secret, yes=request.POST.get("answer") == "yes")
        return render(request, "patients/address.html", {"done": True, "change": change})
    found = open_change(secret, clock.now())
    context = {"change": found[0] if found else None, "side": found[1] if found else ""}
    return render(request, "patients/address.html", context, status=200 if found else 404)
