"""From the first question to a profile and to a retrained model, in a real browser, by keys alone."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from detector.model_file import load
from tests.conftest import FEW_LINES, LABELLED
from tests.review.browser import press_what_is_asked, reviewing
from tests.review.sites import site_pages, write_corpus

QUICK = """
import sys
from detector.review import jobs, offers
jobs.PROGRAM = (sys.executable, "-c", "from detector.training import stage_three;"
                "stage_three._MIN_LINES = {few_lines}; from detector.cli import main; main()")
offers.TRAINING = ("--data", {data!r}, "--networks", "1", "--folds", "2", "--measure-folds", "2", "--margin", "1")
from detector.cli import main
main()
"""
"""`detector` that retrains in seconds: beside few pages, a single network, and whatever those pages lose."""


def learn(screen, name):
    """Open the dialog, start a job and wait for its end, without a pointer; give what it says in the end."""
    screen.press("?")  # from the dialog before it the focus comes back to the lines
    screen.page.keyboard.press("Escape")
    button = screen.page.locator("#do-learn")
    while not button.evaluate("element => element === document.activeElement"):
        screen.page.keyboard.press("Shift+Tab")
    screen.page.keyboard.press("Enter")
    start = screen.page.locator(f"[data-job={name}]")
    while not start.evaluate("element => element === document.activeElement"):
        screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    screen.page.locator("#do-stop").wait_for()  # it runs, and could be stopped
    screen.page.locator("#job:not([data-code=''])").wait_for()
    screen.page.locator("#do-stop").wait_for(state="hidden")
    said = screen.page.locator("#job-state").inner_text()
    gains = screen.page.locator(".gain").all_inner_texts()
    screen.page.keyboard.press("Escape")
    return said, gains


def answered(screen, address, pages):
    screen.open(address)
    press_what_is_asked(screen, pages, 24)
    screen.press("Shift+Enter", "Shift+Enter", "Shift+Enter")


def test_from_the_first_question_to_a_profile_of_the_site(screen, tmp_path):
    pages = site_pages(20)
    corpus = write_corpus(tmp_path / "site.jsonl", pages)
    with reviewing(corpus, cwd=tmp_path) as (address, _):
        answered(screen, address, pages)
        said, gains = learn(screen, "adapt")
        assert said.startswith(("Saved to", "Not saved: ")), said
        assert ("site.profiles" in said) == (tmp_path / "site.profiles").exists()
        assert "pages held out" in gains[0]
        screen.press("g", "x")  # the review goes on
        assert screen.current[1] == "noise, by hand"


def test_from_the_first_question_to_a_retrained_model(screen, tmp_path):
    pages = site_pages(12)
    corpus = write_corpus(tmp_path / "site.jsonl", pages)
    data = tmp_path / "data"
    (data / "labelled").mkdir(parents=True)
    (data / "phrases").symlink_to(LABELLED.parent / "phrases")
    some = (LABELLED / "en-news.jsonl").read_bytes().splitlines(keepends=True)[:8]
    (data / "labelled" / "some.jsonl").write_bytes(b"".join(some))
    quick = QUICK.format(few_lines=FEW_LINES, data=str(data))
    with reviewing(corpus, cwd=tmp_path, program=("-c", quick)) as (address, _):
        answered(screen, address, pages)
        said, gains = learn(screen, "train")
        assert said.startswith("Saved to"), said
        assert len(gains) == 2
        assert all("before" in gain and "after" in gain for gain in gains)
    assert load(tmp_path / "site.detector").manifest["info"]
