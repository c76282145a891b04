"""How many bad inputs there are."""

from tests.faults.conftest import WRITERS
from tests.faults.test_disk import FAILING
from tests.faults.test_kill import KILLED, MOMENTS
from tests.faults.test_world import CHANGES, JUMPS, YEARS
from tests.fuzz import totals
from tests.hostile import test_attacks, test_outputs, test_pages, test_records
from tests.hostile.attacks import ARCHIVES, LABELS, MEMORIES, PROFILES, REFERENCES
from tests.hostile.documents import DOCUMENTS, REFUSED
from tests.hostile.records import RECORDS
from tests.hostile.texts import BINARIES, TEXTS


def counted():
    """Rows of what, how many inputs or faults, and over how many surfaces or commands."""
    surfaces = len(test_pages.SURFACES) + 1  # the library
    return [
        ("pages of text, and what is none", len(TEXTS) + len(BINARIES), surfaces),
        ("documents of HTML", len(DOCUMENTS) + len(REFUSED), surfaces),
        ("records of JSONL", len(RECORDS), len(test_records.SURFACES)),
        ("models of lines and of quality made to do harm", len(ARCHIVES), 2),
        ("site memories made to do harm", len(MEMORIES), 2),
        ("profiles made to do harm", len(PROFILES), 2),
        ("references made to do harm", len(REFERENCES), 1),
        ("label files made to do harm", len(LABELS), 2),
        ("4 GB of nothing in the place of a file", 1, len(test_attacks.READERS)),
        ("pipes in the place of a file", 1, len(test_attacks.PIPES)),
        ("outputs that are inputs", 1, len(test_outputs.COMMANDS)),
        ("full disks", 1, len(WRITERS)),
        ("calls that fail", len(FAILING), len(WRITERS)),
        ("kill -9 at random moments", MOMENTS, len(KILLED)),
        ("kills in the middle of a write", 1, len(KILLED)),
        ("workers whose memory is limited", 1, 1),
        ("clocks that jump, dates of another century", len(JUMPS) + len(YEARS), 1),
        ("corpora that change while they are read", len(CHANGES), 1),
        ("executions of fuzzers", sum(counts["executions"] for counts in totals.read().values()), 1),
    ]


def table():
    """Rows of Markdown."""
    yield "| what | inputs | surfaces | tried |"
    yield "|---|---|---|---|"
    for what, inputs, surfaces in counted():
        yield f"| {what} | {inputs:,} | {surfaces} | {inputs * surfaces:,} |"
