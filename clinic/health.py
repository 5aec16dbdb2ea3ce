"""Is the process up, and are the parts it leans on?"""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from clinic.base.clock import now
from clinic.models import Heartbeat
from protocols.models import ProtocolVersion

FRESH = timedelta(seconds=60)


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


def worker() -> str:
    """Judged by progress, not by process: the heartbeat task writes a row."""
    fresh = Heartbeat.objects.filter(part="worker", beat_at__gte=now() - FRESH).exists()
    return "ok" if fresh else "no sign of work for a minute"


REQUIRED = {"database": database, "migrations": migrations, "catalogue": catalogue}
HELPFUL = {"broker": broker, "worker": worker}


def readiness() -> tuple[int, dict[str, object]]:
    """Status code and body of /readyz: 503 names the failing part, a missing broker or worker only degrades."""
    parts: dict[str, str] = {}
    for name, check in REQUIRED.items():
        try:
            parts[name] = check()
        except DatabaseError:
            parts[name] = "does not answer"
        if parts[name] != "ok":
            return 503, {"status": "down", "parts": parts}
    parts |= {name: check() for name, check in HELPFUL.items()}
    return 200, {"status": "ok" if set(parts.values()) == {"ok"} else "degraded", "parts": parts}
