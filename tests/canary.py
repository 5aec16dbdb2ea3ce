"""A name that is only in the database: wherever else it appears, personal data has leaked."""

from typing import Any

import redis

from scheduling.messages.queries.mailbox import letters
from tests.stack import Stack

CANARY = "Zzphi"


def sings_in(stack: Stack) -> list[str]:
    """The logs, broker keys, subject lines and message rows in which the canary is heard."""
    places = {path.name: path.read_text(errors="replace") for path in stack.folder.glob("*.log")}
    with redis.Redis.from_url(stack.redis, decode_responses=True) as broker:
        places |= {f"broker {key}": str(contents(broker, key)) for key in broker.scan_iter()}
    places |= {f"subject of {letter.id}": letter.subject for letter in letters(stack.mail)}
    return [name for name, text in places.items() if CANARY.lower() in text.lower()]


def contents(broker: Any, key: str) -> Any:
    match broker.type(key):
        case "list":
            return broker.lrange(key, 0, -1)
        case "hash":
            return broker.hgetall(key)
        case "set":
            return broker.smembers(key)
        case "zset":
            return broker.zrange(key, 0, -1)
        case _:
            return broker.get(key)
