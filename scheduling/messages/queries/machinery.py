"""What of the machinery does not work at the moment, in words for the people whose work hangs on it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.health import fell_silent
from clinic.models import Location
from scheduling.models import ChannelTrouble

STOPPED = {
    "plan": gettext_lazy("Schedules are not being worked out."),
    "mail": gettext_lazy("Messages are not being sent."),
    "codes": gettext_lazy("Sign-in codes are not being sent: patients cannot sign in."),
    "sweep": gettext_lazy("Nobody looks after what falls due: overdue reactions are not passed on."),
}
NO_ANSWER = gettext_lazy("nobody answers")
WHY = {  # the first word of `ChannelTrouble.error`, where it is no code that the other side gave
    "ImproperlyConfigured": gettext_lazy("its settings cannot be read"),
    "SMTPAuthenticationError": gettext_lazy("the name or password is wrong"),
    "ConnectionRefusedError": NO_ANSWER,
    "SMTPServerDisconnected": NO_ANSWER,
    "TimeoutError": NO_ANSWER,
    "gaierror": NO_ANSWER,
    "SMTP": gettext_lazy("it was refused"),
}
NO_MAIL_SERVER = tuple(f"django.core.mail.backends.{name}.EmailBackend" for name in ("filebased", "console", "dummy"))


def troubles(location: Location, now: datetime) -> list[str]:
    """Two queries."""
    resting = ChannelTrouble.objects.filter(resting_until__isnull=False).order_by("channel")
    stopped = [str(STOPPED[part]) for part in fell_silent(now) if part in STOPPED]
    return [of_channel(row, ZoneInfo(location.timezone)) for row in resting] + stopped


def of_channel(trouble: ChannelTrouble, zone: ZoneInfo) -> str:
    said = _("%(channel)s does not go out since %(since)s: %(why)s (%(error)s). It is tried again by itself.") % {
        "channel": trouble.get_channel_display(),
        "since": formats.date_format(trouble.since.astimezone(zone), "D j M, H:i"),
        "why": WHY.get(trouble.error.partition(" ")[0], _("it fails")),
        "error": trouble.error,
    }
    return f"{said} {_('Ring up whoever must know today.')}"


def reaches_nobody() -> str:
    """What whoever sets the clinic up must know while its mail goes to files; empty otherwise and in the demo."""
    if settings.DEMO or settings.EMAIL_BACKEND not in NO_MAIL_SERVER:
        return ""
    return _(
        "No mail server is set up. Confirmations, reminders and sign-in codes are only written to files on this"
        " computer and reach nobody, and patients cannot sign in. Set EMAIL_HOST, as docs/operations.md says."
    )
