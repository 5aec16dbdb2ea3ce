"""Courses, and the patient's page that shows them."""

from django.urls import URLPattern, path

from clinic.placeholder import placeholder

course_urls: list[URLPattern] = [path("", placeholder, name="list")]
patient_urls: list[URLPattern] = [path("<int:patient_id>/", placeholder, name="detail")]
