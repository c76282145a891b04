"""How many bad inputs there are."""

from tests.faults.conftest import WRITERS
from tests.faults.test_disk import FAILING
from tests.faults.test_kill import MOMENTS
from tests.hostile import test_pages, test_records
from tests.hostile.documents import DOCUMENTS, REFUSED
from tests.hostile.records import RECORDS
from tests.hostile.test_attacks import LABELS, MEMORIES, MODELS
from tests.hostile.texts import BINARIES, TEXTS


def counted():
    """Rows of what, how many inputs or faults, and over how many surfaces or commands."""
    surfaces = len(test_pages.SURFACES) + 1  # the library
    return [
        ("pages of text, and what is none", len(TEXTS) + len(BINARIES), surfaces),
        ("documents of HTML", len(DOCUMENTS) + len(REFUSED), surfaces),
        ("records of JSONL", len(RECORDS), len(test_records.SURFACES)),
        ("model files made to do harm", len(MODELS), 1),
        ("site memories made to do harm", len(MEMORIES), 2),
        ("label files made to do harm", len(LABELS), 2),
        ("full disks", 1, len(WRITERS)),
        ("calls that fail", len(FAILING), len(WRITERS)),
        ("kill -9 at random moments", MOMENTS, len(WRITERS)),
    ]
