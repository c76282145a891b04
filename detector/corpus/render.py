"""HTML to the text of a page: the one place where the corpus knows of HTML."""

from __future__ import annotations


def text_of_html(html: str | bytes) -> str:
    """Render a document to lines.

    Raises
    ------
    InputError
        selectolax is not installed.
    """
    from detector.segment.html import html_to_lines

    return "\n".join(line.text for line in html_to_lines(html))
