"""A site that never was: one frame around different stories, all of `data/labelled`, with what each line is."""

import json
from html import escape

from detector.labels import ARTICLE, read_labelled
from tests.conftest import LABELLED

SITE = "harbourpost.example"
HEAD = [
    ("Home | World | Politics | Weather | Sport", "navigation"),
    ("Good morning! Here is what you missed.", "other"),
    ("[ad_1]", "ad_marker"),
    ("A tram crosses the old bridge on {n} May. Photograph: Ines Vara", "caption"),
    ("Published {n} May 2024, {m}:15", None),
]
TAIL = [
    ("Tell a friend about this story", "share"),
    ("Sign up for the Harbour Briefing, five stories in your inbox each morning", "subscribe"),
    ("Council to vote on the winter budget next week", "related_link"),
    ("Ten walks along the coast that you can do in an afternoon", "related_link"),
    ("Why the swifts came back late this year", "related_link"),
    ("{m} comments", "comment_prompt"),
    ("Got a tip? Write to our desk.", "author_box"),
    ("This post first appeared elsewhere", "source_link"),
    ("© 2024 Harbour Post. All rights reserved.", "copyright"),
    ("We use cookies to make this site work. Accept all", "cookie"),
]
FRAME = dict(HEAD + TAIL)


def stories():
    """The articles of the English labelled pages, each with three lines or more."""
    for page in read_labelled(sorted(LABELLED.glob("en-*.jsonl"))):
        lines = [part.text.strip() for part in page.segments if part.label == ARTICLE]
        if len(lines) >= 3:
            yield lines


def site_pages(count=100):
    """Pages as lists of (text, label, kind)."""
    told = list(stories())
    assert len(told) >= 50
    pages = []
    for n in range(count):
        story = told[n % len(told)]
        if n >= len(told):  # told again, without its first paragraph
            story = story[:1] + story[2:]

        def framed(lines, n=n):
            return [
                (text.format(n=n % 28 + 1, m=n % 14 + 2), "noise" if kind else ARTICLE, kind) for text, kind in lines
            ]

        pages.append([*framed(HEAD), *((text, ARTICLE, None) for text in story), *framed(TAIL)])
    return pages


def text_of(page):
    return "\n\n".join(text for text, _, _ in page) + "\n"


def html_of(page):
    """The page as its site would show it."""
    head, story, tail = page[: len(HEAD)], page[len(HEAD) : -len(TAIL)], page[-len(TAIL) :]

    def block(tag, lines, name):
        return "".join(f'<{tag} class="{name}">{escape(text)}</{tag}>' for text, _, _ in lines)

    style = (
        "body{font:17px/1.6 Georgia,serif;max-width:38em;margin:0 auto;padding:1em;color:#222}"
        "nav,footer,.strip{font:14px/1.5 sans-serif;color:#567}h1{line-height:1.2}"
        ".strip{background:#eef3f5;padding:.4em 1em;margin:.5em 0}footer div{border-top:1px solid #dde}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(story[0][0])}</title>'
        f"<style>{style}</style></head><body><nav>{escape(head[0][0])}</nav>{block('div', head[1:], 'strip')}"
        f"<article><h1>{escape(story[0][0])}</h1>{block('p', story[1:], 'body')}</article>"
        f"<footer>{block('div', tail, 'strip')}</footer></body></html>"
    )


def write_corpus(path, pages, *, html=False):
    """Write pages as a corpus."""
    with path.open("w", encoding="utf-8") as stream:
        for n, page in enumerate(pages):
            content = {"html": html_of(page)} if html else {"text": text_of(page)}
            record = {"id": f"story-{n:03}", "url": f"https://www.{SITE}/2024/story-{n}", **content}
            stream.write(json.dumps(record) + "\n")
    return path
