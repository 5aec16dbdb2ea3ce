"""Search among a million people:  python -m tests.with_django bench.people fill ROWS | search

Everybody belongs to one of ten locations; names are as common as in a country, so that a family name has thousands.
"""

import json
import os
import sys
from datetime import UTC, datetime
from functools import partial

import psycopg
from rest_framework.test import APIClient

from bench.jobs import ROUNDS, Figures, middle
from bench.store import blanks
from clinic.base import scope
from clinic.base.tokens import issue_token
from clinic.models import Role, User
from patients.access import patients_for
from patients.queries.people import best
from scheduling.demo.names import FAMILY, GIVEN
from tests.factories import LocationFactory, StaffFactory

PLACES, SHOWN = 10, 8
PEOPLE = """
INSERT INTO patients_patient (id, given_name, family_name, folded, phone, email, birth_date, sex, language,
    registered_at, calendar_digest, version)
SELECT n, given, family, lower(given || ' ' || family), '+3906' || lpad(n::text, 8, '0'), 'patient' || n ||
    '@bench.test', date '1930-01-01' + n %% 29000, 'female', 'en-gb', %(now)s, '', 1
FROM generate_series(1, %(rows)s) n, LATERAL (SELECT (%(given)s::text[])[1 + n %% %(givens)s] AS given,
    (%(family)s::text[])[1 + n / 7 %% %(families)s] ||
    CASE n %% 3 WHEN 0 THEN '' ELSE ' ' || (%(family)s::text[])[1 + n / 11 %% %(families)s] END AS family) named;
INSERT INTO patients_patientlocation (patient_id, location_id, asked, added_at)
SELECT n, (%(places)s::bigint[])[1 + n %% cardinality(%(places)s)], FALSE, %(now)s FROM generate_series(1, %(rows)s) n;
"""
# A whole name, the beginning of one, a slip, a telephone, a birth date, a mailbox.
ASKED = ("Giulia Rossi", "ross", "Guilia Rosi", "+39 06 00 123 457", "1971-03-12", "patient765432@bench.test")


def fill(rows: int) -> Figures:
    places = LocationFactory.create_batch(PLACES)
    StaffFactory(location=places[0], role=Role.DESK.value, user__email="front_desk@bench.test")
    given = {
        "rows": rows,
        "now": datetime.now(UTC),
        "places": [place.pk for place in places],
        "given": list(GIVEN["female"]),
        "givens": len(GIVEN["female"]),
        "family": list(FAMILY),
        "families": len(FAMILY),
    }
    address = os.environ["SUPERUSER_DATABASE_URL"]
    with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
        owner.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        for statement in blanks():
            owner.execute(statement)
        owner.execute(PEOPLE.encode(), given)
        owner.execute("VACUUM ANALYZE")
    return {"rows": rows}


def search() -> Figures:
    """The slowest of the ways to ask, as the desk of one place; and the page that it stands on."""
    desk = User.objects.get(email="front_desk@bench.test")
    token = issue_token(user=desk)
    with scope.of(scope.staff(desk.pk, Role.DESK.value)):
        ways = {words: partial(lambda words: best(patients_for(desk), words, SHOWN), words) for words in ASKED}
        took = {words: middle(way, ROUNDS // 3) for words, way in ways.items()}
        found = {words: len(way()) for words, way in ways.items()}
    api = APIClient(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Token {token}"})
    page = middle(lambda: api.get("/api/v1/patients/", {"q": ASKED[0]}), ROUNDS // 3)
    slowest = max(took, key=lambda words: took[words])
    return {"seconds": took[slowest], "slowest": slowest, "page": page, "each": took, "found": found}


if __name__ == "__main__":
    with scope.whole():
        print(json.dumps(fill(int(sys.argv[2])) if sys.argv[1] == "fill" else search()))
