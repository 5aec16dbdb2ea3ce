"""Optimistic concurrency: every write raises `version`; a caller may say which version it saw (If-Match)."""

import re
from typing import Protocol

from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext as _

from clinic.base.limits import VERSION
from clinic.base.refusals import BadInput, Stale


class HasVersion(Protocol):
    version: int


def check_version(thing: HasVersion, expected: int | None) -> None:
    """Raise Stale when the caller saw another version than the locked row has. None means the caller did not say."""
    if expected is not None and expected != thing.version:
        raise Stale(
            _("Someone changed this while you were looking. Reload and try again."), extra={"version": thing.version}
        )


def next_version() -> CombinedExpression:
    """The value to save so that concurrent writers each raise the version by one."""
    return F("version") + 1


def parse_if_match(header: str | None) -> int | None:
    """The version in an If-Match header: `7`, `"7"` or `W/"7"`; `*` and absence mean any."""
    if header is None or header.strip() == "*":
        return None
    text = header.strip()
    if not re.fullmatch(VERSION, text):
        raise BadInput.at("If-Match", _("If-Match must carry the version number."))
    return int(text.removeprefix("W/").strip('"'))
