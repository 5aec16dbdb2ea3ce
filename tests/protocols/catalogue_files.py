"""The catalogue's files, changed in one place."""

import shutil
from pathlib import Path

from protocols.actions.catalogue import CATALOGUE


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of the catalogue in `folder` in which the file `name` says `new` once instead of `old`."""
    files = Path(shutil.copytree(CATALOGUE, folder / "catalogue"))
    text = (files / name).read_text(encoding="utf-8")
    assert old in text
    (files / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return files
