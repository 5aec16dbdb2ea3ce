"""Fill the demonstration clinic: 300 patients in every state, the next weeks well booked, one of each trouble."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db.models import Q

from clinic.base.clock import local_date
from clinic.base.refusals import Refusal
from clinic.models import Location
from patients.models import AllergyTest, Patient
from protocols.models import ExpectedReaction
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.queries.search import Search, free_slots
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.changing.actions.course_safety import withdraw_consent
from scheduling.courses.changing.actions.course_states import finish_course, hold_course, revoke_course
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.demo.clinic import set_up, work_whole_days
from scheduling.demo.journeys import DAY, HOUR, Journeys
from scheduling.demo.weeks import WEEKS, book_up
from scheduling.models import AdverseEvent, Course, Message, Session
from scheduling.treatment.actions.reactions import report_reaction

PATIENTS = 300
RECENT_WEEKS, LONG_WEEKS = 2, 6  # every visit that took place is played through, so only one course in eight is old


@dataclass(frozen=True)
class Kind:
    """A kind of patient and how many there are in a clinic of 300."""

    name: str
    count: int
    play: Callable[[Journeys, Location, int], object]


def build(*, now: datetime, seed: int = 7, patients: int = PATIENTS, weeks: int = WEEKS) -> Iterator[int]:
    """Build the clinic and yield the number of patients so far. The same seed and day give the same clinic.

    The next `weeks` are booked to two thirds or more, and nowhere beyond four fifths.
    """
    today = local_date(now, "Europe/Rome")
    opened = today - timedelta(days=730)
    stage = set_up(today=today, opened=opened)
    play = Journeys(stage, Random(seed), now)  # noqa: S311  # the same clinic every time, not a secret
    for done, (kind, number) in enumerate(cast(play.chance, patients), start=1):
        place = stage.locations[number % 2]
        kind.play(play, place, number)
        yield done
    book_up(play, weeks)
    troubles(play)
    advance_horizon(now=now - DAY)  # as the task did last night: what is left to book is left to people
    work_whole_days(stage, opened=opened)
    settle_past_messages(now)


def cast(chance: Random, patients: int) -> list[tuple[Kind, int]]:
    """Everybody who will come: first the two who are known by name, then those who began longest ago."""
    people = [(kind, n) for kind in KINDS[2:] for n in range(max(1, round(kind.count * patients / PATIENTS)))]
    others = sorted(people, key=lambda pair: (pair[0].name != "running", chance.random()))
    return [(KINDS[0], 0), (KINDS[1], 0), *others][:patients]


# --- kinds of patients ----------------------------------------------------------------------------------------------


def the_patient(play: Journeys, place: Location, number: int) -> object:
    """patient@demo.test: three sessions into a body course."""
    return play.course(start_on=play.now.date() - 50 * DAY, place=place, email="patient@demo.test", code="P07")


def ready(play: Journeys, place: Location, number: int) -> object:
    """Lia Nuova: everything before the needle is done, her first course waits to be planned."""
    came = play.wall(play.now.date() - 3 * DAY, 10, place)
    patient = play.register(at=came - DAY, place=place, name=("Lia", "Nuova"))
    play.prepare(patient, play.stage.mixes["Body mix"], at=came, place=place)
    return patient


def running(play: Journeys, place: Location, number: int) -> object:
    weeks = LONG_WEEKS if number % 8 == 0 else RECENT_WEEKS
    began = play.now.date() - timedelta(days=play.chance.randint(7, 7 * weeks))
    return attempt(lambda: play.course(start_on=began, place=place))


def starting(play: Journeys, place: Location, number: int) -> object:
    soon = play.now.date() + timedelta(days=play.chance.randint(1, 42))
    return attempt(lambda: play.course(start_on=soon, place=place))


def drafted(play: Journeys, place: Location, number: int) -> object:
    """A course whose schedule is ready to be looked at, or was not asked for yet."""
    patient = play.register(at=play.now - 5 * DAY, place=place)
    play.prepare(patient, play.stage.mixes["Body mix"], at=play.now - 5 * DAY, place=place)
    course = play.draft(patient, at=play.now - DAY, start_on=play.now.date(), place=place, code="P07")
    return play.propose(course, at=play.now - HOUR) if number % 2 else course


def tested(play: Journeys, place: Location, number: int) -> AllergyTest:
    """Test done yesterday or the day before; the reading is due."""
    at = play.now - timedelta(hours=play.chance.randint(25, 60))
    patient = play.register(at=at - 3 * DAY, place=place)
    play.answer(patient, at=at - 3 * DAY)
    play.consult(patient, at=at - 2 * DAY, place=place)
    play.consent(patient, at=at - 2 * DAY)
    return play.test(patient, play.stage.mixes["Body mix"], at=at, place=place)


def positive(play: Journeys, place: Location, number: int) -> object:
    """A positive test: every ingredient is suspected, nothing is proposed."""
    test = tested(play, place, number)
    play.read(test, at=test.administered_at + DAY, place=place, result="positive")
    return test


def ruled_out(play: Journeys, place: Location, number: int) -> object:
    why = play.chance.choice(("diabetes", "heart_disease", "kidney_disease", "pregnant"))
    patient = play.register(at=play.now - 12 * DAY, place=place)
    return attempt(lambda: play.answer(patient, at=play.now - 12 * DAY, **{why: True}))


def deferred(play: Journeys, place: Location, number: int) -> object:
    """Aspirin a few days ago: not before two weeks are over."""
    patient = play.register(at=play.now - 3 * DAY, place=place)
    taken = play.now.date() - timedelta(days=play.chance.randint(4, 10))
    return attempt(lambda: play.answer(patient, at=play.now - 3 * DAY, aspirin_last_dose=taken.isoformat()))


def new_lead(play: Journeys, place: Location, number: int) -> object:
    """Called, perhaps answered the intake, and has a consultation ahead."""
    patient = play.register(at=play.now - timedelta(days=play.chance.randint(1, 9)), place=place)
    if number % 2:
        play.answer(patient, at=play.now - DAY)
    return book_consultation(play, patient, place)


def book_consultation(play: Journeys, patient: Patient, place: Location) -> Session | None:
    first = play.now.date() + timedelta(days=play.chance.randint(0, 12))
    search = Search.for_kind(place, "consultation", first=first, last=first + 10 * DAY, limit=8)
    found = free_slots(search=search, now=play.now)
    if not found:
        return None
    spot = play.chance.choice(found)
    practitioner = next(each for each in play.stage.practitioners if each.pk == spot.practitioner_id)
    return create_visit(
        patient=patient, kind="consultation", practitioner=practitioner, start=spot.start, by=play.stage.desk,
        now=play.now,
    )  # fmt: skip


def stopped(play: Journeys, place: Location, number: int) -> object:
    """On hold, closed early, or closed because consent was withdrawn."""
    course = running(play, place, number)
    if not isinstance(course, Course):
        return None
    by = course.created_by
    if number % 3 == 0:
        until = (play.now + 40 * DAY).date()
        return hold_course(course=course, reason="Travelling", until=until, by=by, now=play.now)
    if number % 3 == 1:
        return revoke_course(course=course, reason="Moved to another city", by=by, now=play.now)
    consent = course.patient.consents.filter(act="treatment").latest("signed_at")
    return withdraw_consent(consent=consent, reason="Changed her mind", by=by, now=play.now)


def finished(play: Journeys, place: Location, number: int) -> object:
    """A course done long ago: its upkeep is due or overdue, or the patient wanted none."""
    began = play.now.date() - timedelta(days=play.chance.randint(215, 300))
    course = attempt(lambda: play.course(start_on=began, place=place, code="P07"))
    if number % 2 and isinstance(course, Course):
        return finish_course(
            course=course, reason="Result reached, no upkeep wished", by=course.created_by, now=play.now
        )
    return course


def attempt(act: Callable[[], object]) -> object:
    """What the clinic would have refused simply did not happen."""
    try:
        return act()
    except Refusal:
        return None


KINDS = (
    Kind("the patient", 1, the_patient),
    Kind("ready", 1, ready),
    Kind("running", 118, running),
    Kind("finished", 3, finished),
    Kind("stopped", 9, stopped),
    Kind("starting", 62, starting),
    Kind("drafted", 10, drafted),
    Kind("tested", 8, tested),
    Kind("positive", 2, positive),
    Kind("ruled out", 14, ruled_out),
    Kind("deferred", 8, deferred),
    Kind("lead", 64, new_lead),
)


# --- one of each trouble ---------------------------------------------------------------------------------------------


def troubles(play: Journeys) -> None:
    """A practitioner falls ill next week and displaces visits; one message could not be sent; one patient reports a
    reaction that nobody has answered yet."""
    away = play.stage.practitioners[1]
    start = play.wall(play.now.date() + 6 * DAY, 0, away.staff.location)
    report_absence(practitioner=away, start=start, end=start + DAY, reason="Ill", by=play.stage.desk, now=play.now)
    ahead = Message.objects.filter(status="scheduled", channel="email", due_at__gt=play.now).order_by("due_at").first()
    if ahead is not None:
        ahead.status, ahead.attempts, ahead.error = Message.Status.FAILED, 5, "550 mailbox unavailable"
        ahead.save(update_fields=["status", "attempts", "error"])
    somebody_reacts(play)


def somebody_reacts(play: Journeys) -> AdverseEvent | None:
    """The last one treated calls an hour ago: the swelling does not go down. Whoever treated answers the same day."""
    reported = play.now - HOUR
    treated = Session.objects.filter(kind="treatment", status="completed", performed_at__lt=reported - HOUR)
    last = treated.select_related("patient").order_by("-performed_at", "patient__phone").first()
    if last is None or last.performed_at is None:
        return None
    return report_reaction(
        patient=last.patient,
        session=last,
        reaction=ExpectedReaction.objects.get(code="oedema"),
        text="The swelling is larger than yesterday",
        onset_at=last.performed_at + HOUR / 2,
        worsening=True,
        by=play.stage.desk,
        now=reported,
    )


def settle_past_messages(now: datetime) -> None:
    """What was due before today was sent then: the worker was running in those weeks, the demonstration was not."""
    due = Q(status="scheduled", due_at__lt=now)
    Message.objects.filter(due).exclude(channel="call", due_at__gt=now - DAY).update(status="sent", sent_at=now)
