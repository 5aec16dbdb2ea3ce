"""Idempotency-Key: the same key and body return the first answer, the same key with another body is refused.

Keys are kept for at least a day (`prune`). The key row is written in the transaction of the effect, so a crash keeps
both or neither. It is no guard against overlap: the booking constraints are.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from clinic.base.limits import LONGEST_KEY, PRINTABLE
from clinic.base.refusals import BadInput, Refusal
from clinic.models import IdempotencyKey, User

KEEP = timedelta(days=2)


def request_hash(method: str, path: str, body: Any) -> str:
    text = json.dumps([method, path, body], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def answer_once(*, user: User, key: str, fingerprint: str, act: Callable[[], Response]) -> Response:
    """Run `act` and keep its answer under `key`, or return the answer kept before. Refusals are not kept.

    A refusal is raised again outside the transaction: what the action committed beside it (the fresh proposal of a lost
    race) stands.
    """
    if not re.fullmatch(PRINTABLE, key):
        said = _("A key is at most %(longest)s printable characters.") % {"longest": LONGEST_KEY}
        raise BadInput.at("Idempotency-Key", said)
    with transaction.atomic():
        try:
            return _first_answer(user, key, fingerprint, act)
        except Refusal as error:
            refusal = error
    raise refusal


def _first_answer(user: User, key: str, fingerprint: str, act: Callable[[], Response]) -> Response:
    with connection.cursor() as cursor:  # serialises twins of one request until the first has committed
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user.pk}:{key}"])
    kept = IdempotencyKey.objects.filter(user=user, key=key).first()
    if kept is None:
        response = act()
        answer = json.loads(json.dumps(response.data, cls=JSONEncoder))  # instants and numbers as the caller reads them
        IdempotencyKey.objects.create(
            user=user, key=key, request_hash=fingerprint, status=response.status_code, answer=answer
        )
        return response
    if kept.request_hash != fingerprint:
        raise Refusal(_("This Idempotency-Key was used for another request."))
    return Response(kept.answer, status=kept.status, headers={"Idempotent-Replay": "true"})


def prune(*, now: datetime) -> int:
    """Delete keys older than KEEP; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEEP).delete()[0]
