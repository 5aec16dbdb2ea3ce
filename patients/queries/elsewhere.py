"""People known at another location: who a new patient may already be, of whom nothing is shown."""

from dataclasses import dataclass

from django.http import Http404

from clinic.base import clock, scope
from clinic.base.sealed import CannotOpenError, seal, unseal
from clinic.models import User
from patients.access import patients_for
from patients.models import Patient
from patients.queries.people import SHOWN, Likely, alike

USE = "known at another location"
GOOD_FOR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What agrees with somebody of another location, and the key with which this person may add the location."""

    pk: int
    same: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Known:
    """Who a new patient may already be."""

    here: list[Likely]
    elsewhere: list[Elsewhere]

    @property
    def ids(self) -> set[int]:
        return {each.patient.pk for each in self.here} | {each.pk for each in self.elsewhere}


def known_people(user: User, like: Patient) -> Known:
    """Likely duplicates of all locations, those apart whom this person may not see. Two queries."""
    found = list(alike(like)[0].items())[:SHOWN]
    seen = patients_for(user).in_bulk([pk for pk, _same in found])
    return Known(
        here=[Likely(seen[pk], same) for pk, same in found if pk in seen],
        elsewhere=[Elsewhere(pk, same, key_for(user, pk)) for pk, same in found if pk not in seen],
    )


def key_for(user: User, patient_id: int) -> str:
    """Opens nothing but `patient_behind`, for this person, for an hour: an id alone could be guessed."""
    until = int(clock.now().timestamp()) + GOOD_FOR_SECONDS
    return seal({"user": user.pk, "patient": patient_id, "until": until}, use=USE)


@scope.whole()
def patient_behind(user: User, key: str) -> Patient:
    """404 for a key that is another person's, too old, or none."""
    try:
        held = unseal(key, use=USE)
    except CannotOpenError as error:
        raise Http404 from error
    if held["user"] != user.pk or held["until"] < clock.now().timestamp():
        raise Http404
    return Patient.objects.get(pk=held["patient"])
