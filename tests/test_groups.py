"""One worker runs a group of tests: what it starts (a browser, a clinic with its servers) starts once a run."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="nothing to share among")
@pytest.mark.xdist_group("groups")
def test_a_group_stands_where_the_scheduler_reads_it(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@groups")
