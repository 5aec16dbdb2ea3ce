"""Two records of one person become one, and can be taken apart within a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.base import scope
from clinic.base.refusals import Conflict, Forbidden
from clinic.models import Location, StaffMember, User
from patients.actions.intake import save_answers
from patients.models import Allergy, FindingDecision, IntakeResponse, Merge, Patient
from patients.queries.answers import newest_answers
from patients.queries.eligibility import evaluate
from patients.queries.people import best
from protocols.eligibility import Occasion, Plan, Status
from scheduling.courses.actions.requests import ask_the_desk
from scheduling.courses.actions.sessions import move_session
from scheduling.desk.actions.merging import merge, preview, take_apart
from scheduling.models import Message, Session, VisitRequest
from tests.factories import NOW, PatientFactory, SubstanceFactory, UserFactory
from tests.scheduling.visits import a_visit, at
from tests.steps import take_intake

Browsers = Callable[[User | None], Client]
pytestmark = pytest.mark.usefixtures("at_ten")


@pytest.fixture
def twin(clinic: Location) -> Patient:
    """Ana, registered a second time with a mailbox of her own and without a birth date."""
    mailbox = UserFactory(email="second@example.test")
    return PatientFactory(given_name="Ana", family_name="Rosi", birth_date=None, address="Via Roma 1", user=mailbox)


def allergic(patient: Patient, code: str, state: str, by: User) -> Allergy:
    substance = SubstanceFactory(code=code)
    given = {"verification": state, "recorded_by": by, "recorded_at": NOW}
    return Allergy.objects.create(patient=patient, substance=substance, **given)


def answers(patient: Patient, by: User, **given: object) -> None:
    save_answers(patient=patient, occasion="plan", answers=given, by=by, now=NOW)


def states(patient: Patient) -> dict[str, str]:
    return {row.substance.code: row.verification for row in Allergy.objects.filter(patient=patient)}


def test_everything_goes_over_once_and_comes_back(
    patient: Patient, twin: Patient, practitioner: User, desk: User, browser_of: Browsers
):
    visit = a_visit(twin, at(15), practitioner, desk)
    allergic(patient, "one", "unconfirmed", practitioner)
    allergic(twin, "one", "confirmed", practitioner)
    allergic(twin, "two", "unconfirmed", practitioner)
    answers(patient, practitioner, stroke=False)
    answers(twin, practitioner, stroke=True)
    decision = FindingDecision.objects.create(
        patient=patient, code="x", decision="approve", reason="Seen", decided_by=practitioner, decided_at=NOW
    )
    said = Message.objects.filter(patient=twin).count()

    done = merge(kept=patient, retired=twin, by=practitioner, now=NOW)

    patient.refresh_from_db()
    assert (patient.address, patient.email, patient.user.email) == ("Via Roma 1", *["ana@example.test"] * 2)
    assert states(patient) == {"one": "confirmed", "two": "unconfirmed"}, "the stricter of both, and all"
    assert newest_answers(patient)["stroke"].value is True, "a yes of either is a yes"
    assert not FindingDecision.objects.filter(patient=patient).exists(), "decided on fewer answers"
    assert Session.objects.get(pk=visit.pk).patient == patient
    keys = list(Message.objects.filter(patient=patient, session=visit).values_list("dedupe_key", flat=True))
    assert len(keys) == said
    assert all(key.endswith(f":p{patient.pk}") for key in keys)
    with scope.whole():
        assert [str(each) for each in best(Patient.objects.filter(merged_into=None), "rosi", 5)] == ["Ana Rossi"]
    old = browser_of(desk).get(reverse("patients:detail", args=[twin.pk]))
    assert old.context["patient"] == patient, "the retired number leads on"
    assert "Merged with the record of Ana Rosi" in old.content.decode()

    take_apart(done=done, by=desk, now=NOW + timedelta(hours=23))

    twin.refresh_from_db()
    patient.refresh_from_db()
    assert (twin.merged_into, twin.user.email, patient.address) == (None, "second@example.test", "")
    assert (states(patient), states(twin)) == ({"one": "unconfirmed"}, {"one": "confirmed", "two": "unconfirmed"})
    assert newest_answers(patient)["stroke"].value is False
    assert newest_answers(twin)["stroke"].value is True
    assert FindingDecision.objects.get(pk=decision.pk).patient == patient
    assert Session.objects.get(pk=visit.pk).patient == twin
    assert Message.objects.filter(patient=twin, dedupe_key__endswith=f":p{twin.pk}").count() == said


def test_a_newer_list_hides_no_medicine_allergy_or_day_of_the_older_one(
    patient: Patient, twin: Patient, practitioner: User
):
    lists = {"medicine_names": [{"name": "Eliquis"}], "allergens": ["chlorhexidine"], "aspirin_last_dose": "2026-04-20"}
    take_intake(twin, by=practitioner, now=NOW - timedelta(days=9), takes_medicines=True, **lists)
    take_intake(patient, by=practitioner, now=NOW, takes_medicines=True, medicine_names=[{"name": "vitamin D"}])
    assert evaluate(patient, NOW.date(), Occasion.PLAN, Plan()).status != Status.CONTRAINDICATED
    merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    said = {name: each.value for name, each in newest_answers(patient).items()}
    assert said["medicine_names"] == [{"name": "vitamin D"}, {"name": "Eliquis"}]
    assert (said["allergens"], said["aspirin_last_dose"]) == (["chlorhexidine"], "2026-04-20")
    assert evaluate(patient, NOW.date(), Occasion.PLAN, Plan()).status == Status.CONTRAINDICATED


@pytest.mark.parametrize("planted_is_kept", [True, False])
def test_the_desk_opens_no_answers_with_a_mailbox_of_its_own(
    planted_is_kept: bool, patient: Patient, practitioner: User, desk: User
):
    planted = PatientFactory(given_name="Ana", birth_date=patient.birth_date, user=UserFactory(email="own@desk.test"))
    take_intake(patient, by=practitioner, now=NOW)
    if not planted_is_kept:
        Patient.objects.filter(pk=patient.pk).update(user=None, email="")
        patient.refresh_from_db()
    pair = {"kept": planted, "retired": patient} if planted_is_kept else {"kept": patient, "retired": planted}
    with pytest.raises(Forbidden):
        merge(**pair, by=desk, now=NOW)
    assert merge(**pair, by=practitioner, now=NOW).pk


def test_what_was_written_since_about_a_visit_goes_back_with_it(
    patient: Patient, twin: Patient, practitioner: User, desk: User
):
    visit = a_visit(twin, at(15), practitioner, desk)
    done = merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    move_session(session=Session.objects.get(pk=visit.pk), start=at(16), by=desk, now=NOW)
    ask_the_desk(patient=patient, location=visit.location, session=visit, text="By car?", now=NOW)
    take_apart(done=done, by=desk, now=NOW)
    visit.refresh_from_db()
    assert visit.patient == twin
    for rows in (visit.bookings.all(), Message.objects.filter(session=visit), VisitRequest.objects.all()):
        assert {each.patient for each in rows} == {twin}, "nobody else hears of it"
    keys = Message.objects.filter(session=visit).values_list("dedupe_key", flat=True)
    assert all(key.endswith(f":p{twin.pk}") for key in keys)


def test_two_whole_questionnaires_become_one(patient: Patient, twin: Patient, practitioner: User):
    """Some answers are lists, some numbers; only a yes against a no is written anew."""
    take_intake(patient, by=practitioner, now=NOW)
    take_intake(twin, by=practitioner, now=NOW - timedelta(hours=1), diabetes=True)
    done = merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    assert IntakeResponse.objects.get(pk__in=done.before["written"]).answers == {"diabetes": True}


def test_after_a_day_records_stay_one(patient: Patient, twin: Patient, desk: User, practitioner: User):
    done = merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    with pytest.raises(Conflict, match="within a day"):
        take_apart(done=done, by=desk, now=NOW + timedelta(hours=24, minutes=1))
    with pytest.raises(Conflict, match="not two records any more"):
        merge(kept=patient, retired=twin, by=practitioner, now=NOW)


def test_clinical_differences_are_a_clinicians(
    patient: Patient, twin: Patient, desk: User, practitioner: User, browser_of: Browsers
):
    allergic(twin, "two", "confirmed", practitioner)
    with pytest.raises(Forbidden):
        merge(kept=patient, retired=twin, by=desk, now=NOW)
    page = reverse("patients:merge", args=[patient.pk]) + f"?other={twin.pk}"
    desks, theirs = (browser_of(user).get(page).content.decode() for user in (desk, practitioner))
    assert "Allergy to Two: Confirmed." in theirs
    assert "Allergy to Two" not in desks
    assert "I have looked at the differences: merge" in theirs
    assert 'type="submit">Merge' not in desks
    browser_of(practitioner).post(page)
    assert Merge.objects.get().merged_by == practitioner


def test_never_during_a_visit_nor_with_two_visits_at_one_time(
    patient: Patient, twin: Patient, desk: User, practitioner: User, colleague: User
):
    StaffMember.objects.filter(user=colleague).update(prescriber=True)
    mine, other = a_visit(patient, at(15), practitioner, desk), a_visit(twin, at(15), colleague, desk)
    assert "two records" not in str(preview(patient, twin).obstacles)
    with pytest.raises(Conflict, match="at one time"):
        merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    other.bookings.update(active=False)
    Session.objects.filter(pk=mine.pk).update(status="checked_in")
    with pytest.raises(Conflict, match="under way"):
        merge(kept=patient, retired=twin, by=practitioner, now=NOW)
    assert not Merge.objects.exists()


def test_the_desk_finds_the_other_record_compares_and_merges(
    patient: Patient, twin: Patient, desk: User, practitioner: User, browser_of: Browsers
):
    answers(patient, practitioner, stroke=False)
    IntakeResponse.objects.create(patient=twin, occasion="plan", status="in_progress", author=desk, answered_at=NOW)
    IntakeResponse.objects.create(patient=patient, occasion="plan", status="in_progress", author=desk, answered_at=NOW)
    browser, page = browser_of(desk), reverse("patients:merge", args=[patient.pk])
    assert twin in browser.get(page).context["found"]
    assert "Keep the other one" in browser.get(page, {"other": twin.pk}).content.decode()
    assert browser.post(f"{page}?other={twin.pk}").headers["Location"] == reverse("patients:detail", args=[patient.pk])
    browser.post(reverse("patients:take_apart", args=[patient.pk]))
    assert Patient.objects.get(pk=twin.pk).merged_into is None
    assert browser.post(reverse("patients:take_apart", args=[patient.pk])).status_code == 404


def test_the_database_knows_what_a_merge_is(patient: Patient, twin: Patient, desk: User):
    with pytest.raises(IntegrityError, match="patient_merged_into_another"), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(merged_into=patient.pk)
    given = {"kept": patient, "retired": twin, "merged_by": desk, "merged_at": NOW}
    with pytest.raises(IntegrityError, match="merge_undone_by_name"), transaction.atomic():
        Merge.objects.create(**given, undone_at=NOW)
    Merge.objects.create(**given)
    with pytest.raises(IntegrityError, match="merge_once_a_record"), transaction.atomic():
        Merge.objects.create(**given)
