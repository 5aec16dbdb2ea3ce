"""Every rule taken away and every condition turned round, and a published case notices each time."""

from collections.abc import Callable

from tests.protocols.rule_changes import changes, survivors


def test_each_change_of_a_rule_or_a_question_is_noticed(record_property: Callable[[str, object], None]):
    every = list(changes())
    unnoticed = survivors(every)
    record_property("changes", len(every))
    record_property("noticed", len(every) - len(unnoticed))
    assert unnoticed == []


def test_a_change_that_changes_nothing_would_be_told():
    """The measure itself: a rule as it stands survives."""
    [rule] = [each.rule for each in changes() if str(each) == "stroke: gone"]
    same = [each for each in changes() if str(each) == "stroke: effect review"]
    assert rule is not None
    assert survivors([type(same[0])("stroke: as it is", rule, now=rule)]) == ["stroke: as it is"]
