"""The HTTP API of this app (api.md of the contract)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
