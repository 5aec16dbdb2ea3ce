"""The catalogue's files reach the database once, in full or not at all, and never over a clinic's own decision."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from clinic.models import User
from protocols.actions.catalogue import CATALOGUE, load_catalogue
from protocols.actions.load_protocols import write_draft
from protocols.actions.rules import make_change, tightening
from protocols.models import Fact, IntakeQuestion, Phase, Protocol, ProtocolVersion, ScreeningRule, TreatmentArea
from protocols.schema import CatalogueError

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
LATER = datetime(2026, 8, 4, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path: Path, catalogue: None) -> Path:
    """A copy of the catalogue's files to change."""
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def edit(files: Path, name: str, old: str, new: str) -> None:
    text = (files / name).read_text(encoding="utf-8")
    assert old in text
    (files / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def publish(version: ProtocolVersion) -> None:
    version.protocol.versions.filter(status="active").update(status="retired")
    version.status, version.published_at = "active", NOW
    version.save()


def test_everything_is_there_after_one_load(catalogue: None) -> None:
    assert Fact.objects.filter(kind="fact").count() == 374
    assert Fact.objects.filter(kind="contradiction").count() == 51
    assert set(Protocol.objects.values_list("code", flat=True)) == {
        "P01", "P02", "P03", "P04", "P05", "P06-A", "P06-B", "P07", "P08",
    }  # fmt: skip
    assert set(ProtocolVersion.objects.values_list("status", flat=True)) == {"active"}


def test_the_body_course_is_six_to_eight_sessions_fifteen_days_apart_then_every_four_months(catalogue: None) -> None:
    course, upkeep = Phase.objects.filter(version__protocol__code="P07")
    assert (course.sessions_min, course.sessions_max, course.floor, course.unit) == (6, 8, 15, "day")
    assert (course.latest_plus_days, course.early_limit_days) == (7, 14)
    assert (upkeep.kind, upkeep.floor, upkeep.unit) == ("maintenance", 4, "month")


def test_a_second_load_changes_nothing(catalogue: None) -> None:
    assert load_catalogue(now=NOW).lines == []


def test_the_breast_is_there_and_not_selectable_with_a_reason(catalogue: None) -> None:
    breast = TreatmentArea.objects.get(code="breast")
    assert not breast.selectable
    assert breast.reason
    with pytest.raises(IntegrityError, match="area_breast_never_selectable"), transaction.atomic():
        TreatmentArea.objects.filter(code="breast").update(selectable=True)


def test_a_changed_protocol_becomes_a_draft_beside_the_running_version(files: Path) -> None:
    edit(files, "protocols.yaml", "name: Six monthly sessions", "name: Six sessions, a month apart")
    assert load_catalogue(now=NOW, path=files).lines == ["protocol P01: draft added"]
    draft, active = ProtocolVersion.objects.filter(protocol__code="P01")
    assert (draft.status, active.status) == ("draft", "active")
    assert active.phases.get(order=1).name == "Six monthly sessions"


def test_what_a_clinic_published_stays_in_force_whatever_the_files_say(files: Path) -> None:
    protocol = Protocol.objects.get(code="P07")
    ours = write_draft(protocol=protocol, definition=protocol.versions.get().definition, origin="clinic", note="ours")
    publish(ours)
    edit(files, "protocols.yaml", "name: Six monthly sessions", "name: Renamed")
    load_catalogue(now=NOW, path=files)
    assert protocol.versions.get(status="active") == ours


def test_a_changed_rule_is_a_new_version_and_the_old_one_ends(files: Path) -> None:
    edit(files, "rules.yaml", "message: Leukaemia, now or in the past", "message: Leukaemia at any time")
    assert load_catalogue(now=NOW, path=files).lines == ["screening rule leukaemia: new version"]
    old, new = ScreeningRule.objects.filter(code="leukaemia")
    assert (old.active_until, new.active_until, new.version) == (NOW, None, 2)


def test_a_rule_the_director_tightened_is_not_overwritten(files: Path) -> None:
    ScreeningRule.objects.filter(code="leukaemia").update(origin="clinic")
    edit(files, "rules.yaml", "message: Leukaemia, now or in the past", "message: Leukaemia at any time")
    assert load_catalogue(now=NOW, path=files).lines == []


@pytest.fixture
def tighten(director: User) -> Callable[..., ScreeningRule]:
    """The director writes a rule anew: `tighten("cough", effect="blocks")`."""

    def change(code: str, **parts: object) -> ScreeningRule:
        definition = ScreeningRule.objects.get(code=code, active_until=None).definition
        proposed = tightening(code=code, definition={**definition, **parts})
        return make_change(change=proposed, reason="Ours.", by=director, now=NOW)

    return change


def without_aspirin_for(days: int) -> dict[str, object]:
    return {"kind": "washout", "question": "aspirin_last_dose", "days": days}


def in_force(code: str) -> ScreeningRule:
    return ScreeningRule.objects.get(code=code, active_until=None)


@pytest.mark.parametrize("days", [21, 30])
def test_a_clinics_rule_stands_while_the_newer_catalogue_is_not_stricter(
    files: Path, tighten: Callable[..., ScreeningRule], days: int
) -> None:
    ours = tighten("aspirin", when=without_aspirin_for(days))
    edit(files, "rules.yaml", "aspirin_last_dose, days: 14", "aspirin_last_dose, days: 21")
    assert load_catalogue(now=LATER, path=files).lines == []
    assert in_force("aspirin") == ours


def test_a_stricter_newer_catalogue_takes_effect_over_a_clinics_rule_and_says_so(
    files: Path, tighten: Callable[..., ScreeningRule]
) -> None:
    ours = tighten("aspirin", when=without_aspirin_for(21))
    edit(files, "rules.yaml", "aspirin_last_dose, days: 14", "aspirin_last_dose, days: 28")
    (line,) = load_catalogue(now=LATER, path=files).lines
    assert line.startswith("screening rule aspirin: new version, stricter than the clinic's in when; ")
    assert line.endswith("the clinic's version 2 is in the history")
    theirs = in_force("aspirin")
    assert (theirs.version, theirs.origin, theirs.active_from) == (3, "catalogue", LATER)
    assert theirs.definition["when"]["days"] == 28
    ours.refresh_from_db()
    assert (ours.active_until, ours.reason) == (LATER, "Ours.")
    assert load_catalogue(now=LATER, path=files).lines == []


def test_where_both_are_stricter_in_something_neither_gives_way(
    files: Path, tighten: Callable[..., ScreeningRule], director: User
) -> None:
    tighten("aspirin", effect="blocks")
    edit(files, "rules.yaml", "aspirin_last_dose, days: 14", "aspirin_last_dose, days: 28")
    (line,) = load_catalogue(now=LATER, path=files).lines
    assert line.startswith("screening rule aspirin: new version, stricter than the clinic's in when; ")
    assert line.endswith("what the clinic tightened goes on as clinic-1")
    theirs, ours = in_force("aspirin"), in_force("clinic-1")
    assert (theirs.effect, theirs.definition["when"]["days"]) == ("deferred", 28)
    assert (ours.effect, ours.definition["when"]["days"], ours.published_by) == ("blocks", 14, director)
    assert load_catalogue(now=LATER, path=files).lines == []


def test_another_citation_alone_does_not_undo_what_the_clinic_tightened(
    files: Path, tighten: Callable[..., ScreeningRule]
) -> None:
    ours = tighten("leukaemia", message="Ours.")
    edit(files, "rules.yaml", "cites: [F172, D10]", "cites: [F172, D10, D15]")
    load_catalogue(now=LATER, path=files)
    assert in_force("leukaemia") == ours


def test_a_question_the_files_no_longer_have_is_retired_not_deleted(files: Path) -> None:
    IntakeQuestion.objects.create(link_id="gone", text="?", type="boolean", topic="x", active=True)
    assert load_catalogue(now=NOW, path=files).lines == ["intake question gone: retired"]
    assert not IntakeQuestion.objects.get(link_id="gone").active


def test_a_malformed_file_names_file_entry_and_field_and_loads_nothing(files: Path) -> None:
    edit(files, "protocols.yaml", "needs_confirmation: true", "needs_confirmation: perhaps")
    edit(files, "rules.yaml", "message: Leukaemia, now or in the past", "message: Leukaemia at any time")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(now=NOW, path=files)
    (problem,) = caught.value.problems
    assert (problem.file, problem.entry, problem.field) == ("protocols.yaml", "P01", "needs_confirmation")
    assert ScreeningRule.objects.filter(code="leukaemia").count() == 1


def test_the_command_says_what_is_wrong(files: Path) -> None:
    edit(files, "areas.yaml", "region: body", "region: elbow")
    with pytest.raises(CommandError, match=r"nothing was loaded:\nareas\.yaml"):
        call_command("load_catalogue", path=files)


@pytest.mark.parametrize("change", [{"note": "changed"}, {"number": 7}, {"status": "draft"}])
def test_a_published_version_never_changes(catalogue: None, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        ProtocolVersion.objects.filter(protocol__code="P07").update(**change)


def test_a_published_version_may_retire_and_nothing_else_changes_with_it(catalogue: None) -> None:
    versions = ProtocolVersion.objects.filter(protocol__code="P07")
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        versions.update(status="retired", note="and more")
    versions.update(status="retired")
    assert versions.get().status == "retired"


def test_the_phases_of_a_published_version_never_change(catalogue: None) -> None:
    phase = Phase.objects.filter(version__protocol__code="P07").first()
    assert phase is not None
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        Phase.objects.filter(pk=phase.pk).update(floor=7)
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        phase.delete()
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        Phase.objects.create(version=phase.version, order=9, kind="induction")


def test_a_published_version_is_never_deleted(catalogue: None) -> None:
    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        ProtocolVersion.objects.filter(protocol__code="P07").delete()


def test_one_protocol_has_one_active_version(catalogue: None) -> None:
    protocol = Protocol.objects.get(code="P07")
    draft = write_draft(protocol=protocol, definition=protocol.versions.get().definition, origin="clinic")
    with pytest.raises(IntegrityError, match="protocol_one_active_version"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=draft.pk).update(status="active", published_at=NOW)
