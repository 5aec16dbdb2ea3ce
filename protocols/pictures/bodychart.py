"""The body chart: figures and the zones on them, named by TreatmentArea codes. Pure; drawn by
`templates/_components/bodychart.html`, the strokes are in `protocols/pictures/bodyshapes.py`.

Coordinates are pixels of the figure's own view box. A zone is drawn over the whole region it names and clipped to the
figure's outline, so that zones and body always meet. Left and right of one area are one zone: the source names sites,
not sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocols.pictures.bodyshapes import DRAWINGS, Drawing, Point, ZoneShape


class Place(NamedTuple):
    """A point of a figure."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Zone:
    """Where one area lies on one figure. `anchor` is where a mark or a first point is put."""

    area: str
    paths: tuple[str, ...]
    anchor: Place
    corners: tuple[tuple[Point, ...], ...] = ()  # the same shapes as polygons, to ask whether a point lies in them

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the figure lies in the zone."""
        return any(inside(polygon, x, y) for polygon in self.corners)


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawing. `outline` is filled as skin and clips the zones; `details` are thin strokes above them."""

    view: str
    width: int
    height: int
    outline: str
    details: tuple[str, ...]
    zones: tuple[Zone, ...]

    @property
    def areas(self) -> frozenset[str]:
        """The codes drawn here."""
        return frozenset(zone.area for zone in self.zones)


def points(text: str) -> list[Point]:
    """The points of "x,y x,y …"."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def smooth(curve: Sequence[Point], *, closed: bool = True) -> str:
    """SVG path data of a smooth curve through all points (Catmull-Rom, written as Béziers)."""
    count = len(curve)
    last = count if closed else count - 1
    path = [f"M{_pair(*curve[0])}"]
    for i in range(last):
        before, start, end, after = (curve[_index(i + step, count, closed)] for step in (-1, 0, 1, 2))
        lead = _pair(start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        trail = _pair(end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        path.append(f"C{lead} {trail} {_pair(*end)}")
    return "".join(path) + ("Z" if closed else "")


def polygon(curve: Sequence[Point], steps: int = 8) -> tuple[Point, ...]:
    """The closed curve of `smooth` as corners, `steps` of them between two of its points."""
    corners = []
    for i in range(len(curve)):
        p, q, r, s = (curve[_index(i + step, len(curve), closed=True)] for step in (-1, 0, 1, 2))
        corners += [
            (_spline(p[0], q[0], r[0], s[0], n / steps), _spline(p[1], q[1], r[1], s[1], n / steps))
            for n in range(steps)
        ]
    return tuple(corners)


def _spline(p: float, q: float, r: float, s: float, t: float) -> float:
    """One coordinate of a Catmull-Rom curve from q to r, at t of 0 to 1."""
    return ((2 * q) + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3) / 2


def inside(corners: Sequence[Point], x: float, y: float) -> bool:
    """Whether the point lies in the polygon: a ray to the right crosses its border an odd number of times."""
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


def zone_on(view: str, shape: str) -> Zone | None:
    """The zone of that shape on the figure of that view, if it is drawn there."""
    return next(
        (zone for figure in FIGURES if figure.view == view for zone in figure.zones if zone.area == shape), None
    )


def symmetric(halves: Sequence[str], *, axis: float) -> str:
    """A closed outline from its right half: curves joined by corners, from the top of the axis to its foot."""
    right = [points(half) for half in halves]
    left = [[(-x, y) for x, y in reversed(curve)] for curve in reversed(right)]
    pieces = [smooth(_shift(curve, axis), closed=False) for curve in (*right, *left)]
    return pieces[0] + "".join(piece[piece.index("C") :] for piece in pieces[1:]) + "Z"


def _index(i: int, count: int, closed: bool) -> int:
    return i % count if closed else min(max(i, 0), count - 1)


def _pair(x: float, y: float) -> str:
    return f"{x:.1f} {y:.1f}"


def _shift(curve: Sequence[Point], axis: float, side: int = 1) -> list[Point]:
    return [(axis + side * x, y) for x, y in curve]


def _zone(drawn: ZoneShape, axis: float) -> Zone:
    half = points(drawn.curve)
    if drawn.paired:
        curves = [_shift(half, axis, side) for side in (1, -1)]
    else:
        curves = [_shift([*half, *((-x, y) for x, y in reversed(half) if x)], axis)]
    anchor = Place(axis + drawn.anchor[0], drawn.anchor[1])
    return Zone(drawn.area, tuple(map(smooth, curves)), anchor, tuple(map(polygon, curves)))


def _figure(drawing: Drawing) -> Figure:
    axis = drawing.width / 2
    both = [(points(stroke), side) for stroke in drawing.paired_strokes for side in (1, -1)]
    strokes = [*both, *((points(stroke), 1) for stroke in drawing.strokes)]
    return Figure(
        view=drawing.view,
        width=drawing.width,
        height=drawing.height,
        outline=symmetric(drawing.half, axis=axis),
        details=tuple(smooth(_shift(stroke, axis, side), closed=False) for stroke, side in strokes),
        zones=tuple(_zone(drawn, axis) for drawn in drawing.zones),
    )


FIGURES: tuple[Figure, ...] = tuple(_figure(drawing) for drawing in DRAWINGS)
ZONE_CODES: frozenset[str] = frozenset().union(*(figure.areas for figure in FIGURES))


def figures_for(codes: Iterable[str]) -> tuple[Figure, ...]:
    """The figures on which any of the areas can be seen, in the order front, back, face, scalp."""
    wanted = frozenset(codes)
    return tuple(figure for figure in FIGURES if figure.areas & wanted)
