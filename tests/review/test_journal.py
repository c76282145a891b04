import os

import pytest

from detector.errors import InputError, OutputError
from detector.review.journal import Journal
from tests.review.disks import full_disk


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl.journal"


def test_what_is_appended_is_read_back(path):
    journal = Journal(path)
    assert journal.read() == []
    for n in range(3):
        journal.append({"n": n, "text": "\ud800 line\n"})
    assert Journal(path).read() == [{"n": n, "text": "\ud800 line\n"} for n in range(3)]


def test_nothing_is_made_before_the_first_record(path):
    journal = Journal(path)
    journal.read()
    journal.close(drop=True)
    assert not path.exists()


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_record_that_a_crash_has_cut_off_is_dropped_and_written_over(path, cut):
    journal = Journal(path)
    journal.append({"n": 1})
    journal.append({"n": 2})
    journal.close(drop=False)
    os.truncate(path, path.stat().st_size - cut)
    again = Journal(path)
    assert again.read() == [{"n": 1}]
    again.append({"n": 3})
    assert Journal(path).read() == [{"n": 1}, {"n": 3}]


def test_what_is_no_journal_is_refused_with_the_place(path):
    path.write_text('{"n": 1}\nnot JSON\n{"n": 2}\n', "utf-8")
    with pytest.raises(InputError, match=r"journal:2: not a record"):
        Journal(path).read()


def test_a_full_disk_takes_no_half_record(path):
    journal = Journal(path)
    journal.append({"n": 1})
    size = path.stat().st_size
    with full_disk(size + 10), pytest.raises(OutputError, match="cannot be written: File too large"):
        journal.append({"text": "x" * 50})
    assert path.stat().st_size == size
    journal.append({"n": 2})
    assert Journal(path).read() == [{"n": 1}, {"n": 2}]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(tmp_path / "gone" / "journal").append({})
