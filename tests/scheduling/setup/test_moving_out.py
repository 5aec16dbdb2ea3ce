"""Everything is written into one archive, fetched while it lasts, and read back into an empty clinic."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic.base import scope
from clinic.base.refusals import Conflict
from clinic.models import Location, User
from patients.models import Patient, Photo
from protocols.actions.catalogue import load_catalogue
from scheduling.models import Export, Message, Practitioner
from scheduling.setup import archive
from scheduling.setup.actions import exporting
from scheduling.setup.actions.hours import Stretch
from scheduling.setup.actions.moving_back import summed
from scheduling.setup.actions.seasons import set_season
from tests.databases import LOADED_AT
from tests.elsewhere import open_lisboa
from tests.factories import NOW, TODAY, PatientFactory, StaffFactory, aventino
from tests.test_rows import filled, lead_to_a_patient

GOOD_FOR = exporting.GOOD_FOR


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def full(transactional_db: None, catalogue: None, media: Path) -> Iterator[Path]:
    """The archive of a clinic with two places, one of everything and a picture."""
    with time_machine.travel(NOW, tick=False), scope.whole():
        aventino()
        lisboa = open_lisboa()
        for model in lead_to_a_patient().values():
            if not model._default_manager.exists() and not model._meta.auto_created:
                filled(model, lisboa)
        PatientFactory(given_name="=cmd()", family_name='Rossi\n\'; "quoted"', needs=["lift"])
        director = StaffFactory(role="medical_director", everywhere=True).user
        director.set_password("a long password of mine")
        director.save()
        person = Practitioner.objects.earliest("pk")
        week, days = [Stretch(0, time(9), time(13))], {"valid_from": TODAY, "valid_until": TODAY + timedelta(days=30)}
        set_season(practitioner=person, location=person.staff.location, week=week, by=director, **days)
        picture = media / Photo.objects.get().file.name
        picture.parent.mkdir(parents=True)
        picture.write_bytes(b"a picture")
        row = exporting.ask_export(reason="We move", by=director)
        exporting.run_export(export_id=row.pk)
        row.refresh_from_db()
        assert row.status == "ready"
        kept = media.parent / "kept.zip"
        kept.write_bytes(Path(row.file.path).read_bytes())
        picture.unlink()
    return kept


def emptied() -> None:
    """As after `manage.py prepare`: tables and catalogue, and nobody."""
    tables = ", ".join(f'"{name}"' for name in connection.introspection.django_table_names(only_existing=True))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    load_catalogue(now=LOADED_AT)


def sums() -> dict[str, Any]:
    with scope.whole():
        return {table.name: summed(table) for table in archive.tables()}


def test_what_was_moved_out_comes_back_into_an_empty_clinic_row_by_row(
    full: Path, media: Path, capsys: pytest.CaptureFixture[str]
):
    before = sums()
    empty = {name for name, each in before.items() if not each["rows"]}
    assert empty == {"clinic_post", "protocols_combination", "protocols_policy", "scheduling_todomark"}
    with pytest.raises(CommandError, match="not empty"):
        call_command("move_in", full)
    emptied()
    call_command("move_in", full)
    assert sums() == before
    with scope.whole():
        assert Patient.objects.get(given_name="=cmd()").needs == ["lift"]
        assert Photo.objects.get().file.read() == b"a picture"
        assert not User.objects.exclude(password="!").exists(), "no sign-in secret comes along"
        new = PatientFactory()
        assert new.pk > max(Patient.objects.exclude(pk=new.pk).values_list("pk", flat=True)), "numbers go on"
        assert Message.objects.exists()
    said = capsys.readouterr().out
    assert "Left behind: " in said
    assert "clinic_apitoken (tokens)" in said


def test_an_archive_holds_csv_that_no_spreadsheet_runs_json_and_a_list_of_what_it_lacks(full: Path):
    with zipfile.ZipFile(full) as zipped:
        names = zipped.namelist()
        manifest = json.loads(zipped.read("manifest.json"))
        people = list(csv.DictReader(io.StringIO(zipped.read("csv/patients_patient.csv").decode("utf-8-sig"))))
        assert "'=cmd()" in {row["given_name"] for row in people}
        assert 'Rossi\n\'; "quoted"' in {row["family_name"] for row in people}
        assert "calendar_digest" not in people[0]
        users = zipped.read("json/clinic_user.jsonl").decode()
        assert len(users.splitlines()) == manifest["tables"]["clinic_user"]["rows"]
        assert "password" not in users
    assert not [name for name in names for left in archive.stays() if name == f"json/{left}.jsonl"]
    assert manifest["left_behind"] == archive.stays()
    assert [name for name in names if name.startswith("files/")] == ["files/photos/none.jpg"]


def test_an_archive_that_was_changed_or_is_of_another_version_is_not_read_in(full: Path, tmp_path: Path):
    def changed(name: str, what: Callable[[bytes], bytes]) -> Path:
        made = tmp_path / "changed.zip"
        with zipfile.ZipFile(full) as old, zipfile.ZipFile(made, "w") as new:
            for each in old.namelist():
                new.writestr(each, what(old.read(each)) if each == name else old.read(each))
        return made

    emptied()
    for name, old, new, words in (
        ("json/patients_patient.jsonl", b"Zagalo", b"Zagalu", "patients_patient"),
        ("manifest.json", b'"format": 1', b'"format": 2', "another format"),
        ("manifest.json", b'"scheduling": "', b'"scheduling": "9', "another version"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("move_in", changed(name, lambda text, old=old, new=new: text.replace(old, new)))
        with scope.whole():
            assert not Patient.objects.exists()
    (tmp_path / "no.zip").write_bytes(b"no archive")
    with pytest.raises(CommandError):
        call_command("move_in", tmp_path / "no.zip")


def test_every_table_is_moved_or_stays_for_a_reason():
    with_files = {table.name: table.files for table in archive.tables() if table.files}
    assert with_files == {"patients_photo": ("file",)}
    known = {table.name for table in archive.tables()} | archive.stays().keys()
    assert known >= {model._meta.db_table for model in archive.models()}
    assert set(archive.stays().values()) == {"history", "sign-in secrets", "tokens", "job state"}


# --- at the director's page -----------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestAtThePage:
    def test_it_is_asked_for_with_a_reason_told_to_directors_and_written_once(
        self, director: User, browser_of: Callable[..., Client], mailoutbox: list[Any],
        django_capture_on_commit_callbacks: Any,
    ):  # fmt: skip
        browser, page = browser_of(director), reverse("settings:moving")
        assert browser.post(page, {"do": "out", "reason": " "}).status_code == 422
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(page, {"do": "out", "reason": "We move"})
        assert [(letter.to, "We move" in letter.body) for letter in mailoutbox] == [([director.email], True)]
        again = browser.post(page, {"do": "out", "reason": "We move"})
        assert "being written already" in again.content.decode()
        assert Export.objects.count() == 1

    def test_who_fetched_it_is_in_the_trail_until_it_expires(
        self, director: User, browser_of: Callable[..., Client], media: Path
    ):
        (media / "exports").mkdir(parents=True)
        (media / "exports/a.zip").write_bytes(b"all")
        now = NOW
        with time_machine.travel(now, tick=False):
            given = {"requested_by": director, "requested_at": now, "status": "ready", "file": "exports/a.zip"}
            row = Export.objects.create(reason="We move", expires_at=now + GOOD_FOR, size=3, **given)
            browser, where = browser_of(director), reverse("settings:export", args=[row.pk])
            assert browser.get(where).status_code == 405
            answer = browser.post(where)
            assert b"".join(answer.streaming_content) == b"all"
        event = Export.pgh_event_model.objects.filter(pgh_obj=row).latest("pgh_id")
        assert (event.fetched_by, event.pgh_context.metadata["user"]) == (director, director.pk)
        with time_machine.travel(now + GOOD_FOR, tick=False):
            with pytest.raises(Conflict):
                exporting.note_fetched(export=row, by=director)
            exporting.sweep_exports()
        assert not (media / "exports/a.zip").exists()

    def test_only_who_directs_every_place_may(self, director: User, browser_of: Callable[..., Client]):
        Location.objects.create(name="Lisboa", observation_minutes=15)
        browser, page = browser_of(director), reverse("settings:moving")
        assert "Moving out" not in browser.get(page).content.decode()
        assert browser.post(page, {"do": "out", "reason": "We move"}).status_code == 403
        row = Export.objects.create(reason="We move", requested_by=director, requested_at=NOW - timedelta(days=1))
        assert browser.post(reverse("settings:export", args=[row.pk])).status_code == 404
