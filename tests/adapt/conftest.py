"""A made-up site: a fixed frame around different stories."""

import pytest

from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment

FRAME_TOP = ["Home", "Ellery Courier, your paper since 1921", "Weather in Ellery today is mild and dry"]
FRAME_BOTTOM = ["You may like what our readers liked this week", "The Courier is printed on the quay, come and see us"]
STORIES = [
    "The ferry left the harbour at dawn with ninety people on board, the coast guard said on {}.",
    "Nobody was hurt when it ran aground near the old pier, a spokeswoman for {} said.",
    "Divers will look at the hull, and the line is to open again within a week, {} was told.",
]
NAMES = ["Norrby", "Sund", "Vik", "Lund", "Holm", "Berg", "Strand", "Dal", "Nes", "Fjord"]


def site_page(name, site="courier.example", frame=True):
    def line(text, label, kind=None):
        return (LabelledSegment(text, label, kind),)

    top = [line(text, NOISE, "navigation") for text in FRAME_TOP] if frame else []
    bottom = [line(text, NOISE, "promo_spam") for text in FRAME_BOTTOM] if frame else []
    story = [line(text.format(name), ARTICLE) for text in STORIES]
    return LabelledPage(f"page-{name}", (*top, *story, (), *bottom), site=site)


@pytest.fixture(scope="session")
def site_pages():
    return [site_page(name) for name in NAMES]
