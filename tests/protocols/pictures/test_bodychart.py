"""The body chart: which areas are drawn, where, and that the drawing is whole."""

import re
from pathlib import Path

import pytest
import yaml

from protocols.pictures.bodychart import FIGURES, ZONE_CODES, figures_for, points, smooth, symmetric

SOURCE_AREAS = {
    "abdomen", "arm", "buttock", "chin", "eye_area", "face", "hand", "hip", "inner_thigh", "leg", "neck", "neckline",
    "posterior_thigh", "scalp", "thigh",
}  # fmt: skip
CATALOGUE = Path(__file__).parents[3] / "protocols" / "catalogue" / "areas.yaml"
BY_VIEW = {figure.view: figure for figure in FIGURES}


def coordinates(path):
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_every_area_the_sources_name_is_drawn_and_so_is_the_breast_which_is_never_treated():
    """F004, F006, F007, F008, F010; F002."""
    assert SOURCE_AREAS | {"breast"} == ZONE_CODES


def test_every_area_of_the_catalogue_has_its_zone_on_the_figure_it_names():
    for area in yaml.safe_load(CATALOGUE.read_text()):
        assert area["shape"] in BY_VIEW[area["view"]].areas, area["code"]


@pytest.mark.parametrize(
    ("area", "views"),
    [
        ("abdomen", ["front"]),
        ("buttock", ["back"]),
        ("posterior_thigh", ["back"]),
        ("eye_area", ["face"]),
        ("chin", ["face"]),
        ("scalp", ["front", "back", "face", "scalp"]),
        ("breast", ["front"]),
    ],
)
def test_an_area_is_found_on_the_figures_where_it_can_be_seen(area, views):
    assert [figure.view for figure in figures_for([area])] == views


def test_an_unknown_code_shows_no_figure():
    assert figures_for(["left_little_toe"]) == ()


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.view)
def test_a_body_is_symmetric(figure):
    spots = {(round(x, 1), y) for x, y in coordinates(figure.outline)[::3]}
    assert {(round(figure.width - x, 1), y) for x, y in spots} == spots


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.view)
def test_every_anchor_lies_inside_its_own_figure(figure):
    outline = coordinates(figure.outline)[::3]  # the points the curve passes through
    for zone in figure.zones:
        assert inside(zone.anchor, outline), f"{zone.area} on {figure.view}"


def test_the_neckline_ends_above_the_breast():
    """C01: the neckline area of source 004 ends above breast tissue."""
    zones = {zone.area: zone for zone in BY_VIEW["front"].zones}
    lowest = max(y for path in zones["neckline"].paths for _, y in coordinates(path))
    highest = min(y for path in zones["breast"].paths for _, y in coordinates(path))
    assert lowest <= highest + 0.5


def test_paired_areas_have_a_left_and_a_right_side():
    zones = {zone.area: zone for zone in BY_VIEW["front"].zones}
    assert len(zones["thigh"].paths) == 2
    assert len(zones["abdomen"].paths) == 1


def test_a_smooth_curve_passes_through_every_point():
    square = points("0,0 10,0 10,10 0,10")
    assert coordinates(smooth(square))[::3] == [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]


def test_an_outline_is_closed_at_the_axis():
    path = symmetric(["0,0 5,5", "5,5 0,10"], axis=10)
    assert coordinates(path)[0] == coordinates(path)[-1] == (10, 0)
    assert path.endswith("Z")


def inside(spot, outline):
    """Even-odd rule."""
    x, y = spot
    crossings = 0
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1
