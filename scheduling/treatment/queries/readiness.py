"""What many visits still wait for before the needle, in a fixed number of queries.

For lists. The start itself asks `gates.missing_to_start`, which evaluates the rules afresh; here the last screening
speaks and what was found against the visit since (D16), and whether a prescriber accepted a stronger mix is left to the
visit's own page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models import AllergyTest, Consent, Screening
from patients.queries.allergy import as_tested
from protocols.eligibility import GateStatus, Need, Status, allergy_gate
from protocols.models import FormulationItem
from scheduling.models import NEEDLE_KINDS, Session, Standing

Word = str | Promise
WORDS: Mapping[str, Word] = {
    Need.CONSULTATION: _("consultation"),
    Need.CONSENT: _("consent"),
    Need.ELIGIBILITY: _("practitioner's decision"),
    Need.ANTISEPSIS: _("antisepsis protocol"),
    Need.ALLERGY_TEST: _("allergy test"),
}
GATE_WORDS: Mapping[str, Word] = {
    GateStatus.READING_DUE: _("reading of the allergy test"),
    GateStatus.WAITING: _("24 hours after the allergy test"),
    GateStatus.SIGN_READING: _("signature under the reading"),
    GateStatus.REPEAT: _("a new allergy test"),
    GateStatus.POSITIVE: _("practitioner's decision"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a visit waits for. The words name no condition, so the desk may read them (D17)."""

    code: str
    word: Word


def missing_for(sessions: Iterable[Session], *, at: datetime) -> dict[int, tuple[Missing, ...]]:
    """session id -> what it still lacks (D20), for visits with a needle; `sessions` come with course and location."""
    wanted = [session for session in sessions if session.kind in NEEDLE_KINDS]
    if not wanted:
        return {}
    record = Record.read(wanted, at)
    return {session.pk: tuple(record.missing(session, at)) for session in wanted}


@dataclass(frozen=True, slots=True)
class Record:
    """What is on file about some patients at an instant."""

    consulted: frozenset[int]
    consents: Mapping[tuple[int, str], str]  # the newest word on each act
    verdicts: Mapping[int, str]  # of the last screening
    against: frozenset[int]  # visits that may not take place as things stand
    tests: Mapping[int, list[AllergyTest]]
    mixes: Mapping[int, frozenset[str]]  # formulation -> what is injected

    @classmethod
    def read(cls, sessions: list[Session], at: datetime) -> "Record":
        ids = sorted({session.patient_id for session in sessions})
        held = Session.objects.filter(patient__in=ids, kind="consultation", status="completed", performed_at__lte=at)
        consents = Consent.objects.filter(patient__in=ids, signed_at__lte=at).order_by("signed_at", "id")
        screenings = Screening.objects.filter(patient__in=ids).order_by("evaluated_at", "id")
        standing = Standing.objects.filter(course__in={session.course_id for session in sessions if session.course_id})
        tests: dict[int, list[AllergyTest]] = defaultdict(list)
        for test in AllergyTest.objects.filter(patient__in=ids).prefetch_related("readings"):
            tests[test.patient_id].append(test)
        return cls(
            consulted=frozenset(held.values_list("patient_id", flat=True)),
            consents={(row.patient_id, row.act): row.status for row in consents},
            verdicts=dict(screenings.values_list("patient_id", "verdict")),
            against=frozenset(each.session for row in standing for each in row.visits),
            tests=tests,
            mixes=mixes_of({session.course.formulation_id for session in sessions if session.course}),
        )

    def missing(self, session: Session, at: datetime) -> Iterator[Missing]:
        act = Consent.Act.TEST if session.kind == Session.Kind.ALLERGY_TEST else Consent.Act.TREATMENT
        there = {
            Need.CONSULTATION: session.patient_id in self.consulted,
            Need.CONSENT: self.consents.get((session.patient_id, act)) == Consent.Status.ACTIVE,
            Need.ELIGIBILITY: self.eligible(session),
            Need.ANTISEPSIS: bool(session.location.antisepsis_protocol.strip()),
        }
        yield from (Missing(need, WORDS[need]) for need, fulfilled in there.items() if not fulfilled)
        if act == Consent.Act.TREATMENT and (word := self.test_missing(session, at)):
            yield Missing(Need.ALLERGY_TEST, word)

    def eligible(self, session: Session) -> bool:
        return self.verdicts.get(session.patient_id) == Status.ELIGIBLE and session.pk not in self.against

    def test_missing(self, session: Session, at: datetime) -> Word | None:
        mix = self.mixes.get(session.course.formulation_id, frozenset()) if session.course else frozenset()
        gate = allergy_gate(
            mix=dict.fromkeys(mix),
            tests=[as_tested(test, {}) for test in self.tests.get(session.patient_id, ())],
            at=at,
            acknowledged=mix,
            own_blood_signed=True,
        )
        return None if mix and gate.is_open else GATE_WORDS.get(gate.status, WORDS[Need.ALLERGY_TEST])


def mixes_of(formulations: Iterable[int]) -> dict[int, frozenset[str]]:
    mixes: dict[int, set[str]] = defaultdict(set)
    rows = FormulationItem.objects.filter(formulation__in=sorted(formulations), substance__injectable=True)
    for formulation, code in rows.values_list("formulation_id", "substance__code"):
        mixes[formulation].add(code)
    return {formulation: frozenset(codes) for formulation, codes in mixes.items()}
