"""Which areas are the same skin (D06). How far two courses on it keep apart: scheduling/courses/test_spacing.py."""

from protocols.outline.spacing import overlaps


def test_names_that_only_begin_alike_do_not_overlap():
    assert not overlaps(("arm",), ("armpit",))
    assert overlaps(("arm",), ("arm",))


def test_an_area_inside_another_overlaps_in_both_directions():
    assert overlaps(("thigh",), ("thigh", "inner_thigh"))
    assert overlaps(("thigh", "inner_thigh"), ("thigh",))
    assert not overlaps(("thigh", "inner_thigh"), ("thigh", "posterior_thigh"))
