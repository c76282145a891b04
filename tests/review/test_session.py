import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cleaner import Cleaner
from detector.errors import InputError, OutputError
from detector.labels import KINDS, read_labelled
from detector.page import Page
from detector.review.collect import collect
from detector.review.labelled import BY_HAND
from detector.review.ledger import HAND, NOBODY, SPREAD, Answer, Ledger
from detector.review.session import Session
from detector.review.store import Store
from tests.conftest import wait_until
from tests.review.disks import full_disk

NOISE = 1
SHARE = KINDS.index("share")
TELL = "Tell a friend about this story"
TIP = "Got a tip? Write to our desk."


def said(session, row, label=NOISE, kind=-1, *, spread=True):
    return session.answer([Answer(np.array([row]), label, kind)], spread=spread)


def labels_of(path, text):
    """The label, kind and source of a line on each page of a file."""
    found = []
    for page in read_labelled([path]):
        for number, part in enumerate(page.segments, 1):
            if part.text == text:
                found.append((page.id, part.label, part.kind, number in page.meta[BY_HAND]))
    return found


def test_one_answer_settles_the_line_on_all_pages_and_is_in_the_file(begin, collection, labels, row_of):
    with begin(collection) as session:
        assert said(session, row_of(collection, TELL, page=3), kind=SHARE) == 12
        wait_until(lambda: labels.exists())
    found = labels_of(labels, TELL)
    assert len(found) == 12
    assert all(entry[1:3] == ("noise", "share") for entry in found)
    assert [entry[0] for entry in found if entry[3]] == ["p3"]


def test_the_file_is_there_soon_without_being_asked_for(begin, collection, labels, row_of):
    with begin(collection) as session:
        for text in (TELL, TIP):
            said(session, row_of(collection, text))
            wait_until(lambda text=text: labels.exists() and labels_of(labels, text)[0][1] == "noise")


def test_without_an_answer_nothing_is_left(begin, collection, labels):
    with begin(collection):
        pass
    assert list(labels.parent.iterdir()) == []


def test_a_review_is_taken_up_where_it_ended(begin, collection, make_collection, source_pages, labels, row_of):
    row = row_of(collection, TELL)
    with begin(collection) as session:
        said(session, row, kind=SHARE)
        said(session, row_of(collection, TIP), 0, spread=False)
        before = session.ledger.snapshot()
    again = make_collection(source_pages)
    with begin(again) as session:
        for now, then in zip(session.ledger.entries, before, strict=True):
            np.testing.assert_array_equal(now, then)
        progress = session.progress()
        assert (progress.settled, progress.by_hand, progress.can_undo) == (13, 2, False)
    assert len(list(labels.parent.iterdir())) == 1


CRASH = """
import sys, os, numpy as np
from pathlib import Path
from detector.cleaner import Cleaner
from detector.page import Page
from detector.review.collect import collect
from detector.review.ledger import Answer
from detector.review.session import Session
from detector.review.store import Store
import json
pages = [Page(**page) for page in json.loads(Path(sys.argv[1]).read_text())]
found = collect([list(Cleaner.load(sys.argv[2]).clean_many(pages))])
session = Session(found, Store(Path(sys.argv[3]), found)).__enter__()
if sys.argv[5] == "late":  # the file is never written
    session.save = lambda: None
for row in json.loads(sys.argv[4]):
    if row < 0:
        session.undo()
    else:
        session.answer([Answer(np.array([row]), row % 2, -1)], spread=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("when", ["late", "early"])
def test_nothing_is_lost_when_the_program_is_killed(
    when, begin, collection, labels, tiny_path, tmp_path, row_of, source_pages
):
    rows = [row_of(collection, TELL), row_of(collection, TIP), -1, row_of(collection, TIP, page=2)]
    pages = tmp_path / "pages.json"
    pages.write_text(json.dumps([{"text": p.text, "id": p.id, "site": p.site} for p in source_pages]), "utf-8")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CRASH, str(pages), str(tiny_path), str(labels), json.dumps(rows), when]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(root)}, stderr=subprocess.PIPE)
    assert ended.returncode == -9, ended.stderr.decode()
    expected = Ledger(collection.lines.groups)
    for row in rows:
        if row < 0:
            expected.undo()
        else:
            expected.answer([Answer(np.array([row]), row % 2, -1)], spread=True)
    with begin(collection) as session:
        assert "4 answers of an interrupted review were taken up" in session.store.notes[0]
        for now, then in zip(session.ledger.entries, expected.entries, strict=True):
            np.testing.assert_array_equal(now, then)
    assert len(labels_of(labels, TELL)) == 12
    assert not Path(f"{labels}.journal").exists()


actions = st.lists(st.tuples(st.integers(-6, 60), st.integers(0, 1), st.booleans()), min_size=1, max_size=12)


@given(actions, st.integers(0, 12))
def test_a_journal_gives_the_same_labels_whenever_the_file_is_written(
    tiny_model, tmp_path_factory, acts, written_after
):
    path = tmp_path_factory.mktemp("replay") / "labels.jsonl"
    text = "3 comments\nTell a friend\nThe ferry sank at dawn, he said.\n[ad_1]\nTell a friend\n"
    pages = [Page(text + f"Story {'abc'[n]} of the ferry.\n" * 2, str(n), site="x") for n in range(3)]
    found = collect([list(Cleaner(tiny_model).clean_many(pages))])
    with closing(found.shelf):
        store = Store(path, found)
        session = Session(found, store)
        store.open(session.ledger)
        for step, (row, label, spread) in enumerate(acts):
            if step == written_after:
                store.write(session.ledger.snapshot())
            if row < 0:
                session.undo()
            else:
                session.answer([Answer(np.array([row % len(found.lines)]), label, -1)], spread=spread)
        store._journal.close(drop=False)
        store._release()  # as the end of the process does
        again = Ledger(found.lines.groups)
        other = Store(path, found)
        other.open(again)
        other.close(is_saved=True)
        for now, then in zip(again.entries, session.ledger.entries, strict=True):
            np.testing.assert_array_equal(now, then)


def test_a_second_reviewer_is_refused_with_the_process(begin, collection, labels):
    with begin(collection), pytest.raises(OutputError, match=f"process {os.getpid()} is reviewing into it"):
        Store(labels, collection).open(Ledger(collection.lines.groups))
    with begin(collection):  # it has ended
        pass


def test_a_full_disk_refuses_the_answer_and_changes_nothing(begin, collection, labels, row_of):
    row = row_of(collection, TELL)
    with begin(collection) as session:
        with full_disk(), pytest.raises(OutputError, match="cannot be written: File too large"):
            said(session, row)
        assert session.progress().settled == 0
        said(session, row)
    assert len(labels_of(labels, TELL)) == 12


def test_a_full_disk_that_has_room_for_the_journal_loses_nothing(begin, collection, labels, row_of):
    with begin(collection) as session:
        with full_disk(1000):
            said(session, row_of(collection, TELL))
            wait_until(lambda: session.progress().unsaved)
            assert "cannot be written: File too large" in session.progress().unsaved
        wait_until(lambda: not session.progress().unsaved)
    assert len(labels_of(labels, TELL)) == 12


def test_answers_stay_in_the_journal_where_the_file_cannot_be_written_in_the_end(begin, collection, labels, row_of):
    with begin(collection) as session:
        said(session, row_of(collection, TELL))
        session.save()
        labels.write_text("changed by another program\n", "utf-8")
        said(session, row_of(collection, TIP))
    assert labels.read_text("utf-8") == "changed by another program\n"
    labels.unlink()
    with begin(collection) as session:
        assert session.progress().settled == 24


def test_what_the_file_holds_beside_the_review_is_carried_over_byte_for_byte(begin, collection, labels, row_of):
    other = '{"id": "p1", "lines": [{"text": "Another text", "label": "noise"}]}\n'
    foreign = '{ "id":"far",  "lines":[{"text":"A line", "label":"article"}], "gold":"\\u0041 line"}'
    labels.write_text(f"{other}\n{foreign}", "utf-8")
    for text in (TELL, TIP):
        with begin(collection) as session:
            assert any("1 labelled pages have another text" in note for note in session.store.notes)
            said(session, row_of(collection, text))
            session.save()
            said(session, row_of(collection, text), 0)
        assert labels.read_text("utf-8").startswith(f"{other}{foreign}\n")
        assert len(labels.read_text("utf-8").splitlines()) == 14


def test_what_a_labelled_page_says_beside_its_lines_stays(begin, collection, labels, row_of):
    with begin(collection) as session:
        said(session, row_of(collection, TELL))
    record = json.loads(labels.read_text("utf-8").splitlines()[0])
    record |= {"lang": "en", "page_type": "article", "weight": 2, "gold": "The story."}
    record["meta"]["note"] = "checked"
    labels.write_text(json.dumps(record) + "\n", "utf-8")
    with begin(collection) as session:
        said(session, row_of(collection, TIP))
    [page] = [page for page in read_labelled([labels]) if page.id == "p0"]
    assert (page.lang, page.page_type, page.weight, page.gold) == ("en", "article", 2, "The story.")
    assert page.meta["note"] == "checked"


def test_labels_made_elsewhere_count_as_given_by_hand(begin, collection, labels, review_pages):
    lines = [{"text": text, "label": label} for text, label, _ in review_pages[0]]
    blank = {"text": ""}
    record = {"id": "p0", "lines": [item for line in lines for item in (line, blank)]}
    labels.write_text(json.dumps(record) + "\n", "utf-8")
    with begin(collection) as session:
        rows = collection.lines.rows_of(0)
        assert (session.ledger.entries.source[rows] == HAND).all()
        assert (session.ledger.entries.source[rows.stop :] == NOBODY).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [("{}", "'lines' must be a list"), ("no JSON", ":1: not a JSON record"), ("[" * 100_000, "not a JSON record")],
)
def test_a_file_that_holds_no_labelled_pages_is_refused(content, message, begin, collection, labels):
    labels.write_text(content, "utf-8")
    with pytest.raises(InputError, match=message), begin(collection):
        pass
    assert labels.read_text("utf-8") == content
    assert [path.name for path in labels.parent.iterdir()] == [labels.name]


@pytest.mark.parametrize(
    "record",
    [
        '{"answers": [{"page": "gone", "key": 1, "spans": [[0, 1]], "label": 0, "kind": 0, "source": 2}], "spread": 1}',
        '{"restore": [{"page": "p0", "key": 1, "spans": [], "label": 0, "kind": 0, "source": 2}]}',
    ],
)
def test_a_journal_of_other_pages_is_refused_and_kept(record, begin, collection, labels):
    journal = Path(f"{labels}.journal")
    journal.write_text(f"{record}\n", "utf-8")
    with pytest.raises(InputError, match="interrupted review of other pages"), begin(collection):
        pass
    assert journal.exists()


@pytest.mark.parametrize("record", ["{}", '{"answers": 3, "spread": true}', '{"restore": [{}]}', '{"answers": [{}]}'])
def test_what_is_no_journal_is_refused(record, begin, collection, labels):
    Path(f"{labels}.journal").write_text(f"{record}\n", "utf-8")
    with pytest.raises(InputError, match="not the journal of a review"), begin(collection):
        pass


def test_undo_tells_where_and_the_file_follows(begin, collection, labels, row_of):
    with begin(collection) as session:
        row = row_of(collection, TELL, page=4)
        said(session, row_of(collection, TIP))
        said(session, row)
        assert session.undo() == (row, 12)
    assert {entry[1] for entry in labels_of(labels, TELL)} == {None}
    assert {entry[1] for entry in labels_of(labels, TIP)} == {"noise"}


def test_a_page_is_accepted_as_it_is_shown(begin, collection, row_of):
    with begin(collection) as session:
        row = row_of(collection, TELL)
        said(session, row, 0, spread=False)
        session.accept_page(0, spread=True)
        rows = np.arange(len(collection.lines))[collection.lines.rows_of(0)]
        assert (session.ledger.entries.source[rows] == HAND).all()
        others = rows[rows != row]
        np.testing.assert_array_equal(session.ledger.entries.label[others], collection.lines.is_noise[others])
        assert session.ledger.entries.label[row] == 0
        tip = row_of(collection, TIP, page=7)
        assert session.ledger.entries.source[tip] == SPREAD
        assert session.accept_page(0, spread=True) == 0
        session.undo()
        assert session.progress().by_hand == 1


def test_a_question_that_is_passed_comes_back_after_all_others(begin, make_collection):
    found = make_collection([Page("A line of it.\nAnother line.\nThe third one.", "p")])
    with begin(found) as session:
        asked = []
        passed = None
        for _ in range(6):
            question = session.next_question(0, passed)
            passed = question.row
            asked.append(passed)
        assert sorted(asked[:3]) == [0, 1, 2]
        assert asked[3:] == asked[:3]
        session.accept_page(0, spread=True)
        assert session.next_question(0) is None
