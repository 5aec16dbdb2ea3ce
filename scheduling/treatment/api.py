"""What happens to a session, over HTTP: each verb one address, one action."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import BOOK, CARE, CLINICAL, PATIENT
from clinic.base.api import ActionView, CodeField, Day, Given, Instant, Quantity, RowField, Shown
from clinic.base.openapi import IF_MATCH
from clinic.models import User
from patients.access import access_patient
from patients.actions.identity import born_of
from patients.api.acts import Identity, TestGiven, TestShown
from patients.models import AllergyTest
from patients.queries import catalogue
from protocols.pictures.bodychart import FIGURES
from scheduling.access import access_session
from scheduling.base.fields import ReasonGiven, ReasonMaybe, codes_field
from scheduling.courses.actions.sessions import cancel_session, no_show
from scheduling.courses.api.sessions import SessionWithHistory
from scheduling.models import AdverseEvent, Session
from scheduling.setup.queries import product_by_id
from scheduling.treatment.actions.afterwards import enter_treatment
from scheduling.treatment.actions.drawn_up import administer_with_products
from scheduling.treatment.actions.reactions import report_reaction
from scheduling.treatment.actions.record import Placed, Record, Used
from scheduling.treatment.actions.signing import add_addendum, enter_in_error, sign_record
from scheduling.treatment.actions.visits import check_in, complete_session, not_treated, start_session
from scheduling.treatment.queries.drawn_up import Line, Syringe


class VerbView(ActionView):
    """Finds the session and runs one verb on it."""

    def verb(self, given: type[Given], run: Any, session_id: str) -> Response:
        session = access_session(self.user, session_id)

        def done(fields: dict[str, Any]) -> Session:
            return run(session=session, by=self.user, version=self.seen_version, **fields)  # type: ignore[no-any-return]

        return self.act(given, SessionWithHistory, done, code=200)


class CheckInGiven(Identity):
    answers = serializers.DictField(help_text="The same-day questions by link id.", required=False, default=dict)


class CheckIn(VerbView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=CheckInGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """The patient is here and has answered the same-day questions."""
        return self.verb(CheckInGiven, lambda **given: check_in(**born_of(given)), session_id)


class LineGiven(Given):
    """One product that is drawn up, from one lot."""

    product = RowField(find=product_by_id)
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    amount = Quantity(max_digits=10, decimal_places=3, more_than_none=True)
    opened_on = Day(required=False, allow_null=True, help_text="When a multi-dose vial was opened.")


class StartGiven(Identity):
    emergency_kit = serializers.BooleanField(required=False, default=False)
    consent_confirmed = serializers.BooleanField(
        required=False, default=False, help_text="The patient has just confirmed the consent aloud."
    )
    reactions_seen = serializers.BooleanField(
        required=False, default=False, help_text="A prescriber has looked at the reactions that are still open."
    )
    place_confirmed = serializers.BooleanField(
        required=False, default=False, help_text="The patient has confirmed area and side."
    )
    early_reason = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="Why it begins before its window."
    )
    drawn_up = serializers.ListField(
        child=LineGiven(),
        required=False,
        max_length=30,
        help_text="Every product in the syringe and every carrier; a treatment does not start without (D40).",
    )
    weight_kg = Quantity(max_digits=5, decimal_places=2, required=False, allow_null=True)
    over_maximum_reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class Start(VerbView):
    roles = CLINICAL

    @extend_schema(request=StartGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Begin; 422 lists everything that is still missing before the needle, and what does not match (D20, D40)."""

        def start(*, by: User, session: Session, version: int | None, **given: Any) -> Session:
            syringe = as_syringe(given)
            return start_session(session=session, syringe=syringe, by=by, version=version, **born_of(given))

        return self.verb(StartGiven, start, session_id)


def as_syringe(given: dict[str, Any]) -> Syringe:
    """What is drawn up, taken out of what was sent."""
    lines = tuple(Line(**line) for line in given.pop("drawn_up", ()))
    rest = {name: given.pop(name) for name in ("weight_kg", "over_maximum_reason") if name in given}
    return Syringe(lines=lines, **rest)


class TestWithProductsGiven(TestGiven):
    __test__ = False

    drawn_up = serializers.ListField(child=LineGiven(), required=False, max_length=30)


class AllergyTests(ActionView):
    roles = CLINICAL

    @extend_schema(request=TestWithProductsGiven, responses={201: TestShown})
    def post(self, request: Request, patient_id: str) -> Response:
        """Record the test injections of a mix (prescribers only), with the products they came from (D40)."""
        patient = access_patient(self.user, patient_id, what="allergy test")

        def administer(given: dict[str, Any]) -> AllergyTest:
            lines = [Line(**line) for line in given.pop("drawn_up", ())]
            return administer_with_products(patient=patient, drawn_up=lines, by=self.user, **born_of(given))

        return self.act(TestWithProductsGiven, TestShown, administer)


class ReactionGiven(Given):
    reaction = CodeField(find=catalogue.reaction, required=False, allow_null=True, help_text="What it is, by its code.")
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True, help_text="In the person's words.")
    severity = serializers.ChoiceField(choices=AdverseEvent.Severity.choices)
    onset_at = Instant()
    worsening = serializers.BooleanField(required=False, default=False)


class ReactionShown(Shown):
    body = "Reaction"
    id = serializers.CharField(source="pk")
    patient = serializers.CharField(source="patient_id")
    reaction = serializers.CharField(source="reaction.code", allow_null=True, default=None)
    text = serializers.CharField()
    severity = serializers.ChoiceField(choices=AdverseEvent.Severity.choices)
    onset_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField()
    stops = serializers.BooleanField(help_text="Nothing is injected before a prescriber has decided in writing.")
    version = serializers.IntegerField()


class Reactions(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(request=ReactionGiven, responses={201: ReactionShown})
    def post(self, request: Request, patient_id: str) -> Response:
        """Something feels wrong after a visit. A severe or named one holds every course at once (D38)."""
        patient = access_patient(self.user, patient_id, what="reaction")
        return self.act(
            ReactionGiven, ReactionShown, lambda given: report_reaction(patient=patient, by=self.user, **given)
        )


class UsedGiven(Given):
    code = serializers.CharField(max_length=60)
    amount = Quantity(max_digits=10, decimal_places=3)
    unit = serializers.CharField(max_length=10, required=False, default="ml")
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class PlacedGiven(Given):
    """A zone with its millilitres, or a point of the body chart where `view`, `x` and `y` say so."""

    area = serializers.CharField(max_length=60)
    ml = Quantity(max_digits=6, decimal_places=3, required=False, allow_null=True, more_than_none=True)
    view = serializers.ChoiceField(choices=[figure.view for figure in FIGURES], required=False, allow_blank=True)
    x = serializers.FloatField(required=False, help_text="In pixels of the figure, from its left edge.")
    y = serializers.FloatField(required=False, help_text="In pixels of the figure, from its top.")


class AntisepsisNote(serializers.CharField):
    """The product of a yes, the reason of a no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 200, "required": False, "allow_blank": True} | kwargs))


class RecordGiven(Given):
    """What was really done; every field of the treatment record."""

    areas = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=40)
    technique = CodeField(find=catalogue.technique, required=False, allow_null=True)
    delivery_device = CodeField(find=catalogue.delivery_device, required=False, allow_null=True)
    needle = serializers.CharField(max_length=60, required=False, allow_blank=True)
    needle_length_mm = Quantity(max_digits=4, decimal_places=1, required=False, allow_null=True)
    depth = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text="As intended.")
    depth_reached = serializers.CharField(max_length=60, required=False, allow_blank=True)
    placed = serializers.ListField(
        child=PlacedGiven(),
        required=False,
        max_length=400,
        help_text="How much went where; with what was left over it adds up to what was drawn up (D41).",
    )
    left_over_ml = Quantity(max_digits=6, decimal_places=3, required=False, allow_null=True)
    injection_points = serializers.IntegerField(min_value=0, max_value=10_000, required=False, allow_null=True)
    substances = UsedGiven(many=True, required=False)
    antisepsis_before = serializers.BooleanField(required=False, allow_null=True)
    antisepsis_before_note = AntisepsisNote()
    antisepsis_during = serializers.BooleanField(required=False, allow_null=True)
    antisepsis_during_note = AntisepsisNote()
    antisepsis_after = serializers.BooleanField(required=False, allow_null=True)
    antisepsis_after_note = AntisepsisNote()
    anaesthetic = serializers.CharField(max_length=120, required=False, allow_blank=True)
    anaesthetic_minutes = serializers.IntegerField(min_value=0, max_value=600, required=False, allow_null=True)
    blood_ml = Quantity(max_digits=5, decimal_places=1, required=False, allow_null=True)
    blood_identity_twice = serializers.BooleanField(required=False)
    operator_skill = serializers.CharField(max_length=200, required=False, allow_blank=True)
    hands_on_minutes = serializers.IntegerField(min_value=0, max_value=600, required=False, allow_null=True)
    barrier_film = serializers.BooleanField(required=False)
    film_off_hours = serializers.IntegerField(min_value=0, max_value=240, required=False, allow_null=True)
    drainage_massage = serializers.BooleanField(required=False)
    aftercare_given = serializers.BooleanField(required=False)
    old_sites_checked = serializers.BooleanField(required=False)
    watched_from = Instant(required=False, allow_null=True)
    skin_response = serializers.CharField(max_length=200, required=False, allow_blank=True)
    clinical_response = serializers.CharField(max_length=200, required=False, allow_blank=True)
    partial = serializers.BooleanField(required=False)  # type: ignore[assignment]  # DRF uses the word for its own
    deviation_reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    product_reason = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        help_text="Why something else was injected than what was drawn up; a director is told at once (D40).",
    )
    partial_reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    area_reason = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        help_text="Why an area was treated that the course does not plan; a director is told (D36, D37).",
    )
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)


def as_record(given: dict[str, Any]) -> Record:
    areas = tuple(given.pop("areas", ()))
    substances = tuple(Used(**used) for used in given.pop("substances", ()))
    placed = tuple(Placed(**each) for each in given.pop("placed", ()))
    return Record(areas=areas, substances=substances, placed=placed, **given)


class CompleteGiven(Given):
    record = RecordGiven(required=False, allow_null=True)
    areas = codes_field("What a consultation was about; it counts for plans within these.")
    indications = codes_field("As areas.")


class Complete(VerbView):
    roles = CLINICAL

    @extend_schema(request=CompleteGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Write down what was done; the next window counts from it (D03)."""

        def complete(*, record: dict[str, Any] | None = None, **who: Any) -> Session:
            return complete_session(record=as_record(record) if record is not None else None, **who)

        return self.verb(CompleteGiven, complete, session_id)


class SignGiven(Given):
    reason = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="Why you sign for the author.",
    )


class Sign(VerbView):
    roles = CLINICAL

    @extend_schema(request=SignGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Sign the record of a visit that was done; 422 names every field that it still lacks (D41)."""
        return self.verb(SignGiven, sign_record, session_id)


class AddendumGiven(Given):
    text = serializers.CharField(max_length=2000)
    reason = serializers.CharField(max_length=1000)


class Addenda(VerbView):
    roles = CLINICAL

    @extend_schema(request=AddendumGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Add to a record that is signed; what stands there stays (D41)."""
        return self.verb(AddendumGiven, add_addendum, session_id)


class EnteredInError(VerbView):
    roles = CLINICAL

    @extend_schema(request=ReasonGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """This treatment never was (a prescriber says so): the record stays and counts for nothing (D41)."""
        return self.verb(ReasonGiven, enter_in_error, session_id)


class NotTreated(VerbView):
    roles = CLINICAL

    @extend_schema(request=ReasonGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Stopped before the needle: nothing was injected, it does not count, the visit needs a new time (D41)."""
        return self.verb(ReasonGiven, not_treated, session_id)


class EnterGiven(Identity):
    performed_at = Instant()
    record = RecordGiven()
    emergency_kit = serializers.BooleanField(required=False, default=False)
    consent_confirmed = serializers.BooleanField(required=False, default=False)
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=1000), required=False, default=dict,
        help_text="Why it took place all the same, by the code of each gate that failed.",
    )  # fmt: skip


class Enter(VerbView):
    roles = CLINICAL

    @extend_schema(request=EnterGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """A treatment that already took place, with its real time; 422 names every gate that needs a reason (D39)."""

        def enter(*, record: dict[str, Any], **given: Any) -> Session:
            return enter_treatment(record=as_record(record), **born_of(given))

        return self.verb(EnterGiven, enter, session_id)


class NoShow(VerbView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=ReasonMaybe, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """The patient did not come."""
        return self.verb(ReasonMaybe, no_show, session_id)


class Cancel(VerbView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=ReasonGiven, parameters=[IF_MATCH], responses=SessionWithHistory)
    def post(self, request: Request, session_id: str) -> Response:
        """Cancel a visit, with the reason."""
        return self.verb(ReasonGiven, cancel_session, session_id)
