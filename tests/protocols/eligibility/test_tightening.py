"""A director may tighten a rule and never loosen it (D15)."""

import pytest

from protocols.eligibility import Rule, condition_from, loosened, rule_from
from protocols.eligibility.tightening import at_least

STROKE = {"kind": "answer", "question": "stroke", "values": [True]}
FALL = {"kind": "answer", "question": "fall", "values": [True]}
COUGH = {"kind": "answer", "question": "cough", "values": [True], "for_days": 1}
BASE = {"code": "rule", "effect": "review", "when": STROKE, "message": "Because.", "cites": ["F182"]}


def rule(**changes: object) -> Rule:
    return rule_from({**BASE, **changes})


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ()),
        ({"message": "Said better."}, ()),
        ({"effect": "blocks"}, ()),
        ({"effect": "deferred"}, ()),
        ({"effect": "caution"}, ("effect",)),
        ({"code": "other"}, ("code",)),
        ({"when": FALL}, ("when",)),
        ({"when": {"kind": "any", "of": [STROKE, FALL]}}, ()),
        ({"when": {"kind": "all", "of": [STROKE, FALL]}}, ("when",)),
        ({"when": {"kind": "always"}}, ("when",)),
        ({"cites": ["F182", "D15"]}, ()),
        ({"cites": ["D15"]}, ("cites",)),
        ({"renew_months": 6}, ()),
        ({"other_reading": {"policy": "p", "choice": "c", "effect": "caution"}}, ("other_reading",)),
    ],
)
def test_what_a_change_would_loosen(changes: dict[str, object], names: tuple[str, ...]) -> None:
    assert loosened(rule(), rule(**changes)) == names


def test_a_renewal_may_come_sooner_and_not_later_or_never() -> None:
    six = rule(renew_months=6)
    assert loosened(six, rule(renew_months=3)) == ()
    assert loosened(six, rule(renew_months=6)) == ()
    assert loosened(six, rule(renew_months=12)) == ("renew_months",)
    assert loosened(six, rule()) == ("renew_months",)


@pytest.mark.parametrize(
    ("stricter", "looser"),
    [
        (
            {"kind": "answer", "question": "skin", "values": ["a", "b"]},
            {"kind": "answer", "question": "skin", "values": ["a"]},
        ),
        (
            {"kind": "answer", "question": "cough", "values": [True]},
            COUGH,
        ),
        ({**COUGH, "for_days": 3}, COUGH),
        ({**STROKE, "until_seen": True}, STROKE),
        ({"kind": "washout", "question": "q", "days": 15}, {"kind": "washout", "question": "q", "days": 14}),
        ({"kind": "older_than", "question": "q", "months": 3}, {"kind": "older_than", "question": "q", "months": 6}),
        ({"kind": "age_under", "years": 21}, {"kind": "age_under", "years": 18}),
        ({"kind": "age_from", "years": 70}, {"kind": "age_from", "years": 76}),
        ({"kind": "medicine", "classes": ["a", "b"]}, {"kind": "medicine", "classes": ["a"]}),
        ({"kind": "medicine", "classes": ["a"]}, {"kind": "medicine", "classes": ["a"], "purposes": ["p"]}),
        (
            {"kind": "any", "of": [STROKE, {"kind": "washout", "question": "q", "days": 15}]},
            {"kind": "any", "of": [STROKE, {"kind": "washout", "question": "q", "days": 14}]},
        ),
        ({"kind": "all", "of": [STROKE]}, {"kind": "all", "of": [STROKE, FALL]}),
    ],
)
def test_stricter_and_looser(stricter: dict[str, object], looser: dict[str, object]) -> None:
    assert at_least(condition_from(stricter), condition_from(looser))
    assert not at_least(condition_from(looser), condition_from(stricter))


@pytest.mark.parametrize("kind", [{"kind": "medicine"}, {"kind": "medicine_washout", "days": 7}])
def test_the_same_classes_of_medicines_reach_as_far(kind: dict[str, object]) -> None:
    one, other = (condition_from({**kind, "classes": classes}) for classes in (["a", "b"], ["b", "a"]))
    assert at_least(one, other)
    assert at_least(other, one)


def test_another_question_is_never_a_tightening() -> None:
    for kind in ({"kind": "washout", "days": 14}, {"kind": "older_than", "months": 6}):
        assert not at_least(condition_from({**kind, "question": "b"}), condition_from({**kind, "question": "a"}))
