"""A mix that nearly every test here needs."""

import pytest

from protocols.models import Formulation
from tests.factories import FormulationFactory


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(name="Vitamins and silicon", substances={"vitamins": "2.0", "organic_silicon": "1.5"})
