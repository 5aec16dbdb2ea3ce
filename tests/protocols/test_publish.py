"""A protocol changes only by a new version: drafted, checked, published with a reason, and frozen."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic.base.refusals import BadInput, Conflict, Refusal, Stale
from clinic.models import Location, User
from patients.models import Patient
from protocols.actions.catalogue import load_catalogue
from protocols.actions.publish import checked, discard_draft, new_draft, publish_version, save_draft, seen_of
from protocols.library.differences import differences
from protocols.models import Protocol, ProtocolVersion
from protocols.queries import outline_of
from tests.protocols.catalogue_files import edited
from tests.scheduling.course_steps import make_course

NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)

Phases = list[dict[str, Any]]


def protocol(code: str) -> Protocol:
    return Protocol.objects.get(code=code)


@pytest.fixture
def draft(director: User) -> ProtocolVersion:
    return new_draft(protocol=protocol("P07"), by=director)


def changed(draft: ProtocolVersion, change: Callable[[Phases], object]) -> Phases:
    phases: Phases = deepcopy(draft.definition["phases"])
    change(phases)
    return phases


def set_at(phases: Phases, path: str, value: object) -> None:
    place: Any = phases
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("-")]
    for step in steps:
        place = place[step]
    place[last] = value


def to_fourteen(phases: Phases) -> None:
    for name in ("floor", "ideal", "latest"):
        phases[0]["interval"][name] = 14


def refusal_of(action: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        action()
    return caught.value


# --- drafting ---------------------------------------------------------------------------------------------------------


def test_a_draft_begins_as_the_version_in_force(draft: ProtocolVersion) -> None:
    active = protocol("P07").versions.get(status="active")
    assert (draft.status, draft.origin, draft.number) == ("draft", "clinic", active.number + 1)
    assert differences(active, draft) == []


def test_the_clinic_works_on_one_draft_of_a_protocol_at_a_time(draft: ProtocolVersion, director: User) -> None:
    with pytest.raises(Conflict):
        new_draft(protocol=draft.protocol, by=director)
    assert draft.protocol.versions.count() == 2


def test_an_edited_draft_is_what_a_schedule_would_be_made_from(draft: ProtocolVersion, director: User) -> None:
    save_draft(draft=draft, phases=changed(draft, to_fourteen), by=director)
    draft.refresh_from_db()
    phase = outline_of(draft).phases[0]
    assert phase.interval is not None
    assert (phase.interval.floor.days, phase.interval.latest.days) == (14, 21)


def test_who_edited_a_draft_is_on_record(draft: ProtocolVersion, director: User) -> None:
    save_draft(draft=draft, phases=changed(draft, to_fourteen), by=director)
    event = draft.events.order_by("-pgh_id").first()
    assert event.definition["phases"][0]["interval"]["floor"] == 14
    assert event.pgh_context.metadata["user"] == director.pk


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("0-sessions-min", 0),
        ("0-interval-floor", 0),
        ("0-interval-early_limit_days", 0),
        ("0-interval-unit", "year"),
        ("0-interval-latest_plus_days", -1),
        ("0-chair_minutes-min", 14),
        ("0-chair_minutes-max", 61),
        ("0-late_policy", "never"),
        ("0-review_after", 9),  # of eight sessions
        ("0-interval-early_limit_days", 16),  # later than the earliest day
        ("1-interval-early_limit_days", 113),  # four months are at least 112 days
        ("0-chair_minutes-min", 19),  # the body has 20 (D33)
        ("1-name", ""),
    ],
)
def test_what_cannot_be_is_named_at_its_field_and_nothing_is_saved(
    draft: ProtocolVersion, director: User, path: str, value: object
) -> None:
    phases = changed(draft, lambda phases: set_at(phases, path, value))
    refused = refusal_of(lambda: save_draft(draft=draft, phases=phases, by=director))
    assert isinstance(refused, BadInput)
    assert [error.field for error in refused.errors] == [f"phases-{path}"]
    draft.refresh_from_db()
    assert draft.definition["phases"][0]["interval"]["floor"] == 15


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("0-sessions-max", 5, "phases-0-sessions-max"),  # fewer than the fewest
        ("0-interval-floor", 16, "phases-0-interval-ideal"),  # later than the ideal
        ("0-chair_minutes-default", 61, "phases-0-chair_minutes-default"),
    ],
)
def test_numbers_that_do_not_go_together_are_shown_where_they_can_be_mended(
    draft: ProtocolVersion, director: User, path: str, value: object, field: str
) -> None:
    phases = changed(draft, lambda phases: set_at(phases, path, value))
    refused = refusal_of(lambda: save_draft(draft=draft, phases=phases, by=director))
    assert [error.field for error in refused.errors] == [field]


def test_d33_a_face_course_may_be_shorter_than_one_of_the_body(director: User) -> None:
    draft = new_draft(protocol=protocol("P06-B"), by=director)
    phases = changed(draft, lambda phases: set_at(phases, "0-chair_minutes-default", 15))
    assert save_draft(draft=draft, phases=phases, by=director).phases.get(order=1).chair_minutes == 15


def test_the_bounds_hold_for_the_intervals_of_another_choice_too(director: User) -> None:
    draft = new_draft(protocol=protocol("P06-A"), by=director)
    phases = changed(draft, lambda phases: set_at(phases, "0-alternatives-0-interval-early_limit_days", 8))
    refused = refusal_of(lambda: save_draft(draft=draft, phases=phases, by=director))
    assert [error.field for error in refused.errors] == ["phases-0-alternatives-0-interval-early_limit_days"]


def test_a_draft_somebody_else_edited_is_not_overwritten(draft: ProtocolVersion, director: User) -> None:
    seen = seen_of(draft)
    save_draft(draft=draft, phases=changed(draft, to_fourteen), by=director, seen=seen)
    with pytest.raises(Stale):
        save_draft(draft=draft, phases=draft.definition["phases"], by=director, seen=seen)


def test_every_protocol_of_the_catalogue_passes_the_checks(catalogue: None) -> None:
    for version in ProtocolVersion.objects.all():
        assert checked(version.definition) == version.definition


# --- publishing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(draft: ProtocolVersion, director: User) -> ProtocolVersion:
    return save_draft(draft=draft, phases=changed(draft, to_fourteen), by=director)


def test_a_published_draft_is_in_force_signed_and_the_old_version_retires(
    ready: ProtocolVersion, director: User
) -> None:
    publish_version(draft=ready, reason="A fortnight suits our calendar.", by=director, now=NOW)
    old, new = protocol("P07").versions.order_by("number")
    assert (old.status, new.status) == ("retired", "active")
    assert (new.published_by, new.published_at, new.note) == (director, NOW, "A fortnight suits our calendar.")


def test_a_running_course_stays_with_the_version_it_began_with(
    ready: ProtocolVersion, director: User, clinic: Location, patient: Patient
) -> None:
    course = make_course(patient, clinic, director, "P07", status="active")
    publish_version(draft=ready, reason="Shorter.", by=director, now=NOW)
    course.refresh_from_db()
    assert course.protocol_version.number == 1
    assert course.protocol_version.phases.get(order=1).floor == 15


def test_a_version_is_frozen_once_it_is_published(ready: ProtocolVersion, director: User) -> None:
    publish_version(draft=ready, reason="Shorter.", by=director, now=NOW)
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        ready.phases.update(floor=7)
    with pytest.raises(Conflict):
        save_draft(draft=ready, phases=ready.definition["phases"], by=director)


def test_a_version_is_published_for_a_reason(ready: ProtocolVersion, director: User) -> None:
    refused = refusal_of(lambda: publish_version(draft=ready, reason="  ", by=director))
    assert [error.field for error in refused.errors] == ["reason"]
    assert protocol("P07").versions.get(status="active").number == 1


def test_a_draft_that_changes_nothing_is_not_published(draft: ProtocolVersion, director: User) -> None:
    with pytest.raises(Conflict):
        publish_version(draft=draft, reason="Because.", by=director)


def test_what_is_published_is_what_the_director_saw(draft: ProtocolVersion, director: User) -> None:
    seen = seen_of(draft)
    save_draft(draft=draft, phases=changed(draft, to_fourteen), by=director)
    with pytest.raises(Stale):
        publish_version(draft=draft, reason="Because.", by=director, seen=seen)


# --- discarding, and what the catalogue brings ------------------------------------------------------------------------


def test_a_discarded_draft_stays_on_record_and_makes_room_for_another(draft: ProtocolVersion, director: User) -> None:
    discard_draft(draft=draft, reason="Too tight.", by=director)
    draft.refresh_from_db()
    assert (draft.status, draft.note) == ("discarded", "Too tight.")
    assert new_draft(protocol=draft.protocol, by=director).number == 3


def test_a_discarded_draft_never_changes_again(draft: ProtocolVersion, director: User) -> None:
    discard_draft(draft=draft, reason="Too tight.", by=director)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=draft.pk).update(status="draft")
    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=draft.pk).delete()


@pytest.fixture
def brought(catalogue: None, tmp_path: Path) -> tuple[ProtocolVersion, Path]:
    """A draft that a newer catalogue added, and the folder of that catalogue."""
    files = edited(tmp_path, "protocols.yaml", "name: Six to eight sessions, 15 days apart", "name: Six to eight")
    load_catalogue(now=NOW, path=files)
    return protocol("P07").versions.get(status="draft"), files


def test_a_draft_of_the_catalogue_is_published_the_same_way(
    brought: tuple[ProtocolVersion, Path], director: User
) -> None:
    draft, _files = brought
    publish_version(draft=draft, reason="As the catalogue says.", by=director, now=NOW)
    assert protocol("P07").versions.get(status="active").phases.get(order=1).name == "Six to eight"


def test_a_discarded_draft_of_the_catalogue_does_not_come_back(
    brought: tuple[ProtocolVersion, Path], director: User
) -> None:
    draft, files = brought
    discard_draft(draft=draft, reason="The longer name is clearer.", by=director)
    assert load_catalogue(now=NOW, path=files).lines == []
    assert not protocol("P07").versions.filter(status="draft").exists()


def test_the_catalogue_and_the_clinic_may_each_have_a_draft(
    brought: tuple[ProtocolVersion, Path], director: User
) -> None:
    new_draft(protocol=protocol("P07"), by=director)
    assert set(protocol("P07").versions.filter(status="draft").values_list("origin", flat=True)) == {
        "catalogue",
        "clinic",
    }


# --- what a version changes, in words ---------------------------------------------------------------------------------


def test_a_difference_says_where_what_before_and_after(ready: ProtocolVersion) -> None:
    active = protocol("P07").versions.get(status="active")
    told = [(each.where, each.what, each.before, each.after) for each in differences(active, ready)]
    assert told == [
        ("Phase 1, course", "Earliest", "15 days", "14 days"),
        ("Phase 1, course", "Ideal", "15 days", "14 days"),
        ("Phase 1, course", "Latest", "15 days and 7 days", "14 days and 7 days"),
    ]


def test_a_phase_that_is_added_is_told_as_a_whole(director: User) -> None:
    p03, p07 = (protocol(code).versions.get(status="active") for code in ("P03", "P07"))
    told = [each for each in differences(p03, p07) if each.what == "Phase"]
    assert [(each.before, each.after) for each in told] == [
        ("", "Upkeep every four months. As long as wanted, 4 months apart.")
    ]


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("0-sessions-max", 9, "Sessions"),
        ("0-interval-early_limit_days", 13, "Early limit"),
        ("0-chair_minutes-max", 45, "In the chair"),
        ("0-late_policy", "add_session", "When a session is late"),
        ("0-review_after", None, "Review"),
        ("1-joint", "larger", "Before its first session"),
        ("1-name", "Upkeep", "Name"),
    ],
)
def test_each_part_of_a_phase_shows_in_the_diff(
    draft: ProtocolVersion, director: User, path: str, value: object, what: str
) -> None:
    phases = changed(draft, lambda phases: set_at(phases, path, value))
    saved = save_draft(draft=draft, phases=phases, by=director)
    active = protocol("P07").versions.get(status="active")
    assert [each.what for each in differences(active, saved)] == [what]


def test_other_intervals_of_a_phase_show_in_the_diff(director: User) -> None:
    draft = new_draft(protocol=protocol("P06-A"), by=director)
    phases = changed(draft, lambda phases: set_at(phases, "0-alternatives-0-interval-latest", 10))
    saved = save_draft(draft=draft, phases=phases, by=director)
    active = protocol("P06-A").versions.get(status="active")
    assert [each.what for each in differences(active, saved)] == ["Other intervals"]
