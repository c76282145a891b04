"""Memory that is refused, clocks that jump, files that change while they are read."""

import itertools
import json
import os
import sys
import time

import pytest

from detector.corpus.options import Options
from detector.corpus.run import clean_corpus
from detector.errors import InputError
from tests.faults.conftest import content

JUMPS = [1e9, -1e9, 5.0, 2**40, -(2**40)]
YEARS = [1971, 2100]
CHANGES = ["grows", "shrinks", "is another", "is gone"]

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@linux
def test_a_worker_without_memory_costs_its_page_and_no_other(bench, tmp_path):
    good = json.dumps({"id": "good", "text": "The ferry sank at dawn, the coast guard said on Friday."})
    large = json.dumps({"id": "large", "text": "Nine people were rescued, he said. " * 160_000})
    (bench.folder / "large.jsonl").write_text("\n".join([good] * 5 + [large] + [good] * 5))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (240 << 20, 240 << 20))"
    before = f"import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'\n{limit}"
    words = bench.command("clean a corpus in parallel", tmp_path)
    words[words.index("corpus.jsonl")] = "large.jsonl"
    bench.command = lambda name, out: words
    try:
        code, said = bench.run("", tmp_path, before=before)
    finally:
        del bench.command
    assert "Traceback" not in said
    assert code == 1, said
    assert "ran out of memory" in said or "cannot be cleaned: MemoryError" in said
    import gzip

    lines = gzip.decompress((tmp_path / "corpus.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["good"] * 10


class StopError(Exception):
    """Ends a run in the middle."""


def test_a_clock_that_jumps_changes_nothing(bench, whole, tmp_path, monkeypatch):
    jumps = itertools.cycle([0.0, *JUMPS])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))  # the system's other clocks do not jump
    out = tmp_path / "corpus.jsonl"
    seen = []
    clean_corpus([str(bench.folder / "corpus.jsonl")], str(out), Options(shard_bytes=20_000), workers=1,
                 model=str(bench.model), watch=lambda progress: seen.append(str(progress)))  # fmt: skip
    assert out.read_bytes() == whole["clean a corpus"]["corpus.jsonl"]
    assert seen


@pytest.mark.parametrize("year", YEARS)
def test_files_of_another_century_are_cleaned_and_gone_on_with(year, bench, whole, tmp_path):
    source = tmp_path / "corpus.jsonl"
    source.write_bytes((bench.folder / "corpus.jsonl").read_bytes())
    os.utime(source, ((year - 1970) * 31_556_952,) * 2)
    out = tmp_path / "out.jsonl"
    settings = {"workers": 1, "model": str(bench.model)}

    def stop(progress):
        if progress.pages > 50:
            raise StopError

    with pytest.raises(StopError):
        clean_corpus([str(source)], str(out), Options(shard_bytes=20_000), watch=stop, **settings)
    outcome = clean_corpus([str(source)], str(out), Options(shard_bytes=20_000), **settings)
    assert outcome.resumed
    assert out.read_bytes() == whole["clean a corpus"]["corpus.jsonl"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_corpus_that_changes_while_it_is_read_gives_no_output(change, bench, tmp_path):
    source, out = tmp_path / "corpus.jsonl", tmp_path / "out.jsonl"
    data = (bench.folder / "corpus.jsonl").read_bytes()
    source.write_bytes(data)

    def alter(progress):
        if progress.pages > 50 and change == "is gone":
            source.unlink(missing_ok=True)
        elif progress.pages > 50:
            source.write_bytes({"grows": data * 2, "shrinks": data[:-5000], "is another": data[::-1]}[change])

    settings = {"workers": 1, "model": str(bench.model)}
    with pytest.raises(InputError) as caught:
        clean_corpus([str(source)], str(out), Options(shard_bytes=20_000), watch=alter, **settings)
    assert str(caught.value) == f"{source}: has changed while it was read; begin anew with --restart"
    assert content(tmp_path).keys() <= {"corpus.jsonl"}
    source.write_bytes(data)
    clean_corpus([str(source)], str(out), Options(shard_bytes=20_000), restart=True, **settings)
    assert out.exists()
