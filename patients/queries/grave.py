"""When something came up on a patient's record after which another consultation is due (D37)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from patients.models import AllergyTest, AllergyTestReading, Screening
from protocols.eligibility import Effect

OF_THEIR_OWN = frozenset({"pregnancy", "breastfeeding"})
ABSOLUTE = "D10"


def new_findings(patients: Collection[int], at: datetime) -> Mapping[int, list[datetime]]:
    """Patient id -> when an absolute finding, a pregnancy or breastfeeding came up anew; one query.

    What the very first screening finds is new too: it precedes the first consultation, which then knows of it.
    """
    rows = Screening.objects.filter(patient__in=patients, evaluated_at__lte=at).order_by("evaluated_at", "id")
    before: dict[int, frozenset[str]] = defaultdict(frozenset)
    found: dict[int, list[datetime]] = defaultdict(list)
    for patient, evaluated_at, findings in rows.values_list("patient", "evaluated_at", "findings"):
        grave = frozenset(codes_of(findings))
        if grave - before[patient]:
            found[patient].append(evaluated_at)
        before[patient] = grave
    return found


def codes_of(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in findings:
        absolute = each["effect"] == Effect.BLOCKS and ABSOLUTE in each["cites"]
        if absolute or each["code"] in OF_THEIR_OWN:
            yield each["code"]


def positive_readings(tests: Iterable[AllergyTest]) -> Iterator[datetime]:
    """When tests turned out positive; they come with their readings."""
    for test in tests:
        yield from (each.read_at for each in test.readings.all() if each.result == AllergyTestReading.Result.POSITIVE)
