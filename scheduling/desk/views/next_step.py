"""The one thing to do next with a patient, for the person who looks. The first rule that has an answer wins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.courses.queries.patient_visits import PRESENT, Visit
from scheduling.desk.queries.worklists import UPKEEP_AHEAD
from scheduling.models import Course, Proposal, Session, SessionStatus

LONG_AGO = timedelta(days=182)


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    text: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the rules read. `verdict` is the code of today's; `intake` is missing, begun or done; `spoken_against`:
    something excludes a booked visit on its day."""

    patient: Patient
    clinical: bool
    today: date
    horizon: date
    visits: Sequence[Visit]
    running: Course | None
    draft: Course | None
    proposal: Proposal | None
    intake: str
    verdict: str
    spoken_against: bool = False
    on_hold: bool = False
    suspected: int | None = None  # the first suspected allergy

    @property
    def ahead(self) -> list[Visit]:
        return [each for each in self.visits if each.ahead and each.start]


def in_the_house(known: Known) -> Step | None:
    here = next((each for each in known.ahead if each.status in PRESENT), None)
    return visit_step(here, _("Open the visit"), _("The patient is in the clinic."), "person-check") if here else None


def lost_its_time(known: Known) -> Step | None:
    lost = next((each for each in known.visits if each.needs_time), None)
    if lost is None:
        return None
    text = _("The time of a visit was cancelled. It needs a new one.")
    return Step(_("Find a new time"), text, reverse("desk:visit_move", args=[lost.session.pk]), "calendar-x")


def expected_today(known: Known) -> Step | None:
    today = next((each for each in known.ahead if each.day == known.today and each.status == "booked"), None)
    if today is None:
        return None
    url = reverse("desk:visit_check_in", args=[today.session.pk])
    return Step(_("Check in"), _("A visit is booked for today."), url, "person-check")


def schedule_to_look_at(known: Known) -> Step | None:
    if not (known.clinical and known.draft and known.proposal):
        return None
    url = reverse("courses:proposal", args=[known.draft.pk, known.proposal.pk])
    return Step(_("Look at the schedule"), _("A course is planned and has no times yet."), url, "calendar2-week")


def draft_to_finish(known: Known) -> Step | None:
    if not (known.clinical and known.draft):
        return None
    return course_step(known.draft, _("Continue the draft"), _("A course was begun and has no schedule yet."))


def reaction_to_decide(known: Known) -> Step | None:
    """A reaction stops every needle: a clinician decides, the desk waits for the practitioner's call (D17, D38)."""
    if not known.on_hold:
        return None
    if not known.clinical:
        url = reverse("patients:detail", args=[known.patient.pk])
        return Step(_("On hold"), _("On hold, the practitioner will call."), url, "pause-circle-fill")
    url = reverse("patients:reactions_decide", args=[known.patient.pk])
    text = _("A reaction stops this patient's treatment; a prescriber decides in writing.")
    return Step(_("Decide on the reaction"), text, url, "exclamation-octagon")


def suspicion_to_settle(known: Known) -> Step | None:
    """A positive test, or a cause suspected of a reaction: no course is planned before a prescriber has settled it."""
    if not (known.clinical and known.suspected):
        return None
    url = reverse("patients:settle", args=[known.suspected])
    return Step(_("Settle the suspected allergy"), _("An ingredient is suspected."), url, "exclamation-octagon")


def course_on_hold(known: Known) -> Step | None:
    if known.running is None or known.running.status != Course.Status.ON_HOLD:
        return None
    if known.running.ask_on is None:
        return course_step(known.running, _("Decide how it goes on"), _("The course is on hold."))
    text = _("The course is paused; nobody knows yet until when.")
    if back := known.running.back_on:
        text = _("The course is paused; the patient is back about %(day)s.") % {"day": date_format(back, "j M Y")}
    return course_step(known.running, _("Open the course"), text)


def comes_back(known: Known) -> Step | None:
    """Treated once, long ago, and nothing planned."""
    last = max((each.day for each in known.visits if each.session.course and not each.ahead and each.day), default=None)
    if last is None or known.running or known.ahead or known.today - last < LONG_AGO:
        return None
    url = reverse("patients:comes_back", args=[known.patient.pk])
    return Step(_("Comes back"), _("What has expired, and one press for the rest."), url, "arrow-repeat")


def intake_first(known: Known) -> Step | None:
    if known.intake == "done" or not known.clinical:
        return None
    begun = known.intake == "begun"
    label = _("Continue the intake") if begun else _("Start the intake")
    text = _("Some questions are answered.") if begun else _("Nobody has asked the health questions yet.")
    return Step(label, text, reverse("patients:intake", args=[known.patient.pk]), "clipboard2-pulse")


def consultation_first(known: Known) -> Step | None:
    kinds = {each.session.kind for each in known.visits if each.status == SessionStatus.COMPLETED or each.ahead}
    if Session.Kind.CONSULTATION in kinds or known.running:
        return None
    url = f"{reverse('desk:book')}?patient={known.patient.pk}&kind={Session.Kind.CONSULTATION.value}"
    return Step(_("Book the consultation"), _("A prescriber has to see the patient first."), url, "calendar-plus")


def visits_not_allowed(known: Known) -> Step | None:
    """Answers changed and a booked visit may not take place any more (D16): a clinician looks, the desk asks one."""
    if not (known.clinical and known.spoken_against):
        return None
    url = reverse("patients:eligibility", args=[known.patient.pk])
    return Step(_("Look at the eligibility"), _("There is a finding against a booked visit."), url, "shield-check")


def needs_decision(known: Known) -> Step | None:
    if not known.clinical or known.running or known.verdict in ("eligible", ""):
        return None
    url = reverse("patients:eligibility", args=[known.patient.pk])
    return Step(_("Look at the eligibility"), _("There is a finding against a course."), url, "shield-check")


def course_to_plan(known: Known) -> Step | None:
    done = {each.session.kind for each in known.visits if each.status == SessionStatus.COMPLETED}
    if not known.clinical or known.running or Session.Kind.CONSULTATION not in done:
        return None
    url = f"{reverse('courses:new')}?patient={known.patient.pk}"
    return Step(_("Plan a course"), _("The patient may be treated and has no course."), url, "bezier2")


def visit_to_book(known: Known) -> Step | None:
    """The next visit of the course, when it has no time and the calendar has reached its window."""
    waiting = (each for each in known.visits if each.ahead and not each.start and each.session.floor)
    due = next((each for each in waiting if is_due(each.session, known)), None)
    if due is None or known.running is None:
        return None
    first, floor = known.ahead[0].day if known.ahead else None, due.session.floor
    if first and floor and first < floor:
        return None
    text = _("A visit of the course has no time yet.")
    return Step(_("Book the next visit"), text, reverse("desk:visit_move", args=[due.session.pk]), "calendar-plus")


def is_due(session: Session, known: Known) -> bool:
    """Upkeep is offered three weeks ahead, everything else as soon as the calendar is open."""
    upkeep = session.kind == Session.Kind.MAINTENANCE
    day, until = (session.ideal, known.today + UPKEEP_AHEAD) if upkeep else (session.floor, known.horizon)
    return day is not None and day <= until


def visit_ahead(known: Known) -> Step | None:
    if not known.ahead:
        return None
    return visit_step(known.ahead[0], _("Open the next visit"), "", "calendar-event")


def anything_else(known: Known) -> Step:
    url = f"{reverse('desk:book')}?patient={known.patient.pk}"
    return Step(_("Book a visit"), _("No visit is planned."), url, "calendar-plus")


RULES: Sequence[Callable[[Known], Step | None]] = (
    reaction_to_decide,
    in_the_house,
    suspicion_to_settle,
    visits_not_allowed,
    lost_its_time,
    expected_today,
    schedule_to_look_at,
    draft_to_finish,
    course_on_hold,
    comes_back,
    intake_first,
    consultation_first,
    visit_to_book,
    needs_decision,
    course_to_plan,
    visit_ahead,
)


def next_step(known: Known) -> Step:
    return next((step for rule in RULES if (step := rule(known))), None) or anything_else(known)


def visit_step(visit: Visit, label: str, text: str, icon: str) -> Step:
    return Step(label, text, reverse("desk:visit", args=[visit.session.pk]), icon)


def course_step(course: Course, label: str, text: str) -> Step:
    return Step(label, text, reverse("courses:detail", args=[course.pk]), "bezier2")
