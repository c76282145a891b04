"""How many lines twenty key presses settle in the review page, in a real browser, and what the page looks like.

    python benchmarks/review.py
    python benchmarks/review.py --screenshots docs

The site is made of the stories in data/labelled in a fixed frame (tests/review/sites.py); whoever answers knows what
each line is, and presses Enter where the page shows that, f and n where it does not.  Needs playwright and a Chromium.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright

from tests.review.browser import Screen, launch, press_what_is_asked, reviewing
from tests.review.sites import SITE, site_pages, write_corpus

PRESSES = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--screenshots", type=Path, help="a folder for review.png and review-dark.png, after half")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for is_html in (False, True):
            pages = site_pages(options.pages)
            corpus = write_corpus(Path(folder, f"{SITE}-{'html' if is_html else 'text'}.jsonl"), pages, html=is_html)
            with reviewing(corpus, cwd=folder) as (address, _):
                screen = Screen(browser.new_page()).open(address)
                seconds = 0.0
                for presses in (PRESSES // 2, PRESSES):
                    started = time.monotonic()
                    press_what_is_asked(screen, pages, presses)
                    seconds += time.monotonic() - started
                    if options.screenshots and is_html and presses < PRESSES:
                        take(browser, address, options.screenshots)
                what = "HTML" if is_html else "text"
                print(
                    f"{what}: {screen.settled:,} lines settled by {PRESSES} key presses; the page took {seconds:.1f} s"
                )
        browser.close()


def take(browser, address, folder):
    for scheme, name in (("light", "review.png"), ("dark", "review-dark.png")):
        context = browser.new_context(viewport={"width": 1360, "height": 850}, color_scheme=scheme)
        screen = Screen(context.new_page()).open(address)
        screen.press("v")
        screen.page.wait_for_timeout(1000)
        screen.page.screenshot(path=folder / name)
        context.close()


if __name__ == "__main__":
    main()
