"""Every status a page shows: its tone, its icon and its word. Colour never speaks alone."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    """`tone`: ok, info, warn, bad or plain; `icon`: a bootstrap-icons name; `word`: what people read."""

    tone: str
    icon: str
    word: str | Promise


STATUSES: dict[str, dict[str, Look]] = {
    "session": {
        "planned": Look("plain", "circle", _("Planned")),
        "booked": Look("info", "calendar-check", _("Booked")),
        "displaced": Look("warn", "calendar-x", _("Needs a new time")),
        "checked_in": Look("info", "person-check-fill", _("Checked in")),
        "in_progress": Look("info", "play-circle-fill", _("In progress")),
        "completed": Look("ok", "check-circle-fill", _("Done")),
        "no_show": Look("bad", "person-x-fill", _("Did not come")),
        "cancelled": Look("plain", "x-circle", _("Cancelled")),
        "entered_in_error": Look("plain", "slash-circle", _("Entered in error")),
    },
    "course": {
        "draft": Look("plain", "pencil", pgettext_lazy("course", "Draft")),
        "active": Look("info", "arrow-right-circle-fill", pgettext_lazy("course", "Active")),
        "on_hold": Look("warn", "pause-circle-fill", _("On hold")),
        "completed": Look("ok", "check-circle-fill", _("Completed")),
        "revoked": Look("plain", "x-circle", _("Closed early")),
    },
    "proposal": {
        "queued": Look("plain", "hourglass", _("Waiting")),
        "running": Look("info", "gear", _("Being built")),
        "ready": Look("ok", "check-circle-fill", _("Ready")),
        "infeasible": Look("bad", "x-octagon-fill", _("Does not fit")),
        "accepted": Look("ok", "calendar2-check-fill", _("Accepted")),
        "stale": Look("warn", "arrow-clockwise", _("Out of date")),
        "failed": Look("bad", "exclamation-octagon-fill", _("Could not be built")),
    },
    "verdict": {
        "eligible": Look("ok", "check-circle-fill", _("May be treated")),
        "needs_review": Look("info", "person-badge-fill", _("Needs a decision")),
        "deferred": Look("warn", "hourglass-split", _("Not yet")),
        "incomplete": Look("warn", "question-circle-fill", _("Answers are missing")),
        "contraindicated": Look("bad", "slash-circle-fill", _("Must not be treated")),
    },
    "effect": {
        "blocks": Look("bad", "slash-circle-fill", _("Blocks")),
        "excluded_option": Look("bad", "signpost-split-fill", _("Not this choice")),
        "incomplete": Look("warn", "question-circle-fill", _("Unanswered")),
        "deferred": Look("warn", "hourglass-split", _("Later")),
        "review": Look("info", "person-badge-fill", _("Prescriber decides")),
        "caution": Look("info", "exclamation-triangle-fill", _("Acknowledge")),
    },
    "message": {
        "scheduled": Look("plain", "clock", _("Scheduled")),
        "sending": Look("info", "send", _("Being sent")),
        "handed_off": Look("info", "send-check", _("Handed over")),
        "sent": Look("ok", "check-circle-fill", _("Sent")),
        "retry": Look("warn", "arrow-repeat", _("Will be tried again")),
        "failed": Look("bad", "exclamation-octagon-fill", _("Failed")),
        "unknown": Look("warn", "question-circle-fill", _("Not known whether it arrived")),
        "superseded": Look("plain", "arrow-right-short", _("Replaced by a newer one")),
        "expired": Look("plain", "clock-history", _("No longer needed")),
    },
    "version": {
        "draft": Look("plain", "pencil", pgettext_lazy("protocol version", "Draft")),
        "active": Look("ok", "check-circle-fill", pgettext_lazy("protocol version", "In use")),
        "retired": Look("plain", "archive", _("Retired")),
        "discarded": Look("plain", "trash", _("Discarded")),
    },
    "test": {
        "missing": Look("warn", "dash-circle", _("No test yet")),
        "pending": Look("info", "hourglass-split", _("Waiting for the reading")),
        "provisional": Look("warn", "camera", _("Photo reading, not signed")),
        "negative": Look("ok", "check-circle-fill", _("Negative")),
        "positive": Look("bad", "exclamation-octagon-fill", _("Positive")),
        "expired": Look("warn", "clock-history", _("Too old, repeat")),
        "not_applicable": Look("plain", "dash-circle", _("Not applicable")),
    },
    "consent": {
        "draft": Look("plain", "pencil", pgettext_lazy("consent", "Not signed")),
        "active": Look("ok", "check-circle-fill", _("Signed")),
        "rejected": Look("bad", "x-circle-fill", _("Refused")),
        "inactive": Look("bad", "arrow-counterclockwise", _("Withdrawn")),
    },
}
TONES = {
    "ok": Look("ok", "check-circle-fill", _("Done")),
    "info": Look("info", "info-circle-fill", _("Note")),
    "warn": Look("warn", "exclamation-triangle-fill", _("Attention")),
    "bad": Look("bad", "exclamation-octagon-fill", _("Problem")),
}
DJANGO_TONES = {"debug": "info", "info": "info", "success": "ok", "warning": "warn", "error": "bad"}


def look_of(group: str, code: str) -> Look:
    """The look of a status. A code nobody drew yet is shown as itself, so that it is noticed and nothing breaks."""
    return STATUSES.get(group, {}).get(code) or Look("plain", "circle", code)
