"""What the scheduling tests have besides the fixed cast."""

import pytest

from clinic.models import Location
from protocols.models import DeliveryDevice
from scheduling.models import Device


@pytest.fixture
def gun(clinic: Location) -> Device:
    """The one injection gun of the clinic."""
    kind = DeliveryDevice.objects.create(code="gun_test", name="Gun", kind="gun")
    return Device.objects.create(location=clinic, kind=kind, name="Gun 1")
