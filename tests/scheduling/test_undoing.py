"""Every act is undone by something, or final because of something; and what is undone is as it was before."""

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.views import View

from clinic.models import User
from patients.models import Patient
from scheduling.models import Booking, Course, Session
from tests.factories import NOW
from tests.scheduling.visits import a_visit, at
from tests.test_access_matrix import CALLS as CALLED
from tests.test_access_matrix import PAGES as SHOWN
from tests.undoing import CALLS, PAGES

WRITES = re.compile(r"request\.POST|require_POST|posted\(|\bPOST\b")
WAYS = ("undone by ", "final: ")
# History, trail and outgoing messages only grow; versions and revisions only rise.
GROWS = re.compile(
    r"accesslog|event|history|message|replan|proposal|session$|trail|seal|idempot|opened|standing", re.IGNORECASE
)
RISES = frozenset({"version", "revision", "last_login", "judged_at", "id", "created_at", "why"})


def takes_a_post(callback: Callable[..., Any]) -> bool:
    view = inspect.unwrap(callback)
    if issubclass(getattr(view, "view_class", object), View):
        return hasattr(view.view_class, "post")
    module = inspect.getsource(inspect.getmodule(view))
    return bool(WRITES.search(inspect.getsource(view)) or f"require_POST\ndef {view.__name__}(" in module)


def test_every_act_is_undone_by_something_or_final_because_of_something():
    writing = {name for name, each in SHOWN.items() if takes_a_post(each.callback)}
    calls = {name for method, name in CALLED if method != "GET"}
    assert writing - set(PAGES) == set()
    assert set(PAGES) - set(SHOWN) == set()
    assert set(CALLS) == calls
    for name, how in (PAGES | CALLS).items():
        print(f"{name:32} {how}")
        assert how.startswith(WAYS), name


def tables() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for model in apps.get_models():
        ours = model._meta.app_label in ("clinic", "patients", "protocols", "scheduling")
        if ours and not GROWS.search(model.__name__):
            names = [field.attname for field in model._meta.concrete_fields if field.name not in RISES]
            rows = model._default_manager.values(*names)
            yield model.__name__, sorted((row for row in rows if row.get("active", True)), key=str)
    seen = [field.attname for field in Session._meta.concrete_fields if field.name not in RISES]
    live = Session.objects.exclude(status__in=["cancelled", "entered_in_error"]).values(*seen)
    yield "Session", sorted(live, key=str)


def as_it_is() -> dict[str, list[dict[str, Any]]]:
    """Everything in the database; of bookings those that hold a time, of visits those that are not given up."""
    found = dict(tables())
    for row in found["Booking"]:
        del row["session_id"]  # a visit that was left out comes back under another number
        del row["created_by_id"]
    found["Booking"].sort(key=str)
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("at_ten")
class TestUndone:
    """The act, its Undo as the page offers it, and the database before and after."""

    @pytest.fixture
    def desk_at(self, practitioner: User, browser_of: Callable[[User], Client]) -> Client:
        return browser_of(practitioner)

    def undone(self, browser: Client, address: str, given: dict[str, Any]) -> None:
        before = as_it_is()
        answer = browser.post(address, given)
        if answer.context and "form" in answer.context and "expect" in answer.context["form"].fields:
            form = answer.context["form"]
            given = {name: form[name].value() or "" for name in form.fields} | given | {"apply": "1"}
        else:
            given = given | {"apply": "1"}
        if answer.status_code == 200:
            answer = browser.post(address, given)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        assert as_it_is() != before
        page = browser.get(answer.headers["Location"])
        link = re.search(r'action="([^"]*/undo/[^"]*)"', page.content.decode())
        assert link, address
        assert browser.post(link[1]).status_code == 302
        assert as_it_is() == before

    def start(self, session: Session) -> Any:
        return Booking.objects.get(session=session, active=True).start

    def test_a_visit_that_is_moved_freed_or_missed(
        self, patient: Patient, practitioner: User, desk: User, desk_at: Client
    ):
        visit = a_visit(patient, at(15), practitioner, desk)
        self.undone(desk_at, reverse("desk:visit_move", args=[visit.pk]), {"start": "2026-05-07T11:20"})
        later = {"then": "later", "reason": "Away"}
        self.undone(desk_at, reverse("desk:visit_cancel", args=[visit.pk]), later)
        now = a_visit(patient, NOW, practitioner, desk)
        self.undone(desk_at, reverse("desk:visit_no_show", args=[now.pk]), {"reason": ""})
        self.undone(desk_at, reverse("desk:visit_check_in", args=[now.pk]), {"checked": "in"})

    def test_a_course_that_is_changed(self, course: Course, desk_at: Client):
        third = course.sessions.get(sequence=3)
        moved = (self.start(third) + timedelta(days=5)).astimezone(at(0).tzinfo)
        move = {"start": moved.strftime("%Y-%m-%dT%H:%M"), "reason": "Ill"}
        self.undone(desk_at, reverse("desk:visit_move", args=[third.pk]), move)
        self.undone(desk_at, reverse("desk:visit_cancel", args=[third.pk]), {"then": "out", "reason": "Enough"})
        longer = {"phase": 1, "way": "more", "by_sessions": 1, "reason": "Slow"}
        self.undone(desk_at, reverse("courses:length", args=[course.pk]), longer)
        self.undone(
            desk_at, reverse("courses:stop", args=[course.pk, "hold"]), {"reason": "A slip", "until": "2026-09-01"}
        )
