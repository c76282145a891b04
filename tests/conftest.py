"""One tiny model for the whole run, and what tests share."""

from __future__ import annotations

import gc
import signal
import time
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from detector import model_file
from detector.classifier import LineClassifier
from detector.cleaner import Cleaner
from detector.compare import compare
from detector.labels import ARTICLE, read_labelled
from detector.page import Page
from detector.segment.chars import build_tables
from detector.segment.structure import Structure
from detector.segment.text import split_lines

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # In the background of a shell an interrupt is ignored, also by the processes that tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "few",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("few")


def pytest_collection_finish():
    """Thousands of tests are no garbage, and need not be looked through again and again for some."""
    gc.collect()
    gc.freeze()


LABELLED = Path(__file__).parent.parent / "data" / "labelled"

NASTY_LINES = [
    "",
    " ",
    "\t\u200b\ufeff",
    "a",
    "ok",
    "[ad_1]",
    "Read more: Ferry sinks off the coast",
    "The ferry sank at dawn, the coast guard said on Friday, and nine people were rescued by fishermen.",
    "“It was over in a minute,” said the captain. [ad_2] Source link",
    "首页 > 新闻频道 > 民生",
    "廃校の屋内プールでトラウト養殖、初出荷へ",
    "เรือเฟอร์รี่จมลงเมื่อรุ่งสาง",
    "וכתבה בעברית \u202eהפוכה\u202c",
    "z\u0301\u0302\u0303" * 30,
    "\x00nul\x0bvertical\x0cform\x85next\u2028line\u2029paragraph\x1c",
    "\ud800 lone \udfff surrogates \U0001f468\u200d\U0001f469\u200d\U0001f467 \uffff\ufffe",
    "................................",
    "@" * 200,
    "word " * 120 + "end.",
    "© 2024 Example Media. All rights reserved.",
]
"""Lines that have broken line classifiers before."""

characters = st.one_of(
    st.characters(),  # surrogates and control characters included
    st.sampled_from(list("\n\r\n\n \t\x00\x0b\x0c\x1c\x85\u2028\u2029\u200b\ufeff.,:[]aA1中\ud800\udc00\U0001f600")),
)
arbitrary_text = st.text(characters, max_size=120)
page_text = st.one_of(
    arbitrary_text,
    st.lists(st.sampled_from(NASTY_LINES), max_size=25).flatmap(
        lambda lines: st.sampled_from(["\n", "\r\n", "\r", "\n\n"]).map(lambda end: end.join(lines))
    ),
)
"""Any text a page could be."""


@st.composite
def structures(draw, lines=None, max_lines=8):
    """The trees that documents can have, for so many lines or for any number of them."""
    count = draw(st.integers(0, max_lines)) if lines is None else lines
    tags = st.sampled_from(["html", "article", "div", "p", "h1", "h2", "h3", "ul", "li", "a", "nav", "span", "my-box"])
    words = st.sampled_from(["", "", "story", "related posts", "posts", "hidden-element", "Related"])
    elements, parents = [], []
    around = [-1]
    while len(elements) < count:
        step = draw(st.sampled_from(["line", "line", "line", "open", "open", "close"]))
        if step == "line":
            elements.append(around[-1])
        elif step == "open":
            parents.append(around[-1])
            around.append(len(parents) - 1)
        elif len(around) > 1:
            around.pop()

    def several(values, size):
        return tuple(draw(st.lists(values, min_size=size, max_size=size)))

    return Structure(
        tuple(elements),
        several(st.integers(0, 30), count),
        several(st.integers(0, 5), count),
        tuple(parents),
        several(tags, len(parents)),
        several(words, len(parents)),
    )


def html_of(page):
    """A document that shows the segments of a labelled page, each in an element of its own."""
    blocks = []
    for segment in page.segments:
        text = escape(segment.text, quote=False)
        if segment.label == ARTICLE:
            blocks.append(f"<p>{text}</p>")
        else:
            blocks.append(f'<div class="{segment.kind}"><a href="#">{text}</a></div>')
    return f"<!doctype html>\n<html><body><main class=page>{''.join(blocks)}</main></body></html>"


def seconds(function, *arguments, repeat=1):
    """Processor time of a call, the best of some, without the collector's pauses."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(repeat):
            start = time.process_time()
            function(*arguments)
            best = min(best, time.process_time() - start)
    finally:
        gc.enable()
    return best


_TRIES = 8


def assert_in_proportion(function, few, many, times, slack=3.0, plus=0.0):
    """Fail where `many`, so many times as large as `few`, takes time that grows faster than its size.

    The machine may be busy: both are measured in turns, the best of each counts, and what is in proportion
    gets some more chances.  What is quadratic takes `times` squared and has none.

    Parameters
    ----------
    few, many
        Tuples of arguments.
    slack
        How much longer than in proportion it may take.
    plus
        Seconds that it may take in any case, where what is little needs no time to speak of.
    """
    assert times > slack, "could not tell quadratic from linear"
    small = large = float("inf")
    for _ in range(_TRIES):
        small = min(small, seconds(function, *few, repeat=2))
        large = min(large, seconds(function, *many))
        if large <= slack * times * small + plus:
            return
    raise AssertionError(f"{times} times the size takes {large / small:.1f} times as long ({large:.3f} s)")


def assert_within(limit, function, *arguments):
    """Fail where a call takes more than so many seconds of processor time each time; gives what it returned."""
    found = []
    best = float("inf")
    for _ in range(_TRIES):
        best = min(best, seconds(lambda: found.append(function(*arguments))))
        if best < limit:
            return found[-1]
    raise AssertionError(f"it takes {best:.2f} s, more than {limit}")


PATIENCE = 240
"""Seconds of waiting for what comes at once, unless the machine is busy."""


def wait_until(condition, pause=0.01):
    """Wait for what must come, however busy the machine; give what the condition gave."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(pause)
    return found


FEW_LINES = 1 << 11


@pytest.fixture
def quick_training(monkeypatch):
    """For tests in which it does not matter how well a model is trained.

    The last stage learns from few pages a thousand times over, which takes a minute for five of them;
    tests/training/test_stage_three.py holds that it does.
    """
    monkeypatch.setattr("detector.training.stage_three._MIN_LINES", FEW_LINES)
    monkeypatch.setitem(LineClassifier.__init__.__kwdefaults__, "epochs", 1)
    monkeypatch.setattr("detector.training.retrain.compare", lambda before, after, _: compare(before, after, 10))


@pytest.fixture(scope="session")
def tables():
    return build_tables()


@pytest.fixture(scope="session")
def labelled_pages():
    return list(read_labelled([LABELLED]))


@pytest.fixture(scope="session")
def tiny_model(labelled_pages):
    """A weak but real model, trained in a second or two."""
    return LineClassifier(n_networks=1, epochs=4, learning_rate=5e-3, n_folds=3, n_jobs=1).fit(labelled_pages).model_


@pytest.fixture(scope="session")
def tiny_path(tiny_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.detector"
    model_file.save(path, tiny_model, {"purpose": "tests"})
    return path


@pytest.fixture
def cleaner(tiny_model):
    return Cleaner(tiny_model)


@pytest.fixture(scope="session")
def html_pages(labelled_pages):
    """Some of the labelled pages as if they came from HTML."""
    pytest.importorskip("selectolax")
    pages = []
    for page in labelled_pages[::6]:
        rendered = Page.from_html(html_of(page))
        lines = zip(split_lines(rendered.text)[:-1], page.segments, strict=True)
        marked = tuple((replace(segment, text=line),) for line, segment in lines)
        pages.append(replace(page, id=f"{page.id}.html", lines=marked, gold=None, structure=rendered.structure))
    return pages


@pytest.fixture(scope="session")
def html_model(html_pages):
    """A weak but real model that reads text and HTML."""
    return LineClassifier(n_networks=1, epochs=4, learning_rate=5e-3, n_folds=2, n_jobs=1).fit(html_pages).model_


@pytest.fixture(scope="session")
def html_path(html_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "html.detector"
    model_file.save(path, html_model, {"purpose": "tests"})
    return path


@pytest.fixture
def html_cleaner(html_model):
    return Cleaner(html_model)


@pytest.fixture(scope="session")
def nasty_pages(labelled_pages):
    """Pages of many sorts: real ones, empty ones, one-liners and the lines above in several orders."""
    rng = np.random.default_rng(5)
    mixed = ["\n".join(NASTY_LINES[i] for i in rng.permutation(len(NASTY_LINES))) for _ in range(4)]
    return [
        *(page.text for page in labelled_pages[::13]),
        "",
        "a",
        *mixed[:2],
        "\n\n \r\r\n",
        "One line only, and it is a sentence.",
        *mixed[2:],
        "a\nb\nc",
        "[ad_1]\r\n[ad_2]\r",
    ]
