"""The facts that the rule of the needle reads: one gatherer, for one act or for many in as many queries (D20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clinic.base.once import once
from clinic.models import Location
from patients.models import AllergyTest, FindingDecision, Patient
from patients.queries.allergy import OnRecord, on_record_from, tests_in_bulk
from patients.queries.consent import ConsentInForce, consents_in_force
from patients.queries.grave import new_findings, positive_readings
from patients.queries.in_bulk import Known, known_of
from patients.queries.plans import mix_of, plan_from_json, plan_of
from patients.queries.rules import current_rules
from patients.queries.statements import all_statements, belongs, concerns
from patients.queries.visits_before import NOTHING_HAPPENED, FromVisits, visits_before
from protocols.eligibility import Act, Facts, Gate, Occasion, Plan, RuleSet, Verdict, evaluate
from protocols.eligibility.consultation import newest_that_counts
from protocols.eligibility.gate import TestLife
from protocols.eligibility.readiness import Line
from protocols.models import ConsentStatement, Formulation
from protocols.queries import policies


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAct:
    """A test or a treatment that somebody asks about.

    `others`: plans of which any will do where `plan` itself may not be carried out. `on`: the visit's own day when it
    is known. `tolerance_days`: how far the phase lets it stand beyond its ideal day (D42). `kit_checked`,
    `consent_confirmed` and `by_prescriber` as `Facts` has them.
    `acknowledged`: ids of the open reactions that a prescriber has seen for this visit. `on_hold`: its course is.
    `day`: the local date whose answers count, where it is not that of the instant: who came before midnight is treated
    on that day (D39).
    """

    patient: Patient
    act: Act
    plan: Plan
    formulation: Formulation | None
    zone: ZoneInfo
    location: Location | None
    others: tuple[Plan, ...] = ()
    occasion: Occasion = Occasion.PLAN
    on: date | None = None
    tolerance_days: int = 0
    kit_checked: bool | None = None
    consent_confirmed: bool | None = None
    by_prescriber: bool | None = None
    acknowledged: frozenset[int] = frozenset()
    on_hold: bool = False
    day: date | None = None


def facts_of(acts: Sequence[AskedAct], *, at: datetime) -> list[Facts]:
    """The facts of each act at the instant `at`, in the same order."""
    if not acts:
        return []
    records = records_of(frozenset(act.patient.pk for act in acts), at)
    return [records.facts(act) for act in acts]


@once
def records_of(patients: frozenset[int], at: datetime) -> "Records":
    return Records.read(patients, at)


@dataclass(frozen=True, slots=True)
class Records:
    """What is on file about some patients at an instant."""

    at: datetime
    rules: RuleSet
    life: TestLife
    consultation_months: int
    grave: Mapping[int, list[datetime]]
    known: Mapping[int, Known]
    tests: Mapping[int, list[AllergyTest]]
    consents: Mapping[tuple[int, str], ConsentInForce]
    lines: Sequence[ConsentStatement]
    visits: Mapping[int, FromVisits]

    @classmethod
    def read(cls, patients: frozenset[int], at: datetime) -> "Records":
        return cls(
            at=at,
            rules=current_rules(),
            life=policies().test_life,
            consultation_months=policies().consultation_months,
            grave=new_findings(patients, at),
            known=known_of(patients),
            tests=tests_in_bulk(patients),
            consents=consents_in_force(patients, at),
            lines=all_statements(),
            visits=visits_before(patients, at),
        )

    def facts(self, act: AskedAct) -> Facts:
        at, patient = self.at.astimezone(act.zone), act.patient.pk
        consent = self.consents.get((patient, act.act))
        ahead = act.on if act.on and act.on > at.date() else None
        visits = self.visits.get(patient, FromVisits())
        return Facts(
            act=act.act,
            at=at,
            consultation_at=self.consultation_at(act, at),
            consent_at=consent.newest.signed_at if consent else None,
            lines_missing=self.lines_missing(act, consent) if consent else (),
            verdict=self.verdict(act, act.day or at.date()),
            verdict_on_its_day=self.verdict(act, ahead) if ahead else None,
            gate=self.gate(act, at),
            place=act.location.name if act.location else "",
            antisepsis_defined=bool(act.location and act.location.antisepsis_protocol.strip()),
            kit_checked=kit_checked(act, at),
            consent_confirmed=act.consent_confirmed,
            by_prescriber=act.by_prescriber,
            kit_expired_on=expired_on(act.location, at.date()),
            on_hold=visits.on_hold or act.on_hold,
            unsigned_before=is_before(visits.unsigned_since, at),
            reactions_unseen=bool(visits.open_reactions - act.acknowledged),
        )

    def consultation_at(self, act: AskedAct, at: datetime) -> datetime | None:
        """The newest consultation that counts for the act's plan (D37)."""
        patient = act.patient.pk
        visits = self.visits.get(patient, NOTHING_HAPPENED)
        voided = [*visits.severe_at, *self.grave.get(patient, ()), *positive_readings(self.tests[patient])]
        return newest_that_counts(
            visits.consultations,
            act.plan,
            self.rules.options,
            at=at,
            months=self.consultation_months,
            voided_at=voided,
        )

    def lines_missing(self, act: AskedAct, consent: ConsentInForce) -> tuple[Line, ...]:
        """The lines of the act's plan that do not stand (D36)."""
        needed = (line for line in self.lines if belongs(line, act.act) and line.code not in consent.lines)
        return tuple(
            Line(line.code, line.text, tuple(line.cites))
            for line in needed
            if concerns(line, act.plan, self.rules.options)
        )

    def verdict(self, act: AskedAct, on: date) -> Verdict:
        """Of the act's plan; of the first other plan that may be carried out where this one may not."""
        known = self.known[act.patient.pk]
        facts, decisions = known.facts(act.patient, act.zone), known.decided(act.zone)
        verdicts = (
            evaluate(self.rules, facts, plan, on=on, occasion=act.occasion, decisions=decisions)
            for plan in (act.plan, *act.others)
        )
        own = next(verdicts)
        return own if own.is_eligible else next((each for each in verdicts if each.is_eligible), own)

    def on_record(self, patient: int) -> OnRecord:
        known = self.known[patient]
        treated = self.visits.get(patient, NOTHING_HAPPENED).treated
        return on_record_from(self.tests[patient], known.decisions, known.allergies, self.life, treated)

    def gate(self, act: AskedAct, at: datetime) -> Gate | None:
        """The allergy test's, for the mix of the act; None while no mix is chosen."""
        if act.formulation is None:
            return None
        record = self.on_record(act.patient.pk)
        return record.gate(mix_of(act.formulation), at, tolerance_days=act.tolerance_days)


def kit_checked(act: AskedAct, at: datetime) -> bool | None:
    """Whether the kit was checked for this act: then, or once that day at its place by somebody's name (D54)."""
    last = act.location.kit_checked_at if act.location else None
    if act.kit_checked is False and last is not None and last <= at:
        return last.astimezone(at.tzinfo).date() == at.date()
    return act.kit_checked


def expired_on(place: Location | None, today: date) -> date | None:
    """When the adrenaline of the place expired; None while it serves, through its expiry date (D54)."""
    expires = place.adrenaline_expires_on if place else None
    return expires if expires and expires < today else None


def is_before(instant: datetime | None, at: datetime) -> bool:
    """Whether it lies on an earlier local day than `at`."""
    return instant is not None and instant.astimezone(at.tzinfo).date() < at.date()


def test_alone(
    patient: Patient, formulation: Formulation | None, zone: ZoneInfo, location: Location | None
) -> AskedAct:
    """The allergy test of a mix outside a course.

    Decisions are bound to what was planned, so a review settled for a whole plan counts for the test of its mix too.
    """
    decided = FindingDecision.objects.filter(
        patient=patient, plan__formulation=str(formulation.pk if formulation else "")
    )
    return AskedAct(
        patient=patient,
        act=Act.TEST,
        plan=plan_of(formulation=formulation),
        formulation=formulation,
        zone=zone,
        location=location,
        others=tuple({plan_from_json(row.plan) for row in decided}) if formulation else (),
    )
