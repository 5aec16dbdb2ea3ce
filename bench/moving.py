"""A file that moves in, step by step in a process of its own: sent, begun, worked at."""

import json
import resource
import sys
import time
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from bench.moving_rows import LINES
from clinic.base import clock, scope
from clinic.models import Location
from patients.models import Patient
from scheduling.demo.names import FAMILY, GIVEN
from scheduling.models import Import
from scheduling.setup.actions import importing, moving_in
from tests.factories import StaffFactory


def send() -> dict[str, Any]:
    place = Location.objects.create(name="Bench", observation_minutes=15)
    director = StaffFactory(role="medical_director", location=place).user
    text = BytesIO(b"Nr;Vorname;Nachname;Geburtsdatum;Telefon;E-Mail;Allergien\n")
    text.seek(0, 2)
    given = [*GIVEN["female"], *GIVEN["male"]]
    for n in range(LINES):
        name = f"{given[n % len(given)]};{FAMILY[n // len(given) % len(FAMILY)]}"
        born = f"{date(1930, 1, 1) + timedelta(days=n % 29_201):%d.%m.%Y}"  # nobody twice: no factor of the names'
        allergy = "Lidocain" if n % 20 == 0 else ""
        text.write(f"{n + 1};{name};{born};+39 06 5{n:07};p{n}@old.test;{allergy}\n".encode())
    row = moving_in.send_file(file=SimpleUploadedFile("all.csv", text.getvalue()), location=place, by=director)
    read = {"encoding": row.encoding, "separator": row.separator, "date_order": row.date_order}
    moving_in.read_so(of=row, mapping=row.mapping, check=True, by=director, **read)
    return {"lines": row.total}


def begin() -> dict[str, Any]:
    row = Import.objects.get()
    moving_in.go_on(of=row, step="write", by=row.requested_by)
    return {"step": "write"}


def work() -> dict[str, Any]:
    row, began = Import.objects.get(), time.perf_counter()
    before = row.position
    lapsed = max(clock.now(), row.lease_until + timedelta(seconds=1)) if row.lease_until else None  # of the killed one
    while importing.run_import(import_id=row.pk, now=lapsed):
        lapsed = None
    row.refresh_from_db()
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    people = row.lines.exclude(patient=None).values("patient").distinct().count()
    return {
        "done": row.position - before, "seconds": time.perf_counter() - began, "mb": mb, "people": people,
        "patients": Patient.objects.count(), "lines": row.lines.count(),
    }  # fmt: skip


if __name__ == "__main__":
    with scope.whole():
        print(json.dumps({"send": send, "begin": begin, "work": work}[sys.argv[1]]()))
