"""Two hundred planted errors over HTTP: none is accepted, and their two hundred right twins are (D34 to D56).

The tests take some of every kind, always the same; the proof takes all.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Patient
from tests.scheduling.planted.errors import ALL, Planted
from tests.scheduling.planted.scene import EXCUSE, STAGES, Scene, nothing_kept, set_scene
from tests.sizes import size

Api = Callable[[User | None], APIClient]


def test_there_are_two_hundred_of_at_least_fifteen_kinds_and_none_is_the_rule():
    kinds = Counter(each.kind for each in ALL)
    assert len(ALL) == 200
    assert len(kinds) >= 15
    assert max(kinds.values()) <= 20


def tried() -> dict[int, Planted]:
    """number -> planted error: the first, the fifth, the ninth … of each kind, or all."""
    places: Counter[str] = Counter()
    found = {}
    for number, each in enumerate(ALL):
        if places[each.kind] % size(4, in_proof=1) == 0:
            found[number] = each
        places[each.kind] += 1
    return found


@pytest.fixture
def scene(
    request: pytest.FixtureRequest, at_ten: None, clinic: Location, patient: Patient, practitioner: User,
    colleague: User, desk: User, director: User, api_of: Api,
) -> Scene:  # fmt: skip
    people = {"doctor": practitioner, "colleague": colleague, "desk": desk, "director": director}
    return set_scene(request.param, clinic=clinic, patient=patient, api_of=api_of, **people)


def told(answer: Any) -> set[str]:
    """Everything that a refusal names: codes of reasons, fields and their codes."""
    body = answer.json()
    errors = body.get("errors", ())
    return {each["code"] for each in body.get("reasons", ())} | {each["field"] for each in errors}


def is_refused(planted: Planted, scene: Scene) -> str:
    """Empty, or what is wrong with how the error was answered."""
    answer = planted.wrong(scene)
    if answer.status_code < 400:
        return "was accepted"
    if answer.status_code >= 500 or (planted.says and planted.says not in told(answer)):
        return f"{answer.status_code}: {sorted(told(answer))}"
    return ""


def is_accepted(planted: Planted, scene: Scene) -> str:
    answer = planted.right(scene)
    return "" if answer.status_code < 300 else f"{answer.status_code}: {answer.content.decode()[:600]}"


@pytest.mark.django_db
@pytest.mark.parametrize("scene", STAGES, indirect=True)
def test_no_error_is_accepted_and_no_right_twin_refused(scene: Scene, request: pytest.FixtureRequest):
    stage, found = request.node.callspec.params["scene"], []
    for number, planted in tried().items():
        for judge in (is_refused, is_accepted) if planted.stage == stage else ():
            before = scene.now
            with nothing_kept():
                if wrong := judge(planted, scene):
                    found.append(f"{number} {planted.kind} ({planted.says}): {wrong}")
            scene.now = before
    assert not found, "\n".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("scene", ["here"], indirect=True)
def test_what_may_be_overridden_leaves_its_reason_in_the_trail(scene: Scene):
    """The early limit, a higher concentration and the clinic's maximum, by a prescriber (D56)."""
    scene.window(early=6, floor=7).label(0, most_per_session="1").with_mix(
        vitamins="2.5", organic_silicon="1.5"
    ).stronger()
    assert scene.start(over_maximum_reason="", early_reason=EXCUSE).status_code == 422
    assert scene.start(over_maximum_reason=EXCUSE, early_reason="").status_code == 422
    assert scene.start().status_code == 200
    trail = {
        "patients.FindingDecisionEvent": "reason",
        "scheduling.DeviationEvent": "reason",
        "scheduling.DrawnUpEvent": "reason",
    }
    assert [name for name, field in trail.items() if not apps.get_model(name).objects.filter(**{field: EXCUSE})] == []
