"""Calendar feeds by secret address."""

from django.urls import URLPattern

calendar_urls: list[URLPattern] = []
