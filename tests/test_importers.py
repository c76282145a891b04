import gzip
import json

import pytest

from detector import importers
from detector.errors import InputError
from detector.importers import (
    LAYOUTS,
    import_gold_folder,
    import_reposts,
    import_scrapinghub,
    import_snippets,
    import_wcxb,
)
from detector.labels import page_from_dict, page_to_dict
from detector.segment.html import read_html

pytest.importorskip("selectolax")

STORY = [
    "Ferry sinks at dawn",
    "A ferry sank off the coast on Friday, the guard said.",
    "Nine people were rescued by boats.",
]
HTML = (
    f"<html><body><nav class=menu><a>Home</a></nav><h1>{STORY[0]}</h1><p>{STORY[1]}</p>"
    f"<div class=related-posts><p>Weather: a storm is coming up</p></div><p>{STORY[2]}</p>"
    "<footer>© 2024 Example</footer></body></html>"
)


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def labels(page):
    return [(segment.text, segment.label, segment.kind) for segment in page.segments]


EXPECTED = [
    ("Home", "noise", "navigation"),
    (STORY[0], "article", None),
    (STORY[1], "article", None),
    ("Weather: a storm is coming up", "noise", "related_link"),
    (STORY[2], "article", None),
    ("© 2024 Example", "noise", "copyright"),
]


@pytest.fixture
def wcxb(tmp_path):
    put(
        tmp_path / "metadata.json",
        {
            "files": {
                "0001": {"split": "dev", "page_type": "article"},
                "0002": {"split": "dev", "page_type": "forum", "domain": "forum.example"},
                "0003": {"split": "test", "page_type": "article"},
            }
        },
    )
    put(tmp_path / "dev/html/0001.html.gz", HTML)
    put(tmp_path / "dev/html/0002.html.gz", "<p>Welcome all")
    truth = {"url": "https://www.news.example.co.uk/a", "ground_truth": {"main_content": "\n".join(STORY)}}
    put(tmp_path / "dev/ground-truth/0001.json", truth)
    put(tmp_path / "dev/ground-truth/0002.json", {"url": None, "ground_truth": {"main_content": None}})
    return tmp_path


def test_wcxb(wcxb):
    one, two = import_wcxb(wcxb)
    assert labels(one) == EXPECTED
    assert (one.id, one.site, one.page_type, one.source) == ("wcxb-0001", "example.co.uk", "article", "wcxb")
    assert one.gold == "\n".join(STORY)
    assert one.meta["oracle_f1"] == 1.0
    assert labels(two) == [("Welcome all", "noise", None)]
    assert two.site == "forum.example"


def test_pages_of_html_keep_the_tree_of_their_lines(wcxb):
    one, two = import_wcxb(wcxb)
    rendered = read_html(HTML)
    assert one.structure == rendered.structure
    assert [line[0].text for line in one.lines] == list(rendered.lines)
    assert two.structure.tags[two.structure.elements[0]] == "p"
    for page in (one, two):
        assert page_from_dict(page_to_dict(page), "here").structure == page.structure


def test_wcxb_errors_name_the_file(wcxb):
    with pytest.raises(InputError, match=r"metadata\.json: lists no page of the split 'train'"):
        list(import_wcxb(wcxb, "train"))
    with pytest.raises(InputError, match=r"0003\.json: cannot be read"):
        list(import_wcxb(wcxb, "test"))
    page = wcxb / "dev/html/0001.html.gz"
    whole = page.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"not gzip", whole[:30] + bytes([whole[30] ^ 255]) + whole[31:]):
        page.write_bytes(broken)
        if broken:
            with pytest.raises(InputError, match=r"0001\.html\.gz: cannot be read"):
                list(import_wcxb(wcxb))
    put(page, b"%PDF-1.4")
    with pytest.raises(InputError, match=r"0001\.html\.gz: is a PDF, not HTML$"):
        list(import_wcxb(wcxb))
    put(wcxb / "metadata.json", "{")
    with pytest.raises(InputError, match=r"metadata\.json: not JSON"):
        list(import_wcxb(wcxb))
    with pytest.raises(InputError, match=r"none.metadata\.json: cannot be read"):
        list(import_wcxb(wcxb / "none"))


def test_a_page_that_unpacks_to_too_much_is_refused(wcxb, monkeypatch):
    monkeypatch.setattr(importers, "MAX_PAGE_BYTES", 1 << 20)
    put(wcxb / "dev/html/0001.html.gz", b"x" * (2 << 20))
    with pytest.raises(InputError, match=r"0001\.html\.gz: unpacks to more than 1 MB"):
        list(import_wcxb(wcxb))


@pytest.mark.parametrize("content", [[], {"files": []}, {"files": {"0001": "dev"}}])
def test_metadata_of_another_layout_is_an_input_error(wcxb, content):
    put(wcxb / "metadata.json", content)
    with pytest.raises(InputError, match=r"metadata\.json"):
        list(import_wcxb(wcxb))


def reposts(folder, text, lines, **fields):
    put(folder / "raw/p1.txt", text)
    put(folder / "labels/p1.json", {"lines": lines, **fields})
    return list(import_reposts(folder))


def test_reposts(tmp_path):
    (page,) = reposts(
        tmp_path,
        "[ad_1]\r\n\r\nStory\u2028goes on\n \nCaption \n\u200b\nEnd",
        [
            {"label": "noise", "kind": "ad_marker"},
            {"label": "article", "kind": "article"},
            {"label": "noise", "kind": "no such kind", "unsure": True},
            {"label": "noise", "kind": "other"},
            {"label": "article"},
        ],
        site="a.example",
        lang="en",
    )
    assert labels(page) == [
        ("[ad_1]", "noise", "ad_marker"),
        ("Story\u2028goes on", "article", None),
        ("Caption ", "noise", None),
        ("End", "article", None),
    ]
    assert [len(line) for line in page.lines] == [1, 0, 1, 0, 1, 0, 1]
    assert [segment.unsure for segment in page.segments] == [False, False, True, False]
    assert (page.site, page.lang, page.id) == ("a.example", "en", "reposts-p1")


def test_reposts_whose_labels_do_not_go_with_the_lines_are_refused(tmp_path):
    for lines, reason in (([{"label": "noise"}], "fewer labels"), ([{"label": "noise"}] * 3, "more labels")):
        with pytest.raises(InputError, match=rf"p1\.json: {reason}"):
            reposts(tmp_path, "one\n\ntwo\n", lines)
    (tmp_path / "raw/p1.txt").unlink()
    with pytest.raises(InputError, match=r"p1\.txt: cannot be read"):
        list(import_reposts(tmp_path))
    with pytest.raises(InputError, match=r"labels: holds no \.json file"):
        list(import_reposts(tmp_path / "raw"))


def test_gold_folder_with_gold_beside_the_pages(tmp_path):
    gold = "\n".join(STORY)
    put(tmp_path / "one.html", HTML)
    put(tmp_path / "one.txt", gold)
    put(tmp_path / "two.htm.gz", HTML)
    put(tmp_path / "two.gold.txt", "\ufeff" + gold)
    put(tmp_path / "three.txt", "\ufeff[ad_1]\r\n\r\n" + "\r\n".join(STORY))
    put(tmp_path / "three.gold.txt", gold)
    put(tmp_path / "notes.pdf", b"%PDF")
    (tmp_path / "folder.html").mkdir()
    pages = {page.id: page for page in import_gold_folder(tmp_path)}
    assert set(pages) == {"one", "two", "three"}
    assert labels(pages["one"]) == labels(pages["two"]) == EXPECTED
    assert labels(pages["three"]) == [("[ad_1]", "noise", None), *((line, "article", None) for line in STORY)]
    assert pages["three"].lines[1] == ()
    assert pages["one"].structure == pages["two"].structure != pages["three"].structure is None
    assert all(page.source == tmp_path.name and page.meta["oracle_f1"] == 1 for page in pages.values())


def test_gold_in_a_folder_of_its_own(tmp_path):
    put(tmp_path / "pages/one.txt", "\n".join(["Menu", *STORY]))
    put(tmp_path / "gold/one.txt", "\n".join(STORY))
    (page,) = import_gold_folder(tmp_path / "pages", tmp_path / "gold", source="mine")
    assert [label for _, label, _ in labels(page)] == ["noise"] + ["article"] * 3
    assert page.source == "mine"
    put(tmp_path / "pages/two.md", "text")
    with pytest.raises(
        InputError, match=r"two\.md: no gold text beside it \(looked for .*two\.gold\.txt and .*two\.txt\)"
    ):
        list(import_gold_folder(tmp_path / "pages", tmp_path / "gold"))


def test_a_folder_without_gold_is_an_error(tmp_path):
    put(tmp_path / "one.txt", "only a page")
    with pytest.raises(InputError, match="no page with a gold text"):
        list(import_gold_folder(tmp_path))


@pytest.mark.parametrize("name", ["none", "file.txt"])
def test_a_gold_folder_that_is_none_is_an_input_error(tmp_path, name):
    put(tmp_path / "file.txt", "x")
    with pytest.raises(InputError, match=name):
        list(import_gold_folder(tmp_path / name))


@pytest.fixture
def snippets(tmp_path):
    put(tmp_path / "html/one.html.gz", HTML)
    put(
        tmp_path / "evaldata.json",
        {
            "https://www.example.com/a": {
                "file": "one.html",
                "with": ["sank off\n the coast"],
                "without": ["storm", "Example"],
            },
            "https://gone.example.com/b": {"file": "gone.html", "with": ["x"]},
        },
    )
    return tmp_path


def test_snippets_label_the_lines_that_hold_them(snippets):
    (page,) = import_snippets(snippets)
    assert labels(page) == [
        ("Home", None, None),
        (STORY[0], None, None),
        (STORY[1], "article", None),
        EXPECTED[3],
        (STORY[2], None, None),
        EXPECTED[5],
    ]
    assert (page.id, page.site) == ("snippets-one", "example.com")
    assert page.meta["without"] == ["storm", "Example"]
    assert page.structure == read_html(HTML).structure


def test_snippets_with_an_extractor_label_the_other_lines_too(snippets):
    (page,) = import_snippets(snippets, extract=lambda data: "\n".join([*STORY, "Weather: a storm is coming up"]))
    assert labels(page) == EXPECTED  # the snippet "storm" says that the extractor errs
    (page,) = import_snippets(snippets, extract=lambda data: STORY[2])
    assert [label for _, label, _ in labels(page)] == [None, None, "article", "noise", None, "noise"]


def test_scrapinghub(tmp_path):
    put(tmp_path / "html/abc.html.gz", HTML)
    truth = {"abc": {"articleBody": "\n".join(STORY), "url": "http://m.example.org/x"}}
    put(tmp_path / "ground-truth.json", truth)
    (page,) = import_scrapinghub(tmp_path)
    assert labels(page) == EXPECTED
    assert (page.id, page.site) == ("scrapinghub-abc", "example.org")
    assert page.structure == read_html(HTML).structure
    put(tmp_path / "ground-truth.json", truth | {"no-page": {}})
    with pytest.raises(InputError, match=r"no-page\.html\.gz: cannot be read"):
        list(import_scrapinghub(tmp_path))


def test_every_layout_has_a_name_and_says_what_it_misses(tmp_path):
    for name, read in LAYOUTS.items():
        with pytest.raises(InputError) as caught:
            list(read(tmp_path))
        assert str(tmp_path) in str(caught.value), name
        assert "\n" not in str(caught.value)
