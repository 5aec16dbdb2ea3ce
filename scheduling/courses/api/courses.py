"""Courses over HTTP: plan one, read it, stop and resume it."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.base.access import BOOK, CARE, CLINICAL, PATIENT
from clinic.base.api import ActionView, Day, Given, IdField, Number, PageAsked, RowField, Shown
from clinic.base.openapi import IF_MATCH
from clinic.base.paging import Pages
from patients.queries import catalogue
from protocols.models import Phase
from scheduling.access import access_course, courses_for
from scheduling.base.fields import ReasonGiven, ReasonMaybe, location_field, patient_given, practitioner_field
from scheduling.courses.actions.courses import create_course
from scheduling.courses.changing.actions.course_states import hold_course, resume_course, revoke_course
from scheduling.models import Course


class Preferences(Given):
    """Wishes about times; `away` are stretches of days the patient cannot come, first and last day."""

    weekdays = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=6), required=False)
    away = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(max_length=10), min_length=2, max_length=2),
        required=False,
        max_length=50,
    )
    cannot = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=50,
        help_text="When the patient cannot come at all, each {weekdays, from, to}; no weekday is every day.",
    )
    only = serializers.BooleanField(required=False, help_text="With nobody but the practitioner asked for.")
    together = serializers.BooleanField(
        required=False, help_text="In one visit with those of the patient's other courses, wherever both allow it."
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it cannot be an attribute; `to` stands beside it."""
        wall = {name: serializers.CharField(max_length=5, required=False) for name in ("from", "to")}
        return {**super().get_fields(), **wall}


class TypedInterval(Given):
    floor = Number()
    ideal = Number()
    latest = Number()
    unit = serializers.ChoiceField(choices=Phase.Unit.choices)


class CourseGiven(Given):
    patient = IdField()
    protocol = serializers.CharField(max_length=20)
    areas = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=20)
    indication = serializers.CharField(max_length=60)
    formulation = RowField(find=catalogue.formulation)
    technique = serializers.CharField(max_length=60, required=False, allow_null=True)
    delivery_device = serializers.CharField(max_length=60, required=False, allow_null=True)
    counts = serializers.DictField(child=Number(), required=False)
    intervals = serializers.DictField(child=TypedInterval(), required=False)
    confirmed = serializers.BooleanField(required=False)
    maintenance_months = Number(required=False, allow_null=True)
    start_on = Day()
    location = location_field()
    practitioner = practitioner_field()
    preferences = Preferences(required=False)


class CourseShown(Shown):
    id = serializers.CharField(source="pk")
    patient = serializers.CharField(source="patient_id")
    protocol = serializers.CharField(source="protocol_version.protocol.code")
    protocol_version = serializers.IntegerField(source="protocol_version.number")
    areas = serializers.SerializerMethodField()
    indication = serializers.CharField(source="indication.code")
    formulation = serializers.CharField(source="formulation_id")
    technique = serializers.CharField(source="technique.code", allow_null=True, default=None)
    delivery_device = serializers.CharField(source="delivery_device.code", allow_null=True, default=None)
    counts = serializers.DictField(child=serializers.IntegerField())
    intervals = serializers.DictField()
    confirmed = serializers.BooleanField()
    maintenance_months = serializers.IntegerField(allow_null=True)
    start_on = serializers.DateField()
    location = serializers.CharField(source="location_id")
    practitioner = serializers.CharField(source="practitioner_id")
    preferences = serializers.DictField()
    status = serializers.ChoiceField(choices=Course.Status.choices)
    status_reason = serializers.CharField()
    back_on = serializers.DateField(
        allow_null=True, help_text="Of a paused course: about when the patient is back; null when nobody knows."
    )
    version = serializers.IntegerField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_areas(self, course: Course) -> list[str]:
        return [area.code for area in course.areas.all()]


class CoursesAsked(PageAsked):
    patient = IdField(required=False)
    status = serializers.ChoiceField(choices=Course.Status.choices, required=False)


class Courses(ActionView):
    roles_by_method = {"GET": CARE | {PATIENT}, "POST": CLINICAL}
    pagination_class = Pages
    asks = CoursesAsked

    @extend_schema(responses=CourseShown(many=True))
    def get(self, request: Request) -> Response:
        """Courses you may see."""
        wanted = {name: self.query[name] for name in ("status",) if name in self.query}
        rows = courses_for(self.user).filter(**wanted)
        if "patient" in self.query:
            rows = rows.filter(patient=int(self.query["patient"]))
        return self.page(rows.prefetch_related("areas"), CourseShown)

    @extend_schema(request=CourseGiven, responses={201: CourseShown})
    def post(self, request: Request) -> Response:
        """Plan a course: a draft until a proposal is accepted."""
        return self.act(CourseGiven, CourseShown, self.create)

    def create(self, given: dict[str, Any]) -> Course:
        patient = patient_given(self.user, given.pop("patient"))
        return create_course(patient=patient, by=self.user, **given)


class CourseDetail(ActionView):
    roles = CARE | {PATIENT}

    @extend_schema(responses=CourseShown)
    def get(self, request: Request, course_id: str) -> Response:
        """One course."""
        return self.shown(CourseShown, access_course(self.user, course_id))


class HoldGiven(ReasonGiven):
    until = Day(
        required=False,
        allow_null=True,
        help_text="About when the patient is back, a day after today and within two years; null when nobody knows.",
    )


class HoldCourse(ActionView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=HoldGiven, parameters=[IF_MATCH], responses=CourseShown)
    def post(self, request: Request, course_id: str) -> Response:
        """Pause a course: its slots are freed and its messages stop. It stands on the desk's list two weeks before the
        patient is back, or after three months when nobody knows."""
        course = access_course(self.user, course_id)
        return self.act(
            HoldGiven,
            CourseShown,
            lambda given: hold_course(course=course, by=self.user, version=self.seen_version, **given),
            code=200,
        )


class ResumeCourse(ActionView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=ReasonMaybe, parameters=[IF_MATCH], responses=CourseShown)
    def post(self, request: Request, course_id: str) -> Response:
        """Go on with a paused course; the patient is screened again first."""
        course = access_course(self.user, course_id)
        return self.act(
            ReasonMaybe,
            CourseShown,
            lambda given: resume_course(course=course, by=self.user, version=self.seen_version, **given),
            code=200,
        )


class RevokeCourse(ActionView):
    scope = BOOK
    roles = CARE

    @extend_schema(request=ReasonGiven, parameters=[IF_MATCH], responses=CourseShown)
    def post(self, request: Request, course_id: str) -> Response:
        """Close a course early: its slots are freed and its messages stop."""
        course = access_course(self.user, course_id)
        return self.act(
            ReasonGiven,
            CourseShown,
            lambda given: revoke_course(course=course, by=self.user, version=self.seen_version, **given),
            code=200,
        )
