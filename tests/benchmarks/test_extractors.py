"""The comparison with other extractors, without the others."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from benchmarks import extractors, peers, report, scores
from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment

STORY = "The ferry sank at dawn, the coast guard said on Friday."
PAGE = LabelledPage(
    id="wcxb-1",
    lines=(
        (LabelledSegment("Ferry sinks", ARTICLE),),
        (LabelledSegment(STORY, ARTICLE),),
        (),
        (LabelledSegment("Photo: A. Person", NOISE, "caption"),),
        (LabelledSegment("Ferry sinks!", NOISE, "related_link"),),
        (LabelledSegment("Share: this", NOISE, "share"),),
        (LabelledSegment("→", NOISE, "share"),),
        (LabelledSegment("Home", NOISE, "navigation"),),
    ),
    page_type="article",
    source="wcxb",
    gold=f"Ferry sinks\n{STORY}",
)
SNIPPETS = replace(
    PAGE, id="s", source="trafilatura-eval", gold=None, meta={"with": ["The ferry", "gone"], "without": ["Home", "©"]}
)


def test_noise_left_in_is_that_of_named_blocks_which_the_gold_text_lacks():
    assert list(scores.noise_lines(PAGE)) == [" photo a person ", " share this "]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", 0),
        (PAGE.gold, 0),
        ("photo -\n A. person", 1),
        ("Photo: A. Personal", 0),
        (PAGE.text, 2),
    ],
)
def test_noise_is_found_by_whole_words_whatever_stands_between_them(text, left):
    assert scores.Judge(PAGE).score(text).blocks == (left, 2)


def test_only_articles_of_wcxb_count_their_blocks():
    assert scores.Judge(replace(PAGE, page_type="forum")).score(PAGE.text).blocks == (0, 0)
    assert scores.Judge(SNIPPETS).score(PAGE.text).blocks == (0, 0)


def test_figures_of_a_perfect_and_of_an_empty_text():
    judges = [scores.Judge(page) for page in (PAGE, replace(PAGE, source="scrapinghub"), SNIPPETS)]
    perfect = scores.figures([judge.score(PAGE.gold) for judge in judges])
    assert perfect == {
        "wcxb": 1.0,
        "wcxb article": 1.0,
        "harmed": 0.0,
        "noise left": 0.0,
        "scrapinghub": 1.0,
        "trafilatura-eval": pytest.approx(2 / 3),
    }
    empty = scores.figures([judge.score("") for judge in judges])
    assert (empty["wcxb"], empty["harmed"], empty["scrapinghub"], empty["trafilatura-eval"]) == (0, 1, 0, 0)
    assert scores.figures([]) == {}


def test_a_snippet_is_found_across_white_space():
    assert scores.Judge(SNIPPETS).score("The \n\t ferry; Home").snippets == (1, 1, 1)


ROWS = {
    "slow": {"wcxb": 0.8, "wcxb article": 0.9, "ms": 30.0},
    "detector": {"wcxb": 0.9, "harmed": 0.02, "ms": 6.0},
    "unclocked": {"scrapinghub": 0.95},
}


def test_tables_are_whole_ordered_and_compare_the_times():
    main, types = report.tables(ROWS, {"slow": "1.2"}, "detector").split("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in main.splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows[2:]] == ["**detector**", "slow 1.2", "unclocked"]
    assert rows[2][1:3] + rows[2][-2:] == ["0.900", "0.020", "6.0", "1.00"]
    assert rows[3][-1] == "5.00"
    assert rows[4][-2:] == ["", ""]
    assert types.splitlines()[3].startswith("| slow 1.2 | 0.900 |")
    assert ROWS["slow"].keys() == {"wcxb", "wcxb article", "ms"}


def test_the_tables_go_between_the_markers_and_again():
    document = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.insert(document, "new")
    assert once == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    assert report.insert(once, "new") == once
    with pytest.raises(ValueError, match="no lines"):
        report.insert("nothing", "new")


def test_the_documentation_has_the_markers():
    document = (extractors.HERE.parent / "docs" / "extractors.md").read_text("utf-8")
    assert "new" in report.insert(document, "new")


@pytest.mark.parametrize(
    "points",
    [
        {},
        {"detector": (7.0, 0.9)},
        {"a<b&c": (0.02, 0.0), "detector": (900.0, 1.0)},
        {"a": (1, 0.6), "b": (10, 0.7), "c": (10, 0.7), "d": (10, 0.7), "e": (100, 0.8), "f": (250, 0.9)},
    ],
)
def test_the_plot_is_xml_that_names_every_point_inside_its_bounds(points):
    root = ET.fromstring(report.plot(points, "detector"))
    space = "{http://www.w3.org/2000/svg}"
    assert {node.text for node in root.iter(f"{space}text")} >= set(points)
    circles = list(root.iter(f"{space}circle"))
    assert len(circles) == len(points)
    _, _, width, height = map(float, root.get("viewBox").split())
    assert all(0 < float(c.get("cx")) < width and 0 < float(c.get("cy")) < height for c in circles)
    assert "prefers-color-scheme: dark" in root.find(f"{space}style").text


def test_faster_is_to_the_left_and_better_is_up():
    svg = report.plot({"fast": (2.0, 0.7), "good": (50.0, 0.9)}, "good")
    (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg))
    assert x1 < x2
    assert y1 > y2


def test_names_of_near_points_do_not_overlap():
    labels = list(report._labels({"newspaper4k": (300, 200), "goose3": (306, 204), "jusText": (297, 198)}).values())
    assert not any(a.meets(b) for n, a in enumerate(labels) for b in labels[:n])


def test_own_texts_are_those_of_html_where_there_are_any(tmp_path):
    records = [("a", False, "1"), ("a", True, "2"), ("b", True, "3"), ("b", False, "4"), ("c", False, "5")]
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"id": i, "html": h, "text": t}) + "\n" for i, h, t in records), "utf-8")
    assert extractors.read_own(path) == {"a": "2", "b": "3", "c": "5"}


def test_runs_take_turns_and_their_best_rounds_add_up(monkeypatch):
    clock = [0.0]
    calls = []
    monkeypatch.setattr(extractors.time, "process_time", lambda: clock[0])
    costs = {"a": iter([3, 1, 2, 5]), "b": iter([4, 6, 1, 1])}

    def run(name):
        def work(chunk):
            calls.append((name, tuple(chunk)))
            clock[0] += next(costs[name])

        return work

    assert extractors.time_chunks([[b"x"], [b"y"]], {"a": run("a"), "b": run("b")}) == {"a": 3.0, "b": 5.0}
    assert calls == [("a", (b"x",)), ("b", (b"x",))] * 2 + [("a", (b"y",)), ("b", (b"y",))] * 2


def test_a_peer_uses_its_mode_for_a_benchmark_and_may_fail():
    peer = peers.Peer("p", "1", lambda html: "all", {"scrapinghub": lambda html: 1 / 0, "trafilatura-eval": str})
    assert peer.text(b"", "wcxb") == "all"
    assert peer.text(b"", "scrapinghub") is None
    assert replace(peer, extract=lambda html: None).text(b"", "wcxb") == ""


def test_a_peer_that_cannot_be_imported_is_named(monkeypatch):
    def absent():
        raise ImportError("No module named 'absent'")

    monkeypatch.setattr(peers, "PEERS", {"absent": absent, "pytest": lambda: (str, {})})
    found, skipped = peers.load_peers()
    assert [peer.name for peer in found] == ["pytest"]
    assert "No module named" in skipped["absent"]
    assert peers.load_peers(["pytest"])[1] == {}
