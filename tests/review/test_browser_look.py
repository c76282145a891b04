"""What the page looks like, and what it says to those who cannot see it, in a real browser."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from tests.review.browser import CONTRAST, Screen, reviewing
from tests.review.sites import site_pages, write_corpus


def test_the_page_says_what_it_does_to_those_who_cannot_see_it(screen, small, tmp_path):
    with reviewing(small, cwd=tmp_path) as (address, _):
        screen.open(address)
        tree = screen.page.locator("body").aria_snapshot()
        assert 'listbox "Lines of the page"' in tree
        assert 'navigation "Pages, most to learn first"' in tree
        assert "status" in tree
        line = screen.page.locator(".line.is-current")
        focused = screen.page.locator("#lines")
        assert focused.evaluate("element => element === document.activeElement")
        assert focused.get_attribute("aria-activedescendant") == line.get_attribute("id")
        assert line.get_attribute("aria-selected") == "true"
        screen.press("g", "x")
        assert "noise; 8 lines settled" in screen.said
        for button in screen.page.get_by_role("button").all():
            assert button.inner_text().strip() or button.get_attribute("aria-label")
        screen.press("?")
        keys = screen.page.get_by_role("dialog", name="Keys")
        assert keys.is_visible()
        screen.page.keyboard.press("Escape")
        assert focused.evaluate("element => element === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_text_is_readable_and_fits(browser, tmp_path, scheme, width):
    """Contrast by WCAG, AA, of all text that is shown, in both schemes."""
    corpus = write_corpus(tmp_path / "site.jsonl", site_pages(6))
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    screen = Screen(context.new_page())
    with reviewing(corpus, cwd=tmp_path) as (address, _):
        screen.open(address)
        screen.press("Enter", "n", "f", "n")
        low = screen.page.evaluate(CONTRAST)
        assert low == []
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert screen.trouble == []
    context.close()
