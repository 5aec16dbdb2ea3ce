from django.urls import URLPattern, path

from clinic.placeholder import placeholder

urlpatterns: list[URLPattern] = [path("", placeholder, name="library")]
settings_urls: list[URLPattern] = []
