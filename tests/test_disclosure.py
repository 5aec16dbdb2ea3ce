"""What whom: every field of every answer of the API is compared with the table that says who reads it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.test import APIClient

from clinic.base.api import Shown
from clinic.base.disclosure import FIELDS, READERS
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.sessions import cancel_session
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.models import Course
from tests.factories import NOW
from tests.scheduling.running import accepted
from tests.steps import take_intake

V1 = "/api/v1"
CLINICIANS_WORDS, DESKS_WORDS, WHY_IT_STOPS = (
    "ZZ tender at the old site",
    "ZZ rang at eight",
    "ZZ her test was positive",
)
DEVELOPING = {"FieldProblem", "RuleReason", "Problem"}  # what errors look like

# What an answer may leave out of its table, since it says it only in some cases.
SOMETIMES = {"Step": {"floor", "ideal", "latest"}}


@pytest.fixture
def course(patient: Patient, clinic: Location, practitioner: User, desk: User) -> Iterator[Course]:
    """A course on hold, with two visits that were cancelled: one by a clinician, one by the desk."""
    with time_machine.travel(NOW, tick=False):
        found = accepted(patient, clinic, practitioner)
        first, second = found.sessions.order_by("sequence")[:2]
        cancel_session(session=first, reason=CLINICIANS_WORDS, by=practitioner, now=NOW)
        cancel_session(session=second, reason=DESKS_WORDS, by=desk, now=NOW)
        hold_course(course=found, reason=WHY_IT_STOPS, by=practitioner, now=NOW)
        found.refresh_from_db()
        yield found


@pytest.fixture
def people(patient: Patient, desk: User, practitioner: User, director: User) -> dict[str, User]:
    return {
        "patient": patient.user,
        "front_desk": desk,
        "practitioner": practitioner,
        "medical_director": director,
    }


def reads(course: Course) -> dict[str, str]:
    """An address of every kind of answer that can be read, and the body it is made of."""
    session, patient = course.sessions.order_by("sequence")[0], course.patient
    return {
        f"{V1}/sessions/{session.pk}/": "SessionWithHistory",
        f"{V1}/sessions/": "Session",
        f"{V1}/courses/{course.pk}/": "Course",
        f"{V1}/courses/": "Course",
        f"{V1}/proposals/{course.proposals.first().pk}/": "Proposal",
        f"{V1}/messages/": "Message",
        f"{V1}/patients/{patient.pk}/": "Patient",
        f"{V1}/patients/": "Patient",
        f"{V1}/patients/{patient.pk}/eligibility/": "Verdict",
        f"{V1}/slots/?location={course.location_id}": "Slot",
        f"{V1}/areas/": "Area",
        f"{V1}/indications/": "Indication",
        f"{V1}/substances/": "Substance",
        f"{V1}/techniques/": "Entry",
        f"{V1}/delivery-devices/": "DeliveryDevice",
        f"{V1}/protocols/": "Protocol",
        f"{V1}/locations/": "Location",
        f"{V1}/practitioners/": "Practitioner",
        f"{V1}/intake-questions/": "Question",
        f"{V1}/consent-statements/": "Statement",
    }


def shown_classes(above: type = Shown) -> Iterator[type[Shown]]:
    for each in above.__subclasses__():
        yield each
        yield from shown_classes(each)


def body_class(body: str) -> type[Shown]:
    """The serializer of a body: of those that share a name the one with the most fields."""
    return max((each for each in shown_classes() if each.body == body), key=lambda each: len(each().fields))


def nested(field: Any) -> str:
    """The body inside a field, where it holds one: declared as a serializer, or described for a computed field."""
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(type(field.parent), f"get_{field.field_name}")
        field = getattr(method, "_spectacular_annotation", {}).get("field")
    field = getattr(field, "child", field)
    return field.body if isinstance(field, Shown) else ""


def check(body: str, found: Any, role: str, path: str) -> None:
    """Every field of `found`, and of what is in it, is one that the role reads, and none of those is missing."""
    for row in found if isinstance(found, list) else [found] if found else []:
        allowed = {field for (name, field), roles in READERS.items() if name == body and role in roles}
        assert set(row) <= allowed, (path, body, set(row) - allowed)
        assert allowed - set(row) <= SOMETIMES.get(body, set()), (path, body, allowed - set(row))
        fields = body_class(body)().fields
        for name, value in row.items():
            if inner := nested(fields[name]):
                check(inner, value, role, f"{path}.{name}")


def test_the_table_and_the_serializers_name_the_same_fields():
    declared: dict[str, set[str]] = {}
    for each in shown_classes():
        if each.body in FIELDS:
            declared.setdefault(each.body, set()).update(each().fields)
    assert declared == {body: {field for name, field in READERS if name == body} for body in FIELDS}


def test_every_answer_that_the_api_describes_is_in_the_table():
    """A serializer that is not one of the table's would write whatever it likes."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    described = {
        name
        for path in schema["paths"].values()
        for call in path.values()
        for code, answer in call["responses"].items()
        if code.startswith("2")
        for content in answer.get("content", {}).values()
        for name in names_in(content["schema"], schema)
    }
    own = {each.__name__.removesuffix("Serializer") for each in shown_classes()}
    assert {name for name in described if not name.startswith("Paginated")} <= own


def names_in(part: Any, schema: Any) -> Iterator[str]:
    """Names of the objects (not the enumerations) that a piece of the schema refers to, at any depth of lists."""
    if isinstance(part, dict):
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            found = schema["components"]["schemas"][name]
            if found.get("type") == "object":
                yield name
            if name.startswith("Paginated"):
                yield from names_in(found, schema)
        for value in part.values():
            yield from names_in(value, schema)
    elif isinstance(part, list):
        for value in part:
            yield from names_in(value, schema)


@pytest.mark.parametrize("role", ["patient", "front_desk", "practitioner", "medical_director"])
def test_an_answer_holds_what_the_role_reads_and_no_more(
    role: str, course: Course, people: dict[str, User], api_of: Callable[[User], APIClient]
):
    caller = api_of(people[role])
    for path, body in reads(course).items():
        answer = caller.get(path)
        assert answer.status_code == 200, (path, answer.content)
        found = answer.json()
        rows = found["results"] if isinstance(found, dict) and "results" in found else found
        assert rows or body == "Message", path
        check(body, rows, role, path)


def test_what_writes_answer_is_the_same_table(
    course: Course, people: dict[str, User], patient: Patient, api_of: Callable[[User], APIClient]
):
    session = course.sessions.order_by("sequence")[2]
    desk, doctor = api_of(people["front_desk"]), api_of(people["practitioner"])
    cancelled = desk.post(f"{V1}/sessions/{session.pk}/cancel/", {"reason": "Moving house"})
    check("SessionWithHistory", cancelled.json(), "front_desk", "cancel")
    eva = {"given_name": "Eva", "family_name": "Greco", "phone": "+39065551234"}
    check("PatientRegistered", desk.post(f"{V1}/patients/", eva).json(), "front_desk", "register")
    again = {"occasion": "same_day", "answers": {"unwell_today": False}}
    for role, caller in (("front_desk", desk), ("practitioner", doctor), ("patient", api_of(patient.user))):
        answer = caller.post(f"{V1}/patients/{patient.pk}/intake/", again)
        if answer.status_code == 201:
            check("Intake", answer.json(), role, "intake")


# --- in the words of the clinic ------------------------------------------------------------------------------------


def everything(caller: APIClient, course: Course) -> str:
    texts = [caller.get(path).content.decode() for path in reads(course)]
    return "".join(
        [*texts, *(caller.get(f"{V1}/sessions/{each.pk}/").content.decode() for each in course.sessions.all())]
    )


def test_a_patient_reads_the_own_history_without_the_staffs_words_and_names(
    course: Course, people: dict[str, User], api_of: Callable[[User], APIClient]
):
    caller = api_of(people["patient"])
    text = everything(caller, course)
    assert not [words for words in (CLINICIANS_WORDS, DESKS_WORDS, WHY_IT_STOPS) if words in text]
    history = caller.get(f"{V1}/sessions/{course.sessions.order_by('sequence')[0].pk}/").json()["history"]
    assert [set(step) for step in history] == [{"verb", "from_status", "to_status", "at"}] * len(history)
    assert "cancel" in {step["verb"] for step in history}, "what happened and when, it does say"


def test_the_desk_reads_its_own_words_and_not_the_clinicians(
    course: Course, people: dict[str, User], api_of: Callable[[User], APIClient]
):
    text = everything(api_of(people["front_desk"]), course)
    assert DESKS_WORDS in text
    assert not [words for words in (CLINICIANS_WORDS, WHY_IT_STOPS) if words in text]
    assert all(
        words in everything(api_of(people["practitioner"]), course) for words in (CLINICIANS_WORDS, WHY_IT_STOPS)
    )


def test_the_desks_page_of_a_stopped_course_does_not_say_why(
    course: Course, people: dict[str, User], browser_of: Callable[[User], Client]
):
    page = f"/courses/{course.pk}/"
    assert WHY_IT_STOPS not in browser_of(people["front_desk"]).get(page).content.decode()
    assert WHY_IT_STOPS in browser_of(people["practitioner"]).get(page).content.decode()


def test_the_patients_pages_hold_none_of_the_staffs_words(
    course: Course, people: dict[str, User], browser_of: Callable[[User], Client]
):
    browser = browser_of(people["patient"])
    pages = ["/me/", "/me/visits/", "/me/messages/", "/me/documents/"]
    pages += [f"/me/visits/{each.pk}/" for each in course.sessions.all()]
    text = "".join(browser.get(page, follow=True).content.decode() for page in pages)
    assert not [words for words in (CLINICIANS_WORDS, DESKS_WORDS, WHY_IT_STOPS) if words in text]


def test_what_the_desk_hands_in_for_a_patient_it_cannot_read_back(
    patient: Patient, desk: User, practitioner: User, api_of: Callable[[User], APIClient]
):
    take_intake(patient, by=practitioner, now=NOW - timedelta(days=1))
    verdict = api_of(desk).get(f"{V1}/patients/{patient.pk}/eligibility/").json()
    assert set(verdict) == {"verdict", "until"}
