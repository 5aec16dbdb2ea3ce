"""Plan a course: where, why, which protocol, with what; the verdict and the windows follow every choice."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from clinic.base import clock
from clinic.base.access import CLINICAL, allow, staff_of
from clinic.base.forms import attempt, status_of
from clinic.base.limits import whole
from clinic.base.once import reads_once
from clinic.base.requests import HttpRequest
from clinic.models import Location
from patients.access import access_patient
from patients.models import Patient
from patients.queries.allergy import gate_for
from patients.queries.eligibility import evaluate
from patients.queries.plans import plan_of
from patients.views.verdict_card import deciding
from protocols.library.cards import card_of
from protocols.models import Formulation, ProtocolVersion
from scheduling.access import access_course, locations_for, practitioners_for
from scheduling.base.pages import place_of, show
from scheduling.courses.actions.courses import create_course
from scheduling.courses.planning import queries as workspace
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.courses.planning.forms import CourseForm, start_or
from scheduling.models import Course
from scheduling.planner.state import TEST_FIRST

CHOICES = "choices"  # the part of the page that follows a choice
SEVERAL = frozenset({"areas", "weekdays", "cannot_days"})  # of which more than one can be chosen
NOT_CHOSEN = frozenset({"csrfmiddlewaretoken", "patient", "location"})


@allow(CLINICAL)
@reads_once
def new(request: HttpRequest) -> HttpResponse:
    """One page: GET follows the choices made so far, POST makes the draft and asks for its schedule.

    Without a patient it leads to the courses, which say that one starts from the patient's page.
    """
    if not request.GET.get("patient"):
        return HttpResponseRedirect(reverse("courses:list"))
    patient = access_patient(request.user, request.GET["patient"], what="course")
    return planned(request, patient, place_of(request), request.GET)


@allow(CLINICAL)
@reads_once
def edit(request: HttpRequest, course_id: int) -> HttpResponse:
    """The same page for a draft: it begins with what was chosen, and POST asks for a schedule of what it is now."""
    draft = access_course(request.user, course_id)
    if draft.status != Course.Status.DRAFT:
        raise Http404
    chosen = request.GET if "indication" in request.GET else choices_of_draft(draft, request.GET)
    return planned(request, draft.patient, draft.location, chosen, draft)


def planned(
    request: HttpRequest, patient: Patient, location: Location, chosen: QueryDict, draft: Course | None = None
) -> HttpResponse:
    given = request.POST or chosen
    versions = workspace.versions_for(given.getlist("areas"), given.get("indication", ""))
    version = wanted_version(given.get("protocol", ""), versions)
    form = CourseForm(
        request.POST or None,
        patient=patient,
        version=version,
        people=practitioners_for(request.user).select_related("staff__location"),
        location=location,
        initial=initial(request, chosen, location),
    )
    if course := attempt(
        form, lambda: create_course(patient=patient, by=request.user, draft=draft, **form.wanted(draft))
    ):
        proposal = request_proposal(course=course, by=request.user)
        return HttpResponseRedirect(reverse("courses:proposal", args=[course.pk, proposal.pk]))
    here = address(patient, given, draft)
    context = offered(given, patient, location, version, versions, request.user, here)
    served = version in versions
    place = QueryDict(f"location={location.pk}" if "location" in request.GET else "")
    context |= {"locations": [] if draft else locations_for(request.user)}
    context |= {"patient": patient, "form": form, "draft": draft, "kept": kept(form, given, served=served)}
    context |= {"here": here, "page_url": address(patient, place, draft)}
    live = request.htmx.target == CHOICES
    template = "_choices.html" if live else "new.html"
    answer = show(
        request, f"scheduling/courses/planning/{template}", context, location=location, status=status_of(form)
    )
    if live:
        answer["HX-Replace-Url"] = here  # what is chosen survives a reload and the way back
    return answer


def choices_of_draft(draft: Course, changed: QueryDict) -> QueryDict:
    """What a draft was asked for, in the words of the form, with single choices `changed`."""
    chosen = QueryDict(mutable=True)
    for name, values in CourseForm.filled(draft).items():
        chosen.setlist(name, values)
    for name, values in changed.lists():
        chosen.setlist(name, values)
    return chosen


def kept(form: CourseForm, given: QueryDict, *, served: bool) -> list[tuple[str, str]]:
    """What was chosen and is not asked at the moment, such as the wishes while no protocol serves the reason: it goes
    along with the form and is there again when its question is."""
    asked = {"areas", "indication", *(form.fields if served else ())}
    return [(name, value) for name, values in given.lists() if name not in NOT_CHOSEN | asked for value in values]


def wanted_version(code: str, versions: list[ProtocolVersion]) -> ProtocolVersion | None:
    """The version in force of the chosen protocol, also when it serves the areas no more."""
    return next((each for each in versions if each.protocol.code == code), None) or workspace.version_of(code)


def initial(request: HttpRequest, chosen: QueryDict, location: Location) -> dict[str, Any]:
    """What the choices so far and the person at the keyboard suggest."""
    staff = staff_of(request.user)
    me = getattr(staff, "practitioner", None) if staff else None
    known = {name: values if name in SEVERAL else values[-1] for name, values in chosen.lists()}
    return {"start_on": clock.local_date(clock.now(), location.timezone), "practitioner": me} | known


def offered(
    given: Any,
    patient: Patient,
    location: Location,
    version: ProtocolVersion | None,
    versions: list[ProtocolVersion],
    user: Any,
    here: str,
) -> dict[str, Any]:
    """Cards, verdict and preview for what was chosen so far."""
    codes, indication = given.getlist("areas"), given.get("indication", "")
    rows = list(workspace.areas())
    chosen = [area for area in rows if area.code in codes]
    number = whole(given.get("formulation"))
    mix = workspace.mixes_for(patient).filter(pk=number).first() if number is not None else None
    cards = [
        card_of(
            each,
            choose={
                "name": "protocol",
                "value": each.protocol.code,
                "checked": version is not None and each.pk == version.pk,
            },
        )
        for each in versions
    ]
    today = clock.local_date(clock.now(), location.timezone)
    start = start_or(given.get("start_on", ""), today)
    draft = drafted(given, patient, location, version, start, mix) if version in versions else None
    tested = draft is not None and needs_test(patient, mix)
    verdict = evaluate(patient, start, plan=plan_so_far(given, chosen, mix))
    return {
        "areas": rows,
        "chosen": codes,
        "cards": cards,
        "version": version if version in versions else None,
        "verdict": verdict,
        "deciding": deciding(verdict, patient, planned_query(given, start, here), user),
        "timeline": workspace.preview(draft, chosen, needs_test=tested, today=today) if draft else None,
        "too_old_from": workspace.too_old_from(draft, chosen, needs_test=tested) if draft else None,
        "asked": bool(codes and indication),
    }


PLANNED = ("indication", "formulation", "delivery_device", "technique")


def planned_query(given: Any, start: date, back: str) -> str:
    """The plan so far as the page of decisions takes it, and the way back to this page."""
    query = QueryDict(mutable=True)
    query.setlist("area", given.getlist("areas"))
    query.update({name: given[name] for name in PLANNED if given.get(name)} | {"on": start.isoformat(), "next": back})
    return query.urlencode()


def address(patient: Patient, given: QueryDict, draft: Course | None) -> str:
    """This page with the choices made so far."""
    query = given.copy()
    query.pop("csrfmiddlewaretoken", None)
    if draft:
        return f"{reverse('courses:edit', args=[draft.pk])}?{query.urlencode()}"
    query["patient"] = str(patient.pk)
    return f"{reverse('courses:new')}?{query.urlencode()}"


def needs_test(patient: Patient, mix: Formulation | None) -> bool:
    """Whether an allergy test leads the course: always until a mix with a valid one is chosen (D20, D21)."""
    if mix is None:
        return True
    return gate_for(patient, mix, at=clock.now()).status in TEST_FIRST


def drafted(
    given: Any,
    patient: Patient,
    location: Location,
    version: ProtocolVersion | None,
    start: date,
    mix: Formulation | None,
) -> Course | None:
    """The course as it would be, unsaved, for the preview."""
    if version is None:
        return None
    counts = {
        name.split(".")[1]: int(value)
        for name, value in given.items()
        if name.startswith("counts.") and value.isdecimal() and len(value) < 4
    }
    months = given.get("maintenance_months", "")
    return Course(
        patient=patient,
        location=location,
        protocol_version=version,
        formulation=mix,
        start_on=start,
        counts=counts,
        confirmed=True,
        maintenance_months=whole(months),
    )


def plan_so_far(given: Any, chosen: list[Any], mix: Formulation | None) -> Any:
    """What is planned so far, as the rules read it."""
    return plan_of(
        areas=chosen,
        indication=workspace.indications().filter(code=given.get("indication", "")).first(),
        formulation=mix,
        delivery_device=workspace.delivery_devices().filter(code=given.get("delivery_device", "")).first(),
        technique=workspace.techniques().filter(code=given.get("technique", "")).first(),
    )
