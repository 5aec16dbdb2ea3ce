"""What the tests of faults share: their lines in the proof, and a clinic whose mail goes to a server of ours."""

from collections.abc import Callable, Iterator

import pytest

from tests.chaos.postbox import Postbox, postbox
from tests.stack import Stack

SMTP = "django.core.mail.backends.smtp.EmailBackend"
Told = Callable[[str], None]


@pytest.fixture
def told(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Told:
    """What a test of a fault found, in words and figures; a part of the fault's line in the proof."""
    mark = request.node.get_closest_marker("fault")

    def say(figures: str) -> None:
        for number in mark.args:
            record_property(number, f"the control {figures}" if mark.kwargs["control"] else figures)

    return say


def through(port: int, **more: str) -> dict[str, str]:
    """The environment of a process that sends its mail to this port."""
    return {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port), **more}


@pytest.fixture
def box(house: Stack) -> Iterator[Postbox]:
    """The mail server of the house; mail and codes go there."""
    with postbox() as (box, port):
        for part in ("mail", "codes"):
            house.stop(part)
            house.start(part, **through(port))
        yield box
        for part in ("mail", "codes"):
            house.kill(part)
            house.start(part)
