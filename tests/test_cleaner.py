import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import cleaner as cleaner_module
from detector.cleaner import Cleaner
from detector.errors import InputError
from detector.features.heads import PAGE_TYPES
from detector.labels import KINDS
from detector.network import Network
from detector.page import Page
from detector.segment.text import is_blank, split_lines
from tests.conftest import assert_in_proportion, html_of, page_text, structures

SEED = """[ad_1]

Moldavan coalition downplays finances defeat

CHISINAU — The top of the ruling bloc on Thursday tried to play down the loss of the finances invoice within the \
parliament, saying that the federal government stays standing.

A girl feeds pigeons in a square in Lisbon, Portugal, April 3, 2019. REUTERS/Some Photographer

“We will come back with a better draft,” the minister said, including that talks would resume next week.

[ad_2]

Source link
"""


HTML = """<!doctype html><html><head><title>Ferry</title></head><body>
<nav class="menu"><ul><li><a href="/">Home</a><li><a href="/news">News</a></ul></nav>
<main><h1>Ferry sinks at dawn</h1>
<p>The ferry sank at dawn, the coast guard said on Friday, and nine people were rescued by fishermen.</p>
<div class="share"><a href="#">Share this</a> <a href="#">Print</a></div>
<p>“It was over in a minute,” the captain said,   including that <b>talks</b> would resume next week.</p></main>
<footer class="copyright">© 2024 Example Media. All rights reserved.</footer></body></html>
"""


def facts(page):
    return [(line.start, line.p_line, line.p_noise, line.label, line.kind, line.kept) for line in page.lines], page.text


def test_a_reposted_page_loses_its_markers_and_keeps_its_story(cleaner):
    page = cleaner.clean(SEED)
    removed = [line.text for line in page.removed]
    assert "[ad_1]" in removed
    assert "[ad_2]" in removed
    assert "CHISINAU — The top of the ruling bloc" in page.text
    assert "better draft" in page.text
    assert "[ad_" not in page.text
    marker = page.lines[0]
    assert (marker.number, marker.label, marker.kind, marker.kept) == (1, "noise", "ad_marker", False)
    assert [line.number for line in page.lines] == [1, 3, 5, 7, 9, 11, 13]


thresholds = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))


@given(page_text, thresholds, st.sampled_from(["filter", "trim"]), st.sets(st.sampled_from(KINDS), max_size=4))
@settings(max_examples=120)
def test_what_is_kept_is_the_input_character_for_character_and_in_order(tiny_model, text, threshold, mode, keep):
    page = Cleaner(tiny_model, threshold=threshold, mode=mode, keep=keep).clean(text)
    assert page.text == "".join(text[start:end] for start, end in page.spans)
    inside = np.zeros(len(text), np.int64)
    for start, end in page.spans:
        inside[start:end] += 1
    assert (inside <= 1).all()
    assert page.spans == sorted(page.spans)
    for line in page.lines:
        assert text[line.start : line.end] == line.text
        assert line.text in split_lines(text)[line.number - 1]
        assert inside[line.start : line.end].all() if line.kept else not inside[line.start : line.end].any()
        assert (line.label == "noise") == (line.p_noise >= threshold) == (line.kind in KINDS)
        assert 0 <= line.p_noise <= 1
        assert 0 <= line.p_line <= 1
    # No visible character falls between the lines.
    outside = set(range(len(text)))
    for line in page.lines:
        outside.difference_update(range(line.start, line.end))
    assert all(is_blank(text[at]) for at in outside)
    assert page.kept + page.removed == sorted(page.lines, key=lambda line: not line.kept)


@given(page_text, st.sampled_from(["", "\n", "\r\n", "\r", " ", "\n\n", "\t\u2028"]))
def test_nothing_removed_is_nothing_changed(tiny_model, text, end):
    text += end
    page = Cleaner(tiny_model, threshold=1).clean(text)
    if not page.removed:
        assert page.text == text
    else:
        assert all(line.p_noise == 1 for line in page.removed)
    assert Cleaner(tiny_model, keep=KINDS).clean(text).text == text


@pytest.mark.parametrize("batch_chars", [1, 700, 5_000, 1 << 30])
def test_a_page_gets_the_same_in_any_order_and_any_batch(cleaner, nasty_pages, monkeypatch, batch_chars):
    alone = [facts(cleaner.clean(text)) for text in nasty_pages]
    monkeypatch.setattr(cleaner_module, "BATCH_CHARS", batch_chars)
    order = list(range(len(nasty_pages)))
    for seed in range(2):
        random.Random(seed).shuffle(order)
        found = [facts(page) for page in cleaner.clean_many([nasty_pages[index] for index in order])]
        assert found == [alone[index] for index in order]


@given(st.lists(page_text, max_size=6), st.randoms())
def test_arbitrary_pages_do_not_influence_each_other(tiny_model, texts, rng):
    cleaner = Cleaner(tiny_model)
    order = rng.sample(range(len(texts)), len(texts))
    together = {
        index: facts(page) for index, page in zip(order, cleaner.clean_many(texts[i] for i in order), strict=True)
    }
    for index, text in enumerate(texts):
        assert together[index] == facts(cleaner.clean(text))


@pytest.fixture(scope="module")
def mixed_pages(html_pages, nasty_pages):
    """Pages of text and of HTML in turns, with some that have no lines."""
    documents = [html_of(page) for page in html_pages[:9]]
    pages = [page for pair in zip(nasty_pages, documents, strict=False) for page in pair]
    return [*pages, HTML, "", "<html></html>", HTML.encode("utf-16"), Page(HTML), "<body>bare<br>text", b"<html>\xff"]


@pytest.mark.parametrize("batch_chars", [1, 2_000, 1 << 30])
def test_pages_of_text_and_html_keep_their_order_and_get_the_same_as_alone(
    html_cleaner, mixed_pages, monkeypatch, batch_chars
):
    def whole(page):
        return page.page, page.page_type, facts(page)

    alone = [whole(next(html_cleaner.clean_many([page]))) for page in mixed_pages]
    monkeypatch.setattr(cleaner_module, "BATCH_CHARS", batch_chars)
    order = list(range(len(mixed_pages)))
    for seed in range(2):
        found = [whole(page) for page in html_cleaner.clean_many([mixed_pages[index] for index in order])]
        assert found == [alone[index] for index in order]
        random.Random(seed).shuffle(order)


def test_a_page_of_html_is_judged_by_its_tree(html_cleaner):
    page = html_cleaner.clean(HTML)
    assert page.page == Page.from_html(HTML)
    assert [line.text for line in page.lines] == page.page.text.splitlines()
    as_text = next(html_cleaner.clean_many([Page(page.page.text)]))
    assert [line.p_line for line in page.lines] == [line.p_line for line in as_text.lines]
    assert [line.p_noise for line in page.lines] != [line.p_noise for line in as_text.lines]
    removed = {line.text for line in page.removed}
    assert {"Home", "News", "Share this Print"} <= removed
    assert not any(line.text.startswith("The ferry sank") for line in page.removed)


def test_offsets_in_a_page_of_html_are_those_of_its_text(html_cleaner, html_pages):
    for labelled in html_pages[:5]:
        page = html_cleaner.clean(html_of(labelled), url="https://example.com/a", site="example.com")
        text = page.page.text
        assert text == labelled.text + "\n"
        assert (page.page.url, page.page.site) == ("https://example.com/a", "example.com")
        for line in page.lines:
            assert text[line.start : line.end] == line.text
            assert line.text in text.splitlines()[line.number - 1]
        assert page.text == "".join(text[start:end] for start, end in page.spans)


def test_the_source_of_html_can_be_cleaned_as_text(html_cleaner):
    page = html_cleaner.clean(HTML, format="text")
    assert page.page == Page(HTML)
    assert page.lines[0].text == "<!doctype html><html><head><title>Ferry</title></head><body>"
    assert facts(page) == facts(next(html_cleaner.clean_many([HTML], format="text")))
    assert facts(page) == facts(next(html_cleaner.clean_many([Page(HTML)], format="html")))


def test_pieces_of_html_are_html_where_the_format_says_so(html_cleaner):
    piece = "<p>One paragraph.</p><p>Another one.</p>"
    assert [line.text for line in html_cleaner.clean(piece, format="html").lines] == [
        "One paragraph.",
        "Another one.",
    ]
    assert [line.text for line in html_cleaner.clean(piece).lines] == [piece]
    found = html_cleaner.clean_many([piece, Page("a"), piece.encode()], format="html")
    assert [page.page.text for page in found] == [
        "One paragraph.\nAnother one.\n",
        "a",
        "One paragraph.\nAnother one.\n",
    ]


def test_what_cannot_be_read_as_html_is_an_input_error(html_cleaner):
    with pytest.raises(InputError, match="is a PDF, not HTML"):
        html_cleaner.clean(b"%PDF-1.7", format="html")
    with pytest.raises(ValueError, match="format must be one of"):
        html_cleaner.clean("a", format="markdown")


def test_a_model_of_text_cleans_html_as_the_text_it_shows(cleaner):
    pytest.importorskip("selectolax")
    page = cleaner.clean(HTML)
    assert facts(page) == facts(next(cleaner.clean_many([Page(page.page.text)])))


def test_the_type_of_a_page_is_one_of_those_there_are(html_cleaner, mixed_pages):
    types = {page.page_type for page in html_cleaner.clean_many(mixed_pages)}
    assert types <= set(PAGE_TYPES)
    assert html_cleaner.clean("").page_type == html_cleaner.clean("<html>").page_type == PAGE_TYPES[0]


def test_the_type_of_a_page_is_the_one_that_its_lines_suggest(html_model):
    n_columns = len(html_model.html.two.mean)
    for index, name in enumerate(PAGE_TYPES):
        bias = np.where(np.arange(len(PAGE_TYPES)) == index, 1.0, 0.0)
        network = Network.from_floats(
            [np.zeros((n_columns, len(PAGE_TYPES)))], [bias], np.zeros((1, n_columns), np.float32)
        )
        judge = html_model.html
        model = replace(html_model, html=judge._replace(two=replace(judge.two, page_types=network)))
        assert Cleaner(model).clean(HTML).page_type == name


@given(st.lists(structures(), min_size=1, max_size=4), st.randoms())
def test_any_trees_do_not_influence_each_other(html_model, trees, rng):
    cleaner = Cleaner(html_model)
    pages = []
    for tree in trees:
        lines = [rng.choice(["Home", "The ferry sank at dawn, the guard said.", "© 2024"]) for _ in tree.elements]
        pages.append(Page("\n".join(lines), structure=tree))
        pages += [Page("\n".join(lines))] * rng.randrange(2)
    together = [facts(page) for page in cleaner.clean_many(pages)]
    assert together == [facts(next(cleaner.clean_many([page]))) for page in pages]


def test_many_pages_of_html_take_time_in_proportion(html_cleaner):
    def run(count):
        return sum(len(page.text) for page in html_cleaner.clean_many([HTML] * count))

    assert_in_proportion(run, (50,), (400,), 8)


def test_pages_are_read_lazily_and_come_back_as_they_are(cleaner, monkeypatch):
    monkeypatch.setattr(cleaner_module, "BATCH_CHARS", 10)
    read = []

    def pages():
        for number in range(4):
            read.append(number)
            yield Page("Twelve chars", id=str(number), url="http://example.com")

    found = cleaner.clean_many(pages())
    assert next(found).page == Page("Twelve chars", id="0", url="http://example.com")
    assert read == [0]
    assert [page.page.id for page in found] == ["1", "2", "3"]
    assert list(cleaner.clean_many([])) == []


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", " \t ", "\ufeff", "\u200b\n\x00\n\u2028"])
def test_a_page_without_lines_stays_as_it_is(cleaner, text):
    page = cleaner.clean(text)
    assert page.text == text
    assert page.lines == []


@pytest.mark.parametrize("text", ["a", "ab\nc", "a\nb\nc", ".\n", "Hello world\na", "中", "\ud800", "😀\n"])
def test_lines_shorter_than_an_n_gram_are_judged(cleaner, text):
    page = cleaner.clean(text)
    assert [line.text for line in page.lines] == text.split("\n")[: len(page.lines)]
    assert len(page.lines) == len(text.split("\n")) - text.endswith("\n")


def test_a_page_of_noise_only_and_a_page_of_article_only(tiny_model):
    text = "[ad_1]\n\nShare\n\n"
    assert Cleaner(tiny_model, threshold=0).clean(text).text == ""
    assert Cleaner(tiny_model, threshold=0, mode="trim").clean(text).text == ""
    assert Cleaner(tiny_model, threshold=1).clean(SEED).text == SEED


@given(page_text, thresholds, st.sampled_from(["filter", "trim"]))
def test_rethreshold_is_cleaning_with_that_threshold(tiny_model, text, threshold, mode):
    page = Cleaner(tiny_model, mode=mode).clean(text).rethreshold(threshold)
    assert facts(page) == facts(Cleaner(tiny_model, threshold=threshold, mode=mode).clean(text))


@given(page_text, thresholds, thresholds)
def test_a_higher_threshold_keeps_more(tiny_model, text, one, other):
    page = Cleaner(tiny_model).clean(text)
    few, many = (page.rethreshold(threshold).is_kept for threshold in sorted((one, other)))
    assert (few <= many).all()


@given(page_text, st.sets(st.sampled_from(KINDS)), thresholds)
def test_kinds_to_keep_are_kept_and_keep_their_verdict(tiny_model, text, keep, threshold):
    plain = Cleaner(tiny_model, threshold=threshold).clean(text)
    spared = Cleaner(tiny_model, threshold=threshold, keep=keep).clean(text)
    for before, after in zip(plain.lines, spared.lines, strict=True):
        assert (before.label, before.kind, before.p_noise) == (after.label, after.kind, after.p_noise)
        assert after.kept == (before.kept or before.kind in keep)


@given(page_text, thresholds)
def test_trim_removes_from_both_ends_only(tiny_model, text, threshold):
    page = Cleaner(tiny_model, threshold=threshold, mode="trim").clean(text)
    article = [row for row, line in enumerate(page.lines) if line.label == "article"]
    kept = [row for row, line in enumerate(page.lines) if line.kept]
    assert kept == (list(range(article[0], article[-1] + 1)) if article else [])


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_is_a_probability(tiny_model, cleaner, threshold):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Cleaner(tiny_model, threshold=threshold)
    with pytest.raises(ValueError, match="from 0 to 1"):
        cleaner.clean("a").rethreshold(threshold)


def test_a_page_may_be_given_by_name(tiny_model):
    cleaner = Cleaner(tiny_model)
    assert cleaner.clean(text=SEED).text == cleaner.clean(SEED).text


def test_what_is_no_page_is_refused(tiny_model):
    cleaner = Cleaner(tiny_model)
    for page in (None, 3, ["a line"], Page("a line")):
        with pytest.raises(TypeError, match="a page is str or bytes, not"):
            cleaner.clean(page)
    # Each character of a text would be a page.
    for page in (SEED, SEED.encode(), Page(SEED)):
        with pytest.raises(TypeError, match="clean_many takes several pages"):
            list(cleaner.clean_many(page))


def test_unknown_kinds_and_modes_are_refused(tiny_model):
    with pytest.raises(ValueError, match="unknown kind 'captions'; the kinds are ad_marker, caption"):
        Cleaner(tiny_model, keep=["caption", "captions"])
    with pytest.raises(ValueError, match="'filter' or 'trim', not 'both'"):
        Cleaner(tiny_model, mode="both")


@pytest.mark.parametrize(
    ("unit", "small", "large"),
    [
        ("a\n", 15_000, 120_000),  # lines of one character
        ("The same line again and again.\n", 3_000, 24_000),
        ("some words, ", 50_000, 400_000),  # one line of five million characters
        ("a", 625_000, 5_000_000),
        ("@", 625_000, 5_000_000),
        ("e\u0301\u0302", 200_000, 1_600_000),
    ],
)
def test_time_grows_with_the_page_and_not_faster(cleaner, unit, small, large):
    def run(count):
        return cleaner.clean(unit * count).text

    assert_in_proportion(run, (small,), (large,), 8, plus=0.1)


def test_many_pages_take_time_in_proportion(cleaner):
    def run(count):
        return sum(len(page.text) for page in cleaner.clean_many([SEED] * count))

    assert_in_proportion(run, (100,), (800,), 8)


def test_cleaning_does_not_import_the_libraries_of_training():
    import subprocess
    import sys

    code = (
        "import sys, detector.cleaner; print([m for m in ('sklearn', 'scipy', 'joblib', 'pickle') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "sklearn" not in done.stdout
    assert "scipy" not in done.stdout
    assert "joblib" not in done.stdout
