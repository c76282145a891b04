from tests.fuzz.totals import COUNTS, add, read, table


def test_runs_are_added_up(tmp_path):
    path = tmp_path / "totals.json"
    assert read(path) == {}
    for target, executions in (("text", 2000), ("html", 5), ("text", 3)):
        add(path, {**dict.fromkeys(COUNTS, 0), "target": target, "executions": executions, "told": ""})
    assert read(path)["text"] == {**dict.fromkeys(COUNTS, 0), "executions": 2003}
    assert list(table(path))[2:] == ["| html | 0 | 5 | 0 | 0 | 0 |", "| text | 0 | 2,003 | 0 | 0 | 0 |"]
