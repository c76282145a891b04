"""Differences of two models or settings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from detector.cleaner import Cleaner, Scores
from detector.page import Page
from detector.report.diff import NOW_KEPT, NOW_REMOVED, Diff, both, changes
from detector.segment.normal import normal_form
from tests.conftest import page_text


def compare(before, after, pages):
    diff = Diff()
    for pair in both(before, after)(pages, pytest.fail):
        diff.add(*pair)
    return diff


@pytest.mark.parametrize("same", [True, False])
def test_changes_are_those_of_the_verdicts(tiny_model, html_model, nasty_pages, same):
    before, after = Cleaner(tiny_model, threshold=0.3), Cleaner(tiny_model if same else html_model)
    pages = [Page(text, id=f"{n}") for n, text in enumerate(nasty_pages)]
    found = compare(before, after, pages)
    kept = removed = changed = 0
    for one, other in zip(before.clean_many(pages), after.clean_many(pages), strict=True):
        if [line.start for line in one.lines] == [line.start for line in other.lines]:
            pairs = [(a.kept, b.kept) for a, b in zip(one.lines, other.lines, strict=True)]
            assert [change.now_kept for change in changes(one, other)] == [b for a, b in pairs if a != b]
        found_here = changes(one, other)
        changed += bool(found_here)
        for change in found_here:
            kept += change.now_kept
            removed += not change.now_kept
            assert one.page.text[change.start : change.end].strip()
    assert (found.now_kept[0], found.now_removed[0], found.pages_changed) == (kept, removed, changed)
    assert found.pages == len(pages)
    record = found.as_json(10_000)
    assert sum(group["count"] for group in record["groups"]) == kept + removed
    assert [group["count"] for group in record["groups"]] == sorted(
        (g["count"] for g in record["groups"]), reverse=True
    )
    assert all(group["normal_form"] == normal_form(group["text"]) for group in record["groups"])
    if same:
        assert kept
        assert not removed


def test_lines_are_grouped_by_their_normal_form_and_direction(tiny_model):
    low, high = Cleaner(tiny_model, threshold=0.0), Cleaner(tiny_model, threshold=1.0)
    pages = [Page(f"Posted on {n} March!\nOnce", id=f"p{n}") for n in range(3)]
    record = compare(low, high, pages).as_json(1)
    assert len(record["groups"]) == 1
    group = record["groups"][0]
    assert (group["count"], group["direction"], group["page"], group["line"]) == (3, NOW_KEPT, "p0", 1)
    assert group["normal_form"] == "posted on 0 march"
    assert [one["b"] for one in group["kinds"]] == ["article"]
    assert compare(high, low, pages).as_json(1)["groups"][0]["direction"] == NOW_REMOVED


def test_pieces_are_compared_where_models_cut_elsewhere(cleaner):
    text = "One sentence here. Source link"
    whole = cleaner.clean(text)

    def as_cut(bounds, p_noise):
        starts, ends = (np.array(column, np.int64) for column in zip(*bounds, strict=True))
        zeros = np.zeros(len(bounds), np.int64)
        scores = Scores(starts, ends, zeros, zeros + 1, zeros + 1, np.array(p_noise), np.array(p_noise), zeros)
        return replace(whole, scores=scores, threshold=0.5)

    one, two = as_cut([(0, 30)], [0.1]), as_cut([(0, 18), (19, 30)], [0.1, 0.9])
    assert [change[:4] for change in changes(one, two)] == [(19, 30, 1, False)]
    assert [change[:4] for change in changes(two, one)] == [(19, 30, 1, True)]
    assert changes(as_cut([(0, 30)], [0.9]), as_cut([(0, 18), (19, 30)], [0.9, 0.9])) == []


@given(text=page_text)
@settings(max_examples=30, deadline=None)
def test_any_page_against_itself(tiny_model, text):
    diff = compare(Cleaner(tiny_model), Cleaner(tiny_model), [Page(text)])
    assert diff.as_json(5)["groups"] == []
