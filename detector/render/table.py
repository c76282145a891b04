"""Tables of data as GitHub's Markdown has them."""

from __future__ import annotations

from dataclasses import dataclass, field

from detector.render.elements import CELLS, HOLDS_STRUCTURE, INLINE, Element, steps
from detector.render.inline import Inline, Piece, render

_MAX_COLUMNS = 100
_MAX_LINES = 4  # in a cell: more are no data, but a layout


@dataclass(slots=True)
class Table:
    """A table of data.

    Parameters
    ----------
    rows
        Of text in Markdown, all as wide as the first one or narrower.
    has_header
        Whether the first row says what the columns are.
    caption
        The lines of the caption.
    """

    rows: list[list[str]] = field(default_factory=list)
    has_header: bool = False
    caption: list[list[Piece]] = field(default_factory=list)

    @property
    def markdown(self) -> list[str]:
        """The lines of the table; one without a header gets an empty one, without which it would be none."""
        width = max(map(len, self.rows))
        header, body = (self.rows[0], self.rows[1:]) if self.has_header else ([], self.rows)
        return [
            _row([*header, *[""] * (width - len(header))]),
            _row(["---"] * width),
            *map(_row, body),
        ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def read_table(table: Element, *, links: bool) -> Table | None:
    """The data of a table, or None for one that only lays out what a page holds.

    Data stand in two rows and two columns or more, in short cells.
    """
    if table.holds & HOLDS_STRUCTURE:
        return None
    found = Table()
    inline = Inline(links=links)
    heads: list[bool] = []
    in_head = False
    spans: dict[int, int] = {}  # columns into which cells of rows above reach, and how many rows they still take
    for node, entered in steps(table):
        if isinstance(node, str):
            inline.text(node)
        elif node.tag in INLINE:
            inline.enter(node) if entered else inline.leave()
        elif node.tag == "thead":
            in_head = entered
        elif node.tag == "tr":
            if entered:
                found.rows.append([])
                heads = []
            else:
                _skip_spanned(found.rows[-1], spans)
                if len(found.rows) == 1:
                    found.has_header = in_head or all(heads)
            inline.take()
        elif node.tag == "caption":
            found.caption += [] if entered else inline.take()
        elif node.tag in CELLS and entered:
            _skip_spanned(found.rows[-1], spans)
            heads.append(node.tag == "th")
            inline.take()
        elif node.tag in CELLS:
            lines = [text for pieces in inline.take() if (text := render(pieces, in_table=True))]
            if len(lines) > _MAX_LINES or len(found.rows[-1]) > _MAX_COLUMNS:
                return None
            _add_cell(found.rows[-1], " ".join(lines), node, spans)
        elif node.tag != "img":
            inline.end_line()
    found.rows = _without_empty_columns(found.rows)
    is_data = len(found.rows) > 1 and max(map(len, found.rows)) > 1
    return found if is_data else None


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    """Leave out the columns of which nothing is kept, such as those of icons."""
    filled = {column for row in rows for column, text in enumerate(row) if text}
    return [[text for column, text in enumerate(row) if column in filled] for row in rows]


def _add_cell(row: list[str], text: str, cell: Element, spans: dict[int, int]) -> None:
    width = min(max(int(cell.attributes.get("colspan", 1)), 1), _MAX_COLUMNS)
    height = int(cell.attributes.get("rowspan", 1))
    for column in range(len(row), len(row) + width):
        if height > 1:
            spans[column] = height - 1
    row += [text, *[""] * (width - 1)]


def _skip_spanned(row: list[str], spans: dict[int, int]) -> None:
    """Leave the columns empty that a cell of a row above takes."""
    while spans.get(len(row), 0):
        spans[len(row)] -= 1
        row.append("")
