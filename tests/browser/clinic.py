"""The clinic that the browser walks through: one place where it is morning now, and its staff."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from clinic.base import demonstration
from clinic.models import Location, Role, StaffMember, User
from scheduling.models import WorkingHours
from tests.factories import LocationFactory, PractitionerFactory, RoomFactory, StaffFactory
from tests.stock import a_lot, a_product

PASSWORD = "correct-horse-battery"
MORNING = 9
LOT = "A1"
ZONES = (
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Chicago",
    "America/New_York",
    "America/Halifax",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Europe/London",
    "Europe/Rome",
    "Europe/Athens",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Pacific/Noumea",
    "Pacific/Auckland",
)


@dataclass(frozen=True)
class People:
    """Who works here, by the address they sign in with."""

    location: int
    zone: str
    desk: str = "desk@clinic.test"
    practitioner: str = "bianchi@clinic.test"
    director: str = "director@clinic.test"
    administrator: str = "administrator@clinic.test"


def where_it_is_morning(now: datetime) -> str:
    """A zone whose clocks show about nine: visits of today lie ahead, and nobody is kept from being written to."""

    def distance(zone: str) -> float:
        local = now.astimezone(ZoneInfo(zone))
        return abs(local.hour + local.minute / 60 - MORNING)

    return min(ZONES, key=distance)


def open_clinic(now: datetime | None = None) -> People:
    """Make the clinic where nobody works yet: it is open every day, two practitioners and two rooms."""
    zone = where_it_is_morning(now or datetime.now(UTC))
    location = LocationFactory(name="Aventino", timezone=zone, phone="+39 06 555 0100")
    RoomFactory(location=location, name="Room 1")
    RoomFactory(location=location, name="Room 2")
    people = People(location.pk, zone)
    hire(people, location)
    stock_up(location, User.objects.get(email=people.director))
    demonstration.filled(patients=0, now=now or datetime.now(UTC))  # its staff read the mail in the application
    return people


def hire(people: People, location: Location) -> None:
    for email, name, prescriber in (
        (people.practitioner, "Bianchi", True),
        ("conti@clinic.test", "Conti", False),
    ):
        member = staff(email, name, Role.PRACTITIONER, location, prescriber=prescriber)
        practitioner = PractitionerFactory(staff=member, hours=False)
        WorkingHours.objects.bulk_create(
            WorkingHours(
                practitioner=practitioner,
                location=location,
                weekday=weekday,
                start=time(6),
                end=time(22),
                valid_from=date(2026, 1, 1),
            )
            for weekday in range(7)
        )
    staff(people.desk, "Desk", Role.DESK, location)
    staff(people.director, "Director", Role.DIRECTOR, location, prescriber=True)
    staff(people.administrator, "Administrator", Role.ADMINISTRATOR, location)


def stock_up(location: Location, by: User) -> None:
    """A box of each product that the mixes of the walks are drawn up from."""
    for code in ("organic_silicon", "plant_extracts"):
        a_lot(a_product(code), location, by, number=LOT)


@cache
def hashed() -> str:
    """The password as the processes of the clinic check it; the tests themselves hash in a quicker way."""
    return make_password(PASSWORD, hasher="argon2")


def staff(email: str, name: str, role: Role, location: Location, *, prescriber: bool = False) -> StaffMember:
    user = User.objects.create_user(email=email, name=name)
    User.objects.filter(pk=user.pk).update(password=hashed())
    user.refresh_from_db()
    return StaffFactory(user=user, role=role.value, location=location, prescriber=prescriber)
