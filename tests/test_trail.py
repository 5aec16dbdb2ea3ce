"""The trail: written by the database, complete, and out of reach of the role that the application has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.db import Error, ProgrammingError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from clinic.base import scope
from clinic.base.tokens import issue_token
from clinic.models import Location, StaffMember, User
from patients.models import AccessLog, Patient, Screening
from protocols.models import Policy, ScreeningRule
from scheduling.calendar.actions.transitions import add_event, transition
from scheduling.models import TRANSITIONS, Practitioner, Session
from tests.factories import NOW
from tests.scheduling.visits import a_visit

EVENTS = [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]
HISTORY = {model._meta.db_table for model in EVENTS} | {"pghistory_context", "scheduling_sessionevent"}
ADDED_TO = {"patients_accesslog", "patients_screening"}

pytestmark = pytest.mark.django_db


@contextmanager
def as_app() -> Iterator[Any]:
    """A cursor with the rights of the application, which sees every place."""
    with transaction.atomic(), scope.whole(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE app")
        yield cursor
        cursor.execute("RESET ROLE")


def refused(statement: str, *values: Any) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), as_app() as cursor:
        cursor.execute(statement, values)


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# --- who is in it: staff, roles, policies, tokens, settings ---------------------------------------------------------


def told(model: Any, **of: Any) -> list[tuple[str, Any]]:
    """(what happened, by whom) of a row, in order."""
    events = model.pgh_event_model.objects.filter(**of).order_by("pgh_id").select_related("pgh_context")
    return [(each.pgh_label, (each.pgh_context.metadata if each.pgh_context else {}).get("user")) for each in events]


def staff_form(staff: StaffMember, **changes: Any) -> dict[str, Any]:
    return {"name": "Desk", "role": staff.role, "location": staff.location_id, "active": "on"} | changes


def test_role_prescriber_mark_and_employment_are_in_the_trail_with_who_and_when(
    director: User, desk: User, browser_of: Callable[..., Client]
):
    page, browser = f"/settings/staff/{desk.staff.pk}/", browser_of(director)
    browser.post(page, staff_form(desk.staff, role="practitioner", prescriber="on"))
    form = staff_form(desk.staff, role="practitioner", prescriber="on")
    del form["active"]
    browser.post(page, form)
    events = StaffMember.pgh_event_model.objects.filter(pgh_obj=desk.staff).order_by("pgh_id")
    assert [(each.role, each.prescriber, each.active) for each in events] == [
        ("front_desk", False, True),
        ("practitioner", True, True),
        ("practitioner", True, False),
    ]
    assert told(StaffMember, pgh_obj=desk.staff)[1:] == [("update", director.pk)] * 2
    assert all(each.pgh_created_at for each in events)


def test_tokens_are_in_the_trail(desk: User, browser_of: Callable[..., Client]):
    browser = browser_of(desk)
    browser.post("/accounts/tokens/", {"name": "Report", "scopes": ["read"], "days": "7"})
    token = desk.tokens.get()
    browser.post(f"/accounts/tokens/{token.pk}/end/")
    assert told(type(token), pgh_obj=token) == [("insert", desk.pk), ("update", desk.pk)]


@pytest.mark.parametrize("model", [Policy, ScreeningRule, Location, Practitioner, User])
def test_settings_are_in_the_trail_deletions_included(model: Any, clinic: Location):
    names = [row[0] for row in rows(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", model._meta.db_table
    )]  # fmt: skip
    assert {verb for verb in ("insert", "update", "delete") if any(f"_{verb}_{verb}_" in name for name in names)} == {
        "insert",
        "update",
        "delete",
    }


def test_no_password_and_no_secret_stands_in_the_trail():
    kept = {field.name for model in EVENTS for field in model._meta.fields}
    assert not kept & {"password", "digest", "new_digest", "old_digest"}


def test_a_change_over_the_api_is_the_token_holders(desk: User, patient: Patient):
    headers = {"Authorization": f"Token {issue_token(user=desk)}"}
    APIClient().patch(f"/api/v1/patients/{patient.pk}/", {"phone": "06 1234567"}, format="json", headers=headers)
    assert told(Patient, pgh_obj=patient)[-1] == ("update", desk.pk)


# --- rights ----------------------------------------------------------------------------------------------------------


def test_the_application_may_only_read_the_history_and_only_add_to_what_it_logs():
    found = dict(rows("""
        SELECT relname, array_agg(privilege_type::text ORDER BY privilege_type) FROM pg_class
        JOIN LATERAL aclexplode(relacl) ON grantee = 'app'::regrole
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY relname
    """))  # fmt: skip
    assert {table: found[table] for table in HISTORY} == {table: ["SELECT"] for table in HISTORY}
    assert {table: found[table] for table in ADDED_TO} == {table: ["INSERT", "SELECT"] for table in ADDED_TO}
    owned = rows("SELECT count(*) FROM pg_class WHERE relowner = 'app'::regrole")
    assert owned == [(0,)], "the application owns nothing"
    assert rows("SELECT pg_has_role('app', 'owner', 'MEMBER')") == [(False,)], "nor becomes the owner"


def test_the_triggers_of_the_trail_run_as_the_owner_and_have_no_switch():
    """Also after any migration to come: each function that writes history is looked at as it is."""
    found = rows("""
        SELECT proname, prosecdef, pg_get_userbyid(proowner), proconfig::text, prosrc,
               has_function_privilege('app', oid, 'EXECUTE')
        FROM pg_proc WHERE prorettype = 'trigger'::regtype AND prosrc ~ ANY(%s)
    """, [f'INSERT INTO "?{table}"?' for table in HISTORY])  # fmt: skip
    tracked = HISTORY - {"pghistory_context"}
    written = {table for table in tracked for each in found if f'"{table}"' in each[4]}
    assert written == tracked, "every history table has its trigger"
    for name, definer, owner, settings, source, usable in found:
        assert (definer, owner, usable) == (True, "owner", False), name
        assert "search_path=" in settings, name
        assert "ignore" not in source, name


def test_one_function_that_runs_as_the_owner_and_writes_is_the_applications_to_use():
    """It says of a visit what changes nothing of it, and nothing that the database writes itself."""
    found = rows("""
        SELECT proname, provolatile = 'v' FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND has_function_privilege('app', oid, 'EXECUTE')
    """)  # fmt: skip
    reading = {"clinic_places", "clinic_sees_all", "patients_alike", "patients_found", "patients_seen"}
    assert dict(found) == {"scheduling_say": True} | dict.fromkeys(reading, False)


@pytest.mark.parametrize("verb", [*TRANSITIONS, "change", "enter"])
def test_a_change_of_a_visit_that_did_not_happen_cannot_be_written_down(session: Session, desk: User, verb: str):
    refused("SELECT scheduling_say(%s, %s, now(), %s, '', '{}')", session.pk, verb, desk.pk)


def test_a_change_of_a_visit_that_nobody_speaks_of_is_written_down_all_the_same(session: Session):
    with as_app() as cursor:
        cursor.execute("SELECT set_config('clinic.said', '', true)")
        cursor.execute("UPDATE scheduling_session SET status = 'cancelled' WHERE id = %s", [session.pk])
    event = session.history.order_by("-id").first()
    assert (event.verb, event.from_status, event.to_status, event.by) == ("change", "booked", "cancelled", None)


@pytest.fixture
def session(patient: Patient, clinic: Location, practitioner: User) -> Session:
    return a_visit(patient, NOW + timedelta(days=1), practitioner, practitioner)


@pytest.mark.parametrize("table", sorted(HISTORY))
def test_the_application_alters_deletes_and_forges_no_row_of_the_history_by_any_setting(table: str):
    key = "id" if table in {"pghistory_context", "scheduling_sessionevent"} else "pgh_id"
    for statement in (
        f"UPDATE {table} SET {key} = {key}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"INSERT INTO {table} SELECT * FROM {table}",
    ):
        refused(statement)


@pytest.mark.parametrize("table", sorted(ADDED_TO))
def test_the_application_alters_and_deletes_no_row_of_what_it_logs(table: str):
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        refused(statement)


SWITCHES = [
    "SELECT set_config('pgtrigger.ignore', '{%s}', true)",
    "SELECT set_config('pghistory.context_id', '', true), set_config('pgtrigger.ignore', '{%s}', true)",
]


@pytest.mark.parametrize("switch", SWITCHES)
def test_no_setting_keeps_a_change_out_of_the_trail(session: Session, switch: str):
    names = rows(
        "SELECT string_agg(DISTINCT pgtrigger, ',') FROM (SELECT tgname AS pgtrigger FROM pg_trigger) AS all_of_them"
    )[0][0]
    before = Session.pgh_event_model.objects.count()
    with as_app() as cursor:
        cursor.execute(switch % names)
        cursor.execute("UPDATE scheduling_session SET chair_minutes = 45 WHERE id = %s", [session.pk])
    assert Session.pgh_event_model.objects.count() == before + 1


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE scheduling_session DISABLE TRIGGER ALL",
        "DROP FUNCTION clinic_trail_context()",
    ],
)
def test_the_application_cannot_switch_triggers_off(statement: str):
    with pytest.raises(Error), as_app() as cursor:
        cursor.execute(statement)


def test_the_triggers_function_cannot_be_borrowed_to_forge_history(session: Session):
    function = rows("SELECT proname FROM pg_proc WHERE prosrc ~ 'INSERT INTO \"scheduling_sessionhistory\"'")[0][0]
    with as_app() as cursor:
        cursor.execute("CREATE TEMP TABLE mine (LIKE scheduling_session)")
    trigger = "CREATE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS new_values"
    refused(f"{trigger} EXECUTE FUNCTION {function}()")


def test_who_acted_once_is_not_rewritten_later(session: Session):
    """A context is shared by the events of one request; naming it again changes nothing of what it said."""
    context = "3f8c1f3e-7d0b-4b7a-9f0e-000000000001"
    for user in (1, 2):
        with as_app() as cursor:
            cursor.execute("SELECT set_config('pghistory.context_id', %s, true)", [context])
            cursor.execute("SELECT set_config('pghistory.context_metadata', %s, true)", [f'{{"user": {user}}}'])
            cursor.execute("UPDATE scheduling_session SET chair_minutes = 40 + %s WHERE id = %s", [user, session.pk])
    assert rows("SELECT metadata FROM pghistory_context WHERE id = %s", context) == [({"user": 1},)] or rows(
        "SELECT metadata FROM pghistory_context WHERE id = %s", context
    ) == [('{"user": 1}',)]


def test_the_access_log_sets_its_own_instant_and_role(patient: Patient, desk: User):
    with as_app() as cursor:
        cursor.execute(
            "INSERT INTO patients_accesslog (patient_id, user_id, at, what, db_role) VALUES (%s, %s, %s, 'x', %s)",
            [patient.pk, desk.pk, NOW, "nobody"],
        )
    log = AccessLog.objects.get()
    assert log.at > NOW
    assert log.db_role == rows("SELECT session_user::text")[0][0]


def test_the_application_can_still_do_its_work(patient: Patient, desk: User, session: Session):
    """Everything it does to patients, visits and settings, with exactly its rights."""
    with as_app():
        Session.objects.filter(pk=session.pk).update(chair_minutes=50)
        Patient.objects.filter(pk=patient.pk).update(phone="+390611")
        add_event(session=session, verb="confirm", at=NOW, by=desk)
        transition(session=session, verb="cancel", by=desk, now=NOW, reason="Ill")
        Location.objects.update(phone="06")
        assert Screening.objects.count() >= 0
    assert list(session.history.order_by("id").values_list("verb", "by", "reason"))[-2:] == [
        ("confirm", desk.pk, ""),
        ("cancel", desk.pk, "Ill"),
    ]
