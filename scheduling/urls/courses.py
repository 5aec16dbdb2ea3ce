"""Courses, and the patient's page that shows them."""

from django.urls import URLPattern, path

from patients.views import allergy, consent, mixes
from scheduling.actions import course_safety
from scheduling.queries import outcomes
from scheduling.views import course_changes, courses, overview, proposals, reactions, workspace

course_urls: list[URLPattern] = [
    path("", courses.index, name="list"),
    path("new/", workspace.new, name="new"),
    path("<int:course_id>/", courses.detail, name="detail"),
    path("<int:course_id>/stop/<slug:way>/", courses.stop, name="stop"),
    path("<int:course_id>/length/", course_changes.length, name="length"),
    path("<int:course_id>/hand-over/", course_changes.hand_over, name="hand_over"),
    path("<int:course_id>/days-away/", course_changes.days_away, name="days_away"),
    path("<int:course_id>/undo/", courses.course_undo, name="undo"),
    path("<int:course_id>/generate/", proposals.generate, name="generate"),
    path("<int:course_id>/proposals/<int:proposal_id>/", proposals.proposal, name="proposal"),
    path("<int:course_id>/proposals/<int:proposal_id>/accept/", proposals.accept, name="accept"),
    path("<int:course_id>/proposals/<int:proposal_id>/allow-late/", proposals.allow_late, name="allow_late"),
]
patient_urls: list[URLPattern] = [
    path("<int:patient_id>/", overview.detail, name="detail"),
    path("<int:patient_id>/sheet/", overview.sheet, name="sheet"),
    path("<int:patient_id>/reactions/new/", reactions.reaction_new, name="reaction_new"),
    path(
        "<int:patient_id>/measurements/",
        mixes.measurements,
        {"draw": outcomes.plots_of_patient},
        name="measurements",
    ),
    path(
        "<int:patient_id>/consent/refuse/",
        consent.consent_refuse,
        {"record": course_safety.refuse_consent},
        name="consent_refuse",
    ),
    path(
        "consents/<int:consent_id>/withdraw/",
        consent.consent_withdraw,
        {"record": course_safety.withdraw_consent},
        name="consent_withdraw",
    ),
    path(
        "allergy-tests/<int:test_id>/reading/",
        allergy.reading,
        {"act": course_safety.read_allergy_test},
        name="reading",
    ),
]
