"""Which consent stands, act by act, and which lines it still lacks (D20, D23, D36)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clinic.base.zones import home_zone
from patients.models import Consent, Patient
from patients.queries.rules import current_rules
from patients.queries.statements import all_statements, belongs, concerns
from protocols.eligibility import Plan
from protocols.eligibility.dates import add_months, anniversary
from protocols.models import ConsentStatement
from protocols.queries import policies

OF_AGE = 18


@dataclass(frozen=True, slots=True)
class ConsentInForce:
    """What a patient has agreed to for one act. A later signature adds lines to those that stand (D36)."""

    consents: tuple[Consent, ...]  # the newest last

    @property
    def newest(self) -> Consent:
        return self.consents[-1]

    @property
    def lines(self) -> frozenset[str]:
        return frozenset(line["code"] for consent in self.consents for line in consent.statements)


def consents_in_force(patients: Collection[int], at: datetime) -> Mapping[tuple[int, str], ConsentInForce]:
    """(patient id, act) -> what stands at `at`; an act without a standing yes is left out. One query.

    A signature counts from the moment it is on record, so one entered after a start cures nothing.
    """
    rows = Consent.objects.filter(patient__in=patients, signed_at__lte=at, recorded_at__lte=at).select_related(
        "patient"
    )
    found: dict[tuple[int, str], list[Consent]] = defaultdict(list)
    for row in rows.order_by("signed_at", "id"):
        found[row.patient_id, row.act].append(row)
    good = StillGood.at(at)
    standing = {key: tuple(filter(good, after_the_last_no(rows))) for key, rows in found.items()}
    return {key: ConsentInForce(consents) for key, consents in standing.items() if consents}


def after_the_last_no(rows: Iterable[Consent]) -> list[Consent]:
    """The signatures that no refusal or withdrawal came after (D23)."""
    rows = list(rows)
    noes = [(row.withdrawn_at or row.signed_at, row.pk) for row in rows if row.status != Consent.Status.ACTIVE]
    last = max(noes, default=None)
    signed = [row for row in rows if row.status == Consent.Status.ACTIVE]
    return [row for row in signed if last is None or (row.signed_at, row.pk) > last]


@dataclass(frozen=True, slots=True)
class StillGood:
    """Whether a signature has not lapsed by `today`, and was not a minor's (D36). Days are those of the clinic."""

    today: date
    zone: ZoneInfo
    months: int

    @classmethod
    def at(cls, instant: datetime) -> "StillGood":
        zone = home_zone()
        return cls(instant.astimezone(zone).date(), zone, policies().consent_months)

    def __call__(self, consent: Consent) -> bool:
        signed, born = consent.signed_at.astimezone(self.zone).date(), consent.patient.birth_date
        of_age = born is None or signed >= anniversary(born, OF_AGE, leap_day_late=True)
        return of_age and self.today <= add_months(signed, self.months)


def standing_consent(patient: Patient, act: str, at: datetime) -> ConsentInForce | None:
    """What stands of one act for one patient."""
    return consents_in_force([patient.pk], at).get((patient.pk, str(act)))


def consent_in_force(patient: Patient, act: str, at: datetime) -> Consent | None:
    """The newest signature that stands."""
    standing = standing_consent(patient, act, at)
    return standing.newest if standing else None


def lines_to_sign(patient: Patient, plans: Iterable[Plan], at: datetime) -> dict[str, list[ConsentStatement]]:
    """act -> the lines that any of the plans needs and that do not stand yet, in the order they are read."""
    standing = consents_in_force([patient.pk], at)
    options, plans, lines = current_rules().options, [*plans, Plan()], all_statements()
    needed = [line for line in lines if any(concerns(line, plan, options) for plan in plans)]
    signed = {act: standing[patient.pk, act].lines for act in Consent.Act.values if (patient.pk, act) in standing}
    return {
        act: [line for line in needed if belongs(line, act) and line.code not in signed.get(act, ())]
        for act in Consent.Act.values
    }


def consents_of(patient: Patient) -> list[Consent]:
    """Every word on record, newest first."""
    return list(Consent.objects.filter(patient=patient).select_related("recorded_by", "withdrawn_by"))
