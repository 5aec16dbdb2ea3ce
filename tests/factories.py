"""Declared, repeatable rows for tests. Only what the database insists on; a test says the rest."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from clinic.models import Location, Role, StaffMember, User
from patients.models import Patient, PatientLocation
from protocols.models import Formulation, FormulationItem, Substance
from scheduling.models import Practitioner, Room, WorkingHours

NOW = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)  # a Tuesday; ten o'clock in Rome
TODAY = date(2026, 5, 5)
AVENTINO, ANA = "Aventino", "ana@example.test"  # the clinic and the patient of the fixed cast


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = "!"


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = Location

    name = factory.Sequence(lambda n: f"Clinic {n}")
    timezone = "Europe/Rome"
    observation_minutes = 15
    antisepsis_protocol = "Chlorhexidine 2 % before, during and after."
    quiet_from, quiet_until = time(20), time(8)


class StaffFactory(DjangoModelFactory):
    class Meta:
        model = StaffMember

    user = factory.SubFactory(UserFactory)
    role = Role.DESK.value
    location = factory.SubFactory(LocationFactory)


class PatientFactory(DjangoModelFactory):
    """Belongs to every location there is, or to those in `at`."""

    class Meta:
        model = Patient
        skip_postgeneration_save = True

    given_name = factory.Sequence(lambda n: f"Ana{n}")
    family_name = "Rossi"
    phone = factory.Sequence(lambda n: f"+39065550{n:04d}")
    birth_date = date(1990, 3, 14)
    sex = Patient.Sex.FEMALE

    @factory.post_generation
    def at(self, create: bool, extracted: list[Location] | None, **kwargs: object) -> None:
        if create:
            places = Location.objects.all() if extracted is None else extracted
            PatientLocation.objects.bulk_create(PatientLocation(patient=self, location=each) for each in places)


class PractitionerFactory(DjangoModelFactory):
    """Works Monday to Friday from nine to six at the staff member's location."""

    class Meta:
        model = Practitioner
        skip_postgeneration_save = True

    staff = factory.SubFactory(StaffFactory, role=Role.PRACTITIONER.value, prescriber=True)
    name = factory.LazyAttribute(lambda row: f"Dr {row.staff.user.name}")
    experienced = True
    trained_on = date(2024, 1, 15)

    @factory.post_generation
    def hours(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        """`hours=False` leaves the week empty."""
        if not create or extracted is False:
            return
        WorkingHours.objects.bulk_create(
            WorkingHours(
                practitioner=self,
                location=self.staff.location,
                weekday=weekday,
                start=time(9),
                end=time(18),
                valid_from=date(2026, 1, 1),
            )
            for weekday in range(5)
        )


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    location = factory.SubFactory(LocationFactory)
    name = factory.Sequence(lambda n: f"Room {n}")


class SubstanceFactory(DjangoModelFactory):
    class Meta:
        model = Substance
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"substance_{n}")
    name = factory.LazyAttribute(lambda row: row.code.replace("_", " ").capitalize())
    category = "active"
    cites = ["F050"]


class FormulationFactory(DjangoModelFactory):
    """A mix of `substances` ({code: amount in ml}); each code is made when the catalogue lacks it."""

    class Meta:
        model = Formulation
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Mix {n}")
    created_by = factory.SubFactory(UserFactory)
    created_at = NOW

    @factory.post_generation
    def substances(self, create: bool, extracted: dict[str, str] | None, **kwargs: object) -> None:
        for code, amount in (extracted or {}).items():
            FormulationItem.objects.create(
                formulation=self, substance=SubstanceFactory(code=code), amount=Decimal(amount)
            )


def ana() -> Patient:
    """The patient of the fixed cast."""
    return PatientFactory(given_name="Ana", family_name="Rossi", email=ANA, user=UserFactory(email=ANA))


def aventino() -> Location:
    """The clinic of the fixed cast, in Rome: two practitioners on weekdays from nine to six, one may prescribe."""
    location = LocationFactory(name=AVENTINO, timezone="Europe/Rome")
    RoomFactory(location=location, name="Room 1")
    RoomFactory(location=location, name="Room 2")
    for email, name, prescriber in (
        ("practitioner@example.test", "Bianchi", True),
        ("colleague@example.test", "Conti", False),
    ):
        PractitionerFactory(
            staff__user__email=email,
            staff__user__name=name,
            staff__location=location,
            staff__prescriber=prescriber,
        )
    return location
