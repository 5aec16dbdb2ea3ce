"""The demonstration's mail, readable in the application. A real clinic has no such page."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse

from clinic.base import demonstration
from clinic.base.access import STAFF, allow
from clinic.base.requests import HttpRequest
from scheduling.base.pages import place_of, show
from scheduling.messages.queries import mailbox as letters_of


def folder() -> Path:
    """Only where the demonstration was loaded: the letters hold sign-in codes."""
    if not demonstration.is_here():
        raise Http404
    return Path(settings.EMAIL_FILE_PATH)


@allow(STAFF)
def mailbox(request: HttpRequest) -> HttpResponse:
    rows = letters_of.letters(folder())
    return show(request, "scheduling/desk/mailbox.html", {"letters": rows}, location=place_of(request))


@allow(STAFF)
def letter(request: HttpRequest, letter_id: str) -> HttpResponse:
    found = letters_of.letter(folder(), letter_id)
    if found is None:
        raise Http404
    return show(request, "scheduling/desk/letter.html", {"letter": found}, location=place_of(request))
