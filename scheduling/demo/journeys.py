"""What happens to one demonstration patient, step by step, through the same actions as in the clinic."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from clinic.base.refusals import Refusal
from clinic.models import Location
from patients.actions.consent import sign_consent
from patients.actions.identity import Born
from patients.actions.intake import save_answers
from patients.actions.register import register_patient
from patients.models import AllergyTest, Patient
from protocols.models import ConsentStatement, Formulation, IntakeQuestion
from scheduling.calendar.queries.places import current_booking, with_places
from scheduling.courses.actions.courses import create_course
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.changing.actions.course_safety import read_allergy_test
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.demo.clinic import LOT, Stage
from scheduling.demo.names import FAMILY, GIVEN
from scheduling.models import Course, Practitioner, Proposal, Session
from scheduling.treatment.actions.drawn_up import administer_with_products
from scheduling.treatment.actions.record import TREATED, Record, Used
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from scheduling.treatment.queries.drawn_up import Line, Syringe

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# protocol, mix, indication, areas to choose from, sessions of the first phase, weight
Planned = tuple[str, str, str, tuple[str, ...], dict[str, int], int]
PLANS: tuple[Planned, ...] = (
    ("P05", "Body mix", "cellulite", ("thigh", "buttock", "hip"), {}, 6),
    ("P03", "Body mix", "localised_fat", ("abdomen", "arm", "hip"), {"1": 8}, 5),
    ("P07", "Body mix", "cellulite", ("abdomen", "thigh", "leg"), {"1": 8}, 5),
    ("P02", "Face mix", "wrinkles", ("face", "neck"), {"1": 7}, 3),
    ("P06-B", "Face mix", "facial_rejuvenation", ("face",), {"1": 4}, 3),
    ("P08", "Scalp mix", "alopecia", ("scalp",), {}, 2),
    ("P01", "Body mix", "cellulite", ("posterior_thigh", "buttock"), {}, 1),
)


@dataclass
class Journeys:
    """One clinic's patients, drawn from one seeded source of chance."""

    stage: Stage
    chance: Random
    now: datetime
    number: int = 0
    clear: dict[str, dict[str, object]] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for occasion in ("plan", "same_day"):
            rows = IntakeQuestion.objects.filter(active=True, occasions__contains=[occasion], asked_of="patient")
            nothing: dict[str, object] = {"boolean": False, "multiple": []}
            self.clear[occasion] = {row.link_id: nothing.get(row.type) for row in rows}
        for act in ("test", "treatment"):
            codes = ConsentStatement.objects.filter(active=True, act__in=[act, "both"]).values_list("code", flat=True)
            self.lines[act] = list(codes)

    def wall(self, day: date, hour: int, place: Location) -> datetime:
        """A wall time at a location, as an instant."""
        return datetime.combine(day, time(hour), tzinfo=ZoneInfo(place.timezone))

    def register(
        self, *, at: datetime, place: Location, email: str = "", name: tuple[str, str] | None = None
    ) -> Patient:
        """Somebody new; every seventh has no e-mail and is called instead."""
        self.number += 1
        sex = "male" if not name and self.chance.random() < 0.2 else "female"
        mail = email or ("" if self.number % 7 == 0 else f"patient{self.number}@demo.test")
        given, family = name or (self.chance.choice(GIVEN[sex]), self.chance.choice(FAMILY))
        return register_patient(
            given_name=given,
            family_name=family,
            phone=f"+39 320 555 {self.number:04d}",
            email=mail,
            sex=sex,
            birth_date=at.date() - timedelta(days=365 * self.chance.randint(22, 68) + self.chance.randint(1, 360)),
            location=place,
            by=self.stage.desk,
            now=at,
        )

    def answer(self, patient: Patient, *, at: datetime, **changes: object) -> None:
        """A whole intake; only `changes` exclude treatment."""
        answers = {**self.clear["plan"], **changes}
        save_answers(patient=patient, occasion="plan", answers=answers, by=self.stage.desk, now=at)

    def consult(self, patient: Patient, *, at: datetime, place: Location) -> None:
        """A consultation that took place."""
        doctor = self.stage.prescriber(place)
        create_visit(
            patient=patient, kind="consultation", practitioner=doctor, performed_at=at, by=doctor.staff.user, now=at
        )
        save_answers(patient=patient, occasion="plan", answers={"large_concern": False}, by=doctor.staff.user, now=at)

    def consent(self, patient: Patient, *, at: datetime) -> None:
        for act, codes in self.lines.items():
            sign_consent(
                patient=patient, act=act, statements=codes, signed_name=str(patient), signed_at=at,
                by=self.stage.desk, now=at,
            )  # fmt: skip

    def test(self, patient: Patient, mix: Formulation, *, at: datetime, place: Location) -> AllergyTest:
        doctor = self.stage.prescriber(place).staff.user
        return administer_with_products(
            patient=patient, formulation=mix, administered_at=at, injections=1, site="Left forearm",
            emergency_kit=True, drawn_up=self.drawn(mix, Decimal("0.1")), by=doctor, now=at,
        )  # fmt: skip

    def drawn(self, mix: Formulation, amount: Decimal | None = None) -> tuple[Line, ...]:
        """The mix from the house's products and its usual lot: as planned, or `amount` of each."""
        items = mix.items.select_related("substance")
        return tuple(
            Line(product=self.stage.products[item.substance.code], lot=LOT, amount=amount or item.amount)
            for item in items
        )

    def read(self, test: AllergyTest, *, at: datetime, place: Location, result: str = "negative") -> None:
        doctor = self.stage.prescriber(place).staff.user
        read_allergy_test(test=test, read_at=at, result=result, by=doctor, now=at)

    def prepare(self, patient: Patient, mix: Formulation, *, at: datetime, place: Location) -> None:
        """Everything before the needle: intake, consultation, consent, test and its reading a day later."""
        self.answer(patient, at=at)
        self.consult(patient, at=at + HOUR, place=place)
        self.consent(patient, at=at + 2 * HOUR)
        test = self.test(patient, mix, at=at + 2 * HOUR, place=place)
        self.read(test, at=at + DAY + 2 * HOUR, place=place)

    def draft(self, patient: Patient, *, at: datetime, start_on: date, place: Location, code: str = "") -> Course:
        """A course of a drawn protocol, or of the one named."""
        rows = [row for row in PLANS if row[0] == code] or PLANS
        protocol, mix, indication, areas, counts, _weight = self.chance.choices(rows, [row[-1] for row in rows])[0]
        people = self.stage.of(place)
        practitioner = self.chance.choices(people, [self.stage.weekly_hours(each) for each in people])[0]
        return create_course(
            patient=patient,
            protocol=protocol,
            areas=[self.chance.choice(areas)],
            indication=indication,
            formulation=self.stage.mixes[mix],
            technique="point_by_point",
            location=place,
            practitioner=practitioner,
            start_on=start_on,
            counts=counts,
            confirmed=protocol == "P01",
            preferences=self.chance.choice(({}, {}, {"from": "09:00", "to": "14:00"})),
            by=self.stage.prescriber(place).staff.user,
            now=at,
        )

    def propose(self, course: Course, *, at: datetime) -> Proposal | None:
        asked = request_proposal(course=course, by=course.created_by, now=at)
        return build_proposal(proposal_id=asked.pk, now=at)

    def course(self, *, start_on: date, place: Location, email: str = "", code: str = "") -> Course | None:
        """A patient from the first call to a booked course; None when nothing fitted any more."""
        begun = self.wall(start_on - 4 * DAY, 10, place)
        begun = min(begun, self.now - 2 * DAY)
        patient = self.register(at=begun - HOUR, place=place, email=email)
        mix_name = next((row[1] for row in PLANS if row[0] == code), self.chance.choice(list(self.stage.mixes)))
        self.prepare(patient, self.stage.mixes[mix_name], at=begun, place=place)
        codes = [code] if code else [row[0] for row in PLANS if row[1] == mix_name]
        weights = [row[-1] for name in codes for row in PLANS if row[0] == name]
        ready = begun + DAY + 3 * HOUR
        chosen = self.chance.choices(codes, weights)[0]
        course = self.draft(patient, at=ready, start_on=max(start_on, ready.date()), place=place, code=chosen)
        proposal = self.propose(course, at=ready)
        if proposal is None or proposal.status != Proposal.Status.READY:
            return None
        accept_proposal(proposal=proposal, by=course.created_by, now=ready)
        self.live(course)
        return course

    def live(self, course: Course) -> None:
        """What happened at the visits that lie in the past."""
        past = course.sessions.filter(status="booked", bookings__active=True, bookings__end__lt=self.now)
        for session in with_places(past.order_by("sequence")):
            booking = current_booking(session)
            if booking is None or booking.practitioner is None:
                continue
            if not self.attend(session, booking.start, booking.practitioner):
                return

    def attend(self, session: Session, start: datetime, practitioner: Practitioner) -> bool:
        """One visit: here, well, treated, written down. False when it could not take place."""
        by = practitioner.staff.user
        try:
            born = self.born(session.patient)
            answers = self.clear["same_day"]
            check_in(session=session, answers=answers, born=born, by=self.stage.desk, now=start - HOUR / 12)
            start_session(
                session=session, emergency_kit=True, consent_confirmed=True, born=born, place_confirmed=True,
                syringe=self.syringe(session), by=by, now=start,
            )  # fmt: skip
            complete = complete_and_sign if session.kind in TREATED else complete_session
            complete(session=session, record=self.record(session), by=by, now=start + 2 * HOUR / 5)
        except Refusal:
            return False
        return True

    def syringe(self, session: Session) -> Syringe:
        course = session.course
        if course is None or session.kind not in (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE):
            return Syringe()
        return Syringe(lines=self.drawn(course.formulation))

    def born(self, patient: Patient) -> Born | None:
        """What the patient says of the birthday."""
        return (patient.birth_date.day, patient.birth_date.month) if patient.birth_date else None

    def record(self, session: Session) -> Record:
        course = session.course
        if course is None or session.kind == "measurement":
            return Record()
        items = course.formulation.items.select_related("substance")
        used = tuple(
            Used(code=item.substance.code, amount=Decimal(item.amount), unit=item.unit, lot=LOT) for item in items
        )
        return Record(
            areas=tuple(area.code for area in course.areas.all()),
            technique=course.technique,
            needle="30 G",
            needle_length_mm=Decimal(4),
            depth="intradermal",
            injection_points=self.chance.randint(40, 120),
            substances=used,
            antisepsis_before=True,
            antisepsis_before_note="chlorhexidine 2 %",
            antisepsis_during=True,
            antisepsis_during_note="chlorhexidine 2 %",
            antisepsis_after=True,
            antisepsis_after_note="chlorhexidine 2 %",
            operator_skill="experienced",
            hands_on_minutes=20,
            barrier_film=True,
            aftercare_given=True,
            old_sites_checked=True,
            skin_response=self.chance.choice(("calm", "slight redness", "small bruises")),
            clinical_response=self.chance.choice(("no change yet", "slightly better", "better")),
        )
