import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from detector.labels import KINDS, LabelledPage, LabelledSegment
from detector.segment.structure import Structure
from detector.training.dataset import make_dataset, site_folds
from detector.training.inject import INJECTED, Injector, inject_all
from detector.training.phrases import Inventory, Pool
from tests.conftest import LABELLED

PHRASES = LABELLED.parent / "phrases"


@pytest.fixture(scope="module")
def inventory():
    return Inventory(PHRASES)


@pytest.fixture(scope="module")
def copies(labelled_pages, inventory):
    folds = site_folds(labelled_pages, 3).tolist()
    return folds, *inject_all(labelled_pages, inventory, folds, seed=1)


def test_copies_hold_the_article_of_their_page_in_order_and_of_no_other_page(copies, labelled_pages, inventory):
    originals = {f"{page.id}~{name}": page for page in labelled_pages for name in (INJECTED, "brief")}
    everywhere = {segment.text for page in labelled_pages for segment in page.segments}
    genuine = [phrase for listed in inventory.phrases.values() for phrase in listed if phrase.kind == "article"]
    phrases = re.compile("|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(phrase.text)) for phrase in genuine))
    assert len(copies[1]) > 50
    brief = 0
    for copy in copies[1]:
        original = originals[copy.id]
        assert (copy.site, copy.lang, copy.source) == (original.site, original.lang, INJECTED)
        assert copy.weight <= original.weight
        own = [segment.text for segment in original.segments if segment.label == "article"]
        kept = [segment.text for segment in copy.segments if segment.label == "article"]
        rest = iter(own)
        assert all(text in rest for text in kept if text in own and not phrases.fullmatch(text))
        foreign = [text for text in kept if text not in own]
        assert len(foreign) <= (3 if genuine else 0)
        assert all(phrases.fullmatch(text) for text in everywhere.intersection(foreign))
        whole = [line[0].text for line in original.lines if line and all(part.label == "article" for part in line)]
        if copy.id.endswith("~brief"):
            brief += 1
            assert sum(text in own for text in kept) >= 1
            assert set(own).intersection(kept) <= set(whole[:7])
        else:
            assert set(whole) <= set(kept)
    assert brief == len(copies[1]) / 2


def test_labels_go_with_the_lines(copies, tables):
    data = make_dataset(copies[1], tables)
    assert len(data.target) == sum(len(copy.segments) for copy in copies[1])
    for copy in copies[1]:
        for segment in copy.segments:
            assert segment.label in ("article", "noise")
            assert (segment.kind in KINDS) if segment.label == "noise" else segment.kind is None
            assert segment.text.strip()
            assert not set("\r\n").intersection(segment.text)


def test_every_placeholder_is_filled(copies, labelled_pages):
    before = {segment.text for page in labelled_pages for segment in page.segments}
    for copy in copies[1]:
        for segment in copy.segments:
            if segment.text not in before and segment.label == "noise":
                assert not any(
                    f"{{{name}}}" in segment.text
                    for name in ("name", "agency", "topic", "site", "network", "n", "year", "date", "title", "caption")
                )


def test_noise_of_many_kinds_is_put_in(copies):
    kinds = Counter(segment.kind for copy in copies[1] for segment in copy.segments if segment.label == "noise")
    assert len(kinds) >= 10
    assert max(kinds.values()) < 0.6 * sum(kinds.values())
    assert any(len(line) > 1 for copy in copies[1] for line in copy.lines)


def test_the_same_seed_gives_the_same_copies_and_another_seed_others(copies, labelled_pages, inventory):
    folds, made, made_folds = copies
    assert inject_all(labelled_pages, inventory, folds, seed=1) == (made, made_folds)
    assert inject_all(labelled_pages, inventory, folds, seed=2)[0] != made
    # What a page gets depends on the page and its pool, not on its place in the list.
    backwards, _ = inject_all(labelled_pages, inventory, folds, seed=1)
    assert {copy.id for copy in backwards} == {copy.id for copy in made}


def marked_pages():
    """Pages whose captions and headlines name the page they come from."""
    pages = []
    for number in range(40):
        mark = f"zq{number:02d}qz"
        lines = [
            f"Headline {mark} of the story of the day",
            *(f"Paragraph {n} tells of {mark} at some length." for n in range(8)),
        ]
        segments = [LabelledSegment(line, "article") for line in lines]
        segments.append(
            LabelledSegment(f"A caption about {mark} " + "which is long and grammatical " * 2, "noise", "caption")
        )
        segments.append(LabelledSegment(f"Related story about {mark} elsewhere", "noise", "related_link"))
        pages.append(
            LabelledPage(f"p{number}", tuple((segment,) for segment in segments), f"s{number}.example", "en", "article")
        )
    return pages


def test_copies_borrow_only_from_other_pages_of_their_own_fold(inventory):
    pages = marked_pages()
    folds = [number % 4 for number in range(len(pages))]
    made, made_folds = inject_all(pages, inventory, folds, seed=0)
    borrowed = 0
    for copy, fold in zip(made, made_folds, strict=True):
        own = int(copy.id[1:].split("~")[0])
        assert fold == folds[own]
        marks = {number for number in range(len(pages)) if f"zq{number:02d}qz" in copy.text}
        assert all(folds[number] == fold for number in marks)
        borrowed += len(marks - {own})
    assert borrowed > 10


def test_pages_that_are_no_stories_get_no_copy(labelled_pages, inventory):
    injector = Injector(inventory, Pool.of(labelled_pages))
    story = next(p for p in labelled_pages if p.page_type == "article" and len(p.lines) > 15)
    assert injector.inject(story, random.Random(0))
    for other in (replace(story, page_type="forum"), replace(story, lines=()), replace(story, meta={"oracle_f1": 0.5})):
        assert injector.inject(other, random.Random(0)) is None


def test_copies_have_other_lines_than_the_tree_of_their_page(labelled_pages, inventory):
    structure = Structure(tuple([-1] * len(labelled_pages[0].lines)))
    pages = [replace(page, structure=structure) for page in labelled_pages[:40]]
    made, _ = inject_all(pages, inventory, [0] * len(pages), seed=1)
    assert made
    assert all(page.structure is None for page in made)
