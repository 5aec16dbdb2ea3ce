"""The drawings on a page: what they say, in every language, and without a script."""

import re
from datetime import date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from protocols.pictures.strip import StripPhase, build_strip
from scheduling.courses.timeline import PhaseSpan, SessionMark, Shade, build_timeline
from scheduling.treatment.outcomeplot import Reading, build_plot

AREAS = [
    {"code": "abdomen", "name": "Abdomen", "selectable": True},
    {"code": "thigh", "name": "Thigh", "selectable": True, "parent": "leg"},
    {"code": "breast", "name": "Breast", "selectable": False, "reason": "The breast is never injected."},
]


def render(source, **context):
    return Template("{% load bodychart look %}" + source).render(Context(context))


DAY = date(2026, 5, 4)


def course():
    sessions = [
        SessionMark(1, "completed", DAY, DAY, date(2026, 5, 11), start=datetime(2026, 5, 4, 9)),
        SessionMark(
            2, "booked", date(2026, 5, 19), date(2026, 5, 19), date(2026, 5, 26), start=datetime(2026, 5, 21, 10, 15),
            review=True, why="First free Thursday after 15 days.", url="/sessions/2", moved_from=date(2026, 5, 19),
        ),
        SessionMark(3, "planned", date(2026, 6, 3), date(2026, 6, 3), date(2026, 6, 10)),
    ]  # fmt: skip
    phases = [PhaseSpan("Every 15 days", "induction", 1, 3)]
    shades = [Shade(date(2026, 6, 1), date(2026, 6, 2), "Clinic closed", "holiday")]
    return build_timeline(sessions=sessions, phases=phases, shades=shades, today=date(2026, 5, 12))


def test_the_timeline_says_of_each_session_when_where_it_may_stand_and_why():
    html = render("{% timeline picture %}", picture=course())
    assert "Session 2, next, Thu 21 May 2026, 10:15. Window 19 May to 26 May." in html
    assert "Moved from 19 May. Review due. First free Thursday after 15 days." in html
    assert 'href="/sessions/2"' in html


def test_the_timeline_has_a_table_twin_with_every_session():
    html = render("{% timeline picture %}", picture=course())
    table = html[html.index("<table") :]
    assert table.count('<th scope="row">') == 3
    assert "Thu 21 May 2026, 10:15" in table


def test_the_compact_timeline_has_neither_table_nor_legend():
    html = render("{% timeline picture compact=True %}", picture=course())
    assert "<table" not in html
    assert "legend" not in html


def test_two_timelines_on_a_page_do_not_share_ids():
    html = render("{% timeline picture %}{% timeline picture %}", picture=course())
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_an_empty_timeline_says_so():
    assert "No sessions yet." in render("{% timeline picture %}", picture=build_timeline(sessions=[]))


@pytest.mark.parametrize("language", ["en-gb", "it", "de"])
def test_numbers_in_drawings_keep_their_point_in_every_language(language):
    plot = build_plot(
        readings=[Reading(date(2026, 5, 4), 104.5), Reading(date(2026, 6, 4), 102.25)], label="A", unit="cm"
    )
    strip = build_strip([StripPhase(8, 15)], review_after=4)
    with translation.override(language):
        html = render(
            "{% timeline picture %}{% strip strip %}{% outcome_plot plot %}{% bodychart areas %}",
            picture=course(), strip=strip, plot=plot, areas=AREAS,
        )  # fmt: skip
    assert not re.search(r'\s(x|y|x1|x2|y1|y2|cx|cy|width|height|r)="[^"]*,', html)


def test_what_people_typed_is_text_in_a_drawing_and_not_markup():
    mark = SessionMark(1, "booked", None, None, None, start=datetime(2026, 5, 4, 9), why='<script>"x"</script>')
    html = render("{% timeline picture %}", picture=build_timeline(sessions=[mark]))
    assert "<script>" not in html


def test_the_body_chart_is_a_list_of_boxes_that_works_without_a_script():
    html = render("{% bodychart areas name='where' selected=chosen %}", areas=AREAS, chosen=["thigh"])
    boxes = re.findall(r'<input[^>]*name="where"[^>]*>', html)
    assert [re.search(r'value="(\w+)"', box)[1] for box in boxes] == ["abdomen", "thigh"]
    assert [" checked" in box for box in boxes] == [False, True]


def test_the_breast_is_seen_hatched_with_its_reason_and_cannot_be_chosen_even_when_asked_for():
    html = render("{% bodychart areas selected=chosen %}", areas=AREAS, chosen=["breast"])
    zone = html[html.index('data-area="breast"') - 60 :]
    assert "is-refused" in zone[:80]
    assert "-hatch)" in zone[: zone.index("</g>")]
    assert "The breast is never injected." in html
    assert 'value="breast"' not in html


def test_recorded_points_travel_as_escaped_json():
    points = '[{"view":"front","x":1.5,"y":2,"area":"abdomen","ml":0.2}]'
    html = render("{% bodychart areas name='points' mode='points' points=points %}", areas=AREAS, points=points)
    assert 'name="points" value="[{&quot;view&quot;:&quot;front&quot;' in html


def test_a_read_chart_shows_what_was_chosen_and_offers_nothing():
    html = render("{% bodychart areas mode='read' selected=chosen %}", areas=AREAS, chosen=["thigh"])
    assert "<input" not in html
    assert "Abdomen" not in html
