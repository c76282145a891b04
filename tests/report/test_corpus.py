"""The report on a corpus, and what is gathered for it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from detector.cleaner import Cleaner
from detector.corpus.tally import Tally
from detector.page import Page
from detector.report.corpus import corpus_report
from detector.report.gather import BINS, Corpus
from detector.segment.normal import normal_form
from tests.conftest import page_text

NOISE = ["Share on Facebook", "Subscribe to our newsletter", "[ad_1]", "Posted on {n} March", "Source link"]


def gathered(cleaner, pages):
    corpus = Corpus()
    results = list(cleaner.clean_many(pages))
    corpus.add(results)
    return corpus, results


@pytest.fixture(scope="module")
def pages(labelled_pages):
    return [Page(page.text, id=page.id, site=page.site) for page in labelled_pages]


def test_counts_are_those_of_the_pages(cleaner, pages):
    corpus, results = gathered(cleaner, pages)
    tally = Tally()
    tally.add_pages(results, [result.text for result in results])
    assert corpus.tally == tally
    for counts in (corpus.scores, corpus.thresholds, corpus.shares, corpus.lengths):
        assert counts.sum() == len(pages) - (corpus.empty if counts is not corpus.lengths else 0)
    sizes = sum(len(line.text) for result in results for line in result.kept)
    assert corpus.line_chars[0].sum() == sizes
    shares = [1 - len(result.text) / len(result.page.text) for result in results]
    assert corpus.shares.tolist() == np.histogram(shares, BINS, (0, 1))[0].tolist()
    sites = Counter(page.site for page in pages)
    assert {name: entry.note.pages for name, entry in corpus.sites.top(1000)} == sites
    lines = Counter(normal_form(line.text) for result in results for line in result.removed)
    found = {form: entry.count + 1 for form, entry in corpus.removed.top(1000)}
    assert found == {form: count for form, count in lines.items() if count > 1}
    for name, entry in corpus.sites.top(5):
        inside = [result for result in results if result.page.site == name]
        kept = Counter(normal_form(line.text) for result in inside for line in result.kept)
        found = {form: one.count + 1 for form, one in entry.note.kept.top(100)}
        assert found == {form: count for form, count in kept.items() if count > 1}


def test_border_and_losses(cleaner, pages):
    corpus, results = gathered(cleaner, pages)
    unsure, lost = {}, {}
    for result in results:
        unsure[result.page.id] = sum(len(line.text) * min(line.p_noise, 1 - line.p_noise) for line in result.lines)
        lost[result.page.id] = sum(len(line.text) * (1 - line.p_noise) for line in result.removed)
    for notes, values in ((corpus.unsure.sorted(), unsure), (corpus.losses.sorted(), lost)):
        assert [note.id for note in notes] == sorted(values, key=lambda name: -values[name])[: len(notes)]
        assert [note.value for note in notes] == pytest.approx(sorted(values.values(), reverse=True)[: len(notes)])
        assert len(notes) == 20


def test_the_report(cleaner, pages, checked):
    corpus, _ = gathered(cleaner, pages)
    report = corpus_report(corpus, "Report on <b>")
    tree = checked(report)
    text = tree.body.text()
    assert f"{corpus.tally.chars_removed:,}" in text
    for kind, lines in corpus.tally.removed_by_kind.items():
        cells = next(row for row in tree.css("tr") if row.css_first("th").text() == kind).css("td")
        assert [cell.text() for cell in cells][::2] == [f"{lines:,}", f"{corpus.tally.chars_by_kind[kind]:,}"]
    assert len(tree.css("figure svg[role=img]")) == 5
    assert all(svg.css_first("title").text() and svg.css_first("desc").text() for svg in tree.css("svg[role=img]"))
    assert report == corpus_report(gathered(cleaner, pages)[0], "Report on <b>")


@given(texts=page_text)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_becomes_markup(tiny_model, checked, texts):
    hostile = f"{texts}\n<script>alert(1)</script>\n<img src=x onerror=alert(1)>"
    pages = [Page(hostile, id=hostile, site=texts or None)] * 3
    tree = checked(corpus_report(gathered(Cleaner(tiny_model), pages)[0], hostile))
    assert "<script>alert(1)</script>" in tree.body.text()


@pytest.mark.parametrize("texts", [[], [""], ["", "\n\n"], ["One line."], ["a" * 1_000_000], ["[ad_1]"] * 3])
def test_pages_with_little(cleaner, checked, texts):
    corpus, _ = gathered(cleaner, texts)
    report = corpus_report(corpus, "Report")
    assert ("There are no pages" in checked(report).body.text()) == (not texts)
    assert len(report) < 60_000


def test_many_pages_of_many_sites_give_a_small_report(cleaner, checked):
    rng = np.random.default_rng(3)
    words = np.array([f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}&<" for n in range(5000)])
    corpus = Corpus()
    text, count = 0, 6000
    for start in range(0, count, 1000):
        batch = []
        for n in range(start, start + 1000):
            body = [" ".join(rng.choice(words, 12)) for _ in range(4)]
            lines = [*NOISE[:3], *body, NOISE[3].format(n=n), NOISE[4], " ".join(["&" * 9] * 300)]
            batch.append(Page("\n".join(lines), id=f"page {n} {'<' * 400}", site=f"s{n % 1700}.example"))
            text += len(batch[-1].text)
        corpus.add(list(cleaner.clean_many(batch)))
    report = corpus_report(corpus, "Report")
    assert len(report) < 2_000_000 < text
    assert len(corpus.sites) <= 800
    assert len(corpus.removed) + len(corpus.kept) <= 8000
    assert any(cell.text() == "Share on Facebook" for cell in checked(report).css("td"))
    counts = Counter()
    for form, entry in (*corpus.removed.top(10_000), *corpus.kept.top(10_000)):
        counts[form] += entry.count + 1
    for line in NOISE:
        missed = corpus.removed.missed + corpus.kept.missed
        # A verdict that a line had once only is not held.
        assert count - 1 - missed <= counts[normal_form(line.format(n=1))] <= count + 2, line
