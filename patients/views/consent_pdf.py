"""A consent as a PDF for the patient: the lines as they were signed, in a font with the alphabets of all our names."""

from zoneinfo import ZoneInfo

import fontpkg_noto_sans
from django.utils import formats
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from patients.models import Consent

FONT = fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf"
MARGIN, LINE = 20, 6  # millimetres


def consent_pdf(consent: Consent, zone: ZoneInfo) -> bytes:
    """What it is for, every line, who signed it when and in which edition, and what became of it."""
    paper = FPDF(format="A4")
    paper.set_title(_("Consent"))  # no name: a viewer shows the title, and may list it
    paper.set_lang(consent.language or "en-gb")
    paper.set_margins(MARGIN, MARGIN)
    paper.set_auto_page_break(True, margin=MARGIN)
    paper.add_font("Noto", fname=FONT)
    paper.add_page()
    write(paper, _("Consent: %(act)s") % {"act": consent.get_act_display()}, size=16)
    write(paper, f"{consent.patient} · {consent.get_status_display()}", size=11, after=LINE)
    for number, line in enumerate(consent.statements, 1):
        write(paper, f"{number}. {line['text']}", size=11, after=2)
    paper.ln(LINE)
    for label, value in facts(consent, zone):
        write(paper, f"{label}: {value}", size=10)
    return bytes(paper.output())


def write(paper: FPDF, text: str, *, size: int, after: float = 0) -> None:
    paper.set_font("Noto", size=size)
    paper.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(after)


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
