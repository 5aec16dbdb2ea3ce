"""Who may be treated, when, and why not. PURE: rules, facts and a date in, a verdict with findings out.

No Django, no clock, no randomness, and no input raises.
"""

from protocols.eligibility.decisions import Decision
from protocols.eligibility.drawn_up import Drawn, DrawnLine, DrawnLot, DrawnProduct, Mismatch, mismatches
from protocols.eligibility.earliest import Earliest, earliest
from protocols.eligibility.gate import AllergyTest, Gate, GateStatus, Reading, Result, allergy_gate
from protocols.eligibility.planned import Planned
from protocols.eligibility.questions import Question, QuestionType
from protocols.eligibility.readiness import KIT_EXPIRED, Act, Facts, Missing, Need, missing, next_start
from protocols.eligibility.rules import Rule, RuleSet, condition_from, question_from, rule_from, rule_set
from protocols.eligibility.terms import (
    UNKNOWN,
    Answer,
    AreaOption,
    DeviceOption,
    Effect,
    IndicationOption,
    Occasion,
    Options,
    Patient,
    Plan,
    Status,
    SubstanceOption,
    WayOut,
)
from protocols.eligibility.tightening import loosened
from protocols.eligibility.verdict import Finding, Verdict, asked, evaluate

__all__ = [
    "KIT_EXPIRED",
    "UNKNOWN",
    "Act",
    "AllergyTest",
    "Answer",
    "AreaOption",
    "Decision",
    "DeviceOption",
    "Drawn",
    "DrawnLine",
    "DrawnLot",
    "DrawnProduct",
    "Earliest",
    "Effect",
    "Facts",
    "Finding",
    "Gate",
    "GateStatus",
    "IndicationOption",
    "Mismatch",
    "Missing",
    "Need",
    "Occasion",
    "Options",
    "Patient",
    "Plan",
    "Planned",
    "Question",
    "QuestionType",
    "Reading",
    "Result",
    "Rule",
    "RuleSet",
    "Status",
    "SubstanceOption",
    "Verdict",
    "WayOut",
    "allergy_gate",
    "asked",
    "condition_from",
    "earliest",
    "evaluate",
    "loosened",
    "mismatches",
    "missing",
    "next_start",
    "question_from",
    "rule_from",
    "rule_set",
]
