"""Every sentence of the product that can be translated, and a catalogue that translates them all, for tests.

What a clinician writes and what the clinical catalogue says is content, not among these.
"""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("clinic", "patients", "protocols", "scheduling")
ONE, TWO, OF = None, (1, 2), ((1, "c"), 2)
CALLS = {
    **dict.fromkeys(("_", "_lazy", "now_", "gettext", "gettext_lazy", "gettext_noop"), ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), TWO),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), OF),
    "npgettext": ((1, "c"), 2, 3),
}

Sentence = tuple[str | None, str | tuple[str, ...]]  # context, text or (singular, plural)


@cache
def sentences() -> set[Sentence]:
    """Of all Python files and templates."""
    python = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    pages = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    texts = [path.read_text() for path in python] + [flat(templatize(path.read_text())) for path in pages]
    return {each for text in texts for each in sentences_of(text)}


def sentences_of(text: str) -> Iterator[Sentence]:
    for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), CALLS):
        if message:
            yield context, message


def flat(template: str) -> str:
    """Django blanks out what is no call; comments go and lines are joined, so that the rest reads as Python."""
    return " ".join(re.sub(r" #( .*)?$", "", line) for line in template.splitlines()).strip()


def marked(text: str) -> str:
    """A translation that shows itself and keeps every placeholder."""
    return f"‹{text}›"


def write_catalogue(folder: Path, language: str) -> Path:
    """A complete catalogue of `language` below `folder`."""
    catalogue = Catalog(locale=language)
    for context, text in sentences():
        if isinstance(text, tuple):
            catalogue.add(text, tuple(map(marked, text)), context=context)
        else:
            catalogue.add(text, marked(text), context=context)
    path = folder / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0)
    return path
