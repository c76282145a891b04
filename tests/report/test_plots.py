"""Plots: well formed, described, and none of it by colour alone."""

from xml.etree import ElementTree

from detector.report.markup import table
from detector.report.plots import Series, _steps, curves, histogram


def svg_of(figure):
    return ElementTree.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])


def test_histogram():
    figure = histogram("Page <length>", ["0", "1", "2", "3"], [("kept", [4, 0, 1]), ("gone", [1, 0, 2])], "x", "y")
    svg = svg_of(figure)
    assert svg.attrib["role"] == "img"
    assert [child.tag for child in svg[:2]] == ["title", "desc"]
    assert svg.attrib["aria-labelledby"].split() == [svg[0].attrib["id"], svg[1].attrib["id"]]
    tips = [rect.find("title").text for rect in svg.iter("rect")]
    assert tips == ["0 to 1: 4 kept", "0 to 1: 1 gone", "2 to 3: 1 kept", "2 to 3: 2 gone"]
    heights = [float(rect.attrib["height"]) for rect in svg.iter("rect")]
    assert heights == [136.0, 34.0, 34.0, 68.0]
    assert '<th scope="row">2 to 3</th><td class="n">1</td><td class="n">2</td>' in figure
    assert "&lt;length&gt;" in figure


def test_histogram_of_nothing():
    assert "No data" in histogram("Nothing", ["0", "1"], [("pages", [0])], "x", "y")


def test_ticks_are_few_and_round():
    for top in (*range(1, 2000), 43_217, 9_999_999):
        ticks = _steps(top)
        assert 2 <= len(ticks) <= 6
        assert ticks[0] == (0, "0")
        assert ticks[-1][0] <= 1
    assert [name for _, name in _steps(43)] == ["0", "10", "20", "30", "40"]
    assert [name for _, name in _steps(43_217)] == ["0", "10k", "20k", "30k", "40k"]


def test_curves():
    series = [Series("even", [(0, 0), (1, 1)], "even"), Series("lines", [(0.5, 0.25)], "dots")]
    svg = svg_of(curves("Calibration", "All is well.", series, "x", "y", table(["a"], [])))
    assert svg[1].text == "All is well."
    assert len(list(svg.iter("polyline"))) == 1
    assert svg.find("circle/title").text == "lines: 0.500, 0.250"
