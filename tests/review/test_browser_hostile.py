"""Hostile pages and hostile neighbours, in a real browser."""

import json
import time

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from tests.review.browser import canary, reviewing

SCRIPT = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"


def hostile(tmp_path, evil):
    """A page of text and one of HTML that try to run and to reach a server."""
    marked = f"{SCRIPT}\n</bdi></div>{SCRIPT}\n{{{{7*7}}}} ${{7*7}}\njavascript:alert(1)\n\u202eright to left\n"
    page = (
        f"<!doctype html><html><head><meta http-equiv=refresh content='0;url={evil}/refresh'>"
        f"<link rel=stylesheet href={evil}/x.css><link rel=preconnect href={evil}><base href={evil}/></head>"
        f"<body onload=\"parent.document.title='run'\" background={evil}/background>{SCRIPT}"
        "<p>A line &lt;script&gt;alert(1)&lt;/script&gt;</p>"
        f"<img src={evil}/pixel><iframe src={evil}/frame></iframe><video src={evil}/video poster={evil}/poster></video>"
        f"<style>@import url({evil}/style); p {{ background: url({evil}/paper) }}</style>"
        f"<form action={evil}/form><button id=send>Send</button></form><a id=a href={evil}/link>A link</a>"
        f"<svg><image href={evil}/svg /><script>parent.document.title='run'</script></svg>"
    )
    records = [
        {"id": SCRIPT, "url": "javascript:alert(1)", "site": SCRIPT, "text": marked},
        {"id": "as HTML", "site": SCRIPT, "html": page},
    ]
    path = tmp_path / "hostile.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_text_of_pages_never_runs_and_nothing_is_loaded(screen, tmp_path):
    with canary() as (evil, reached), reviewing(hostile(tmp_path, evil), cwd=tmp_path) as (address, _):
        screen.open(address)
        for _ in range(8):
            screen.press("Enter")
        screen.press("[", "]")
        for name in ("as HTML", SCRIPT):
            screen.page.locator("#pages button", has=screen.page.get_by_title(name, exact=True)).click()
            screen.page.locator("#page-id").get_by_text(name, exact=True).wait_for()
            screen.settle()
            if name == "as HTML":
                screen.press("v")
                frame = screen.page.frame_locator("#frame")
                assert frame.locator("p").inner_text() == "A line <script>alert(1)</script>"
                assert frame.locator("script, link, meta[http-equiv], base, iframe").count() == 0
                for name_of_part in ("#a", "#send"):
                    frame.locator(name_of_part).click()
                    screen.page.wait_for_timeout(200)
                assert frame.locator("p").is_visible()
                screen.press("v")
            else:
                assert screen.line(SCRIPT).count() >= 1
        assert screen.page.title() == "Review: hostile.jsonl"
        assert screen.page.locator("main script, main img").count() == 0
        assert reached == []
    # The browser tells of what it did not run or load.
    assert all("locked" in text or "violates" in text for text in screen.trouble), screen.trouble
    screen.trouble.clear()


def test_other_sites_cannot_use_the_review(browser, small, tmp_path):
    """A page of another origin on the same machine, with the token even, gets no answer."""
    with reviewing(small, cwd=tmp_path) as (address, _):
        home, _, token = address.partition("#")
        context = browser.new_context()
        page = context.new_page()
        page.route(
            "http://evil.example/**", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
        )
        page.goto("http://evil.example/")
        for path, options in (
            ("api/state", {"headers": {"x-review-token": token}}),
            ("api/undo", {"method": "POST", "headers": {"x-review-token": token}, "body": "{}"}),
            ("api/undo", {"method": "POST", "body": "{}", "mode": "no-cors"}),
            ("", {}),
        ):
            told = page.evaluate(
                """async ([url, options]) => {
                  try { const told = await fetch(url, options); return told.type + await told.text(); }
                  catch { return "refused"; }
                }""",
                [home + path, options],
            )
            assert told in ("refused", "opaque"), (path, told)
        page.set_content(f"<iframe src='{home}'></iframe>")
        page.wait_for_timeout(300)
        assert all("Review" not in (frame.title() or "") for frame in page.frames[1:])
        page.goto(home)  # by hand, but without the token
        page.locator("#alert").wait_for(state="visible")
        assert "token is missing" in page.locator("#alert").inner_text()
        context.close()


def test_a_page_of_very_many_lines_stays_usable(screen, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("".join(f"Line {n}\n" if n % 1000 else f"Odd line {n:x}\n" for n in range(100_000)), "utf-8")
    with reviewing(path, cwd=tmp_path) as (address, _):
        screen.open(address)
        taken = []
        while len(taken) < 4 and not any(seconds < 30 for seconds in taken):  # the machine may be busy
            started = time.monotonic()
            screen.press("G")
            assert screen.current[0] == "Line 99999"
            screen.press("k", "k", "x", "g", "PageDown", "u", "n")
            taken.append(time.monotonic() - started)
        assert min(taken) < 30
        assert screen.page.locator(".line").count() < 500


def test_a_line_of_ten_million_characters_stays_usable(screen, tmp_path):
    path = tmp_path / "wide.txt"
    path.write_text("A short line.\n" + "word " * 2_000_000 + "\nAnother line.\n", "utf-8")
    with reviewing(path, cwd=tmp_path) as (address, _):
        screen.open(address)
        screen.press("g", "j")
        assert "9,996,999 more characters" in screen.current[0]
        screen.press("x", "j")
        assert screen.current[0] == "Another line."
        assert screen.settled == 1
