"""Addresses of the patients app. No name or condition ever stands in one.

Refusing or withdrawing consent and reading a test also change courses, a test is done with products, and measurements
are drawn over their sessions, so those addresses are in scheduling/urls.
"""

from django.urls import URLPattern, path

from patients.views import (
    addresses,
    allergy,
    answers,
    consent,
    elsewhere,
    intake,
    mixes,
    opened,
    people,
    photos,
    same_day,
    verdict,
)

urlpatterns: list[URLPattern] = [
    path("", people.patient_list, name="list"),
    path("register/", people.register, name="register"),
    path("add-location/", elsewhere.location_add, name="location_add"),
    path("emergency/", elsewhere.emergency, name="emergency"),
    path("<int:patient_id>/edit/", people.edit, name="edit"),
    path("<int:patient_id>/opened/", opened.opened, name="opened"),
    path("<int:patient_id>/intake/", intake.intake, name="intake"),
    path("<int:patient_id>/intake/<slug:topic>/", intake.intake_topic, name="intake_topic"),
    path("<int:patient_id>/question/<slug:link_id>/", verdict.answer, name="answer"),
    path("<int:patient_id>/question/<slug:link_id>/correct/", answers.amend, name="amend"),
    path("<int:patient_id>/same-day/", same_day.same_day, name="same_day"),
    path("<int:patient_id>/eligibility/", verdict.eligibility, name="eligibility"),
    path("<int:patient_id>/findings/", verdict.decide_all, name="decide_all"),
    path("<int:patient_id>/findings/<slug:code>/", verdict.decide, name="decide"),
    path("<int:patient_id>/mix/", mixes.mix, name="mix"),
    path("<int:patient_id>/mix/<int:formulation_id>/acknowledge/", allergy.acknowledge, name="acknowledge"),
    path("readings/<int:reading_id>/sign/", allergy.reading_sign, name="reading_sign"),
    path("<int:patient_id>/allergies/new/", allergy.allergy_new, name="allergy_new"),
    path("<int:patient_id>/photos/", photos.photos, name="photos"),
    path("photos/<int:photo_id>/", photos.photo, name="photo"),
    path("photos/<int:photo_id>/remove/", photos.photo_remove, name="photo_remove"),
    path("consents/<int:consent_id>/pdf/", consent.consent_file, name="consent_file"),
    path("allergies/<int:allergy_id>/", allergy.settle, name="settle"),
]
portal_urls: list[URLPattern] = [
    path("intake/", intake.own_intake, name="intake"),
    path("intake/<slug:topic>/", intake.own_intake_topic, name="intake_topic"),
    path("same-day/", same_day.own_same_day, name="same_day"),
    path("opened/", opened.own_opened, name="opened"),
]
address_urls: list[URLPattern] = [path("<str:secret>/", addresses.answer, name="answer")]
