"""A clinic moves in: a file of another system is looked at, checked, taken over and undone, at the director's page."""

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.base import scope
from clinic.base.access import scope_of
from clinic.base.refusals import Conflict, Stale
from clinic.models import Location, User
from patients.models import Allergy, Consent, ContactPreference, IntakeResponse, Patient, Screening
from scheduling import tasks
from scheduling.models import Import, ImportLine, Session
from scheduling.setup.actions import importing, moving_in
from tests.factories import NOW, LocationFactory, PatientFactory, StaffFactory

pytestmark = pytest.mark.django_db

HEAD = "Nr;Vorname;Nachname;Geburtsdatum;Telefon;E-Mail;Geschlecht;Allergien;Kasse\n"
ANNA = "7;Anna;Müller;13.04.1987;06 5550 1001;anna@old.test;w;Lidocain;AOK\n"
ZOE = "8;Zoë;Weiß;01.02.1990;+39 06 5550 1002;;w;;\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importing.CHUNK, Import.What.PATIENTS.value, 50)


@pytest.fixture
def browser(director: User, browser_of: Callable[..., Client]) -> Client:
    return browser_of(director)


def sent(browser: Client, text: str | bytes, name: str = "patients.csv") -> Any:
    """The answer to a file sent from the page."""
    body = text if isinstance(text, bytes) else text.encode()
    place = Location.objects.earliest("pk").pk
    file = SimpleUploadedFile(name, body, "text/csv")
    return browser.post(reverse("settings:moving"), {"do": "in", "location": place, "file": file}, follow=True)


def work(row: Import, **more: Any) -> Import:
    """All that the worker does of the step that is queued, with the rights of the application."""
    with transaction.atomic(), scope.whole(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE app")
        while importing.run_import(import_id=row.pk, **more):
            pass
        cursor.execute("RESET ROLE")
    row.refresh_from_db()
    return row


def check(browser: Client, row: Import | None = None, **changes: str) -> Import:
    """Press *Check every line*, and let the worker do it."""
    row = row or Import.objects.latest("pk")
    form = browser.get(reverse("settings:import", args=[row.pk])).context["form"]
    given = {name: form[name].value() for name in form.fields} | {"check": "1"} | changes
    browser.post(reverse("settings:import", args=[row.pk]), {k: v for k, v in given.items() if v is not None})
    row.refresh_from_db()
    return work(row)


def press(browser: Client, row: Import, step: str) -> Any:
    row.refresh_from_db()
    page = reverse("settings:import_step", args=[row.pk])
    answer = browser.post(page, {"step": step, "version": row.version}, follow=True)
    work(row)
    return answer


def taken_over(browser: Client, text: str | bytes, **changes: str) -> Import:
    sent(browser, text)
    row = check(browser, **changes)
    press(browser, row, "write")
    return row


def why(row: Import) -> list[tuple[int, str]]:
    return [(line.line, line.reasons[0]["field"]) for line in row.lines.filter(outcome="rejected")]


def test_a_file_is_read_shown_checked_and_taken_over(browser: Client, director: User):
    page = sent(browser, (HEAD + ANNA + ZOE).encode("cp1252")).content.decode()
    row = Import.objects.get()
    assert (row.encoding, row.separator, row.date_order, row.total) == ("cp1252", ";", "day", 2)
    assert "Müller" in page
    assert Patient.objects.count() == 0
    assert row.mapping["Nachname"] == "family_name"
    assert "Kasse" not in row.mapping
    row = check(browser)
    assert (row.counts, Patient.objects.count()) == ({"new": 2, "allergies": 1}, 0)
    assert "Take over" in browser.get(reverse("settings:import", args=[row.pk])).content.decode()
    press(browser, row, "write")
    anna = Patient.objects.get(given_name="Anna")
    assert (str(anna.birth_date), anna.phone, anna.sex, anna.email) == (
        "1987-04-13", "+390655501001", "female", "anna@old.test",
    )  # fmt: skip
    assert anna.registered_by == director
    assert [place.location for place in anna.places.all()] == [row.location]
    assert [(line.of, line.line, line.external_id) for line in anna.origins.all()] == [(row, 2, "7")]
    page = browser.get(reverse("patients:detail", args=[anna.pk])).content.decode()
    assert "moved in from patients.csv, line 2" in page
    assert not row.file, "nothing of the file is kept once it is taken over"


def test_nothing_taken_over_is_a_consent_a_test_an_answer_or_no_allergy(browser: Client):
    taken_over(browser, HEAD + ANNA + ZOE.replace(";w;;", ";w;keine;"))
    anna, zoe = Patient.objects.get(given_name="Anna"), Patient.objects.get(given_name="Zoë")
    found = Allergy.objects.get()
    assert (found.patient, found.verification) == (anna, "unconfirmed")
    assert "line 2: Lidocain" in found.note
    for model in (Consent, IntakeResponse, Screening, Session):
        assert not model.objects.filter(patient__in=[anna, zoe]).exists()


def test_an_allergy_that_no_rule_knows_is_kept_in_its_words(browser: Client):
    taken_over(browser, HEAD + ANNA.replace("Lidocain", "Penicillin, Lidocaine"))
    assert {str(each) for each in Allergy.objects.all()} >= {"Penicillin", "Lidocaine"}


def test_what_cannot_be_is_left_out_with_line_field_and_reason_and_comes_as_a_file(browser: Client):
    rows = [
        "1;Ida;;31.02.1980;06 5550 1003;;;;",
        "2;Ugo;Neri;01.01.2999;06 5550 1004;;;;",
        "3;.;;;06 5550 1005;;;;",
        "4;Eva;Blu;01.01.1980;;;;;",
        "5;Leo;Oro;01.01.1980;06 5550 1 / 06 5550 2;nobody;robot;;",
        "6;=HYPERLINK(1);@Cmd;01.01.1980;06 5550 1006;;;;",
        "7;Max;Too;01.01.1980;06 5550 1007;;;;;a;b",
    ]
    row = taken_over(browser, HEAD + "\n".join(rows) + "\n")
    assert why(row) == [
        (2, "birth_date"), (3, "birth_date"), (4, "given_name"), (5, "phone"), (6, "phone"), (8, "line")
    ]  # fmt: skip
    leo = row.lines.get(line=6)
    assert {each["field"] for each in leo.reasons} == {"phone", "email", "sex"}
    formula = Patient.objects.get()
    assert str(formula) == "=HYPERLINK(1) @Cmd", "a formula is text like any other"
    body = b"".join(browser.get(reverse("settings:import_left_out", args=[row.pk])).streaming_content)
    table = list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
    assert table[0][:9] == HEAD.strip().split(";")
    assert table[1][:2] == ["1", "Ida"]
    assert "Date of birth: “31.02.1980” is no date" in table[1][-1]
    assert len(table) == 7
    assert not [cell for line in table for cell in line if cell.startswith(("=", "+", "-", "@"))]


def test_a_file_that_was_left_out_comes_in_again_once_it_is_mended(browser: Client):
    row = taken_over(browser, HEAD + ANNA + "9;Ida;Rosa;31.02.1980;+39 06 5550 1003;;;;\n")
    body = b"".join(browser.get(reverse("settings:import_left_out", args=[row.pk])).streaming_content)
    assert b"'+39 06" in body
    second = taken_over(browser, body.replace(b"31.02.1980", b"28.02.1980"))
    assert second.counts == {"new": 1, "allergies": 0}
    assert Patient.objects.get(given_name="Ida").phone == "+390655501003"


def test_the_same_file_again_leads_to_the_first_one(browser: Client):
    row = taken_over(browser, HEAD + ANNA)
    answer = sent(browser, HEAD + ANNA)
    assert answer.redirect_chain[-1][0] == reverse("settings:import", args=[row.pk])
    assert "here already" in answer.content.decode()
    assert Import.objects.count() == 1


def test_the_same_people_in_another_file_are_made_once(browser: Client):
    taken_over(browser, HEAD + ANNA + ZOE)
    again = taken_over(browser, HEAD + ZOE + ANNA + "\n\n")
    assert again.counts == {"same": 2, "allergies": 0}
    assert (Patient.objects.count(), Allergy.objects.count()) == (2, 1)


def test_without_numbers_name_and_birth_date_say_who_it_is(browser: Client):
    head, anna = HEAD.removeprefix("Nr;"), ANNA.removeprefix("7;").replace("Lidocain", "")
    taken_over(browser, head + anna + anna)
    assert Patient.objects.count() == 1
    again = taken_over(browser, head + anna + ZOE.removeprefix("8;"))
    assert (again.counts["same"], again.counts["new"]) == (1, 1)


def test_somebody_who_may_be_registered_already_is_left_for_a_person_to_look_at(browser: Client, clinic: Location):
    known = PatientFactory(given_name="Béatrice", family_name="Bélanger", birth_date="1980-01-01", phone="+39065550999")
    lisboa = LocationFactory(name="Lisboa")
    PatientFactory(given_name="Ines", family_name="Sousa", birth_date="1981-01-01", at=[lisboa])
    rows = ["1;Beatrice;Belanger;;06 5550 1;;;;", "2;Ines;Sousa;01.01.1981;06 5550 1008;;;;"]
    row = taken_over(browser, "\n".join([HEAD.strip(), *rows, "3;Ida;Belanger;01.01.2010;065550999;;;;"]))
    reasons = [line.reasons[0]["message"] for line in row.lines.filter(outcome="rejected")]
    assert reasons == [
        f"Perhaps registered already: No. {known.pk}.",
        "Perhaps registered already: at another location.",
    ]
    assert Patient.objects.filter(family_name="Belanger").count() == 1, "a relative with the same telephone is new"


def test_one_number_for_two_people_and_two_numbers_for_one_are_left_out(browser: Client):
    two = "7;Otto;Braun;01.01.1950;06 5550 1009;;;;\n70;Anna;Müller;13.04.1987;;anna@else.test;;;\n"
    row = taken_over(browser, HEAD + ANNA + two)
    assert why(row) == [(3, "external_id"), (4, "external_id")]


def test_a_line_for_each_allergy_is_one_person(browser: Client):
    row = taken_over(browser, HEAD + ANNA + ANNA.replace("Lidocain", "Latex"))
    assert (row.counts["new"], row.counts["same"]) == (1, 1)
    assert Allergy.objects.count() == 2


def test_allergies_in_a_file_of_their_own_reach_their_people_by_number_and_name(browser: Client):
    taken_over(browser, HEAD + ANNA + ZOE)
    head = "Nr;Vorname;Nachname;Geburtsdatum;Allergien\n"
    row = taken_over(browser, head + "7;Anna;Müller;13.04.1987;Latex\n8;Zoë;Weiß;;Nickel\n8;Ina;Roth;;Hyaluronidase\n")
    assert [line.outcome for line in row.lines.order_by("line")] == ["same", "same", "rejected"]
    assert why(row) == [(4, "external_id")]
    told = Allergy.objects.filter(note__contains="line").values_list("patient__given_name", "note")
    assert {(name, note.rsplit(": ", 1)[1]) for name, note in told} >= {("Anna", "Latex"), ("Zoë", "Nickel")}
    assert not any("Hyaluronidase" in note for _name, note in told)
    press(browser, row, "undo")
    assert not Allergy.objects.filter(note__contains="Nickel").exists()


def test_a_number_alone_says_of_nobody_who_it_is(browser: Client):
    taken_over(browser, HEAD + ANNA)
    assert why(taken_over(browser, "Nr;Vorname;Allergien\n7;;Latex\n")) == [(2, "given_name")]


def test_the_page_names_the_hour_on_the_clinics_wall(browser: Client, clinic: Location):
    with time_machine.travel("2026-05-05T08:00:00Z", tick=False):
        sent(browser, HEAD + ANNA)
        browser.post(reverse("settings:moving"), {"do": "out", "reason": "Backup"})
        page = browser.get(reverse("settings:moving")).content.decode()
    assert clinic.timezone == "Europe/Rome"
    assert page.count("5 May 2026, 10:00") == 2
    assert "08:00" not in page


def test_letters_read_wrongly_are_left_out_until_the_encoding_is_right(browser: Client):
    sent(browser, (HEAD + ANNA).encode("cp1252"))
    wrong = check(browser, encoding="utf-8")
    assert wrong.step == "columns", "the names of the columns are read anew first"
    assert why(check(browser, wrong)) == [(2, "family_name")]
    right = check(browser, encoding="cp1252")
    assert check(browser, right).counts["new"] == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_says_the_encoding(browser: Client, encoding: str):
    sent(browser, (HEAD + ANNA).encode(encoding))
    assert Import.objects.get().mapping["Nr"] == "external_id"


def test_mixed_dates_are_told_and_a_date_that_may_be_two_is_left_out(browser: Client):
    dates = ["13/02/1980", "02/13/1981", "03/04/1982", "1983-05-06", "04/04/84"]
    rows = [f"{number};Ida{number};Rosa;{day};06 5550 20{number:02};;;;" for number, day in enumerate(dates)]
    row = taken_over(browser, HEAD + "\n".join(rows))
    assert row.date_order == "mixed"
    assert why(row) == [(4, "birth_date")]
    born = [str(each) for each in Patient.objects.order_by("pk").values_list("birth_date", flat=True)]
    assert born == ["1980-02-13", "1981-02-13", "1983-05-06", "1984-04-04"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The file is empty."),
        (HEAD.encode(), "no line below the names"),
        (b"PK\x03\x04 a workbook", "no CSV file"),
        (b"%PDF-1.7 a;b", "no CSV file"),
        (b"one column\nand nothing else\n", "no CSV file"),
        (b'a;b\n1;2\n3;"4\n5;6\n', "no CSV file"),
    ],
)
def test_what_is_no_table_is_refused_at_its_field_and_not_kept(browser: Client, body: bytes, words: str, settings: Any):
    answer = sent(browser, body)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Import.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_columns_are_remembered_by_their_names(browser: Client):
    strange = "K;Wer;Wann;Ruf\n1;Rosa;13.02.1980;06 5550 1001\n"
    sent(browser, strange)
    check(browser, column_1="family_name", column_2="birth_date", column_3="phone", column_0="external_id")
    sent(browser, "Wann;Ruf;Wer;K\n14.02.1980;06 5550 1002;Verde;2\n")
    assert Import.objects.latest("pk").mapping == {
        "Wann": "birth_date", "Ruf": "phone", "Wer": "family_name", "K": "external_id",
    }  # fmt: skip


def test_two_columns_for_one_field_and_none_for_the_name_are_refused(browser: Client):
    sent(browser, "A;B\n1;2\n")
    page = reverse("settings:import", args=[Import.objects.get().pk])
    form = {"encoding": "utf-8", "separator": ";", "date_order": "day", "version": 1, "check": "1"}
    twice = browser.post(page, form | {"column_0": "phone", "column_1": "phone"})
    assert twice.status_code == 422
    assert "Two columns are “Phone”" in twice.content.decode()
    assert "Say which column holds the name." in twice.content.decode()


@pytest.mark.parametrize("step", ["check", "write"])
def test_a_chunk_asks_and_writes_no_oftener_for_forty_lines_than_for_ten(browser: Client, step: str):
    def statements(first: int, count: int) -> int:
        lines = (f"{n};Ida;R{n};13.02.1980;06 55{n:05};p{n}@old.test;;;\n" for n in range(first, first + count))
        sent(browser, HEAD + "".join(lines))
        row = check(browser)
        with scope.whole():
            if step == "write":
                moving_in.go_on(of=row, step="write", by=row.requested_by)
            else:
                moving_in.begin(row, Import.Step.CHECK)
            with CaptureQueriesContext(connection) as asked:
                importing.run_import(import_id=row.pk)
        assert row.lines.count() == count
        return len(asked)

    few = statements(0, 10)
    assert statements(100, 40) <= few


def test_each_person_of_a_chunk_is_in_the_trail_once(browser: Client, director: User):
    taken_over(browser, HEAD + ANNA + ZOE)
    for patient in Patient.objects.all():
        assert [event.pgh_label for event in patient.events.all()] == ["insert"]
        for rows in (patient.places, ContactPreference.objects.filter(patient=patient)):
            assert [event.pgh_label for row in rows.all() for event in row.events.all()] == ["insert"]
    anna = Patient.objects.get(given_name="Anna")
    assert anna.user is not None
    assert [event.pgh_label for event in anna.user.events.all()] == ["insert"]


def test_a_family_of_one_file_shares_its_mailbox(browser: Client, desk: User):
    family = "9;Otto;Müller;13.04.2015;;anna@old.test;m;;\n10;Desk;Oro;;06 5550 1009;desk@example.test;;;\n"
    taken_over(browser, HEAD + ANNA + family)
    anna, otto, staff = Patient.objects.order_by("pk")
    assert anna.user is not None
    assert anna.user == otto.user
    assert staff.user is None, "staff sign in as staff"


# --- kills, twice, two directors ------------------------------------------------------------------------------------


def many(count: int) -> str:
    return HEAD + "".join(f"{n};Ida;R{n};13.02.1980;06 55{n:05};;;;\n" for n in range(count))


def test_whoever_goes_on_after_a_kill_makes_nobody_twice(browser: Client, monkeypatch: pytest.MonkeyPatch):
    sent(browser, many(130))
    row = check(browser)
    moving_in.go_on(of=row, step="write", by=row.requested_by)
    with scope.whole():
        importing.run_import(import_id=row.pk, seconds=0)  # one chunk, then others have their turn
        row.refresh_from_db()
        assert (row.status, row.position, Patient.objects.count()) == ("queued", 50, 50)
        monkeypatch.setattr(ImportLine.objects, "bulk_create", killed)
        with pytest.raises(KeyboardInterrupt):
            importing.run_import(import_id=row.pk)
        monkeypatch.undo()
        assert importing.run_import(import_id=row.pk) is None, "its lease has not lapsed"
        assert Patient.objects.count() == 50, "a chunk is made whole or not at all"
        with time_machine.travel(time.time() + 120):
            importing.sweep_imports()
    row.refresh_from_db()
    assert (row.status, row.position, row.counts["new"], Patient.objects.count()) == ("ready", 130, 130, 130)


def killed(*args: Any, **kwargs: Any) -> None:
    raise KeyboardInterrupt


def test_a_worker_so_slow_that_it_lost_its_lease_saves_nothing(browser: Client):
    sent(browser, many(60))
    row = check(browser)
    moving_in.go_on(of=row, step="write", by=row.requested_by)
    with scope.whole():
        slow = importing.leases.claim(Import, row.pk, NOW, given_up={})
        assert slow is not None
        read = list(importing.lines_of(slow, NOW))[:50]
        importing.run_import(import_id=row.pk)
        assert importing.one_chunk(slow, read, NOW, pause=False) is None
    assert Patient.objects.count() == 60


def test_of_two_directors_the_second_is_told(browser: Client, director: User, clinic: Location):
    sent(browser, HEAD + ANNA)
    row = check(browser)
    seen = row.version
    other = StaffFactory(role="medical_director", location=clinic).user
    moving_in.go_on(of=row, step="write", by=other, version=seen)
    with pytest.raises(Stale):
        moving_in.go_on(of=row, step="write", by=director, version=seen)
    with pytest.raises(Conflict):
        moving_in.go_on(of=row, step="undo", by=director)
    work(row)
    answer = browser.post(
        reverse("settings:import_step", args=[row.pk]), {"step": "write", "version": seen}, follow=True
    )
    assert "Someone changed this" in answer.content.decode()
    assert Patient.objects.count() == 1
    assert (
        browser.post(reverse("settings:import_step", args=[row.pk]), {"step": "x", "version": "y"}).status_code == 302
    )


def test_a_director_of_another_place_finds_no_file(browser: Client, browser_of: Callable[..., Client]):
    row = taken_over(browser, HEAD + ANNA + "3;.;;;;;;;\n")
    lisboa = StaffFactory(role="medical_director", location=LocationFactory(name="Lisboa")).user
    other = browser_of(lisboa)
    for name in ("import", "import_left_out"):
        assert other.get(reverse(f"settings:{name}", args=[row.pk])).status_code == 404
    place = Location.objects.get(name="Aventino").pk
    file = SimpleUploadedFile("a.csv", (HEAD + ZOE).encode())
    assert other.post(reverse("settings:moving"), {"do": "in", "location": place, "file": file}).status_code == 422
    with transaction.atomic(), scope.of(scope_of(lisboa)):
        assert Import.objects.count() == 1


def test_what_a_killed_upload_left_goes_after_a_day_and_no_file_that_a_row_names(
    browser: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    sent(browser, HEAD + ANNA)
    monkeypatch.setattr(moving_in, "guess", killed)
    with pytest.raises(KeyboardInterrupt):
        sent(browser, HEAD + ZOE)
    kept = Import.objects.get().file.name

    def files() -> set[str]:
        return {str(path.relative_to(settings.MEDIA_ROOT)) for path in settings.MEDIA_ROOT.rglob("*.csv")}

    assert len(files()) == 2
    tasks.forget_strays()
    assert len(files()) == 2, "it may be on its way to its row"
    with time_machine.travel(time.time() + 25 * 3600):
        tasks.forget_strays()
    assert files() == {kept}


# --- undo -----------------------------------------------------------------------------------------------------------


def test_the_whole_file_is_undone_but_for_those_on_whom_somebody_acted(browser: Client, desk: User, browser_of: Any):
    before = PatientFactory()
    users = User.objects.count()
    row = taken_over(browser, HEAD + ANNA + ZOE + "9;Ida;Rosa;13.02.1980;06 5550 1003;ida@old.test;;Latex;\n")
    zoe = Patient.objects.get(given_name="Zoë")
    browser_of(desk).get(reverse("patients:detail", args=[zoe.pk]))
    press(browser, row, "undo")
    assert set(Patient.objects.all()) == {before, zoe}
    assert not Allergy.objects.exists()
    assert User.objects.count() == users, "no sign-in is left"
    assert row.counts == {"gone": 2, "stayed": 1}
    page = browser.get(reverse("settings:import", args=[row.pk])).content.decode()
    assert "These stay" in page
    assert "Zoë" in page


def test_what_was_undone_can_be_taken_over_again(browser: Client):
    row = taken_over(browser, HEAD + ANNA)
    press(browser, row, "undo")
    again = taken_over(browser, HEAD + ANNA)
    assert (again.pk != row.pk, Patient.objects.count()) == (True, 1)


def test_a_file_that_is_given_up_leaves_nothing(
    browser: Client, settings: Any, django_capture_on_commit_callbacks: Any
):
    sent(browser, HEAD + ANNA + "3;.;;;;;;;\n")
    row = check(browser)
    with django_capture_on_commit_callbacks(execute=True):
        press(browser, row, "given_up")
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert not row.lines.exists()
    assert sent(browser, HEAD + ANNA).status_code == 200
    assert Import.objects.count() == 2
