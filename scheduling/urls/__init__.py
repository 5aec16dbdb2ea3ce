"""The addresses of the scheduling app, one file a section; clinic/urls.py puts them in their place."""

from scheduling.urls.calendar import calendar_urls
from scheduling.urls.courses import course_urls, patient_urls
from scheduling.urls.desk import desk_urls
from scheduling.urls.portal import portal_urls
from scheduling.urls.settings import settings_urls

__all__ = ["calendar_urls", "course_urls", "desk_urls", "patient_urls", "portal_urls", "settings_urls"]
