"""The patient's own pages."""

from django.urls import URLPattern, path

from clinic.placeholder import placeholder

portal_urls: list[URLPattern] = [
    path("", placeholder, name="home"),
    path("visits/", placeholder, name="visits"),
    path("messages/", placeholder, name="messages"),
    path("documents/", placeholder, name="documents"),
]
