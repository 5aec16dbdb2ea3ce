"""A consent as a PDF for the patient: the lines as they were signed."""

from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from clinic.base.paper import new_paper, write
from patients.models import Consent

LINE = 6  # millimetres


def consent_pdf(consent: Consent, zone: ZoneInfo) -> bytes:
    """What it is for, every line, who signed it when and in which edition, and what became of it."""
    paper = new_paper(_("Consent"), consent.language or "en-gb")
    write(paper, _("Consent: %(act)s") % {"act": consent.get_act_display()}, size=16)
    write(paper, f"{consent.patient} · {consent.get_status_display()}", size=11, after=LINE)
    for number, line in enumerate(consent.statements, 1):
        write(paper, f"{number}. {line['text']}", size=11, after=2)
    paper.ln(LINE)
    for label, value in facts(consent, zone):
        write(paper, f"{label}: {value}", size=10)
    return bytes(paper.output())


def facts(consent: Consent, zone: ZoneInfo) -> list[tuple[str, str]]:
    """(label, value) of how it was signed, without what is empty."""

    def when(moment: object) -> str:
        return formats.date_format(moment.astimezone(zone), "j F Y, H:i") if moment else ""  # type: ignore[attr-defined]

    refused = consent.status == Consent.Status.REFUSED
    rows = [
        (_("Refused by") if refused else _("Signed by"), consent.signed_name),
        (_("On"), when(consent.signed_at)),
        (_("Interpreter"), consent.interpreter),
        (_("Withdrawn on"), when(consent.withdrawn_at)),
        (_("Edition of the text"), consent.text_version),
        (_("Digest of the text"), consent.text_digest),
    ]
    return [(str(label), value) for label, value in rows if value]
