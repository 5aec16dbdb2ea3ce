"""Consent, the allergy test and the mix over HTTP."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, PATIENT
from clinic.base.api import ActionView, CodeField, Given, Instant, Number, Quantity, RowField, Shown
from clinic.base.openapi import IF_MATCH
from patients.access import access_consent, access_patient, access_test
from patients.actions.allergy_test import read_test
from patients.actions.consent import sign_consent, withdraw_consent
from patients.actions.formulations import UNITS, Item, create_formulation
from patients.actions.identity import born_of
from patients.api.fields import WrittenOnce
from patients.models import AllergyTestReading, Consent, Patient
from patients.queries import catalogue
from patients.queries.consent import lines_to_sign
from patients.queries.eligibility import plans_in_view
from patients.queries.statements import all_statements
from protocols.eligibility import Plan
from protocols.models import Formulation


class Identity(Given):
    """What the patient says of the birthday (D51)."""

    birth_day = serializers.IntegerField(min_value=1, max_value=31, required=False)
    birth_month = serializers.IntegerField(min_value=1, max_value=12, required=False)


# --- consent ----------------------------------------------------------------------------------------------------------


class StatementShown(Shown):
    code = serializers.CharField()
    act = serializers.CharField(help_text="test, treatment or both")
    text = serializers.CharField()
    always = serializers.SerializerMethodField(help_text="Always signed; others only where their plan is chosen.")

    def get_always(self, line: Any) -> bool:
        return not line.scope


class ConsentStatements(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(responses=StatementShown(many=True))
    def get(self, request: Request) -> Response:
        """The lines to read and sign, in order."""
        return self.shown(StatementShown, all_statements(), many=True)


class ConsentGiven(Identity):
    statements = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=60)
    act = serializers.ChoiceField(choices=Consent.Act.choices)
    signed_name = serializers.CharField(max_length=200)
    signed_at = Instant(required=False)
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, help_text="Of the text as read; the clinic's own unless said."
    )
    interpreter = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Needed where the patient speaks another language."
    )
    paper = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="The signed sheet; needed with an earlier signed_at.",
    )


class Line(Shown):
    body = "ConsentLine"
    code = serializers.CharField()
    text = serializers.CharField()


class ConsentShown(Shown):
    id = serializers.CharField(source="pk")
    act = serializers.ChoiceField(choices=Consent.Act.choices)
    status = serializers.ChoiceField(choices=Consent.Status.choices)
    statements = Line(many=True)
    signed_name = serializers.CharField()
    signed_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    language = serializers.CharField()
    interpreter = serializers.CharField()
    paper = serializers.CharField()
    text_version = serializers.CharField(help_text="The edition of the whole text of this act.")
    text_digest = serializers.CharField(help_text="SHA-256 of the language and exactly these lines.")
    version = serializers.IntegerField()


class ConsentMissing(Shown):
    act = serializers.ChoiceField(choices=Consent.Act.choices)
    lines = Line(many=True, help_text="What the patient's plans need and nobody has signed yet, in the order read.")


class Consents(ActionView):
    """`plans` is replaced where courses are known, so that what they need is asked for too (D36)."""

    roles = CARE | {PATIENT}
    plans: Callable[[Patient], list[Plan]] = staticmethod(plans_in_view)

    @extend_schema(responses=ConsentMissing(many=True))
    def get(self, request: Request, patient_id: str) -> Response:
        """The lines still to be signed, act by act; an act without any is left out."""
        patient = access_patient(self.user, patient_id, what="consent")
        unsigned = lines_to_sign(patient, self.plans(patient), clock.now())
        missing = [{"act": act, "lines": lines} for act, lines in unsigned.items()]
        return self.shown(ConsentMissing, [each for each in missing if each["lines"]], many=True)

    @extend_schema(request=ConsentGiven, responses={201: ConsentShown})
    def post(self, request: Request, patient_id: str) -> Response:
        """Record a signed consent to the test or to the treatment."""
        patient = access_patient(self.user, patient_id, what="consent")
        return self.act(
            ConsentGiven, ConsentShown, lambda given: sign_consent(patient=patient, by=self.user, **born_of(given))
        )


class WithdrawalGiven(Given):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class WithdrawConsent(ActionView):
    """`record` is replaced where courses are known, so that they close too (D23)."""

    roles = CARE | {PATIENT}
    record: Callable[..., Consent] = staticmethod(withdraw_consent)

    @extend_schema(request=WithdrawalGiven, responses={201: ConsentShown}, parameters=[IF_MATCH])
    def post(self, request: Request, consent_id: str) -> Response:
        """The patient takes the consent back."""
        consent = access_consent(self.user, consent_id)
        return self.act(
            WithdrawalGiven,
            ConsentShown,
            lambda given: self.record(consent=consent, by=self.user, version=self.seen_version, **given),
        )


# --- the allergy test ------------------------------------------------------------------------------------------------


class TestGiven(Identity):
    __test__ = False  # pytest would take the name for a test

    formulation = RowField(find=catalogue.formulation)
    administered_at = Instant()
    injections = Number(min_value=1, max_value=2)
    site = serializers.CharField(max_length=100)
    emergency_kit = serializers.BooleanField()
    acknowledged = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Why it is done although a medicine may hide a reaction (D50).",
    )


class TestShown(Shown):
    body = "AllergyTest"
    __test__ = False

    id = serializers.CharField(source="pk")
    formulation = serializers.CharField(source="formulation_id")
    administered_at = serializers.DateTimeField()
    opens_at = serializers.DateTimeField(help_text="When 24 elapsed hours are over and it may be read.")
    injections = serializers.IntegerField()
    site = serializers.CharField()
    version = serializers.IntegerField()


class ReadingGiven(Given):
    read_at = Instant()
    look = serializers.ChoiceField(
        choices=AllergyTestReading.Look.choices, required=False, help_text="delayed unless said (D50)"
    )
    result = serializers.ChoiceField(choices=AllergyTestReading.Result.choices)
    wheal_mm = serializers.IntegerField(min_value=0, max_value=500, required=False, allow_null=True)
    flare_mm = serializers.IntegerField(min_value=0, max_value=500, required=False, allow_null=True)
    symptoms_since = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="Needed after 72 hours."
    )
    photo = serializers.BooleanField(required=False)


class ReadingShown(WrittenOnce):
    body = "AllergyTestReading"
    test = serializers.CharField(source="test_id")
    look = serializers.ChoiceField(choices=AllergyTestReading.Look.choices)
    read_at = serializers.DateTimeField()
    result = serializers.ChoiceField(choices=AllergyTestReading.Result.choices)
    wheal_mm = serializers.IntegerField(allow_null=True)
    flare_mm = serializers.IntegerField(allow_null=True)
    provisional = serializers.BooleanField(help_text="True until a prescriber has signed a photo reading.")


class Readings(ActionView):
    """`record` is replaced where courses are known, so that a positive reading holds them (D22)."""

    roles = CLINICAL
    record: Callable[..., AllergyTestReading] = staticmethod(read_test)

    @extend_schema(request=ReadingGiven, responses={201: ReadingShown})
    def post(self, request: Request, test_id: str) -> Response:
        """Record a reading: the immediate look, or at least 24 elapsed hours after the test."""
        test = access_test(self.user, test_id)
        return self.act(ReadingGiven, ReadingShown, lambda given: self.record(test=test, by=self.user, **given))


# --- the mix ---------------------------------------------------------------------------------------------------------


class ItemGiven(Given):
    substance = CodeField(find=catalogue.substance)
    amount = Quantity(max_digits=10, decimal_places=3, more_than_none=True)
    unit = serializers.ChoiceField(choices=UNITS, default="ml")


class FormulationGiven(Given):
    name = serializers.CharField(max_length=120)
    items = serializers.ListField(child=ItemGiven(), allow_empty=False, max_length=40)


class ItemShown(Shown):
    body = "Ingredient"
    substance = serializers.CharField(source="substance.code")
    amount = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField()


class FormulationShown(WrittenOnce):
    name = serializers.CharField()
    items = ItemShown(many=True, source="items.all")


class Formulations(ActionView):
    roles = CLINICAL

    @extend_schema(request=FormulationGiven, responses={201: FormulationShown})
    def post(self, request: Request) -> Response:
        """Make a mix. It never changes afterwards; another amount is another mix."""

        def mix(given: dict[str, Any]) -> Formulation:
            items = [Item(**item) for item in given["items"]]
            return create_formulation(name=given["name"], items=items, by=self.user)

        return self.act(FormulationGiven, FormulationShown, mix)
