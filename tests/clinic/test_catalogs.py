"""Message catalogs are compiled without gettext's own tools, and only when they changed."""

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from clinic.catalogs import compile_catalogs

CATALOG = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Book"
msgstr "Prenota"

msgid "%d session"
msgid_plural "%d sessions"
msgstr[0] "%d seduta"
msgstr[1] "%d sedute"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "it" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOG)
    return path


def test_a_compiled_catalog_translates(source: Path, tmp_path: Path) -> None:
    assert compile_catalogs(tmp_path) == [source.with_suffix(".mo")]
    words = gettext.translation("django", tmp_path, ["it"])
    assert words.gettext("Book") == "Prenota"
    assert words.ngettext("%d session", "%d sessions", 3) == "%d sedute"
    assert sorted(path.suffix for path in source.parent.iterdir()) == [".mo", ".po"]


def test_a_catalog_is_compiled_again_only_when_it_changed(source: Path, tmp_path: Path) -> None:
    compile_catalogs(tmp_path)
    assert compile_catalogs(tmp_path) == []
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert compile_catalogs(tmp_path) == [source.with_suffix(".mo")]


def test_a_broken_catalog_is_refused(source: Path, tmp_path: Path) -> None:
    source.write_text(CATALOG + "\nmsgid unquoted\n")
    with pytest.raises(PoFileError):
        compile_catalogs(tmp_path)
    assert not source.with_suffix(".mo").exists()
