"""One key, one effect: repeats answer the first answer, another body is refused, old keys go away."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from clinic.base.idempotency import answer_once, prune, request_hash
from clinic.base.refusals import BadInput, Conflict, Refusal
from clinic.models import Heartbeat, IdempotencyKey, User
from tests.factories import NOW, UserFactory


def effect(part: str) -> Response:
    Heartbeat.objects.create(part=part, beat_at=NOW)
    return Response({"part": part}, status=201)


def send(user: User, part: str, key: str = "k") -> Response:
    body = request_hash("POST", "/beats/", {"part": part})
    return answer_once(user=user, key=key, fingerprint=body, act=lambda: effect(part))


def test_a_repeat_answers_the_same_and_does_nothing(outsider: User):
    first, again = send(outsider, "a"), send(outsider, "a")
    assert (first.status_code, first.data) == (again.status_code, again.data) == (201, {"part": "a"})
    assert again.headers["Idempotent-Replay"] == "true"
    assert Heartbeat.objects.count() == 1


def test_an_instant_in_an_answer_is_kept_as_the_caller_reads_it(outsider: User):
    """As in that of a moved visit."""
    first, again = (
        answer_once(user=outsider, key="k", fingerprint="same", act=lambda: Response({"start": NOW})) for _time in "ab"
    )
    assert JSONRenderer().render(first.data) == JSONRenderer().render(again.data)
    assert again.headers["Idempotent-Replay"] == "true"


def test_the_same_key_with_another_body_is_refused(outsider: User):
    send(outsider, "a")
    with pytest.raises(Refusal) as refused:
        send(outsider, "b")
    assert refused.value.status == 422
    assert not Heartbeat.objects.filter(part="b").exists()


def test_keys_belong_to_their_user(outsider: User):
    send(outsider, "a")
    assert send(UserFactory(), "b").data == {"part": "b"}


def test_a_refusal_is_not_kept_so_that_it_can_be_mended(outsider: User):
    def refuse() -> Response:
        raise Conflict("taken")

    with pytest.raises(Conflict):
        answer_once(user=outsider, key="k", fingerprint=request_hash("POST", "/beats/", {"part": "a"}), act=refuse)
    assert send(outsider, "a").status_code == 201


def test_a_fault_keeps_neither_key_nor_effect(outsider: User):
    def fail() -> Response:
        effect("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_once(user=outsider, key="k", fingerprint="f", act=fail)
    assert not IdempotencyKey.objects.exists()
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize("key", ["x" * 201, "a\nb", "a\x00"])
def test_a_key_is_short_and_printable(outsider: User, key: str):
    with pytest.raises(BadInput):
        send(outsider, "a", key)


def test_the_order_of_fields_in_a_body_does_not_matter():
    assert request_hash("POST", "/", {"a": 1, "b": 2}) == request_hash("POST", "/", {"b": 2, "a": 1})
    assert request_hash("POST", "/", {"a": 1}) != request_hash("POST", "/", {"a": "1"})


def test_keys_older_than_two_days_are_pruned(outsider: User):
    send(outsider, "a")
    IdempotencyKey.objects.update(created_at=NOW)
    assert prune(now=NOW + timedelta(days=2)) == 0
    assert prune(now=NOW + timedelta(days=2, seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_twins_sent_at_once_have_one_effect():
    user = UserFactory()
    answers: list[Response] = []

    def twin() -> None:
        try:
            answers.append(send(user, "a"))
        finally:
            connection.close()

    twins = [threading.Thread(target=twin) for _ in range(4)]
    for each in twins:
        each.start()
    for each in twins:
        each.join()
    assert [answer.data for answer in answers] == [{"part": "a"}] * 4
    assert Heartbeat.objects.count() == 1
