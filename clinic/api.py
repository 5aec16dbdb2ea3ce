"""The router: every API view of every app, under /api/v1/."""

from django.urls import URLPattern

from patients import api as patients_api
from protocols import api as protocols_api
from scheduling import api as scheduling_api

api_urls: list[URLPattern] = [*protocols_api.urlpatterns, *patients_api.urlpatterns, *scheduling_api.urlpatterns]
