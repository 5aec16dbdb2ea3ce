"""JSON as strictly as RFC 8259 and I-JSON (RFC 7493) have it: what two programs could read differently is refused."""

import json
import re
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from clinic.base.limits import DEEPEST_JSON, LARGEST_ID

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL and halves of a surrogate pair
LONGEST_INTEGER = 400  # digits; reading thousands of them is work that nobody needs


class JsonError(ValueError):
    """What is wrong; `path` is the field it stands in, names and positions joined by dots."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


def read_json(raw: bytes) -> Any:
    """The value that `raw` writes down. ValueError says what is wrong with it, a JsonError also where."""
    try:
        value = json.loads(
            raw.decode(), object_pairs_hook=_distinct, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
        _check(value, DEEPEST_JSON)
    except RecursionError as deep:
        raise ValueError(_("This JSON is nested too deeply.")) from deep
    except UnicodeDecodeError as wrong:
        raise ValueError(_("The body must be UTF-8.")) from wrong
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that names a member twice has no one meaning."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("An object names the same field twice."))
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(_("A number is too large."))
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(_("A number is too large."))
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(_("“%(text)s” is no number.") % {"text": text})


def _check(value: Any, levels: int, *path: str) -> None:
    """Refuse what is nested deeper than `levels` and text that the database cannot hold."""
    if levels < 0:
        raise JsonError(_("This JSON is nested too deeply."))
    if isinstance(value, str):
        _check_text(value, *path)
    elif isinstance(value, int) and abs(value) > LARGEST_ID:
        raise JsonError(_("A number is too large."), ".".join(path))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name, *path)
            _check(inner, levels - 1, *path, name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check(inner, levels - 1, *path, str(index))


def _check_text(text: str, *path: str) -> None:
    if UNSTORABLE.search(text):
        raise JsonError(_("A text holds a character that cannot be stored."), ".".join(path))
