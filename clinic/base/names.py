"""Names as people write them, and as others look for them."""

import re
import unicodedata
from typing import Any

from django.db import models

# Letters that no decomposition takes apart, in the Latin letters in which people look for them.
PLAIN = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
APOSTROPHES = re.compile("['’‘ʼ`´]")
PARTS = re.compile(r"[^\W_]+")
# Scripts that are written without blanks.
SYLLABLES = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])")


def clean(text: str) -> str:
    """In one Unicode form, without letters that nobody sees: marks of direction, joiners, soft hyphens."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char) != "Cf")


def fold(text: str) -> str:
    """The words of a name for finding it: no accents, no case, no apostrophes; each Chinese character is a word."""
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold().translate(PLAIN))
    bare = "".join(char for char in apart if unicodedata.category(char) not in {"Mn", "Cf"})
    return " ".join(PARTS.findall(SYLLABLES.sub(r" \1 ", unicodedata.normalize("NFC", bare))))


def digits(text: str) -> str:
    """The digits of every script, as 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


class FoldedField(models.TextField):  # type: ignore[type-arg]  # Django's own is no generic when it runs
    """The folded words of other fields of the row, written with every save() and bulk_create()."""

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})
        self.of = of

    def pre_save(self, row: models.Model, add: bool) -> str:
        folded = fold(" ".join(getattr(row, name) for name in self.of))
        setattr(row, self.attname, folded)
        return folded

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}
