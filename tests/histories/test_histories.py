"""What sixteen clients saw while the clinic was killed again and again could have happened one act after the other."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import psutil
import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from clinic import embedded
from clinic.models import Location
from tests import template
from tests.browser.clinic import People, open_clinic
from tests.chaos.caller import Caller
from tests.databases import new_database
from tests.histories.checker import anomalies, partitions
from tests.histories.clients import Ward, play
from tests.own_clinic import LONG
from tests.sizes import SEED, size
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

GUARDS = ("patient", "practitioner", "room", "device")


def kill_the_web_workers(house: Stack) -> None:
    for worker in psutil.Process(house.parts.children["web"].pid).children():
        with suppress(psutil.NoSuchProcess):
            worker.kill()


def kill_the_database(servers: embedded.Servers) -> None:
    assert servers.postgres.process
    servers.postgres.process.kill()
    servers.postgres.process.wait()
    servers.postgres.start()


def test_every_answer_is_explained_by_one_order(
    house: Stack, staff: People, own_servers: embedded.Servers, record_property: Callable[[str, object], None]
) -> None:
    seconds = size(4, in_proof=300)
    ward = Ward.of(house, Caller.for_user(house, staff.desk), 40 * seconds + 200)
    web, database = partial(kill_the_web_workers, house), partial(kill_the_database, own_servers)
    kills = play(ward, seconds=seconds, seed=SEED, mishaps=[web, database, web, web], pause=size(1, in_proof=4))
    acts = ward.acts + ward.last_look()
    assert anomalies(acts, ward.calendar) == []
    told = Counter(f"{act.kind} {'done' if act.done else 'refused'}" for act in ward.acts)
    assert {"book done", "book refused", "move done", "cancel done"} <= told.keys()
    record_property("acts", f"{len(ward.acts)} ({', '.join(f'{name} {n}' for name, n in sorted(told.items()))})")
    record_property("under", f"{kills} kills, {ward.broken} answers lost and asked for again")
    record_property("partitions", f"{len(partitions(acts))}, the largest of {max(map(len, partitions(acts)))} acts")


@pytest.fixture
def open_house(
    own_servers: embedded.Servers, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, People]]:
    """A clinic of its own without the guards of the calendar."""
    server = own_servers.urls.owner_database
    with new_database("histories", server=server, template=template.NAME) as address:
        with psycopg.connect(address, autocommit=True) as owner:
            for name in GUARDS:
                owner.execute(f"ALTER TABLE scheduling_booking DROP CONSTRAINT booking_{name}_free".encode())
        clinic = Stack(
            tmp_path_factory.mktemp("open"), database=address, redis=own_servers.urls.redis, blocker=django_db_blocker
        )
        try:
            clinic.prepare()
            with clinic.records():
                people = open_clinic()
                Location.objects.update(horizon_days=LONG)
            clinic.start("web")
            until(lambda: clinic.get("/healthz")[0] == 200, "it answers", clinic)
            yield clinic, people
        finally:
            clinic.close()


@pytest.mark.proof
def test_the_control_without_the_guards_is_not_explained(
    open_house: tuple[Stack, People], record_property: Callable[[str, object], None]
) -> None:
    """It is the database that keeps the door: the same clients without it see what no order explains."""
    house, people = open_house
    ward = Ward.of(house, Caller.for_user(house, people.desk), 1000)
    play(ward, seconds=15, seed=SEED, mishaps=[], pause=5)
    found = anomalies(ward.acts + ward.last_look(), ward.calendar)
    assert found
    record_property("anomalies", f"{len(found)} of {len(partitions(ward.acts))} partitions")
