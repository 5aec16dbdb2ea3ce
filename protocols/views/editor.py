"""A director drafts the next version of a protocol, edits it, and publishes or discards it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.base.access import DIRECTOR, allow
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from protocols.actions import publish as actions
from protocols.forms.draft import DraftForm
from protocols.forms.reason import ReasonForm
from protocols.library import queries as shelf
from protocols.library.differences import differences
from protocols.models import ProtocolVersion


@allow(DIRECTOR)
@require_POST
def draft_new(request: HttpRequest, code: str) -> HttpResponse:
    protocol = shelf.protocol_of(code)
    if protocol is None:
        raise Http404
    draft = actions.new_draft(protocol=protocol, by=request.user)
    return redirect("protocols:draft_edit", code, draft.number)


def draft_of(code: str, number: int) -> ProtocolVersion:
    """The draft of this number; what is no draft any more is not found."""
    draft = shelf.shown_version(code, number)
    if draft is None or draft.status != ProtocolVersion.Status.DRAFT:
        raise Http404
    return draft


@allow(DIRECTOR)
def draft_edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    draft = draft_of(code, number)
    form = DraftForm(posted(request), definition=draft.definition, seen=actions.seen_of(draft))

    def save() -> ProtocolVersion:
        seen = form.cleaned_data["seen"]
        return actions.save_draft(draft=draft, phases=form.phases(), by=request.user, seen=seen)

    if attempt(form, save):
        messages.success(request, _("Saved as a draft. Nothing is in force yet."))
        return redirect("protocols:version", code, number)
    context = {"version": draft, "protocol": draft.protocol, "form": form}
    return render(request, "protocols/draft_edit.html", context, status=status_of(form))


@allow(DIRECTOR)
def draft_publish(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What the draft changes, and the reason that goes with it."""
    said = _("Version %(number)s is in force. Running courses stay with the version they began with.")
    return settle(request, draft_of(code, number), actions.publish_version, "protocols/draft_publish.html", said)


@allow(DIRECTOR)
def draft_discard(request: HttpRequest, code: str, number: int) -> HttpResponse:
    said = _("The draft was set aside.")
    return settle(request, draft_of(code, number), actions.discard_draft, "protocols/draft_discard.html", said)


def settle(
    request: HttpRequest, draft: ProtocolVersion, action: Callable[..., ProtocolVersion], template: str, said: str
) -> HttpResponse:
    form = ReasonForm(posted(request), initial={"seen": actions.seen_of(draft)})
    if attempt(form, lambda: action(draft=draft, by=request.user, **form.cleaned_data)):
        messages.success(request, said % {"number": draft.number})
        return redirect("protocols:detail", draft.protocol.code)
    active = shelf.shown_version(draft.protocol.code)
    context: dict[str, Any] = {
        "version": draft,
        "protocol": draft.protocol,
        "active": active,
        "changes": differences(active, draft) if active else None,
        "form": form,
    }
    return render(request, template, context, status=status_of(form))
