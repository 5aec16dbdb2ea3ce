"""The intake, one topic a page, by staff or by the patient; saved page by page, handed in once."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, PATIENT, allow, is_prescriber
from clinic.base.clock import now
from clinic.base.forms import posted
from clinic.base.limits import whole
from clinic.base.refusals import Refusal
from clinic.base.requests import HttpRequest
from clinic.base.zones import zone_of
from patients.access import access_patient, own_record
from patients.actions.intake import save_answers
from patients.forms.intake import AnswerForm
from patients.models import Patient
from patients.queries.eligibility import plan_in_view
from patients.queries.questionnaire import Questionnaire, questionnaire_of
from patients.views.answers import answers_given
from patients.views.shared import tabs_for
from patients.views.topics import title_of
from patients.views.verdict import read_plan
from protocols.eligibility import Occasion


@dataclass(frozen=True, slots=True)
class Place:
    """Where the intake is filled in: at the clinic by staff, or at home by the patient."""

    request: HttpRequest
    patient: Patient
    portal: bool

    @property
    def base(self) -> str:
        return "portal.html" if self.portal else "patients/patient.html"

    @property
    def query(self) -> str:
        """The plan in the address goes along from page to page: some questions are asked for one plan alone."""
        given = "" if self.portal else self.request.GET.urlencode()
        return f"?{given}" if given else ""

    def url(self, topic: str | None = None) -> str:
        """The overview, or one topic."""
        space, ids = ("portal", []) if self.portal else ("patients", [self.patient.pk])
        page = reverse(f"{space}:intake_topic", args=[*ids, topic]) if topic else reverse(f"{space}:intake", args=ids)
        return page + self.query

    def questionnaire(self) -> Questionnaire:
        zone = zone_of(self.request.user)
        return questionnaire_of(
            self.patient,
            occasion=Occasion.PLAN,
            on=now().astimezone(zone).date(),
            plan=plan_in_view(self.patient) if self.portal else read_plan(self.request, self.patient).plan,
            zone=zone,
            prescriber=is_prescriber(self.request.user),
        )

    def page(self, template: str, **context: Any) -> HttpResponse:
        shared = {"base": self.base, "place": self, "patient": self.patient, "overview_url": self.url()}
        if not self.portal:
            shared["tabs"] = tabs_for(self.patient, self.request.user, "intake")
        with timezone.override(zone_of(self.request.user)):
            return render(self.request, template, shared | context)


@allow(CLINICAL)
def intake(request: HttpRequest, patient_id: int) -> HttpResponse:
    return overview(Place(request, access_patient(request.user, patient_id, what="intake"), portal=False))


@allow(CLINICAL)
def intake_topic(request: HttpRequest, patient_id: int, topic: str) -> HttpResponse:
    return one_topic(Place(request, access_patient(request.user, patient_id, what="intake"), portal=False), topic)


@allow(PATIENT)
def own_intake(request: HttpRequest) -> HttpResponse:
    return overview(Place(request, own_record(request.user, what="intake"), portal=True))


@allow(PATIENT)
def own_intake_topic(request: HttpRequest, topic: str) -> HttpResponse:
    return one_topic(Place(request, own_record(request.user, what="intake"), portal=True), topic)


def overview(place: Place) -> HttpResponse:
    """The topics and what is still open; a POST hands everything in."""
    questionnaire = place.questionnaire()
    if place.request.method == "POST":
        return hand_in(place, questionnaire)
    pages = questionnaire.topics()
    topics = [
        {"code": page.code, "title": title_of(page.code), "page": page, "url": place.url(page.code)} for page in pages
    ]
    total, answered = sum(page.total for page in pages), sum(page.answered for page in pages)
    following = questionnaire.after("")
    return place.page(
        "patients/intake.html",
        topics=topics,
        total=total,
        answered=answered,
        draft=questionnaire.draft,
        next_url=place.url(following) if following else None,
        given=None if place.portal else answers_given(place.patient, questionnaire.questions),
        prescriber=questionnaire.prescriber,
    )


def hand_in(place: Place, questionnaire: Questionnaire) -> HttpResponse:
    if questionnaire.draft is None:
        messages.info(place.request, _("There is nothing new to hand in."))
        return redirect(place.url())
    save_answers(
        patient=place.patient,
        occasion=Occasion.PLAN,
        answers={},
        by=place.request.user,
        version=whole(place.request.POST.get("version")),
    )
    messages.success(place.request, _("Thank you, the answers are handed in."))
    if place.portal:
        return redirect("portal:home")
    return redirect(reverse("patients:eligibility", args=[place.patient.pk]) + place.query)


def one_topic(place: Place, code: str) -> HttpResponse:
    """One page of questions. Follow-ups appear as answers ask for them; saving goes on to the next topic."""
    questionnaire, data = place.questionnaire(), posted(place.request)
    form = topic_form(questionnaire, code, data)
    unlikely = confirmed_so_far(questionnaire, data)
    if form.is_valid():
        unlikely = [] if form.cleaned_data["confirm"] else questionnaire.unlikely(form.given())
        if not unlikely and (onward := save_topic(place, questionnaire, code, form)):
            return redirect(onward)
    codes = [page.code for page in questionnaire.topics()]
    return place.page(
        "patients/intake_topic.html",
        form=form,
        title=title_of(code),
        unlikely=unlikely,
        number=codes.index(code) + 1,
        count=len(codes),
    )


def confirmed_so_far(questionnaire: Questionnaire, data: Any) -> list[str]:
    """What was just ticked as right stays on the page, with its tick, while the page follows the answers."""
    if not (data and "preview" in data and "confirm" in data):
        return []
    return questionnaire.unlikely(AnswerForm(data, questions=questionnaire.questions, answers={}).so_far())


def topic_form(questionnaire: Questionnaire, code: str, data: Any) -> AnswerForm:
    """The page's form, with the follow-ups that the answers typed so far bring up."""
    page = questionnaire.topic(code)
    if page is None:
        raise Http404
    version = questionnaire.draft.version if questionnaire.draft else None
    if data is None:
        return AnswerForm(questions=page.questions, answers=questionnaire.answers, version=version)
    typed = AnswerForm(data, questions=questionnaire.questions, answers={}).so_far()
    questions = (questionnaire.topic(code, typed) or page).questions
    if "preview" in data:
        return AnswerForm(questions=questions, answers=questionnaire.answers, version=version, typed=data)
    return AnswerForm(data, questions=questions, answers=questionnaire.answers, version=version)


def save_topic(place: Place, questionnaire: Questionnaire, code: str, form: AnswerForm) -> str | None:
    """Save the page into the draft; the address to go to, or None when something is left to say on this page."""
    answers = form.given()
    if answers:
        try:
            save_answers(
                patient=place.patient,
                occasion=Occasion.PLAN,
                answers=answers,
                by=place.request.user,
                complete=False,
                version=form.cleaned_data["version"],
            )
        except Refusal as refusal:
            form.add_refusal(refusal)
            return None
    later = place.questionnaire()
    if "leave" in place.request.POST:
        return place.url()
    if has_more(questionnaire, later, code):
        return place.url(code)
    following = later.after(code)
    return place.url(following) if following else place.url()


def has_more(before: Questionnaire, later: Questionnaire, code: str) -> bool:
    """Whether the answers brought up questions on this page that nobody has answered yet."""
    then, since = before.topic(code), later.topic(code)
    known = {question.link_id for question in then.questions} if then else set()
    fresh = {question.link_id for question in since.questions} - known if since else set()
    return bool(fresh - later.answers.keys())
