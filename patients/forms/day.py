"""The questions of the day on one screen (D46): one group that starts unanswered, and what was last told."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms.intake import NO, NO_ANSWER, NONE, YES, AnswerForm
from protocols.eligibility import QuestionType
from protocols.models import IntakeQuestion

NEWS = "health_changed"  # whether anything is new since it was last told
NOTHING: dict[str, Any] = {QuestionType.BOOLEAN: False, QuestionType.MULTIPLE: [], QuestionType.DATE: None}


class DayForm(AnswerForm):
    """Every question blank, or all of the group at once with "none of these"; unknown still never means no.

    `since`: the day on which medicines, allergies and illnesses were last told.
    """

    none_of_these = forms.BooleanField(required=False, label=gettext_lazy("None of these"))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        questions: Sequence[IntakeQuestion],
        since: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, questions=questions, answers={}, **kwargs)
        if NEWS in self.questions and since:
            said = _("Nothing new since %(day)s") % {"day": date_format(since, "j M Y")}
            self.choice_field(f"q-{NEWS}").choices = [(NO, said), (YES, _("Something is new"))]

    def group(self) -> list[dict[str, Any]]:
        """What starts unanswered at each visit."""
        return [row for row in self.rows() if row["question"].link_id != NEWS]

    def news(self) -> dict[str, Any] | None:
        return next((row for row in self.rows() if row["question"].link_id == NEWS), None)

    def given(self) -> dict[str, Any]:
        """link id -> answer; "none of these" answers what was left blank in the group. Call when valid."""
        found = super().given()
        if not self.cleaned_data.get("none_of_these"):
            return found
        blank = {link_id: none_of(each) for link_id, each in self.questions.items() if link_id not in {*found, NEWS}}
        return found | {link_id: answer for link_id, answer in blank.items() if answer is not NO_ANSWER}

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("none_of_these") and any(self._says_something(name) for name in self.questions):
            self.add_error("none_of_these", _("Either none of these, or those that apply."))
        return self.cleaned_data

    def _says_something(self, link_id: str) -> bool:
        return link_id != NEWS and self.cleaned_data.get(f"q-{link_id}") not in (None, "", [], [NONE], NO, NONE)


def none_of(question: IntakeQuestion) -> Any:
    """The answer that says nothing of the kind; a question of another type is answered by itself."""
    return NOTHING.get(question.type, NO_ANSWER)
