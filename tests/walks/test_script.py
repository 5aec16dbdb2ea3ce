"""A walk is read as its sentences say, and what is no sentence of a walk is refused."""

import pytest

from tests.walks.script import FOLDER, Part, Step, UnreadableError, Walk, pattern, read, read_all, step

CALLER = """# A caller is booked

At most 1 press and 2 fields.

Words for people.

## Front desk, from Today

1. Press **Book a visit**.

![The page](../book.png)

## Patient, from My course

1. See **Booked**.
"""


def test_a_walk_has_a_title_a_limit_and_a_part_for_each_person() -> None:
    desk = Part("front desk", "Today", (Step("press", "Book a visit"), Step("picture", "../book.png")))
    patient = Part("patient", "My course", (Step("see", "Booked"),))
    assert read("caller", CALLER) == Walk("caller", "A caller is booked", 1, 2, (desk, patient))


@pytest.mark.parametrize(
    ("sentence", "means"),
    [
        ("Press **Move**.", Step("press", "Move")),
        ("Press **Move** beside **Session 4**.", Step("press", "Move", "Session 4")),
        ("Press the last **No**.", Step("press", "No", last=True)),
        ("Type **Lia** into **Name**.", Step("type", "Lia", "Name")),
        ("Choose **Face** in **Area**.", Step("choose", "Face", "Area")),
        ("See **Booked**.", Step("see", "Booked")),
    ],
)
def test_each_sentence_means_one_step(sentence: str, means: Step) -> None:
    assert step(sentence) == means


@pytest.mark.parametrize("line", ["Click **Move**.", "Press Move.", "Press **Move**", "Type **Lia**."])
def test_another_sentence_is_refused(line: str) -> None:
    with pytest.raises(UnreadableError):
        read("caller", CALLER.replace("Press **Book a visit**.", line))


@pytest.mark.parametrize("missing", ["# A caller is booked", "At most 1 press and 2 fields."])
def test_a_walk_without_title_or_limit_is_refused(missing: str) -> None:
    with pytest.raises(UnreadableError):
        read("caller", CALLER.replace(missing, ""))


def test_words_may_leave_signs_open() -> None:
    assert (pattern("??:??"), pattern("… times")) == ("..:..", ".*\\ times")


def test_every_walk_of_the_documents_is_readable() -> None:
    assert len(read_all()) == len(list(FOLDER.glob("*.md"))) - 1  # all but the page about walks
