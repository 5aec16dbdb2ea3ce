"""The director's look at the practice: one page of plots for a stretch of days at a place, and the same as CSV."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.base import clock
from clinic.base.access import DIRECTOR, allow
from clinic.base.forms import RefusalForm, status_of
from clinic.base.limits import is_sane
from clinic.base.requests import HttpRequest
from scheduling.access import locations_for
from scheduling.base.inputs import DateInput
from scheduling.base.pages import place_of, show
from scheduling.desk.queries.practice import Practice, Span, Used, practice
from scheduling.desk.views.today import word_of
from scheduling.setup.sheets import neutral

USUAL, LONGEST = timedelta(weeks=8), timedelta(days=400)


class SpanForm(RefusalForm):
    """The days of `?first=` and `?last=`; without them the last eight weeks until yesterday."""

    first = forms.DateField(label=gettext_lazy("From"), widget=DateInput)
    last = forms.DateField(label=gettext_lazy("To"), widget=DateInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not is_sane(day):
                self.add_error(name, _("Please check the year."))
        if first and last and not self.errors:
            if last < first:
                self.add_error("last", _("The last day lies before the first."))
            elif last - first >= LONGEST:
                self.add_error("last", _("Choose at most 400 days."))
        return given


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a plot: `part` of `whole`, or of nothing; `share` is the length of its bar in percent."""

    label: str
    part: float
    whole: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot with what it comes to in one line, how it is counted, and the list behind it where there is one."""

    code: str
    title: Any
    comes_to: str
    how: Any
    bars: list[Bar]
    unit: Any
    url: str = ""
    link: Any = ""


@allow(DIRECTOR)
def look(request: HttpRequest) -> HttpResponse:
    location = place_of(request)
    now = clock.now()
    today = clock.local_date(now, location.timezone)
    usual = {"first": today - USUAL, "last": today - timedelta(days=1)}
    asked = {name: request.GET[name] for name in usual if name in request.GET}
    form = SpanForm({**usual, **asked})
    days = form.cleaned_data if form.is_valid() else usual
    span = Span(location, days["first"], days["last"])
    figures = drawn(practice(span, now), location.pk)
    if request.GET.get("as") == "csv" and form.is_valid():
        return as_csv(figures, span)
    context = {"form": form, "span": span, "figures": figures, "locations": locations_for(request.user)}
    return show(request, "scheduling/desk/practice.html", context, location=location, status=status_of(form))


def as_csv(figures: Iterable[Figure], span: Span) -> HttpResponse:
    """One line a bar. Figures keep the point as decimal mark, whatever the language."""
    name = f"practice-{span.location.pk}-{span.first}-{span.last}.csv"
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    sheet = csv.writer(answer)
    sheet.writerow(["figure", "of", "value", "out_of", "percent", "unit", "place", "first", "last", "counted"])
    for each in figures:
        for bar in each.bars:
            whole = "" if bar.whole is None else round(bar.whole, 2)
            percent = round(100 * bar.part / bar.whole, 1) if bar.whole else ""
            cells = [each.code, neutral(bar.label), round(bar.part, 2), whole, percent, each.unit]
            sheet.writerow([*cells, neutral(span.location.name), span.first, span.last, each.how])
    return answer


# --- what is drawn --------------------------------------------------------------------------------------------------


def drawn(found: Practice, place: int) -> list[Figure]:
    at = f"location={place}"
    return [*of_time(found, at), *of_visits(found, at), *of_courses(found, at)]


def of_time(found: Practice, at: str) -> list[Figure]:
    hours, board = _("hours"), reverse("desk:board")
    used = _(
        "Hours of visits with preparation and turnover, out of the hours of the week less closing days and absences."
    )
    return [
        Figure(
            "use_of_people",
            _("How busy people are"),
            percent(each for _name, each in found.people),
            used,
            parts(found.people),
            hours,
            f"{board}?{at}",
            _("Board"),
        ),
        Figure(
            "use_of_rooms",
            _("How full rooms are"),
            percent(each for _name, each in found.rooms),
            used + " " + _("A room is open while anybody works."),
            parts(found.rooms),
            hours,
            f"{board}?{at}&by=room",
            _("Board by rooms"),
        ),
    ]


def of_visits(found: Practice, at: str) -> list[Figure]:
    visits, work = _("visits"), reverse("desk:worklists")
    return [
        Figure(
            "in_window",
            _("Held within the window"),
            percent(found.in_window.values()),
            _(
                "Visits that were held, by week: those on a day of their window, out of all that have one."
                " An approved exception counts as outside."
            ),
            parts(weekly(found.in_window)),
            visits,
            f"{work}?tab=misfits&{at}",
            _("Booked outside their window"),
        ),
        Figure(
            "days_off",
            _("Days off the best day"),
            _("%(days)s days on average") % {"days": short(found.mean_off)} if found.mean_off is not None else "",
            _("The same visits by their distance from the best day of the window. The average counts early as late."),
            shares(named(OFF_WORDS, found.off)),
            visits,
        ),
        Figure(
            "no_shows",
            _("Did not come"),
            percent(found.no_shows.values()),
            _("Visits marked as missed, out of those held or missed. Undone or entered as done since: not missed."),
            parts(weekly(found.no_shows)),
            visits,
            f"{work}?tab=to_book&{at}",
            _("To book"),
        ),
        Figure(
            "refilled",
            _("Freed times filled again"),
            joined(percent(found.refilled.values()), by_offers(found.by_offer)),
            _(
                "Times of a week that a visit left before they began, moved or cancelled: those at which"
                " another visit stands, out of all."
            ),
            parts(weekly(found.refilled)),
            _("times"),
            f"{work}?tab=offers&{at}",
            _("Offered now"),
        ),
    ]


def of_courses(found: Practice, at: str) -> list[Figure]:
    work = reverse("desk:worklists")
    stalled = {**named(PAST_WORDS, found.stalled), _("On hold, to be decided"): found.on_hold}
    return [
        Figure(
            "stalled",
            _("Courses that stand still"),
            total(stalled.values()),
            _("As of today: no visit has a time and the last day of one is over, by days since; and courses on hold."),
            counts(stalled),
            _("courses"),
            f"{work}?tab=stopped&{at}",
            _("Courses on hold"),
        ),
        Figure(
            "wait",
            _("Wait for the first session"),
            _("%(days)s days (median)") % {"days": short(found.median_wait)} if found.median_wait is not None else "",
            _("Courses whose first treatment was in these days: from the day its schedule was first asked for."),
            shares(named(WAIT_WORDS, found.waits)),
            _("courses"),
        ),
        Figure(
            "serious",
            _("Serious deviations"),
            total(found.serious.values()),
            _("Reported in these days, read or not, by what departed from plan or rule."),
            counts({str(word_of(code)): n for code, n in found.serious.items()}),
            _("deviations"),
            f"{reverse('desk:today')}?{at}",
            _("Those to acknowledge"),
        ),
    ]


OFF_WORDS = (
    gettext_lazy("8 or more days early"),
    gettext_lazy("4 to 7 days early"),
    gettext_lazy("1 to 3 days early"),
    gettext_lazy("on the best day"),
    gettext_lazy("1 to 3 days late"),
    gettext_lazy("4 to 7 days late"),
    gettext_lazy("8 or more days late"),
)
PAST_WORDS = (
    gettext_lazy("up to 2 weeks"),
    gettext_lazy("2 to 6 weeks"),
    gettext_lazy("more than 6 weeks"),
)
WAIT_WORDS = (
    gettext_lazy("up to 1 week"),
    gettext_lazy("1 to 2 weeks"),
    gettext_lazy("2 to 4 weeks"),
    gettext_lazy("4 to 8 weeks"),
    gettext_lazy("more than 8 weeks"),
)


def named(words: Iterable[Any], groups: Mapping[int, int]) -> dict[str, int]:
    return {str(word): groups.get(place, 0) for place, word in enumerate(words)}


def weekly(found: Mapping[date, tuple[float, float]]) -> list[Used]:
    """The year stands where it is not that of the last week."""
    year = max(found).year
    days = {day: date_format(day, "j M" if day.year == year else "j M Y") for day in found}
    return [(_("Week of %(day)s") % {"day": days[day]}, each) for day, each in found.items()]


def parts(found: Iterable[Used]) -> list[Bar]:
    """Each part of its own whole; of more than the whole the bar is full."""
    return [Bar(label, part, whole, min(100 * part / whole, 100) if whole else 0) for label, (part, whole) in found]


def shares(found: Mapping[str, int]) -> list[Bar]:
    """Each part of all."""
    whole = sum(found.values())
    return [Bar(label, part, whole, 100 * part / whole if whole else 0) for label, part in found.items()]


def counts(found: Mapping[str, int]) -> list[Bar]:
    """The longest bar is the largest number."""
    most = max(found.values(), default=0)
    return [Bar(label, part, None, 100 * part / most if most else 0) for label, part in found.items()]


def percent(found: Iterable[tuple[float, float]]) -> str:
    some, all_ = (sum(each) for each in zip((0, 0), *found, strict=True))
    return _("%(part)s %%") % {"part": round(100 * some / all_)} if all_ else ""


def total(found: Iterable[int]) -> str:
    return str(sum(found))


def by_offers(number: int) -> str:
    return ngettext("%(n)s by an offer", "%(n)s by offers", number) % {"n": number} if number else ""


def joined(*texts: str) -> str:
    return ", ".join(filter(None, texts))


def short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
