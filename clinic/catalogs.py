"""Message catalogs, compiled by Babel, so that no machine needs gettext's own tools."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogs(folder: Path) -> list[Path]:
    """Compile every catalog below `folder` that is newer than its compiled form; return the compiled forms written."""
    return [_compile(source) for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_newer(source)]


def _is_newer(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    with source.open("rb") as text:
        catalog = read_po(text, locale=source.parent.parent.name, abort_invalid=True)
    compiled = source.with_suffix(".mo")
    unfinished = source.with_suffix(".unfinished")
    with unfinished.open("wb") as binary:
        write_mo(binary, catalog)
    return unfinished.replace(compiled)
