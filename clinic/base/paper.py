"""PDF files that people take home, in a font with the alphabets of all our names."""

import fontpkg_noto_sans
from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONT = fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf"
MARGIN = 20  # millimetres


def new_paper(title: str, language: str) -> FPDF:
    """The first page. `title` names nobody: a viewer shows it, and may list it."""
    paper = FPDF(format="A4")
    paper.set_title(title)
    paper.set_lang(language)
    paper.set_margins(MARGIN, MARGIN)
    paper.set_auto_page_break(True, margin=MARGIN)
    paper.add_font("Noto", fname=FONT)
    paper.add_font("Noto", "B", fname=FONT)  # no heavier: cutting one out of the variable font takes 12 s
    paper.add_page()
    return paper


def write(paper: FPDF, text: str, *, size: int, after: float = 0) -> None:
    """A paragraph; `size` in points, `after` in millimetres."""
    paper.set_font("Noto", size=size)
    paper.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(after)
