"""What the scheduling tests have besides the fixed cast."""

from collections.abc import Iterator

import pytest
import time_machine

from clinic.models import Location
from protocols.models import DeliveryDevice
from scheduling.models import Device
from tests.factories import NOW


@pytest.fixture
def gun(clinic: Location) -> Device:
    """The one injection gun of the clinic."""
    kind = DeliveryDevice.objects.create(code="gun_test", name="Gun", kind="gun")
    return Device.objects.create(location=clinic, kind=kind, name="Gun 1")


@pytest.fixture
def at_ten() -> Iterator[None]:
    """It is NOW: ten o'clock in Rome, and stays so."""
    with time_machine.travel(NOW, tick=False):
        yield
