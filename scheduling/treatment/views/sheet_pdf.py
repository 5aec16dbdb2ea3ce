"""The sheet of a patient as a PDF: the course as a line of dates, what to do, what it costs, whom to call."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, TextStyle

from clinic.base.paper import new_paper, write
from clinic.models import Location
from patients.models import Patient
from scheduling.treatment.queries.sheets import Sheet

DOT, HIGH, WORDS = 1.6, 7.0, 7  # radius and height of the line of dates in millimetres, size of its words in points
APART = 16.0  # millimetres between two written dates
STYLES = {
    "h2": TextStyle(font_size_pt=13, color=0, t_margin=4, b_margin=0.5),
    "li": TextStyle(t_margin=1, l_margin=5),
}


def sheet_file(patient: Patient, sheet: Sheet, location: Location | None) -> HttpResponse:
    """To keep, print or send on. Its name holds no person."""
    answer = HttpResponse(sheet_pdf(patient, sheet, location), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="visits.pdf"'
    return answer


def sheet_pdf(patient: Patient, sheet: Sheet, location: Location | None) -> bytes:
    """Everything that the page of the sheet says. Two or more dates are drawn as well as listed."""
    paper = new_paper(_("Your visits"), get_language() or "en-gb")
    write(paper, _("Your visits"), size=18)
    write(paper, " · ".join(filter(None, [str(patient), location.name if location else ""])), size=11, after=4)
    draw_dates(paper, [day for each in sheet.coming if (day := each.day)])
    paper.set_font("Noto", size=10)
    context = {"patient": patient, "sheet": sheet, "location": location}
    html = render_to_string("scheduling/treatment/sheet_pdf.html", context)
    paper.write_html(html, font_family="Noto", li_prefix_color=0, tag_styles=STYLES)
    return bytes(paper.output())


def draw_dates(paper: FPDF, days: Sequence[date]) -> None:
    """A line from the first to the last day with a dot for each, and dates where there is room for them."""
    span = (days[-1] - days[0]).days if days else 0
    if not span:
        return
    left, line = paper.l_margin + DOT, paper.get_y() + DOT
    paper.line(left, line, left + paper.epw - 2 * DOT, line)
    paper.set_font("Noto", size=WORDS)
    written = left - 2 * APART
    for day in days:
        at = left + (paper.epw - 2 * DOT) * ((day - days[0]) / timedelta(days=span))
        paper.set_fill_color(0)
        paper.circle(at, line, DOT, style="F")
        words = date_format(day, "j M")
        room = min(at - DOT, paper.w - paper.r_margin - paper.get_string_width(words))
        if room - written >= APART:
            written = room
            paper.text(written, line + 3 * DOT, words)
    paper.set_y(line + HIGH)
