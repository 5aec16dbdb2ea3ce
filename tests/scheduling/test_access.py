"""Staff in care see the whole clinic, patients their own, everyone else nothing; what is not yours is not there."""

import pytest
from django.http import Http404

from scheduling import access
from scheduling.calendar.queries.search import Search
from scheduling.models import Absence, Message, Proposal, Session
from tests.factories import NOW
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_visit, at, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(patient, other_patient, practitioner, desk, director, administrator, outsider):
    return {
        "patient": patient.user,
        "other": other_patient.user,
        "desk": desk,
        "practitioner": practitioner,
        "director": director,
        "administrator": administrator,
        "outsider": outsider,
    }


@pytest.fixture
def things(patient, clinic, practitioner, desk):
    """A visit, a course, a proposal, two messages on the page and in the mailbox, an absence: all about Ana."""
    visit = a_visit(patient, at(10), practitioner, desk)
    course = make_course(patient, clinic, practitioner)
    proposal = Proposal.objects.create(course=course, course_version=1, requested_by=practitioner, requested_at=NOW)
    absence = Absence.objects.create(
        practitioner=who(practitioner), start=at(10), end=at(11), reason="ill", created_by=desk
    )
    message = Message.objects.get(session=visit, kind="confirmation", channel="portal")
    return {"session": visit, "course": course, "proposal": proposal, "message": message, "absence": absence}


@pytest.mark.parametrize(
    ("open_one", "kind"),
    [
        (access.access_session, "session"),
        (access.access_searched, "session"),
        (access.access_course, "course"),
        (access.access_proposal, "proposal"),
        (access.access_message, "message"),
    ],
)
def test_what_belongs_to_a_patient_is_seen_by_them_and_by_those_who_care(open_one, kind, cast, things):
    seen = {name for name, user in cast.items() if sees(open_one, user, things[kind].pk)}
    assert seen == {"patient", "desk", "practitioner", "director"}


def sees(open_one, user, pk) -> bool:
    try:
        open_one(user, pk)
    except Http404:
        return False
    return True


@pytest.mark.parametrize("wanted", ["visit of a course", "visit of none"])
def test_a_session_that_is_searched_for_has_all_that_the_search_reads(wanted, things, desk, django_assert_num_queries):
    if wanted == "visit of a course":
        Session.objects.update(course=things["course"], kind="treatment", phase=1, sequence=1)
    read = access.access_session(desk, things["session"].pk)
    with django_assert_num_queries(1):
        found = access.access_searched(desk, read.pk)
    assert Search.for_session(found, now=NOW) == Search.for_session(read, now=NOW)


def test_absences_are_for_colleagues(cast, things):
    seen = {name for name, user in cast.items() if sees(access.access_absence, user, things["absence"].pk)}
    assert seen == {"desk", "practitioner", "director"}


@pytest.mark.parametrize("pk", ["", "x", "-1", "9" * 30, "0", "１"])
def test_what_cannot_be_an_id_is_not_there(pk, desk):
    for open_one in (access.access_session, access.access_searched):
        with pytest.raises(Http404):
            open_one(desk, pk)


def test_a_patient_sees_what_is_on_the_page_and_not_how_it_was_sent(cast, things):
    assert {row.channel for row in access.messages_for(cast["patient"])} == {"portal"}
    assert {row.channel for row in access.messages_for(cast["desk"])} == {"portal", "email"}


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        ("locations_for", {"patient", "other", "desk", "practitioner", "director", "administrator"}),
        ("practitioners_for", {"patient", "other", "desk", "practitioner", "director", "administrator"}),
        ("rooms_for", {"desk", "practitioner", "director", "administrator"}),
    ],
)
def test_places_and_people(rows, seen, cast):
    assert {name for name, user in cast.items() if getattr(access, rows)(user).exists()} == seen


def test_access_ends_at_once_with_the_role(things, desk):
    desk.staff.active = False
    desk.staff.save()
    desk.refresh_from_db()
    assert not access.sessions_for(desk).exists()
