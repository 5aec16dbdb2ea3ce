"""The queues: every task has one, every queue has a worker, and no limit contradicts another."""

import re
import subprocess
import sys

import pytest
from django.conf import settings

from clinic.celery import app
from clinic.supervisor import read_procfile

app.loader.import_default_modules()
OURS = sorted(name for name in app.tasks if name.startswith(("clinic.", "scheduling.")))
QUEUES = ("plan", "mail", "sweep")


def queue_of(name: str) -> str:
    route = app.amqp.router.route({}, name)
    return str(route["queue"].name)


def test_there_are_tasks() -> None:
    assert len(OURS) >= 10


@pytest.mark.parametrize("name", OURS)
def test_a_task_goes_to_a_queue_that_has_a_worker_of_its_own(name: str) -> None:
    served = {queue for line in read_procfile().values() for queue in re.findall(r"--queues (\S+)", line)}
    assert served == set(QUEUES)
    assert queue_of(name) in served


def test_nothing_shares_a_queue_with_mail() -> None:
    assert [name for name in OURS if queue_of(name) == "mail"] == ["scheduling.dispatch_messages"]


def test_what_somebody_waits_for_does_not_wait_for_housekeeping() -> None:
    assert {queue_of(f"scheduling.build_{what}") for what in ("proposal", "disruption")} == {"plan"}
    assert queue_of("scheduling.escalate_reactions") == "sweep"


def test_a_task_ends_long_before_the_broker_would_give_it_to_another_worker() -> None:
    conf = app.conf
    assert conf.task_soft_time_limit < conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]


def test_a_task_is_done_when_it_is_done_and_a_worker_takes_one_at_a_time() -> None:
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert conf.task_ignore_result


def test_a_tick_that_nobody_took_is_gone_before_the_next_comes() -> None:
    """So a worker that was away is not greeted by a thousand of them; what they stood for are rows."""
    for name, entry in app.conf.beat_schedule.items():
        assert entry["options"]["expires"] <= max(entry["schedule"], 15), name
        assert entry.get("args", ()) in [(), *[(queue,) for queue in QUEUES]], f"{name} carries more than a name"


def test_a_worker_loads_no_page_and_nothing_that_only_pages_need() -> None:
    """The API's document brings Django's test client, feeds bring icalendar: a third of what a worker would weigh."""
    program = "import sys; from clinic.celery import app; app.loader.import_default_modules(); print(*sys.modules)"
    root = settings.BASE_DIR
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    loaded = set(told.stdout.split())
    assert "scheduling.tasks" in loaded
    assert loaded & {"clinic.urls", "django.test", "rest_framework.test", "icalendar"} == set()
