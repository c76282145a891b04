"""A review in a real browser: found, started, and driven by keys."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from detector.segment.normal import normal_form
from tests.conftest import PATIENCE

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch(playwright):
    """The system's Chromium, else the one that Playwright has installed; the test is skipped without."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    try:
        return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    except Exception as error:
        pytest.skip(f"no browser can be started: {str(error).splitlines()[0]} (playwright install chromium)")


@contextmanager
def canary():
    """A server that no page may reach; gives its address and what has reached it."""
    reached = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            reached.append(self.path)
            self.send_error(404)

        do_POST = do_OPTIONS = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", reached
    finally:
        server.shutdown()
        server.server_close()


_REVIEWS = {}
"""The process of each review by its origin, the latest one where there were several."""


def has_ended(url):
    """Whether an address is of a review whose process is no more."""
    return any(url.startswith(origin) and process.poll() is not None for origin, process in _REVIEWS.items())


@contextmanager
def reviewing(corpus, *options, cwd, program=("-m", "detector")):
    """``detector review`` as a user starts it; gives the address and the process."""
    command = [sys.executable, *program, "review", str(corpus), "--no-browser", *options]
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    )
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"(http://[^/\s]+)\S*", line):
                _REVIEWS[found[1]] = process
                yield found[0], process
                break
        else:
            raise AssertionError("".join(said))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
            process.stderr.close()


class Screen:
    """What a user of the page does and sees."""

    def __init__(self, page):
        self.page = page
        self.page.set_default_timeout(1000 * PATIENCE)
        self.presses = 0
        self.trouble = []
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", self._listen)
        page.on("dialog", lambda dialog: (self.trouble.append(dialog.message), dialog.dismiss()))

    def _listen(self, message):
        # A review that has ended, or was killed, answers nothing that is asked at that moment or after it.
        url = message.location["url"]
        if message.type == "error" and not ("net::ERR_" in message.text and has_ended(url)):
            self.trouble.append(f"{message.text} {url}")

    def open(self, address):
        self.page.goto(address)
        self.page.wait_for_selector("body.is-ready")
        return self

    def press(self, *keys):
        """Press keys, and wait for what they do."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1
            self.settle()

    def settle(self):
        self.page.wait_for_selector("body[data-busy='0']")

    @property
    def current(self):
        """The text and the description of the line that is asked about."""
        line = self.page.locator(".line.is-current")
        return line.locator(".text").inner_text(), self.page.locator("#verdict .mark").inner_text()

    def line(self, text):
        return self.page.locator(".line", has=self.page.get_by_text(text, exact=True))

    @property
    def settled(self):
        return int(self.page.locator("#counts").inner_text().split(" ")[0].replace(",", ""))

    @property
    def said(self):
        return self.page.locator("#said").inner_text()


def truth_of(pages):
    """What each line is, by its normal form."""
    return {normal_form(text): (label, kind) for page in pages for text, label, kind in page}


def press_what_is_asked(screen, pages, presses):
    """Answer as one who knows what each line is: two presses where the page shows it wrong, one where it is right."""
    truth = truth_of(pages)
    while screen.presses < presses:
        text, verdict = screen.current
        is_right = verdict.startswith(truth[normal_form(text)][0])
        screen.press(*(["Enter"] if is_right else ["f", "n"]))


CONTRAST = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    const box = element.getBoundingClientRect();
    const isHidden = element.closest(".unseen, .skip, dialog:not([open]), noscript, script");
    if (!text || !box.width || element.disabled || isHidden) continue;
    const around = [];
    for (let at = element; at; at = at.parentElement) around.unshift(getComputedStyle(at).backgroundColor);
    const [paper, ink] = [paint(around), paint([...around, getComputedStyle(element).color])].map(luminance);
    const ratio = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.className || element.tagName} ${text.slice(0, 40)}`);
  }
  return low;
}"""
"""What text has too little contrast, by WCAG 2, level AA."""
