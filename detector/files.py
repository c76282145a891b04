"""Writing files so that an interrupted run leaves no half-written output."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from detector.errors import OutputError


@contextlib.contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """Open a binary stream whose content replaces `path` only when the block ends well.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.  `path` is then as it was before.
    """
    temporary = None
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe (/dev/stdout, a FIFO) cannot be replaced by a rename.
            if path.is_dir():
                raise OutputError(f"{path}: is a folder; name a file")
            with path.open("wb") as stream:
                yield stream
            return
        target = path.resolve() if path.is_symlink() else path
        # Named before it is there, so that no signal finds a file that nobody knows of.
        temporary = os.fspath(target.parent / f".detector-{os.urandom(8).hex()}")
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
        temporary = None
    except RuntimeError as error:  # a loop of links, before Python 3.13
        if not path.is_symlink():
            raise
        raise OutputError(f"{path}: is a loop of links") from error
    except OSError as error:
        if error.filename is not None and temporary is not None and error.filename != temporary:
            raise  # the block's own trouble with another file
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
