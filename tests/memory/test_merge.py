"""Parts put together: any order and any sharding give the same bytes, and the counts are right."""

import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import InputError, ModelError, OutputError
from detector.memory import merge, union
from detector.memory.arrays import ArrayWriter
from detector.memory.merge import merge_parts
from detector.memory.sites import SiteMemory
from detector.page import Page
from tests.memory.conftest import count, learn, pages_of

LINES = ["Home", "home!", "Share 1", "Share 22", "***", "", "Été à Paris", "東京", "a\ud800", "Read on, dear reader"]
PAGES = st.lists(
    st.builds(
        Page,
        st.lists(st.sampled_from(LINES), max_size=5).map("\n".join),
        site=st.sampled_from(["a", "b", "c.example", None]),
    ),
    max_size=14,
)


def read(path):
    return Path(path).read_bytes()


def normal(line):
    return {"home!": "home", "Home": "home", "Share 22": "Share 1"}.get(line, line)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.data())
def test_any_order_and_sharding_give_the_same_file(pages, data):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, other, nested = (str(folder / file) for file in ("whole", "other", "nested"))
        merge_parts(count(folder / "1", pages), whole)
        shuffled = data.draw(st.permutations(pages))
        # A page may come several times, and in several parts.
        shuffled += data.draw(st.lists(st.sampled_from(pages), max_size=3)) if pages else []
        cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
        shards = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
        parts = [path for shard in shards for path in count(folder / "2", shard)]
        merge_parts(data.draw(st.permutations(parts)), other)
        assert read(other) == read(whole)
        at = data.draw(st.integers(0, len(parts)))
        united = [str(folder / "left"), str(folder / "right")]
        merge_parts(parts[:at], united[0], part=True)
        merge_parts(parts[at:], united[1], part=True)
        merge_parts(data.draw(st.permutations(united)), nested)
        assert read(nested) == read(whole)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.integers(1, 3))
def test_the_counts_are_those_of_a_plain_count(pages, min_pages):
    by_site = defaultdict(set)
    for page in pages:
        if page.site:
            by_site[page.site].add(page.text)
    expected = {}
    for site, texts in by_site.items():
        counts = Counter(line for text in texts for line in {*map(normal, text.split("\n"))} - {"", "***"})
        if len(texts) >= min_pages:
            expected[site] = sorted(n for n in counts.values() if n >= min_pages)
    with tempfile.TemporaryDirectory() as name:
        memory = learn(name, pages, min_pages=min_pages)
        found = {site: sorted(line.on_pages for line in memory.repeated(site)) for site, _, _ in memory.sites}
        assert found == expected
        assert {site: n for site, n, _ in memory.sites} == {site: len(by_site[site]) for site in expected}


@pytest.fixture
def many(tmp_path):
    """Sixty parts of pages with a common frame."""
    texts = [f"Home\nStory of {chr(97 + n % 26)}{chr(97 + n // 26)}\nAbout us" for n in range(300)]
    pages = [Page(text, site=f"s{n % 7}") for n, text in enumerate(texts)]
    return pages, [path for n in range(60) for path in count(tmp_path / "many", pages[n::60])]


def test_little_memory_gives_the_same(many, tmp_path, monkeypatch):
    _, parts = many
    merge_parts(parts, str(tmp_path / "whole"))
    merge_parts(parts, str(tmp_path / "whole.part"), part=True)
    monkeypatch.setattr(union, "_ROWS", 60)
    monkeypatch.setattr(union, "_LEAST_ROWS", 2)
    monkeypatch.setattr(merge, "_MOST_PARTS", 7)
    merge_parts(parts, str(tmp_path / "pieces"))
    merge_parts(parts, str(tmp_path / "pieces.part"), part=True)
    assert read(tmp_path / "pieces") == read(tmp_path / "whole")
    assert read(tmp_path / "pieces.part") == read(tmp_path / "whole.part")
    assert [line.on_pages for line in SiteMemory.load(tmp_path / "whole").repeated("s0")] == [43, 43]
    assert all(map(read, parts)), "the user's parts must stay"


def test_parts_of_any_size_give_the_same(many, tmp_path):
    pages, _ = many
    files = set()
    for most_bytes in (1, 100, 1 << 20):
        path = tmp_path / f"{most_bytes}"
        merge_parts(count(tmp_path / "sizes", pages, most_bytes), str(path))
        files.add(read(path))
    assert len(files) == 1


def test_a_finished_memory_is_not_merged(tmp_path):
    memory = learn(tmp_path, pages_of(a=["x\ny", "x\nz"]))
    with pytest.raises(ModelError, match=r"is a finished memory.*--part"):
        merge_parts([memory.path], str(tmp_path / "out"))


def test_a_part_is_not_looked_up_in(tmp_path):
    [part] = count(tmp_path, pages_of(a=["x"]))
    with pytest.raises(ModelError, match="detector sites merge"):
        SiteMemory.load(part)


def test_a_damaged_part_is_not_merged(tmp_path):
    [part] = count(tmp_path, pages_of(a=["x\ny", "x\nz"]))
    data = read(part)
    for at in range(len(data) - 1, len(data) - 400, -9):
        Path(part).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        if data[at]:  # or it may be what lies between two arrays
            with pytest.raises(ModelError, match="damaged or altered"):
                merge_parts([part], str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_folder_stands_for_its_parts(many, tmp_path):
    _, parts = many
    merge_parts(parts, str(tmp_path / "named"))
    merge_parts([str(tmp_path / "many")], str(tmp_path / "folder"))
    assert read(tmp_path / "folder") == read(tmp_path / "named")
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"holds no \.part file"):
        merge_parts([str(tmp_path / "none")], str(tmp_path / "x"))


def test_an_output_that_cannot_be_written(tmp_path):
    [part] = count(tmp_path, pages_of(a=["x", "y"]))
    with pytest.raises(OutputError, match="cannot be written"):
        merge_parts([part], str(tmp_path / "no" / "folder"))
    with pytest.raises(OutputError, match="is a folder"):
        merge_parts([part], str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [Path(part).name]


def test_a_full_disk_is_told_in_a_line(tmp_path, monkeypatch):
    parts = count(tmp_path, pages_of(a=["x", "y"]))

    def full(self, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ArrayWriter, "append", full)
    with pytest.raises(OutputError, match=r"out: cannot be written: No space left on device"):
        merge_parts(parts, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_million_distinct_lines_of_one_site(tmp_path):
    lines = [f"w{n:x}z".translate(str.maketrans("0123456789", "ghijklmnop")) for n in range(1_000_000)]
    first, second = ("\n".join(lines[n : n + 600_000]) for n in (0, 400_000))
    memory = learn(tmp_path, pages_of(a=[first, second]))
    assert memory.sites[0][1:] == (2, 200_000)
