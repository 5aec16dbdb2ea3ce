"""A time that somebody gave back is offered to whom it suits: one patient at a time, and kept for them meanwhile."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.base.refusals import Conflict, Refusal
from clinic.models import Location, User
from patients.models import ContactPreference, Patient
from protocols.actions.policies import set_policy
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.queries.arrivals import together
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions.cascade import place_session, stay_away
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.courses.changing.actions.slot_offers import accept_offer, decline_offer, sweep_offers
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.queries.slot_offers import open_offers
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.messages.actions.preferences import set_contact
from scheduling.models import Booking, Course, Message, PublicHoliday, Session, SlotOffer, WorkingHours
from tests.factories import NOW, LocationFactory, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.courses.changing.test_cannot_come import drawn
from tests.scheduling.running import accepted, shape
from tests.scheduling.visits import a_visit
from tests.sizes import size
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON = NOW + 11 * MINUTE  # nobody can undo any more what happened at NOW


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def visit(course: Course, number: int) -> Session:
    return course.sessions.get(sequence=number)


def without_time(course: Course, *numbers: int) -> None:
    """Visits that never had a time."""
    Booking.objects.filter(session__course=course, session__sequence__in=numbers).delete()
    course.sessions.filter(sequence__in=numbers).update(status="planned", revision=0)


def booked(course: Course, but: Session) -> list[Any]:
    return [(row[2], row[6]) for row in shape(course) if row[0] != but.pk]


@pytest.fixture
def given_back(course: Course, desk: User) -> Booking:
    """The time of the second visit, on a day that the windows of others hold too, given back at NOW."""
    times = Booking.objects.filter(session=visit(course, 2), active=True)
    times.update(**{name: F(name) + 2 * DAY for name in ("start", "end", "occupied_start", "occupied_end")})
    time = times.get()
    displace_session(session=visit(course, 2), reason="Cannot come", by=desk, now=NOW)
    return time


@pytest.fixture
def waiting(clinic: Location, other_patient: Patient, practitioner: User) -> Session:
    """Somebody else's second visit, whose turn has come and which has no time."""
    other = accepted(other_patient, clinic, practitioner)
    without_time(other, *range(2, 8))
    return visit(other, 2)


@pytest.fixture
def offer(given_back: Booking, waiting: Session) -> SlotOffer:
    assert sweep_offers(now=SOON) == 1
    return SlotOffer.objects.select_related("hold", "session").get()


def later_one(clinic: Location, by: User, **latest: timedelta) -> Session:
    """A third patient whose second visit waits too, with more time left."""
    course = accepted(PatientFactory(email="eva@example.test"), clinic, by)
    without_time(course, *range(2, 8))
    session = visit(course, 2)
    Session.objects.filter(pk=session.pk).update(latest=session.latest + timedelta(**latest))  # type: ignore[arg-type]
    return session


class TestWhatIsOffered:
    def test_a_freed_time_once_nobody_can_undo_it_to_one_patient_and_kept_meanwhile(
        self, given_back: Booking, waiting: Session, patient: Patient, desk: User, browser_of: Browser
    ):
        assert sweep_offers(now=NOW + 9 * MINUTE) == 0
        assert sweep_offers(now=SOON) == 1
        (offer,) = SlotOffer.objects.select_related("hold")
        assert (offer.session, offer.hold.start) == (waiting, given_back.start)
        assert (offer.hold.practitioner_id, offer.hold.held_until) == (given_back.practitioner_id, SOON + 60 * MINUTE)
        assert sweep_offers(now=SOON + MINUTE) == 0, "one patient at a time"
        with pytest.raises(Conflict) as taken:
            place_session(session=visit(visit_of(patient), 2), start=given_back.start, by=desk, now=SOON)
        assert [error.field for error in taken.value.errors] == ["practitioner"]
        said = Message.objects.filter(kind="slot_offer")
        assert {(row.channel, row.patient, row.due_at, row.expires_at) for row in said} == {
            (channel, waiting.patient, SOON, SOON + 60 * MINUTE) for channel in ("portal", "email")
        }

    def test_the_nearest_last_day_comes_first(
        self, given_back: Booking, waiting: Session, clinic: Location, practitioner: User
    ):
        nearer = later_one(clinic, practitioner, days=-1)
        sweep_offers(now=SOON)
        assert SlotOffer.objects.get().session == nearer

    def test_never_back_to_whoever_gave_it_back(self, course: Course, desk: User):
        displace_session(session=visit(course, 2), reason="Cannot come", by=desk, now=NOW)
        assert sweep_offers(now=SOON) == 0

    def test_nothing_that_the_rules_would_refuse(
        self, given_back: Booking, waiting: Session, practitioner: User, desk: User, clinic: Location, director: User
    ):
        """Each alone: the window, days away, weekdays, health, a course on hold, quiet hours, the policy."""
        day, course = given_back.start.date(), waiting.course
        assert course is not None
        window = {"floor": waiting.floor, "ideal": waiting.ideal, "latest": waiting.latest}

        def nobody(now: datetime = SOON) -> bool:
            return sweep_offers(now=now) == 0

        Session.objects.filter(pk=waiting.pk).update(**dict.fromkeys(window, day + DAY))
        assert nobody()
        Session.objects.filter(pk=waiting.pk).update(**window)
        stay_away(course=course, away=[[day.isoformat(), day.isoformat()]], by=desk, now=NOW)
        assert nobody()
        stay_away(course=course, away=[], by=desk, now=NOW)
        cannot = [{"weekdays": [day.weekday()]}]
        wishes = Course.objects.get(pk=course.pk).preferences
        Course.objects.filter(pk=course.pk).update(preferences=wishes | {"cannot": cannot})
        assert nobody()
        Course.objects.filter(pk=course.pk).update(preferences=wishes, status="on_hold", status_reason="Travels")
        assert nobody()
        Course.objects.filter(pk=course.pk).update(status="active", status_reason="")
        Location.objects.filter(pk=clinic.pk).update(quiet_from="09:00", quiet_until="20:00")
        assert nobody()
        Location.objects.filter(pk=clinic.pk).update(quiet_from="20:00", quiet_until="08:00")
        set_policy(code="freed_times", value="not_offered", reason="Ours", by=director, now=NOW)
        assert nobody()
        set_policy(code="freed_times", value="half_hour", reason="Ours", by=director, now=NOW)
        with transaction.atomic():
            assert not nobody(), "and without all that it is offered, for as long as the director says"
            assert SlotOffer.objects.get().hold.held_until == SOON + 30 * MINUTE
            transaction.set_rollback(True)
        take_intake(waiting.patient, by=practitioner, now=NOW, diabetes=True)
        assert nobody()

    @pytest.mark.parametrize("how", [{"opted_out": ["slot_offer"], "channel": "email"}, {"channel": "in_person"}])
    def test_nothing_to_whoever_does_not_want_it_or_is_not_reached_in_time(
        self, given_back: Booking, waiting: Session, desk: User, how: dict[str, Any]
    ):
        set_contact(patient=waiting.patient, by=desk, now=NOW, **how)
        assert sweep_offers(now=SOON) == 0

    def test_whoever_is_rung_up_is_asked_while_somebody_is_there(
        self, given_back: Booking, waiting: Session, desk: User, browser_of: Browser
    ):
        set_contact(patient=waiting.patient, channel="call", by=desk, now=NOW)
        assert sweep_offers(now=NOW + timedelta(hours=9)) == 0, "seven in the evening"
        assert sweep_offers(now=SOON) == 1
        with time_machine.travel(SOON, tick=False):
            calls = words(browser_of(desk).get(reverse("desk:worklists"), {"tab": "calls"}))
        assert waiting.patient.family_name in calls
        assert "A time has become free" in calls


def visit_of(patient: Patient) -> Course:
    return patient.courses.get()


class TestThePatientsPage:
    def test_takes_it(self, offer: SlotOffer, waiting: Session, browser_of: Browser):
        course = visit_of(waiting.patient)
        stands = booked(course, but=waiting)
        mine, answer = browser_of(waiting.patient.user), reverse("portal:offer_answer", args=[offer.pk])
        with time_machine.travel(SOON, tick=False):
            home = words(mine.get(reverse("portal:home")))
            assert "We keep it for you until 11:11" in home
            shown = words(mine.post(answer, {"accept": "1"}, follow=True))
            assert "The time is yours" in shown
            again = words(mine.post(answer, {"accept": "1"}, follow=True))
            assert "answered already" in again
        waiting.refresh_from_db()
        assert (waiting.status, waiting.bookings.get(active=True).start) == ("booked", offer.hold.start)
        assert booked(course, but=waiting) == stands, "nothing else moves"
        assert Message.objects.filter(session=waiting, kind="confirmation", channel="email").count() == 1
        assert not Message.objects.filter(kind="slot_offer", status="scheduled").exists()
        offer.refresh_from_db()
        assert (offer.answer, offer.answered_by, offer.hold.active) == ("accepted", waiting.patient.user, False)

    def test_declines_it_and_the_next_one_is_asked(
        self, offer: SlotOffer, waiting: Session, clinic: Location, practitioner: User, browser_of: Browser
    ):
        following = later_one(clinic, practitioner, days=1)
        mine, answer = browser_of(waiting.patient.user), reverse("portal:offer_answer", args=[offer.pk])
        with time_machine.travel(SOON, tick=False):
            assert "nothing changes for you" in words(mine.post(answer, {"decline": "1"}, follow=True))
            assert "answered already" in words(mine.post(answer, {"decline": "1"}, follow=True))
            assert "We keep it for you" not in words(mine.get(reverse("portal:home")))
        assert sweep_offers(now=SOON + MINUTE) == 1
        second = SlotOffer.objects.latest("pk")
        assert (second.session, second.hold.start) == (following, offer.hold.start)
        decline_offer(offer=second, by=practitioner, now=SOON + 2 * MINUTE)
        assert sweep_offers(now=SOON + 3 * MINUTE) == 0, "nobody is asked twice about one time"

    def test_lets_it_run_out(self, offer: SlotOffer, waiting: Session, browser_of: Browser):
        over, mine = SOON + 60 * MINUTE, browser_of(waiting.patient.user)
        with time_machine.travel(over, tick=False):
            for answer in ("accept", "decline"):
                said = mine.post(reverse("portal:offer_answer", args=[offer.pk]), {answer: "1"}, follow=True)
                assert "its time is over" in words(said)
        assert sweep_offers(now=over) == 0
        offer.refresh_from_db()
        assert (offer.answer, offer.hold.active) == ("lapsed", False)
        waiting.refresh_from_db()
        assert waiting.status == "planned"

    def test_is_for_nobody_else(self, offer: SlotOffer, patient: Patient, browser_of: Browser):
        page = reverse("portal:offer_answer", args=[offer.pk])
        assert browser_of(patient.user).post(page, {"accept": "1"}).status_code == 404

    def test_the_mail_names_time_and_place_and_its_subject_nothing(
        self, offer: SlotOffer, clinic: Location, mailoutbox: list[Any]
    ):
        dispatch_due(now=SOON)
        (mail,) = [each for each in mailoutbox if each.subject == "A time is free"]
        assert clinic.name in mail.body
        assert "11:11" in mail.body


class TestOverHttp:
    def test_lists_what_is_offered_and_takes_or_declines_it_once(
        self, offer: SlotOffer, waiting: Session, patient: Patient, desk: User, api_of: Callable[[User | None], Any]
    ):
        here, mine = f"/api/v1/offers/{offer.pk}", api_of(waiting.patient.user)
        with time_machine.travel(SOON, tick=False):
            (shown,) = mine.get("/api/v1/offers/").json()["results"]
            assert (shown["session"], shown["answer"]) == (str(waiting.pk), "")
            assert datetime.fromisoformat(shown["held_until"]) == SOON + 60 * MINUTE
            assert api_of(patient.user).get("/api/v1/offers/").json()["results"] == []
            assert api_of(patient.user).post(f"{here}/accept/").status_code == 404
            taken = mine.post(f"{here}/accept/")
            assert (taken.status_code, taken.json()["placed"][0]["session"]) == (200, str(waiting.pk))
            again = api_of(desk).post(f"{here}/decline/")
            assert (again.status_code, again.json()["title"]) == (409, "Conflict with a booking or a state")
            assert mine.get("/api/v1/offers/").json()["results"] == []

    def test_a_no_asks_the_next_one(self, offer: SlotOffer, desk: User, api_of: Callable[[User | None], Any]):
        with time_machine.travel(SOON, tick=False):
            said = api_of(desk).post(f"/api/v1/offers/{offer.pk}/decline/")
        assert (said.status_code, said.json()["answer"]) == (200, "declined")
        assert not Booking.objects.get(pk=offer.hold_id).active


class TestTheDesk:
    def test_says_yes_for_the_patient_on_the_phone_and_takes_it_back(
        self, offer: SlotOffer, waiting: Session, desk: User, browser_of: Browser
    ):
        browser, page = browser_of(desk), reverse("desk:worklists")
        with time_machine.travel(SOON, tick=False):
            listed = words(browser.get(page, {"tab": "offers"}))
            assert "offered until 11:11" in listed
            assert "offered until 11:11" in words(browser.get(page)), "and among all that is to do"
            said = browser.post(reverse("desk:offer_answer", args=[offer.pk]), {"accept": "1"}, follow=True)
            assert "Booked." in words(said)
            waiting.refresh_from_db()
            assert waiting.status == "booked"
            undo = re.search(r"/courses/\d+/undo/\d+/", said.content.decode())
            assert undo
            browser.post(undo[0])
        waiting.refresh_from_db()
        assert waiting.status == "planned"

    def test_needs_the_time_itself(
        self, offer: SlotOffer, desk: User, browser_of: Browser, clinic: Location, practitioner: User
    ):
        later_one(clinic, practitioner, days=1)
        with time_machine.travel(SOON, tick=False):
            page = reverse("desk:offer_answer", args=[offer.pk])
            assert "offered to nobody" in words(browser_of(desk).post(page, {"withdraw": "1"}, follow=True))
        assert sweep_offers(now=SOON + MINUTE) == 0
        assert not Booking.objects.get(pk=offer.hold_id).active

    def test_the_list_asks_as_often_for_many_offers_as_for_one(
        self, offer: SlotOffer, course: Course, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)

        def asked() -> int:
            with time_machine.travel(SOON, tick=False), CaptureQueriesContext(connection) as queries:
                browser.get(reverse("desk:worklists"), {"tab": "offers"})
            return len(queries)

        asked()
        one, hold, other = asked(), offer.hold, visit(course, 2)
        hold.pk = None
        for name in ("start", "end", "occupied_start", "occupied_end"):
            setattr(hold, name, getattr(hold, name) + 7 * DAY)
        hold.save()
        SlotOffer.objects.create(session=other, hold=hold, revision=other.revision, offered_at=SOON)
        assert asked() == one


class TestMeanwhile:
    def test_the_visit_got_another_time(self, offer: SlotOffer, waiting: Session, desk: User, practitioner: User):
        place_session(session=waiting, start=offer.hold.start + timedelta(hours=2), by=desk, now=SOON)
        self.has_ended(offer, by=practitioner)

    @pytest.mark.parametrize("closes", [True, False])
    def test_nobody_is_there_that_day_any_more(self, closes: bool, offer: SlotOffer, clinic: Location):
        day = offer.hold.start.date()
        if closes:
            PublicHoliday.objects.create(location=clinic, date=day, name="Water pipe")
        else:
            WorkingHours.objects.filter(practitioner=offer.hold.practitioner).update(valid_until=day - DAY)
        assert not open_offers(SlotOffer.objects.all(), SOON).exists()
        sweep_offers(now=SOON + MINUTE)
        offer.refresh_from_db()
        assert offer.answer == "withdrawn"

    def test_the_course_was_paused(self, offer: SlotOffer, waiting: Session, desk: User):
        assert waiting.course
        hold_course(course=waiting.course, reason="Travels", by=desk, now=SOON)
        self.has_ended(offer, by=desk)

    def test_the_course_goes_on_at_another_place(self, offer: SlotOffer, waiting: Session, desk: User):
        Session.objects.filter(pk=waiting.pk).update(location=LocationFactory(name="Lisboa"))
        self.has_ended(offer, by=desk)

    def test_whoever_would_treat_is_away_then(self, offer: SlotOffer, desk: User):
        away = offer.hold.start - 60 * MINUTE, offer.hold.start + 60 * MINUTE
        who = offer.hold.practitioner
        report_absence(practitioner=who, start=away[0], end=away[1], reason="Ill", by=desk, now=SOON)
        self.has_ended(offer, by=desk)

    def has_ended(self, offer: SlotOffer, by: User) -> None:
        with pytest.raises(Conflict):
            accept_offer(offer=offer, by=by, now=SOON)
        sweep_offers(now=SOON + MINUTE)
        offer.refresh_from_db()
        assert (offer.answer, Booking.objects.get(pk=offer.hold_id).active) == ("withdrawn", False)
        assert not Message.objects.filter(kind="slot_offer", status="scheduled").exists()

    def test_something_speaks_against_the_treatment(
        self, offer: SlotOffer, waiting: Session, practitioner: User, desk: User
    ):
        take_intake(waiting.patient, by=practitioner, now=SOON, diabetes=True)
        with pytest.raises(Refusal):
            accept_offer(offer=offer, by=desk, now=SOON)
        offer.refresh_from_db()
        waiting.refresh_from_db()
        assert (offer.answer, waiting.status) == ("withdrawn", "planned")


class TestAnEarlierTime:
    @pytest.fixture
    def late(self, waiting: Session, given_back: Booking) -> Session:
        """The visit is booked three days after its best day, on which the freed time is."""
        start = given_back.start + 3 * DAY
        fields = ("practitioner_id", "room_id")
        Booking.objects.create(
            session=waiting,
            patient=waiting.patient,
            start=start,
            end=start + timedelta(minutes=30),
            occupied_start=start - 5 * MINUTE,
            occupied_end=start + 35 * MINUTE,
            **{name: getattr(given_back, name) for name in fields},
        )
        Session.objects.filter(pk=waiting.pk).update(status="booked", revision=1, ideal=given_back.start.date())
        waiting.refresh_from_db()
        return waiting

    def test_is_offered_to_whoever_asked_to_be_asked(self, late: Session, browser_of: Browser, given_back: Booking):
        assert sweep_offers(now=SOON) == 0
        mine = browser_of(late.patient.user)
        wanted = {"channel": "email", "wanted": ["slot_offer", "earlier"]}
        assert mine.post(reverse("portal:preferences"), wanted).status_code == 302
        assert ContactPreference.objects.get(patient=late.patient).wants_earlier
        Session.objects.filter(pk=late.pk).update(ideal=late.ideal + 3 * DAY)
        assert sweep_offers(now=SOON) == 0, "it is not late"
        Session.objects.filter(pk=late.pk).update(ideal=late.ideal)
        assert sweep_offers(now=SOON) == 1
        offer = SlotOffer.objects.get()
        with time_machine.travel(SOON, tick=False):
            assert "your visit stays where it is" in words(mine.get(reverse("portal:home")))
            assert "your visit stays on Monday 25 May 2026, 10:00" in words(mine.get(reverse("portal:messages")))
        assert late.patient.user
        accept_offer(offer=offer, by=late.patient.user, now=SOON)
        assert late.bookings.get(active=True).start == given_back.start
        assert sweep_offers(now=SOON + 11 * MINUTE) == 0, "nobody else waits for the time it had"

    def test_is_not_offered_for_one_of_two_visits_for_which_the_patient_comes_once(
        self, late: Session, clinic: Location, practitioner: User, desk: User
    ):
        ContactPreference.objects.update_or_create(patient=late.patient, defaults={"wants_earlier": True})
        other = make_course(late.patient, clinic, practitioner, areas=("abdomen",), status="active")
        beside = late.bookings.get(active=True).end + 10 * MINUTE
        a_visit(late.patient, beside, practitioner, desk, course=other, kind="treatment", phase=1, sequence=1)
        assert together(late)
        assert sweep_offers(now=SOON) == 0


def test_what_was_only_just_given_back_can_still_be_undone(given_back: Booking, waiting: Session, desk: User):
    assert sweep_offers(now=NOW + 9 * MINUTE) == 0
    session = given_back.visit
    undo_visit(session=session, act=session.history.latest("pk").pk, by=desk, now=NOW + 9 * MINUTE)
    session.refresh_from_db()
    assert session.status == "booked"


@pytest.mark.parametrize("seed", range(size(2, in_proof=100)))
def test_every_offer_that_is_made_can_be_taken_and_moves_nothing_else(
    seed: int, clinic: Location, practitioner: User, desk: User
):
    luck, taken = Random(seed), 0
    courses = [drawn(luck, clinic, practitioner) for _ in range(4)]
    for course in courses[2:]:  # two of them wait for a time
        without_time(course, luck.randint(2, 4))
    for turn in range(4):
        now = SOON + turn * 11 * MINUTE
        sweep_offers(now=now)
        for offer in SlotOffer.objects.filter(answer="").select_related("session__course", "hold"):
            course = offer.session.course
            assert course is not None
            stands = booked(course, but=offer.session)
            accept_offer(offer=offer, by=desk, now=now)
            offer.session.refresh_from_db()
            assert offer.session.bookings.get(active=True).start == offer.hold.start, (seed, offer.session.sequence)
            assert offer.session.floor <= offer.hold.start.date() <= offer.session.latest
            assert booked(course, but=offer.session) == stands
            taken += 1
    assert taken or seed
