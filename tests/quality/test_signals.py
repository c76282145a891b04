"""Signals against plain renderings of their definitions, and against datatrove where that is installed."""

import importlib.util
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.quality.signals import RANGES, SIGNALS, failed_rules, rules_passed, signal_columns, signals
from detector.quality.words import find_words
from detector.segment.chars import build_tables

STORY = (
    "The ferry left the harbour at dawn with ninety people on board, the coast guard said.\n\n"
    "Nobody was hurt when it ran aground, and all of them were taken off by noon.\n\n"
    "Divers will look at the hull, and the line is to open again within a week.\n\n"
    "The company had to cancel its sailings twice this month. It has no other ship.\n\n"
    "Fishermen who were first at the scene said that they had heard a bang."
)
TEXTS = [
    STORY,
    "",
    "\n\n",
    "a",
    "\n a \n\n\na",
    "x\n\nx\n\nx",
    "•\n- b...\n…",
    " \n\n \n",
    "... ...... ....",
    "to be or not to be " * 20,
    "one two three\n" * 12,
    "# # # word\nword word #",
    "ends in a quote.\"\nshort\nthis line is much longer than thirty characters, isn't it",
]
pieces = st.sampled_from(
    ["a", "the", "to be", "x y z", ".", "...", "…", "-", "• item", "#", "\n", "\n\n", " ", "End.", "Why?"]
)
texts = st.lists(pieces, max_size=40).map(" ".join) | st.lists(pieces, max_size=40).map("".join)


def repeated(items):
    seen, count, chars = set(), 0, 0
    for item in items:
        if item in seen:
            count, chars = count + 1, chars + len(item)
        seen.add(item)
    return count, chars


def grams(words, n):
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def again(words, n):
    seen, chars, at = set(), 0, 0
    while at < len(words) - n + 1:
        gram = tuple(words[at : at + n])
        if gram in seen:
            chars, at = chars + len("".join(gram)), at + n
        else:
            seen.add(gram)
            at += 1
    return chars


def plainly(text):
    """The definitions, a line each."""
    words, size = text.split(), max(len(text), 1)
    n = max(len(words), 1)
    lines = text.split("\n") if text else []
    lines = lines[:-1] if lines and not lines[-1] else lines
    filled = [line for line in text.split("\n") if line.strip()]
    paragraphs = re.split(r"\n{2,}", text.strip())
    runs = re.split(r"\n+", text)
    tops = {k: grams(words, k) for k in (2, 3, 4)}
    return {
        "gopher_hashes": text.count("#") / n,
        "gopher_ellipses": (text.count("...") + text.count("…")) / n,
        "gopher_bullet_lines": sum(s.lstrip().startswith(("•", "-")) for s in lines) / max(len(lines), 1),
        "gopher_ellipsis_lines": sum(s.rstrip().endswith(("...", "…")) for s in lines) / max(len(lines), 1),
        "gopher_alpha_words": sum(any(c.isalpha() for c in word) for word in words) / n,
        "gopher_stop_words": len({"the", "be", "to", "of", "and", "that", "have", "with"} & set(words)),
        "gopher_dup_lines": repeated(runs)[0] / len(runs),
        "gopher_dup_line_chars": repeated(runs)[1] / size,
        "gopher_dup_paragraphs": repeated(paragraphs)[0] / len(paragraphs),
        "gopher_dup_paragraph_chars": repeated(paragraphs)[1] / size,
        **{
            f"gopher_top_{k}_gram": len(top := max(found, key=found.count)) * found.count(top) / size if found else 0.0
            for k, found in tops.items()
        },
        **{f"gopher_dup_{k}_gram": again(words, k) / size for k in range(5, 11)},
        "fineweb_punctuated_lines": sum(s.endswith((".", "?", "!")) for s in filled) / max(len(filled), 1),
        "fineweb_short_lines": sum(len(s) <= 30 for s in filled) / max(len(filled), 1),
        "fineweb_dup_chars": repeated(filled)[1] / max(len(text.replace("\n", "")), 1),
        "fineweb_new_lines": text.count("\n") / n,
    }


@pytest.mark.parametrize("text", TEXTS)
def test_signals_are_what_their_definitions_say(text):
    found = signals([text])[0]
    expected = plainly(text)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@given(texts)
def test_signals_of_any_text_are_what_their_definitions_say(text):
    found = signals([text])[0]
    expected = plainly(text)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@given(st.lists(texts, min_size=2, max_size=4))
def test_signals_do_not_depend_on_the_other_texts(some):
    assert signals(some) == [signals([text])[0] for text in some]


@given(st.text(max_size=200))
def test_every_text_has_finite_signals(text):
    values = signals([text])[0]
    assert list(values) == list(SIGNALS)
    assert np.isfinite(list(values.values())).all()


def test_c4_drops_lines_and_pages():
    kept = "This line has words enough."
    cases = {
        kept: (1.0, 0),
        f"{kept}\nno end mark here": (len(kept) / (len(kept) + 16), 0),
        "Please enable Javascript to go on.": (0.0, 0),
        "Read our privacy policy before you go.": (0.0, 0),
        "Two words.": (0.0, 0),
        "A line that trails off...": (0.0, 0),
        "A fact that is known.[12]": (1.0, 0),
        "Lorem ipsum dolor sit amet.": (1.0, 1),
        "A bracket { is in this line.": (1.0, 1),
        "w" * 1001 + " is far too long.": (0.0, 0),
    }
    for text, expected in cases.items():
        found = signals([text])[0]
        assert (found["c4_kept_lines"], found["c4_refused"]) == pytest.approx(expected), text


def test_a_story_passes_all_rules_and_a_list_fails_some():
    good, bad = signals([STORY, "- item\n" * 30])
    assert failed_rules(good) == []
    assert {"gopher_words", "gopher_bullet_lines", "gopher_dup_lines", "fineweb_dup_chars"} <= set(failed_rules(bad))
    columns = signal_columns([STORY], find_words([STORY], build_tables()))
    assert rules_passed(columns).tolist() == [1.0]
    assert set(RANGES) <= set(SIGNALS)


@pytest.mark.skipif(importlib.util.find_spec("datatrove") is None, reason="datatrove is not installed")
def test_datatrove_passes_and_drops_the_same_texts(monkeypatch):
    from datatrove.data import Document
    from datatrove.pipeline.filters import fineweb_quality_filter, gopher_quality_filter, gopher_repetition_filter

    checks = {
        "fineweb": (fineweb_quality_filter, "FineWebQualityFilter", "fineweb_"),
        "quality": (gopher_quality_filter, "GopherQualityFilter", "gopher_[^dt]"),
        "repetition": (gopher_repetition_filter, "GopherRepetitionFilter", "gopher_(dup|top)"),
    }
    for module, name, own in checks.values():
        monkeypatch.setattr(module, "split_into_words", lambda text, language=None: text.split())
        rules = getattr(module, name)()
        for text in (text for text in TEXTS if text.split()):
            dropped = rules.filter(Document(text=text, id="")) is not True
            failed = any(re.match(own, rule) for rule in failed_rules(signals([text])[0]))
            assert dropped == failed, (name, text)
