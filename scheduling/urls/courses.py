"""Courses, and the patient's page that shows them."""

from django.urls import URLPattern, path

from clinic.placeholder import placeholder
from scheduling.views import courses, proposals, workspace

course_urls: list[URLPattern] = [
    path("", courses.index, name="list"),
    path("new/", workspace.new, name="new"),
    path("<int:course_id>/", courses.detail, name="detail"),
    path("<int:course_id>/stop/<slug:way>/", courses.stop, name="stop"),
    path("<int:course_id>/generate/", proposals.generate, name="generate"),
    path("<int:course_id>/proposals/<int:proposal_id>/", proposals.proposal, name="proposal"),
    path("<int:course_id>/proposals/<int:proposal_id>/accept/", proposals.accept, name="accept"),
    path("<int:course_id>/proposals/<int:proposal_id>/allow-late/", proposals.allow_late, name="allow_late"),
]
patient_urls: list[URLPattern] = [path("<int:patient_id>/", placeholder, name="detail")]
