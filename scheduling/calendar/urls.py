"""Calendar feeds by secret address. The secret is masked wherever an address is logged (clinic/base/logs.py)."""

from django.urls import URLPattern, path

from scheduling.calendar import views as calendars

calendar_urls: list[URLPattern] = [
    path("", calendars.mine, name="mine"),
    path("<str:secret>.ics", calendars.feed, name="feed"),
]
