"""The clinic's addresses, with Django's own answer to an error."""

from clinic.urls import urlpatterns

__all__ = ["urlpatterns"]
