"""Patients over HTTP: find, register, read, change."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import BOOK, CARE, PATIENT
from clinic.base.api import ActionView, Day, Given, PageAsked, Shown
from clinic.base.openapi import IF_MATCH
from clinic.base.paging import Pages
from patients.access import access_patient, patients_for
from patients.actions.register import WITHOUT_PHONE, register_patient, update_patient
from patients.models import Patient
from patients.queries.elsewhere import Elsewhere, known_people
from patients.queries.people import Likely, search


class PatientGiven(Given):
    given_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    family_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    birth_date = Day(required=False, allow_null=True)
    sex = serializers.ChoiceField(choices=Patient.Sex.choices, required=False)
    language = serializers.CharField(max_length=10, required=False)
    address = serializers.CharField(max_length=300, required=False, allow_blank=True)
    needs = serializers.ListField(
        child=serializers.ChoiceField(choices=Patient.Need.choices), required=False, max_length=len(Patient.Need)
    )
    needs_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    id = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    registered_at = serializers.DateTimeField(read_only=True)


class HelperGiven(Given):
    """Through whom somebody without phone and e-mail is reached; the patient agreed."""

    name = serializers.CharField(max_length=200)
    phone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    relationship = serializers.CharField(max_length=60, required=False, allow_blank=True)


class NewPatientGiven(PatientGiven):
    reached_by = serializers.ChoiceField(choices=[way.value for way in WITHOUT_PHONE], required=False)
    helper = HelperGiven(required=False)


class PatientShown(Shown):
    id = serializers.CharField(source="pk")
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.ChoiceField(choices=Patient.Sex.choices)
    language = serializers.CharField()
    address = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField())
    needs_note = serializers.CharField()
    registered_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class LikelyDuplicate(Shown):
    """Somebody registered already who may be the same person."""

    code = serializers.SerializerMethodField()
    patient = serializers.CharField(source="patient.pk")
    name = serializers.CharField(source="patient")
    same = serializers.ListField(child=serializers.CharField(), help_text="Names of the fields that agree.")

    def get_code(self, likely: Likely) -> str:
        return "likely_duplicate"


class KnownElsewhere(Shown):
    """Somebody of another location who may be the same person; nothing else of them is said."""

    code = serializers.SerializerMethodField()
    same = serializers.ListField(child=serializers.CharField(), help_text="What agrees: name, phone, birth_date.")

    def get_code(self, found: Elsewhere) -> str:
        return "known_at_another_location"


class PatientRegistered(PatientShown):
    warnings = serializers.SerializerMethodField()

    @extend_schema_field(
        PolymorphicProxySerializer(
            component_name="RegistrationWarning",
            serializers=[LikelyDuplicate, KnownElsewhere],
            resource_type_field_name=None,
            many=True,
        )
    )
    def get_warnings(self, patient: Patient) -> Any:
        known = known_people(self.context["view"].user, patient)
        here = LikelyDuplicate(known.here, many=True, context=self.context).data
        return [*here, *KnownElsewhere(known.elsewhere, many=True, context=self.context).data]


class PatientsAsked(PageAsked):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Words of the name, birth date, phone, e-mail.",
    )


class Patients(ActionView):
    scope = BOOK
    roles_by_method = {"GET": CARE | {PATIENT}, "POST": CARE}
    pagination_class = Pages
    asks = PatientsAsked

    @extend_schema(responses=PatientShown(many=True))
    def get(self, request: Request) -> Response:
        """Patients you may see."""
        return self.page(search(patients_for(self.user), self.query.get("q", "")), PatientShown)

    @extend_schema(request=NewPatientGiven, responses={201: PatientRegistered})
    def post(self, request: Request) -> Response:
        """Register a patient; likely duplicates come back as `warnings`."""

        return self.act(NewPatientGiven, PatientRegistered, lambda given: register_patient(**given, by=self.user))


class PatientDetail(ActionView):
    scope = BOOK
    roles_by_method = {"GET": CARE | {PATIENT}, "PATCH": CARE}

    @extend_schema(responses=PatientShown)
    def get(self, request: Request, patient_id: str) -> Response:
        """One patient."""
        return self.shown(PatientShown, access_patient(self.user, patient_id))

    @extend_schema(request=PatientGiven, responses=PatientShown, parameters=[IF_MATCH])
    def patch(self, request: Request, patient_id: str) -> Response:
        """Change the fields sent and no others."""
        patient = access_patient(self.user, patient_id, what="contact data")
        return self.act(
            PatientGiven,
            PatientShown,
            lambda given: update_patient(patient=patient, changes=given, by=self.user, version=self.seen_version),
            code=200,
            partial=True,
        )
