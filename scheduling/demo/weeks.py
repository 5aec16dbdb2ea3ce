"""The next weeks of the demonstration, booked evenly: what the courses left free is taken by visits between them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.models import Location
from patients.models import Patient
from scheduling.calendar.queries.search import Opening, Search, free_slots
from scheduling.courses.actions.create_visit import create_visit
from scheduling.demo.clinic import WEEKS as HOURS
from scheduling.demo.journeys import DAY, Journeys
from scheduling.models import Booking, Practitioner

WEEKS = 8
ENOUGH = 0.62  # of a day's minutes; one more visit brings it to about 70 %
KINDS = {True: "review", False: "measurement"}  # by whether the practitioner may prescribe


def book_up(play: Journeys, weeks: int) -> None:
    """Bring everybody's every working day up to about two thirds."""
    patients = {place.pk: regulars(place) for place in play.stage.locations}
    for practitioner in play.stage.practitioners:
        for day in working_days(play, practitioner, weeks):
            fill_day(play, practitioner, day, patients[practitioner.staff.location_id])


def regulars(place: Location) -> list[Patient]:
    """Who is in treatment at a location; the one who can sign in keeps to their own course."""
    found = Patient.objects.filter(courses__location=place).exclude(email="patient@demo.test")
    return list(found.distinct().order_by("phone"))


def working_days(play: Journeys, practitioner: Practitioner, weeks: int) -> Iterator[date]:
    """From tomorrow to the end of the calendar week in which the last of `weeks` ends."""
    week = HOURS[practitioner.staff.user.email]
    days = (play.now.date() + n * DAY for n in range(1, 7 * (weeks + 1)))
    return (day for day in days if weeks and day.weekday() in week)


def fill_day(play: Journeys, practitioner: Practitioner, day: date, patients: list[Patient]) -> None:
    start, end = HOURS[practitioner.staff.user.email][day.weekday()]
    while patients and booked(practitioner, day) < ENOUGH * timedelta(hours=end - start):
        patient = play.chance.choice(patients)
        spot = first_free(practitioner, patient, day, play.now)
        if spot is None:
            return
        kind = KINDS[practitioner.staff.prescriber]
        create_visit(
            patient=patient, kind=kind, practitioner=practitioner, start=spot.start, by=play.stage.desk, now=play.now
        )


def booked(practitioner: Practitioner, day: date) -> timedelta:
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(practitioner.staff.location.timezone))
    rows = Booking.objects.filter(
        practitioner=practitioner, active=True, occupied_start__gte=midnight, occupied_start__lt=midnight + DAY
    )
    return sum((row.occupied_end - row.occupied_start for row in rows), timedelta())


def first_free(practitioner: Practitioner, patient: Patient, day: date, now: datetime) -> Opening | None:
    search = Search(
        practitioner.staff.location,
        first=day,
        last=day,
        practitioner_id=practitioner.pk,
        patient_id=patient.pk,
        limit=1,
    )
    return next(iter(free_slots(search=search, now=now)), None)
