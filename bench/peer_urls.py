"""Where django-appointment answers in its process of the bench."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("appointment/", include("appointment.urls"))]
