"""Checks that several actions share. Each returns the tidy value or raises BadInput naming the field."""

import unicodedata
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from clinic.base import phones
from clinic.base.names import clean
from clinic.base.refusals import BadInput

BACKDATED = timedelta(days=7)  # how far back staff may enter a consent, a test or a reading (design §8)
CLOCK_SKEW = timedelta(minutes=2)
OLDEST_BIRTH = date(1900, 1, 1)


def has_controls(text: str) -> bool:
    """Control characters and lone surrogates; line breaks and tabs are writing."""
    return any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\r\t" for letter in text)


def tidy_text(name: str, value: str, *, longest: int, required: bool = True) -> str:
    """One line of text, blanks collapsed."""
    return _checked(name, " ".join(clean(value).split()), longest, required)


def tidy_name(name: str, value: str) -> str:
    """A given or family name; somebody may have only one of them. A full stop is none."""
    text = tidy_text(name, value, longest=100, required=False)
    if text and not any(char.isalpha() for char in text):
        raise BadInput.at(name, _("Please write the name in letters."))
    return text


def tidy_note(name: str, value: str, *, longest: int = 2000, required: bool = False) -> str:
    """Free text of several lines."""
    return _checked(name, value.strip(), longest, required)


def _checked(name: str, text: str, longest: int, required: bool) -> str:
    if has_controls(text):
        raise BadInput.at(name, _("Please leave out control characters."), "control_characters")
    if required and not text:
        raise BadInput.at(name, _("Please fill this in."), "required")
    if len(text) > longest:
        raise BadInput.at(name, _("At most %(longest)s characters.") % {"longest": longest}, "max_length")
    return text


def tidy_phone(name: str, value: str, country: str | None) -> str:
    """A phone number as `clinic.base.phones` stores it; without a country code it belongs to `country`."""
    if not value.strip():
        return ""
    if phones.several(value):
        raise BadInput.at(name, _("These are two phone numbers. Please give one here."), "several")
    phone = phones.stored(value, country)
    if phone is None:
        raise BadInput.at(name, _("Nobody can dial this. Please give a phone number, for example +39 06 555 0001."))
    return phone


def tidy_email(value: str | None) -> str:
    """In one form before it is checked: some capitals become two letters when they are lowered."""
    address = unicodedata.normalize("NFKC", value or "").strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise BadInput.at("email", _("Please check the e-mail address.")) from error
    return address


def plausible_birth(name: str, value: date, today: date) -> date:
    if value > today:
        raise BadInput.at(name, _("The date of birth lies in the future."), "future")
    if value < OLDEST_BIRTH:
        raise BadInput.at(name, _("Please check the year."), "too_old")
    return value


def recent(name: str, instant: datetime, now: datetime) -> datetime:
    """An instant that has happened, at most seven days ago."""
    if instant > now + CLOCK_SKEW:
        raise BadInput.at(name, _("This time lies in the future."), "future")
    if instant < now - BACKDATED:
        raise BadInput.at(name, _("At most seven days back."), "too_long_ago")
    return instant
