"""The facts that the rule of the needle reads: one gatherer, for one act or for many in as many queries (D20)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string

from clinic.models import Location
from patients.models import AllergyTest, FindingDecision, Patient
from patients.queries.allergy import OnRecord, on_record_from, tests_in_bulk
from patients.queries.consent import Standing, consents_in_force
from patients.queries.in_bulk import Known, known_of
from patients.queries.plans import mix_of, plan_from_json, plan_of
from patients.queries.rules import current_rules
from patients.queries.statements import all_statements, belongs, concerns
from protocols.eligibility import Act, Facts, Occasion, Plan, RuleSet, Verdict, evaluate
from protocols.eligibility.readiness import Line
from protocols.models import ConsentStatement, Formulation
from protocols.queries import policies


@dataclass(frozen=True, slots=True, kw_only=True)
class FromVisits:
    """What the calendar knows of a patient at an instant. The app above fills it: settings.VISITS_BEFORE_THE_NEEDLE."""

    consultation_at: datetime | None = None  # the newest consultation that a prescriber completed


ReadVisits = Callable[[Collection[int], datetime], Mapping[int, FromVisits]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAct:
    """A test or a treatment that somebody asks about.

    `others`: plans of which any will do where `plan` itself may not be carried out. `on`: the visit's own day when it
    is known. `kit_checked`, `consent_confirmed` and `by_prescriber` as `Facts` has them.
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
    kit_checked: bool | None = None
    consent_confirmed: bool | None = None
    by_prescriber: bool | None = None


def facts_of(acts: Sequence[AskedAct], *, at: datetime) -> list[Facts]:
    """The facts of each act at the instant `at`, in the same order."""
    if not acts:
        return []
    records = Records.read({act.patient.pk for act in acts}, at)
    return [records.facts(act) for act in acts]


@dataclass(frozen=True, slots=True)
class Records:
    """What is on file about some patients at an instant."""

    at: datetime
    rules: RuleSet
    repeat_after: timedelta
    known: Mapping[int, Known]
    tests: Mapping[int, list[AllergyTest]]
    consents: Mapping[tuple[int, str], Standing]
    lines: Sequence[ConsentStatement]
    visits: Mapping[int, FromVisits]

    @classmethod
    def read(cls, patients: Collection[int], at: datetime) -> "Records":
        read_visits: ReadVisits = import_string(settings.VISITS_BEFORE_THE_NEEDLE)
        return cls(
            at=at,
            rules=current_rules(),
            repeat_after=policies().test_repeat_after,
            known=known_of(patients),
            tests=tests_in_bulk(patients),
            consents=consents_in_force(patients, at),
            lines=all_statements(),
            visits=read_visits(patients, at),
        )

    def facts(self, act: AskedAct) -> Facts:
        at, patient = self.at.astimezone(act.zone), act.patient.pk
        consent = self.consents.get((patient, act.act))
        ahead = act.on if act.on and act.on > at.date() else None
        return Facts(
            act=act.act,
            at=at,
            consultation_at=self.visits.get(patient, FromVisits()).consultation_at,
            consent_at=consent.newest.signed_at if consent else None,
            lines_missing=self.lines_missing(act, consent) if consent else (),
            verdict=self.verdict(act, at.date()),
            verdict_on_its_day=self.verdict(act, ahead) if ahead else None,
            gate=self.on_record(patient).gate(mix_of(act.formulation), at) if act.formulation else None,
            place=act.location.name if act.location else "",
            antisepsis_defined=bool(act.location and act.location.antisepsis_protocol.strip()),
            kit_checked=act.kit_checked,
            consent_confirmed=act.consent_confirmed,
            by_prescriber=act.by_prescriber,
        )

    def lines_missing(self, act: AskedAct, consent: Standing) -> tuple[Line, ...]:
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
        return on_record_from(self.tests[patient], known.decisions, known.allergies, self.repeat_after)


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
