"""The page in a real browser, from opening it to what was learnt, by keys alone."""

import resource
import signal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from detector.labels import read_labelled
from detector.review.labelled import BY_HAND
from detector.segment.normal import normal_form
from tests.conftest import PATIENCE
from tests.review.browser import Screen, press_what_is_asked, reviewing, truth_of
from tests.review.sites import site_pages, write_corpus


def test_twenty_key_presses_settle_five_hundred_lines(screen, tmp_path, labels):
    """A reader who knows the truth of each line presses what the page asks for."""
    pages = site_pages(100)
    truth = truth_of(pages)
    corpus = write_corpus(tmp_path / "site.jsonl", pages)
    with reviewing(corpus, cwd=tmp_path) as (address, _):
        screen.open(address)
        press_what_is_asked(screen, pages, 20)
        settled = screen.settled
    assert settled >= 500, settled
    wrong = total = 0
    for page in read_labelled([labels]):
        for part in page.segments:
            if part.label:
                total += 1
                wrong += truth[normal_form(part.text)][0] != part.label
    assert total == settled
    assert wrong == 0


def test_keys_move_flip_set_kinds_extend_and_undo(screen, small, tmp_path, labels):
    with reviewing(small, cwd=tmp_path) as (address, _):
        screen.open(address)
        screen.press("g")
        assert screen.current[0].startswith("Home | World")
        screen.press("j", "ArrowDown")
        assert screen.current[0] == "[ad_1]"
        screen.press("1")
        assert screen.settled == 8
        assert screen.current[1] == "noise, ad marker, by hand"
        assert "8 lines settled" in screen.said
        screen.press("f")
        assert screen.current[1] == "article, by hand"
        screen.press("u")
        assert screen.current[1] == "noise, ad marker, by hand"
        screen.press("Control+z")
        assert screen.settled == 0
        screen.press("G", "k", "Shift+ArrowUp", "K")
        assert screen.page.locator(".line[aria-selected=true]").count() == 3
        screen.press("x")
        assert screen.settled == 24
        screen.press("t", "g", "a")
        assert screen.settled == 25
    [first] = [page for page in read_labelled([labels]) if len(page.meta[BY_HAND]) == 4]
    assert first.segments[0].label == "article"
    assert [part.label for part in first.segments[-4:-1]] == ["noise"] * 3


def test_a_page_as_shown_then_the_next(screen, small, tmp_path, labels):
    with reviewing(small, cwd=tmp_path) as (address, _):
        screen.open(address)
        first = screen.page.locator("#page-id").inner_text()
        screen.press("Shift+Enter")
        assert screen.page.locator("#page-id").inner_text() != first
        screen.press("[", "]")
    pages = {page.id: page for page in read_labelled([labels])}
    assert all(part.label for part in pages[first].segments)


def test_everything_is_there_again_after_a_kill(screen, small, tmp_path):
    with reviewing(small, cwd=tmp_path) as (address, process):
        screen.open(address)
        screen.press("Enter", "Enter", "Enter")
        settled = screen.settled
        process.send_signal(signal.SIGKILL)
        process.wait()
    with reviewing(small, cwd=tmp_path) as (address, _):
        assert screen.open(address).settled == settled >= 3
        screen.press("Enter")
        assert screen.settled > settled


def test_ctrl_c_ends_the_review_with_the_labels_saved(screen, small, tmp_path, labels):
    with reviewing(small, cwd=tmp_path) as (address, process):
        screen.open(address)
        screen.press("Enter")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.jsonl", "site.labels.jsonl"]
    assert len(list(read_labelled([labels]))) == 8


def test_answers_wait_in_the_page_while_the_disk_is_full(screen, small, tmp_path, labels):
    with reviewing(small, cwd=tmp_path) as (address, process):
        screen.open(address)
        screen.press("g")
        limit(process.pid, 0)
        screen.page.keyboard.press("x")
        alert = screen.page.locator("#alert")
        alert.wait_for(state="visible")
        assert "File too large" in alert.inner_text()
        assert "1 answer waits here" in alert.inner_text()
        assert screen.page.locator(".line.is-current").get_attribute("class").endswith("is-current")
        limit(process.pid, -1)
        screen.page.locator("#do-again").click()
        screen.settle()
        assert screen.settled == 8
        assert not alert.is_visible()
    assert len(list(read_labelled([labels]))) == 8
    screen.trouble.clear()  # the browser tells of the refusal


def limit(pid, n_bytes):
    """Let no file of a process grow beyond some bytes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))


def test_two_tabs_share_a_review(browser, small, tmp_path):
    with reviewing(small, cwd=tmp_path) as (address, _):
        context = browser.new_context()
        one, other = Screen(context.new_page()).open(address), Screen(context.new_page()).open(address)
        one.press("g", "x")
        other.page.evaluate("dispatchEvent(new Event('focus'))")
        other.page.locator("#counts", has_text="8 of").wait_for()
        context.close()
