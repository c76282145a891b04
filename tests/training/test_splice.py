from collections import Counter
from dataclasses import replace

from detector.labels import LabelledPage, LabelledSegment
from detector.segment.structure import Structure
from detector.training.dataset import make_dataset, site_folds
from detector.training.splice import SPLICED, splice_all


def test_splices_are_made_of_lines_of_pages_of_their_fold_with_their_labels(labelled_pages, tables):
    folds = site_folds(labelled_pages, 3).tolist()
    made, made_folds = splice_all(labelled_pages, folds, seed=4)
    assert len(made) > 50
    lines = {
        fold: {line for page, f in zip(labelled_pages, folds, strict=True) if f == fold for line in page.lines}
        for fold in set(folds)
    }
    fold_of = {f"{page.id}~{SPLICED}": fold for page, fold in zip(labelled_pages, folds, strict=True)}
    for page, fold in zip(made, made_folds, strict=True):
        assert fold == fold_of[page.id]
        assert page.source == SPLICED
        assert set(page.lines) <= lines[fold]
    assert len(make_dataset(made, tables).target) == sum(len(page.segments) for page in made)


def test_a_splice_holds_the_whole_story_of_its_own_page_in_order(labelled_pages):
    originals = {f"{page.id}~{SPLICED}": page for page in labelled_pages}
    made, _ = splice_all(labelled_pages, [0] * len(labelled_pages), seed=4)
    for page in made:
        rest = iter(page.lines)
        story = [line for line in originals[page.id].lines if any(part.label == "article" for part in line)]
        assert all(line in rest for line in story)


def test_what_is_added_to_a_story_is_noise(labelled_pages):
    originals = {f"{page.id}~{SPLICED}": page for page in labelled_pages}
    made, _ = splice_all(labelled_pages, [0] * len(labelled_pages), seed=4)
    foreign = 0
    for page in made:
        added = Counter(segment for segment in page.segments if segment.label == "article")
        added.subtract(segment for segment in originals[page.id].segments if segment.label == "article")
        assert not +added
        foreign += len(set(page.lines) - set(originals[page.id].lines))
    assert foreign > 100


def test_same_seed_same_splices(labelled_pages):
    folds = [0] * len(labelled_pages)
    assert splice_all(labelled_pages, folds, 1) == splice_all(labelled_pages, folds, 1)
    assert splice_all(labelled_pages, folds, 1) != splice_all(labelled_pages, folds, 2)


def test_pages_not_fully_labelled_or_too_short_are_left_out():
    def page(*labels, **fields):
        lines = tuple((LabelledSegment(f"line {n}", label),) for n, label in enumerate(labels))
        return LabelledPage("p", lines, site="a", **fields)

    whole = ["noise", *["article"] * 4, "noise"]
    assert len(splice_all([page(*whole)], [0], 0)[0]) == 1
    left_out = [
        page(*whole, None),
        page(*whole[1:4]),
        page(*whole, page_type="forum"),
        page(*whole, meta={"oracle_f1": 0.1}),
    ]
    assert splice_all(left_out, [0] * 4, 0) == ([], [])


def test_splices_have_other_lines_than_the_tree_of_their_page(labelled_pages):
    pages = [replace(page, structure=Structure()) for page in labelled_pages]
    made, _ = splice_all(pages, [0] * len(pages), seed=4)
    assert made
    assert all(page.structure is None for page in made)
