"""Are these answers possible at all? Every fault is named at its question; nothing is saved in part."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.refusals import BadInput, FieldError, Malformed
from patients.actions.checks import OLDEST_BIRTH, has_controls
from protocols.eligibility import UNKNOWN, QuestionType
from protocols.eligibility.questions import NOT_APPLICABLE, Rows
from protocols.models import IntakeQuestion

LONGEST_TEXT = 2000
NEEDS = {"systemic_illness_class": ("systemic_illness_name", "systemic_illness_reason")}
LONGEST_CELL = 200
MOST_ROWS = 40
LARGEST_NUMBER = 100_000
COLUMNS = {Rows.MEDICINES: ["name", "purpose", "last_taken", "ended"], Rows.ALLERGIES: ["name", "reaction"]}
LARGEST_BODY = 30_000  # characters of JSON; the longest honest intake has well under ten thousand


class AnswerError(Exception):
    """One wrong answer; never leaves this module."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message


def check_answers(
    answers: Mapping[str, Any], questions: Mapping[str, IntakeQuestion], *, today: date
) -> dict[str, Any]:
    """The answers as they are stored, dates as ISO text. Malformed names each wrong one as `answers.LINK_ID`."""
    if len(json.dumps(answers, default=str)) > LARGEST_BODY:
        raise BadInput.at("answers", _("These answers are too long."), "too_long")
    tidy: dict[str, Any] = {}
    errors: list[FieldError] = []
    for link_id, value in answers.items():
        try:
            tidy[link_id] = check_answer(questions.get(link_id), value, today)
        except AnswerError as wrong:
            errors.append(FieldError(f"answers.{link_id}", wrong.code, wrong.message))
    errors += [*unnamed(tidy)]
    if errors:
        kind = BadInput if all(error.code == "unknown" for error in errors) else Malformed
        raise kind(_("Please correct the marked answers. Nothing was saved."), errors=errors)
    return tidy


def unnamed(tidy: Mapping[str, Any]) -> Iterator[FieldError]:
    """What an answer needs beside it and was given without: an illness is classed by name and with a reason (D47)."""
    for link_id, needs in NEEDS.items():
        if tidy.get(link_id) in (None, UNKNOWN):
            continue
        for name in needs:
            if tidy.get(name) in (None, UNKNOWN, ""):
                yield FieldError(f"answers.{name}", "required", _("Please fill this in."))


def with_them(answers: Iterable[str]) -> set[str]:
    """What is answered together with these."""
    return {name for link_id in answers for name in NEEDS.get(link_id, ())}


def check_answer(question: IntakeQuestion | None, value: Any, today: date) -> Any:
    """One answer in its stored form; None is "asked, none", the text `unknown` "asked, not known" (B11)."""
    if question is None:
        raise AnswerError("unknown_question", _("This question is not known."))
    if value is None or value == UNKNOWN:
        return value
    if value == NOT_APPLICABLE and NOT_APPLICABLE in option_codes(question):
        return None  # asked, and it does not apply (D43)
    return CHECKS[QuestionType(question.type)](question, value, today)


def a_boolean(question: IntakeQuestion, value: Any, today: date) -> bool:
    if not isinstance(value, bool):
        raise AnswerError("not_boolean", _("Please answer yes or no."))
    return value


def a_date(question: IntakeQuestion, value: Any, today: date) -> str:
    try:
        day = value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise AnswerError("not_date", _("Please give a date as year-month-day.")) from error
    if day > today:
        raise AnswerError("future", _("This date lies in the future."))
    if day < OLDEST_BIRTH:
        raise AnswerError("too_old", _("Please check the year."))
    return day.isoformat()


def a_choice(question: IntakeQuestion, value: Any, today: date) -> str:
    if not isinstance(value, str) or value not in option_codes(question):
        raise AnswerError("invalid_choice", _("Please choose one of the list."))
    return value


def choices(question: IntakeQuestion, value: Any, today: date) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise AnswerError("not_list", _("Please give a list."))
    if not option_codes(question).issuperset(value):
        raise AnswerError("invalid_choice", _("Please choose from the list."))
    return sorted(set(value))


def an_integer(question: IntakeQuestion, value: Any, today: date) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_NUMBER:
        raise AnswerError("not_integer", _("Please give a whole number from 0."))
    return value


def a_text(question: IntakeQuestion, value: Any, today: date) -> Any:
    if question.rows and isinstance(value, list):
        return rows_of(question.rows, value, today)
    if not isinstance(value, str) or has_controls(value):
        raise AnswerError("not_text", _("Please give plain text."))
    if len(value) > LONGEST_TEXT:
        raise AnswerError("too_long", _("At most %(longest)s characters.") % {"longest": LONGEST_TEXT})
    return value.strip()


def rows_of(kind: str, values: list[Any], today: date) -> list[dict[str, Any]]:
    """Medicines or allergies one by one (D35), as they are stored: without what was left blank."""
    if len(values) > MOST_ROWS:
        raise AnswerError("too_many", _("At most %(most)s lines.") % {"most": MOST_ROWS})
    return [row_of(kind, value, today) for value in values]


def row_of(kind: str, value: Any, today: date) -> dict[str, Any]:
    columns = COLUMNS[Rows(kind)]
    if not isinstance(value, dict) or not set(value) <= set(columns) or not str(value.get("name") or "").strip():
        raise AnswerError(
            "not_row", _("Please give each line a name; it may also say: %(names)s.") % {"names": columns}
        )
    return {name: cell(name, value[name], today) for name in columns if value.get(name) not in (None, "", False)}


def cell(name: str, value: Any, today: date) -> Any:
    if name == "last_taken":
        return a_date(IntakeQuestion(), value, today)
    if name == "ended":
        return a_boolean(IntakeQuestion(), value, today)
    if not isinstance(value, str) or has_controls(value):
        raise AnswerError("not_text", _("Please give plain text."))
    if len(value) > LONGEST_CELL:
        raise AnswerError("too_long", _("At most %(longest)s characters.") % {"longest": LONGEST_CELL})
    return " ".join(value.split())


def option_codes(question: IntakeQuestion) -> set[str]:
    return {option["code"] for option in question.options}


CHECKS: dict[QuestionType, Callable[[IntakeQuestion, Any, date], Any]] = {
    QuestionType.BOOLEAN: a_boolean,
    QuestionType.DATE: a_date,
    QuestionType.CHOICE: a_choice,
    QuestionType.MULTIPLE: choices,
    QuestionType.INTEGER: an_integer,
    QuestionType.TEXT: a_text,
}
