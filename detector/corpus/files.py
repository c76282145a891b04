"""Pages that are a file each, text or HTML."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detector.corpus.batch import Batch, PageFailure, check_length, make_page
from detector.corpus.inputs import open_binary
from detector.corpus.jsonl import DictRow
from detector.corpus.names import kind_of
from detector.corpus.options import Options
from detector.encoding import FROM_UNICODE, Encoding, binary_kind, decode
from detector.errors import InputError
from detector.page import looks_like_html
from detector.read import reason_of


class FileRow(NamedTuple):
    """A file, and how its text was bytes."""

    path: str
    target: str
    encoding: Encoding

    def as_row(self, with_text: bool = True) -> DictRow:
        """Give it as the record that stands for it in JSONL."""
        return DictRow({"id": self.path, "text": ""} if with_text else {"id": self.path})


def read_files(files: Sequence[tuple[str, str]], options: Options) -> Iterator[Batch]:
    """Read files.

    Parameters
    ----------
    files
        Paths, and where the clean text of each goes.
    options
        How large a page may be.

    Yields
    ------
    Batch
        Its rows are `FileRow`.
    """
    batch = Batch()
    for place, (path, target) in enumerate(files, 1):
        batch.n_places += 1
        try:
            with open_binary(path) as stream:
                data = stream.read(options.record_bytes + 1)
            if len(data) > options.record_bytes:
                raise InputError(f"has over {options.record_bytes >> 20} MB: left out")
            is_html = kind_of(path).format == "html" or looks_like_html(data)
            if not is_html and (other := binary_kind(data)):
                raise InputError(f"is {other}, not text")
            content, encoding = (data, FROM_UNICODE) if is_html else decode(data)
            page = make_page(content, is_html, os.fspath(path))
            check_length(page.text, options.page_chars)
        except OSError as error:
            batch.failures.append(PageFailure(place, reason_of(error), path))
        except (InputError, UnicodeError) as error:
            batch.failures.append(PageFailure(place, str(error), path))
        else:
            batch.n_bytes += len(data)
            batch.add(page, place, "text", FileRow(path, target, encoding))
        if batch.is_full:
            yield batch
            batch = Batch()
    yield batch
