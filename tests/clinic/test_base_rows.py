"""What plain statements read and write is what the ORM would have read and written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.base.rows import Columns, Prepared, as_json, inserting
from clinic.models import StaffMember, User
from scheduling.models import Course


def read(statement: str, value: Any, by: tuple[Columns[User] | Columns[StaffMember], ...]) -> list[Any]:
    [found] = Prepared(statement).rows(value=value)
    values = iter(found)
    return [each.read(values) for each in by]


PERSON, STAFF = Columns(User, "person"), Columns(StaffMember, "staff")
JOINED = f"""
SELECT {PERSON}, {STAFF} FROM clinic_user person LEFT JOIN clinic_staffmember staff ON staff.user_id = person.id
WHERE person.email = %(value)s
"""


def test_a_row_of_two_tables_makes_the_two_instances_with_every_value(desk: User):
    person, staff = read(JOINED, desk.email, by=(PERSON, STAFF))
    assert person.__dict__.keys() == User.objects.get(pk=desk.pk).__dict__.keys()
    assert (person, person.email, person.date_joined) == (desk, desk.email, desk.date_joined)
    assert (staff, staff.role, staff._state.adding) == (desk.staff, "front_desk", False)


def test_what_an_outer_join_did_not_find_is_none(outsider: User):
    assert read(JOINED, outsider.email, by=(PERSON, STAFF)) == [outsider, None]


def test_a_model_with_json_is_not_read_as_a_whole_by_a_plain_statement():
    with pytest.raises(TypeError, match="Course"):
        Columns(Course, "course")


def test_columns_that_were_left_out_are_fetched_when_asked_for(desk: User, django_assert_num_queries):
    some = Columns(User, "person", "id", "email")
    [person] = read(f"SELECT {some} FROM clinic_user person WHERE id = %(value)s", desk.pk, by=(some,))
    with django_assert_num_queries(0):
        assert (person.pk, person.email) == (desk.pk, desk.email)
    with django_assert_num_queries(1):
        assert person.name == desk.name


NAMED = Prepared("SELECT email, %(often)s::int FROM clinic_user WHERE name = %(name)s AND %(often)s > 0")
PLANS = Prepared("SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE name = %(name)s")


@pytest.mark.django_db
def test_a_statement_is_planned_once_however_often_it_is_asked_and_with_whatever_values(django_assert_num_queries):
    with django_assert_num_queries(3):
        assert [NAMED.rows(name=name, often=1) for name in ("A", "B", "O'Brien %")] == [[], [], []]
    assert PLANS.rows(name=NAMED.name) == [(0, 3)]  # never for the values of one call


@pytest.mark.django_db
def test_what_was_prepared_before_a_refusal_is_asked_again_after_it():
    User.objects.create(email="a@example.test", name="A")
    with transaction.atomic():
        assert NAMED.rows(name="A", often=2) == [("a@example.test", 2)]
        transaction.set_rollback(True)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="a@example.test")
    assert NAMED.rows(name="A", often=3) == [("a@example.test", 3)]
    assert len(PLANS.rows(name=NAMED.name)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew():
    assert NAMED.rows(name="A", often=1) == []
    connection.close()
    assert NAMED.rows(name="A", often=1) == []


@pytest.mark.django_db
def test_many_rows_are_written_by_one_statement_to_the_microsecond_and_with_awkward_names(django_assert_num_queries):
    at = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
    names = ("email", "name", "password", "is_active", "last_login")
    wanted = [User(email=f"{n}@example.test", name=f"O'Brien {n} % \\ ", last_login=at) for n in range(3)]
    wanted[0].last_login = None
    statement = inserting(User, names, also={"date_joined": "now()"}, then="ON CONFLICT DO NOTHING RETURNING email")
    with django_assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute(statement, {"rows": as_json(names, wanted)})
        assert {row[0] for row in cursor.fetchall()} == {user.email for user in wanted}
    for user in wanted:
        written = User.objects.get(email=user.email)
        assert [getattr(written, name) for name in names] == [getattr(user, name) for name in names]
