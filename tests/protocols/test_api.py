"""The catalogue over HTTP: everything the course form needs to choose from."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from clinic.models import User

LISTS = ["areas", "indications", "substances", "techniques", "delivery-devices", "protocols"]
Caller = Callable[[User | None], APIClient]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_closed_to_strangers_and_open_to_the_desk(api_of: Caller, desk: User, name: str) -> None:
    assert api_of(None).get(f"/api/v1/{name}/").status_code == 401
    answer = api_of(desk).get(f"/api/v1/{name}/")
    assert answer.status_code == 200
    assert all(row["code"] and row["name"] for row in answer.json()["results"])


def test_the_breast_is_listed_as_not_selectable_with_the_reason(api_of: Caller, desk: User) -> None:
    areas = {row["code"]: row for row in api_of(desk).get("/api/v1/areas/").json()["results"]}
    assert areas["breast"]["selectable"] is False
    assert areas["breast"]["reason"]
    assert areas["abdomen"]["selectable"] is True
    assert areas["inner_thigh"]["parent"] == "thigh"


def test_a_protocol_says_its_phases_in_literal_units(api_of: Caller, practitioner: User) -> None:
    protocol = api_of(practitioner).get("/api/v1/protocols/P07/").json()
    course, upkeep = protocol["phases"]
    assert (protocol["code"], protocol["version"], protocol["sources"]) == ("P07", 1, ["004"])
    assert course["sessions"] == {"min": 6, "max": 8}
    assert course["interval"] == {
        "early_limit": 14, "floor": 15, "ideal": 15, "latest": 15, "latest_plus_days": 7, "unit": "day",
    }  # fmt: skip
    assert (upkeep["kind"], upkeep["interval"]["floor"], upkeep["interval"]["unit"]) == ("maintenance", 4, "month")


def test_what_a_protocol_asks_of_the_practitioner_is_said(api_of: Caller, practitioner: User) -> None:
    protocols = {row["code"]: row for row in api_of(practitioner).get("/api/v1/protocols/").json()["results"]}
    assert len(protocols) == 9
    assert protocols["P01"]["needs_confirmation"]
    assert protocols["P04"]["needs_counts"]
    assert protocols["P04"]["phases"][0]["interval"] is None
    assert protocols["P02"]["maintenance_choices"] == [12, 6]


def test_an_indication_says_which_areas_it_is_treated_in(api_of: Caller, practitioner: User) -> None:
    rows = {
        row["code"]: row for row in api_of(practitioner).get("/api/v1/indications/?page_size=200").json()["results"]
    }
    assert rows["alopecia"]["areas"] == ["scalp"]
    assert "scalp" not in rows["cellulite"]["areas"]


def test_a_protocol_says_which_pairs_of_area_and_indication_it_allows(api_of: Caller, practitioner: User) -> None:
    rows = api_of(practitioner).get("/api/v1/protocols/").json()["results"]
    pairs = {row["code"]: {(each["area"], each["indication"]) for each in row["pairs"]} for row in rows}
    assert all(pairs.values()), "there is something to plan with every protocol"
    assert ("thigh", "cellulite") in pairs["P07"]
    assert not any(area == "breast" for each in pairs.values() for area, _indication in each)
    assert not any(indication == "alopecia" and area != "scalp" for each in pairs.values() for area, indication in each)


def test_an_unknown_protocol_is_not_found(api_of: Caller, desk: User) -> None:
    answer = api_of(desk).get("/api/v1/protocols/P99/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_few_queries_however_long(
    api_of: Caller, desk: User, django_assert_max_num_queries: Callable[[int], object], name: str
) -> None:
    most = 8 if name == "protocols" else 6  # where each indication is treated, and which fields the clinic offers
    with django_assert_max_num_queries(most):  # type: ignore[attr-defined]
        api_of(desk).get(f"/api/v1/{name}/")
