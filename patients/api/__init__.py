"""The HTTP API of patients: one view a noun, each verb one action."""

from django.urls import URLPattern, path

from patients.api.acts import ConsentStatements, Formulations
from patients.api.intake import Intake, IntakeQuestions
from patients.api.people import PatientDetail, Patients
from patients.api.verdict import Decisions, Eligibility

urlpatterns: list[URLPattern] = [
    path("intake-questions/", IntakeQuestions.as_view(), name="intake-questions"),
    path("patients/", Patients.as_view(), name="patients"),
    path("patients/<str:patient_id>/", PatientDetail.as_view(), name="patient"),
    path("patients/<str:patient_id>/intake/", Intake.as_view(), name="patient-intake"),
    path("patients/<str:patient_id>/eligibility/", Eligibility.as_view(), name="patient-eligibility"),
    path("patients/<str:patient_id>/findings/<str:code>/decisions/", Decisions.as_view(), name="patient-decisions"),
    path("consent-statements/", ConsentStatements.as_view(), name="consent-statements"),
    path("formulations/", Formulations.as_view(), name="formulations"),
]
