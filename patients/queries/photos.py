"""Photographs of one patient, shown only while they agree to them (D36)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from patients.models import Consent, Patient, Photo
from patients.queries.consent import consent_in_force


@dataclass(frozen=True, slots=True)
class Pair:
    """The pictures of one site in one pose: two of them are compared, the first and the newest unless others are
    `chosen` by their keys."""

    photos: tuple[Photo, ...]  # oldest first
    chosen: frozenset[int] = frozenset()

    @property
    def compared(self) -> tuple[Photo, ...]:
        two = tuple(photo for photo in self.photos if photo.pk in self.chosen)
        return two if len(two) == 2 else self.photos[:1] + self.photos[1:][-1:]

    @property
    def before(self) -> Photo:
        return self.compared[0]

    @property
    def after(self) -> Photo | None:
        return self.compared[1] if len(self.photos) > 1 else None


def agrees(patient: Patient, at: datetime) -> bool:
    return consent_in_force(patient, Consent.Act.PHOTOS, at) is not None


def photos_of(patient: Patient, at: datetime) -> QuerySet[Photo]:
    """None while the consent to photographs does not stand: a withdrawal hides them."""
    rows = Photo.objects.filter(patient=patient).select_related("area", "added_by")
    return rows if agrees(patient, at) else rows.none()


def pairs(photos: Iterable[Photo], chosen: Iterable[str] = ()) -> list[Pair]:
    """By site and pose, in the order in which they were first taken."""
    found: dict[tuple[int | None, str], list[Photo]] = defaultdict(list)
    for photo in photos:
        found[photo.area_id, photo.pose].append(photo)
    keys = frozenset(int(each) for each in chosen if each.isdecimal())
    return [Pair(tuple(each), keys) for each in found.values()]
