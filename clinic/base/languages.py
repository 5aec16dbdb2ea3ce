"""The languages the clinic speaks, to staff, patients and in what it sends.

settings.LANGUAGES lists them, and a language stands there only when its catalogue is complete, as
tests/test_languages.py proves: a date in one language inside a sentence in another helps nobody. Everything that
follows a person's language asks here, since Django itself speaks any language it has dates for.
"""

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils.translation import get_supported_language_variant, override


def offered() -> list[tuple[str, str]]:
    """(code, name) of each, the clinic's own first."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def recognised(wanted: str) -> str | None:
    """The offered language that serves `wanted`: "it" for "it-ch". None when there is none."""
    try:
        return get_supported_language_variant(wanted)
    except LookupError:
        return None


def spoken(wanted: str) -> str:
    """The offered language for somebody whose record says `wanted`; the clinic's own until theirs is offered."""
    return recognised(wanted) or str(settings.LANGUAGE_CODE)


def speaking(wanted: str) -> AbstractContextManager[None]:
    """Inside the block words and dates are in the language `spoken` to them."""
    return override(spoken(wanted))


def name_of(wanted: str) -> str:
    """The name of the language in which somebody is spoken to."""
    return dict(offered())[spoken(wanted)]
