"""What is said to have weighed did weigh."""

import numpy as np
import pytest
from hypothesis import given

from detector import explain as module
from detector.explain import explain, feature_name
from detector.features import (
    COLUMNS,
    HTML_COLUMNS,
    HTML_REVISION_COLUMNS,
    REVISION_COLUMNS,
    ngrams,
    to_score_units,
    verdict,
)
from detector.features.context import SCORE_UNIT
from detector.model import revision_columns
from detector.model_file import load
from tests.conftest import NASTY_LINES, assert_in_proportion, page_text


def logit(p):
    return np.log(p / (1 - p))


@pytest.mark.parametrize("columns", [COLUMNS, HTML_COLUMNS, (*COLUMNS, *HTML_REVISION_COLUMNS)])
def test_every_column_has_a_readable_name(columns):
    names = {feature_name(column) for column in columns}
    assert 20 < len(names) < len(columns)
    for name in names:
        assert not set(name) & set("[]\\+"), name
    assert feature_name("page_suggests_forum") == "page suggests forum"
    assert feature_name("caption_before_3") == "caption above"
    assert feature_name("page_lines") == "the page as a whole"
    assert feature_name("structure_+0") == "its tag, class and id"
    assert feature_name("structure_-3") == "tags and classes of the lines above"
    assert feature_name("in_li") == "stands in li"


def test_one_for_each_line(tiny_model, cleaner, nasty_pages):
    for text in nasty_pages:
        reasons = explain(tiny_model, text, top=4)
        assert len(reasons) == len(cleaner.clean(text).lines)
        for features, words in reasons:
            assert len(features) <= 4
            assert len(words) <= 4
            for found in (features, words):
                weights = [abs(reason.weight) for reason in found]
                assert weights == sorted(weights, reverse=True)
                assert all(np.isfinite(weights))


class Verdict:
    """The stages of a model on one page, and what they give when columns are blanked."""

    def __init__(self, model, page, structures=None):
        self.batch, tokens = model.segment([page.text])
        scores = model.stage_one.scores(self.batch, tokens)
        self.prepared = model.prepare(self.batch, tokens, scores, structures)
        self.two, self.three = self.prepared.judge
        log_odds = self.two.outputs(self.prepared.inputs)
        self.columns = revision_columns(log_odds, self.prepared.n_chars, self.batch.page_rows, self.prepared.tree, None)
        self.full = self.noise(self.columns)

    def noise(self, columns, blank=None):
        inputs = self.three.inputs(columns)
        if blank is not None:
            inputs[:, blank] = 0
        slope, intercept = self.three.calibration
        # Positive weights speak for noise, so without the column the line would look more like article.
        return -(self.three.outputs(inputs) * slope + intercept)

    def without(self, row, names, others, name):
        """Log odds of noise of one line without what has this name."""
        if name in others:
            return self.noise(self.columns[row : row + 1], blank=others == name)[0]
        inputs = self.prepared.inputs[row : row + 1].copy()
        inputs[:, names == name] = 0
        columns = self.columns[row : row + 1].copy()
        columns[:, verdict.OWN] = verdict.own_column(to_score_units(self.two.outputs(inputs)))
        return self.noise(columns)[0]


def named(columns):
    return np.array([feature_name(column) for column in columns])


def test_features_are_what_the_verdict_loses_without_them(tiny_model, labelled_pages):
    page = labelled_pages[0]
    found = Verdict(tiny_model, page)
    names, others = named(COLUMNS), named(REVISION_COLUMNS)
    others[verdict.OWN] = ""
    for row, (features, _) in enumerate(explain(tiny_model, page.text, top=len(COLUMNS))):
        for name, weight in features[:3] + features[-1:]:
            assert weight == pytest.approx(found.full[row] - found.without(row, names, others, name))


def test_features_of_html_are_what_its_verdict_loses_without_them(html_model, html_pages):
    page = html_pages[0]
    found = Verdict(html_model, page, [page.structure])
    assert found.prepared.judge is html_model.html
    names, others = named(HTML_COLUMNS), named(HTML_REVISION_COLUMNS)
    others[verdict.OWN] = ""
    seen = set()
    for row, (features, _) in enumerate(explain(html_model, page.text, page.structure, top=len(HTML_COLUMNS))):
        seen.update(name for name, _ in features)
        for name, weight in features[:3] + features[-1:]:
            assert weight == pytest.approx(found.full[row] - found.without(row, names, others, name))
    assert {"its tag, class and id", "elements like its own", "the elements around it"} <= seen
    assert {"verdicts on the lines around", "verdicts on elements like its own"} <= seen


def test_what_a_site_repeats_is_no_reason_where_nothing_is_known_of_the_site(labelled_pages):
    model = load().model
    for page in labelled_pages[:5]:
        for features, _ in explain(model, page.text, top=99):
            assert "what its site repeats" not in dict(features)


def test_a_page_of_html_without_its_tree_is_explained_as_text(html_model, html_pages):
    page = html_pages[1]
    plain = explain(html_model, page.text)
    assert plain != explain(html_model, page.text, page.structure)
    assert not {name for features, _ in plain for name, _ in features} & {"its tag, class and id", "headings"}
    words = [words for _, words in plain]
    assert words == [words for _, words in explain(html_model, page.text, page.structure)]


def test_a_model_of_text_explains_html_as_text(tiny_model, html_pages):
    page = html_pages[0]
    assert explain(tiny_model, page.text, page.structure) == explain(tiny_model, page.text)


def test_words_are_what_stage_one_adds(tiny_model):
    line = "Read more: the ferry, the ferry"
    [(_, words)] = explain(tiny_model, line, top=99)
    assert {name for name, _ in words} <= {
        "Read", "more", "the", "ferry", "Read more", "more the", "the ferry", "ferry the",
    }  # fmt: skip
    batch, tokens = tiny_model.segment([line])
    stage = tiny_model.stage_one
    runs = list(ngrams.index_runs(batch, tokens, 0, 1))
    count = sum(int(run.last[0] - run.first[0]) for run in runs)
    chars = sum(int(stage.weights[run.indices[run.first[0] : run.last[0]]].sum()) for run in runs[:-2])
    slope, intercept = tiny_model.line_calibration
    rest = (chars * stage.scale / np.sqrt(count) + stage.bias) * SCORE_UNIT * slope + intercept
    p_line = tiny_model.predict([line]).p_line[0]
    assert sum(weight for _, weight in words) - rest == pytest.approx(logit(p_line), abs=0.02)


def test_long_lines_name_only_words_that_are_read(tiny_model):
    line = " ".join(f"w{'abcdefghij'[i // 10]}{'abcdefghij'[i % 10]}" for i in range(60)) + "."
    [(_, words)] = explain(tiny_model, line, top=999)
    read = {word for name, _ in words for word in name.split()}
    assert "wdd" not in read
    assert read <= {*line.rstrip(".").split()[: ngrams.HEAD_WORDS], *line.rstrip(".").split()[-ngrams.TAIL_WORDS :]}


def test_empty_pages_and_no_reasons(tiny_model):
    assert explain(tiny_model, "") == []
    assert explain(tiny_model, " \n\u200b\n") == []
    assert explain(tiny_model, "a\n", top=0) == [([], [])]


def test_blocks_do_not_show(tiny_model, monkeypatch):
    text = "\n".join(NASTY_LINES)
    expected = explain(tiny_model, text)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 1)
    assert explain(tiny_model, text) == expected


@given(page_text)
def test_any_text(tiny_model, cleaner, text):
    assert len(explain(tiny_model, text, top=2)) == len(cleaner.clean(text).lines)


def test_time_grows_with_the_page(tiny_model):
    line = "The ferry sank at dawn, the coast guard said on Friday.\n"
    assert_in_proportion(explain, (tiny_model, line * 60), (tiny_model, line * 960), 16)
