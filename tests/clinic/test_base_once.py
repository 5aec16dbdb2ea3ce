"""A page reads what it asks for twice only once; whoever writes, and whoever asks next, reads afresh."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from clinic.base.once import once, reads_once


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def read(asked: list[int]) -> Callable[..., int]:
    @once
    def found(number: int, *, more: int = 0) -> int:
        asked.append(number)
        return number + more

    return found


@pytest.fixture
def page(read: Callable[..., int]) -> Callable[[HttpRequest], HttpResponse]:
    @reads_once
    def shown(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str([read(1), read(1), read(2), read(1, more=5)]))

    return shown


def test_a_page_reads_each_thing_once(page: Callable[[HttpRequest], HttpResponse], asked: list[int]):
    assert page(RequestFactory().get("/")).content == b"[1, 1, 2, 6]"
    assert asked == [1, 2, 1]


def test_the_next_page_reads_afresh(page: Callable[[HttpRequest], HttpResponse], asked: list[int]):
    page(RequestFactory().get("/"))
    page(RequestFactory().get("/"))
    assert asked == [1, 2, 1] * 2


def test_a_form_that_is_sent_reads_afresh_each_time(page: Callable[[HttpRequest], HttpResponse], asked: list[int]):
    page(RequestFactory().post("/"))
    assert asked == [1, 1, 2, 1]


def test_outside_of_a_page_every_call_reads(read: Callable[..., int], asked: list[int]):
    assert (read(1), read(1)) == (1, 1)
    assert asked == [1, 1]


def test_a_page_that_fails_keeps_nothing(read: Callable[..., int], asked: list[int]):
    @reads_once
    def broken(request: HttpRequest) -> HttpResponse:
        read(1)
        raise LookupError

    with pytest.raises(LookupError):
        broken(RequestFactory().get("/"))
    read(1)
    assert asked == [1, 1]
