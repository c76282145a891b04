"""Totals of the fuzzers' runs in a file, ``totals.json``: what the documents' figures are taken from.

``python -m tests.fuzz.totals`` prints the table of them.
"""

import json
from pathlib import Path

TOTALS = Path(__file__).parent / "totals.json"
COUNTS = ("seconds", "executions", "crashes", "hangs", "out_of_memory")


def read(path=TOTALS):
    """Counts of each target."""
    return json.loads(Path(path).read_text("utf-8")) if Path(path).exists() else {}


def add(path, result):
    """Add what one run counted to what the file has."""
    totals = read(path)
    before = totals.get(result["target"], {})
    totals[result["target"]] = {name: before.get(name, 0) + result[name] for name in COUNTS}
    Path(path).write_text(json.dumps(totals, indent=1, sort_keys=True) + "\n", "utf-8")


def table(path=TOTALS):
    """Rows of Markdown."""
    yield "| harness | seconds | executions | crashes | hangs | out of memory |"
    yield "|---|---|---|---|---|---|"
    for name, counts in read(path).items():
        yield f"| {name} | {' | '.join(f'{counts[count]:,}' for count in COUNTS)} |"


if __name__ == "__main__":
    print("\n".join(table()))
