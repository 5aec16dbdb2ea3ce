"""Is the process up, and are the parts it leans on?"""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from clinic.base import budget
from clinic.base.clock import now
from clinic.models import Heartbeat
from protocols.models import ProtocolVersion

FRESH = timedelta(seconds=60)
READY_SECONDS = 2.0


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not pending else "migrations are not applied"


def catalogue() -> str:
    return "ok" if ProtocolVersion.objects.filter(status="active").exists() else "no protocol is published"


def broker() -> str:
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
        client.ping()
        client.close()
    except redis.RedisError:
        return "does not answer"
    return "ok"


def alive(part: str) -> None:
    """A part in the background shows that it works."""
    Heartbeat.objects.update_or_create(part=part, defaults={"beat_at": now()})


def silent() -> list[str]:
    """The parts in the background that do not work, judged by progress and not by process. One query."""
    fresh = set(Heartbeat.objects.filter(beat_at__gte=now() - FRESH).values_list("part", flat=True))
    return [part for part in BACKGROUND if part not in fresh]


def fell_silent(at: datetime) -> list[str]:
    """Those that worked once and have not for a minute. One query."""
    return list(Heartbeat.objects.filter(beat_at__lt=at - FRESH).order_by("part").values_list("part", flat=True))


def background() -> dict[str, str]:
    quiet = silent()
    return {part: "no sign of work for a minute" if part in quiet else "ok" for part in BACKGROUND}


BACKGROUND = ("plan", "mail", "codes", "sweep")
REQUIRED = {"database": database, "migrations": migrations, "catalogue": catalogue}


def readiness() -> tuple[int, dict[str, object]]:
    """Status code and body of /readyz: 503 names the failing part, a missing broker or worker only degrades.

    It ends within READY_SECONDS, however silent the database is.
    """
    parts: dict[str, str] = {}
    with budget.limited(READY_SECONDS):
        return checked(parts)


def checked(parts: dict[str, str]) -> tuple[int, dict[str, object]]:
    for name, check in REQUIRED.items():
        try:
            parts[name] = check()
        except (DatabaseError, InterfaceError):
            parts[name] = "does not answer"
        if parts[name] != "ok":
            return 503, {"status": "down", "parts": parts}
    parts |= {"broker": broker(), **background()}
    return 200, {"status": "ok" if set(parts.values()) == {"ok"} else "degraded", "parts": parts}
