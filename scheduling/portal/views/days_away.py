"""The patient says once when they are away: they see which of their visits would move, and agree. With two courses
whose visits stand on these days, the one after the other."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinic.base.access import PATIENT, allow
from clinic.base.forms import attempt, posted, status_of
from clinic.base.requests import HttpRequest
from scheduling.calendar.queries.days_away import clashes
from scheduling.courses.changing.actions.cascade import stay_away
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.changing.forms import DaysAwayForm
from scheduling.courses.changing.views.diffs import Diff, diff_of
from scheduling.courses.queries.course_pages import days_away as known_of
from scheduling.models import Course
from scheduling.portal.views.moving import changed
from scheduling.portal.views.shared import Visitor, visitor


@allow(PATIENT)
def days_away(request: HttpRequest) -> HttpResponse:
    who = visitor(request, what="visits")
    clash = next(iter(clashes(who.patient, who.now)), None)
    running = [each for each in who.courses if each.status == Course.Status.ACTIVE]
    course = clash.course if clash else next(iter(running), None)
    if course is None:
        return who.page("scheduling/portal/days_away.html", form=None)
    known = known_of(course)
    said = dict(zip(("first", "last"), clash.stretch, strict=True)) if clash else {}
    form = DaysAwayForm(posted(request), known=known, today=who.today, initial={"version": course.version, **said})
    outcome = attempt(form, lambda: enter(who, course, form))
    if isinstance(outcome, Diff):
        page, groups, applicable = "scheduling/portal/days_away_preview.html", changed(outcome), outcome.applicable
        return who.page(page, form=form, expect=outcome.digest, course=course, groups=groups, applicable=applicable)
    if outcome:
        messages.success(request, _("Thank you, we have noted your days away."))
        return redirect("portal:days_away" if clashes(who.patient, who.now) else "portal:home")
    return who.page("scheduling/portal/days_away.html", form=form, clash=clash, status=status_of(form))


def enter(who: Visitor, course: Course, form: DaysAwayForm) -> Cascade | Diff:
    """Done at once when no visit changes; else what would change first, and done as it was seen."""
    given = form.cleaned_data
    how = {"away": form.away(), "reason": _("Days away"), "version": given["version"], "by": who.user}
    expect = given["expect"]
    if not expect:
        diff = diff_of(stay_away(course=course, **how, preview=True))
        if changed(diff):
            return diff
        expect = diff.digest
    return stay_away(course=course, **how, expect=expect)
