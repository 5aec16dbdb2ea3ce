"""Phone numbers: typed in any form, stored in one (E.164, with an extension as RFC 3966 writes it), shown in groups."""

import re

import phonenumbers
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumberFormat

from clinic.base.names import digits

STORED = r"^\+[0-9]{4,15}(;ext=[0-9]{1,7})?$"
MARK = ";ext="
SEVERAL = re.compile(r"[/;,|&\n]| or ", re.IGNORECASE)
EXTENSION = re.compile(r"\s*(;ext=|ext\.?|x|#)\s*\d{1,7}\s*$", re.IGNORECASE)
NO_COUNTRY = {None, "001", "ZZ"}
TRUNK = re.compile(r"\(0\)")


def country_of(zone: str) -> str | None:
    """The country whose clocks a time zone shows, as ISO 3166 has it; None for UTC and the like."""
    found: str | None = get_global("zone_territories").get(get_global("zone_aliases").get(zone, zone))
    return found if found not in NO_COUNTRY else None


def several(text: str) -> bool:
    """Whether somebody typed two numbers into one field."""
    return sum(len(re.findall(r"\d", part)) >= 4 for part in SEVERAL.split(EXTENSION.sub("", text))) > 1


def stored(text: str, country: str | None) -> str | None:
    """A typed number as it is stored, `+442079460777`; None for what no telephone can dial.

    `country` (ISO 3166) is where a number without a country code belongs.
    """
    try:
        number = phonenumbers.parse(TRUNK.sub("", text) if "+" in text else text, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{dialled}{MARK}{number.extension}" if number.extension else dialled


def shown(number: str) -> str:
    """A stored number in the groups of its country, +39 320 555 0022; as it is when no country's plan has it."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def said(text: str) -> str:
    """What every way of saying a number shares: its digits without +, 00, 0 or (0) in front, and no extension."""
    figures = digits(TRUNK.sub("", EXTENSION.sub("", text)))
    return figures if "+" in text else figures.removeprefix("0").removeprefix("0")
