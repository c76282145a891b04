"""What a site's memory gives: on portals with gold text, and on an auto-blog that frames other sites' stories.

    python benchmarks/sites.py --corpora PATH [--model FILE]

Neither CleanPortalEval nor Scrapinghub, of whose stories the blog is made, is trained on.  CleanPortalEval's gold text
holds headlines and captions, which the model takes for noise by its own definitions: figures are given as the
model decides, and with ``keep=["headline"]``.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector import Cleaner, Page, SiteMemory
from detector.align import word_f1
from detector.corpus.learn import learn_sites
from detector.importers import import_scrapinghub
from detector.metrics import bootstrap
from detector.segment.text import split_lines

BLOG = "autoblog.example"
N_POSTS = 300
MIN_STORY_LINES = 5
MIN_LINE_CHARS = 40

# A frame as auto-blog plug-ins leave it; written for this benchmark and used nowhere else.
ABOVE = (
    "Skip to the posts",
    "Breaking | Markets | Health | Gadgets | Odd",
    "Monday round-up: what the world read while you slept",
    "You are here: Front page » Wire » Post",
    "Posted by wirebot under General, no replies yet",
    "[ad_1]",
)
IN_STORY = (
    "Photos that deserve a second look",
    "Sponsored: this kettle boils in under a minute and readers cannot stop talking about it.",
    "Get the wire in your mailbox before breakfast. We never pass your address on.",
    "Tell a friend: Facebook Twitter WhatsApp Pinterest",
)
BELOW = (
    "[ad_2]",
    "Source link",
    "Found a mistake? Write to the desk and mention the number of the post.",
    "The opinions in posts are those of their authors and not of this blog.",
    "Join 41,230 others who get our posts by mail",
    "Leave a reply",
    "Your address will not be shown. Fields with a star must be filled in.",
    "Previous post | Next post",
    "© 2024 The Wire Blog. Theme by Paperboy.",
)
CAPTIONS = (
    "A potter in Ghent shows the glaze that made her workshop known far beyond the town. (Handout)",
    "Rowers cross the Aurajoki in the first light of the regatta weekend. Photo: M. Salo",
    "Visitors queue for the night opening of the glasshouse, which blooms for three days a year.",
    "Two storks on the chimney of the old brewery at Kehl, where they have nested since 1998.",
    "Image: the tram depot in winter, before the fire of last year",
    "Dancers rehearse on the roof of the Ribeira market hall. (Photo by P. Duarte)",
)
CUE = "You may also want to read"


def portals(root: Path) -> tuple[list[Page], list[str]]:
    """Give the pages of CleanPortalEval and their gold texts; a site is a portal."""
    pages, gold = [], []
    for path in sorted((root / "input").iterdir()):
        site = re.sub(r"(_blog\d)?_\d+$", "", path.stem)
        pages.append(Page.from_html(path.read_bytes(), id=path.stem, site=site))
        text = (root / "GoldStandard" / f"{path.stem}.txt").read_bytes().decode("utf-8", "replace")
        text = re.sub(r"^\s*URL:.*\n", "", text)
        gold.append(html.unescape(re.sub(r"<(?:p|h|l)>", "", text)))
    return pages, gold


def learn(pages: Sequence[Page], folder: Path) -> SiteMemory:
    """Learn the memory of pages as the command line does."""
    source, target = folder / "pages.jsonl", folder / "pages.sites"
    with source.open("w", encoding="utf-8") as stream:
        for page in pages:
            stream.write(json.dumps({"id": page.id, "text": page.text, "site": page.site}) + "\n")
    learn_sites([str(source)], str(target))
    return SiteMemory.load(target)


def portal_figures(root: Path, model: Path | None) -> None:
    pages, gold = portals(root)
    with tempfile.TemporaryDirectory() as folder:
        memory = learn(pages, Path(folder))
        print("| CleanPortalEval | word F1 | precision | recall | gain of memory | recall given up |")
        print("|---|---|---|---|---|---|")
        for keep in ([], ["headline"]):
            for name in ("text", "HTML"):
                chosen = [replace(page, structure=None, html=None) for page in pages] if name == "text" else pages
                found = {}
                for known in (None, memory):
                    cleaner = Cleaner.load(model, keep=keep, memory=known)
                    pairs = zip(cleaner.clean_many(chosen), gold, strict=True)
                    found[known] = np.array([word_f1(page.text, want) for page, want in pairs])
                gain = found[memory] - found[None]
                low, high = bootstrap(len(gain), lambda rows, gain=gain: float(gain[rows, 2].mean()))[1:]
                for known, label in ((None, "base"), (memory, "with memory")):
                    precision, recall, f1 = found[known].mean(0)
                    more = f"{gain[:, 2].mean():+.4f} ({low:+.4f} to {high:+.4f}) | {-gain[:, 1].mean():.4f}"
                    title = f"{name}, {label}" + (", headline kept" if keep else "")
                    print(f"| {title} | {f1:.4f} | {precision:.4f} | {recall:.4f} | {more if known else ' | '} |")


def stories(root: Path) -> list[list[str]]:
    """Give stories of real pages, long ones in two parts.

    Only lines of some length: the short ones of these gold texts are in part credits, buttons and notices.
    """
    parts: list[list[str]] = []
    for page in import_scrapinghub(root):
        lines = [line.strip() for line in split_lines(page.gold or "") if len(line.strip()) >= MIN_LINE_CHARS]
        middle = len(lines) // 2
        halves = [lines[:middle], lines[middle:]] if middle >= MIN_STORY_LINES else [lines]
        parts += [half for half in halves if len(half) >= MIN_STORY_LINES]
    return parts


def make_blog(parts: list[list[str]], titles: list[str], rng: random.Random) -> list[tuple[Page, list[bool]]]:
    """Frame stories, with the titles of others among them; with each page, which of its lines are noise."""
    rng.shuffle(parts)
    parts = parts[:N_POSTS]
    posts = []
    for number, story in enumerate(parts):
        lines = [(line, True) for line in ABOVE] + [(story[0], False), (rng.choice(CAPTIONS), True)]
        inserts = sorted(rng.sample(range(1, len(story)), 2))
        for index, line in enumerate(story[1:], 1):
            if index == inserts[0]:
                lines += [(IN_STORY[0], True), (rng.choice(CAPTIONS), True), (rng.choice(IN_STORY[1:]), True)]
            if index == inserts[1]:
                lines += [(CUE, True), *((title, True) for title in rng.sample(titles, 3))]
            lines.append((line, False))
        lines += [(line, True) for line in BELOW]
        text = "".join(f"{line}\n\n" for line, _ in lines)
        posts.append((Page(text, id=f"post-{number}", site=BLOG), [noise for _, noise in lines]))
    return posts


def blog_figures(corpora: Path, model: Path | None) -> None:
    titles = sorted({page.title or "" for page in portals(corpora / "cleanportaleval")[0]} - {""})
    posts = make_blog(stories(corpora / "scrapinghub"), titles, random.Random(0))
    pages = [page for page, _ in posts]
    print(f"\n| auto-blog of {len(posts)} posts | noise lines found | article lines lost |")
    print("|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        memory = learn(pages, Path(folder))
        for label, known in (("base", None), ("after --learn-sites", memory)):
            found, lost = [], []
            for (_, is_noise), page in zip(posts, Cleaner.load(model, memory=known).clean_many(pages), strict=True):
                kept = {line.number for line in page.kept}
                for index, noise in enumerate(is_noise):
                    (found if noise else lost).append(2 * index + 1 not in kept)
            print(f"| {label} | {np.mean(found):.4f} | {np.mean(lost):.4f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="the model, by default the one that ships")
    arguments = parser.parse_args()
    portal_figures(arguments.corpora / "cleanportaleval", arguments.model)
    blog_figures(arguments.corpora, arguments.model)


if __name__ == "__main__":
    main()
