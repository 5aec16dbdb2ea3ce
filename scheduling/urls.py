"""The addresses of the scheduling app, one file a section; clinic/urls.py puts them in their place."""

from scheduling.calendar.urls import calendar_urls
from scheduling.courses.changing.urls import impact_urls
from scheduling.desk.urls import course_urls, desk_urls, patient_urls
from scheduling.portal.urls import portal_urls
from scheduling.setup.urls import setup_urls

settings_urls = [*setup_urls, *impact_urls]

__all__ = ["calendar_urls", "course_urls", "desk_urls", "patient_urls", "portal_urls", "settings_urls"]
