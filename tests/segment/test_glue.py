import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.segment.glue import MIN_REST, GlueLexicon, find_cuts, phrase_hashes
from detector.segment.text import cut_lines, make_batch
from detector.segment.tokens import find_tokens
from tests.conftest import page_text

STARTS = ["[ad_1]", "Advertisement", "Read Also"]
ENDS = ["[ad_2] Source link", "[ad_2]", "Source link", "© Example Media"]
CUES = ["Read also", "Lesen Sie auch"]


@pytest.fixture(scope="module")
def lexicon(tables):
    def hashes(phrases):
        tokens = find_tokens(make_batch(["\n".join(phrases)], tables))
        begins, ends = tokens.bounds[:-1], tokens.bounds[1:]
        found = phrase_hashes(tokens.hashes, begins, ends)
        return [np.unique(values) for values in (found, tokens.hashes[begins], tokens.hashes[ends - 1])]

    starts, openers, _ = hashes(STARTS)
    ends, _, closers = hashes(ENDS)
    return GlueLexicon(starts, ends, hashes(CUES)[0], openers, closers)


def pieces(text, tables, lexicon):
    batch = make_batch([text], tables)
    cut = cut_lines(batch, find_cuts(batch, find_tokens(batch), lexicon))
    return [text[a:b] for a, b in zip(cut.starts, cut.ends, strict=True)]


@pytest.mark.parametrize(
    ("noise", "article", "tail"),
    [
        ("[ad_1]", "At the recent meeting ministers agreed.", ""),
        ("<!--[ad_1]-->", "At the recent meeting ministers agreed.", ""),
        ("", "At the meeting ministers agreed, it said.", "[ad_2] Source link"),
        ("", "At the meeting ministers agreed, it said.", "[ad_2]"),
        ("[ad_1]", "At the meeting ministers agreed, it said.", "©Example Media"),
        pytest.param(*("", "At the meeting ministers agreed, it said.", "© Example Media")),
        ("", "At the meeting ministers agreed, it said.", "Read also: Ministers fall out over fish"),
        ("Advertisement", "Ministers agreed at the meeting.", ""),
    ],
)
def test_noise_is_cut_from_the_paragraph_it_is_glued_to(tables, lexicon, noise, article, tail):
    wanted = [part for part in (noise, article, tail) if part]
    assert pieces(" ".join(wanted), tables, lexicon) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Advertisement spending in newspapers fell last year.",  # the phrase runs on as a sentence
        "The agency would not say who was the source link",  # no sentence ends before the phrase
        "He said so. Source link was not given",  # the phrase does not end the line
        "[ad_1] Only three words",  # too little would be left
        "Yes it is. [ad_2]",
        "[ad_2] Source link",
        "Read also: Ministers fall out",  # the whole line is the cue
        "",
    ],
)
def test_a_line_is_left_whole(tables, lexicon, text):
    assert pieces(text, tables, lexicon) == ([text] if text else [])


def test_no_lexicon_no_cuts(tables):
    none = np.zeros(0, np.uint32)
    text = "[ad_1] At the recent meeting ministers agreed. [ad_2] Source link"
    assert pieces(text, tables, GlueLexicon(*[none] * 5)) == [text]


@given(
    st.lists(
        st.one_of(
            page_text,
            st.sampled_from(
                [
                    "[ad_1] At the recent meeting ministers agreed, it said. [ad_2] Source link",
                    "Ministers agreed at the meeting. Read also: Ministers fall out over fish",
                ]
            ),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_cuts_of_a_page_do_not_depend_on_other_pages_and_leave_enough_words(tables, lexicon, texts):
    batch = make_batch(texts, tables)
    tokens = find_tokens(batch)
    cuts = find_cuts(batch, tokens, lexicon)
    assert (np.diff(cuts) > 0).all()
    expected = []
    for page, text in enumerate(texts):
        alone = make_batch([text], tables)
        expected += (find_cuts(alone, find_tokens(alone), lexicon) + batch.page_chars[page]).tolist()
    assert cuts.tolist() == expected
    for cut in cuts:
        row = np.searchsorted(batch.starts, cut, "right") - 1
        inside = tokens.starts[tokens.bounds[row] : tokens.bounds[row + 1]]
        assert max((inside < cut).sum(), (inside >= cut).sum()) >= MIN_REST
        assert batch.starts[row] < cut < batch.ends[row]
