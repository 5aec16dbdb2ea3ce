"""Public holidays of the country and region of a place, from the library `holidays`. They are offered; staff close."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

import holidays
from babel import Locale
from django.conf import settings
from django.utils.translation import get_language, to_locale

from clinic.base.phones import country_of
from clinic.models import Location

AHEAD = timedelta(days=365)
NAME_LENGTH = 100  # of a closing day


def country_name(country: str) -> str:
    """As people here call it."""
    return str(Locale.parse(to_locale(get_language() or "en")).territories.get(country, country))


def regions(country: str) -> list[tuple[str, str]]:
    """(code, name) of the parts of a country that have holidays of their own, by name."""
    names = holidays.country_holidays(country).get_subdivision_aliases()
    return sorted(((code, " / ".join(given) or code) for code, given in names.items()), key=lambda each: each[1])


def coming(location: Location, today: date) -> dict[date, str]:
    """The public holidays of a year from `today` on, by day: those of the whole country, and of the region if set."""
    country = country_of(location.timezone)
    if country is None:
        return {}
    years, last = (today.year, today.year + 1), today + AHEAD
    region = location.region if location.region in dict(regions(country)) else None
    found = holidays.country_holidays(country, subdiv=region, years=years, language=language_for(country))
    return {day: name[:NAME_LENGTH] for day, name in sorted(found.items()) if today <= day <= last}


def language_for(country: str) -> str | None:
    """The clinic's language as the library writes it; else English, else None for the country's own."""
    spoken = holidays.list_localized_countries().get(country, [])
    return next(chain(variants(settings.LANGUAGE_CODE, spoken), variants("en", spoken)), None)


def variants(wanted: str, spoken: list[str]) -> Iterator[str]:
    locale = to_locale(wanted)
    yield from (each for each in spoken if each == locale)
    yield from (each for each in spoken if each.partition("_")[0] == locale.partition("_")[0])
