"""One page at the chair: column 1 opens the rest, volumes add up, and nothing that was typed is lost (D38 to D41)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import User
from patients.actions.allergies import record_allergy
from protocols.models import Substance
from scheduling.models import Booking, Course, Product, RecordDraft, Session, TreatmentRecord
from scheduling.treatment.actions.reactions import report_reaction
from scheduling.treatment.actions.record import Placed, Used
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import arrive, not_treated, start_session
from tests.factories import NOW, TODAY
from tests.scheduling.visits import a_visit, at
from tests.steps import BEGIN, BORN, SENT, a_record, check_same_day
from tests.stock import as_form, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
IN_THIGH, IN_AIR = {"view": "front", "x": 152, "y": 306}, {"view": "front", "x": 3, "y": 3}
YES = {
    **{f"antisepsis_{when}": "yes" for when in ("before", "during", "after")},
    "antisepsis_before_note": "chlorhexidine",
}


@pytest.fixture
def first(course: Course, desk: User) -> Session:
    """The first treatment, checked in."""
    session = course.sessions.get(sequence=1)
    check_same_day(session.patient, by=desk, now=NOW)
    return arrive(session=session, answers={}, born=BORN, by=desk, now=NOW, version=None).session


@pytest.fixture
def begun(first: Session, practitioner: User) -> Session:
    return start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=NOW)


@pytest.fixture
def doctor(browser_of: Browser, practitioner: User) -> Client:
    return browser_of(practitioner)


def chair(session: Session) -> str:
    return reverse("desk:visit_chair", args=[session.pk])


def drawn(session: Session, practitioner: User) -> float:
    return float(sum(line.amount for line in drawn_for(session, practitioner).lines))


def sent(doctor: Client, session: Session, **changes: Any) -> dict[str, Any]:
    """The record as the page shows it, with what is seen today and `changes`."""
    form = doctor.get(chair(session)).context["form"]
    lines = {f"used-{name}": form.used.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for line in form.used:
        lines |= {line.add_prefix(name): line[name].value() or "" for name in line.fields}
    choices = {name: form[name].value() or "" for name in ("areas", "technique", "delivery_device", "version")}
    return choices | lines | YES | changes


class TestColumnOneOpensTheRest:
    def test_before_the_start_only_what_is_drawn_up_can_be_written(self, first: Session, doctor: Client):
        said = doctor.get(chair(first)).content.decode()
        assert said.count("Opens once what is drawn up is right.") == 2
        assert "data-record" not in said

    def test_each_product_names_the_unit_that_its_amount_is_in(self, first: Session, doctor: Client):
        Product.objects.create(name="Hyaluronidase powder", unit="IU")
        test = f"/patients/{first.patient_id}/allergy-test/"
        for page in (chair(first), test, reverse("desk:stock")):
            assert "Hyaluronidase powder (IU)</option>" in doctor.get(page).content.decode()

    def test_a_start_that_is_refused_leaves_the_rest_shut(self, first: Session, doctor: Client):
        page = doctor.post(chair(first), {"start": "now"})
        assert (page.status_code, "data-record" in page.content.decode()) == (422, False)
        assert "Opens once what is drawn up is right." in page.content.decode()

    def test_the_right_start_opens_it_with_what_was_drawn_up(self, first: Session, doctor: Client, practitioner: User):
        syringe = drawn_for(first, practitioner)
        page = doctor.post(chair(first), as_form(syringe, **SENT), follow=True)
        said = page.content.decode()
        assert all(line.product.name in said and line.lot in said for line in syringe.lines)
        assert "Opens once" not in said

    def test_the_last_look_names_allergy_reaction_and_days(self, first: Session, doctor: Client, practitioner: User):
        lidocaine = Substance.objects.get(code="lidocaine")
        record_allergy(patient=first.patient, substance=lidocaine, note="collapse", by=practitioner, now=NOW)
        hurts = {"text": "Slept badly", "onset_at": NOW - timedelta(days=1)}
        report_reaction(patient=first.patient, **hurts, by=practitioner, now=NOW)
        Session.objects.create(
            patient=first.patient, location=first.location, kind="treatment", status="completed",
            performed_at=NOW - timedelta(days=21),
        )  # fmt: skip
        said = doctor.get(chair(first)).content.decode()
        assert all(words in said for words in (lidocaine.name, "Slept badly", "21 days since the last session"))

    def test_a_visit_that_is_over_has_no_chair(self, begun: Session, doctor: Client, practitioner: User):
        complete_and_sign(session=begun, record=a_record(), by=practitioner, now=NOW)
        assert doctor.get(chair(begun)).headers["Location"] == reverse("desk:visit", args=[begun.pk])


class TestVolumes:
    def test_that_add_up_are_kept_with_their_points_and_counted(
        self, begun: Session, doctor: Client, practitioner: User
    ):
        rest = drawn(begun, practitioner) - 0.5 - 0.2
        points = json.dumps([{**IN_THIGH, "area": "thigh", "ml": 0.2}, {**IN_THIGH, "area": "thigh", "ml": None}])
        form = sent(doctor, begun, **{"ml-thigh": f"{rest:g}", "left_over_ml": "0.5"}, points=points)
        assert doctor.post(chair(begun), form).status_code == 302
        record = TreatmentRecord.objects.get(session=begun)
        assert [each["ml"] for each in record.placed] == ["0.2", None, f"{rest:g}"]
        assert (record.injection_points, float(record.left_over_ml), record.areas) == (2, 0.5, ["thigh"])
        said = doctor.get(reverse("desk:visit", args=[begun.pk])).content.decode()
        assert "0.2 ml" in said
        assert "Left over" in said

    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"ml-thigh": "0.1"}, "left_over_ml", "were drawn up"),
            ({"ml-thigh": "-1"}, "ml-thigh", "0 or more"),
            ({"points": "{"}, "points", "could not be read"),
            ({"points": json.dumps([{**IN_AIR, "area": "thigh"}])}, "points", "Point 1 lies outside the area: Thigh"),
            ({"points": json.dumps([{**IN_THIGH, "area": "breast"}])}, "areas points", "outside the areas"),
            ({"anaesthetic_minutes": "20"}, "anaesthetic", "which anaesthetic"),
            ({"film_off_hours": "6"}, "barrier_film", "put on"),
        ],
    )
    def test_that_cannot_be_are_said_at_their_field(
        self, changes: dict[str, str], field: str, words: str, begun: Session, doctor: Client
    ):
        page = doctor.post(chair(begun), sent(doctor, begun, **changes))
        errors = page.context["form"].errors
        assert (page.status_code, list(errors)) == (422, field.split())
        assert words in str(errors[field.rsplit(maxsplit=1)[-1]])
        begun.refresh_from_db()
        assert begun.status == "in_progress"

    @pytest.mark.parametrize(
        ("placed", "field"),
        [
            ([{**IN_AIR, "area": "thigh", "ml": "1"}], "placed.0"),
            ([{"area": "abdomen", "ml": "1"}], "placed.0"),
            ([{"area": "thigh", "ml": "0.1"}], "left_over_ml"),
        ],
    )
    def test_over_http_likewise(
        self, placed: list[dict[str, Any]], field: str, begun: Session, api_of: Api, practitioner: User
    ):
        lines = drawn_for(begun, practitioner).lines
        used = [{"code": line.product.substance.code, "amount": str(line.amount), "lot": line.lot} for line in lines]
        answers = {name: True if value == "yes" else value for name, value in YES.items()}
        answers |= {f"antisepsis_{when}_note": "chlorhexidine" for when in ("during", "after")}
        record = {"areas": ["thigh"], "substances": used, "placed": placed} | answers
        answer = api_of(practitioner).post(f"/api/v1/sessions/{begun.pk}/complete/", {"record": record})
        assert answer.status_code == 422
        assert field in {error["field"] for error in answer.json()["errors"]}


class TestAsLastTime:
    def test_fills_choices_and_volumes_and_nothing_that_must_be_seen_today(
        self, course: Course, begun: Session, doctor: Client, practitioner: User
    ):
        lines = drawn_for(begun, practitioner).lines
        ml = sum(line.amount for line in lines)
        used = tuple(Used(code=line.product.substance.code, amount=line.amount, lot=line.lot) for line in lines)
        placed = (Placed(area="thigh", ml=ml), Placed(area="thigh", **IN_THIGH))
        record = a_record(substances=used, placed=placed, injection_points=None, aftercare_given=True)
        complete_and_sign(session=begun, record=record, by=practitioner, now=NOW)
        second = course.sessions.get(sequence=2)
        TreatmentRecord.objects.create(session=second, started_at=NOW, by=practitioner)
        Session.objects.filter(pk=second.pk).update(status="in_progress")
        form = doctor.post(chair(second), {"fill": "last", "note": "Tired today"}).context["form"]
        taken = {name: form[name].value() for name in ("areas", "needle", "depth", "injection_points", "ml-thigh")}
        assert taken == {
            "areas": ["thigh"], "needle": "30 G", "depth": "intradermal", "injection_points": "1",
            "ml-thigh": f"{ml.normalize():f}",
        }  # fmt: skip
        assert json.loads(form["points"].value()) == [{"area": "thigh", "ml": None, **IN_THIGH}]
        assert form["note"].value() == "Tired today"
        today = ("antisepsis_before", "antisepsis_before_note", "old_sites_checked", "aftercare_given", "skin_response")
        assert not any(form[name].value() for name in (*today, "clinical_response", "watched_from", "hands_on_minutes"))
        assert not any(line["lot"].value() for line in form.used)


class TestDraft:
    @pytest.fixture
    def keep(self, begun: Session, doctor: Client) -> Callable[..., Any]:
        def kept(seen: int = 0, **typed: str) -> Any:
            form = sent(doctor, begun) | typed | {"draft": str(seen)}
            return doctor.post(reverse("desk:visit_draft", args=[begun.pk]), form)

        return kept

    def test_is_there_when_the_page_is_opened_again(self, begun: Session, keep: Any, doctor: Client):
        assert "Nothing is missing" not in keep(needle="32 G", note="half way").content.decode()
        form = doctor.get(chair(begun)).context["form"]
        assert (form["needle"].value(), form["note"].value()) == ("32 G", "half way")
        assert form["antisepsis_before"].value() == "yes"

    def test_says_what_blocks_done_and_what_the_signature_waits_for(self, keep: Any):
        missing = keep(antisepsis_during="").context["missing"]
        assert missing["done"] == ["Skin antisepsis: during"]
        assert {"Needle", "Skin right after"} <= set(missing["sign"])

    def test_the_later_window_sees_the_difference_and_chooses(self, begun: Session, keep: Any, doctor: Client):
        keep(needle="30 G")
        keep(seen=1, needle="32 G")
        late = keep(seen=1, needle="27 G", note="mine")
        rows = {row["label"]: (row["here"], row["there"]) for row in late.context["differ"]}
        assert rows == {"Needle": ("27 G", "32 G"), "Note": ("mine", "")}
        assert RecordDraft.objects.get().data["needle"] == ["32 G"]
        keep(seen=1, needle="27 G", note="mine", over="1")
        assert RecordDraft.objects.get().data["note"] == ["mine"]

    def test_done_from_the_older_window_is_asked_once_more(self, begun: Session, keep: Any, doctor: Client):
        keep(needle="32 G")
        form = sent(doctor, begun, needle="27 G", draft="0")
        page = doctor.post(chair(begun), form)
        assert (page.status_code, page.context["differ"][0]["there"]) == (422, "32 G")
        assert doctor.post(chair(begun), form | {"draft": "1"}).status_code == 302
        assert not RecordDraft.objects.exists()

    def test_of_a_visit_that_is_over_is_refused_and_gone(self, begun: Session, keep: Any, practitioner: User):
        keep()
        not_treated(session=begun, reason="felt faint", by=practitioner, now=NOW)
        assert not RecordDraft.objects.exists()
        assert Booking.objects.filter(session=begun, active=True).count() == 0

    def test_is_not_kept_after_somebody_has_finished(self, begun: Session, doctor: Client, practitioner: User):
        form = sent(doctor, begun)
        complete_and_sign(session=begun, record=a_record(), by=practitioner, now=NOW)
        assert doctor.post(reverse("desk:visit_draft", args=[begun.pk]), form).status_code == 409


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"left_over_ml": -1}, "record_left_over_not_negative"),
        ({"anaesthetic_minutes": 5}, "record_dwell_of_an_anaesthetic"),
        ({"film_off_hours": 5}, "record_film_off_when_on"),
    ],
)
def test_the_database_holds_what_a_record_may_be(change: dict[str, Any], constraint: str, begun: Session):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TreatmentRecord.objects.filter(session=begun).update(**change)


def test_the_pages_of_the_chair_ask_the_database_a_fixed_number_of_times(
    begun: Session, doctor: Client, practitioner: User, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(41):
        doctor.get(chair(begun))


@pytest.mark.parametrize(
    ("outcome", "name", "args"),
    [("on", "desk:visit", []), ("length", "courses:length", []), ("finish", "courses:stop", ["finish"])],
)
def test_a_review_asks_what_becomes_of_the_course_and_leads_to_its_page(
    outcome: str, name: str, args: list[str], course: Course, doctor: Client, practitioner: User, desk: User
):
    review = a_visit(course.patient, at(15, day=TODAY), practitioner, desk, kind="review")
    arrive(session=review, answers={}, born=BORN, by=desk, now=NOW, version=None)
    assert doctor.post(chair(review), {"start": "now"}).headers["Location"] == chair(review)
    assert list(doctor.post(chair(review), {"note": "x"}).context["form"].errors) == ["outcome"]
    answer = doctor.post(chair(review), {"outcome": outcome, "note": "Softer"})
    to = review if name == "desk:visit" else course
    assert answer.headers["Location"] == reverse(name, args=[to.pk, *args])
    assert doctor.get(answer.headers["Location"]).status_code == 200
    review.refresh_from_db()
    assert review.status == "completed"
