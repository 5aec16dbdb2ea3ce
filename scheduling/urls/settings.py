"""How a clinic is set up: locations, staff, hours, rooms, devices."""

from django.urls import URLPattern, path

from clinic.placeholder import placeholder

settings_urls: list[URLPattern] = [path("", placeholder, name="home")]
