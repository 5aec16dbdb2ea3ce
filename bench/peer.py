"""django-appointment on the same calendar.

    python -m tests.with_django bench.peer fill ROWS | slots | booking      with bench.peer_settings

Slots are what its own pages call for each person and day, until twenty are found. A booking goes over HTTP: a
signed-in client sends the two forms and is led to the page after each; the last of them is what sends the thanks.
"""

import gc
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode
from urllib.request import OpenerDirector, build_opener

from appointment.models import Appointment, AppointmentRequest, Service, StaffMember, WorkingHours
from appointment.services import get_available_slots_for_staff
from appointment.utils.db_helpers import get_weekday_num_from_date
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.calendars import CLOSES, MINUTES, OPENS, PEOPLE, Taken, taken

WANTED, ROUNDS, BOOKINGS = 20, 11, 40
# A Monday: what its search costs depends on the weekday it begins on and on how far that is from a holiday.
TODAY = date(2030, 1, 7)
DAY = timedelta(days=1)


def clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def fill(rows: int) -> int:
    """The first location's people with the same visits."""
    service = Service.objects.create(name="Visit", duration=timedelta(minutes=MINUTES), price=0)
    client = User.objects.create_user("client", email="client@bench.test", first_name="A", last_name="Client")
    people = [person(number, service) for number in range(PEOPLE)]
    asked = [request(number, visit, people, service) for number, visit in enumerate(taken(rows, today=TODAY))]
    asked = AppointmentRequest.objects.bulk_create(asked, batch_size=5000)
    booked = [
        Appointment(client=client, appointment_request=each, amount_to_pay=0, id_request=each.id_request)
        for each in asked
    ]
    Appointment.objects.bulk_create(booked, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return len(booked)


def person(number: int, service: Service) -> StaffMember:
    user = User.objects.create_user(f"person{number}", first_name="Dr", last_name=str(number))
    staff = StaffMember.objects.create(
        user=user, slot_duration=MINUTES, lead_time=clock(OPENS), finish_time=clock(CLOSES), appointment_buffer_time=0
    )
    staff.services_offered.add(service)
    for weekday in range(1, 6):
        WorkingHours.objects.create(
            staff_member=staff, day_of_week=weekday, start_time=clock(OPENS), end_time=clock(CLOSES)
        )
    return staff


def request(number: int, visit: Taken, people: list[StaffMember], service: Service) -> AppointmentRequest:
    return AppointmentRequest(
        date=visit.day,
        start_time=clock(visit.start),
        end_time=clock(visit.end),
        service=service,
        staff_member=people[visit.person],
        id_request=f"stored{number}",
    )


def next_slots(people: list[StaffMember], service: Service) -> list[Any]:
    found: list[Any] = []
    day = TODAY
    while len(found) < WANTED:
        weekday = get_weekday_num_from_date(day)
        for each in people:
            found += [(slot, each.pk) for slot in get_available_slots_for_staff(day, each, weekday, service=service)]
        day += DAY
    return sorted(found)[:WANTED]


def slots() -> dict[str, Any]:
    people, service = list(StaffMember.objects.order_by("pk")), Service.objects.get()
    took = [seconds(lambda: next_slots(people, service)) for _round in range(ROUNDS)]
    with CaptureQueriesContext(connection) as queries:
        next_slots(people, service)
    return {"seconds": median(took), "queries": len(queries), "day": f"{TODAY:%a %d %b %Y}"}


def booking() -> dict[str, Any]:
    people, service = list(StaffMember.objects.order_by("pk")), Service.objects.get()
    browser = Client()
    browser.force_login(User.objects.get(username="client"))
    client = build_opener()
    client.addheaders = [("Cookie", f"sessionid={browser.cookies['sessionid'].value}")]
    before = Appointment.objects.count()
    with served() as address:
        took = [
            seconds(partial(book, client, address, place, people[place.person], service)) for place in empty_places()
        ]
    assert Appointment.objects.count() == before + BOOKINGS
    return {"seconds": median(took)}


@contextmanager
def served() -> Iterator[str]:
    """The address of a web server in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = listening.fileno()
        words = ["--bind", f"fd://{place}", "--log-level", "warning", "django.core.wsgi:get_wsgi_application()"]
        server = subprocess.Popen([sys.executable, "-m", "gunicorn", *words], pass_fds=[place])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.terminate()
            server.wait()


def empty_places() -> Iterator[Taken]:
    """Times on days beyond the stored calendar."""
    day = date(TODAY.year + 6, 1, 7)
    for number in range(BOOKINGS):
        start = OPENS + 45 * (number % 10)
        yield Taken(0, number // 10 % PEOPLE, day, start, start + MINUTES)


def book(client: OpenerDirector, address: str, place: Taken, person: StaffMember, service: Service) -> None:
    """The two forms a client sends: which time, then who they are. Redirects are followed, as by a browser."""
    times = {"date": place.day.isoformat(), "start_time": clock(place.start), "end_time": clock(place.end)}
    who = {
        "name": "A Client",
        "email": "client@bench.test",
        "phone_0": "IT",
        "phone_1": "0655501234",
        "payment_type": "full",
        "address": "Via Roma 1",
        "additional_info": "",
    }
    chosen = times | {"service": service.pk, "staff_member": person.pk}
    asked_who = send(client, f"{address}/appointment/request-submit/", chosen)
    thanked = send(client, asked_who, who)
    assert thanked != asked_who, "the form was shown again"


def send(client: OpenerDirector, url: str, form: dict[str, Any]) -> str:
    """Where the form led to."""
    with client.open(url, urlencode(form).encode()) as answer:
        answer.read()
        return str(answer.url)


def seconds(work: Any) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def main(job: str, *words: str) -> Any:
    if job == "fill":
        call_command("migrate", run_syncdb=True, verbosity=0)
        return fill(int(words[0]))
    gc.freeze()  # as ours does
    return {"slots": slots, "booking": booking}[job]()


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
