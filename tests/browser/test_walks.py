"""The walks of docs/walks, followed in Chromium (`make walks`; `make test` follows one).

A walk fails when it takes more than its limit, or when a page on the way is cut, covered, too wide or not accessible.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.base import clock
from clinic.models import User
from scheduling.demo.clinic import PASSWORD
from tests.browser.steps.doors import signs_in, signs_in_by_code
from tests.browser.visitor import PHONE, Visitor
from tests.databases import new_database
from tests.own_clinic import PARTS
from tests.sizes import PROOF
from tests.stack import Stack
from tests.walks.script import Walk, read_all
from tests.walks.stage import PRACTITIONER, ZONE, link_of, somebody_comes_today, somebody_is_here
from tests.walks.walker import FIRST_PAGES, Walker

ALL = read_all()
WALKS = ALL if PROOF else [walk for walk in ALL if walk.name == "01-new-caller"]
STAFF = {"front desk": "desk@demo.test", "practitioner": PRACTITIONER, "director": "director@demo.test"}


@contextmanager
def full(demonstration: Stack, folder: Path) -> Iterator[Stack]:
    with demonstration.copied(f"walks_{os.getpid()}", folder) as clinic:
        with clinic.records():
            for stages in (somebody_comes_today, somebody_is_here):
                stages(User.objects.get(email=PRACTITIONER), now=clock.now())
        clinic.start(*(PARTS if PROOF else ("web",)))  # the walk of the tests plans and sends nothing
        yield clinic


@contextmanager
def empty(demonstration: Stack, folder: Path) -> Iterator[Stack]:
    folder.mkdir()
    with new_database(f"walks_empty_{os.getpid()}", server=demonstration.database) as address:
        clinic = Stack(folder, database=address, redis=demonstration.redis, blocker=demonstration.blocker)
        try:
            clinic.prepare()
            clinic.start("web")
            yield clinic
        finally:
            clinic.close()


@pytest.fixture(scope="module")
def clinics(demonstration: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Stack]]:
    """Each clinic by its name, opened when first asked for: "demonstration" or "empty"."""
    opened: dict[str, Stack] = {}
    with ExitStack() as until_the_end:

        def clinic(name: str) -> Stack:
            if name not in opened:
                comes = {"demonstration": full, "empty": empty}[name]
                folder = tmp_path_factory.getbasetemp() / f"walks-{name}"
                opened[name] = until_the_end.enter_context(comes(demonstration, folder))
            return opened[name]

        yield clinic


@pytest.fixture
def comes_in(clinics: Callable[[str], Stack], visitor: Callable[..., Visitor]) -> Callable[[str, str], Visitor]:
    """`comes_in(who, begins)`: a new window in front of which that person has just signed in."""

    def comes(who: str, begins: str) -> Visitor:
        if who == "nobody yet":
            clinic = clinics("empty")
            person = visitor(clinic.url)
            with clinic.records():
                person.goes_to(link_of(now=clock.now()))
            return person
        clinic = clinics("demonstration")
        person = visitor(clinic.url, size=PHONE if who == "patient" else None)
        if who == "patient":
            signs_in_by_code(person, "patient@demo.test", clinic.mail)
        else:
            signs_in(person, STAFF[who], PASSWORD)
        assert person.path == FIRST_PAGES[begins]
        return person

    return comes


@pytest.mark.parametrize("walk", WALKS, ids=[walk.name for walk in WALKS])
def test_a_walk_takes_no_more_than_its_limit_over_clean_pages(
    walk: Walk, comes_in: Callable[[str, str], Visitor], record_property: Callable[[str, object], None]
) -> None:
    today = datetime.now(ZoneInfo(ZONE)).date()
    cost = Walker(comes_in, today, everywhere=PROOF, pictures=bool(os.environ.get("PICTURES"))).follows(walk)
    print(f"\n{walk.title}: {cost}")
    record_property("cost", str(cost))
    assert not cost.faults, "\n".join(cost.faults)
    assert cost.presses <= walk.presses
    assert cost.fields <= walk.fields
