"""What was answered, and correcting it: original, reason and signer stay (D14)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, allow
from clinic.base.forms import posted
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from patients.access import access_patient
from patients.actions.intake import amend_answers
from patients.forms.intake import AmendForm
from patients.models import Patient
from patients.queries.answers import Given, history_of, newest_answers
from patients.queries.questions import intake_questions, question_of
from patients.views.shared import patient_page
from patients.views.topics import title_of
from protocols.eligibility import QuestionType, condition_from
from protocols.models import IntakeQuestion


def answers_given(patient: Patient, questions: tuple[IntakeQuestion, ...]) -> dict[str, Any]:
    """Every answer in force with who gave it when: those that say something first, the others by topic."""
    newest = newest_answers(patient)
    rows: list[dict[str, Any]] = [
        {"question": question, "given": given, "words": in_words(question, given.value)}
        for question in questions
        if (given := newest.get(question.link_id))
    ]
    topics: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        topics.setdefault(title_of(row["question"].topic), []).append(row)
    return {"standing_out": [row for row in rows if row["given"].value], "topics": topics, "count": len(rows)}


def words_of(patient: Patient) -> list[dict[str, Any]]:
    """Every answer in force, in full, in the order of the intake."""
    newest = newest_answers(patient)
    return [
        {"question": question, "given": given, "words": in_words(question, given.value)}
        for question in intake_questions()
        if (given := newest.get(question.link_id))
    ]


def in_words(question: IntakeQuestion, value: Any) -> str:
    """An answer as a person reads it."""
    if value == "unknown":
        return _("Not known")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is None and question.type == QuestionType.BOOLEAN:
        return _("Does not apply")
    if not value:
        return _("None")
    if question.type == QuestionType.DATE:
        return date_format(date.fromisoformat(value), "j M Y")
    if question.rows and isinstance(value, list):
        return "; ".join(row_words(row) for row in value)
    names: dict[object, str] = {option["code"]: option["name"] for option in question.options}
    if isinstance(value, list):
        return "; ".join(names.get(code, str(code)) for code in value)
    return names.get(value, str(value))


def row_words(row: Mapping[str, Any]) -> str:
    """One medicine or allergy as a person reads it."""
    said = [str(row[name]) for name in ("purpose", "reaction") if row.get(name)]
    if row.get("last_taken"):
        said.append(_("last taken %(day)s") % {"day": date_format(date.fromisoformat(row["last_taken"]), "j M Y")})
    if row.get("ended"):
        said.append(_("ended"))
    return f"{row['name']} ({', '.join(said)})" if said else str(row["name"])


@allow(CLINICAL)
def amend(request: HttpRequest, patient_id: int, link_id: str) -> HttpResponse:
    """A prescriber corrects one answer; original, reason and signer stay (D14)."""
    patient = access_patient(request.user, patient_id, what="correction")
    question = question_of(link_id)
    given = newest_answers(patient).get(link_id)
    if question is None or given is None:
        raise Http404
    together = corrected_together(question, given)
    answers = {each.link_id: given.response.answers[each.link_id] for each in together}
    form = AmendForm(posted(request), questions=together, answers=answers)
    if form.is_valid() and save_correction(form, given, request):
        messages.success(request, _("Corrected. The first answer stays on record."))
        return redirect("patients:intake", patient.pk)
    history = [{"given": each, "words": in_words(question, each.value)} for each in history_of(patient, link_id)]
    return patient_page(request, "patients/amend.html", patient, "intake", form=form, history=history)


def corrected_together(question: IntakeQuestion, given: Given) -> list[IntakeQuestion]:
    """The question, and what was answered with it only because of its answer or as the ground of it: two answers that
    contradict each other are corrected at once (D16)."""
    said = {each.link_id: each for each in intake_questions() if given.response.answers.get(each.link_id)}
    follow = [each for each in said.values() if question.link_id in grounds_of(each) and each != question]
    ground = [said[link_id] for link_id in sorted(grounds_of(question)) if link_id in said]
    return [question, *ground, *follow]


def grounds_of(question: IntakeQuestion) -> frozenset[str]:
    return condition_from(question.applies_when).reads if question.applies_when else frozenset()


def save_correction(form: AmendForm, given: Given, request: HttpRequest) -> bool:
    before = given.response.answers
    try:
        amend_answers(
            patient=given.response.patient,
            answers={
                name: value for name, value in form.given().items() if name == given.link_id or value != before[name]
            },
            amends=given.response,
            reason=form.cleaned_data["reason"],
            by=request.user,
        )
    except Refusal as refusal:
        form.add_refusal(refusal)
        return False
    return True
