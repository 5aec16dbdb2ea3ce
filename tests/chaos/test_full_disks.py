"""The disk of the database, or of the files, is full for a while: reads go on, writes are refused, nothing is half
there. Needs the right to mount."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from clinic import embedded
from clinic.models import Location
from scheduling.messages.queries.mailbox import letters as files
from scheduling.models import Booking, Session
from tests import template
from tests.browser.clinic import People, open_clinic
from tests.chaos.caller import Answer, Caller
from tests.chaos.cases import consultations, fates, letters, settled
from tests.chaos.conftest import Told, through
from tests.chaos.faults import fault
from tests.chaos.postbox import postbox
from tests.chaos.scratch import run, scratch_database
from tests.databases import database_on
from tests.own_clinic import LONG
from tests.sizes import SEED, size
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.proof, pytest.mark.xdist_group("own clinic")]

MAILS = size(60, in_proof=600)
MEGABYTE = 1 << 20


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Nothing more fits on it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:  # until it says so; others write meanwhile
            file.write(bytes(MEGABYTE))
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def cramped(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, People, Path]]:
    """A clinic whose database has a disk of its own."""
    for folder in (tmp_path, *tmp_path.parents):  # one more of them beside another worker
        if folder.parent.is_relative_to(gettempdir()):
            folder.chmod(0o711)
    with small_disk(tmp_path / "disk", 1500) as disk:
        template.lay(disk)
        # A vacuum of the system tables lets the next connection write a file, which a full disk refuses it.
        with (disk / "servers" / "postgres" / "postgresql.conf").open("a") as settings:
            settings.write("autovacuum = off\n")
        with embedded.servers(disk) as servers:
            # The database that tests copy, itself: nobody else is on this server, and it goes with its disk.
            database = database_on(servers.urls.owner_database, template.NAME)
            folder = tmp_path_factory.mktemp("cramped")
            clinic = Stack(folder, database=database, redis=servers.urls.redis, blocker=django_db_blocker)
            try:
                clinic.prepare()
                with clinic.records():
                    people = open_clinic()
                    Location.objects.update(horizon_days=LONG)
                clinic.start("web")
                yield clinic, people, disk
            finally:
                clinic.close()


def refused(desk: Caller, wanted: list[dict[str, Any]]) -> Answer:
    """Book on until it is refused: a page of the table that is not full yet still takes a few."""
    answers = (desk("POST", "sessions/", each) for each in wanted)
    return next(answer for answer in answers if answer.status != 201)


@fault("F22")
def test_a_full_disk_refuses_writes_and_loses_nothing(cramped: tuple[Stack, People, Path], told: Told) -> None:
    house, people, disk = cramped
    desk = Caller.for_user(house, people.desk)
    with house.records():
        wanted = [each for day in range(5, 30) for each in consultations(people, 8, apart_minutes=60, days=day)]
        ids = letters(MAILS, "full@example.test")
    with postbox(pause=0.02) as (box, port):
        house.start_command("mail", "python manage.py dispatch --loop --every 0.2", through(port))
        until(lambda: len(box.to) > 5, "some have gone", house)
        assert desk("GET", "patients/?q=x").status == 200
        with full(disk):
            answer = refused(desk, wanted)
            assert (answer.status, "Retry-After" in answer.headers) == (503, True)
            assert desk("GET", "patients/?q=x").status == 200
            assert house.get("/healthz")[0] == 200
        assert desk("POST", "sessions/", wanted[-1]).status == 201
        until(lambda: settled(house, ids, "retry", "handed_off"), "all mail has gone", house, patience=90)
        with house.records():
            found = fates(ids)
            assert Session.objects.count() == Booking.objects.filter(active=True).count(), "nothing is half there"
    repeats = len(box.ids) - len(set(box.ids))
    assert len(set(box.ids)) + found["unknown"] >= MAILS
    assert repeats + found["unknown"] <= 2
    told(f"writes 503, reads 200, afterwards 201; of {MAILS} mails none is lost, {repeats} came twice")


@fault("F22", control=True)
def test_with_space_the_same_requests_are_answered(cramped: tuple[Stack, People, Path], told: Told) -> None:
    house, people, _disk = cramped
    desk = Caller.for_user(house, people.desk)
    with house.records():
        wanted = [each for day in range(5, 10) for each in consultations(people, 8, apart_minutes=60, days=day)]
    assert Counter(desk("POST", "sessions/", each).status for each in wanted) == {201: len(wanted)}
    told(f"with space books {len(wanted)} of {len(wanted)}")


class Files:
    """Letters as files on a disk of their own, written by dispatchers on a scratch database."""

    def __init__(self, disk: Path, database: str) -> None:
        self.disk, self.database = disk, database

    def dispatch(self, manner: str, count: int) -> dict[str, Any]:
        """One file a run: the name of Django's files is the second they were begun in."""
        words = ("tests.chaos.dispatchers", manner, str(count), "0", str(SEED))
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return run(*words, database=self.database, EMAIL_BACKEND=backend, VAR_DIR=str(self.disk))

    @property
    def written(self) -> int:
        return len(files(self.disk / "mail", limit=1000))


@pytest.fixture
def paper(tmp_path: Path, db: None) -> Iterator[Files]:
    with small_disk(tmp_path / "files", 2) as disk, scratch_database() as database:
        (disk / "mail").mkdir()
        yield Files(disk, database)


@fault("F28")
def test_letters_that_do_not_fit_on_the_disk_are_tried_again(paper: Files, told: Told) -> None:
    with full(paper.disk):
        found = paper.dispatch("careful", 10)
    assert set(found["states"]) <= {"retry", "scheduled"}
    assert paper.written == 0, "no half letter is left"
    again = paper.dispatch("again", 0)
    assert again["left"] == {"sent": 10}
    assert paper.written == 10
    told("of 10 letters none counts as sent, then each is written once")


@fault("F28", control=True)
def test_who_does_not_look_at_the_error_loses_them(paper: Files, told: Told) -> None:
    with full(paper.disk):
        found = paper.dispatch("blind", 10)
    assert found["states"] == {"sent": 10}
    assert paper.written == 0
    told("that does not look at the error loses 10 of 10")
