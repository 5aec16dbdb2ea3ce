"""One page of questions as a form: how each type is asked, and the answers it gives."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.base.forms import RefusalForm
from clinic.base.refusals import Refusal
from patients.forms.rows import RowsField
from protocols.eligibility import UNKNOWN, QuestionType
from protocols.eligibility.questions import Rows
from protocols.models import IntakeQuestion

YES, NO, NONE, SOME = "yes", "no", "none", "some"
NO_ANSWER = object()
LONGEST_TEXT = 2000


class AnswerForm(RefusalForm):
    """Questions may be left open: what is not answered is not saved, and unknown never means no.

    A field is called `q-LINK_ID`; a date has a second one, `on-LINK_ID`, for the day.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    confirm = forms.BooleanField(required=False, label=_("Yes, this is right"))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        questions: Sequence[IntakeQuestion],
        answers: Mapping[str, Any],
        version: int | None = None,
        typed: QueryDict | None = None,
    ) -> None:
        """`typed`: shown as it was typed, without judging it yet."""
        self.questions = {question.link_id: question for question in questions}
        super().__init__(data, initial={**first_values(self.questions, answers), "version": version})
        for question in questions:
            self.fields |= fields_of(question)
        if typed is not None:
            self.initial.update(
                (name, typed_value(field, typed, name))
                for name, field in self.fields.items()
                if not field.widget.value_omitted_from_data(typed, {}, name) and typed_for(field, typed, name)
            )

    def given(self) -> dict[str, Any]:
        """link id -> answer, of the questions that were answered. Call when valid."""
        found = {link_id: self._answer(question) for link_id, question in self.questions.items()}
        return {link_id: answer for link_id, answer in found.items() if answer is not NO_ANSWER}

    def so_far(self) -> dict[str, Any]:
        """The answers as typed, valid or not; wrong ones are left out."""
        self.full_clean()
        return self.given()

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of each question."""
        return [
            {
                "question": question,
                "field": self[f"q-{link_id}"],
                "day": self[f"on-{link_id}"] if question.type == QuestionType.DATE else None,
                "inline": question.type == QuestionType.BOOLEAN,
            }
            for link_id, question in self.questions.items()
        ]

    def add_refusal(self, refusal: Refusal) -> None:
        """Actions name answers `answers.LINK_ID`; the page has them as `q-LINK_ID`."""
        for error in refusal.errors:
            name = error.field.replace("answers.", "q-", 1)
            self.add_error(name if name in self.fields else None, str(error.message))
        if not refusal.errors:
            self.add_error(None, str(refusal.detail))

    def clean(self) -> dict[str, Any]:
        for link_id, question in self.questions.items():
            chosen, day = self.cleaned_data.get(f"q-{link_id}"), self.cleaned_data.get(f"on-{link_id}")
            if question.type == QuestionType.DATE and chosen == SOME and not day and f"on-{link_id}" not in self.errors:
                self.add_error(f"on-{link_id}", _("Please give the day."))
            if question.type == QuestionType.MULTIPLE and chosen and NONE in chosen and len(chosen) > 1:
                self.add_error(f"q-{link_id}", _("Either none of these, or those that apply."))
        return self.cleaned_data

    def _answer(self, question: IntakeQuestion) -> Any:
        chosen = self.cleaned_data.get(f"q-{question.link_id}")
        if not chosen:
            return NO_ANSWER
        if chosen == UNKNOWN:
            return UNKNOWN
        match question.type:
            case QuestionType.BOOLEAN:
                return None if chosen == NONE else chosen == YES
            case QuestionType.DATE:
                return self._day(question) if chosen == SOME else None
            case QuestionType.MULTIPLE:
                return [code for code in chosen if code != NONE]
            case QuestionType.INTEGER:
                return int(chosen)
            case _:
                return chosen

    def _day(self, question: IntakeQuestion) -> Any:
        day: date | None = self.cleaned_data.get(f"on-{question.link_id}")
        return day.isoformat() if day else NO_ANSWER


def typed_for(field: forms.Field, typed: QueryDict, name: str) -> bool:
    """Whether the field was on the page that was sent; boxes that are not ticked send nothing."""
    return name in typed or isinstance(field, RowsField)


def typed_value(field: forms.Field, typed: QueryDict, name: str) -> Any:
    if isinstance(field, RowsField):
        return field.widget.value_from_datadict(typed, {}, name)
    return typed.getlist(name) if isinstance(field, forms.MultipleChoiceField) else typed.get(name)


class Shared(TypedDict):
    """What the fields of every kind of question are given."""

    label: str
    help_text: str
    required: bool


def fields_of(question: IntakeQuestion) -> dict[str, forms.Field]:
    """The fields one question is asked with."""
    name = f"q-{question.link_id}"
    shared: Shared = {"label": question.text, "help_text": question.help, "required": False}
    options = [(option["code"], option["name"]) for option in question.options]
    unknown = (UNKNOWN, _("I do not know"))
    radio = forms.RadioSelect
    match question.type:
        case QuestionType.BOOLEAN:
            choices = [(NO, _("No")), (YES, _("Yes")), *((NONE, label) for _code, label in options), unknown]
            return {name: forms.ChoiceField(choices=choices, widget=radio, **shared)}
        case QuestionType.DATE:
            choices = [(NONE, _("None")), (SOME, _("On this day:")), unknown]
            day = forms.DateField(
                label=_("Day"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
            return {name: forms.ChoiceField(choices=choices, widget=radio, **shared), f"on-{question.link_id}": day}
        case QuestionType.CHOICE:
            return {name: forms.ChoiceField(choices=[*options, unknown], widget=radio, **shared)}
        case QuestionType.MULTIPLE:
            choices = [*options, (NONE, _("None of these"))]
            boxes = forms.CheckboxSelectMultiple
            return {name: forms.MultipleChoiceField(choices=choices, widget=boxes, **shared)}
        case QuestionType.INTEGER:
            return {name: forms.IntegerField(min_value=0, max_value=100_000, **shared)}
        case _ if question.rows:
            return {name: RowsField(Rows(question.rows), **shared)}
        case _:
            lines = forms.Textarea(attrs={"rows": 3})
            return {name: forms.CharField(max_length=LONGEST_TEXT, widget=lines, **shared)}


def first_values(questions: Mapping[str, IntakeQuestion], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields show of answers given before."""
    values: dict[str, Any] = {}
    for link_id, question in questions.items():
        if link_id in answers:
            values |= shown(question, answers[link_id])
    return values


def shown(question: IntakeQuestion, value: Any) -> dict[str, Any]:
    name, day = f"q-{question.link_id}", f"on-{question.link_id}"
    if value == UNKNOWN:
        return {name: UNKNOWN}
    match question.type:
        case QuestionType.BOOLEAN:
            does_not_apply = NONE if question.options else ""
            return {name: does_not_apply if value is None else (YES if value else NO)}
        case QuestionType.DATE:
            return {name: SOME, day: value} if value else {name: NONE}
        case QuestionType.MULTIPLE:
            return {name: value or [NONE]}
        case _:
            return {name: value}


class AmendForm(AnswerForm):
    """One question asked again by a prescriber, with the reason (D14)."""

    reason = forms.CharField(
        label=_("Why is this corrected?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The first answer stays on record, with your name and this reason."),
    )
