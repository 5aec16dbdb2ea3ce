"""The checks before a clinic of its own opens."""

import pytest

from clinic.checks import enough_connections, wanted


def test_web_threads_and_workers_fit_the_servers_connections(db: None, monkeypatch: pytest.MonkeyPatch):
    for name, count in {"WEB_WORKERS": "2", "WEB_THREADS": "8", "WORKERS": "2", "MAIL_WORKERS": "1"}.items():
        monkeypatch.setenv(name, count)
    assert (wanted(), enough_connections()) == (23, [])
    monkeypatch.setenv("WEB_THREADS", "8000")
    [found] = enough_connections()
    assert "16007 database connections" in found.msg
