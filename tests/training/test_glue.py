import numpy as np
import pytest

from detector.labels import LabelledPage, LabelledSegment
from detector.segment.glue import find_cuts
from detector.segment.text import cut_lines, make_batch
from detector.segment.tokens import find_tokens
from detector.training.glue import learn_glue
from detector.training.phrases import Inventory
from tests.conftest import LABELLED

PARAGRAPH = "Ministers met in the capital and agreed on fish."


def article(text):
    return LabelledSegment(text, "article")


def noise(text, kind="ad_marker"):
    return LabelledSegment(text, "noise", kind)


def page(site, *lines):
    return LabelledPage(site, tuple(line if isinstance(line, tuple) else (line,) for line in lines), site=site)


def pieces(text, lexicon, tables):
    batch = make_batch([text], tables)
    cut = cut_lines(batch, find_cuts(batch, find_tokens(batch), lexicon))
    return [text[a:b] for a, b in zip(cut.starts, cut.ends, strict=True)]


def test_phrases_labelled_inside_lines_are_learnt(tables):
    lexicon = learn_glue([page("a", (noise("[zz_1]"), article(f" {PARAGRAPH}"), noise(" Quelle dpa")))], None, tables)
    assert pieces(f"[zz_1] {PARAGRAPH}", lexicon, tables) == ["[zz_1]", PARAGRAPH]
    assert pieces(f"{PARAGRAPH} Quelle dpa", lexicon, tables) == [PARAGRAPH, "Quelle dpa"]
    assert pieces(f"{PARAGRAPH} [zz_1]", lexicon, tables) == [f"{PARAGRAPH} [zz_1]"]


def test_short_noise_lines_may_end_a_line_when_several_sites_have_them(tables):
    shared = [page(site, noise("Source link", "source_link"), article(PARAGRAPH)) for site in "abcd"]
    assert pieces(f"{PARAGRAPH} Source link", learn_glue(shared, None, tables), tables) == [PARAGRAPH, "Source link"]
    for pages in (shared[:1], [shared[0]] * 9):
        assert len(pieces(f"{PARAGRAPH} Source link", learn_glue(pages, None, tables), tables)) == 1


@pytest.mark.parametrize(
    ("line", "text", "counterexample"),
    [
        (
            (noise("Good morning! "), article(PARAGRAPH)),
            f"Good morning! {PARAGRAPH}",
            "Good morning everyone, said the minister",
        ),
        (
            (article(PARAGRAPH), noise(" Source link")),
            f"{PARAGRAPH} Source link",
            "They asked in vain for the source link",
        ),
    ],
)
def test_a_phrase_that_also_begins_or_ends_an_article_line_is_left_out(tables, line, text, counterexample):
    pages = [page("a", line)]
    assert len(pieces(text, learn_glue(pages, None, tables), tables)) == 2
    pages.append(page("c", article(counterexample)))
    assert len(pieces(text, learn_glue(pages, None, tables), tables)) == 1


def test_cues_before_a_colon_are_learnt(tables):
    pages = [page(site, noise("Lesen Sie auch: Der Fisch", "related_link")) for site in "abcd"]
    text = f"{PARAGRAPH} Lesen Sie auch: Ganz andere Nachrichten von heute"
    assert pieces(text, learn_glue(pages, None, tables), tables)[0] == PARAGRAPH


def test_phrases_of_the_inventory_are_learnt(tables):
    inventory = Inventory(LABELLED.parent / "phrases")
    with_inventory, without = (learn_glue([page("a", article(PARAGRAPH))], some, tables) for some in (inventory, None))
    assert all(len(part) == 0 for part in without)
    assert all(len(part) > 5 for part in with_inventory)
    for part in with_inventory:
        assert part.dtype == np.uint32
        assert (np.diff(part.astype(np.int64)) > 0).all()


def test_no_line_of_the_labelled_articles_is_cut_at_either_end(tables, labelled_pages):
    lexicon = learn_glue(labelled_pages, None, tables)
    lexicon = lexicon._replace(cues=np.zeros(0, np.uint32))
    for labelled in labelled_pages:
        for line in labelled.lines:
            if len(line) == 1 and line[0].label == "article" and not line[0].unsure:
                assert len(pieces(line[0].text, lexicon, tables)) == 1, line[0].text


@pytest.mark.parametrize("pages", [[], [LabelledPage("a", ())]])
def test_no_phrases_no_lexicon(tables, pages):
    assert all(len(part) == 0 for part in learn_glue(pages, None, tables))
